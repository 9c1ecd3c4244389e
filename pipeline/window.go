package pipeline

import (
	"math"
	"sync"
)

// A window counts how many of the last `over` records of a partition were set aside. It answers one question: does the
// share pass the limit? A wrong rule, or a sink that refuses everything, would else silently seal a whole stream.
//
// The transform judges a record before it is sent, and the produce stage tells of those that the broker then refused. A
// record that is read again after an error is judged once.
type window struct {
	mu     sync.Mutex
	bad    []bool
	next   int
	count  int
	limit  int   // more than this many is too many
	judged int64 // every record before this offset has been counted
}

// newWindow takes the share (0 to 1) of the last over records that may be set aside. over 0 means no limit.
func newWindow(share float64, over int) *window {
	return &window{bad: make([]bool, over), limit: int(math.Round(share * float64(over)))}
}

// judge notes the outcome of the record at offset and says whether the limit is passed now.
func (w *window) judge(offset int64, setAside bool) (exceeded bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if offset < w.judged {
		return false
	}
	w.judged = offset + 1
	return w.add(setAside)
}

// from forgets what was judged from an offset on: other records have these offsets now.
func (w *window) from(offset int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.judged = min(w.judged, offset)
}

// refuse notes that a record was set aside after it had been judged well, and says whether the limit is passed now.
func (w *window) refuse() (exceeded bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.add(true)
}

func (w *window) add(setAside bool) (exceeded bool) {
	if len(w.bad) == 0 {
		return false
	}
	if w.bad[w.next] {
		w.count--
	}
	w.bad[w.next] = setAside
	if setAside {
		w.count++
	}
	w.next = (w.next + 1) % len(w.bad)
	return w.count > w.limit
}
