package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// run is the program: it does what args ask for and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot(args)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return report(stderr, root.ExecuteContext(context.Background()))
}

func newRoot(args []string) *cobra.Command {
	root := group(&cobra.Command{
		Use:   "voile",
		Short: "replace the identifying fields of Kafka records by tokens",
		Long: `voile consumes records from Kafka, replaces the identifying fields by tokens
under keys that Vault guards, and produces the result to other topics.`,
		Example: `  voile demo                       see it work, with nothing installed
  voile check voile.yaml           find all mistakes in a configuration
  voile check --live voile.yaml    ask Kafka and Vault whether it would work
  voile try -c voile.yaml a.jsonl  see what it does to some records
  voile keys init -c voile.yaml    make the keysets in Vault
  voile run -c voile.yaml          do the work`,
	},
		newRun(),
		newScan(),
		newDemo(),
		newCheck(),
		newConfig(),
		newExplain(),
		newKeys(),
		newQuarantine(),
		newReveal(),
		newTest(),
		newToken(),
		newTry(),
		newVersion(),
	)
	root.SilenceErrors = true
	root.SilenceUsage = true
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return flagError(cmd, args, err) })
	root.SetHelpCommand(newHelp())
	root.SetUsageTemplate(usageTemplate)
	return root
}

// usageTemplate is what stands below the description in a command's help.
const usageTemplate = `Usage:
  {{if .HasSubCommands}}{{.CommandPath}} COMMAND{{else}}{{.UseLine}}{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableSubCommands}}

Of one command: {{.CommandPath}} COMMAND --help{{end}}
`

// group makes cmd a command that does nothing itself but hold others.
func group(cmd *cobra.Command, subcommands ...*cobra.Command) *cobra.Command {
	cmd.AddCommand(subcommands...)
	// Without Args and RunE of our own, cobra shows the help and calls it success.
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		cmd.SetOut(cmd.ErrOrStderr())
		if err := cmd.Help(); err != nil {
			return err
		}
		return errWrongUseShown
	}
	return cmd
}

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "explain a command",
		Example: "  voile help keys init",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(about, rest[0])
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

func unknownCommand(parent *cobra.Command, name string) error {
	var names []string
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	err := usagef("%q is not a command of %s", name, parent.CommandPath())
	if near := nearest(name, names); near != "" {
		return hintf(err, "did you mean: %s %s", parent.CommandPath(), near)
	}
	return hintf(err, "see: %s --help", parent.CommandPath())
}

func flagError(cmd *cobra.Command, args []string, err error) error {
	// With a mistyped command, its flags are taken for those of the group; the command is the mistake.
	if cmd.HasSubCommands() {
		depth := strings.Count(cmd.CommandPath(), " ")
		for _, arg := range args[min(depth, len(args)):] {
			if !strings.HasPrefix(arg, "-") {
				return unknownCommand(cmd, arg)
			}
		}
	}
	wrong := usagef("%w", err)
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := nearest(strings.TrimLeft(unknown.GetSpecifiedName(), "-"), names); near != "" {
			return hintf(wrong, "did you mean: --%s", near)
		}
	}
	return hintf(wrong, "see: %s --help", cmd.CommandPath())
}

// noArgs refuses arguments, in other words than cobra's, which speak of commands.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return hintf(usagef("%s takes no argument: %q", cmd.CommandPath(), args[0]), "see: %s --help", cmd.CommandPath())
	}
	return nil
}

func atMostOneFile(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return hintf(usagef("%s takes one file, not %d", cmd.CommandPath(), len(args)), "see: %s --help", cmd.CommandPath())
	}
	return nil
}
