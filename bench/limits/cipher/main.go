// Cipher is what tokens cost by Tink's primitive: six values of each event through Tink's primitive, one after the other in one
// goroutine, and nothing else. It takes the values out of the events before it begins, and prints what it has used as JSON:
// records, and CPU in microseconds of the whole process, the garbage collector's included.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
)

func main() {
	var (
		events  = flag.String("events", "", "file of events, one a line")
		fields  = flag.String("fields", "", "which values, as a.b.c,d.e")
		records = flag.Int("records", 0, "how many events; those of the file again and again")
		method  = flag.String("method", "tokenize", "tokenize (AES-SIV) or hash (AES-CMAC PRF)")
	)
	flag.Parse()
	if err := run(*events, strings.Split(*fields, ","), *records, *method); err != nil {
		fmt.Fprintln(os.Stderr, "cipher:", err)
		os.Exit(1)
	}
}

const memory = 256 << 20

func run(events string, fields []string, records int, method string) error {
	values, err := read(events, fields)
	if err != nil {
		return err
	}
	seal, err := newSeal(method)
	if err != nil {
		return err
	}
	// A heap as small as this program's would be collected all the time, which costs a good part of what the cipher does.
	// With as much memory as a proxy has it is collected now and then.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(memory)
	before, err := used()
	if err != nil {
		return err
	}
	for i := range records {
		for _, value := range values[i%len(values)] {
			if err := seal(value); err != nil {
				return err
			}
		}
	}
	after, err := used()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"records": records, "cpu_us": after - before})
}

func newSeal(method string) (func([]byte) error, error) {
	if method == "hash" {
		handle, err := keyset.NewHandle(prf.AESCMACPRFKeyTemplate())
		if err != nil {
			return nil, err
		}
		set, err := prf.NewPRFSet(handle)
		if err != nil {
			return nil, err
		}
		return func(value []byte) error {
			_, err := set.ComputePrimaryPRF(value, 16)
			return err
		}, nil
	}
	handle, err := keyset.NewHandle(daead.AESSIVKeyTemplate())
	if err != nil {
		return nil, err
	}
	cipher, err := daead.New(handle)
	if err != nil {
		return nil, err
	}
	domain := []byte("id")
	return func(value []byte) error {
		_, err := cipher.EncryptDeterministically(value, domain)
		return err
	}, nil
}

// read gives the values of each event's fields.
func read(events string, fields []string) (values [][][]byte, err error) {
	f, err := os.Open(events)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var tree map[string]any
		if err := json.Unmarshal(lines.Bytes(), &tree); err != nil {
			return nil, err
		}
		var of [][]byte
		for _, field := range fields {
			var at any = tree
			for name := range strings.SplitSeq(field, ".") {
				at = at.(map[string]any)[name]
			}
			of = append(of, []byte(at.(string)))
		}
		values = append(values, of)
	}
	return values, lines.Err()
}

// used is the CPU time of this process so far, in microseconds.
func used() (int64, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return (u.Utime.Sec+u.Stime.Sec)*1_000_000 + u.Utime.Usec + u.Stime.Usec, err
}
