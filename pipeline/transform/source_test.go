package transform_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"voile/config"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

func headers(lines ...string) []record.Header {
	var out []record.Header
	for _, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		out = append(out, record.Header{Name: []byte(name), Value: []byte(value)})
	}
	return out
}

func TestSourceHeader(t *testing.T) {
	for _, tt := range []struct {
		name     string
		in, want []record.Header
	}{
		{"none", nil, headers("voile-source=events.raw/11/1234567890123")},
		{"behind others", headers("a=1", "b=2", "a=3"), headers("a=1", "b=2", "a=3", "voile-source=events.raw/11/1234567890123")},
		{"forged", headers("voile-source=x/0/1", "a=1", "voile-source=y/0/1"), headers("a=1", "voile-source=events.raw/11/1234567890123")},
		{"other names stay", headers("Voile-Source=x", "voile-sourc=x"), headers("Voile-Source=x", "voile-sourc=x", "voile-source=events.raw/11/1234567890123")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var arena transform.Arena
			before := append([]record.Header(nil), tt.in...)
			got := arena.SourceHeader(tt.in, "events.raw", 11, 1234567890123)
			next := arena.SourceHeader(tt.in, "events.raw", 0, 0) // which must not write over the first
			if !reflect.DeepEqual(got, tt.want) || !reflect.DeepEqual(tt.in, before) {
				t.Errorf("have %q of %q, want %q", got, tt.in, tt.want)
			}
			if last := next[len(next)-1]; string(last.Value) != "events.raw/0/0" {
				t.Errorf("the next record says %q", last.Value)
			}
		})
	}
}

func TestSourceHeaderAllocatesNothing(t *testing.T) {
	in := headers("a=1", "b=2")
	var arena transform.Arena
	run := func() {
		arena.Reset()
		for offset := range int64(100) {
			arena.SourceHeader(in, "events.web.raw", 5, offset)
		}
	}
	run()
	if got := testing.AllocsPerRun(100, run); got != 0 {
		t.Errorf("%g allocations of 100 records, want none", got)
	}
}

func BenchmarkSourceHeader(b *testing.B) {
	tr := compile(b, &config.Route{AcceptTokens: true, Fields: rules(b, "$.a d")}).NewTransformer()
	in := record.Record{Value: []byte(`{"a":"Ana","b":"` + strings.Repeat("x", 1200) + `"}`), Headers: headers("a=1", "b=2")}
	for _, on := range []bool{false, true} {
		b.Run(fmt.Sprintf("header=%v", on), func(b *testing.B) {
			var arena transform.Arena
			b.ReportAllocs()
			for b.Loop() {
				arena.Reset()
				out := tr.Transform(&in, &arena).Records[0]
				if on {
					out.Headers = arena.SourceHeader(out.Headers, "events.web.raw", 5, 1234567)
				}
			}
		})
	}
}
