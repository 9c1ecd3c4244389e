package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"voile/config"
	"voile/pipeline"
	"voile/pipeline/wire"
)

// How the brokers are asked: often enough to ride out what passes in a moment (a coordinator that is just being found),
// and well within Bound where one hangs.
const (
	dialTimeout    = 2500 * time.Millisecond
	requestTimeout = 2500 * time.Millisecond
	patience       = 4 * time.Second
	// brokerPatience is for the addresses that are begun with: one that is away holds nobody up, if another one answers.
	brokerPatience = time.Second
)

// Kafka looks at the cluster of a configuration. options say how to reach it; their brokers and times are not used.
// partitions is the number of partitions of each topic that could be seen.
func Kafka(ctx context.Context, c *config.Config, options wire.Options) (findings []Finding, partitions map[string]int) {
	options.DialTimeout, options.RequestTimeout = dialTimeout, requestTimeout
	options.StartTimeout, options.DeliveryTimeout = patience, patience
	l := look{config: c, principal: Principal(ctx, c, options.SASL)}
	found, answered := l.brokers(ctx, options)
	found = append(found, kafkaInClear(c)...)
	if answered == "" {
		return append(found, unseen("kafka.topics", "topics, groups and rights", "no broker answered", "")), nil
	}
	options.Brokers = []string{answered}
	client, err := wire.New(options)
	if err != nil {
		return append(found, l.broker("broker "+answered, err, false)), nil
	}
	defer client.Close()
	findings = append(found, l.cluster(ctx, client)...)
	partitions = map[string]int{}
	for name, t := range l.seen.Topics {
		if t.Err == nil {
			partitions[name] = t.Partitions
		}
	}
	return findings, partitions
}

// look is one look at a cluster.
type look struct {
	config    *config.Config
	principal string
	seen      wire.Cluster
}

// topics are all topics of the configuration, each once.
func (l *look) topics() (names []string) {
	for i := range l.config.Routes {
		for _, name := range pipeline.TopicsOf(&l.config.Routes[i]) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// brokers asks every broker of the configuration by itself, so that one wrong name is named, for the topics. It gives the
// address of the first that answered, empty where none did.
func (l *look) brokers(ctx context.Context, options wire.Options) (findings []Finding, answered string) {
	addresses := l.config.Kafka.Brokers
	errs := make([]error, len(addresses))
	var mu sync.Mutex
	each(len(addresses), func(i int) {
		o := options
		o.Brokers, o.StartTimeout = addresses[i:i+1], brokerPatience
		client, err := wire.New(o)
		if err != nil {
			errs[i] = err
			return
		}
		defer client.Close()
		asking, cancel := context.WithTimeout(ctx, Bound)
		defer cancel()
		cluster, err := client.Describe(asking, l.topics()...)
		mu.Lock()
		defer mu.Unlock()
		if errs[i] = err; err == nil && answered == "" {
			answered, l.seen = addresses[i], cluster
		}
	})
	for i, address := range addresses {
		findings = append(findings, l.broker("broker "+address, errs[i], answered != ""))
	}
	return findings, answered
}

const checkBroker = "kafka.broker"

// broker judges what asking a broker of the configuration gave. Where another one answered, one that is away is no failure.
func (l *look) broker(subject string, err error, another bool) Finding {
	switch {
	case err == nil:
		return well(checkBroker, subject, "answers")
	case wire.ClassOf(err) == 0 && !errors.Is(err, context.DeadlineExceeded): // it could not even be asked
		return failed(checkBroker, subject, Stops, err.Error(), "set kafka right in the configuration")
	}
	detail, do := explain(err)
	switch {
	case wire.ClassOf(err) == wire.ClassStop:
		if do == "" {
			do = "correct kafka.sasl and kafka.tls in the configuration"
		}
		return failed(checkBroker, subject, Stops, detail, do)
	case another:
		return warning(checkBroker, subject, detail, "correct the address in kafka.brokers, or bring the broker back; another one answered, so that the work goes on")
	}
	if do == "" {
		do = "check kafka.brokers, that the broker is up, and that nothing between here and there stops connections"
	}
	return failed(checkBroker, subject, Waits, detail, do)
}

// explain splits an error of the wire in what is the case and what to do.
func explain(err error) (detail, do string) {
	var (
		e *wire.Error
		n net.Error
	)
	if errors.As(err, &e) {
		detail, do = e.Reason(), e.Hint()
	} else {
		detail = err.Error()
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		detail = "it closes the connection without an answer"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &n) && n.Timeout():
		detail = "no answer"
	}
	return detail, do
}

// atStart says what run does about an error of the wire: it stops where waiting does not help.
func atStart(err error) AtStart {
	if wire.ClassOf(err) == wire.ClassStop {
		return Stops
	}
	return Waits
}

// cluster asks for the rest, all of it at once, and judges it.
func (l *look) cluster(ctx context.Context, client *wire.Client) []Finding {
	ctx, cancel := context.WithTimeout(ctx, Bound)
	defer cancel()
	var (
		wg       sync.WaitGroup
		nodes    []Finding
		settings = map[string]settings{}
		groups   = map[string]groupAnswer{}
		ids      = map[string]error{}
		producer error
	)
	wg.Go(func() { nodes = l.nodes(ctx, client) })
	wg.Go(func() { ids = l.transactionalIDs(ctx, client) })
	if l.delivers(config.DeliveryAtLeastOnce) {
		wg.Go(func() { _, producer = client.NewProducer(ctx, "", l.config.Limits.TransactionTimeout) })
	}
	wg.Go(func() { settings = l.settings(ctx, client) })
	wg.Go(func() { groups = l.groups(ctx, client) })
	wg.Wait()
	findings := append(nodes, l.judgeTopics()...)
	findings = append(findings, l.judgePartitions()...)
	if l.delivers(config.DeliveryAtLeastOnce) {
		findings = append(findings, l.judgeProducer(producer))
	}
	findings = append(findings, l.judgeSettings(settings)...)
	findings = append(findings, l.judgeGroups(groups)...)
	return append(findings, l.judgeTransactionalIDs(ids)...)
}

// delivers says whether any route has this delivery.
func (l *look) delivers(delivery string) bool {
	return slices.ContainsFunc(l.config.Routes, func(r config.Route) bool { return r.Delivery == delivery })
}

// nodes asks every broker of the cluster at the address that the cluster itself gives for it: clients are sent there,
// whatever they began with.
func (l *look) nodes(ctx context.Context, client *wire.Client) []Finding {
	findings := make([]Finding, len(l.seen.Nodes))
	each(len(findings), func(i int) {
		node := l.seen.Nodes[i]
		subject := fmt.Sprintf("broker %d, advertised as %s", node.ID, node.Address)
		err := client.Reach(ctx, node.ID)
		if err == nil {
			findings[i] = well("kafka.advertised", subject, "answers")
			return
		}
		detail, do := explain(err)
		if do == "" {
			do = "the cluster sends clients to that address: correct advertised.listeners of the broker, or let connections through"
		}
		findings[i] = failed("kafka.advertised", subject, GoesOn, detail, do)
	})
	return findings
}

// settings asks for the settings of every topic that exists.
func (l *look) settings(ctx context.Context, client *wire.Client) map[string]settings {
	var (
		names = slices.DeleteFunc(l.topics(), func(name string) bool { return l.seen.Topics[name].Err != nil })
		mu    sync.Mutex
		out   = make(map[string]settings, len(names))
	)
	each(len(names), func(i int) {
		values, err := client.TopicConfig(ctx, names[i], settingNames()...)
		mu.Lock()
		defer mu.Unlock()
		out[names[i]] = settings{values, err}
	})
	return out
}

type groupAnswer struct {
	state wire.GroupState
	err   error
}

func (l *look) groups(ctx context.Context, client *wire.Client) map[string]groupAnswer {
	var (
		names = l.groupNames()
		mu    sync.Mutex
		out   = make(map[string]groupAnswer, len(names))
	)
	each(len(names), func(i int) {
		state, err := client.DescribeGroup(ctx, names[i])
		mu.Lock()
		defer mu.Unlock()
		out[names[i]] = groupAnswer{state, err}
	})
	return out
}

// probe stands where the transactional id of a source partition has its number. No proxy has such an id, so that none is
// fenced by who takes it.
const probe = "check"

// transactionalIDs takes an id beside those of each source topic's partitions, in each group, under the configured
// time-out. It gives what came of it by group: nil, or the first error.
func (l *look) transactionalIDs(ctx context.Context, client *wire.Client) map[string]error {
	type source struct{ group, topic string }
	var sources []source
	for _, r := range l.config.Routes {
		for _, topic := range r.From {
			sources = append(sources, source{r.Group, topic})
		}
	}
	var (
		mu  sync.Mutex
		out = map[string]error{}
	)
	each(len(sources), func(i int) {
		s := sources[i]
		_, err := client.NewTransactor(ctx, wire.TransactionalPrefix(s.group)+s.topic+"/"+probe, l.config.Limits.TransactionTimeout)
		mu.Lock()
		defer mu.Unlock()
		if out[s.group] == nil {
			out[s.group] = err
		}
	})
	return out
}

func (l *look) groupNames() (names []string) {
	for _, r := range l.config.Routes {
		if !slices.Contains(names, r.Group) {
			names = append(names, r.Group)
		}
	}
	return names
}

// atOnce bounds how many questions of a kind are asked at the same time: each has a connection of its own.
const atOnce = 16

// each calls f for 0 to n-1, some at a time, and returns when all calls have.
func each(n int, f func(i int)) {
	var (
		wg    sync.WaitGroup
		slots = make(chan struct{}, atOnce)
	)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			f(i)
		})
	}
	wg.Wait()
}
