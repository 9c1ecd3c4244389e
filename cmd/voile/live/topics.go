package live

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"voile/config"
	"voile/pipeline"
	"voile/pipeline/wire"
)

// A use is what a topic is for.
type use struct {
	role  string // source, sink, quarantine
	topic string
}

func (u use) subject() string { return u.role + " " + u.topic }

// The roles of topics.
const (
	source     = "source"
	sink       = "sink"
	quarantine = "quarantine"
)

// need is the right that a role needs.
func (u use) need() (wire.Operation, ACL) {
	if u.role == source {
		return wire.Read, ACL{Operation: "Read", Type: "topic", Name: u.topic}
	}
	return wire.Write, ACL{Operation: "Write", Type: "topic", Name: u.topic}
}

// uses are the topics of the configuration with what each is for, in the order of its routes.
func (l *look) uses() (uses []use) {
	add := func(role, topic string) {
		if u := (use{role, topic}); !slices.Contains(uses, u) {
			uses = append(uses, u)
		}
	}
	for _, r := range l.config.Routes {
		for _, from := range r.From {
			add(source, from)
		}
		add(sink, r.To)
	}
	for _, r := range l.config.Routes {
		add(quarantine, r.QuarantineTopic)
	}
	return uses
}

func (l *look) judgeTopics() (findings []Finding) {
	for _, u := range l.uses() {
		findings = append(findings, l.judgeTopic(u, l.seen.Topics[u.topic]))
	}
	return findings
}

func (l *look) judgeTopic(u use, t wire.Topic) Finding {
	const check = "kafka.topic"
	operation, acl := u.need()
	mayNot := fmt.Sprintf("%s may not %s it", l.principal, strings.ToLower(acl.Operation))
	switch {
	case t.Hidden():
		return failed(check, u.subject(), Stops, mayNot+", nor see whether it exists", "allow it, and see that the topic exists").allow(acl)
	case t.Missing():
		return failed(check, u.subject(), WaitsAWhile, "does not exist", l.howToMake(u))
	case t.Err != nil:
		detail, do := explain(t.Err)
		return failed(check, u.subject(), atStart(t.Err), detail, do)
	case t.Allowed.Known() && !t.Allowed.Has(operation):
		return failed(check, u.subject(), Stops, mayNot, "allow it").allow(acl)
	case t.Leaderless > 0:
		return failed(check, u.subject(), GoesOn, fmt.Sprintf("%d of %s have no leader", t.Leaderless, count(t.Partitions, "partition")), "bring the brokers back that have their replicas")
	}
	if !t.Allowed.Known() {
		return unseen(check, u.subject(), count(t.Partitions, "partition")+"; the broker does not tell whether "+l.principal+" may "+strings.ToLower(acl.Operation)+" it", "")
	}
	return well(check, u.subject(), fmt.Sprintf("%s, may %s", count(t.Partitions, "partition"), strings.ToLower(acl.Operation)))
}

// howToMake says how a missing topic has to be.
func (l *look) howToMake(u use) string {
	const other = "create it, or correct its name"
	if u.role != sink {
		return other
	}
	for _, r := range l.config.Routes {
		if r.To != u.topic || r.Partition != config.PartitionSource {
			continue
		}
		for _, from := range r.From {
			if n := l.seen.Topics[from].Partitions; n > 0 {
				return fmt.Sprintf("create it, with %s as the source %s has, or correct its name", count(n, "partition"), from)
			}
		}
	}
	return other
}

// judgePartitions holds the partition counts of each route against each other, as far as they can be seen.
func (l *look) judgePartitions() (findings []Finding) {
	const check = "kafka.partitions"
	for i := range l.config.Routes {
		r := &l.config.Routes[i]
		counts, all := map[string]int{}, true
		for _, name := range pipeline.TopicsOf(r) {
			counts[name] = l.seen.Topics[name].Partitions
			all = all && counts[name] > 0
		}
		subject := "partitions of route " + r.Name
		if !all {
			findings = append(findings, unseen(check, subject, "not all of its topics can be seen", ""))
			continue
		}
		if err := pipeline.CheckPartitions(r, counts); err != nil {
			what, do, _ := strings.Cut(err.Error(), "; ")
			findings = append(findings, failed(check, subject, Stops, what, do))
			continue
		}
		detail := "source and sink have equally many"
		if r.Partition == config.PartitionKey {
			detail = "chosen by key: any numbers will do"
		}
		findings = append(findings, well(check, subject, detail))
	}
	return findings
}

// judgeProducer judges whether a producer id was to be had without a transactional one, which is how a broker says whether
// it takes idempotent batches outside of transactions.
func (l *look) judgeProducer(err error) Finding {
	const check, subject = "kafka.producer", "idempotent producer"
	if err == nil {
		return well(check, subject, "may write")
	}
	detail, do := explain(err)
	if !wire.Forbidden(err) {
		return failed(check, subject, atStart(err), detail, do)
	}
	// Since Kafka 2.8 (KIP-679) Write of any topic brings it with it.
	for _, u := range l.uses() {
		if u.role != source && l.seen.Topics[u.topic].Allowed.Has(wire.Write) {
			return failed(check, subject, Stops, l.principal+" may write, but not idempotently, which before Kafka 2.8 is a right of its own", "allow it").
				allow(ACL{Operation: "IdempotentWrite", Type: "cluster"})
		}
	}
	return failed(check, subject, Stops, l.principal+" may not write to any topic", "allow it for the sinks and the quarantine topics: this one follows")
}

// settings are those of a topic, or why they cannot be seen.
type settings struct {
	values map[string]string
	err    error
}

const (
	cleanupPolicy = "cleanup.policy"
	maxMessage    = "max.message.bytes"
	timestampType = "message.timestamp.type"
	retention     = "retention.ms"
	minInSync     = "min.insync.replicas"
)

// settingNames are the settings that are looked at.
func settingNames() []string {
	return []string{cleanupPolicy, maxMessage, timestampType, retention, minInSync}
}

func (s settings) number(name string) (int64, bool) {
	n, err := strconv.ParseInt(s.values[name], 10, 64)
	return n, err == nil
}

func (s settings) compacted() bool {
	return slices.Contains(strings.Split(strings.ReplaceAll(s.values[cleanupPolicy], " ", ""), ","), "compact")
}

const checkSettings = "kafka.settings"

// judgeSettings judges the settings of the topics that can be seen.
func (l *look) judgeSettings(all map[string]settings) (findings []Finding) {
	for _, u := range l.uses() {
		s, asked := all[u.topic]
		if !asked { // said already: it does not exist, or is hidden
			continue
		}
		subject := "settings of " + u.subject()
		var found []Finding
		switch {
		case wire.Forbidden(s.err):
			f := unseen(checkSettings, subject, l.principal+" may not see them", "nothing has to be done for voile to run; to have them checked, allow it").
				allow(ACL{Operation: "DescribeConfigs", Type: "topic", Name: u.topic})
			f.Advisory = true
			found = []Finding{f}
		case s.err != nil:
			detail, do := explain(s.err)
			found = []Finding{unseen(checkSettings, subject, detail, do)}
		case u.role == sink:
			found = l.judgeSink(u, subject, s, all)
		case u.role == quarantine:
			found = judgeQuarantine(subject, s)
		}
		if u.role != source {
			found = append(found, judgeReplicas(subject, s, l.seen.Topics[u.topic])...)
		}
		if len(found) == 0 {
			found = []Finding{well(checkSettings, subject, s.summary())}
		}
		findings = append(findings, found...)
	}
	return findings
}

// judgeReplicas finds a topic that takes nothing, because every record is to be acknowledged by more replicas than there are.
func judgeReplicas(subject string, s settings, t wire.Topic) []Finding {
	least, ok := s.number(minInSync)
	if !ok || int64(t.InSync) >= least {
		return nil
	}
	do := "bring the brokers back that have the other replicas"
	if int64(t.Replicas) < least {
		do = fmt.Sprintf("give the topic more replicas (it has %d), or lower %s", t.Replicas, minInSync)
	}
	return []Finding{failed(checkSettings, subject, GoesOn,
		fmt.Sprintf("%s is %d, and a partition has %s in sync: nothing can be written to it", minInSync, least, count(t.InSync, "replica")), do)}
}

func (s settings) summary() string {
	text := s.values[cleanupPolicy]
	if text == "" {
		text = "no cleanup.policy"
	}
	if n, ok := s.number(maxMessage); ok {
		text += fmt.Sprintf(", records up to %d bytes", n)
	}
	if n, ok := s.number(retention); ok && !s.compacted() {
		if n < 0 {
			text += ", kept for ever"
		} else {
			text += ", kept for " + keptFor(time.Duration(n)*time.Millisecond)
		}
	}
	return text
}

func keptFor(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return count(int(d/(24*time.Hour)), "day")
	case d >= 2*time.Hour:
		return count(int(d/time.Hour), "hour")
	}
	return d.String()
}

// judgeSink finds what a sink does to records that pass.
func (l *look) judgeSink(u use, subject string, s settings, all map[string]settings) (findings []Finding) {
	if s.values[timestampType] == "LogAppendTime" {
		findings = append(findings, warning(checkSettings, subject, timestampType+" is LogAppendTime: the records' own timestamps are lost in the sink",
			"set it to CreateTime, unless that is meant"))
	}
	most, known := s.number(maxMessage)
	for _, r := range l.config.Routes {
		if r.To != u.topic || !known {
			continue
		}
		for _, from := range r.From {
			if n, ok := all[from].number(maxMessage); ok && n > most {
				findings = append(findings, warning(checkSettings, subject,
					fmt.Sprintf("%s is %d, and the source %s takes %d: records that are larger than the sink takes go to the quarantine", maxMessage, most, from, n),
					"raise it to the source's, and a little more: tokens are longer than what they stand for"))
			}
		}
	}
	for _, r := range l.config.Routes {
		if r.To == u.topic && r.Delivery == config.DeliveryAtLeastOnce && s.compacted() {
			findings = append(findings, warning(checkSettings, subject,
				fmt.Sprintf("%s is %s, and route %s delivers at least once: after a crash its last records are written again, and keys have older values until the last of these has come", cleanupPolicy, s.values[cleanupPolicy], r.Name),
				"set `delivery: exactly_once` on the route, unless readers of the topic may see that"))
		}
	}
	if s.compacted() && len(findings) == 0 {
		findings = append(findings, well(checkSettings, subject, s.summary()+"; a record without a key goes to the quarantine, as a compacted topic takes none"))
	}
	return findings
}

// judgeQuarantine finds what keeps records that are set aside from being there when somebody looks.
func judgeQuarantine(subject string, s settings) (findings []Finding) {
	if most, ok := s.number(maxMessage); ok && most < pipeline.LeastQuarantineMessage {
		findings = append(findings, failed(checkSettings, subject, Stops,
			fmt.Sprintf("%s is %d: sealed records do not fit, not even in parts", maxMessage, most),
			fmt.Sprintf("raise it to %d or more; the default is 1048588", pipeline.LeastQuarantineMessage)))
	}
	if s.compacted() {
		findings = append(findings, failed(checkSettings, subject, Stops,
			cleanupPolicy+" is "+s.values[cleanupPolicy]+": compaction deletes parts of sealed records, which share a key", "set it to delete"))
	}
	return findings
}

// count is "1 rule", "2 rules".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
