package main

import "runtime/debug"

// heapGrowth is by how many percent of what is in use the heap grows before Go collects. Go's own is 100. A record leaves so little
// behind that collecting more often costs nothing that shows, and a process of six partitions holds a tenth to a sixth less
// (docs/adr/0032-memory-of-the-way.md).
const heapGrowth = 50

// boundHeap has Go collect after heapGrowth, unless the environment says otherwise.
func boundHeap(lookup func(string) (string, bool)) {
	if _, ok := lookup("GOGC"); !ok {
		debug.SetGCPercent(heapGrowth)
	}
}
