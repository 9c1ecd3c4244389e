// Copy is what a Go team would write with kafka-go to copy a topic and change nothing: a Reader in a group, a Writer with
// acks of all replicas and batches of 500, offsets committed once a second. It checks nothing and is not idempotent. It
// runs until it is killed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/segmentio/kafka-go"
)

func main() {
	var (
		broker = flag.String("broker", "", "address of a broker")
		source = flag.String("source", "", "topic to read")
		sink   = flag.String("sink", "", "topic to write; it names the group too")
	)
	var compression kafka.Compression
	flag.TextVar(&compression, "compression", kafka.Compression(0), "of what is written: none, gzip, snappy, lz4, zstd")
	flag.Parse()
	fmt.Fprintln(os.Stderr, "copy:", run(*broker, *source, *sink, compression))
	os.Exit(1)
}

const (
	most = 3000                 // records at once
	lull = 5 * time.Millisecond // what is there is written when nothing more comes for so long
)

func run(broker, source, sink string, compression kafka.Compression) error {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{broker}, Topic: source, GroupID: sink,
		StartOffset: kafka.FirstOffset, MinBytes: 1, MaxBytes: 1 << 20, CommitInterval: time.Second})
	writer := &kafka.Writer{Addr: kafka.TCP(broker), Topic: sink, RequiredAcks: kafka.RequireAll, Balancer: &kafka.Hash{},
		BatchSize: 500, BatchTimeout: 10 * time.Millisecond, Compression: compression}
	ctx := context.Background()
	for {
		messages, err := fetch(ctx, reader)
		if err != nil {
			return err
		}
		out := make([]kafka.Message, len(messages))
		for i, m := range messages {
			out[i] = kafka.Message{Key: m.Key, Value: m.Value, Headers: m.Headers, Time: m.Time}
		}
		if err := writer.WriteMessages(ctx, out...); err != nil {
			return err
		}
		if err := reader.CommitMessages(ctx, messages...); err != nil {
			return err
		}
	}
}

// fetch waits for a record and takes those that follow at once.
func fetch(ctx context.Context, reader *kafka.Reader) ([]kafka.Message, error) {
	first, err := reader.FetchMessage(ctx)
	if err != nil {
		return nil, err
	}
	messages := []kafka.Message{first}
	for len(messages) < most {
		soon, cancel := context.WithTimeout(ctx, lull)
		m, err := reader.FetchMessage(soon)
		cancel()
		if err != nil {
			break
		}
		messages = append(messages, m)
	}
	return messages, nil
}
