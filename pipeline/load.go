package pipeline

import (
	"sync/atomic"

	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
)

// maxMarks is how many places in the sink's partitions a load notes for what it sets aside, before it is sent: their number
// is that of the entries times that of the partitions, and the budget does not see it.
const maxMarks = 1 << 17

// A chunk is the memory of one fetch: the record set as it came, and the claim on the budget that it stands under.
// Source records of batches that are not compressed point into it, so it lives until the last load that is made of one of
// them is acknowledged: until then the broker may refuse what it became, and it must be sealed.
type chunk struct {
	set     []byte // the fetched record set
	end     int64  // the partition's last stable offset when it was fetched
	buf     []byte // the memory under set, used again
	small   bool   // buf is for a fetch that nothing was expected of
	intact  []bool // of each whole batch in set, whether its CRC is right
	claim   *claim
	aborted []batch.AbortedTransaction
	refs    atomic.Int32
}

// read looks the set over, which was fetched at offset, and gives the offset to fetch next.
func (c *chunk) read(offset int64) int64 {
	next, intact := endOf(c.set, offset, c.intact[:0])
	c.intact = intact
	return next
}

// An opened is the memory of one decoded batch, under a claim of its own. It does not live as long as its chunk: a fetch
// may hold many batches that each unpack to many times their size, and they are opened one after the other, as the sink
// takes them.
type opened struct {
	batch.Batch
	claim *claim
	refs  atomic.Int32
}

// A lane is what one load brings to one partition of the sink.
type lane struct {
	batch   batch.Builder    // the records, as they will be sent
	sources []*record.Record // what each of them was made of; to be sealed if the broker refuses it
}

// A load is a run of source records on its way to the sink: transformed, not yet acknowledged.
type load struct {
	lanes  []lane // by partition of the sink; only one where the partition stays
	aside  []quarantine.Entry
	marks  []int     // of each in aside, by lane, how many records the lane had then
	chunks []*chunk  // what the sources point into
	opened []*opened // also what the sources point into
	codec  batch.Codec
	size   int // of the batches, uncompressed

	// next is the offset to commit once all of the load is acknowledged: behind its last source record.
	next    int64
	passed  int
	dropped int
}

// empty says whether there is nothing to send. An empty load may still move the offset.
func (l *load) empty() bool { return l.size == 0 && len(l.aside) == 0 }

// keep holds c, and b if there is one, until the load is done.
func (l *load) keep(c *chunk, b *opened) {
	if n := len(l.chunks); n == 0 || l.chunks[n-1] != c {
		c.refs.Add(1)
		l.chunks = append(l.chunks, c)
	}
	if n := len(l.opened); b != nil && (n == 0 || l.opened[n-1] != b) {
		b.refs.Add(1)
		l.opened = append(l.opened, b)
	}
}

// add writes one record into the lane.
func (l *load) add(to int, r, source *record.Record) error {
	ln := &l.lanes[to]
	before := ln.batch.Size()
	if err := ln.batch.Append(r); err != nil {
		return err
	}
	ln.sources = append(ln.sources, source)
	l.size += ln.batch.Size() - before
	return nil
}

// expect gives the only lane, if it is the only one, room for so many bytes.
func (l *load) expect(bytes int) {
	if len(l.lanes) == 1 {
		l.lanes[0].batch.Expect(bytes)
	}
}

// setAside takes an entry, and notes where in the lanes it would have stood.
func (l *load) setAside(e quarantine.Entry) {
	l.aside = append(l.aside, e)
	for i := range l.lanes {
		l.marks = append(l.marks, l.lanes[i].batch.Count())
	}
}

// setAsideAt is setAside for the record at an index of a lane, once all lanes are full. Where it would have stood in the
// others is not known any more: before all that they have.
func (l *load) setAsideAt(lane, index int, e quarantine.Entry) {
	l.aside = append(l.aside, e)
	at := len(l.marks)
	l.marks = append(l.marks, make([]int, len(l.lanes))...)
	l.marks[at+lane] = index
}

// reset makes the load empty; its memory stays.
func (l *load) reset() {
	for i := range l.lanes {
		ln := &l.lanes[i]
		ln.batch.Reset()
		clear(ln.sources)
		ln.sources = ln.sources[:0]
	}
	clear(l.aside)
	clear(l.chunks)
	clear(l.opened)
	l.aside, l.chunks, l.opened, l.marks = l.aside[:0], l.chunks[:0], l.opened[:0], l.marks[:0]
	l.size, l.passed, l.dropped = 0, 0, 0
}
