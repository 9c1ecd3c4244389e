// Package live looks whether a configuration can work where it stands: it asks the Kafka brokers and Vault, as the proxy
// itself would, and gives a table of findings. `voile check --live` prints it, `voile run` begins with it.
//
// # Contract
//
// Before: a valid configuration. During: everything is asked in parallel, each thing within Bound, so that a broker or a
// Vault that hangs is a finding and not a hang. Nothing is changed anywhere: no topic is made, no group joined, nothing
// committed, no document written. (Transactional ids are taken that no proxy has, which the brokers forget after a week.)
// After: if no finding is Failed, `voile run` works with what was there at that moment.
//
// Findings hold names, numbers and what to do: no secret, and no text that a broker sent. What they say of rights is what
// Kafka's authorizer and Vault's policies answer for the proxy's own login; nothing is guessed.
//
// Asking and judging are apart: kafka.go and vault.go ask, topics.go, groups.go and transactions.go judge and ask nobody.
package live

import (
	"time"

	"voile/crypto/vault"
)

// Bound is how long one thing is asked for at most.
const Bound = 10 * time.Second

// A Result is what came of a check.
type Result string

// The results. Only Failed keeps `voile run` from working.
const (
	OK      Result = "ok"
	Warning Result = "warning"
	Failed  Result = "failed"
	Unseen  Result = "unseen" // it could not be looked at, and may be well or not
)

// AtStart is what `voile run` does about a failure that it finds when it starts.
type AtStart string

// What run does.
const (
	Stops       AtStart = "stops"         // a person is needed
	WaitsAWhile AtStart = "waits a while" // for a topic that is being made
	Waits       AtStart = "waits"         // for what heals by itself
	GoesOn      AtStart = "goes on"       // it does what can be done meanwhile
)

// A Finding is the result of one check of one thing.
type Finding struct {
	Check   string  // what was looked at; one of the names in the documentation, for machines
	Subject string  // of what, as people say it: "source events.web.raw"
	Result  Result  //
	Detail  string  // what is the case
	Do      string  // what to do; empty where nothing is to be done
	AtStart AtStart // of a failure; else empty

	ACLs     []ACL         // that would let the proxy do it
	Missing  []vault.Grant // lines that lack in the proxy's policy in Vault
	Advisory bool          // the ACLs would only let a check see more
}

// An ACL is one right that an administrator of the cluster can give. The words are kafka-acls.sh's.
type ACL struct {
	Operation string // Read, Write, DescribeConfigs, IdempotentWrite
	Type      string // topic, group, transactional-id, cluster
	Name      string // empty for the cluster
	Prefixed  bool   // for all names that begin with Name
}

// Works says whether `voile run` would work: no finding is a failure.
func Works(findings []Finding) bool { return Count(findings, Failed) == 0 }

// Count says how many findings have a result.
func Count(findings []Finding, r Result) (n int) {
	for _, f := range findings {
		if f.Result == r {
			n++
		}
	}
	return n
}

func failed(check, subject string, at AtStart, detail, do string) Finding {
	return Finding{Check: check, Subject: subject, Result: Failed, AtStart: at, Detail: detail, Do: do}
}

func warning(check, subject, detail, do string) Finding {
	return Finding{Check: check, Subject: subject, Result: Warning, Detail: detail, Do: do}
}

func unseen(check, subject, detail, do string) Finding {
	return Finding{Check: check, Subject: subject, Result: Unseen, Detail: detail, Do: do}
}

func well(check, subject, detail string) Finding {
	return Finding{Check: check, Subject: subject, Result: OK, Detail: detail}
}

func (f Finding) allow(acls ...ACL) Finding {
	f.ACLs = acls
	return f
}
