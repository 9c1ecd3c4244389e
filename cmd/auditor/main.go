// Command auditor says whether a pseudonymizing proxy kept its promise: it reads source, sink and quarantine with another
// client library than voile's, read committed, and reports what is lost, doubled, reordered, leaked or altered.
//
//	auditor [-json FILE] SPEC
//
// SPEC is a JSON file: audit.Spec says what stands in it. The report goes to the standard output as text, and with -json to
// FILE. Exit codes: 0 the promise holds, 1 it does not, 2 the audit could not be made.
//
// It imports nothing of voile's, which a test holds, and what it reads must stand still: the audit is made once the loader
// has ended and the proxy has committed everything.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"voile/cmd/auditor/audit"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("auditor", flag.ContinueOnError)
	flags.SetOutput(stderr)
	file := flags.String("json", "", "write the report as JSON to this file")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: auditor [-json FILE] SPEC")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil || flags.NArg() != 1 {
		if err == nil {
			flags.Usage()
		}
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	report, err := auditFile(ctx, flags.Arg(0))
	if err == nil && *file != "" {
		err = writeJSON(*file, report)
	}
	if err != nil {
		fmt.Fprintf(stderr, "auditor: %v\n", err)
		return 2
	}
	report.Print(stdout)
	if len(report.Violations) > 0 {
		return 1
	}
	return 0
}

// auditFile makes the audit that a file specifies.
func auditFile(ctx context.Context, file string) (*audit.Report, error) {
	spec, err := readSpec(file)
	if err != nil {
		return nil, err
	}
	auditor, err := audit.New(spec)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	r, err := newReader(spec.Brokers)
	if err != nil {
		return nil, err
	}
	defer r.close()
	if err := r.quarantine(ctx, auditor, spec.Quarantine.Topic); err != nil {
		return nil, err
	}
	uncommitted := 0
	for _, flow := range spec.Flows {
		n, err := r.flow(ctx, auditor, flow)
		if err != nil {
			return nil, err
		}
		uncommitted += n
	}
	for _, name := range spec.Texts {
		if err := auditText(auditor, name); err != nil {
			return nil, err
		}
	}
	report := auditor.Report()
	report.Uncommitted = uncommitted
	return &report, nil
}

func readSpec(file string) (spec audit.Spec, err error) {
	f, err := os.Open(file)
	if err != nil {
		return spec, err
	}
	defer f.Close() //nolint:errcheck // only read
	decoder := json.NewDecoder(f)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&spec); err != nil {
		return spec, fmt.Errorf("%s: %w", file, err)
	}
	if len(spec.Brokers) == 0 {
		return spec, errors.New(file + ": brokers: none")
	}
	return spec, nil
}

func auditText(auditor *audit.Auditor, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	return auditor.Text(name, f)
}

func writeJSON(file string, report *audit.Report) error {
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}
