// Package audit compares the source of a pseudonymizing proxy with its sink, record by record, and says what is wrong.
//
// It judges voile and knows nothing of it: it imports the standard library only, takes a token for any text, and learns
// from a Spec what a record looks like. Records are handed in; it speaks to no broker.
//
// What it takes for granted: the value of a source record is a JSON object that names itself (Spec.ID), and the record's
// place in the sink is the partition that it had in the source. What it counts is in Counts. A finding names places,
// ids and encodings, never a value.
package audit

import (
	"bytes"
	"fmt"
	"io"
)

// A Record is one record of Kafka. A nil key or value is null, an empty one is not.
type Record struct {
	Partition  int32
	Offset     int64
	Timestamp  int64
	Key, Value []byte
	Headers    []Header
}

// A Header is one header of a record.
type Header struct {
	Name  string
	Value []byte
}

// A place is a record of a source topic.
type place struct {
	topic     string
	partition int32
	offset    int64
}

// An Auditor collects what is found. The order of calls: SetAside, Partition for each source partition, Text, Report.
type Auditor struct {
	spec    Spec
	planted *needles
	tokens  map[string]*domain
	aside   map[place]int // copies in the quarantine
	windows windows
	report  Report
}

// A domain remembers which token an identifier has, over all partitions and processes.
type domain struct{ tokenOf, identifierOf map[string]string }

// New begins an audit. The Spec must be valid.
func New(spec Spec) (*Auditor, error) {
	if err := spec.validate(); err != nil {
		return nil, err
	}
	planted, err := newNeedles(spec.Planted)
	if err != nil {
		return nil, err
	}
	a := &Auditor{spec: spec, planted: planted, tokens: map[string]*domain{}, aside: map[place]int{}, windows: newWindows(spec.Windows)}
	a.report = Report{Delivery: spec.Delivery, Windows: make([]Window, len(spec.Windows))}
	for i, w := range spec.Windows {
		a.report.Windows[i].Name = w.Name
	}
	return a, nil
}

// SetAside takes the records of the quarantine topic, whose headers say which source record each one holds.
func (a *Auditor) SetAside(topic string, records []Record) {
	for i := range records {
		r := &records[i]
		at, first, err := a.spec.origin(r)
		a.leaks(at, fmt.Sprintf("%s/%d/%d", topic, r.Partition, r.Offset), r)
		switch {
		case err != nil:
			a.found(Foreign, place{}, fmt.Sprintf("%s/%d/%d: %v", topic, r.Partition, r.Offset, err))
		case first:
			a.aside[at]++
		}
	}
}

// Text looks for planted identifiers in what else came out of the proxy: a log, a dump of metrics.
func (a *Auditor) Text(name string, r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for i, line := range bytes.Split(text, []byte("\n")) {
		if encoding, ok := a.planted.in(line); ok {
			a.found(Leaked, place{}, fmt.Sprintf("%s:%d: a planted identifier, %s", name, i+1, encoding))
		}
	}
	return nil
}

// leaks looks for planted identifiers in everything that a record of the sink or of the quarantine has.
func (a *Auditor) leaks(at place, where string, r *Record) {
	look := func(part string, b []byte) bool {
		encoding, ok := a.planted.in(b)
		if ok {
			a.found(Leaked, at, fmt.Sprintf("%s: a planted identifier in the %s, %s", where, part, encoding))
		}
		return ok // one finding a record
	}
	if look("value", r.Value) || look("key", r.Key) {
		return
	}
	for _, h := range r.Headers {
		if look("header", h.Value) || look("header's name", []byte(h.Name)) {
			return
		}
	}
}

// found counts a finding, in the window of its source record, and keeps the first ones of each kind as evidence.
func (a *Auditor) found(kind Kind, at place, text string) {
	*a.report.Total.of(kind)++
	w := a.windows.of(at)
	if w >= 0 {
		*a.report.Windows[w].of(kind)++
	}
	if *a.report.Total.of(kind) <= evidence {
		f := Finding{Kind: kind, Text: text}
		if at.topic != "" {
			f.Source = fmt.Sprintf("%s/%d/%d", at.topic, at.partition, at.offset)
		}
		if w >= 0 {
			f.Window = a.report.Windows[w].Name
		}
		a.report.Findings = append(a.report.Findings, f)
	}
}

// count adds to a count that is no finding.
func (a *Auditor) count(kind Kind, at place) {
	*a.report.Total.of(kind)++
	if w := a.windows.of(at); w >= 0 {
		*a.report.Windows[w].of(kind)++
	}
}

// Report ends the audit.
func (a *Auditor) Report() Report {
	a.report.Violations = a.report.Total.violations(a.spec.Delivery)
	return a.report
}
