package main

import (
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"voile/config"
	"voile/pipeline/replay"
	"voile/pipeline/wire"
)

func newQuarantine() *cobra.Command {
	return group(&cobra.Command{
		Use:   "quarantine",
		Short: "see what was set aside, and take it to its sinks",
		Example: `  voile quarantine list -c voile.yaml
  voile quarantine show -c voile.yaml voile.quarantine/3/42
  voile quarantine replay -c voile.yaml --route web --dry-run`,
	}, newQuarantineList(), newQuarantineShow(), newQuarantineReplay())
}

// whoOpens is said of the commands that open what is sealed.
const whoOpens = `The private keyset of the quarantine is read under your own Vault token, from
VAULT_TOKEN or ~/.vault-token, which no proxy has the rights of. Kafka is asked
under the login of the configuration.`

// selectionFlags are the flags by which entries of the quarantine are chosen.
type selectionFlags struct {
	topic, group             string
	routes, reasons, offsets []string
	since, until             string
}

func addSelectionFlags(cmd *cobra.Command) *selectionFlags {
	f := &selectionFlags{}
	flags := cmd.Flags()
	flags.StringVar(&f.topic, "topic", "", "only this quarantine `TOPIC`; else those of the configuration's routes")
	flags.StringVar(&f.group, "group", "", "the consumer `GROUP` that knows what is done; default voile-replay-TOPIC")
	flags.StringSliceVarP(&f.routes, "route", "r", nil, "only entries of this route `NAME`; may be repeated")
	flags.StringSliceVar(&f.reasons, "reason", nil, "only entries set aside for this `REASON`; may be repeated")
	flags.StringSliceVar(&f.offsets, "offsets", nil, "only these `OFFSETS` of the quarantine topic: 42, 40-99, or of one partition 3:40-99; may be repeated")
	flags.StringVar(&f.since, "since", "", "only what was set aside at or after a `TIME`: RFC 3339, or so long ago, such as 36h")
	flags.StringVar(&f.until, "until", "", "only what was set aside before a `TIME`")
	return f
}

// selection reads the flags.
func (f *selectionFlags) selection(now time.Time) (replay.Selection, error) {
	s := replay.Selection{Routes: f.routes, Reasons: f.reasons}
	var err error
	if s.Since, err = parseTime("--since", f.since, now); err != nil {
		return s, err
	}
	if s.Until, err = parseTime("--until", f.until, now); err != nil {
		return s, err
	}
	for _, text := range f.offsets {
		r, err := parseRange(text)
		if err != nil {
			return s, err
		}
		s.Offsets = append(s.Offsets, r)
	}
	return s, nil
}

// parseTime reads a time, or a duration ago; "" is none.
func parseTime(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usagef("%s %q: want a time such as 2026-01-31T08:00:00Z, or how long ago, such as 36h", flag, text)
	}
	return at, nil
}

// parseRange reads offsets: [PARTITION:]FIRST[-LAST].
func parseRange(text string) (replay.Range, error) {
	wrong := usagef("--offsets %q: want an offset such as 42, a range such as 40-99, or one of a partition such as 3:40-99", text)
	r := replay.Range{Partition: -1}
	rest := text
	if partition, after, found := strings.Cut(text, ":"); found {
		n, err := strconv.ParseInt(partition, 10, 32)
		if err != nil || n < 0 {
			return r, wrong
		}
		r.Partition, rest = int(n), after
	}
	first, last, isRange := strings.Cut(rest, "-")
	var err error
	if r.First, err = strconv.ParseInt(first, 10, 64); err != nil || r.First < 0 {
		return r, wrong
	}
	switch {
	case !isRange:
		r.Last = r.First
	case last == "":
		r.Last = math.MaxInt64
	default:
		if r.Last, err = strconv.ParseInt(last, 10, 64); err != nil || r.Last < r.First {
			return r, wrong
		}
	}
	return r, nil
}

// topics gives the quarantine topics that are meant, and the group of each.
func (f *selectionFlags) topics(c *config.Config) ([]string, error) {
	topics := []string{f.topic}
	if f.topic == "" {
		topics = nil
		for _, r := range c.Routes {
			if !slices.Contains(topics, r.QuarantineTopic) {
				topics = append(topics, r.QuarantineTopic)
			}
		}
	}
	if len(topics) > 1 && len(f.offsets) > 0 {
		return nil, hintf(usagef("--offsets are of one topic, and the configuration has %d quarantine topics", len(topics)),
			"choose one: --topic %s", strings.Join(topics, " | "))
	}
	return topics, nil
}

func (f *selectionFlags) groupOf(topic string) string {
	if f.group != "" {
		return f.group
	}
	return replay.GroupOf(topic)
}

// quarantineClient speaks to Kafka for a command: it says on standard error what has to wait, and nothing else.
func quarantineClient(stderr io.Writer, c *config.Config) (*wire.Client, error) {
	log, err := newLog(stderr, zapcore.WarnLevel.String())
	if err != nil {
		return nil, err
	}
	return newKafkaClient(c, log)
}

// counter shows on a terminal how many records have been read.
func counter(stderr io.Writer, what string) (seen func(int64), end func()) {
	p := newProgress(stderr, nil, nil) // what is printed is printed at the end
	n := int64(0)
	return func(more int64) {
		n += more
		p.show("%s: %d records read", what, n)
	}, p.clear
}

// parsePlace reads the place of a record: TOPIC/PARTITION/OFFSET.
func parsePlace(text string) (topic string, partition int, offset int64, err error) {
	wrong := usagef("%q is no place in a quarantine topic: want TOPIC/PARTITION/OFFSET, such as voile.quarantine/3/42, as list --long prints it", text)
	parts := strings.Split(text, "/")
	if len(parts) != 3 || parts[0] == "" {
		return "", 0, 0, wrong
	}
	n, err1 := strconv.ParseInt(parts[1], 10, 32)
	offset, err2 := strconv.ParseInt(parts[2], 10, 64)
	if errors.Join(err1, err2) != nil || n < 0 || offset < 0 {
		return "", 0, 0, wrong
	}
	return parts[0], int(n), offset, nil
}

// moment is a time as the tables of the quarantine print it.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// configured says whether the configuration has a route of that name.
func configured(c *config.Config, route string) bool {
	return slices.ContainsFunc(c.Routes, func(r config.Route) bool { return r.Name == route })
}
