package config

import (
	"time"

	"voile/crypto/normalize"
)

var domainForm = &section[Domain]{
	title: "Domains",
	doc: "Under `domains.<name>`. A name is at most 63 small letters, digits and `-`, a letter first; it shows in every token. The domain " +
		"owns method and normalizer, so that equal people get equal tokens in every channel.",
	settings: []setting[Domain]{
		set("method", enumForm(Tokenize, Hash, Encrypt), func(d *Domain) *string { return &d.Method },
			about{doc: "`tokenize`: equal values get equal tokens, which can be revealed. `hash`: equal values get equal tokens, one-way. " +
				"`encrypt`: every token differs, can be revealed, takes any JSON value.", required: true, example: Tokenize}),
		set("value", enumForm(normalize.Names()...), func(d *Domain) *string { return &d.Value },
			about{doc: "The normalizer that runs before the method; not with `encrypt`.", instead: "`text`", example: "email"}),
		set("region", patternForm("a country", `^[A-Z]{2}$`, "two capital letters, such as FR"), func(d *Domain) *string { return &d.Region },
			about{doc: "With `value: phone`, and required there: the country of numbers written without a country code.", example: "FR"}),
	},
	after: checkDomain,
}

var routeForm = &section[Route]{
	title: "Routes",
	doc: "Under `routes[]`: from source topics to one sink topic. Two source topics may share one sink, in one route or in two; their " +
		"records then mix per partition, each source in its own order.",
	settings: []setting[Route]{
		set("name", routeName, func(r *Route) *string { return &r.Name },
			about{doc: "The route's name, in metrics, logs and sealed records. No two routes share one.", required: true, example: "web"}),
		set("from", listForm[string]{of: topic, what: "a list of topics", same: equal[string]}, func(r *Route) *[]string { return &r.From },
			about{doc: "The source topics.", required: true, example: "[events.web.raw]"}),
		set("to", topic, func(r *Route) *string { return &r.To },
			about{doc: "The sink topic. It is nobody's source in this file.", required: true, example: "events.web"}),
		set("group", textForm("the name of a consumer group", nil, nil), func(r *Route) *string { return &r.Group },
			about{doc: "The consumer group. Processes with the same file share its partitions.", instead: "`voile-<name>`", example: "voile-web"}),
		set("start", scalarForm[Start]{what: "earliest, latest or an RFC 3339 time", types: []scalarType{textType}, parse: parseStart, print: printStart,
			rules: object{"anyOf": []object{{"enum": []string{StartEarliest, StartLatest}}, {"pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]`}}}},
			func(r *Route) *Start { return &r.Start },
			about{doc: "Where a group begins that has no offsets yet: `earliest`, `latest`, or the first record at or after an RFC 3339 time.", fallback: StartEarliest, example: "2026-01-31T08:00:00Z"}),
		set("partition", enumForm(PartitionSource, PartitionKey), func(r *Route) *string { return &r.Partition },
			about{doc: "`source`: a record keeps its partition number; sources and sink then need equal partition counts. `key`: computed from the key " +
				"after the rules, as the Java client does.", fallback: PartitionSource}),
		set("compression", enumForm(CompressionSource, "none", "gzip", "snappy", "lz4", "zstd"), func(r *Route) *string { return &r.Compression },
			about{doc: "The sink's compression; `source`: as each batch came.", fallback: CompressionSource}),
		set("accept_tokens", boolean, func(r *Route) *bool { return &r.AcceptTokens },
			about{doc: "Whether a value that already is a genuine token of its own domain stays as it is. `false` sends such a record to quarantine: " +
				"somebody who may write to the source could otherwise type another person's token.", fallback: "true"}),
		set("quarantine", topicOf(routeQuarantineForm), func(r *Route) *string { return &r.QuarantineTopic },
			about{doc: "Another quarantine than that of the file.", instead: "that of the file", example: "{topic: voile.quarantine.web}"}),
		set("quarantine_limit", offForm[QuarantineLimit]{limitForm}, func(r *Route) *QuarantineLimit { return &r.QuarantineLimit },
			about{doc: "When a partition stops, because a wrong rule would otherwise seal a whole stream without a sound; or `off`.", example: "{share: 5%, over: 10000}"}),
		set("on_undecodable", enumForm(UndecodableStop, UndecodableSeal), func(r *Route) *string { return &r.OnUndecodable },
			about{doc: "What becomes of a source batch that cannot even be decoded: `stop` stops the partition, `quarantine` seals the raw batch and goes on.", fallback: UndecodableStop}),
		set("delivery", enumForm(DeliveryExactlyOnce, DeliveryAtLeastOnce), func(r *Route) *string { return &r.Delivery },
			about{doc: "`exactly_once`: the records of the sink and of the quarantine and the offsets of the source are committed in one Kafka transaction; consumers of both " +
				"topics set `isolation.level=read_committed`. `at_least_once`: offsets are committed after the records are acknowledged; a crash writes the last records again.", fallback: DeliveryExactlyOnce}),
		set("commit_interval", within(duration, 10*time.Millisecond, 10*time.Second, formatDuration), func(r *Route) *time.Duration { return &r.CommitInterval },
			about{doc: "With `exactly_once`, how long a transaction takes from its first record to its commit, and so by how much consumers that read committed see a record later: it is closed as " +
				"much earlier as closing lately took, after half of the time at the earliest unless it has 64 MiB. With `at_least_once`, how often offsets are committed: a crash writes about so much again.", instead: "`100ms` with `exactly_once`, `1s` with `at_least_once`", example: "200ms"}),
		set("isolation", enumForm(IsolationCommitted, IsolationAll), func(r *Route) *string { return &r.Isolation },
			about{doc: "`read_uncommitted` also takes records of transactions at the source that are still open or were aborted.", fallback: IsolationCommitted}),
		set("on_lost_data", enumForm(LostDataStop, LostDataContinue), func(r *Route) *string { return &r.OnLostData },
			about{doc: "What to do where records were deleted before voile had read them: `stop` stops the partition, `continue` goes on with what is there, and says in the log and in " +
				"`voile_lost_offsets_total` how many offsets are gone.", fallback: LostDataStop}),
		set("source_header", boolean, func(r *Route) *bool { return &r.SourceHeader },
			about{doc: "Whether each record of the sink has a header `voile-source`, the `topic/partition/offset` that it came from, by which a consumer finds doubles. One that the record " +
				"brings along is replaced.", fallback: "false"}),
		set("use", listForm[Use]{of: useForm, what: "a list of profiles", same: func(a, b *Use) bool { return a.Profile == b.Profile }}, func(r *Route) *[]Use { return &r.Use },
			about{doc: "Profiles: the field rules of vendors' envelopes, which stand below `fields`.", instead: "none", example: "[segment, cloudevents]"}),
		set[Route, Guard]("guard", guardForm{}, func(r *Route) *Guard { return &r.Guard },
			about{doc: "What is done about what no rule takes.", instead: "`{mode: report, sample: 1%}`", example: "{mode: tokenize, domains: {email: customer-email}}"}),
		set("fields", listForm[Rule]{of: ruleForm, what: "a list of rules"}, func(r *Route) *[]Rule { return &r.Fields },
			about{doc: "The field rules. Where several select a value, the first wins, as in a firewall.", instead: "**required** without `use`", example: "[{path: $.email, domain: customer-email}]"}),
	},
	either: []string{"fields", "use"},
}

var routeQuarantineForm = &section[Quarantine]{
	title: "Quarantine of a route",
	doc:   "Under `routes[].quarantine`.",
	settings: []setting[Quarantine]{
		set("topic", topic, func(q *Quarantine) *string { return &q.Topic },
			about{doc: "The topic for this route's sealed records.", required: true, example: "voile.quarantine.web"}),
	},
}

// topicOf keeps the one topic of a route's quarantine as a text.
func topicOf(of *section[Quarantine]) mapped[Quarantine, string] {
	return mapped[Quarantine, string]{
		form: of,
		to:   func(_ *walker, _ spot, q *Quarantine) string { return q.Topic },
		from: func(topic *string) Quarantine { return Quarantine{*topic} },
	}
}

var limitForm = &section[QuarantineLimit]{
	title: "Limit of the quarantine",
	doc:   "Under `routes[].quarantine_limit`.",
	settings: []setting[QuarantineLimit]{
		set("share", share, func(l *QuarantineLimit) *float64 { return &l.Share },
			about{doc: "The share of records in quarantine that is too much: more than 0, at most 100 %.", fallback: "20%"}),
		set("over", integerWithoutZero(1, 10_000_000), func(l *QuarantineLimit) *int { return &l.Over },
			about{doc: "The number of records over which it is counted, per partition.", fallback: "1000"}),
	},
}

// integerWithoutZero shows nothing for 0, which stands for off.
func integerWithoutZero(least, most int) scalarForm[int] {
	f := integerForm(least, most)
	f.print = func(v int) (any, bool) { return v, v != 0 }
	return f
}
