// Package policy runs the tests that people keep beside a configuration: what goes in, and what is to come out.
//
// Read takes a file of tests (docs/policy-tests.md) and gives it whole, or config.Problems with all that is wrong with it by
// line and column. Run holds a file that Read gave against a configuration, and gives one Result per case, in the order of
// the file; it gives Problems where the file speaks of routes, domains or cases that are not there.
//
// It is pure: it opens no file but by the function it is given, knows no Kafka and no Vault, and the keys that it is given
// are meant to end with the process. All cases of one file share them, so that tokens of two routes can be compared.
//
// A Failure shows what came out, and so may hold values of the events in the test file: it is for those who wrote them.
package policy

import (
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// A File is one file of tests.
type File struct {
	Name   string            // as it was given to Read
	Config string            // the configuration that it is about, relative to the file; empty: the one of the command line
	Env    map[string]string // for ${NAME} in the configuration, before the environment
	Cases  []Case            // in the order of the file, at least one, no two of one name
}

// A Case is one event, and what is to become of it.
type Case struct {
	Name  string
	Line  int // of the file, from 1
	Route string
	Event record.Record
	// Quarantine is why the event is to be set aside; empty where it is to be passed on.
	Quarantine transform.Reason
	Expect     []Expectation // in the order of the file
	// Rest demands that whatever no expectation speaks of is as it was.
	Rest bool
	// Nowhere are texts that no part of the record holds, in whatever form.
	Nowhere []string

	at, routeAt place
}

// An Expectation is what is to hold at one place of the record that comes out.
type Expectation struct {
	Line  int
	Where Selector
	Want  string // in the words of the file
	test  test
	at    place
}

// A Report is what Run found.
type Report struct {
	Results []Result // by case, in the order of the file
	// Used says by route, for each of its rules, whether it selected something in any case.
	Used map[string][]bool
}

// A Result is what became of one case.
type Result struct {
	Case     *Case
	Failures []Failure // none where the case is well
}

// A Failure is one thing that is not as the case says.
type Failure struct {
	Line      int    // of the test file
	Where     string // the place in the record; empty where it is about the whole record
	Want, Got string
}

// place is where something stands in a file of tests.
type place struct {
	line, column int
	path         string
}
