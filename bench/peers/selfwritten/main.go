// Selfwritten is what a Go team would write itself to pseudonymize a topic: kafka-go's Reader and Writer as in the plain
// copy, encoding/json into maps, and Tink's AES-SIV for each field, on all cores. Its keyset is a new one in memory: where
// a key comes from costs nothing per record. It quarantines nothing, rotates nothing and is not idempotent. It runs until
// it is killed.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

func main() {
	var (
		broker = flag.String("broker", "", "address of a broker")
		source = flag.String("source", "", "topic to read")
		sink   = flag.String("sink", "", "topic to write; it names the group too")
		fields = flag.String("fields", "", "what to replace, as a.b.c,d.e; those in -lower in lower case")
		lower  = flag.String("lower", "", "which of the fields are lowered first")
	)
	var compression kafka.Compression
	flag.TextVar(&compression, "compression", kafka.Compression(0), "of what is written: none, gzip, snappy, lz4, zstd")
	flag.Parse()
	fmt.Fprintln(os.Stderr, "selfwritten:", run(*broker, *source, *sink, compression, parse(*fields, *lower)))
	os.Exit(1)
}

type field struct {
	path   []string
	domain []byte
	lower  bool
}

func parse(fields, lower string) (out []field) {
	lowered := map[string]bool{}
	for path := range strings.SplitSeq(lower, ",") {
		lowered[path] = true
	}
	for path := range strings.SplitSeq(fields, ",") {
		f := field{path: strings.Split(path, "."), domain: []byte("id"), lower: lowered[path]}
		if f.lower {
			f.domain = []byte("email")
		}
		out = append(out, f)
	}
	return out
}

const (
	most = 3000                 // records at once
	lull = 5 * time.Millisecond // what is there is written when nothing more comes for so long
)

func run(broker, source, sink string, compression kafka.Compression, fields []field) error {
	handle, err := keyset.NewHandle(daead.AESSIVKeyTemplate())
	if err != nil {
		return err
	}
	cipher, err := daead.New(handle)
	if err != nil {
		return err
	}
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
		out, err := replaceAll(cipher, fields, messages)
		if err != nil {
			return err
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

// replaceAll works on all cores and keeps the order.
func replaceAll(cipher tink.DeterministicAEAD, fields []field, messages []kafka.Message) ([]kafka.Message, error) {
	out := make([]kafka.Message, len(messages))
	workers := runtime.GOMAXPROCS(0)
	errs := make([]error, workers)
	var work sync.WaitGroup
	for w := range workers {
		work.Go(func() {
			for i := w * len(messages) / workers; i < (w+1)*len(messages)/workers; i++ {
				m := messages[i]
				value, err := replace(cipher, fields, m.Value)
				if err != nil {
					errs[w] = fmt.Errorf("partition %d, offset %d: %w", m.Partition, m.Offset, err)
					return
				}
				out[i] = kafka.Message{Key: m.Key, Value: value, Headers: m.Headers, Time: m.Time}
			}
		})
	}
	work.Wait()
	return out, errors.Join(errs...)
}

func replace(cipher tink.DeterministicAEAD, fields []field, value []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber() // else long numbers would lose digits
	var tree map[string]any
	if err := decoder.Decode(&tree); err != nil {
		return nil, errors.New("no JSON object")
	}
	for _, f := range fields {
		at, last := tree, f.path[len(f.path)-1]
		for _, name := range f.path[:len(f.path)-1] {
			at, _ = at[name].(map[string]any)
		}
		text, ok := at[last].(string)
		if !ok {
			continue
		}
		if f.lower {
			text = strings.ToLower(strings.TrimSpace(text))
		}
		sealed, err := cipher.EncryptDeterministically([]byte(text), f.domain)
		if err != nil {
			return nil, err
		}
		at[last] = base64.RawURLEncoding.EncodeToString(sealed)
	}
	return json.Marshal(tree)
}
