package audit

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"text/tabwriter"
)

// A Kind is one way for a record to be wrong, or to be.
type Kind string

// What is counted. The first four are no findings by themselves.
const (
	Records     Kind = "records"     // committed in the source
	Delivered   Kind = "delivered"   // of these, in the sink at least once
	Quarantined Kind = "quarantined" // of these, in the quarantine at least once
	Redelivered Kind = "redelivered" // runs that begin at or before the end of the run before

	Lost      Kind = "lost"      // neither in the sink nor in the quarantine
	Doubled   Kind = "doubled"   // each copy after the first
	Reordered Kind = "reordered" // in the sink behind a later record of its key
	Unrun     Kind = "unrun"     // a run that begins behind the end of the one before, plus one: a gap, or the late batch of a fenced owner
	Leaked    Kind = "leaked"    // a planted identifier came out
	Altered   Kind = "altered"   // bytes outside the replaced members differ
	Torn      Kind = "torn"      // one identifier with two tokens, or one token for two identifiers
	Misplaced Kind = "misplaced" // set aside without a reason, or not set aside in spite of one
	Foreign   Kind = "foreign"   // in the sink and not in the source: an aborted record, or another partition's
	Flawed    Kind = "flawed"    // the source itself is not what the loader has to write
)

// Counts are the numbers of one stretch, or of all.
type Counts struct {
	Records     int `json:"records"`
	Delivered   int `json:"delivered"`
	Quarantined int `json:"quarantined"`
	Redelivered int `json:"redelivered"`
	Lost        int `json:"lost"`
	Doubled     int `json:"doubled"`
	Reordered   int `json:"reordered"`
	Unrun       int `json:"unrun"`
	Leaked      int `json:"leaked"`
	Altered     int `json:"altered"`
	Torn        int `json:"torn"`
	Misplaced   int `json:"misplaced"`
	Foreign     int `json:"foreign"`
	Flawed      int `json:"flawed"`
}

// of gives the count of a kind. The names of kinds are those of the JSON.
func (c *Counts) of(kind Kind) *int {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("json") == string(kind) {
			return v.Field(i).Addr().Interface().(*int)
		}
	}
	panic("audit: no count of " + string(kind))
}

// violations lists the kinds of which the promise allows none.
func (c *Counts) violations(delivery string) (out []Kind) {
	not := []Kind{Lost, Reordered, Unrun, Leaked, Altered, Torn, Misplaced, Foreign, Flawed}
	if delivery == ExactlyOnce {
		not = append(not, Doubled, Redelivered)
	}
	for _, kind := range not {
		if *c.of(kind) > 0 {
			out = append(out, kind)
		}
	}
	return out
}

// Violated says whether a stretch breaks the promise.
func (c *Counts) Violated(delivery string) bool { return len(c.violations(delivery)) > 0 }

// evidence is how many findings of a kind are kept.
const evidence = 20

// A Finding is evidence.
type Finding struct {
	Kind   Kind   `json:"kind"`
	Source string `json:"source,omitempty"` // topic/partition/offset
	Window string `json:"window,omitempty"`
	Text   string `json:"text"`
}

// A Window is the counts of one stretch.
type Window struct {
	Name string `json:"name"`
	Counts
}

// A Report is what the audit gives. Violations is empty where the promise holds.
type Report struct {
	Delivery   string    `json:"delivery"`
	Violations []Kind    `json:"violations"`
	Total      Counts    `json:"total"`
	Windows    []Window  `json:"windows"`
	Findings   []Finding `json:"findings"`
	// Committed is how many records the sinks hold, and Uncommitted how many for those who read uncommitted: those of
	// aborted transactions too. They are for information.
	Committed   int `json:"committed"`
	Uncommitted int `json:"uncommitted"`
}

// Print writes the report for a person, with the evidence of what the promise does not allow.
func (r *Report) Print(w io.Writer) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "records\tdelivered\tquarantined\tlost\tdoubled\treordered\tleaked\taltered\ttorn\tmisplaced\tforeign\tre-deliveries\tbroken runs\tflawed\t\t")
	line := func(c *Counts, name string) {
		for _, n := range []int{c.Records, c.Delivered, c.Quarantined, c.Lost, c.Doubled, c.Reordered, c.Leaked, c.Altered, c.Torn, c.Misplaced, c.Foreign, c.Redelivered, c.Unrun, c.Flawed} {
			fmt.Fprintf(tab, "%d\t", n)
		}
		fmt.Fprintf(tab, "%s\t\n", name)
	}
	for i := range r.Windows {
		line(&r.Windows[i].Counts, r.Windows[i].Name)
	}
	line(&r.Total, "all")
	tab.Flush()
	fmt.Fprintf(w, "read uncommitted, the sinks hold %d records: %d that no reader of committed records sees\n",
		r.Uncommitted, r.Uncommitted-r.Committed)
	for _, f := range r.Findings {
		if !slices.Contains(r.Violations, f.Kind) {
			continue
		}
		fmt.Fprintf(w, "%s: %s", f.Kind, f.Text)
		if f.Source != "" {
			fmt.Fprintf(w, " (source %s)", f.Source)
		}
		if f.Window != "" {
			fmt.Fprintf(w, " [%s]", f.Window)
		}
		fmt.Fprintln(w)
	}
	if len(r.Violations) == 0 {
		fmt.Fprintf(w, "%s holds\n", r.Delivery)
		return
	}
	fmt.Fprintf(w, "%s does NOT hold: %v\n", r.Delivery, r.Violations)
}
