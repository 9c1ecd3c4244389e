// Package leaktest reads test records of which every planted identifier is known, and has leakcheck.py judge what came of
// them: ../shared/data/README.md has the format, ../shared/tools/leakcheck.py the judge, who knows nothing of voile.
//
// It is for tests only and MUST NOT be imported by anything that is shipped.
package leaktest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"voile/internal/repo"
)

// Dev is the shared set of events, below the folder of shared test data.
const Dev = "data/events-dev.jsonl.gz"

// An Event is one record and what is planted in it.
type Event struct {
	Topic     string   `json:"topic"`
	Partition int32    `json:"partition_hint"`
	Key       []byte   `json:"key_b64"`
	Value     []byte   `json:"value_b64"`
	Headers   []Header `json:"headers"`
	Truth     *Truth   `json:"truth,omitempty"` // nil in what came out
}

// A Header is a pair in JSON, the value in base64 or null.
type Header struct {
	Name  string
	Value []byte
}

// UnmarshalJSON reads the pair.
func (h *Header) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&h.Name, &h.Value})
}

// MarshalJSON writes the pair.
func (h Header) MarshalJSON() ([]byte, error) { return json.Marshal([]any{h.Name, h.Value}) }

// A Truth says what is planted in a record.
type Truth struct {
	Person  string   `json:"person"`
	Channel string   `json:"channel"`
	Expect  string   `json:"expect"` // pass, either or quarantine
	Tags    []string `json:"tags"`
	Planted []Plant  `json:"planted"`
	Free    []string `json:"free,omitempty"`
}

// A Plant is one identifier at one place.
type Plant struct {
	Where     string      `json:"where"`
	Class     string      `json:"class"`
	Raw       string      `json:"raw"`       // as a decoder gives it
	Canonical string      `json:"canonical"` // what all spellings have in common
	Person    string      `json:"person,omitempty"`
	Occ       int         `json:"occ,omitempty"`
	Contains  [][2]string `json:"contains,omitempty"` // class and value, inside a text
}

// Read gives the events of a file, which is gzip where its name says so.
func Read(tb testing.TB, file string) (events []Event) {
	tb.Helper()
	f, err := os.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	var in io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			tb.Fatal(err)
		}
	}
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		var e Event
		if err := json.Unmarshal(scanner.Bytes(), &e); err != nil {
			tb.Fatal(err)
		}
		events = append(events, e)
	}
	if err := scanner.Err(); err != nil {
		tb.Fatal(err)
	}
	return events
}

// Write writes events, one a line.
func Write(tb testing.TB, file string, events []Event) {
	tb.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for i := range events {
		if err := enc.Encode(&events[i]); err != nil {
			tb.Fatal(err)
		}
	}
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// Findings are what the judge found.
type Findings struct {
	OK      bool              `json:"ok"`
	Leaks   map[string]int    `json:"leaks"`
	Planted map[string]int    `json:"planted"`
	Foreign map[string]int    `json:"foreign"`
	Extra   map[string]int    `json:"extra"`
	Join    map[string][5]int `json:"join"` // values, in more than one channel, split, merged, strays
	Counts  map[string]int    `json:"counts"`
	Table   string            `json:"-"`
}

// Judge runs leakcheck.py over what came of truth, and over further files that must hold nothing raw. It fails the test
// only where it cannot judge.
func Judge(tb testing.TB, truth, out string, quarantined int, extra ...string) Findings {
	tb.Helper()
	result := filepath.Join(tb.TempDir(), "findings.json")
	args := append([]string{repo.Shared(tb, "tools/leakcheck.py"), truth, out}, extra...)
	args = append(args, "--quarantined", fmt.Sprint(quarantined), "--json", result)
	table, err := exec.Command("python3", args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		tb.Fatalf("leakcheck.py: %v\n%s", err, table)
	}
	data, err := os.ReadFile(result)
	if err != nil {
		tb.Fatal(err)
	}
	f := Findings{Table: string(table)}
	if err := json.Unmarshal(data, &f); err != nil {
		tb.Fatal(err)
	}
	return f
}

// Sum adds the numbers of a table of Findings up.
func Sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}
