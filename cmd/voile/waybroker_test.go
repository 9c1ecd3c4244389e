package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// wayBrokerVariable makes this test program the broker of TestWholeWayAllocatesOnlyWhatTokensDo. Its value is the codec of
// the source.
const wayBrokerVariable = "VOILE_TEST_WAY_BROKER"

const wayPartitions = 2

// serveWay is that broker. It prints its address; then for each number that it reads it writes so many records to src, in
// batches as large as they go, and prints a line when as many have been committed to dst.
func serveWay(codec string, in io.Reader, out io.Writer) error {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(wayPartitions, "src", "dst"), kfake.SeedTopics(1, "q"))
	if err != nil {
		return err
	}
	defer cluster.Close()
	fmt.Fprintln(out, cluster.ListenAddrs()[0])
	compression := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}[codec]
	producer, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(compression), kgo.ManualFlushing(), kgo.MaxBufferedRecords(wayRecords+1))
	if err != nil {
		return err
	}
	defer producer.Close()
	reader, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics("dst"), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return err
	}
	defer reader.Close()
	for lines := bufio.NewScanner(in); lines.Scan(); {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			return err
		}
		if err := wave(producer, reader, n); err != nil {
			return err
		}
		fmt.Fprintln(out, "committed")
	}
	return nil
}

// wave writes n records and reads as many.
func wave(producer, reader *kgo.Client, n int) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var failed firstError
	now := time.Now()
	for i := range n {
		r := &kgo.Record{Topic: "src", Partition: int32(i % wayPartitions), Timestamp: now, Key: fmt.Appendf(nil, "k%06d", i), Value: []byte(benchEvent),
			Headers: []kgo.RecordHeader{{Key: "source", Value: []byte("web")}}}
		producer.Produce(ctx, r, func(_ *kgo.Record, err error) { failed.note(err) })
	}
	if err := errors.Join(producer.Flush(ctx), failed.err()); err != nil {
		return err
	}
	for read := 0; read < n; {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("after %d of %d records: %w", read, n, err)
		}
		read += fetches.NumRecords()
	}
	return nil
}
