package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"voile/config"
	"voile/pipeline/replay"
)

func newQuarantineList() *cobra.Command {
	var long, asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list what waits in the quarantine, without a key",
		Long: `List what waits in the quarantine topics of a configuration: by route and reason,
how many records were set aside, since when, and from which topics. What a replay
has done is not listed. With --long each entry is listed with its place, as show
and replay --offsets take it.

This reads headers that stand in the clear, and needs neither Vault nor a key.
Whoever may write to the topic may claim anything there: a list is for looking,
and a replay believes only what is sealed. No value of a record is ever shown.

Routes of other configurations that share a topic are listed, too, and said to be
not in this one. An entry is incomplete where a part of it is missing; a record
that has not the form of an entry was not written by voile.`,
		Example: `  voile quarantine list -c voile.yaml
  voile quarantine list -c voile.yaml --route web --since 36h --long`,
		Args: noArgs,
	}
	file := configFlag(cmd)
	which := addSelectionFlags(cmd)
	cmd.Flags().BoolVarP(&long, "long", "l", false, "list each entry")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(cmd, *file)
		if err != nil {
			return err
		}
		listings, err := listQuarantine(cmd, c, which, long)
		if err != nil {
			return err
		}
		if asJSON {
			return printListingsJSON(cmd.OutOrStdout(), c, listings)
		}
		for i, l := range listings {
			if i > 0 {
				fmt.Fprintln(cmd.OutOrStdout())
			}
			if err := printListing(cmd.OutOrStdout(), c, l, long); err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}

func listQuarantine(cmd *cobra.Command, c *config.Config, which *selectionFlags, long bool) ([]*replay.Listing, error) {
	selection, err := which.selection(time.Now())
	if err != nil {
		return nil, err
	}
	topics, err := which.topics(c)
	if err != nil {
		return nil, err
	}
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	client, err := quarantineClient(cmd.ErrOrStderr(), c)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var listings []*replay.Listing
	for _, topic := range topics {
		seen, end := counter(cmd.ErrOrStderr(), topic)
		l, err := replay.List(ctx, client, topic, which.groupOf(topic), selection, long, seen)
		end()
		if err != nil {
			return nil, err
		}
		listings = append(listings, l)
	}
	return listings, nil
}

// printListing prints the table of one topic.
func printListing(w io.Writer, c *config.Config, l *replay.Listing, long bool) error {
	fmt.Fprintf(w, "%s, but for what group %s has done\n", l.Topic, l.Group)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	total := 0
	if long {
		fmt.Fprintln(t, "PLACE\tROUTE\tREASON\tSET ASIDE\tFROM")
		for _, e := range l.Entries {
			total++
			fmt.Fprintf(t, "%s/%d/%d\t%s\t%s\t%s\t%s/%d at offset %d\n", l.Topic, e.At, e.AtOffset, routeName(c, e.Route), e.Reason,
				moment(e.Time), e.Topic, e.Partition, e.Offset)
		}
	} else {
		fmt.Fprintln(t, "ROUTE\tREASON\tCOUNT\tOLDEST\tNEWEST\tFROM")
		for _, r := range l.Waiting {
			total += r.Count
			fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\n", routeName(c, r.Route), r.Reason, r.Count, moment(r.Oldest), moment(r.Newest),
				strings.Join(r.Topics, ", "))
		}
	}
	if total > 0 {
		if err := t.Flush(); err != nil {
			return err
		}
	}
	rest := fmt.Sprintf("%s wait", count(total, "record"))
	if total == 1 {
		rest = "1 record waits"
	}
	for _, more := range []struct {
		n    int
		what string
	}{{l.SealedTwice, "sealed twice"}, {l.Incomplete, "incomplete"}, {l.Foreign, "not in the form of an entry"}} {
		if more.n > 0 {
			rest += fmt.Sprintf("; %d %s", more.n, more.what)
		}
	}
	_, err := fmt.Fprintln(w, rest)
	return err
}

// routeName marks a route that the configuration does not have.
func routeName(c *config.Config, route string) string {
	if configured(c, route) {
		return route
	}
	return route + " (not in this configuration)"
}

type listingJSON struct {
	Topic       string        `json:"topic"`
	Group       string        `json:"group"`
	Waiting     []waitingJSON `json:"waiting"`
	Entries     []entryJSON   `json:"entries,omitempty"`
	SealedTwice int           `json:"sealed_twice"`
	Incomplete  int           `json:"incomplete"`
	Foreign     int           `json:"foreign"`
}

type waitingJSON struct {
	Route      string    `json:"route"`
	Configured bool      `json:"configured"`
	Reason     string    `json:"reason"`
	Count      int       `json:"count"`
	Oldest     time.Time `json:"oldest"`
	Newest     time.Time `json:"newest"`
	From       []string  `json:"from"`
}

type entryJSON struct {
	Place     string    `json:"place"`
	Route     string    `json:"route"`
	Reason    string    `json:"reason"`
	Time      time.Time `json:"time"`
	Topic     string    `json:"topic"`
	Partition int32     `json:"partition"`
	Offset    int64     `json:"offset"`
}

func printListingsJSON(w io.Writer, c *config.Config, listings []*replay.Listing) error {
	out := make([]listingJSON, 0, len(listings))
	for _, l := range listings {
		j := listingJSON{Topic: l.Topic, Group: l.Group, Waiting: []waitingJSON{}, SealedTwice: l.SealedTwice, Incomplete: l.Incomplete, Foreign: l.Foreign}
		for _, r := range l.Waiting {
			j.Waiting = append(j.Waiting, waitingJSON{r.Route, configured(c, r.Route), r.Reason, r.Count, r.Oldest.UTC(), r.Newest.UTC(), r.Topics})
		}
		for _, e := range l.Entries {
			j.Entries = append(j.Entries, entryJSON{fmt.Sprintf("%s/%d/%d", l.Topic, e.At, e.AtOffset), e.Route, e.Reason, e.Time.UTC(), e.Topic, e.Partition, e.Offset})
		}
		out = append(out, j)
	}
	return printJSON(w, out)
}

// printJSON prints v for people and programs.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
