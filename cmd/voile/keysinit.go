package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"voile/crypto/vault"
)

func newKeysInit() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "make what a configuration lacks in Vault",
		Long: `Make what a configuration lacks in Vault: the two Transit keys, a keyset for each
domain, the two keysets of the quarantine. What is there is never changed, so it
can be run again at any time. Each thing is named with what became of it.

With --dry-run nothing is made: each thing is named with what would become of it,
and whether your Vault token may make it. The exit code is that of the real run, as
far as can be seen.

` + whoAsks,
		Example: `  voile keys init -c voile.yaml --dry-run
  VAULT_TOKEN=… voile keys init -c voile.yaml`,
		Args: noArgs,
	}
	file := configFlag(cmd)
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "look, and make nothing")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		client, wanted, err := openForKeys(cmd, *file)
		if err != nil {
			return err
		}
		defer client.Close() //nolint:errcheck // only the login of a proxy is revoked there
		work := client.Init
		if dryRun {
			work = client.Plan
		}
		steps, err := work(cmd.Context(), wanted)
		if printed := printSteps(cmd.OutOrStdout(), steps); err == nil {
			err = printed
		}
		return needsRole(err, vault.RoleKeyAdmin)
	}
	return cmd
}

// printSteps prints what became of each thing; why something failed is in the error of Init.
func printSteps(w io.Writer, steps []vault.Step) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range steps {
		detail := s.Path
		if s.Detail != "" {
			detail += ", " + s.Detail
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", s.Outcome, s.Thing, detail)
	}
	return t.Flush()
}
