// Package wire speaks with Kafka. It is the only importer of kafka-go under pipeline.
//
// # Contract
//
// Before: the addresses are those of one cluster of Kafka 2.5 or later.
//
// During: every call rides out what passes (a broker that restarts, a leader or coordinator that moves, a connection
// that is cut) by itself, with jittered back-off, and returns when it is done, when its context ends, or when waiting
// does not help. What it returns then is an Error whose Class says what to do. Bytes of records are neither looked into
// nor copied nor kept: a buffer that a call was given is the caller's again once the call has returned, always.
//
// After: Close ends every connection. A Group MUST be closed before its Client, so that it leaves.
//
// # What of kafka-go is used
//
// ConsumerGroup and Generation (membership), Transport (connections by broker), the messages of SCRAM, and nothing else:
// requests are our own bytes through protocol.RawExchanger (exchange.go), connections come ready with TLS and SASL
// (link.go, session.go). Which broker leads a partition is remembered
// here (metadata.go), not by the Transport, which renews its view at random and not when a leader moves.
//
// A connection carries one request at a time, so that each concurrent Fetch has one of its own.
package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"go.uber.org/zap"
)

// Options of a Client. Only Brokers is needed.
type Options struct {
	Brokers  []string // host:port; any of the cluster's
	ClientID string   // shown in the brokers' logs and quotas; default "voile"
	// TLS is asked for each new connection, so that renewed certificates are used without a restart; nil no TLS.
	TLS  func() (*tls.Config, error)
	SASL *SASL
	Log  *zap.Logger // changes of state: one line when something has to wait, one when it goes on; default none

	// DialTimeout bounds the making of a connection with TLS and SASL; default 3 s.
	DialTimeout time.Duration
	// RequestTimeout is the deadline of one attempt, after which a connection counts as dead; default 4 s. A Fetch has
	// its MaxWait on top.
	RequestTimeout time.Duration
	// DeliveryTimeout bounds all attempts of one commit and of getting a producer id; default 2 min. It MUST be well above
	// 10 s: that long all acks=all partitions stand still when a broker is killed. A batch is tried until its context ends.
	DeliveryTimeout time.Duration
	// StartTimeout bounds all attempts of what is asked at the start (Partitions, StartOffset), and how long an unknown
	// topic is waited for anywhere; default 30 s.
	StartTimeout time.Duration
	// MaxAnswer bounds the size of one answer in bytes; default 128 MiB. Only a Fetch comes near it: it gives at least
	// one batch, however large.
	MaxAnswer int
}

func (o *Options) setDefaults() {
	for _, d := range []struct {
		value *time.Duration
		or    time.Duration
	}{
		{&o.DialTimeout, 3 * time.Second}, {&o.RequestTimeout, 4 * time.Second},
		{&o.DeliveryTimeout, 2 * time.Minute}, {&o.StartTimeout, 30 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.or
		}
	}
	if o.ClientID == "" {
		o.ClientID = "voile"
	}
	if o.MaxAnswer == 0 {
		o.MaxAnswer = 128 << 20
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
}

func (o *Options) validate() error {
	if len(o.Brokers) == 0 {
		return errors.New("kafka: no brokers: set kafka.brokers")
	}
	for _, b := range o.Brokers {
		if _, _, err := net.SplitHostPort(b); err != nil {
			return fmt.Errorf("kafka: broker %q: not host:port", b)
		}
	}
	for name, d := range map[string]time.Duration{"dial": o.DialTimeout, "request": o.RequestTimeout,
		"delivery": o.DeliveryTimeout, "start": o.StartTimeout} {
		if d < 0 {
			return fmt.Errorf("kafka: the %s timeout is negative", name)
		}
	}
	return nil
}

// A Client is a connection to one cluster. It is safe for concurrent use.
type Client struct {
	clientID  string
	transport *kafka.Transport
	dialer    *kafka.Dialer // for ConsumerGroup, which does not use the Transport
	brokers   []string

	requestTimeout, deliveryTimeout, startTimeout time.Duration
	maxAnswer                                     int

	metadata     metadata
	coordinators coordinators
	nodes        nodes
	doubts       doubts
	takes        turn // of transactional ids
	health       health
	answered     atomic.Bool // some broker has answered some request

	mu          sync.Mutex
	address     net.Addr  // of the cluster, for the transport; guarded by mu
	reconnected time.Time // guarded by mu

	life context.Context // ends with Close
	stop context.CancelFunc
}

// New makes a Client. It does not connect: the first call does.
func New(o Options) (*Client, error) {
	o.setDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	var mechanism sasl.Mechanism
	if o.SASL != nil {
		m, err := o.SASL.mechanism()
		if err != nil {
			return nil, err
		}
		mechanism = m
	}
	brokers := append([]string(nil), o.Brokers...)
	rand.Shuffle(len(brokers), func(i, j int) { brokers[i], brokers[j] = brokers[j], brokers[i] }) //nolint:gosec // which broker is asked first is no secret
	ctx, cancel := context.WithCancel(context.Background())
	l := &link{dialer: net.Dialer{KeepAlive: 30 * time.Second}, timeout: o.DialTimeout, clientID: o.ClientID, tls: o.TLS, mechanism: mechanism}
	c := &Client{
		clientID: o.ClientID,
		address:  kafka.TCP(brokers...),
		brokers:  brokers,
		transport: &kafka.Transport{
			Dial:        l.dial,
			DialTimeout: o.DialTimeout,
			ClientID:    o.ClientID,
			Context:     ctx,
			// An empty list asks for the brokers alone; nil would ask for every topic of the cluster, again and again.
			MetadataTopics: []string{},
		},
		dialer: &kafka.Dialer{
			ClientID: o.ClientID,
			Timeout:  o.DialTimeout,
			DialFunc: newImpatience(ctx, l.dial, o.DialTimeout, brokers).dial,
		},
		requestTimeout:  o.RequestTimeout,
		deliveryTimeout: o.DeliveryTimeout,
		startTimeout:    o.StartTimeout,
		maxAnswer:       o.MaxAnswer,
		life:            ctx,
		stop:            cancel,
	}
	c.metadata.init()
	c.takes = make(turn, manyTakes)
	c.health.log = o.Log
	return c, nil
}

// Close ends all connections. Calls that are under way return ErrClosed when their attempt has ended.
func (c *Client) Close() {
	c.stop()
	c.transport.CloseIdleConnections()
}
