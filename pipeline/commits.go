package pipeline

import (
	"context"
	"time"

	"go.uber.org/zap"

	"voile/pipeline/wire"
)

// commits is the last step of a record's way: it tells the group's coordinator how far every partition of a generation
// is acknowledged. It only ever reads acked(), so an offset is never committed before its records are safe.
type commits struct {
	gen        *wire.Generation
	partitions []*partition
	committed  map[*partition]int64
	failing    bool
	log        *zap.Logger
}

// commitBound is how long one commit may take, also the last one of a generation.
const commitBound = 3 * time.Second

// run commits at every interval, and once more when the partitions are done.
func (c *commits) run(done <-chan struct{}) {
	tick := time.NewTicker(commitInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.commit()
		case <-done:
			c.commit()
			return
		}
	}
}

// known is the offset that the group has for a partition, as far as we know.
func (c *commits) known(p *partition) int64 {
	if offset, ok := c.committed[p]; ok {
		return offset
	}
	return p.assigned
}

// commit sends what has moved. What fails is sent again at the next interval: the offsets only grow.
func (c *commits) commit() {
	offsets := map[string]map[int]int64{}
	moved := map[*partition]int64{}
	for _, p := range c.partitions {
		p.metrics.lag.Set(p.lag()) // also while the partition does not fetch: then it matters most
		offset, ok := p.acked()
		if before, has := c.committed[p]; !ok || has && before == offset {
			continue
		}
		if offsets[p.topic] == nil {
			offsets[p.topic] = map[int]int64{}
		}
		offsets[p.topic][p.id] = offset
		moved[p] = offset
	}
	if len(moved) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), commitBound)
	defer cancel()
	if err := c.gen.Commit(ctx, offsets); err != nil {
		if !c.failing {
			c.failing = true
			c.log.Warn("offsets cannot be committed; records after the last commit would be written twice after a restart", zap.Error(err))
		}
		return
	}
	if c.failing {
		c.failing = false
		c.log.Info("offsets are committed again")
	}
	for p, offset := range moved {
		c.committed[p] = offset
	}
}
