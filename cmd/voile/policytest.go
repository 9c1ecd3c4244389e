package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"voile/cmd/voile/policy"
	"voile/config"
)

// testFlags are the flags of `voile test`.
type testFlags struct {
	config    *string
	junit     string
	verbose   bool
	everyRule bool
}

func newTest() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test FILE...",
		Short: "hold a configuration against tests that are kept beside it, offline",
		Long: `Hold a configuration against tests that are kept beside it, offline.

A FILE has cases: an event, and what is to come out, place by place.

  config: voile.yaml
  tests:
    - name: a visitor of the web shop
      route: web
      key: "4711"
      value: {userId: 4711, context: {traits: {email: Ana@Example.org}}}
      expect:
        $.context.traits.email: token of customer-email
        $.userId: equal to key

docs/policy-tests.md has all that can be expected.

The keys are made for this run and end with it. Nothing outside the files and
the environment is looked at.

What fails is printed with the line of its test, what was wanted, and what came
out: that may show values of the events in the test files. The exit code is 1
where a case fails, and 2 where a file is wrong. Rules that no case touches are
counted; with --every-rule they are named, and make the exit code 1.`,
		Example: `  voile test policy.test.yaml
  voile test -c voile.yaml --junit report.xml tests/*.yaml`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return hintf(usagef("%s needs a FILE with tests", cmd.CommandPath()), "see: %s --help", cmd.CommandPath())
			}
			return nil
		},
	}
	f.config = configFlag(cmd)
	cmd.Flags().StringVar(&f.junit, "junit", "", "also write a JUnit report to `FILE`")
	cmd.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "name the cases that are well, too")
	cmd.Flags().BoolVar(&f.everyRule, "every-rule", false, "name the rules that no case touches, and fail")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return runTest(cmd, &f, args) }
	return cmd
}

func runTest(cmd *cobra.Command, f *testFlags, names []string) error {
	session := testSession{cmd: cmd, flags: f, configs: map[string]*tested{}}
	var reports []*policy.Report
	for _, name := range names {
		report, err := session.file(name)
		if err != nil {
			return err
		}
		reports = append(reports, report)
	}
	if f.junit != "" {
		var b bytes.Buffer
		if err := policy.JUnit(&b, names, reports); err != nil {
			return err
		}
		if err := os.WriteFile(f.junit, b.Bytes(), 0o600); err != nil {
			return err
		}
	}
	failed := printReports(cmd.OutOrStdout(), names, reports, f.verbose)
	untouched := session.untouched(cmd.ErrOrStderr(), f.everyRule)
	if failed > 0 || f.everyRule && untouched > 0 {
		return errFailedShown
	}
	return nil
}

// A testSession holds the configurations that the files of one command line are about.
type testSession struct {
	cmd     *cobra.Command
	flags   *testFlags
	configs map[string]*tested
	order   []*tested
}

// tested is a configuration, and which of its rules some case has touched.
type tested struct {
	name   string
	config *config.Config
	used   map[string][]bool // by route
}

// file runs one file of tests.
func (s *testSession) file(name string) (*policy.Report, error) {
	data, err := readTest(name)
	if err != nil {
		return nil, usagef("%w", err)
	}
	beside := func(path string) ([]byte, error) { return readTest(besideOf(name, path)) }
	file, err := policy.Read(name, data, beside)
	if err != nil {
		return nil, err
	}
	t, err := s.load(file)
	if err != nil {
		return nil, err
	}
	domains, err := ephemeralDomains(t.config)
	if err != nil {
		return nil, err
	}
	report, err := policy.Run(file, t.config, domains)
	if err != nil {
		return nil, err
	}
	t.touch(report.Used)
	return report, nil
}

// readTest reads a file as far as policy takes it.
func readTest(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(f, policy.MaxFile+1))
	if err == nil && len(data) > policy.MaxFile {
		err = fmt.Errorf("%s: larger than %d MiB", name, policy.MaxFile>>20)
	}
	return data, err
}

// besideOf is the path of a file that the file called name speaks of.
func besideOf(name, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(name), path)
}

// load gives the configuration that a file of tests is about: --config, if it is given; else the one that the file names;
// else the default. Each is read once for the same variables.
func (s *testSession) load(file *policy.File) (*tested, error) {
	name := *s.flags.config
	if file.Config != "" && !s.cmd.Flags().Changed("config") {
		name = besideOf(file.Name, file.Config)
	}
	if name == "-" {
		return nil, usagef("a configuration for tests is a file: --config FILE")
	}
	id := fmt.Sprintf("%s %v", name, file.Env)
	if t, ok := s.configs[id]; ok {
		return t, nil
	}
	c, err := loadConfigWith(s.cmd, name, func(variable string) (string, bool) {
		if text, ok := file.Env[variable]; ok {
			return text, true
		}
		return os.LookupEnv(variable)
	})
	if err != nil {
		return nil, err
	}
	t := &tested{name: name, config: c, used: map[string][]bool{}}
	s.configs[id] = t
	s.order = append(s.order, t)
	return t, nil
}

func (t *tested) touch(used map[string][]bool) {
	for route, rules := range used {
		if t.used[route] == nil {
			t.used[route] = make([]bool, len(rules))
		}
		for i, is := range rules {
			t.used[route][i] = t.used[route][i] || is
		}
	}
}

// untouched counts the rules of the files themselves that no case has touched, and names each where list says so.
func (s *testSession) untouched(w io.Writer, list bool) (n int) {
	rules := 0
	for _, t := range s.order {
		for _, route := range t.config.Routes {
			for i, rule := range route.Fields {
				if rule.Origin != "" {
					continue // a profile's, whose tests are voile's own
				}
				rules++
				if used := t.used[route.Name]; used != nil && used[i] {
					continue
				}
				n++
				if list {
					say(w, "no test touches: %s: %s (%s)", t.name, rule.Setting, rule.Selector())
				}
			}
		}
	}
	if n > 0 && !list {
		say(w, "no test touches %d of %s; --every-rule names them", n, count(rules, "rule"))
	}
	return n
}

// printReports prints what failed, and a line that sums up. It gives the number of cases that failed.
func printReports(w io.Writer, names []string, reports []*policy.Report, verbose bool) (failed int) {
	cases := 0
	for i, report := range reports {
		for _, r := range report.Results {
			cases++
			if len(r.Failures) == 0 {
				if verbose {
					fmt.Fprintf(w, "ok    %s:%d: %s\n", names[i], r.Case.Line, visible(r.Case.Name))
				}
				continue
			}
			failed++
			fmt.Fprintf(w, "FAIL  %s:%d: %s\n", names[i], r.Case.Line, visible(r.Case.Name))
			printFailures(w, r.Failures)
		}
	}
	fmt.Fprintf(w, "%s in %s: %d well, %d failed\n", count(cases, "test"), count(len(slices.Compact(slices.Sorted(slices.Values(names)))), "file"), cases-failed, failed)
	return failed
}

func printFailures(w io.Writer, failures []policy.Failure) {
	for _, f := range failures {
		where := f.Where
		if where == "" {
			where = "the record"
		}
		fmt.Fprintf(w, "  line %d: %s\n    want: %s\n    got:  %s\n", f.Line, visible(where), visible(f.Want), visible(f.Got))
	}
}
