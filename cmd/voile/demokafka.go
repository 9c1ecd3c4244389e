package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/pipeline/record"
)

// What the demo needs around the proxy: a producer, a reader and a look at the metrics. It uses another Kafka client than
// voile's own, so that what it finds is not what voile believes.

func kafkaRecord(topic string, r *record.Record) *kgo.Record {
	k := &kgo.Record{Topic: topic, Key: r.Key, Value: r.Value, Timestamp: time.UnixMilli(r.Timestamp)}
	for _, h := range r.Headers {
		k.Headers = append(k.Headers, kgo.RecordHeader{Key: string(h.Name), Value: h.Value})
	}
	return k
}

func ourRecord(k *kgo.Record) record.Record {
	r := record.Record{Key: k.Key, Value: k.Value, Offset: k.Offset, Timestamp: k.Timestamp.UnixMilli()}
	for _, h := range k.Headers {
		r.Headers = append(r.Headers, record.Header{Name: []byte(h.Key), Value: h.Value})
	}
	return r
}

// sizeOf is a record's keys, values and headers in bytes.
func sizeOf(r *record.Record) int64 {
	n := len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		n += len(h.Name) + len(h.Value)
	}
	return int64(n)
}

// readTopic reads all that is committed to a topic. Markers of transactions are read along: they have offsets too, and one is the
// last of a partition.
func readTopic(ctx context.Context, brokers []string, topic string) ([]*kgo.Record, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	if err != nil {
		return nil, err
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListCommittedOffsets(ctx, topic)
	if err := errors.Join(err, ends.Error()); err != nil {
		return nil, err
	}
	left := map[int32]int64{} // the end of each partition that is not read to it
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	var records []*kgo.Record
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
			if !r.Attrs.IsControl() {
				records = append(records, r)
			}
		})
	}
	return records, nil
}

// getAdmin asks the admin port.
func getAdmin(ctx context.Context, address, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", path, resp.Status)
	}
	return string(body), err
}

var recordsSample = regexp.MustCompile(`^voile_records_total\{result="(\w+)",route="[^"]*"\} (\S+)$`)

// recordsTotal sums voile_records_total over the routes.
func recordsTotal(metrics string) (passed, dropped, quarantined int) {
	for line := range strings.Lines(metrics) {
		m := recordsSample.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		f, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			continue
		}
		switch m[1] {
		case "passed":
			passed += int(f)
		case "dropped":
			dropped += int(f)
		case "quarantined":
			quarantined += int(f)
		}
	}
	return passed, dropped, quarantined
}

// firstError keeps the first of the errors that several goroutines note.
type firstError struct {
	mu    sync.Mutex
	first error
}

func (f *firstError) note(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.first == nil {
		f.first = err
	}
}

func (f *firstError) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.first
}

// A logBuffer holds a log that is judged, too.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) Bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}
