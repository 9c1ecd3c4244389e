package endtoend

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// deliveries are the two promises that a route can make. Faults are tested under both, by two routes side by side in one
// process, which go through the same fault at the same time.
var deliveries = []string{"exactly_once", "at_least_once"}

// routesConfig has one route for each name, from <name>.raw to <name>, in the group of that name. more gives the further
// settings of a route, each on a line of its own.
func routesConfig(brokers, names []string, more func(name string) []string) string {
	config, _, _ := strings.Cut(flowConfig("", brokers), "routes:\n")
	config += "routes:\n"
	for _, name := range names {
		_, route, _ := strings.Cut(flowConfig(name, brokers, append(more(name), "    group: "+name)...), "routes:\n")
		config += route
	}
	return config
}

// A pair is a site with a route for each delivery: name.exactly_once.raw to name.exactly_once, and so on.
type pair struct {
	*site
	name string
}

// newPair starts a site on a cluster, with its quarantine topic; the other topics are the test's to make.
func newPair(t *testing.T, cluster *kafkatest.Cluster, server *vaulttest.Server, name string) *pair {
	t.Helper()
	cluster.CreateTopic(t, "voile.quarantine", 1, nil)
	p := &pair{name: name}
	var names []string
	for _, d := range deliveries {
		names = append(names, p.sink(d))
	}
	p.site = newSiteWith(t, cluster, server, routesConfig(cluster.Brokers(), names, func(name string) []string {
		return []string{"    delivery: " + strings.TrimPrefix(name, p.name+".")}
	}))
	return p
}

func (p *pair) source(delivery string) string { return p.sink(delivery) + ".raw" }
func (p *pair) sink(delivery string) string   { return p.name + "." + delivery }

// of sums a metric of one route.
func (p *pair) of(delivery, metric string, labels ...string) float64 {
	return p.total(metric, append(labels, fmt.Sprintf("route=%q", p.sink(delivery)))...)
}

// acknowledgedAt is when records of a source partition were last acknowledged; zero where that is not known.
func (p *pair) acknowledgedAt(delivery string, partition int) time.Time {
	v := p.of(delivery, "voile_partition_acknowledged_timestamp_seconds", fmt.Sprintf(`partition="%d"`, partition))
	return time.UnixMilli(int64(v * 1000))
}

// streams write to both sources.
func (p *pair) streams(t *testing.T, partitions, perSecond int) map[string]*stream {
	t.Helper()
	out := map[string]*stream{}
	for _, d := range deliveries {
		out[d] = startStream(t, p.brokers, p.source(d), partitions, perSecond)
	}
	return out
}

// flowing waits until each route has acknowledged n records more than now.
func (p *pair) flowing(t *testing.T, what string, n float64, bound time.Duration) {
	t.Helper()
	for _, d := range deliveries {
		at := p.of(d, "voile_records_total")
		waitFor(t, d+": "+what, bound, func() bool { return p.of(d, "voile_records_total") >= at+n })
	}
}

// audit ends the streams, waits until all is committed, ends the proxy and demands of each sink what was promised. Of at
// least once a sink may hold doubled records where that is said.
func (p *pair) audit(t *testing.T, proxy *proxy, streams map[string]*stream, mayDouble bool) {
	t.Helper()
	sent := map[string][]int64{}
	for _, d := range deliveries {
		sent[d] = streams[d].stop(t)
	}
	for _, d := range deliveries {
		awaitAll(t, p.site, p.sink(d), sent[d], time.Minute)
	}
	proxy.stop(t)
	for _, d := range deliveries {
		doubled := auditSink(t, p.site, p.sink(d), sent[d])
		if doubled > 0 && (d == "exactly_once" || !mayDouble) {
			t.Errorf("%s: %d records are doubled", d, doubled)
		}
	}
}
