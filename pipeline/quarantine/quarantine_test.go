package quarantine_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"voile/internal/hpketest"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
)

func entry(r *record.Record) *quarantine.Entry {
	return &quarantine.Entry{
		Route: "web", Topic: "events.web.raw", Partition: 3, Offset: 42,
		Time: time.Date(2026, 11, 24, 1, 2, 3, 456_000_000, time.UTC), Reason: "not_json", Where: "routes[0].fields[2]",
		Sink: "events.web", Before: []quarantine.SinkOffset{{Partition: 0, Offset: 1 << 40}, {Partition: 3, Offset: 0}, {Partition: 300, Offset: 127}},
		Record: r,
	}
}

func open(t testing.TB, h hpketest.Pair, parts []record.Record) (*quarantine.Entry, error) {
	t.Helper()
	var opened []*quarantine.Part
	for i := range parts {
		p, err := quarantine.Open(h, &parts[i])
		if err != nil {
			return nil, err
		}
		opened = append(opened, p)
	}
	return quarantine.Join(opened)
}

func TestWhatIsSealedComesBackWhole(t *testing.T) {
	h := hpketest.New(t)
	noise := make([]byte, 1<<20)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		rec   record.Record
		max   int
		parts int
	}{
		{"plain", record.Record{Key: []byte("k"), Value: []byte(`{"email":`), Timestamp: 1}, 1 << 20, 1},
		{"all null", record.Record{Timestamp: -1}, 1 << 20, 1},
		{"empty is not null", record.Record{Key: []byte{}, Value: []byte{}, Timestamp: 0}, 1 << 20, 1},
		{"headers, doubled and null", record.Record{Value: []byte("x"), Headers: []record.Header{
			{Name: []byte("a"), Value: nil}, {Name: []byte("a"), Value: []byte{}}, {Name: []byte{}, Value: []byte("z")}}}, 1 << 20, 1},
		{"a megabyte that does not compress, in parts", record.Record{Key: []byte("k"), Value: noise, Timestamp: 7}, 300 << 10, 4},
		{"many small parts", record.Record{Value: noise[:40_000]}, 8 << 10, 7},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.rec.Offset = 42
			parts, err := quarantine.NewWriter(h).Seal(entry(&tc.rec), tc.max)
			if err != nil {
				t.Fatal(err)
			}
			if len(parts) != tc.parts {
				t.Errorf("%d parts, want %d", len(parts), tc.parts)
			}
			for i := range parts {
				if len(parts[i].Value) > tc.max {
					t.Errorf("part %d has %d bytes, at most %d are allowed", i, len(parts[i].Value), tc.max)
				}
				if i > 0 && !bytes.Equal(parts[i].Key, parts[0].Key) {
					t.Error("parts of one entry have different keys")
				}
			}
			parts[0], parts[len(parts)-1] = parts[len(parts)-1], parts[0] // the order of the parts does not matter
			got, err := open(t, h, parts)
			if err != nil {
				t.Fatal(err)
			}
			want := entry(&tc.rec)
			if show(got) != show(want) {
				t.Errorf("came back as %.300s, want %.300s", show(got), show(want))
			}
		})
	}
}

// show tells null from empty.
func show(e *quarantine.Entry) string {
	r := *e.Record
	c := *e
	c.Record = nil
	return fmt.Sprintf("%+v %d %d %#v %#v %#v", c, r.Offset, r.Timestamp, r.Key, r.Value, headers(r.Headers))
}

func headers(hs []record.Header) (out []string) {
	for _, h := range hs {
		out = append(out, fmt.Sprintf("%#v=%#v", h.Name, h.Value))
	}
	return out
}

func TestARawBatchComesBackAsItWas(t *testing.T) {
	h := hpketest.New(t)
	e := entry(nil)
	e.Reason, e.Batch = "undecodable_batch", []byte("\x00\x01 no batch at all")
	parts, err := quarantine.NewWriter(h).Seal(e, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	got, err := open(t, h, parts)
	if err != nil {
		t.Fatal(err)
	}
	if got.Record != nil || !bytes.Equal(got.Batch, e.Batch) {
		t.Errorf("came back as %+v", got)
	}
}

func TestNothingOfTheRecordStandsInTheClear(t *testing.T) {
	const secret = "ana.petit@example.org"
	r := record.Record{Key: []byte(secret), Value: []byte(`{"email":"` + secret), Headers: []record.Header{{Name: []byte(secret), Value: []byte(secret)}}}
	parts, err := quarantine.NewWriter(hpketest.New(t)).Seal(entry(&r), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		shown := string(p.Key) + string(p.Value)
		for _, h := range p.Headers {
			shown += string(h.Name) + string(h.Value)
		}
		if strings.Contains(shown, secret) {
			t.Error("the sealed record shows a value in the clear")
		}
	}
}

func TestPartsOfDifferentEntriesDoNotJoin(t *testing.T) {
	h := hpketest.New(t)
	r := record.Record{Value: bytes.Repeat([]byte{1, 2, 3, 7}, 10)}
	noise := make([]byte, 20_000)
	_, _ = rand.Read(noise)
	r.Value = noise
	w := quarantine.NewWriter(h)
	a, err := w.Seal(entry(&r), 8<<10)
	if err != nil {
		t.Fatal(err)
	}
	b, err := w.Seal(entry(&r), 8<<10)
	if err != nil {
		t.Fatal(err)
	}
	for name, parts := range map[string][]record.Record{
		"mixed":   append(append([]record.Record{}, a[:1]...), b[1:]...),
		"missing": a[1:],
		"doubled": append(append([]record.Record{}, a...), a[0]),
		"none":    nil,
	} {
		if _, err := open(t, h, parts); err == nil {
			t.Errorf("%s: the parts were joined", name)
		}
	}
}

// TestPlacesInTheSinkLeaveRoom: an entry of a sink with more partitions than the smallest part has room for is sealed all
// the same, without its places.
func TestPlacesInTheSinkLeaveRoom(t *testing.T) {
	h := hpketest.New(t)
	for partitions, want := range map[int]int{450: 450, 2000: 0} {
		e := entry(&record.Record{Value: []byte("{")})
		e.Before = nil
		for p := range partitions {
			e.Before = append(e.Before, quarantine.SinkOffset{Partition: int32(p), Offset: 1 << 45})
		}
		parts, err := quarantine.NewWriter(h).Seal(e, 8<<10)
		if err != nil {
			t.Fatalf("%d partitions: %v", partitions, err)
		}
		got, err := open(t, h, parts)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Before) != want {
			t.Errorf("%d partitions: %d places came back, want %d", partitions, len(got.Before), want)
		}
	}
}

func TestNoRoomForAPart(t *testing.T) {
	if _, err := quarantine.NewWriter(hpketest.New(t)).Seal(entry(&record.Record{}), 100); err == nil {
		t.Error("sealed into 100 bytes")
	}
}

// FuzzChangedPartIsRefused states the law: a part of which anything was changed does not open.
func FuzzChangedPartIsRefused(f *testing.F) {
	h := hpketest.New(f)
	r := record.Record{Key: []byte("k"), Value: []byte("{"), Headers: []record.Header{{Name: []byte("h"), Value: []byte("v")}}}
	parts, err := quarantine.NewWriter(h).Seal(entry(&r), 1<<20)
	if err != nil {
		f.Fatal(err)
	}
	for i := range 12 {
		f.Add(uint8(i), uint16(0), "x")
	}
	f.Fuzz(func(t *testing.T, what uint8, at uint16, text string) {
		p := clone(&parts[0])
		n := len(p.Headers)
		i := int(at) % n
		switch what % 8 {
		case 0:
			p.Headers[i].Value = []byte(text)
		case 1:
			p.Headers[i].Name = []byte(text)
		case 2:
			p.Headers = append(p.Headers[:i:i], p.Headers[i+1:]...)
		case 3:
			p.Headers = append(p.Headers, record.Header{Name: []byte(text), Value: []byte(text)})
		case 4:
			p.Headers[i], p.Headers[(i+1)%n] = p.Headers[(i+1)%n], p.Headers[i]
		case 5:
			p.Value[int(at)%len(p.Value)] ^= byte(len(text) + 1)
		case 6:
			p.Key = []byte(text)
		case 7:
			p.Headers[i].Value = nil
		}
		same := show(&quarantine.Entry{Record: p}) == show(&quarantine.Entry{Record: clone(&parts[0])})
		_, err := quarantine.Open(h, p)
		switch {
		case same && err != nil:
			t.Fatalf("an unchanged part is refused: %v", err)
		case !same && !errors.Is(err, quarantine.ErrRefused):
			t.Fatalf("a changed part (case %d) gave %v, want %v", what%8, err, quarantine.ErrRefused)
		}
	})
}

func clone(r *record.Record) *record.Record {
	c := *r
	c.Key, c.Value = bytes.Clone(r.Key), bytes.Clone(r.Value)
	c.Headers = append([]record.Header(nil), r.Headers...)
	return &c
}

// FuzzClaims states the law: what a part claims is what stands inside, a record with other headers claims nothing or
// something that does not open, and no claim can drive a terminal.
func FuzzClaims(f *testing.F) {
	h := hpketest.New(f)
	parts, err := quarantine.NewWriter(h).Seal(entry(&record.Record{Value: []byte("{")}), 1<<20)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(0), "1")
	f.Add(uint8(1), "web")
	f.Add(uint8(1), "\x1b[2J")
	f.Add(uint8(5), "2026-11-24T01:02:03.456Z")
	f.Add(uint8(7), "2/1")
	f.Add(uint8(7), "+1/1")
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		p := clone(&parts[0])
		i := int(which) % len(p.Headers)
		same := string(p.Headers[i].Value) == text
		p.Headers[i].Value = []byte(text)
		claims, err := quarantine.Claimed(p)
		part, failed := quarantine.Open(h, p)
		switch {
		case same && (err != nil || failed != nil || part.Facts() != claims):
			t.Fatalf("an unchanged part claims %+v, %v", claims, err)
		case !same && failed == nil:
			t.Fatal("a changed part opens")
		case err == nil && strings.ContainsFunc(claims.Route+claims.Topic+claims.Reason, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }):
			t.Fatalf("a control character is in the claims of %q", text)
		case err != nil && !errors.Is(err, quarantine.ErrForeign):
			t.Fatalf("error %v, want %v", err, quarantine.ErrForeign)
		}
	})
}
