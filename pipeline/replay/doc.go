// Package replay takes what lies in a quarantine topic to the sinks that it was on its way to.
//
// # Contract
//
// Before: a quarantine topic, whoever wrote to it; a configuration and the keys of its domains; the quarantine's private
// keyset, for all but List. A transactional id and a consumer group, both of the group's name.
//
// During: an entry is read, opened, transformed under today's rules, and written to the sink of the route that stands
// inside it. The records and the group's progress are committed in one Kafka transaction, so that an entry is in the sink
// once or not at all, whenever the process ends; taking the transactional id ends another replay that is under way. What
// cannot be taken to its sink stays where it is, and is never sealed again. Order within a source partition is kept. On a
// compacted sink nothing is written over a newer record of its key, or over its deletion (stale.go).
//
// After: the group's offset of each partition is that of the first entry that is not done; what is done above it stands
// in the offset's metadata (offsets.go). Nothing but the rules, and the reader's own choice, decides what is left.
//
// No error, count or name that this package gives holds anything of a record but where it lies. What List gives stands in
// the clear on the topic and is a claim of whoever wrote it.
//
// The way of an entry is replay.go: survey what is done, look at compacted sinks, then partition by partition read, open
// (entries.go), transform, write (writing.go), commit.
package replay
