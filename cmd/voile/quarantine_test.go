package main

import (
	"strings"
	"testing"
	"unicode"

	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/replay"
)

// FuzzEntryCannotDriveTheTerminal states the law: whatever is in a record, what is printed of it are line ends and
// characters that a terminal shows, and no line of it can be taken for one of ours.
func FuzzEntryCannotDriveTheTerminal(f *testing.F) {
	f.Add([]byte("\x1b[2J\x07"), []byte("{\n\r\x9b1m}\nroute web\n"), "h\u202e", []byte(nil))
	f.Add([]byte(nil), []byte{}, "", []byte{0xff, 0xfe})
	f.Fuzz(func(t *testing.T, key, value []byte, header string, headerValue []byte) {
		for _, e := range []*quarantine.Entry{
			{Route: "r", Topic: "t", Reason: "not_json", Where: header, Record: &record.Record{Key: key, Value: value,
				Headers: []record.Header{{Name: []byte(header), Value: headerValue}}}},
			{Route: "r", Topic: "t", Reason: "undecodable_batch", Batch: value},
		} {
			var b strings.Builder
			if err := printEntry(&b, "q/0/1", e); err != nil {
				t.Fatal(err)
			}
			if i := strings.IndexFunc(b.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
				t.Fatalf("%q is printed", b.String()[i:])
			}
			if n := strings.Count("\n"+b.String(), "\nroute"); n != 1 {
				t.Fatalf("%d lines of the route in %q", n, b.String())
			}
		}
	})
}

func TestRanges(t *testing.T) {
	const end = 1<<63 - 1
	for text, want := range map[string]replay.Range{
		"42":     {Partition: -1, First: 42, Last: 42},
		"40-99":  {Partition: -1, First: 40, Last: 99},
		"40-":    {Partition: -1, First: 40, Last: end},
		"3:0":    {Partition: 3},
		"3:7-9":  {Partition: 3, First: 7, Last: 9},
		"0:10-":  {First: 10, Last: end},
		"7-7":    {Partition: -1, First: 7, Last: 7},
		"00:1-1": {First: 1, Last: 1},
	} {
		if got, err := parseRange(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", "-4", "4-3", "x", "1:", ":1", "-1:4", "1:2:3", "1-2-3", "9999999999999999999"} {
		if got, err := parseRange(text); err == nil {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}
