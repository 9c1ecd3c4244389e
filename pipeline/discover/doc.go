// Package discover finds where in the records of a topic identifiers of people stand, with no rule given, and proposes the rules.
//
// Before: records of one topic, in any order, whatever is in them. During: a Survey looks at each record once and keeps counts by
// place, in bounded memory: at most 4,096 places, each with tallies and a sketch of 4 KiB of which values differ
// (docs/adr/0021-discover.md). It keeps no value, unless samples were asked for. It knows no clock, no file, no Kafka.
//
// After: a Report of places, each with a kind, what tells, the share of records, an estimate of how many values differ, and the
// rule that is proposed. Configuration writes the rules as a configuration. Whatever the report says of a place is a proposal of
// a machine that has seen some records: no promise that the others have nothing elsewhere.
//
// The way of a record: walk.go steps through the JSON of its value to the nodes of a tree of places (node.go), inside.go goes on
// inside texts, evidence.go counts what detectors say of each text, names.go what the member's name says; compare.go looks for
// the same text at other places of the record. Then gather.go goes through the tree once, judge.go decides at each node.
package discover
