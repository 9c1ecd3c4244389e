package pipeline

import (
	"time"

	"voile/pipeline/quarantine"
)

// sinkEnds knows where in the sink's partitions the records of one source partition lie, so that a record that is set
// aside can say where it would have stood. A replay tells by it what has been written since, without a clock.
type sinkEnds struct {
	known map[int]int64 // by partition of the sink, an offset behind all that loads before this one became
	runs  []run         // of this load
}

// A run is one batch that was written: the records from to end of a lane, from offset on; -1 if that is not known.
type run struct {
	partition, from, end int
	offset               int64
}

// begin begins a load: what the last one wrote lies before it.
func (e *sinkEnds) begin() {
	for _, r := range e.runs {
		if r.offset >= 0 {
			e.set(r.partition, r.offset+int64(r.end-r.from))
		}
	}
	e.runs = e.runs[:0]
}

func (e *sinkEnds) set(partition int, offset int64) {
	if e.known == nil {
		e.known = map[int]int64{}
	}
	e.known[partition] = offset
}

// wrote notes a batch.
func (e *sinkEnds) wrote(partition, from, end int, offset int64) {
	e.runs = append(e.runs, run{partition, from, end, offset})
}

// askFor bounds how long ask waits for the brokers: a load, and with it a transaction, waits as well.
const askFor = 2 * time.Second

// ask has the brokers say where the partitions end of which that is not known. It is called before a load is written
// that has something set aside, so that a stream without costs nothing, and once a partition of the sink. Where they do
// not say, the entry goes without: it must not be held back for it.
func (e *sinkEnds) ask(s *sending, lanes int) {
	var unknown []int
	for lane := range lanes {
		if partition := s.partitionOf(lane); !e.knows(partition) {
			unknown = append(unknown, partition)
		}
	}
	if len(unknown) == 0 {
		return
	}
	for partition, offset := range s.p.route.client.EndOffsets(s.ctx, s.p.route.cfg.To, unknown, askFor) {
		e.set(partition, offset)
	}
}

func (e *sinkEnds) knows(partition int) bool {
	_, ok := e.known[partition]
	return ok
}

// before says where in the sink a record would have stood before which the lanes had so many records of the load.
func (e *sinkEnds) before(s *sending, marks []int) []quarantine.SinkOffset {
	places := make([]quarantine.SinkOffset, 0, len(marks))
	for lane, mark := range marks {
		partition := s.partitionOf(lane)
		if offset, ok := e.place(partition, mark); ok {
			places = append(places, quarantine.SinkOffset{Partition: int32(partition), Offset: offset}) //nolint:gosec // Kafka counts partitions in 32 bits
		}
	}
	return places
}

// place is before of one partition. Where the offset of a batch is not known it is one too early rather than too late.
func (e *sinkEnds) place(partition, mark int) (offset int64, ok bool) {
	offset, ok = e.known[partition]
	for _, r := range e.runs {
		switch {
		case r.partition != partition:
		case mark < r.end && r.offset < 0:
			return offset, ok
		case mark < r.end:
			return r.offset + int64(max(0, mark-r.from)), true
		case r.offset >= 0:
			offset, ok = r.offset+int64(r.end-r.from), true
		}
	}
	return offset, ok
}
