package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/cmd/voile/changes"
	"voile/cmd/voile/demo"
	"voile/config"
	"voile/crypto"
	"voile/pipeline/record"
)

// A demonstration is one `voile demo`.
type demonstration struct {
	events int
	people int
	seed   uint64
	keep   bool
	// configuration is demo.Config; a test gives one with a rule less.
	configuration []byte
}

func newDemo() *cobra.Command {
	d := demonstration{people: 400, configuration: demo.Config}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "see it work: broker, keys, events of five channels and the proxy in this process",
		Long: `See it work, with nothing installed: an embedded broker, keys that end with the
process, made-up events of the same made-up people in five channels (web, app,
shop, call centre, e-mail), and the pipeline that "voile run" runs.

It shows records before and after, how the channels of one person join, and the
throughput. Then it looks for every identifier of every event, in all its
spellings, in everything that came out: sinks, quarantine, log and metrics. The
last line counts them; the exit code is 1 if there is one.`,
		Example: `  voile demo
  voile demo --events 200000
  voile demo --keep    and look around with your own Kafka tools`,
		Args: noArgs,
	}
	cmd.Flags().IntVarP(&d.events, "events", "n", 20_000, "how many events to generate")
	cmd.Flags().Uint64Var(&d.seed, "seed", 1, "another number makes other people and events")
	cmd.Flags().BoolVar(&d.keep, "keep", false, "leave broker and proxy running, and say how to connect")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if d.events < len(demo.Channels()) {
			return usagef("--events %d: there are %d channels, each needs an event", d.events, len(demo.Channels()))
		}
		ctx, stop := untilSignal(cmd.Context())
		defer stop()
		return d.run(ctx, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
	}
	return cmd
}

// demoPartitions is how many partitions every topic of the demo has.
const demoPartitions = 6

// A stage is the demo's running parts.
type stage struct {
	brokers []string
	admin   string
	config  *config.Config
	log     *logBuffer
	stop    func()
	ended   chan error
}

func (d *demonstration) run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	progress := newProgress(stderr, stdin, stdout)
	defer progress.clear()
	s, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer s.stop()
	act, err := d.play(ctx, s, progress)
	if err != nil {
		return err
	}
	progress.clear()
	metrics, err := s.metrics(ctx)
	if err != nil {
		return err
	}
	if err := act.read(ctx, s); err != nil {
		return err
	}
	if !d.keep {
		s.stop()
		if err := <-s.ended; err != nil {
			return err
		}
	}
	leaks, err := act.show(stdout, metrics, s.log.Bytes())
	if err != nil {
		return err
	}
	if d.keep {
		say(stderr, "still running; the broker is %s (plain text, no login), the metrics are http://%s/metrics", strings.Join(s.brokers, ","), s.admin)
		say(stderr, "see a sink: kcat -C -b %s -t %s -e -c 3    end with control-C", s.brokers[0], demo.Web.Sink())
		select {
		case <-ctx.Done():
		case err := <-s.ended:
			return err
		}
	}
	if leaks > 0 {
		return errFailedShown
	}
	return nil
}

// open starts the broker and the proxy.
func (d *demonstration) open(ctx context.Context) (*stage, error) {
	topics := []string{"voile.quarantine"}
	for _, c := range demo.Channels() {
		topics = append(topics, c.Source(), c.Sink())
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(demoPartitions, topics...))
	if err != nil {
		return nil, fmt.Errorf("the embedded broker does not start: %w", err)
	}
	s, err := d.assemble(ctx, cluster, topics)
	if err != nil {
		cluster.Close()
	}
	return s, err
}

// assemble starts the proxy beside the broker, which ends with it.
func (d *demonstration) assemble(ctx context.Context, cluster *kfake.Cluster, topics []string) (s *stage, err error) {
	s = &stage{brokers: cluster.ListenAddrs(), log: &logBuffer{}, ended: make(chan error, 1)}
	if s.config, err = config.Parse("the demo's configuration", d.configuration, demo.Env(s.brokers[0], "127.0.0.1:0")); err != nil {
		return nil, err
	}
	keys, err := ephemeralKeys(s.config)
	if err != nil {
		return nil, err
	}
	log, err := newLog(s.log, s.config.Log.Level)
	if err != nil {
		return nil, err
	}
	a, err := openAdmin(s.config, log)
	if err != nil {
		return nil, err
	}
	partitions := map[string]int{}
	for _, topic := range topics {
		partitions[topic] = demoPartitions
	}
	s.admin = a.address()
	ctx, s.stop = context.WithCancel(ctx)
	go func() {
		s.ended <- serve(ctx, s.config, a, keys, partitions, log)
		a.close()
		cluster.Close()
	}()
	return s, nil
}

// ephemeralKeys are keys that end with the process.
func ephemeralKeys(c *config.Config) (keys pipelineKeys, err error) {
	if keys.domains, err = ephemeralDomains(c); err != nil {
		return keys, err
	}
	private, err := crypto.NewQuarantineKeyset()
	if err != nil {
		return keys, err
	}
	public, err := private.Public()
	if err != nil {
		return keys, err
	}
	keys.sealer, err = crypto.NewSealer(public)
	return keys, err
}

func (s *stage) metrics(ctx context.Context) (string, error) {
	return getAdmin(ctx, s.admin, "/metrics")
}

// An act is what went in and what came out.
type act struct {
	events  []demo.Event
	bytes   int64
	elapsed time.Duration

	out         map[string][]*kgo.Record // by sink
	quarantined int
}

// play makes the events, hands them to the broker, and waits until the proxy has acknowledged all of them.
func (d *demonstration) play(ctx context.Context, s *stage, progress *progress) (*act, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.brokers...), kgo.MaxBufferedRecords(d.events+1))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	a := &act{out: map[string][]*kgo.Record{}}
	source := demo.NewEvents(d.seed, d.people, time.Now())
	var failed firstError
	began := time.Now()
	for range d.events {
		e := source.Next()
		e.Record.Headers = append(e.Record.Headers, record.Header{Name: []byte(numberHeader), Value: strconv.AppendInt(nil, int64(len(a.events)), 10)})
		e.Record.Timestamp = time.Now().UnixMilli()
		r := kafkaRecord(e.Channel.Source(), &e.Record)
		a.events = append(a.events, e)
		a.bytes += sizeOf(&e.Record)
		client.Produce(ctx, r, func(_ *kgo.Record, err error) { failed.note(err) })
		progress.show("%d of %d events made", len(a.events), d.events)
	}
	if err := errors.Join(client.Flush(ctx), failed.err()); err != nil {
		return nil, fmt.Errorf("the events cannot be written to the embedded broker: %w", err)
	}
	for {
		text, err := s.metrics(ctx)
		if err != nil {
			return nil, err
		}
		passed, dropped, set := recordsTotal(text)
		progress.show("%d of %d events through the proxy", passed+dropped+set, d.events)
		if passed+dropped+set >= d.events {
			a.elapsed, a.quarantined = time.Since(began), set
			return a, nil
		}
		select {
		case err := <-s.ended:
			return nil, fmt.Errorf("the proxy ended early: %w", err)
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// read takes what is in the sinks and in the quarantine.
func (a *act) read(ctx context.Context, s *stage) error {
	topics := []string{s.config.Quarantine.Topic}
	for _, c := range demo.Channels() {
		topics = append(topics, c.Sink())
	}
	for _, topic := range topics {
		records, err := readTopic(ctx, s.brokers, topic)
		if err != nil {
			return fmt.Errorf("the topic %s cannot be read: %w", topic, err)
		}
		a.out[topic] = records
	}
	return nil
}

// show prints what there is to see and gives the number of leaks.
func (a *act) show(w io.Writer, metrics string, log []byte) (leaks int, err error) {
	style := demo.Style{Width: terminalWidth(w), Color: colors(w) != palette{}}
	pairs := a.pairs()
	if err := demo.BeforeAfter(w, style, pairs); err != nil {
		return 0, err
	}
	for _, join := range [][2]string{{"e-mail", "customer-email"}, {"phone number", "customer-phone"}} {
		fmt.Fprintln(w)
		if err := demo.Join(w, style, join[0], join[1], pairs); err != nil {
			return 0, err
		}
	}
	fmt.Fprintln(w)
	if err := demo.Throughput(w, demo.Run{Records: len(a.events), Bytes: a.bytes, Elapsed: a.elapsed}); err != nil {
		return 0, err
	}
	judge, passed, err := a.judge(metrics, log)
	if err != nil {
		return 0, err
	}
	if err := demo.Leaks(w, style, judge); err != nil {
		return 0, err
	}
	return judge.Leaks(), demo.Summary(w, len(a.events), passed, a.quarantined, judge.Leaks())
}

// judge looks for every identifier of every event in all that came out.
func (a *act) judge(metrics string, log []byte) (judge *demo.Judge, passed int, err error) {
	var planted []demo.Identifier
	for i := range a.events {
		planted = append(planted, a.events[i].Planted...)
	}
	if judge, err = demo.NewJudge(planted); err != nil {
		return nil, 0, err
	}
	for topic, records := range a.out {
		for _, r := range records {
			rec := ourRecord(r)
			judge.LookRecord(topic, &rec)
		}
		if topic != "voile.quarantine" {
			passed += len(records)
		}
	}
	judge.Look("log", log)
	judge.Look("metrics", []byte(metrics))
	return judge, passed, nil
}

// numberHeader numbers the events, so that what came out can be laid beside what went in.
const numberHeader = "demo-event"

// pairs gives the first person's first event of each channel, before and after.
func (a *act) pairs() []demo.Pair {
	var pairs []demo.Pair
	for _, c := range demo.Channels() {
		before := a.first(c)
		for _, r := range a.out[c.Sink()] {
			after := ourRecord(r)
			if before == nil || !bytes.Equal(header(before, numberHeader), header(&after, numberHeader)) {
				continue
			}
			pairs = append(pairs, demo.Pair{Channel: c.String(), From: c.Source(), To: c.Sink(), Changes: changes.Of(before, &after)})
			break
		}
	}
	return pairs
}

func (a *act) first(c demo.Channel) *record.Record {
	for i := range a.events {
		if a.events[i].Channel == c && a.events[i].Person == 0 {
			return &a.events[i].Record
		}
	}
	return nil
}

func header(r *record.Record, name string) []byte {
	for _, h := range r.Headers {
		if string(h.Name) == name {
			return h.Value
		}
	}
	return nil
}
