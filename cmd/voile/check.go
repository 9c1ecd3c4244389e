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
		Short: "find all mistakes in a configuration, offline",
		Long: `Find all mistakes in a configuration, offline.

Everything that is wrong is printed at once, each with its line and what would
be right, and the exit code is 2. Nothing outside the file and the environment
is looked at: no broker, no Vault, no secret file, no certificate.`,
		Example: `  voile check voile.yaml
  KAFKA_PASSWORD=x voile check voile.yaml    where the file has ${KAFKA_PASSWORD}
  helm template . | voile check -`,
		Args: atMostOneFile,
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name := *file
		if len(args) == 1 {
			if cmd.Flags().Changed("config") {
				return usagef("both --config %s and %s: name one file", *file, args[0])
			}
			name = args[0]
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
		return summarize(cmd.OutOrStdout(), name, c)
	}
	return cmd
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
