//go:build !race

// The race detector makes the compressors' sync.Pool drop at random, so that nothing can be counted.

package pipeline

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"voile/config"
	"voile/internal/hpketest"
	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/transform"
	"voile/pipeline/wire"
)

// TestStagesAllocateNothingForARecord: one goroutine takes a fetched record set through the stages, from the chunk to the
// acknowledgement. What that allocates does not grow with the records: 10 and 900 of them allocate the same, bytes too.
func TestStagesAllocateNothingForARecord(t *testing.T) {
	for _, tt := range []struct {
		name, route string
		codec       batch.Codec
	}{
		{"none", "", batch.None},
		{"by key", "    partition: key\n", batch.None},
		{"source in a header", "    source_header: true\n", batch.None},
		{"guard of every record", "    guard: {sample: 100%}\n", batch.None},
		{"snappy", "    compression: source\n", batch.Snappy},
		{"lz4", "    compression: source\n", batch.LZ4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties the pools
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))  // one pool
			s := newStaged(t, tt.route)
			many, few := s.set(t, 900, tt.codec), s.set(t, 10, tt.codec)
			for range 3 { // the larger first, so that the memory has grown
				s.take(t, many)
			}
			want := s.costs(t, few)
			if have := s.costs(t, many); have != want {
				t.Errorf("a set of 900 records costs %+v, one of 10 records %+v", have, want)
			}
			if most := (cost{24, 1024}); want.allocations > most.allocations || want.bytes > most.bytes {
				t.Errorf("a set costs %+v, want at most %+v", want, most)
			}
		})
	}
}

// A staged is one partition whose stages are called by hand.
type staged struct {
	p    *partition
	t    *transforming
	out  chan *load
	send *sending
	sink *acknowledging
	next int64
}

func newStaged(t *testing.T, route string) *staged {
	t.Helper()
	cfg, err := config.Parse("test", []byte(`
kafka: {brokers: ["127.0.0.1:9092"]}
vault: {address: "https://vault.example:8200", auth: {token: {file: /x}}}
quarantine: {topic: q}
domains: {email: {method: tokenize, value: email}}
routes:
  - name: r
    from: [src]
    to: dst
    fields: [{path: $.email, domain: email}, {path: $.user, redact: true}]
`+route), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	all, err := New(Parts{
		Config: cfg, Sealer: hpketest.New(t), Log: zap.NewNop(), Metrics: NewMetrics(prometheus.NewRegistry()), Now: time.Now,
		Domains: map[string]transform.Domain{"email": prefix{}}, Partitions: map[string]int{"src": 2, "dst": 2, "q": 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	partitions, _ := all.routes[0].partitionsOf(&wire.Generation{Assignments: map[string][]wire.Assignment{"src": {{Partition: 0, Committed: 0}}}})
	s := &staged{p: partitions[0], out: make(chan *load, 100), sink: new(acknowledging)}
	s.p.next.Store(0)
	s.t = s.p.newTransforming(t.Context(), s.out)
	s.send = &sending{p: s.p, ctx: t.Context(), out: s.sink, sealed: quarantine.NewWriter(s.p.route.sealer)}
	return s
}

// set is a record set of one batch of n records.
func (s *staged) set(t *testing.T, n int, codec batch.Codec) []byte {
	t.Helper()
	records := make([]record.Record, n)
	for i := range records {
		records[i] = record.Record{
			Timestamp: 1_700_000_000_000, Key: fmt.Appendf(nil, "k%03d", i),
			Value:   fmt.Appendf(nil, `{"email":"a%03d@example.org","user":"u%03d","text":"%s"}`, i, i, strings.Repeat("nothing of note ", 30)),
			Headers: []record.Header{{Name: []byte("source"), Value: []byte("web")}},
		}
	}
	raw, err := new(batch.Encoder).Encode(nil, records, batch.WithoutProducer(codec))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// take does with a set what fetch, transform and produce do, as if it began at the next offset.
func (s *staged) take(t *testing.T, set []byte) {
	h, err := batch.ParseHeader(set)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint64(set, uint64(s.next)) // the checksum does not cover it
	s.next += int64(h.Count)
	c, err := s.p.chunk(t.Context(), len(set))
	if err != nil {
		t.Fatal(err)
	}
	c.buf = append(c.buf[:0], set...)
	if err := s.p.adopt(t.Context(), c, &wire.FetchResult{Records: c.buf, Buffer: c.buf, LastStableOffset: s.next}); err != nil {
		t.Fatal(err)
	}
	c.read(s.next)
	if err := s.t.chunk(c); err != nil {
		t.Fatal(err)
	}
	if err := s.t.flush(); err != nil {
		t.Fatal(err)
	}
	s.p.release(c)
	passed := 0
	for len(s.out) > 0 {
		l := <-s.out
		if err := s.send.load(l); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(s.sink.last, []byte("email.")) && l.codec == batch.None {
			t.Fatal("the records are not transformed")
		}
		passed += l.passed
		s.p.outcome.add(l)
		next := l.next
		s.p.recycle(l)
		s.p.acknowledge(next)
	}
	if passed != int(h.Count) || s.p.next.Load() != s.next {
		t.Fatalf("%d of %d records passed, the next offset is %d, want %d", passed, h.Count, s.p.next.Load(), s.next)
	}
}

// costs is what one set costs, in the mean of many; the least of three, because a goroutine of an earlier test may allocate, too.
func (s *staged) costs(t *testing.T, set []byte) cost {
	t.Helper()
	const runs = 50
	least := cost{math.MaxUint64, math.MaxUint64}
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			s.take(t, set)
		}
		runtime.ReadMemStats(&after)
		least.allocations = min(least.allocations, (after.Mallocs-before.Mallocs)/runs)
		least.bytes = min(least.bytes, (after.TotalAlloc-before.TotalAlloc)/runs)
	}
	return least
}

type cost struct{ allocations, bytes uint64 }

// prefix stands for the cryptography: the token of x is email.x.
type prefix struct{}

func (prefix) Recognize([]byte) (own, foreign bool) { return false, false }

func (prefix) Normalize(dst, text []byte) ([]byte, bool) { return append(dst, text...), true }

func (prefix) AppendToken(dst, plaintext []byte) ([]byte, error) {
	return append(append(dst, "email."...), plaintext...), nil
}

// acknowledging is an outlet that encodes each batch and takes it.
type acknowledging struct {
	outlet
	last []byte
}

func (a *acknowledging) Produce(_ context.Context, _ string, _, _ int, encode func(int64, int16, int32) ([]byte, error)) (_ int64, err error) {
	a.last, err = encode(7, 0, 0)
	return 0, err
}
