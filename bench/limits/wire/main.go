// Wire is the limit of moving records: it fetches each partition and produces the same records, untouched, in batches that
// are encoded anew, with kafka-go's plain requests and nothing on top: no group, no commits, no look into a record. It runs
// until it is killed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/segmentio/kafka-go"
)

func main() {
	var (
		broker     = flag.String("broker", "", "address of a broker")
		source     = flag.String("source", "", "topic to read")
		sink       = flag.String("sink", "", "topic to write, with as many partitions")
		partitions = flag.Int("partitions", 1, "how many")
	)
	var compression kafka.Compression
	flag.TextVar(&compression, "compression", kafka.Compression(0), "of what is written: none, gzip, snappy, lz4, zstd")
	flag.Parse()
	ended := make(chan error)
	for p := range *partitions {
		go func() { ended <- move(*broker, *source, *sink, p, compression) }()
	}
	fmt.Fprintln(os.Stderr, "wire:", <-ended)
	os.Exit(1)
}

// move moves one partition, one fetch and one produce at a time, of at most 900 KB.
func move(broker, source, sink string, partition int, compression kafka.Compression) error {
	client := &kafka.Client{Addr: kafka.TCP(broker), Timeout: time.Minute}
	ctx := context.Background()
	for offset := int64(0); ; {
		fetched, err := client.Fetch(ctx, &kafka.FetchRequest{Topic: source, Partition: partition, Offset: offset,
			MinBytes: 1, MaxBytes: 900_000, MaxWait: 500 * time.Millisecond})
		if err != nil {
			return err
		}
		if fetched.Error != nil {
			return fetched.Error
		}
		records := &counted{records: fetched.Records, from: offset, next: offset}
		records.first, err = records.read()
		if errors.Is(err, io.EOF) {
			continue // nothing new
		}
		if err != nil {
			return err
		}
		produced, err := client.Produce(ctx, &kafka.ProduceRequest{Topic: sink, Partition: partition,
			RequiredAcks: kafka.RequireAll, Compression: compression, Records: records})
		if err != nil {
			return err
		}
		if produced.Error != nil {
			return produced.Error
		}
		offset = records.next
	}
}

// counted hands the records of a fetch on, but for those before the offset that was asked for, which come where it is in
// the middle of a batch, and notes how far it came.
type counted struct {
	records kafka.RecordReader
	first   *kafka.Record // read ahead
	from    int64
	next    int64
}

// ReadRecord implements kafka.RecordReader.
func (c *counted) ReadRecord() (*kafka.Record, error) {
	if r := c.first; r != nil {
		c.first = nil
		return r, nil
	}
	return c.read()
}

func (c *counted) read() (*kafka.Record, error) {
	for {
		r, err := c.records.ReadRecord()
		if err != nil {
			return nil, err
		}
		if r.Offset >= c.from {
			c.next = r.Offset + 1
			return r, nil
		}
	}
}
