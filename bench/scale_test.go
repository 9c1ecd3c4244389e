package bench

import (
	"fmt"

	"voile/bench/report"
)

// scaled are the contenders of the form scale: voile with the same six fields, of more and more rules, partitions,
// processes. One that stands in two tables runs but once. Where several processes share a group it is exactly once, so
// that a record which two of them had while they shared is not there twice.
func scaled() []contender {
	var list []contender
	add := func(name string, s settings, partitions, processes int, groups ...string) {
		c := voileWith(name, s)
		c.partitions, c.processes, c.groups = partitions, processes, groups
		list = append(list, c)
	}
	six := settings{fields: 6, method: "tokenize", delivery: "at_least_once"}
	exactly := settings{fields: 6, method: "tokenize", delivery: "exactly_once"}
	add("voile, 1 partition", six, 1, 1, report.Partitions)
	add("voile, 1 rule", settings{fields: 1, method: "tokenize", delivery: "at_least_once"}, 6, 1, report.Rules)
	add("voile, 6 partitions", six, 6, 1, report.Rules, report.Partitions)
	for _, rules := range []int{10, 100, 1000} {
		s := six
		s.rules = rules
		add(fmt.Sprintf("voile, %d rules, 6 match", rules), s, 6, 1, report.Rules)
	}
	for _, partitions := range []int{24, 64, 100} {
		add(fmt.Sprintf("voile, %d partitions", partitions), six, partitions, 1, report.Partitions)
	}
	for _, partitions := range []int{6, 64} {
		add(fmt.Sprintf("voile exactly once, %d partitions", partitions), exactly, partitions, 1, report.Exactly)
	}
	for _, of := range []struct {
		processes int
		words     string
	}{{1, "1 process"}, {2, "2 processes"}, {4, "4 processes"}} {
		add("voile exactly once, 24 partitions, "+of.words, exactly, 24, of.processes, report.Processes)
	}
	return list
}
