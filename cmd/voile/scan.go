package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"voile/config"
	"voile/pipeline/discover"
	"voile/pipeline/record"
)

// scanFlags are the flags of `voile scan`.
type scanFlags struct {
	config  *string
	brokers []string
	topics  []string
	records int
	from    string
	timeout time.Duration
	whole   bool
	region  string
	write   string
	html    string
	samples bool
}

func newScan() *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan [FILE…]",
		Short: "find identifiers in the records of a topic, and propose rules",
		Long: `Find identifiers in the records of topics or files, with no rule given, and
propose the rules that take them out.

Each topic of --topic is read without a consumer group: its last --records
records, spread over its partitions, as a consumer that reads committed sees
them. Nothing is committed or written to Kafka. The brokers are those of the
configuration, or of --brokers.

Each line of a FILE is the value of one record, as JSON; - is standard input.
With --whole-records each line is a whole record, as voile try --records takes
it, and may name its topic. A file that ends in .gz is decompressed.

A place is found by what stands there (detectors with check digits, structure
and lengths), by its name (a dictionary in English, French, German and Spanish),
or because the same text stands at a known place of the same record: in values,
keys, headers and names of members, and inside JSON, base64, URLs and forms.
SHARE is of the records, DISTINCT an estimate. A rule "look" is for a person to
decide: the name alone is too little.

--write makes a configuration of it that passes voile check, with the sections
kafka, vault and so on of --config, and takes its domains where they fit. It
is a proposal: what no record of the scan held, it does not know. Read it, and
see what it does: voile try --diff.

No value of a record is shown, unless you ask for some with --show-samples.`,
		Example: `  voile scan -c voile.yaml --topic events.web.raw
  voile scan --brokers localhost:9092 --topic web --topic app --write proposed.yaml
  voile scan events.jsonl.gz --html report.html`,
	}
	f.config = configFlag(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&f.brokers, "brokers", nil, "the brokers, without TLS and login, instead of those of the configuration: `HOST:PORT,…`")
	flags.StringSliceVarP(&f.topics, "topic", "t", nil, "the `TOPIC` to read; may be repeated")
	flags.IntVarP(&f.records, "records", "n", 10_000, "how many records of each topic, or of each file where it is given, to read")
	flags.StringVar(&f.from, "from", "end", "which records: those at the `end` of the topic, or at its start")
	flags.DurationVar(&f.timeout, "timeout", 5*time.Minute, "how long to read at most; what has been read by then is reported")
	flags.BoolVar(&f.whole, "whole-records", false, "lines are records with key, value and headers, and maybe a topic")
	flags.StringVar(&f.region, "region", "", "the `COUNTRY` of phone numbers without a country code, such as DE (default that of the configuration's domains, or FR)")
	flags.StringVarP(&f.write, "write", "w", "", "write a configuration to the new `FILE`; - for standard output, with the table on standard error")
	flags.StringVar(&f.html, "html", "", "write a page with the table to the new `FILE`")
	flags.BoolVar(&f.samples, "show-samples", false, "show some values of each place: they are personal data")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return runScan(cmd, &f, args) }
	return cmd
}

var country = regexp.MustCompile(`^[A-Z]{2}$`)

// check refuses what cannot be meant.
func (f *scanFlags) check(files []string) error {
	switch {
	case len(f.topics) == 0 && len(files) == 0:
		return hintf(usagef("nothing to scan: name a topic or a file"), "for example: voile scan --brokers localhost:9092 --topic TOPIC")
	case len(f.topics) > 0 && len(files) > 0:
		return usagef("both --topic and a file: scan one after the other")
	case f.whole && len(f.topics) > 0:
		return usagef("--whole-records is for files: a topic has whole records anyway")
	case f.records < 1:
		return usagef("--records %d: want 1 or more", f.records)
	case f.from != "end" && f.from != "start":
		return usagef("--from %q: want end or start", f.from)
	case f.timeout <= 0:
		return usagef("--timeout %s: want a time such as 30s", f.timeout)
	case f.region != "" && !country.MatchString(f.region):
		return usagef("--region %q: want two capital letters, such as FR", f.region)
	}
	for _, name := range []string{f.write, f.html} {
		if name == "" || name == "-" {
			continue
		}
		if _, err := os.Lstat(name); err == nil {
			return hintf(usagef("%s is there already", name), "choose another name, or move it away")
		}
	}
	if f.html == "-" {
		return usagef("--html needs the name of a file")
	}
	return nil
}

func runScan(cmd *cobra.Command, f *scanFlags, files []string) error {
	if err := f.check(files); err != nil {
		return err
	}
	c, err := f.configuration(cmd)
	if err != nil {
		return err
	}
	s := &scanning{flags: f, config: c, region: regionOf(f.region, c), stderr: cmd.ErrOrStderr(), surveys: map[string]*discover.Survey{}}
	if _, err := discover.New(discover.Options{Region: s.region}); err != nil {
		return hintf(usagef("--region %s: %w", s.region, err), "name the country of the phone numbers: --region DE")
	}
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	if len(f.topics) > 0 {
		err = s.kafka(ctx)
	} else {
		err = s.files(ctx, files, cmd.InOrStdin(), cmd.Flags().Changed("records"))
	}
	if err != nil {
		return err
	}
	return s.report(cmd)
}

// configuration loads the file where it is needed: for the brokers, or because it was named. It is nil else.
func (f *scanFlags) configuration(cmd *cobra.Command) (*config.Config, error) {
	if cmd.Flags().Changed("config") || len(f.topics) > 0 && len(f.brokers) == 0 {
		c, err := loadConfig(cmd, *f.config)
		var hinted *hintedError
		if errors.As(err, &hinted) { // there is none under the usual name
			return nil, hintf(usagef("%w", err), "name the brokers: --brokers HOST:PORT, or the configuration: --config FILE")
		}
		return c, err
	}
	return nil, nil
}

// regionOf is the country of phone numbers.
func regionOf(flag string, c *config.Config) string {
	if flag != "" {
		return flag
	}
	if c != nil {
		for _, d := range c.Domains {
			if d.Region != "" {
				return d.Region
			}
		}
	}
	return "FR"
}

// A scanning is one `voile scan` at work.
type scanning struct {
	flags   *scanFlags
	config  *config.Config // or nil
	region  string
	stderr  io.Writer
	surveys map[string]*discover.Survey // by topic
	topics  []string                    // in the order of their first records
	read    int                         // records
}

// survey gives the Survey of a topic.
func (s *scanning) survey(topic string) (*discover.Survey, error) {
	if v := s.surveys[topic]; v != nil {
		return v, nil
	}
	v, err := discover.New(discover.Options{Region: s.region, Samples: s.flags.samples})
	if err != nil {
		return nil, err
	}
	s.surveys[topic] = v
	s.topics = append(s.topics, topic)
	return v, nil
}

func (s *scanning) record(topic string, r *record.Record) error {
	v, err := s.survey(topic)
	if err == nil {
		v.Record(r)
		s.read++
	}
	return err
}

// report prints and writes what was found.
func (s *scanning) report(cmd *cobra.Command) error {
	var topics []discover.Topic
	for _, name := range s.topics {
		t := discover.Topic{Name: name, Report: s.surveys[name].Report()}
		topics = append(topics, t)
	}
	if s.read == 0 {
		say(s.stderr, "there was no record")
		return errFailedShown
	}
	out := cmd.OutOrStdout()
	if s.flags.write == "-" {
		out = s.stderr
	}
	if s.flags.samples {
		say(s.stderr, "values of records follow, as they are: this is personal data")
	}
	if err := printScan(out, topics); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	if s.flags.html != "" {
		if err := writeNew(s.flags.html, func(w io.Writer) error { return writeScanPage(w, topics) }); err != nil {
			return err
		}
		say(s.stderr, "wrote the page %s", s.flags.html)
	}
	if s.flags.write == "" {
		return nil
	}
	return s.propose(cmd, topics)
}

// within is the context of what is read: it ends with the time that there is.
func (s *scanning) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.flags.timeout)
}

// ended says whether reading was cut short, which is no error where there is something to report, and says so.
func (s *scanning) ended(ctx context.Context) bool {
	switch {
	case ctx.Err() == nil:
		return false
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		say(s.stderr, "the time of --timeout %s is over: this is what was read by then", s.flags.timeout)
	default:
		say(s.stderr, "interrupted: this is what was read by then")
	}
	return true
}

// writeNew makes a file that was not there, for its owner to read.
func writeNew(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return usagef("%w", err)
	}
	return errors.Join(write(f), f.Close())
}
