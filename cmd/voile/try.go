package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"voile/config"
	"voile/pipeline/guard"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// tryFlags are the flags of `voile try`.
type tryFlags struct {
	config  *string
	route   string
	records bool
	vault   bool
	diff    bool
}

func newTry() *cobra.Command {
	var f tryFlags
	cmd := &cobra.Command{
		Use:   "try [FILE]",
		Short: "see what a route's rules make of some records, offline",
		Long: `See what the rules of a route make of some records, offline.

Each line of FILE, or of standard input, is the value of one record, as JSON;
what would be produced is printed, a line for a line. Rules for keys and headers
are left aside. With --records each line is a whole record:

  {"key": "4711", "value": {"email": "a@example.org"}, "headers": [["x-user", "4711"]]}

where key, value and a header's text may be null and missing is null.

A line that would go to quarantine is named on standard error with its reason,
and makes the exit code 1. Rules that matched nothing are named, too.

The keys are made for this run and end with it, so that the tokens of two runs
are not equal. With --vault the keys are those of the configuration's Vault, and
the tokens those that "voile run" would make; Vault is asked under your own Vault
token, from VAULT_TOKEN or ~/.vault-token, not as the proxy.`,
		Example: `  voile try -c voile.yaml events.jsonl
  kcat -C -b localhost -t events.web.raw -c 10 | voile try --route web --diff`,
		Args: atMostOneFile,
	}
	f.config = configFlag(cmd)
	cmd.Flags().StringVarP(&f.route, "route", "r", "", "the `NAME` of the route; not needed where there is only one")
	cmd.Flags().BoolVar(&f.records, "records", false, "lines are records with key, value and headers")
	cmd.Flags().BoolVar(&f.vault, "vault", false, "take the keys from Vault, under your own Vault token")
	cmd.Flags().BoolVarP(&f.diff, "diff", "d", false, "print only what changes, before and after; shows the values")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return runTry(cmd, &f, args) }
	return cmd
}

func runTry(cmd *cobra.Command, f *tryFlags, args []string) error {
	c, err := loadConfig(cmd, *f.config)
	if err != nil {
		return err
	}
	route, err := chooseRoute(c, f.route)
	if err != nil {
		return err
	}
	in := cmd.InOrStdin()
	if len(args) == 1 && args[0] != "-" {
		file, err := os.Open(args[0])
		if err != nil {
			return usagef("%w", err)
		}
		defer file.Close() //nolint:errcheck // only read
		in = file
	} else if *f.config == "-" {
		return usagef("standard input is the configuration: name a FILE with the records")
	}
	if isTerminal(in) {
		say(cmd.ErrOrStderr(), "reading records from the terminal, one JSON value per line; end with control-D")
	}
	domains, err := f.domains(cmd.Context(), c)
	if err != nil {
		return err
	}
	if !f.records {
		route.Fields = slices.DeleteFunc(slices.Clone(route.Fields), func(r config.Rule) bool { return r.Target != config.Value })
	}
	route.Guard.Sample = 1 // of so few records the guard looks at each
	rules, err := transform.Compile(&route, c, domains)
	if err != nil {
		return err
	}
	t := &trial{
		route:   &route,
		rewrite: rules.NewTransformer(),
		records: f.records,
		out:     bufio.NewWriter(cmd.OutOrStdout()),
		stdout:  cmd.OutOrStdout(),
		stderr:  cmd.ErrOrStderr(),
	}
	if f.diff {
		t.diff = newDiffPrinter(cmd.OutOrStdout(), t.out)
	}
	return t.run(in)
}

func (f *tryFlags) domains(ctx context.Context, c *config.Config) (map[string]transform.Domain, error) {
	if !f.vault {
		return ephemeralDomains(c)
	}
	return vaultDomains(ctx, c)
}

// chooseRoute gives a copy of the route named, or of the only one.
func chooseRoute(c *config.Config, name string) (config.Route, error) {
	names := make([]string, 0, len(c.Routes))
	for _, r := range c.Routes {
		if r.Name == name || name == "" && len(c.Routes) == 1 {
			return r, nil
		}
		names = append(names, r.Name)
	}
	if name == "" {
		return config.Route{}, hintf(usagef("the configuration has %d routes", len(names)), "choose one: --route %s", strings.Join(names, " | "))
	}
	err := usagef("the configuration has no route %q", name)
	if near := nearest(name, names); near != "" {
		return config.Route{}, hintf(err, "did you mean: --route %s", near)
	}
	return config.Route{}, hintf(err, "its routes: %s", strings.Join(names, ", "))
}

// A trial is one `voile try` at work.
type trial struct {
	route   *config.Route
	rewrite *transform.Transformer
	arena   transform.Arena
	records bool
	out     *bufio.Writer // in front of stdout
	diff    *diffPrinter  // nil: print what would be produced
	stdout  io.Writer
	stderr  io.Writer

	tried, aside int
}

func (t *trial) run(in io.Reader) error {
	p := newProgress(t.stderr, in, t.stdout)
	lines := newLineReader(newProgressReader(in, p))
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = t.line(lines.number, trimLine(line), p)
		}
		if err != nil {
			return errors.Join(err, t.out.Flush())
		}
	}
	p.clear()
	if err := t.out.Flush(); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	t.remarks()
	if t.aside > 0 {
		say(t.stderr, "%d of %s would go to quarantine", t.aside, count(t.tried, "record"))
		return errFailedShown
	}
	return nil
}

// line transforms one line. Empty lines are passed over.
func (t *trial) line(number int, text []byte, p *progress) error {
	if len(text) == 0 {
		return nil
	}
	t.tried++
	rec := record.Record{Timestamp: -1, Value: text}
	if t.records {
		var err error
		if rec, err = parseRecord(text); err != nil {
			return usagef("line %d: %w", number, err)
		}
	}
	t.arena.Reset()
	verdict := t.rewrite.Transform(&rec, &t.arena)
	if verdict.Reason != "" {
		t.aside++
		p.clear()
		if err := t.out.Flush(); err != nil {
			return err
		}
		say(t.stderr, "line %d: quarantine: %s%s", number, verdict.Reason, t.place(verdict.Where))
		return nil
	}
	for i := range verdict.Records {
		if err := t.print(number, &rec, &verdict.Records[i]); err != nil {
			return fmt.Errorf("standard output: %w", err)
		}
	}
	return nil
}

// place says which rule a verdict is about.
func (t *trial) place(where string) string {
	if where == "" {
		return ""
	}
	for _, r := range t.route.Fields {
		if r.Setting == where {
			return ": " + r.Place()
		}
	}
	return ": " + where
}

func (t *trial) print(number int, before, after *record.Record) error {
	if t.diff != nil {
		return t.diff.print(number, before, after)
	}
	text := after.Value
	if t.records {
		var err error
		if text, err = formatRecord(after); err != nil {
			return err
		}
	}
	if _, err := t.out.Write(text); err != nil {
		return err
	}
	return t.out.WriteByte('\n')
}

// remarks says what is likely to be a mistake in the rules.
func (t *trial) remarks() {
	if t.tried == 0 {
		say(t.stderr, "there was no record")
		return
	}
	ofProfile := map[string]uint64{} // how many values its rules took
	for i, s := range t.rewrite.Stats() {
		r := &t.route.Fields[i]
		switch {
		case r.Origin != "":
			ofProfile[r.Origin] += uint64(s.Matched)
		case s.Matched == 0:
			say(t.stderr, "matched nothing: %s", r.Place())
		}
		if s.NotNormalized > 0 {
			say(t.stderr, "not understood by the normalizer of domain %s, and tokenized trimmed: %s of %s",
				r.Action.Domain, count(int(s.NotNormalized), "value"), r.Place())
		}
		if s.Foreign > 0 {
			say(t.stderr, "tokens of another domain or another key, treated as plain values: %s of %s", count(int(s.Foreign), "value"), r.Place())
		}
	}
	// No event has everything that its envelope may have; one that has nothing of it is of another envelope.
	for _, u := range t.route.Use {
		if n, rules := ofProfile[u.Profile]; rules && n == 0 {
			say(t.stderr, "matched nothing: all rules of the profile %s", u.Profile)
		}
	}
	t.guardRemarks()
}

// guardRemarks says where the guard found something, most often found first.
func (t *trial) guardRemarks() {
	tally := t.rewrite.Guard()
	if tally == nil {
		return
	}
	type place struct {
		guard.Finding
		n uint64
	}
	var places []place
	tally.Each(func(f guard.Finding, n uint64) { places = append(places, place{f, n}) })
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind))
	})
	for _, p := range places {
		say(t.stderr, "no rule takes what is found at %s: %s, %s", p.Path, p.Kind, count(int(p.n), "time"))
	}
	if tally.Unlisted > 0 {
		say(t.stderr, "removed, because neither a rule nor pass lists it: %s", count(int(tally.Unlisted), "place"))
	}
}

// recordJSON is a record as a line of `voile try --records`.
type recordJSON struct {
	Key     *string         `json:"key"`
	Value   json.RawMessage `json:"value"`
	Headers [][]*string     `json:"headers"`
}

// parseRecord reads a line. Its errors hold nothing of the line.
func parseRecord(line []byte) (record.Record, error) {
	const want = `want {"key": "…", "value": …, "headers": [["name", "text"]]}`
	var j recordJSON
	dec := json.NewDecoder(strings.NewReader(string(line)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&j); err != nil {
		return record.Record{}, errors.New("not a record: " + want)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return record.Record{}, errors.New("something follows the record: " + want)
	}
	rec := record.Record{Timestamp: -1}
	if j.Key != nil {
		rec.Key = []byte(*j.Key)
	}
	if len(j.Value) > 0 && string(j.Value) != "null" {
		rec.Value = j.Value
	}
	for _, h := range j.Headers {
		if len(h) != 2 || h[0] == nil {
			return record.Record{}, errors.New("a header is not a name and a text: " + want)
		}
		header := record.Header{Name: []byte(*h[0])}
		if h[1] != nil {
			header.Value = []byte(*h[1])
		}
		rec.Headers = append(rec.Headers, header)
	}
	return rec, nil
}

// formatRecord writes a record as parseRecord reads it. The value stays as it is, byte by byte.
func formatRecord(r *record.Record) ([]byte, error) {
	text := func(b []byte) any {
		if b == nil {
			return nil
		}
		return string(b)
	}
	headers := make([][2]any, len(r.Headers))
	for i, h := range r.Headers {
		headers[i] = [2]any{string(h.Name), text(h.Value)}
	}
	key, err := json.Marshal(text(r.Key))
	if err != nil {
		return nil, err
	}
	tail, err := json.Marshal(headers)
	if err != nil {
		return nil, err
	}
	value := r.Value
	if value == nil {
		value = []byte("null")
	}
	return slices.Concat([]byte(`{"key":`), key, []byte(`,"value":`), value, []byte(`,"headers":`), tail, []byte("}")), nil
}
