package pipeline

import (
	"errors"
	"fmt"

	"go.uber.org/zap"

	"voile/config"
	"voile/pipeline/wire"
)

// A lostError is of an offset that is not in the partition, under `on_lost_data: continue`: the partition goes on at start,
// the first record that is there.
type lostError struct {
	wanted, start, end int64
	err                error
}

func (e *lostError) Error() string {
	return fmt.Sprintf("the offset %d is not in the partition, which holds %d to %d: %v", e.wanted, e.start, e.end, e.err)
}

func (e *lostError) Unwrap() error { return e.err }

// fetchError says what a person has to know where retention has overtaken the partition, or what the route says that is to
// be done then.
func (p *partition) fetchError(offset int64, res *wire.FetchResult, err error) error {
	switch {
	case wire.ClassOf(err) != wire.ClassOutOfRange:
		return fmt.Errorf("cannot fetch from offset %d: %w", offset, err)
	case p.route.cfg.OnLostData == config.LostDataContinue:
		return &lostError{wanted: offset, start: res.LogStartOffset, end: res.HighWatermark, err: err}
	}
	return p.stopped(offset, fmt.Sprintf("the offset is not in the partition, which holds %d to %d", res.LogStartOffset, res.HighWatermark),
		"records were deleted before voile read them, or the topic was made anew; to go on with what is there, stop voile and move the group's offset (kafka-consumer-groups --reset-offsets), "+
			"or set `on_lost_data: continue` on the route", err)
}

// goOn takes the partition behind what is lost, where err is of that, and says how much it was. All that was read before is
// acknowledged by then; if it is not, the partition is taken up from there and finds the same again.
//
// An offset above what was there is of a topic that was made anew, of which nothing was read yet, or of one that lost its
// end, of which everything was. Which of the two cannot be told, and the first record is right for both in that nothing is
// lost.
func (p *partition) goOn(err error) bool {
	lost := (*lostError)(nil)
	if !errors.As(err, &lost) || p.next.Load() != lost.wanted {
		return false
	}
	p.next.Store(lost.start)
	p.window.from(lost.start)
	if gone := lost.start - lost.wanted; gone > 0 {
		p.route.metrics.lost.Add(float64(gone))
		p.log.Error("records were deleted before they were read; the partition goes on behind them (on_lost_data: continue)",
			zap.Int64("offset", lost.wanted), zap.Int64("next_offset", lost.start), zap.Int64("lost_offsets", gone))
		return true
	}
	p.log.Error("the topic was made anew or has lost its end; the partition goes on at its first record (on_lost_data: continue)",
		zap.Int64("offset", lost.wanted), zap.Int64("next_offset", lost.start), zap.Int64("end", lost.end))
	return true
}
