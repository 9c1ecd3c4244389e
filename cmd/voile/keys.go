package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"voile/config"
	"voile/crypto"
	"voile/crypto/vault"
)

func newKeys() *cobra.Command {
	return group(&cobra.Command{
		Use:   "keys",
		Short: "make and show the keysets in Vault",
		Example: `  voile keys init -c voile.yaml
  voile keys status -c voile.yaml`,
	}, newKeysInit(), newKeysStatus())
}

const whoAsks = `Vault is asked under your own Vault token, from VAULT_TOKEN or ~/.vault-token, not
as the proxy, which has not and should not have these rights. The configuration
says where Vault is; its login is not used.`

func newKeysInit() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init",
		Short: "make what a configuration lacks in Vault",
		Long: `Make what a configuration lacks in Vault: the two Transit keys, a keyset for each
domain, the two keysets of the quarantine. What is there is never changed, so it
can be run again at any time. Each thing is named with what became of it.

` + whoAsks,
		Example: `  VAULT_TOKEN=… voile keys init -c voile.yaml`,
		Args:    noArgs,
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		client, wanted, err := openForKeys(cmd, *file)
		if err != nil {
			return err
		}
		defer client.Close() //nolint:errcheck // only the login of a proxy is revoked there
		steps, err := client.Init(cmd.Context(), wanted)
		if printed := printSteps(cmd.OutOrStdout(), steps); err == nil {
			err = printed
		}
		return err
	}
	return cmd
}

func newKeysStatus() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "show the keysets of a configuration",
		Long: `Show what lies in Vault of what a configuration needs: per domain its method, the
IDs of its keys (the primary one, which makes new tokens, has a star), and the age
of the keyset. What is missing or wrong is said, and makes the exit code 1.

` + whoAsks,
		Example: `  voile keys status -c voile.yaml`,
		Args:    noArgs,
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		client, wanted, err := openForKeys(cmd, *file)
		if err != nil {
			return err
		}
		defer client.Close() //nolint:errcheck // only the login of a proxy is revoked there
		status, err := client.Status(cmd.Context(), wanted)
		if err != nil {
			return err
		}
		if err := printStatus(cmd.OutOrStdout(), status, time.Now()); err != nil {
			return err
		}
		return status.Err()
	}
	return cmd
}

// openForKeys logs in to Vault and says what the configuration needs there.
func openForKeys(cmd *cobra.Command, file string) (*vault.Client, vault.Wanted, error) {
	c, err := loadConfig(cmd, file)
	if err != nil {
		return nil, vault.Wanted{}, err
	}
	wanted, err := wantedOf(c)
	if err != nil {
		return nil, vault.Wanted{}, err
	}
	client, err := openVault(cmd.Context(), c)
	return client, wanted, err
}

// wantedOf says what a configuration needs to have in Vault. Every route has a quarantine.
func wantedOf(c *config.Config) (vault.Wanted, error) {
	params, err := paramsOf(c)
	return vault.Wanted{Domains: params, Quarantine: true}, err
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

// printStatus prints the table of `voile keys status`.
func printStatus(w io.Writer, s vault.Status, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "TRANSIT KEY\tVERSION")
	for _, k := range s.TransitKeys {
		fmt.Fprintf(t, "%s\t%s\n", k.Path, known(k.Version > 0, strconv.Itoa(k.Version)))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(t, "\nKEYSET\tMETHOD\tVALUE\tKEY IDS\tAGE\tCREATED")
	for _, d := range s.Domains {
		value := d.Normalizer
		if d.Region != "" {
			value += " " + d.Region
		}
		printKeyset(t, d.Domain, string(d.Method), value, d.Keys, d.Created, now)
	}
	for _, q := range s.Quarantine {
		// With a blank, which no domain's name has.
		printKeyset(t, strings.Replace(string(q.Kind), "-", " ", 1), "seal", "-", q.Keys, q.Created, now)
	}
	return t.Flush()
}

func printKeyset(w io.Writer, name, method, value string, keys []crypto.Key, created, now time.Time) {
	there := !created.IsZero()
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", name, method, value, keyIDs(keys),
		known(there, age(now.Sub(created))), known(there, created.Format(time.DateOnly)))
}

// keyIDs lists Tink's key IDs.
func keyIDs(keys []crypto.Key) string {
	ids := make([]string, 0, len(keys))
	for _, k := range keys {
		id := strconv.FormatUint(uint64(k.ID), 10)
		if k.Primary {
			id += "*"
		}
		if !k.Enabled {
			id += " (off)"
		}
		ids = append(ids, id)
	}
	return known(len(ids) > 0, strings.Join(ids, ", "))
}

// known is text, or a dash where it is not known.
func known(is bool, text string) string {
	if is {
		return text
	}
	return "-"
}

// age rounds a duration as people do.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < 24*time.Hour:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/(24*time.Hour)), "day")
}
