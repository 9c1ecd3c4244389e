package batch

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"voile/pipeline/record"
)

func javaBatch(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "java-"+name+".batch"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestJava reads what the Java producer wrote.
func TestJava(t *testing.T) {
	var lines strings.Builder
	for i := range 8000 {
		fmt.Fprintf(&lines, "line %d\n", i)
	}
	want := []record.Record{
		{Offset: 42, Timestamp: 1_700_000_000_000, Key: []byte("key"), Value: []byte(`{"a":1}`)},
		{Offset: 43, Timestamp: 0},
		{Offset: 44, Timestamp: 1_699_999_999_999, Key: []byte{}, Value: []byte{}, Headers: []record.Header{
			{Name: []byte("dup"), Value: []byte("1")}, {Name: []byte("dup"), Value: []byte("2")},
			{Name: []byte("null")}, {Name: []byte("empty"), Value: []byte{}},
		}},
		{Offset: 45, Timestamp: 1_700_000_000_001, Value: []byte(lines.String())},
	}
	d := NewDecoder(testLimit)
	var b Batch
	for _, c := range codecs {
		t.Run(c.String(), func(t *testing.T) {
			raw := javaBatch(t, c.String())
			if err := d.Decode(raw, &b); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(b.Records, want) {
				t.Error("records differ")
			}
			wantHeader := Header{
				BaseOffset: 42, Length: int32(len(raw) - 12), PartitionLeaderEpoch: 3, Codec: c, Transactional: true,
				LastOffsetDelta: 3, BaseTimestamp: 1_700_000_000_000, MaxTimestamp: 1_700_000_000_001,
				ProducerID: 77, ProducerEpoch: 2, BaseSequence: 5, Count: 4,
			}
			if b.Header != wantHeader {
				t.Errorf("header %+v, want %+v", b.Header, wantHeader)
			}
		})
	}
}

func TestJavaMarkers(t *testing.T) {
	for _, tt := range []struct {
		name   string
		want   ControlType
		offset int64
	}{{"abort", Abort, 50}, {"commit", Commit, 51}} {
		var b Batch
		if err := NewDecoder(1).Decode(javaBatch(t, tt.name), &b); err != nil {
			t.Fatal(err)
		}
		if !b.Header.Control || b.Header.BaseOffset != tt.offset || len(b.Records) != 1 {
			t.Fatalf("%s: header %+v, %d records", tt.name, b.Header, len(b.Records))
		}
		if got, ok := ParseControl(&b.Records[0]); !ok || got != tt.want {
			t.Errorf("%s: type %s, ok %v", tt.name, got, ok)
		}
	}
	if _, ok := ParseControl(&record.Record{Key: []byte{0, 0, 0}}); ok {
		t.Error("a key of three bytes is taken for a marker's")
	}
}
