package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"voile/cmd/voile/explain"
)

func newExplain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "tell what a configuration does to personal data, for people who read no YAML",
		Long: `Tell what a configuration does to personal data, for people who read no YAML.

For each channel and field: what is done, whether it can be undone and by whom,
in which other channels the same person is recognized, and what is not touched;
then the domains, the roles, and what can still be learned. In English or French,
as text, as Markdown, or as a page of HTML that needs nothing but itself.

It is material for a privacy notice and for the record of processing activities
(GDPR, articles 13, 14 and 30), and no more: purposes, legal bases, recipients and
storage periods stand in no configuration. What a field holds is guessed by its
name. Nothing outside the file and the environment is looked at.`,
		Example: `  voile explain -c voile.yaml
  voile explain -c voile.yaml --lang fr --format html > donnees.html`,
		Args: noArgs,
	}
	file := configFlag(cmd)
	var o explain.Options
	cmd.Flags().StringVar(&o.Language, "lang", explain.Languages()[0], "the `LANGUAGE`: "+strings.Join(explain.Languages(), ", "))
	cmd.Flags().StringVar(&o.Format, "format", explain.Formats()[0], "the `FORM`: "+strings.Join(explain.Formats(), ", "))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := oneOf("--lang", o.Language, explain.Languages()); err != nil {
			return err
		}
		if err := oneOf("--format", o.Format, explain.Formats()); err != nil {
			return err
		}
		c, err := loadConfig(cmd, *file)
		if err != nil {
			return err
		}
		return explain.Write(cmd.OutOrStdout(), c, o)
	}
	return cmd
}

// oneOf refuses a flag's value that is none of the words.
func oneOf(flag, have string, words []string) error {
	if slices.Contains(words, have) {
		return nil
	}
	return usagef("%s %q: want one of %s", flag, have, strings.Join(words, ", "))
}
