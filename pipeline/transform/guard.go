package transform

import (
	"fmt"
	"math"
	"sync/atomic"

	"voile/config"
	"voile/pipeline/detect"
	"voile/pipeline/embedded"
	"voile/pipeline/guard"
	"voile/pipeline/jsonpath"
	"voile/pipeline/scan"
)

// guarded is the number of the rule that is none: the guard looks at the text.
const guarded = -2

// maxGuarded is how deep the guard looks into texts inside texts.
const maxGuarded = 3

// minNumber is the least length of a number that may be an identifier.
const minNumber = 8

// A watch is the guard of one route, compiled. What it learns is its own and safe for concurrent use; all else does not change.
type watch struct {
	looks   bool // for identifiers; else only what is not listed counts
	mode    string
	every   uint64 // of so many records one is sampled
	find    *detect.Set
	domains map[detect.Kind]Domain
	layers  [maxGuarded]map[string]*layer // by depth, and by the first decoder of a guess
	text    plan                          // of a text that no rule takes

	value  *guard.Schema // the members of records' values
	inside *guard.Schema // those of JSON in texts, in keys and in headers
	seeds  atomic.Uint64 // so that no two Transformers sample in step

	deny    bool
	seals   bool // records with something that is not listed
	pass    *jsonpath.Automaton
	headers map[string]bool // those that pass
}

// newWatch compiles the guard of a route; nil where it has none.
func newWatch(g *config.Guard, p *planner, domains map[string]Domain) (*watch, error) {
	w := &watch{mode: g.Mode, looks: g.Mode != config.GuardOff, deny: g.Unlisted == config.UnlistedDeny, seals: g.OnUnlisted == config.UnlistedSeal}
	if g.Mode == "" || !w.looks && !w.deny {
		return nil, nil
	}
	if err := w.compilePass(g.Pass); err != nil {
		return nil, err
	}
	if !w.looks {
		return w, nil
	}
	w.text = plan{rule: guarded}
	w.every = max(1, uint64(math.Round(1/g.Sample)))
	w.domains = map[detect.Kind]Domain{}
	for _, d := range g.Domains {
		if w.domains[detect.Kind(d.Kind)] = domains[d.Domain]; domains[d.Domain] == nil {
			return nil, fmt.Errorf("there are no keys for the domain %s", d.Domain)
		}
	}
	kinds := make([]detect.Kind, len(g.Kinds))
	for i, k := range g.Kinds {
		kinds[i] = detect.Kind(k)
	}
	var err error
	if w.find, err = detect.New(detect.Options{Region: g.Region, Kinds: kinds}); err != nil {
		return nil, err
	}
	names, err := detect.New(detect.Options{Region: g.Region, Kinds: detect.Kinds()})
	if err != nil {
		return nil, err
	}
	data := func(name []byte) bool { return len(names.Find(nil, name)) > 0 }
	w.value, w.inside = guard.NewSchema(data), guard.NewSchema(data)
	for depth := range w.layers {
		if w.layers[depth], err = p.guardedLayers(); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *watch) compilePass(pass []config.Pass) (err error) {
	w.headers = map[string]bool{}
	var at []jsonpath.Selection
	for _, p := range pass {
		switch p.Target {
		case config.Header:
			w.headers[p.Header] = true
		case config.Value:
			at = append(at, jsonpath.Selection{Path: p.Path})
		}
	}
	w.pass, err = jsonpath.Compile(at)
	return err
}

// guardedLayers compiles a way into each text that embedded.Guess understands.
func (p *planner) guardedLayers() (map[string]*layer, error) {
	tree, err := p.tree(nil, nil)
	if err != nil {
		return nil, err
	}
	inJSON := layer{first: guarded, decoder: embedded.JSON, tree: tree, memory: tree.memory}
	layers := map[string]*layer{embedded.JSON: &inJSON}
	for _, d := range []string{embedded.Base64, embedded.Base64URL} {
		layers[d] = &layer{first: guarded, decoder: d, codec: embedded.NewCodec(d), whole: &plan{rule: -1, in: []layer{inJSON}}, memory: p.level(levelKind{})}
	}
	for _, d := range []string{embedded.URL, embedded.Form} {
		l := &layer{first: guarded, decoder: d}
		l.guardRest()
		l.memory = p.level(levelKind{decoder: d, parts: l.parts})
		layers[d] = l
	}
	return layers, nil
}

// guardRest adds the parts of a URL or a form that no rule takes.
func (l *layer) guardRest() {
	for _, part := range embedded.Rest(l.decoder, l.parts) {
		l.parts, l.plans = append(l.parts, part), append(l.plans, plan{rule: guarded})
	}
}

// A watcher is what one Transformer needs for its watch.
type watcher struct {
	*watch
	tally  guard.Tally
	walker guard.Walker
	lister guard.Lister
	passed *scan.Scanner

	looking bool // at the record in hand
	sampled bool // it is one of the sample
	learns  bool // its members are learned
	seen    uint64
	skip    uint64 // so many records until the next sample
	random  uint64

	base   string // where the text in hand stands: key, header, or empty for the value
	header []byte // its name
	trail  []place
	depth  int // of texts inside texts that no rule goes into

	found      []detect.Match
	normalized []byte
	out        []byte      // what takes a text's place
	same       []scan.Copy // of it, from the text
	outer      []scan.Copy // of what takes a JSON string's place, from that
	path       []byte
	fresh      []string
}

// A place is one JSON text on the way to what is looked at, and where in it the way goes on.
type place struct {
	walker guard.Walker
	at     int
}

func newWatcher(w *watch, maxDepth int) *watcher {
	if w == nil {
		return nil
	}
	// The constant is 2^64 divided by the golden ratio, which spreads small numbers.
	return &watcher{watch: w, passed: scan.New(w.pass, maxDepth), random: w.seeds.Add(1) * 0x9e3779b97f4a7c15}
}

// The members of so many records are learned before any is skipped, so that their names are known when something is found.
const earlyRecords = 500

// begin says what to do with the next record.
func (w *watcher) begin() scan.Rest {
	w.base, w.trail, w.depth = "", w.trail[:0], 0
	if !w.looks {
		return scan.Selected
	}
	w.seen++
	w.sampled = w.sample()
	w.learns = w.sampled || w.seen <= earlyRecords
	if w.looking = w.sampled || w.mode != config.GuardReport; !w.looking {
		return scan.Selected
	}
	w.tally.Looked++
	return scan.Scalars
}

// sample says whether the next record is sampled: one in `every` on the average, at random distances, so that no rhythm of
// the stream hides what is wrong with it.
func (w *watcher) sample() bool {
	if w.skip > 0 {
		w.skip--
		return false
	}
	w.random ^= w.random << 13 // xorshift64 (Marsaglia 2003): nothing secret hangs on it
	w.random ^= w.random >> 7
	w.random ^= w.random << 17
	w.skip = w.random % (2*w.every - 1)
	return true
}

// enter begins a JSON text, leave ends it. value says that it is a record's value. Its members are learned where the record is one
// to learn from.
func (w *watcher) enter(doc []byte, value bool) {
	switch {
	case w.learns && value:
		w.fresh = w.value.Learn(&w.walker, doc, w.sampled, w.fresh[:0])
		w.tally.New(w.fresh)
	case w.learns:
		w.fresh = w.inside.Learn(&w.walker, doc, w.sampled, w.fresh[:0])
	}
	if !w.looking {
		return
	}
	n := len(w.trail)
	if n == cap(w.trail) {
		w.trail = append(w.trail, place{})
	}
	w.trail = w.trail[:n+1] // with the memory that the place has from before
	w.trail[n].walker.Begin(doc)
}

func (w *watcher) leave() {
	if w.looking {
		w.trail = w.trail[:len(w.trail)-1]
	}
}

// at notes where in the innermost JSON text the way goes on.
func (w *watcher) at(i int) {
	if w.looking {
		w.trail[len(w.trail)-1].at = i
	}
}

// maxPath bounds the pattern of a path, in bytes.
const maxPath = 300

// where gives the pattern of the path to what is looked at.
func (w *watcher) where() []byte {
	w.path = append(w.path[:0], w.base...)
	if w.base == baseHeader {
		name := "*"
		if w.inside.Shows(w.header) {
			name = string(w.header)
		}
		w.path = append(append(w.path, ' '), name...)
	}
	for i := range w.trail {
		p, s := &w.trail[i], w.inside
		if i == 0 && w.base == "" {
			s = w.value
		} else {
			w.path = append(w.path, " | json "...)
		}
		w.path = s.Path(&p.walker, w.path, p.at)
	}
	if len(w.path) > maxPath {
		w.path = append(w.path[:maxPath], "…"...)
	}
	return w.path
}

// The bases of paths.
const (
	baseKey    = "key"
	baseHeader = "header"
)
