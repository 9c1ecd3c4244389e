package pipeline

// A window counts how many of the last `over` records were set aside. It answers one question: does the share pass the
// limit? A wrong rule would else silently seal a whole stream.
type window struct {
	bad   []bool
	next  int
	count int
	limit int // more than this many is too many
}

// newWindow takes the share (0 to 1) of the last over records that may be set aside. over 0 means no limit.
func newWindow(share float64, over int) *window {
	return &window{bad: make([]bool, over), limit: int(share * float64(over))}
}

// add notes one record and says whether the limit is passed now.
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
