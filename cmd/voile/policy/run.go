package policy

import (
	"fmt"
	"slices"
	"strings"

	"voile/config"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// A run is a file of tests held against a configuration.
type run struct {
	reader
	config   *config.Config
	domains  map[string]transform.Domain
	routes   map[string]*transform.Transformer
	outcomes map[string]*outcome // by the name of the case
	current  *outcome            // of the case in hand
}

// An outcome is what became of one event: a record, or the reason for which it is set aside.
type outcome struct {
	record record.Record
	reason transform.Reason
	where  string // the rule of the reason
}

// Run holds f against c. domains holds every domain of c; their keys are to end with the process. The error is
// config.Problems where f speaks of what c does not have.
func Run(f *File, c *config.Config, domains map[string]transform.Domain) (*Report, error) {
	r := &run{
		reader:   reader{file: f.Name},
		config:   c,
		domains:  domains,
		routes:   map[string]*transform.Transformer{},
		outcomes: map[string]*outcome{},
	}
	for i := range f.Cases {
		r.resolve(&f.Cases[i], f)
	}
	if len(r.problems) > 0 {
		return nil, sortProblems(r.problems)
	}
	for i := range f.Cases {
		if err := r.transform(&f.Cases[i]); err != nil {
			return nil, err
		}
	}
	report := &Report{Used: map[string][]bool{}}
	for i := range f.Cases {
		report.Results = append(report.Results, Result{&f.Cases[i], r.judge(&f.Cases[i])})
	}
	for name, t := range r.routes {
		used := make([]bool, len(t.Stats()))
		for i, s := range t.Stats() {
			used[i] = s.Matched > 0
		}
		report.Used[name] = used
	}
	return report, nil
}

// resolve finds what a case speaks of, and reports what is not there.
func (r *run) resolve(c *Case, f *File) {
	var names []string
	for _, route := range r.config.Routes {
		names = append(names, route.Name)
	}
	switch {
	case c.Route == "" && len(names) == 1:
		c.Route = names[0]
	case c.Route == "":
		r.reportf(place{c.at.line, c.at.column, c.at.path + ".route"}, "one of "+strings.Join(names, ", "), "missing: the configuration has %d routes", len(names))
	case !slices.Contains(names, c.Route):
		r.reportf(c.routeAt, "one of "+strings.Join(names, ", "), "the configuration has no route %q", c.Route)
	}
	for _, e := range c.Expect {
		switch t := e.test.(type) {
		case tokenOf:
			if _, ok := r.config.Domain(t.domain); !ok {
				r.reportf(e.at, "", "the configuration has no domain %q", t.domain)
			}
		case compared:
			if t.in != "" && !slices.ContainsFunc(f.Cases, func(o Case) bool { return o.Name == t.in }) {
				r.reportf(e.at, "name a case of this file", "there is no case %q", t.in)
			}
		}
	}
}

// transform keeps what becomes of a case's event.
func (r *run) transform(c *Case) error {
	t, ok := r.routes[c.Route]
	if !ok {
		i := slices.IndexFunc(r.config.Routes, func(route config.Route) bool { return route.Name == c.Route })
		rules, err := transform.Compile(&r.config.Routes[i], r.config, r.domains)
		if err != nil {
			return err
		}
		t = rules.NewTransformer()
		r.routes[c.Route] = t
	}
	// What comes out lies in the arena, so each case has its own.
	v := t.Transform(&c.Event, new(transform.Arena))
	o := &outcome{reason: v.Reason, where: v.Where}
	if len(v.Records) > 0 {
		o.record = v.Records[0]
	}
	r.outcomes[c.Name] = o
	return nil
}

// judge says what of a case is not as it is to be.
func (r *run) judge(c *Case) (failures []Failure) {
	o := r.outcomes[c.Name]
	r.current = o
	if o.reason != c.Quarantine {
		return []Failure{{Line: c.Line, Want: passing(c.Quarantine), Got: passing(o.reason) + r.rule(c.Route, o.where)}}
	}
	if o.reason != "" {
		return nil
	}
	for i := range c.Expect {
		e := &c.Expect[i]
		values := e.Where.find(&o.record)
		got := nothing
		if _, gone := e.test.(absent); gone || len(values) > 0 {
			got = e.test.holds(values, &site{where: &e.Where, in: &c.Event, run: r})
		}
		if got != "" {
			failures = append(failures, Failure{Line: e.Line, Where: e.Where.text, Want: e.Want, Got: got})
		}
	}
	failures = append(failures, nowhere(c, &o.record)...)
	if c.Rest {
		failures = append(failures, rest(c, &o.record)...)
	}
	return failures
}

func passing(reason transform.Reason) string {
	if reason == "" {
		return "the record is passed on"
	}
	return fmt.Sprintf("the record goes to quarantine: %s", reason)
}

// rule names the rule that a reason is about, and its selector.
func (r *run) rule(route, where string) string {
	if where == "" {
		return ""
	}
	for _, have := range r.config.Routes {
		for _, f := range have.Fields {
			if have.Name == route && f.Setting == where {
				return ", by " + f.Place()
			}
		}
	}
	return ", by " + where
}
