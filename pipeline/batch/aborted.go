package batch

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"voile/pipeline/record"
)

// A ControlType is what a control record says.
type ControlType int16

// The types that end a transaction (KIP-98). A broker may write others into a partition; they are no data either.
const (
	Abort  ControlType = 0
	Commit ControlType = 1
)

// String names the type.
func (t ControlType) String() string {
	switch t {
	case Abort:
		return "abort"
	case Commit:
		return "commit"
	}
	return fmt.Sprintf("control type %d", int16(t))
}

// ParseControl reads the type of a control record, which its key holds after a version. ok is false where the key is
// too short. Later versions keep these fields and add to them, so that any version is read.
func ParseControl(r *record.Record) (t ControlType, ok bool) {
	if len(r.Key) < 4 {
		return 0, false
	}
	return ControlType(binary.BigEndian.Uint16(r.Key[2:])), true
}

// An AbortedTransaction is one entry of a fetch response: from FirstOffset on, records of the producer are aborted, up
// to its next abort marker.
type AbortedTransaction struct {
	ProducerID  int64
	FirstOffset int64
}

// An AbortedFilter says which batches of one partition's fetch response hold data: no control batch, and no batch of
// an aborted transaction. With isolation level read_committed the broker ends the response at the last stable offset,
// and leaves this to the client.
//
// Start MUST be called with the list of each response, then Data with every batch of it, in order, also with those
// that lie before the wanted offset. It is not safe for concurrent use.
type AbortedFilter struct {
	pending []AbortedTransaction // by first offset, from next on not yet begun
	next    int
	active  map[int64]struct{} // producers inside an aborted transaction
	decoder Decoder            // for markers, which are not compressed
	marker  Batch
}

// Start begins a fetch response of one partition. The list is copied; it may be unsorted, or nil.
func (f *AbortedFilter) Start(list []AbortedTransaction) {
	f.pending = append(f.pending[:0], list...)
	slices.SortFunc(f.pending, func(a, b AbortedTransaction) int { return cmp.Compare(a.FirstOffset, b.FirstOffset) })
	f.next = 0
	clear(f.active)
}

// Data says whether the batch raw, whose header is h, holds data. It reads the marker in a control batch itself, and
// returns a CorruptError where it cannot.
func (f *AbortedFilter) Data(raw []byte, h Header) (bool, error) {
	for ; f.next < len(f.pending) && f.pending[f.next].FirstOffset <= h.LastOffset(); f.next++ {
		if f.active == nil {
			f.active = make(map[int64]struct{})
		}
		f.active[f.pending[f.next].ProducerID] = struct{}{}
	}
	if !h.Control {
		_, aborted := f.active[h.ProducerID]
		return !h.Transactional || !aborted, nil
	}
	t, ok, err := f.control(raw, h)
	if err == nil && ok && t == Abort {
		delete(f.active, h.ProducerID)
	}
	return false, err
}

// control gives the type of the control batch raw; ok is false where compaction left no record in it.
func (f *AbortedFilter) control(raw []byte, h Header) (t ControlType, ok bool, err error) {
	defer f.marker.Reset()
	if h.Codec != None {
		return 0, false, corrupt(h.BaseOffset, "a control batch is compressed, which no broker writes")
	}
	if err := f.decoder.Decode(raw, &f.marker); err != nil || len(f.marker.Records) == 0 {
		return 0, false, err
	}
	if t, ok = ParseControl(&f.marker.Records[0]); !ok {
		return 0, false, corrupt(h.BaseOffset, "a control record's key is too short")
	}
	return t, true, nil
}
