package policy

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// JUnit writes what Run found in the form that build servers read: a testsuite per file, a testcase per case, a failure with
// one line per thing that is not as it is to be. No time is measured, and none is written.
func JUnit(w io.Writer, names []string, reports []*Report) error {
	suites := junitSuites{Name: "voile test"}
	for i, report := range reports {
		s := junitSuite{Name: names[i]}
		for j := range report.Results {
			s.add(&report.Results[j])
		}
		suites.Tests += s.Tests
		suites.Failures += s.Failures
		suites.Suites = append(suites.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(suites); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func (s *junitSuite) add(r *Result) {
	c := junitCase{Name: r.Case.Name, Class: r.Case.Route, File: s.Name, Line: r.Case.Line}
	s.Tests++
	if len(r.Failures) > 0 {
		s.Failures++
		lines := make([]string, len(r.Failures))
		for i, f := range r.Failures {
			lines[i] = fmt.Sprintf("%s:%d: %s", s.Name, f.Line, f)
		}
		c.Failure = &junitFailure{Message: r.Failures[0].String(), Text: strings.Join(lines, "\n")}
	}
	s.Cases = append(s.Cases, c)
}

// String is the failure in one line, without its place in the file.
func (f Failure) String() string {
	if f.Where == "" {
		return fmt.Sprintf("want: %s; got: %s", f.Want, f.Got)
	}
	return fmt.Sprintf("%s: want: %s; got: %s", f.Where, f.Want, f.Got)
}
