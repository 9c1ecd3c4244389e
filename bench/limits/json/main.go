// JSON is the limit of looking at a record: one pass over each event that says whether it is JSON, by the fastest library
// that can be had, in one goroutine, and nothing else. It prints what it has used as JSON: records, and CPU in microseconds
// of the whole process.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"syscall"

	"github.com/bytedance/sonic"
	"github.com/minio/simdjson-go"
)

func main() {
	var (
		events  = flag.String("events", "", "file of events, one a line")
		records = flag.Int("records", 0, "how many events; those of the file again and again")
		library = flag.String("library", "", "sonic (Valid), simdjson (Parse, which makes a tape) or encoding (encoding/json's Valid)")
	)
	flag.Parse()
	if err := run(*events, *records, *library); err != nil {
		fmt.Fprintln(os.Stderr, "json:", err)
		os.Exit(1)
	}
}

func run(events string, records int, library string) error {
	text, err := os.ReadFile(events)
	if err != nil {
		return err
	}
	lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	valid, err := newValid(library)
	if err != nil {
		return err
	}
	// Neither a validator that takes everything nor one that takes nothing is a limit of anything.
	if !valid(lines[0]) || valid(lines[0][:len(lines[0])-1]) {
		return fmt.Errorf("%s does not tell JSON from a part of it", library)
	}
	before, err := used()
	if err != nil {
		return err
	}
	for i := range records {
		if !valid(lines[i%len(lines)]) {
			return fmt.Errorf("%s: event %d is no JSON", library, i%len(lines))
		}
	}
	after, err := used()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"records": records, "cpu_us": after - before})
}

func newValid(library string) (func([]byte) bool, error) {
	switch library {
	case "sonic":
		return sonic.Valid, nil
	case "encoding":
		return json.Valid, nil
	case "simdjson":
		if !simdjson.SupportedCPU() {
			return nil, errors.New("simdjson needs AVX2 and CLMUL, which this machine lacks")
		}
		var reused *simdjson.ParsedJson
		return func(value []byte) bool {
			parsed, err := simdjson.Parse(value, reused, simdjson.WithCopyStrings(false))
			if err == nil {
				reused = parsed
			}
			return err == nil
		}, nil
	}
	return nil, fmt.Errorf("no library %q", library)
}

// used is the CPU time of this process so far, in microseconds.
func used() (int64, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return (u.Utime.Sec+u.Stime.Sec)*1_000_000 + u.Utime.Usec + u.Stime.Usec, err
}
