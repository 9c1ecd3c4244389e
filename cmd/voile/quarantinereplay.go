package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"voile/config"
	"voile/crypto"
	"voile/crypto/vault"
	"voile/pipeline/quarantine"
	"voile/pipeline/replay"
	"voile/pipeline/transform"
	"voile/pipeline/wire"
)

func newQuarantineReplay() *cobra.Command {
	var o replay.Options
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "transform what was set aside again, under today's rules, and take it to its sink",
		Long: `Open what waits in the quarantine, transform it again under the configuration as
it is today, and write it to the sink of the route that is sealed inside it, with
the header voile-replayed: topic/partition/offset of where it lay.

Records and progress are committed together, in Kafka transactions: each record is
in the sink once, also when this is killed and run again, for readers that read
committed. A second replay of the same group ends the first. What cannot be
transformed today either stays where it is. Exit code 1 if anything that was
selected stayed.

A replayed record lands behind newer ones of its key. On a compacted sink, where
the last one counts, a record is refused as stale if a newer one of its key, or
its deletion, was written since, and as too old if that cannot be told any more:
it might bring back what was replaced, or an erased person. --allow-stale writes
it all the same.

` + whoOpens + `
It needs the rights to READ the quarantine topic and the group, to WRITE to the
sinks and under the transactional id of the group's name, to see the sinks'
settings (DESCRIBE_CONFIGS), and to READ those that are compacted.`,
		Example: `  voile quarantine replay -c voile.yaml --dry-run
  voile quarantine replay -c voile.yaml --route web --reason required_missing
  voile quarantine replay -c voile.yaml --since 2026-01-31T08:00:00Z --until 2h`,
		Args: noArgs,
	}
	file := configFlag(cmd)
	which := addSelectionFlags(cmd)
	cmd.Flags().BoolVarP(&o.DryRun, "dry-run", "n", false, "do everything but write: say what would become of each entry")
	cmd.Flags().BoolVar(&o.AllowStale, "allow-stale", false, "write also what is older than what a compacted sink has; it may bring an erased person back")
	cmd.Flags().BoolVar(&o.NeverReplayed, "never-replayed", false, "the group has no progress because there was no replay, not because the brokers have forgotten it")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(cmd, *file)
		if err != nil {
			return err
		}
		results, err := replayQuarantine(cmd, c, which, o)
		table := printResults
		if asJSON {
			table = printResultsJSON
		}
		if printed := table(cmd.OutOrStdout(), results); err == nil {
			err = printed
		}
		if err != nil {
			return err
		}
		if !asJSON {
			explainStayed(cmd.ErrOrStderr(), results)
		}
		for i := range results {
			if results[i].Stayed() > 0 {
				return errFailedShown
			}
		}
		return nil
	}
	return cmd
}

// replayQuarantine replays topic by topic. The results are of what was done also where there is an error.
func replayQuarantine(cmd *cobra.Command, c *config.Config, which *selectionFlags, o replay.Options) (results []replay.Result, err error) {
	for _, name := range which.routes {
		if _, err := chooseRoute(c, name); err != nil {
			return nil, err
		}
	}
	if o.Select, err = which.selection(time.Now()); err != nil {
		return nil, err
	}
	topics, err := which.topics(c)
	if err != nil {
		return nil, err
	}
	log, err := newAuditLog(cmd.ErrOrStderr())
	if err != nil {
		return nil, err
	}
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	opener, domains, err := replayKeys(ctx, c, which.routes)
	if err != nil {
		return nil, err
	}
	older, err := olderDomains(domains)
	if err != nil {
		return nil, err
	}
	// Before anything is opened: the line must be there whatever the end.
	log.Info("records of the quarantine are opened for a replay", zap.Strings("topics", topics), zap.Strings("routes", which.routes), zap.Bool("dry_run", o.DryRun))
	client, err := quarantineClient(cmd.ErrOrStderr(), c)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	for _, topic := range topics {
		o.Topic, o.Group = topic, which.groupOf(topic)
		seen, end := counter(cmd.ErrOrStderr(), topic)
		result, err := replay.Run(ctx, replay.Parts{Config: c, Client: client, Domains: domains, Older: older, Opener: opener, Now: time.Now, Seen: seen}, o)
		end()
		results = append(results, result)
		switch {
		case wire.ClassOf(err) == wire.ClassGiveUp:
			return results, hintf(fmt.Errorf("another replay of group %s has begun, or the brokers have given this one up: %w", o.Group, err),
				"what is counted here is done; the other one goes on with the rest, or run it again")
		case err != nil && ctx.Err() != nil:
			return results, hintf(errors.New("ended by a signal"), "what is counted here is done; run it again for the rest")
		case err != nil:
			return results, err
		}
	}
	return results, nil
}

// replayKeys opens the private keyset of the quarantine, and the domains of the routes that are meant; none: all.
func replayKeys(ctx context.Context, c *config.Config, routes []string) (quarantine.Opener, map[string]transform.Domain, error) {
	params, err := paramsOf(c)
	if err != nil {
		return nil, nil, err
	}
	params = slices.DeleteFunc(params, func(p crypto.Params) bool { return !needed(c, routes, p.Domain) })
	client, err := openVault(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	defer client.Close() //nolint:errcheck // only the login of a proxy is revoked there
	opener, err := client.LoadOpener(ctx)
	if err != nil {
		return nil, nil, needsRole(err, vault.RoleQuarantine)
	}
	domains, err := loadDomains(ctx, client, params)
	return opener, domains, needsRole(err, vault.RoleQuarantine)
}

// olderDomains gives each domain under each of its keys but the primary one. A domain that encrypts has no equal tokens, and is
// in no key.
func olderDomains(domains map[string]transform.Domain) (map[string][]transform.Domain, error) {
	older := map[string][]transform.Domain{}
	for name, domain := range domains {
		d, ok := domain.(*crypto.Domain)
		if !ok {
			return nil, fmt.Errorf("domain %s is a %T: this is a bug of voile: please report it", name, domain)
		}
		each, err := d.UnderEachKey()
		switch {
		case errors.Is(err, crypto.ErrNoEqualTokens):
			continue
		case err != nil:
			return nil, err
		}
		for _, one := range each[1:] {
			older[name] = append(older[name], one)
		}
	}
	return older, nil
}

// needed says whether one of the routes, or of all if none is named, has a rule of the domain.
func needed(c *config.Config, routes []string, domain string) bool {
	for i := range c.Routes {
		if len(routes) > 0 && !slices.Contains(routes, c.Routes[i].Name) {
			continue
		}
		for _, rule := range c.Routes[i].Fields {
			if rule.Action.Kind == config.Pseudonymize && rule.Action.Domain == domain {
				return true
			}
		}
	}
	return false
}

// said is what an outcome is called in a table.
func said(o replay.Outcome) string {
	switch o {
	case replay.Dropped:
		return "dropped by the rules"
	case replay.SealedTwice:
		return "sealed twice"
	case replay.TooOld:
		return "too old to tell"
	case replay.Fails:
		return "still fails"
	case replay.Unopened:
		return "does not open"
	case replay.Foreign:
		return "not in the form of an entry"
	case replay.UnknownRoute:
		return "unknown route"
	}
	return string(o)
}

// printResults prints a table a topic.
func printResults(w io.Writer, results []replay.Result) error {
	for i := range results {
		r := &results[i]
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s, progress in group %s\n", r.Topic, r.Group)
		if len(r.Counts) > 0 {
			t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "OUTCOME\tROUTE\tSET ASIDE FOR\tENTRIES\tFAILS NOW FOR")
			for _, c := range r.Counts {
				why := "-"
				if !c.Outcome.Done() {
					why = known(c.Now != "", c.Now)
				}
				fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\n", said(c.Outcome), known(c.Route != "", c.Route), known(c.Reason != "", c.Reason), c.Entries, why)
			}
			if err := t.Flush(); err != nil {
				return err
			}
		}
		form := "%d replayed, %d dropped by the rules, %d stayed\n"
		if r.DryRun {
			form = "%d would be replayed, %d dropped by the rules, %d would stay; nothing was written\n"
		}
		if _, err := fmt.Fprintf(w, form, r.Of(replay.Replayed), r.Of(replay.Dropped), r.Stayed()); err != nil {
			return err
		}
	}
	return nil
}

// explainStayed says of each outcome that left something what to do.
func explainStayed(stderr io.Writer, results []replay.Result) {
	for _, o := range []struct {
		outcome replay.Outcome
		hint    string
	}{
		{replay.Stale, "the compacted sink has a newer record of the key, or its deletion; --allow-stale writes over it"},
		{replay.TooOld, "deletions of its key may be gone from the compacted sink by now (delete.retention.ms), so that an erased person cannot be told; --allow-stale writes it all the same"},
		{replay.Fails, "today's rules do not take it, or the broker does not: the table says for what, and voile quarantine show shows a record"},
		{replay.Unopened, "it was changed after it was sealed, or is sealed for another keyset: nothing of it is believed"},
		{replay.Foreign, "somebody else writes to the quarantine topic: see who may"},
		{replay.Incomplete, "a part of it is missing: retention has deleted it, or the proxy ended while it was sealed and a whole sealing has not followed yet"},
		{replay.UnknownRoute, "the configuration has no route of that name: replay it with the configuration that has"},
	} {
		n := 0
		for i := range results {
			n += results[i].Of(o.outcome)
		}
		if n > 0 {
			say(stderr, "%d %s: %s", n, said(o.outcome), o.hint)
		}
	}
}

type resultJSON struct {
	Topic   string      `json:"topic"`
	Group   string      `json:"group"`
	DryRun  bool        `json:"dry_run"`
	Records int         `json:"records_written"`
	Stayed  int         `json:"stayed"`
	Counts  []countJSON `json:"counts"`
}

type countJSON struct {
	Outcome replay.Outcome `json:"outcome"`
	Done    bool           `json:"done"`
	Route   string         `json:"route,omitempty"`
	Reason  string         `json:"reason,omitempty"`
	Now     string         `json:"now,omitempty"`
	Entries int            `json:"entries"`
}

func printResultsJSON(w io.Writer, results []replay.Result) error {
	out := make([]resultJSON, 0, len(results))
	for i := range results {
		r := &results[i]
		j := resultJSON{Topic: r.Topic, Group: r.Group, DryRun: r.DryRun, Records: r.Records, Stayed: r.Stayed(), Counts: []countJSON{}}
		for _, c := range r.Counts {
			j.Counts = append(j.Counts, countJSON{c.Outcome, c.Outcome.Done(), c.Route, c.Reason, c.Now, c.Entries})
		}
		out = append(out, j)
	}
	return printJSON(w, out)
}
