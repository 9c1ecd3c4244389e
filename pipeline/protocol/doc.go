// Package protocol has no code: it is a model of how voile delivers, which its tests go through in every order of steps
// and faults. The package comment is the protocol; pipeline and pipeline/wire are to follow it.
//
// # Exactly once
//
// There is a transactional id for each source partition. What a member was assigned it writes under one of its ids (a
// unit), whichever. In a generation, a member
//
//  1. takes the ids of all its partitions (InitProducerID, without a condition). That ends what a predecessor has open
//     under any of them, and fences it: wherever a partition's records were written, it was under the id of a partition
//     that has exactly one owner now;
//  2. confirms that the generation still is the group's (Heartbeat). One that is told no must not write: its ids
//     may be newer than those of who has the partitions now. This is for at least once, and spares the readers of
//     exactly once a wait for the time-out of a transaction;
//  3. reads the committed offsets, and waits for those that a transaction still is to decide (RequireStable): a partition
//     may have been written under the id of another one, whose owner has not taken it yet;
//  4. writes: AddPartitionsToTxn, Produce, …, and beside that AddOffsetsToTxn. When nothing is begun any more it sends
//     TxnOffsetCommit with the generation and the member, of the offsets behind all that is written or under way, and when
//     that and the last Produce have succeeded, EndTxn. Of one partition, and from AddOffsetsToTxn to EndTxn, the order is
//     one of answers: nothing is sent before what precedes it succeeded.
//
// What a broker refuses by epoch or generation ends the membership: nothing more is sent, the member joins again. Any
// other failure in a transaction is followed by EndTxn (abort), InitProducerID on the condition of the own epoch (KIP-360)
// and step 3. The abort comes first, because a broker does not look at that condition in the middle of a transaction.
//
// Where the id does not become free then, because a partition in its last transaction has no leader to take the marker, the
// member goes on at step 3 under another of its ids.
//
// Behind a commit of whose requests one had to be sent again, the same InitProducerID comes before the next transaction:
// the first copy may still be on its way, and would be taken for a part of that one. A batch needs none of this: its
// sequence makes a late copy a repetition.
//
// # At least once
//
// Each partition is written under the epoch of its own id, in plain batches: steps 1 and 2, then one batch after the other,
// and OffsetCommit of what is acknowledged, with generation and member. The offset to begin with is the group's, read at
// any time in the generation, or, in the very next one after its own, where the member knows its records to be acknowledged. A
// zombie can write until the first batch of its successor, never behind it.
//
// # What is shown
//
// The tests go through every state that can be reached, breadth first, so that what they find has a shortest trace. At any
// point a member may crash, and start again; an answer may be lost; a request may be delayed, to arrive at any later time
// or never; the group may go on without a member that is well and does not know; a transaction may time out; a member
// that has no answer may send the same again or abort. How many of each, and how many members and records, bounds the
// search; see the tables of model_test.go. In every state
//
//   - exactly once: who reads committed sees the records 0, 1, 2, … of each partition, each once, and where all is decided
//     the group's offset is their end. From every state all records can get there without a further fault, and without
//     a wait for the time-out of a transaction;
//   - at least once: the sink is contiguous runs, each starting at or before the end of the one before it, and it ends no
//     earlier than the group's offset, so that the last record of a key is the newest.
//
// Other tests leave one part of the protocol out at a time, and expect what comes of it: that is why each part is there,
// and what shows that the search can find something. The trace of each is in the log (go test -v).
//
// # What it leaves out
//
// The brokers are those of Kafka 4.1 for the versions of requests that voile sends (broker_test.go). Leaders and
// coordinators do not fail: what they answered is in Kafka's replicated logs. Brokers before Kafka 3.7 do not verify all that
// is written in a transaction (KIP-890, part 1); there exactly once can double, and a test shows how. A producer id that the
// brokers have forgotten (transactional.id.expiration.ms, producer.id.expiration.ms) fences nothing.
//
// A member has one unit here; one that is split off is as another member of the same generation. Batches have one record, a request is sent when it is executed or
// delayed, requests to different partitions of one transaction are not in flight at once. Reading the source, transforming,
// quarantine (another partition of the transaction) and time do not exist: "may" says nothing of how long it takes.
//
// It is a model of the protocol and not of the Go code. That the code follows it is for the fault tests to show.
package protocol
