package pipeline

import (
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"voile/config"
	"voile/pipeline/transform"
)

// Metrics are the pipeline's figures for Prometheus. No label ever holds anything of a record: routes, topics, domains
// and rules are names of the configuration.
// The one exception are the paths of a guard, which are patterns that hold nothing but names of a schema (package guard).
type Metrics struct {
	records      *prometheus.CounterVec   // route, result
	quarantined  *prometheus.CounterVec   // route, reason
	fields       *prometheus.CounterVec   // route, domain, method
	rules        *prometheus.CounterVec   // route, rule
	unnormalized *prometheus.CounterVec   // route, domain
	accepted     *prometheus.CounterVec   // route, domain
	foreign      *prometheus.CounterVec   // route, domain
	lag          *prometheus.GaugeVec     // route, topic, partition
	stopped      *prometheus.GaugeVec     // route, topic, partition
	fetched      *prometheus.GaugeVec     // route, topic, partition
	acknowledged *prometheus.GaugeVec     // route, topic, partition
	latency      *prometheus.HistogramVec // route
	batchRecords *prometheus.HistogramVec // route, side
	batchBytes   *prometheus.HistogramVec // route, side
	restarts     *prometheus.CounterVec   // route
	lost         *prometheus.CounterVec   // route
	transactions *prometheus.CounterVec   // route
	aborts       *prometheus.CounterVec   // route, reason
	txnSeconds   *prometheus.HistogramVec // route
	txnRecords   *prometheus.HistogramVec // route
	fenced       *prometheus.CounterVec   // route

	guardFound    *prometheus.CounterVec // route, path, kind
	guardLooked   *prometheus.CounterVec // route, mode
	guardUnlisted *prometheus.CounterVec // route
	guardNew      *prometheus.CounterVec // route
}

// The results of a record: in = passed + dropped + quarantined.
const (
	resultPassed      = "passed"
	resultDropped     = "dropped"
	resultQuarantined = "quarantined"
)

// NewMetrics registers the pipeline's metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		reg.MustRegister(c)
		return c
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
		reg.MustRegister(g)
		return g
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
		reg.MustRegister(h)
		return h
	}
	return &Metrics{
		records:      counter("voile_records_total", "Records whose outcome is acknowledged by the brokers, by result: read = passed + dropped + quarantined. A batch that cannot be decoded counts as one.", "route", "result"),
		quarantined:  counter("voile_quarantined_total", "Records that were sealed and set aside, by reason.", "route", "reason"),
		fields:       counter("voile_fields_total", "Values that were replaced, by domain and method; without a domain by what was done, such as redact or mask.", "route", "domain", "method"),
		rules:        counter("voile_rule_matches_total", "Values that a field rule took, again where records are read again after an error; 0 means that the rule never matched.", "route", "rule"),
		unnormalized: counter("voile_values_not_normalized_total", "Values that their domain's normalizer did not understand; they got the token of their trimmed text.", "route", "domain"),
		accepted:     counter("voile_tokens_accepted_total", "Values that already were a genuine token of their domain and stayed as they were.", "route", "domain"),
		foreign:      counter("voile_tokens_foreign_total", "Values in the form of another domain's token; they were treated as plain values.", "route", "domain"),
		lag:          gauge("voile_lag_records", "Records of a source partition that are not yet acknowledged in the sink.", "route", "topic", "partition"),
		stopped:      gauge("voile_partition_stopped", "1 for a source partition that stopped and waits for a person; the log says why.", "route", "topic", "partition"),
		fetched:      gauge("voile_partition_fetched_timestamp_seconds", "When a broker last answered a fetch of a source partition, or the partition was assigned, as Unix time. A quiet partition is fetched all the time.", "route", "topic", "partition"),
		acknowledged: gauge("voile_partition_acknowledged_timestamp_seconds", "When the sink last acknowledged records of a source partition, or the partition was assigned, as Unix time.", "route", "topic", "partition"),
		restarts:     counter("voile_partition_restarts_total", "Times that a source partition was taken up again from its last acknowledged record, after an error that may heal.", "route"),
		lost:         counter("voile_lost_offsets_total", "Offsets of source partitions that were deleted before they were read, and passed over (on_lost_data: continue).", "route"),
		transactions: counter("voile_transactions_committed_total", "Transactions that were committed (delivery: exactly_once).", "route"),
		aborts:       counter("voile_transactions_aborted_total", "Transactions that were aborted, by reason: error, stuck (a partition of the sink did not answer), stopped (a partition waits for a person), fenced (another member took over), end (of the generation). Their records are read and written again.", "route", "reason"),
		txnSeconds:   histogram("voile_transaction_seconds", "From the first record of a transaction to its commit.", prometheus.ExponentialBuckets(0.005, 2, 14), "route"),
		txnRecords:   histogram("voile_transaction_records", "Source records a committed transaction.", prometheus.ExponentialBuckets(1, 4, 11), "route"),
		fenced:       counter("voile_fenced_total", "Times that this process gave all partitions of a route up because another member had taken over.", "route"),
		latency:      histogram("voile_end_to_end_seconds", "From a record's timestamp to its acknowledgement by the sink.", prometheus.ExponentialBuckets(0.005, 2, 16), "route"),

		guardFound:    counter("voile_guard_findings_total", "Identifiers that the guard found where no rule takes them, by the pattern of the path and the kind; with mode report among the sampled records alone.", "route", "path", "kind"),
		guardLooked:   counter("voile_guard_records_total", "Records in which the guard looked for identifiers, by its mode.", "route", "mode"),
		guardUnlisted: counter("voile_guard_unlisted_total", "Members, elements and headers that were removed because neither a rule nor pass lists them (unlisted: deny).", "route"),
		guardNew:      counter("voile_guard_new_members_total", "Members that were never met before in a route's records, each once; the log has their paths.", "route"),

		batchRecords: histogram("voile_batch_records", "Records a batch, read from the source and written to the sink.", prometheus.ExponentialBuckets(1, 4, 8), "route", "side"),
		batchBytes:   histogram("voile_batch_bytes", "Bytes a batch as it travels, read from the source and written to the sink.", prometheus.ExponentialBuckets(256, 4, 8), "route", "side"),
	}
}

// routeMetrics are the metrics of one route with their labels looked up once. They are safe for concurrent use.
type routeMetrics struct {
	all     *Metrics
	route   string
	passed  prometheus.Counter
	dropped prometheus.Counter
	setoff  prometheus.Counter
	restart prometheus.Counter
	lost    prometheus.Counter
	fenced  prometheus.Counter

	transactions           prometheus.Counter
	aborts                 map[abortReason]prometheus.Counter
	txnSeconds, txnRecords prometheus.Observer

	latency prometheus.Observer

	recordsIn, recordsOut, bytesIn, bytesOut prometheus.Observer

	rules []ruleMetrics
}

type ruleMetrics struct {
	matched, replaced, unnormalized, accepted, foreign prometheus.Counter
}

// forRoute looks the labels up, and so makes every figure of the route visible as 0 before anything happened.
func (m *Metrics) forRoute(r *config.Route, c *config.Config) *routeMetrics {
	rm := &routeMetrics{
		all: m, route: r.Name,
		passed:     m.records.WithLabelValues(r.Name, resultPassed),
		dropped:    m.records.WithLabelValues(r.Name, resultDropped),
		setoff:     m.records.WithLabelValues(r.Name, resultQuarantined),
		restart:    m.restarts.WithLabelValues(r.Name),
		lost:       m.lost.WithLabelValues(r.Name),
		fenced:     m.fenced.WithLabelValues(r.Name),
		aborts:     map[abortReason]prometheus.Counter{},
		latency:    m.latency.WithLabelValues(r.Name),
		recordsIn:  m.batchRecords.WithLabelValues(r.Name, "source"),
		recordsOut: m.batchRecords.WithLabelValues(r.Name, "sink"),
		bytesIn:    m.batchBytes.WithLabelValues(r.Name, "source"),
		bytesOut:   m.batchBytes.WithLabelValues(r.Name, "sink"),
	}
	if r.Delivery == config.DeliveryExactlyOnce {
		rm.forTransactions(r.Name)
	}
	for _, reason := range transform.Reasons() {
		m.quarantined.WithLabelValues(r.Name, string(reason))
	}
	for i := range r.Fields {
		rule := &r.Fields[i]
		domain, method := rule.Action.Domain, rule.Action.Kind.String()
		if d, ok := c.Domain(domain); ok {
			method = d.Method
		}
		rm.rules = append(rm.rules, ruleMetrics{
			matched:      m.rules.WithLabelValues(r.Name, ruleLabel(i, rule)),
			replaced:     m.fields.WithLabelValues(r.Name, domain, method),
			unnormalized: m.unnormalized.WithLabelValues(r.Name, domain),
			accepted:     m.accepted.WithLabelValues(r.Name, domain),
			foreign:      m.foreign.WithLabelValues(r.Name, domain),
		})
	}
	return rm
}

// ruleLabel names the rule at place i of a route: `fields[1] $.email`, or of a profile `use[segment] $.userId`.
func ruleLabel(i int, r *config.Rule) string {
	if r.Origin != "" {
		return "use[" + r.Origin + "] " + r.Selector()
	}
	return fmt.Sprintf("fields[%d] %s", i, r.Selector())
}

// forTransactions looks up what only a route has that delivers exactly once.
func (m *routeMetrics) forTransactions(route string) {
	m.transactions = m.all.transactions.WithLabelValues(route)
	m.txnSeconds, m.txnRecords = m.all.txnSeconds.WithLabelValues(route), m.all.txnRecords.WithLabelValues(route)
	for _, reason := range abortReasons {
		m.aborts[reason] = m.all.aborts.WithLabelValues(route, string(reason))
	}
}

// committed notes a transaction, from its first record on, with so many source records.
func (m *routeMetrics) committed(took time.Duration, records int) {
	m.transactions.Inc()
	m.txnSeconds.Observe(took.Seconds())
	m.txnRecords.Observe(float64(records))
}

// aborted notes a transaction.
func (m *routeMetrics) aborted(reason abortReason) { m.aborts[reason].Inc() }

// flush adds what a Transformer counted since the last flush.
func (m *routeMetrics) flush(stats, flushed []transform.RuleStats) {
	add := func(c prometheus.Counter, now, before uint64) {
		if now != before {
			c.Add(float64(now - before))
		}
	}
	for i := range stats {
		now, before, r := &stats[i], &flushed[i], &m.rules[i]
		add(r.matched, now.Matched, before.Matched)
		add(r.replaced, now.Replaced, before.Replaced)
		add(r.unnormalized, now.NotNormalized, before.NotNormalized)
		add(r.accepted, now.Accepted, before.Accepted)
		add(r.foreign, now.Foreign, before.Foreign)
		*before = *now
	}
}

// partitionMetrics are the gauges of one source partition.
type partitionMetrics struct {
	labels                              prometheus.Labels
	vecs                                []*prometheus.GaugeVec
	lag, stopped, fetched, acknowledged prometheus.Gauge
}

// forPartition makes the gauges of a partition that is assigned to us now.
func (m *routeMetrics) forPartition(topic string, partition int, now time.Time) *partitionMetrics {
	p := &partitionMetrics{labels: prometheus.Labels{"route": m.route, "topic": topic, "partition": strconv.Itoa(partition)}}
	gauge := func(v *prometheus.GaugeVec) prometheus.Gauge {
		p.vecs = append(p.vecs, v)
		return v.With(p.labels)
	}
	p.lag, p.stopped = gauge(m.all.lag), gauge(m.all.stopped)
	p.fetched, p.acknowledged = gauge(m.all.fetched), gauge(m.all.acknowledged)
	at(p.fetched, now)
	at(p.acknowledged, now)
	return p
}

// at sets a gauge to a time.
func at(g prometheus.Gauge, t time.Time) { g.Set(float64(t.UnixMilli()) / 1000) }

// gone takes the gauges away with the partition: a lag that nobody updates is a lie.
func (p *partitionMetrics) gone() {
	for _, v := range p.vecs {
		v.Delete(p.labels)
	}
}
