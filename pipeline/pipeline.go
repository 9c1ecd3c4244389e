// Package pipeline takes records from their source topics to their sinks, with their identifying fields replaced.
//
// The way of a record is partition.go. What holds:
//
//   - Nothing raw gets out. A record goes to the sink only as the transform's verdict says; what cannot be transformed is
//     sealed for the quarantine. Logs, metrics and errors hold names, numbers and places, never a value.
//   - Nothing is lost. An offset is committed only after everything that its record became is acknowledged by all in-sync
//     replicas (at least once), or in one transaction with it (exactly once). Where neither the sink nor the quarantine can
//     be written, the partition stands still.
//   - Order within a source partition is kept: one producer, one batch in flight per sink partition.
//   - Memory is bounded (config.Limits), and back pressure reaches the fetch.
//
// After a crash the records since the last commit are written again, in order, as a whole run: with exactly once only for
// who reads uncommitted.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"voile/config"
	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/transform"
	"voile/pipeline/wire"
)

// Parts are what a Pipeline is made of. All are required.
type Parts struct {
	Config  *config.Config
	Client  *wire.Client
	Domains map[string]transform.Domain // every domain of Config, by name
	Sealer  quarantine.Sealer
	Log     *zap.Logger
	Metrics *Metrics
	Now     func() time.Time // the clock of latencies and of the quarantine's times
	// Partitions is how many partitions each topic of Config has: see CheckPartitions, which refuses what cannot work.
	Partitions map[string]int
}

// A Pipeline runs the routes of one configuration.
type Pipeline struct {
	routes []*route
	health *health
}

// maxFetch bounds one fetch of one partition; a single batch that is larger comes whole (KIP-74). It is well below
// maxLoad, so that it makes one load although tokens are longer than what they replace.
const maxFetch = 512 << 10

// minUnpacked is what one batch may unpack to in any case: a producer that fills batches by their compressed size makes
// large ones of repetitive events.
const minUnpacked = 64 << 20

// New compiles the routes. It asks nobody anything.
func New(parts Parts) (*Pipeline, error) {
	cfg := parts.Config
	p := &Pipeline{health: newHealth()}
	all := newBudget(cfg.Limits.TotalBytes, nil)
	for i := range cfg.Routes {
		rc := &cfg.Routes[i]
		if err := CheckPartitions(rc, parts.Partitions); err != nil {
			return nil, fmt.Errorf("route %s: %w", rc.Name, err)
		}
		rules, err := transform.Compile(rc, cfg, parts.Domains)
		if err != nil {
			return nil, err
		}
		r := &route{
			cfg: rc, client: parts.Client, rules: rules, sealer: parts.Sealer,
			metrics: parts.Metrics.forRoute(rc, cfg), health: p.health,
			log: parts.Log.With(zap.String("route", rc.Name)), now: parts.Now,
			start:          startOf(rc),
			committed:      rc.Isolation != config.IsolationAll,
			sourceCodec:    rc.Compression == config.CompressionSource,
			byKey:          rc.Partition == config.PartitionKey,
			exactlyOnce:    rc.Delivery == config.DeliveryExactlyOnce,
			commitInterval: rc.CommitInterval, transactionTimeout: cfg.Limits.TransactionTimeout,
			fetchBytes:  int(min(maxFetch, cfg.Limits.PartitionBytes)),
			maxUnpacked: int(max(cfg.Limits.PartitionBytes, minUnpacked)),
			drain:       cfg.Limits.DrainTimeout,
			budget:      all, ownBytes: cfg.Limits.PartitionBytes,
			sinkPartitions: parts.Partitions[rc.To], quarantinePartitions: parts.Partitions[rc.QuarantineTopic],
		}
		r.guard = newGuardReport(rc, parts.Metrics, r.log, r.now)
		if !r.sourceCodec {
			if r.codec, err = batch.ParseCodec(rc.Compression); err != nil {
				return nil, fmt.Errorf("route %s: %w", rc.Name, err)
			}
		}
		r.memory = newMemory(r.lanes())
		p.health.setJoined(rc.Name, false)
		p.routes = append(p.routes, r)
	}
	return p, nil
}

// lanes is to how many partitions of the sink the records of one source partition may go.
func (r *route) lanes() int {
	if r.byKey {
		return r.sinkPartitions
	}
	return 1
}

// startOf says in the words of the wire where a new group begins.
func startOf(r *config.Route) (start wire.Start) {
	switch r.Start.From {
	case config.StartEarliest:
		start = wire.Earliest
	case config.StartLatest:
		start = wire.Latest
	default:
		start = wire.At(r.Start.Time)
	}
	if r.Isolation == config.IsolationAll {
		return start.Uncommitted()
	}
	return start
}

// Run runs all routes until ctx ends: then it finishes what is in flight, commits, and leaves the groups. An error of one
// route ends all.
func (p *Pipeline) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		wg   sync.WaitGroup
		errs = make([]error, len(p.routes))
	)
	for i, r := range p.routes {
		wg.Go(func() {
			if errs[i] = r.run(ctx); errs[i] != nil {
				cancel()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Status says how the pipeline is.
func (p *Pipeline) Status() Status { return p.health.status() }
