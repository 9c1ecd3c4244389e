package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"voile/crypto"
	"voile/crypto/vault"
)

func newKeysStatus() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "show the keysets of a configuration",
		Long: `Show what lies in Vault of what a configuration needs: per domain its method, the
IDs of its keys (the primary one, which makes new tokens, has a star), and the age
of the keyset. What is missing or wrong is said, and makes the exit code 1.

A keyset that your Vault token may read and not open shows no key IDs; whether
Transit still opens it was not tried then. That is no error: who administers keys
need not be able to use them.

` + whoAsks,
		Example: `  voile keys status -c voile.yaml
  voile keys status -c voile.yaml --json | jq '.keysets[] | select(.error)'`,
		Args: noArgs,
	}
	file := configFlag(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
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
		if asJSON {
			err = printStatusJSON(cmd.OutOrStdout(), status)
		} else {
			err = printStatus(cmd.OutOrStdout(), status, time.Now())
		}
		if err != nil {
			return err
		}
		return needsRole(status.Err(), vault.RoleKeyAdmin)
	}
	return cmd
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
		printKeyset(t, d.Domain, string(d.Method), value, keyIDs(d.Keys, d.Err == nil && !d.Opened), d.Created, now)
	}
	for _, q := range s.Quarantine {
		// With a blank, which no domain's name has.
		printKeyset(t, strings.Replace(string(q.Kind), "-", " ", 1), "seal", "-", keyIDs(q.Keys, q.Err == nil && !q.Opened), q.Created, now)
	}
	return t.Flush()
}

func printKeyset(w io.Writer, name, method, value, keys string, created, now time.Time) {
	there := !created.IsZero()
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", name, method, value, keys,
		known(there, age(now.Sub(created))), known(there, created.Format(time.DateOnly)))
}

// keyIDs lists Tink's key IDs, which stand inside the wrapped keyset.
func keyIDs(keys []crypto.Key, closed bool) string {
	if closed {
		return "not opened"
	}
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

// statusJSON is what `voile keys status --json` prints. Its shape is documented in docs/operations.md, and stays.
type statusJSON struct {
	TransitKeys []transitKeyJSON `json:"transit_keys"`
	Keysets     []keysetJSON     `json:"keysets"`
}

type transitKeyJSON struct {
	Path    string `json:"path"`
	Version int    `json:"version,omitempty"`
	Error   string `json:"error,omitempty"`
}

// keysetJSON is a keyset's document: of a domain, with the members that make its tokens what they are, or of the quarantine.
type keysetJSON struct {
	Kind              crypto.Kind   `json:"kind"`
	Domain            string        `json:"domain,omitempty"`
	Method            crypto.Method `json:"method,omitempty"`
	Normalizer        string        `json:"normalizer,omitempty"`
	NormalizerVersion int           `json:"normalizer_version,omitempty"`
	Region            string        `json:"region,omitempty"`
	Path              string        `json:"path"`
	Version           int           `json:"version,omitempty"`
	Created           time.Time     `json:"created,omitzero"`
	Opened            bool          `json:"opened"`
	Keys              []keyJSON     `json:"keys"`
	Error             string        `json:"error,omitempty"`
}

type keyJSON struct {
	ID      uint32 `json:"id"`
	Primary bool   `json:"primary"`
	Enabled bool   `json:"enabled"`
}

func printStatusJSON(w io.Writer, s vault.Status) error {
	out := statusJSON{TransitKeys: []transitKeyJSON{}, Keysets: []keysetJSON{}}
	for _, k := range s.TransitKeys {
		out.TransitKeys = append(out.TransitKeys, transitKeyJSON{Path: k.Path, Version: k.Version, Error: errorText(k.Err)})
	}
	for _, d := range s.Domains {
		out.Keysets = append(out.Keysets, keysetJSON{
			Kind: crypto.KindDomain, Domain: d.Domain, Method: d.Method, Normalizer: d.Normalizer, NormalizerVersion: d.NormalizerVersion, Region: d.Region,
			Path: d.Path, Version: d.Version, Created: d.Created, Opened: d.Opened, Keys: keysJSON(d.Keys), Error: errorText(d.Err),
		})
	}
	for _, q := range s.Quarantine {
		out.Keysets = append(out.Keysets, keysetJSON{
			Kind: q.Kind, Path: q.Path, Version: q.Version, Created: q.Created, Opened: q.Opened, Keys: keysJSON(q.Keys), Error: errorText(q.Err),
		})
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

func keysJSON(keys []crypto.Key) []keyJSON {
	out := make([]keyJSON, 0, len(keys))
	for _, k := range keys {
		out = append(out, keyJSON{ID: k.ID, Primary: k.Primary, Enabled: k.Enabled})
	}
	return out
}

// errorText is the text of an error that may be nil.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
