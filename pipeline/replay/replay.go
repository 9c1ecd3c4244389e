package replay

import (
	"context"
	"time"

	"voile/config"
	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/transform"
	"voile/pipeline/wire"
)

// Parts are what a replay is made of. All are required.
type Parts struct {
	Config  *config.Config
	Client  *wire.Client
	Domains map[string]transform.Domain // every domain that a selected route names
	// Older has, by domain, the same domain making its tokens under each key that is not the primary one. A compacted sink may
	// have newer records, and deletions, of a record's key under the token that it had before a rotation.
	Older  map[string][]transform.Domain
	Opener quarantine.Opener
	Now    func() time.Time
	Seen   func(records int64) // is told of the work as it goes on
}

// Options say what is to be replayed, and how.
type Options struct {
	Topic  string // of the quarantine
	Group  string // keeps the progress; also the transactional id
	Select Selection
	// DryRun reads, opens, transforms and looks at compacted sinks, and writes and commits nothing. It does not end another
	// replay.
	DryRun bool
	// AllowStale writes also what is older than what a compacted sink has.
	AllowStale bool
	// NeverReplayed says that a group without progress has none because there was no replay, and not because the brokers
	// have forgotten it.
	NeverReplayed bool
}

// GroupOf is the group of a quarantine topic where none is named.
func GroupOf(topic string) string { return "voile-replay-" + topic }

// transactionBound is how long a transaction may be open, before the brokers abort it: so long after its end of a replay
// that was killed readers of the sink may have to wait. One takes well under a second.
const transactionBound = time.Minute

// A replay is one run.
type replay struct {
	*survey
	config     *config.Config
	domains    map[string]transform.Domain
	older      map[string][]transform.Domain
	opener     quarantine.Opener
	which      Selection
	allowStale bool
	now        func() time.Time
	seen       func(int64)

	// Two readers: a sink is read on while a batch of the quarantine is being gone through, whose records lie in its buffers.
	reader  *reader
	inSinks *reader
	tx      *wire.Transactor // nil in a dry run
	encoder batch.Encoder
	buf     []byte
	arena   transform.Arena
	spare   transform.Arena  // of names
	sinks   map[string]*sink // by route; nil: there is none

	guards   map[place]*guard
	wanted   int
	looked   map[*source]*offsets
	resealed map[sealedAt]facts

	tally   tally
	stayed  map[*source]*offsets
	written int
}

// Run replays what of a topic is selected and not done. The result says what was done also where there is an error: what
// is counted is committed. After an error that passes it can be run again, and goes on.
func Run(ctx context.Context, parts Parts, o Options) (Result, error) {
	r := &replay{
		config: parts.Config, domains: parts.Domains, older: parts.Older, opener: parts.Opener, which: o.Select, allowStale: o.AllowStale,
		now: parts.Now, seen: parts.Seen,
		reader: newReader(parts.Client), inSinks: newReader(parts.Client), sinks: map[string]*sink{},
		guards: map[place]*guard{}, looked: map[*source]*offsets{}, resealed: map[sealedAt]facts{},
		tally: tally{}, stayed: map[*source]*offsets{},
	}
	err := r.run(ctx, parts.Client, &o)
	return Result{Topic: o.Topic, Group: o.Group, DryRun: o.DryRun, Records: r.written, Counts: r.tally.counts()}, err
}

func (r *replay) run(ctx context.Context, client *wire.Client, o *Options) (err error) {
	if !o.DryRun {
		if r.tx, err = client.NewTransactor(ctx, o.Group, transactionBound); err != nil {
			return err
		}
	}
	// Behind that: what another replay had not committed by then it never will.
	if r.survey, err = newSurvey(ctx, client, o.Topic, o.Group, !o.DryRun); err != nil {
		return err
	}
	if !o.NeverReplayed {
		if err := r.mayBeForgotten(ctx, r.reader, r.now()); err != nil {
			return err
		}
	}
	if err := r.lookBack(ctx, r.reader, r.seen); err != nil {
		return err
	}
	if !r.allowStale {
		for _, p := range r.parts {
			if err := r.walk(ctx, p, &looker{r, p}); err != nil {
				return err
			}
		}
		if err := r.lookUp(ctx); err != nil {
			return err
		}
	}
	for _, p := range r.parts {
		t := &transaction{replay: r, at: p}
		t.reset()
		if err = r.walk(ctx, p, t); err == nil {
			err = t.flush(ctx)
		}
		if err != nil {
			r.abandon()
			return err
		}
	}
	if r.tx != nil {
		r.tx.Visible(ctx, o.Group) // who looks at the sink next sees it
	}
	return nil
}

// abandon ends what is open, also where a signal has ended the run. If it does not succeed the brokers do so by themselves.
func (r *replay) abandon() {
	if r.tx == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	r.tx.Leave(ctx)
}
