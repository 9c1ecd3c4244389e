package main

import (
	"fmt"
	"strings"
	"testing"

	"voile/config"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// One thing varies at a time: the fields and the method on an event of 1.2 KB, then with six fields its size, its nesting
// and the number of rules.

// benchRecord is the cost of a record when some have gone before: the guard learns the members of the first 500, and the
// memory of the Transformer has grown.
func benchRecord(b *testing.B, t *transform.Transformer, in record.Record) {
	b.Helper()
	var arena transform.Arena
	one := func() {
		arena.Reset()
		if v := t.Transform(&in, &arena); v.Reason != "" {
			b.Fatal(v)
		}
	}
	for range 1000 {
		one()
	}
	b.SetBytes(int64(len(in.Value)))
	b.ReportAllocs()
	for b.Loop() {
		one()
	}
}

// benchValue is benchRecord for a value and rules, each of which takes something in it, or none does.
func benchValue(b *testing.B, method, rules, value string) {
	b.Helper()
	t, _ := benchTransformer(b, benchConfig(b, method, rules))
	benchRecord(b, t, record.Record{Value: []byte(value)})
	none, all := true, true
	for _, s := range t.Stats() {
		none, all = none && s.Replaced == 0, all && s.Replaced > 0
	}
	if !none && !all {
		b.Fatal("some rules take something and others do not")
	}
}

func BenchmarkTransform(b *testing.B) {
	b.Run("fields=0/method=none", func(b *testing.B) { benchValue(b, "", benchFields("", 0), benchEvent) })
	for _, fields := range []int{1, 6, 20} {
		for _, method := range []string{config.Tokenize, config.Hash, config.Encrypt, "redact", "remove"} {
			b.Run(fmt.Sprintf("fields=%d/method=%s", fields, method), func(b *testing.B) {
				benchValue(b, method, benchFields(method, fields), benchEvent)
			})
		}
	}
}

// benchSix are six members, as they stand in benchEvent.
const benchSix = `"userId":"crm-642179813","anonymousId":"fd85a9f9-2381","email":"H.Marchand@Poste.test","ip":"198.18.174.132",` +
	`"firstName":"Herbert","lastName":"Marchand"`

var benchSixNames = []string{"userId", "anonymousId", "email", "ip", "firstName", "lastName"}

// benchObject is an object of so many bytes: benchSix, and behind it as much of what no rule takes as there is room for.
func benchObject(size int) string {
	var b strings.Builder
	b.WriteString("{" + benchSix)
	for i := 0; ; i++ {
		more := fmt.Sprintf(`,"attribute_%d":{"label":"value number %d","count":%d,"active":true}`, i, i*7, i%10)
		if b.Len()+len(more)+1 > size {
			break
		}
		b.WriteString(more)
	}
	return b.String() + strings.Repeat(" ", max(0, size-1-b.Len())) + "}"
}

// benchPrefixed puts a prefix before each of six names.
func benchPrefixed(prefix string) []string {
	var paths []string
	for _, name := range benchSixNames {
		paths = append(paths, prefix+name)
	}
	return paths
}

func BenchmarkTransformSize(b *testing.B) {
	for _, size := range []struct {
		name  string
		bytes int
	}{{"200B", 200}, {"1.2KB", 1200}, {"10KB", 10_000}, {"1MB", 1_000_000}} {
		value := benchObject(size.bytes)
		b.Run("size="+size.name+"/fields=0/method=none", func(b *testing.B) { benchValue(b, "", benchFields("", 0), value) })
		for _, method := range []string{config.Tokenize, config.Hash} {
			b.Run("size="+size.name+"/fields=6/method="+method, func(b *testing.B) {
				benchValue(b, method, benchRules(method, benchSixNames...), value)
			})
		}
	}
}

// BenchmarkTransformNesting has the six fields in the innermost of so many objects or arrays, by their own path and by their
// name at any depth; and in each of the eight elements of a list.
func BenchmarkTransformNesting(b *testing.B) {
	const size = 1200
	six := func(name, prefix, value string) {
		b.Run(name, func(b *testing.B) {
			benchValue(b, config.Hash, benchRules(config.Hash, benchPrefixed(prefix)...), value)
		})
	}
	six("shape=objects/depth=1/path=own", "", benchObject(size))
	six("shape=objects/depth=1/path=descendant", ".", benchObject(size))
	for _, shape := range []struct{ name, open, shut, step string }{{"objects", `{"in":`, "}", "in."}, {"arrays", "[", "]", ""}} {
		for _, depth := range []int{8, 64} {
			around := depth - 1
			value := strings.Repeat(shape.open, around) + benchObject(size-around*(len(shape.open)+1)) + strings.Repeat(shape.shut, around)
			exact := strings.Repeat(shape.step, around)
			if shape.step == "" {
				exact = "*" + strings.Repeat("[0]", around-1) + "."
			}
			for _, path := range []struct{ name, prefix string }{{"own", exact}, {"descendant", "."}} {
				six(fmt.Sprintf("shape=%s/depth=%d/path=%s", shape.name, depth, path.name), path.prefix, value)
			}
		}
	}
	element := benchObject(size/8 - 2)
	list := `{"in":[` + strings.Repeat(element+",", 7) + element + "]}"
	six("shape=list/depth=3/path=own", "in[*].", list)
}

// BenchmarkTransformRules has many rules, of which one takes something: what a record costs must not grow with them.
func BenchmarkTransformRules(b *testing.B) {
	for _, form := range []struct{ name, path string }{{"member", "context.traits.custom%d"}, {"descendant", ".custom%d"}} {
		for _, rules := range []int{1, 10, 100, 1000} {
			paths := []string{"userId"}
			for i := 1; i < rules; i++ {
				paths = append(paths, fmt.Sprintf(form.path, i))
			}
			b.Run(fmt.Sprintf("path=%s/rules=%d", form.name, rules), func(b *testing.B) {
				t, _ := benchTransformer(b, benchConfig(b, "redact", benchRules("redact", paths...)))
				benchRecord(b, t, record.Record{Value: []byte(benchEvent)})
				if t.Stats()[0].Replaced == 0 {
					b.Fatal("the one rule takes nothing")
				}
			})
		}
	}
}

// BenchmarkTransformEnvelope is the cost of a record with a key and five headers, of which no rule takes any.
func BenchmarkTransformEnvelope(b *testing.B) {
	t, _ := benchTransformer(b, benchConfig(b, "", benchFields("", 0)))
	in := record.Record{Key: []byte("crm-642179813"), Value: []byte(benchEvent)}
	for _, name := range []string{"traceparent", "source", "content-type", "schema", "sent-at"} {
		in.Headers = append(in.Headers, record.Header{Name: []byte(name), Value: []byte("00-4bf92f3577b34da6")})
	}
	benchRecord(b, t, in)
}
