package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"voile/config"
	"voile/pipeline/transform"
)

// wayRecords is how many records it is counted over.
const wayRecords = 8_000

// wayAllocations is what a record may allocate beyond Tink's own: its share of what a fetch, a batch, a transaction and a
// commit take, each of which is for hundreds of records. One allocation for every record is more.
const wayAllocations = 0.5

// TestWholeWayAllocatesOnlyWhatTokensDo: all that the process allocates while records go the whole way, from the fetch over
// decoding, transform, encoding and produce to the commit, as `voile run` has them go. The broker is another process. How
// many commits and half-empty fetches there are depends on the machine, so the least of three counts.
func TestWholeWayAllocatesOnlyWhatTokensDo(t *testing.T) {
	skipUnderRace(t)
	for _, tt := range []struct {
		name, method string
		fields       int
		route, codec string
	}{
		{"pass-through", "", 0, "", "none"},
		{"pass-through, at least once", "", 0, "delivery: at_least_once, ", "none"},
		{"pass-through, by key", "", 0, "partition: key, ", "none"},
		{"pass-through, lz4", "", 0, "compression: source, ", "lz4"},
		{"pass-through, zstd", "", 0, "compression: source, ", "zstd"},
		{"redact", "redact", 6, "", "none"},
		{"hash", config.Hash, 6, "", "none"},
		{"tokenize", config.Tokenize, 6, "", "none"},
		{"encrypt", config.Encrypt, 6, "", "none"},
		{"with the source in a header", config.Hash, 1, "source_header: true, ", "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			broker := startWayBroker(t, tt.codec)
			rules := benchFields(tt.method, tt.fields)
			c := parseAt(t, broker.address, benchDomains(tt.method, rules)+"routes:\n  - {name: way, from: [src], to: dst, "+tt.route+"fields: ["+rules+"]}\n")
			keys, err := ephemeralKeys(c)
			if err != nil {
				t.Fatal(err)
			}
			tink := tokenAllocations(t, c, keys.domains)
			runWay(t, c, keys)
			defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties the pools
			broker.send(t, wayRecords)
			ours := math.Inf(1)
			for run := 0; run < 3 && ours > wayAllocations; run++ {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				broker.send(t, wayRecords)
				runtime.ReadMemStats(&after)
				ours = min(ours, float64(after.Mallocs-before.Mallocs)/wayRecords-tink)
			}
			t.Logf("a record: %.3f allocations of our own, %g of the tokens", ours, tink)
			if ours > wayAllocations {
				t.Errorf("%.3f allocations a record beyond the %g of the tokens, want at most %g", ours, tink, wayAllocations)
			}
		})
	}
}

// runWay serves a configuration until the test ends, as `voile run` does.
func runWay(t *testing.T, c *config.Config, keys pipelineKeys) {
	t.Helper()
	log, err := newLog(io.Discard, "info")
	if err != nil {
		t.Fatal(err)
	}
	a, err := openAdmin(c, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, c, a, keys, map[string]int{"src": wayPartitions, "dst": wayPartitions, "q": 1}, log)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		a.close()
	})
}

func skipUnderRace(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("skipped: the race detector makes sync.Pool drop at random")
	}
}

// tokenAllocations counts what the token of each rule takes alone.
func tokenAllocations(t *testing.T, c *config.Config, domains map[string]transform.Domain) (sum float64) {
	t.Helper()
	dst, value := make([]byte, 0, 1024), []byte("Herbert") // not in what is counted
	for _, rule := range c.Routes[0].Fields {
		if d, ok := domains[rule.Action.Domain]; ok {
			sum += testing.AllocsPerRun(200, func() {
				if _, err := d.AppendToken(dst, value); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
	return sum
}

// A wayBroker is kfake in a process of its own, so that what it allocates is not counted.
type wayBroker struct {
	address string
	in      io.Writer
	out     *bufio.Reader
}

func startWayBroker(t *testing.T, codec string) *wayBroker {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), wayBrokerVariable+"="+codec)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends then
		_ = cmd.Wait()
	})
	b := &wayBroker{in: in, out: bufio.NewReader(out)}
	b.address = b.line(t)
	return b
}

// send has n records written to src, and returns when all of them are committed in dst.
func (b *wayBroker) send(t *testing.T, n int) {
	t.Helper()
	if _, err := fmt.Fprintln(b.in, n); err != nil {
		t.Fatal(err)
	}
	if text := b.line(t); text != "committed" {
		t.Fatalf("the broker's process says %q", text)
	}
}

func (b *wayBroker) line(t *testing.T) string {
	t.Helper()
	text, err := b.out.ReadString('\n')
	if err != nil {
		t.Fatalf("the broker's process ended: %v", err)
	}
	return strings.TrimSpace(text)
}
