package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"voile/config"
)

func newCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "find all mistakes in a configuration; with --live, ask Kafka and Vault whether it would work",
		Long: `Find all mistakes in a configuration, offline.

Everything that is wrong is printed at once, each with its line and what would
be right, and the exit code is 2. Nothing outside the file and the environment
is looked at: no broker, no Vault, no secret file, no certificate.

What is not wrong but may be regretted is printed as a warning, with the reason
and where that is written. It is a guess by the names of members; with --strict
a warning makes the exit code 1.

With --live, a configuration without mistakes is then held against the world: the
brokers and Vault are asked, as the proxy itself and under its own login, and a
table says what is well and what is not, with what to do. Nothing is changed. The
exit code is 0 if "voile run" would work, and 1 if not; it makes the same checks
when it starts.`,
		Example: `  voile check voile.yaml
  voile check --strict voile.yaml            in a pipeline that wants no warnings
  voile check --live voile.yaml              before voile runs here
  KAFKA_PASSWORD=x voile check voile.yaml    where the file has ${KAFKA_PASSWORD}
  helm template . | voile check -`,
		Args: atMostOneFile,
	}
	file := configFlag(cmd)
	live := cmd.Flags().Bool("live", false, "ask Kafka and Vault whether the configuration works here")
	strict := cmd.Flags().Bool("strict", false, "a warning makes the exit code 1")
	asJSON := cmd.Flags().Bool("json", false, "print the findings of --live as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name := *file
		if len(args) == 1 {
			if cmd.Flags().Changed("config") {
				return usagef("both --config %s and %s: name one file", *file, args[0])
			}
			name = args[0]
		}
		if *asJSON && !*live {
			return usagef("--json is the form of what --live finds: add --live")
		}
		c, err := loadConfig(cmd, name)
		var problems config.Problems
		if errors.As(err, &problems) {
			say(cmd.ErrOrStderr(), "%v", problems)
			say(cmd.ErrOrStderr(), "%s", count(len(problems), "problem"))
			return errWrongUseShown
		}
		if err != nil {
			return err
		}
		warnings := printWarnings(cmd.ErrOrStderr(), name, c)
		if *strict && warnings > 0 {
			return errFailedShown
		}
		if *asJSON {
			return checkLive(cmd.Context(), cmd.OutOrStdout(), name, c, printFindingsJSON)
		}
		if err := summarize(cmd.OutOrStdout(), name, c); err != nil || !*live {
			return err
		}
		return checkLive(cmd.Context(), cmd.OutOrStdout(), name, c, printFindings)
	}
	return cmd
}

// printWarnings prints what a valid configuration may regret, and counts it.
func printWarnings(w io.Writer, name string, c *config.Config) int {
	all := c.Warnings()
	for _, x := range all {
		place := name
		if x.Line > 0 {
			place = fmt.Sprintf("%s:%d", name, x.Line)
		}
		say(w, "%s: %s: warning: %s", place, x.Setting, x.What)
		say(w, "  %s (%s); %s", x.Why, x.Source, x.Hint)
	}
	if len(all) > 0 {
		say(w, "%s", count(len(all), "warning"))
	}
	return len(all)
}

// summarize prints what a valid configuration is about.
func summarize(w io.Writer, name string, c *config.Config) error {
	rules := 0
	for _, r := range c.Routes {
		rules += len(r.Fields)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s is well: %s, %s, %s\n", name, count(len(c.Routes), "route"), count(rules, "rule"), count(len(c.Domains), "domain"))
	for _, r := range c.Routes {
		fmt.Fprintf(t, "  route %s\t%s → %s\t%s\n", r.Name, strings.Join(r.From, ", "), r.To, count(len(r.Fields), "rule"))
	}
	return t.Flush()
}

// count is "1 rule", "2 rules".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
