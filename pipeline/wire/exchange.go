package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// anyNode routes a request to whichever broker is connected.
const anyNode int32 = -1

// A request is one exchange with a broker: our own bytes out, the answer into our own buffer. It goes through kafka-go's
// Transport, which gives it an authenticated connection, by protocol.RawExchanger.
//
// The versions that are sent are, where that serves, the last ones before KIP-482 (tagged fields): they are simple to
// write, and served by Kafka 2.5 to 4.1 at least. A broker that does not serve one closes the connection without a word.
type request struct {
	api     protocol.ApiKey
	version int16
	node    int32
	any     bool          // another node does as well
	charge  charge        // says whether node still is the one to ask; nil where that does not change
	patient time.Duration // how long the broker is asked to wait before it answers

	head []byte   // size, header and body; the size covers tail as well
	tail [][]byte // what is written after head, the caller's bytes among it; nil none

	answer []byte // reused and grown by need; the answer's body from answer[4:]
	limit  int    // of the answer's size

	mu        sync.Mutex
	abandoned bool
	conn      deadliner     // non-nil while the exchange runs
	done      chan struct{} // closed when it has ended
}

type deadliner interface{ SetDeadline(time.Time) error }

type answered struct{ api protocol.ApiKey }

func (a answered) ApiKey() protocol.ApiKey { return a.api }

var (
	_ protocol.RawExchanger  = (*request)(nil)
	_ protocol.BrokerMessage = (*request)(nil)
)

// correlation is the id of every request: a connection carries one request at a time, and is closed after any error, so
// that an answer cannot belong to another request; the id that comes back is checked all the same.
const correlation = 0x766f696c

// begin starts the bytes of a request: the header (version 1), to which the caller appends the body.
func (c *Client) begin(api protocol.ApiKey, version int16, node int32) *request {
	r := &request{api: api, version: version, node: node, limit: c.maxAnswer}
	b := make([]byte, 4, 256)
	b = putInt16(b, int16(api))
	b = putInt16(b, version)
	b = putInt32(b, correlation)
	r.head = putNullable(b, c.clientID)
	return r
}

// ApiKey is kafka-go's.
func (r *request) ApiKey() protocol.ApiKey { return r.api }

// Required is kafka-go's: every request of ours writes itself.
func (r *request) Required(map[protocol.ApiKey]int16) bool { return true }

// Broker is kafka-go's: it chooses the connection.
func (r *request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	if r.node == anyNode {
		return protocol.Broker{ID: anyNode}, nil
	}
	b, ok := cluster.Brokers[r.node]
	if !ok && r.any {
		return protocol.Broker{ID: anyNode}, nil
	}
	if !ok {
		return b, fmt.Errorf("broker %d: %w", r.node, errNoNode)
	}
	return b, nil
}

// RawExchange is kafka-go's: it is called by the connection's own goroutine.
func (r *request) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	r.mu.Lock()
	if r.abandoned {
		r.mu.Unlock()
		return nil, context.Canceled
	}
	r.done = make(chan struct{})
	r.conn, _ = rw.(deadliner)
	r.mu.Unlock()
	defer close(r.done)

	size := len(r.head) - 4
	for _, b := range r.tail {
		size += len(b)
	}
	binary.BigEndian.PutUint32(r.head, uint32(size))
	if _, err := rw.Write(r.head); err != nil {
		return nil, err
	}
	for _, b := range r.tail {
		if _, err := rw.Write(b); err != nil {
			return nil, err
		}
	}
	return answered{r.api}, r.read(rw)
}

func (r *request) read(rw io.Reader) error {
	r.answer = append(r.answer[:0], 0, 0, 0, 0)
	if _, err := io.ReadFull(rw, r.answer); err != nil {
		return err
	}
	size := int(int32(binary.BigEndian.Uint32(r.answer)))
	if size < 4 {
		return fmt.Errorf("%w: a size of %d bytes", errAnswer, size)
	}
	if size > r.limit {
		return &limitError{size, r.limit}
	}
	r.answer = slices.Grow(r.answer[:0], size)[:size]
	if _, err := io.ReadFull(rw, r.answer); err != nil {
		return err
	}
	if binary.BigEndian.Uint32(r.answer) != correlation {
		return fmt.Errorf("%w: another correlation id", errAnswer)
	}
	return nil
}

// A limitError: an answer is larger than what we are ready to hold.
type limitError struct{ size, limit int }

func (e *limitError) Error() string {
	return fmt.Sprintf("an answer of %d bytes, and the limit is %d", e.size, e.limit)
}

// abandon takes the buffers back: when it returns, no goroutine of kafka-go's touches them any more.
//
// RoundTrip returns as soon as its context ends, while the connection's goroutine goes on writing our head and tail and
// reading into our answer. It is made to stop by a deadline in the past, which also ends the connection.
func (r *request) abandon() {
	r.mu.Lock()
	r.abandoned = true
	conn, done := r.conn, r.done
	r.mu.Unlock()
	if done == nil {
		return
	}
	select {
	case <-done:
		return
	default:
	}
	if conn != nil {
		_ = conn.SetDeadline(time.Unix(1, 0)) // it fails where the connection is closed, which serves as well
	}
	<-done
}

// do sends the request and gives a reader of the answer's body. The answer lies in r.answer.
func (c *Client) do(ctx context.Context, r *request, timeout time.Duration) (reader, error) {
	if r.node == anyNode {
		r.node, r.any = c.nodes.any(), true
	}
	muted := c.nodes.mutedFor(r.node)
	r.patient, timeout = r.patient+muted, timeout+muted
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	bounded, end := context.WithCancelCause(bounded)
	defer end(nil)
	if r.charge != nil {
		watch := time.AfterFunc(c.patience(r), func() { c.watchMove(bounded, r, end) })
		defer watch.Stop()
	}
	_, err := c.transport.RoundTrip(bounded, c.seeds(), r)
	r.abandon()
	if err == nil {
		c.answered.Store(true)
		c.nodes.heard(r.node, true)
		return reader{b: r.answer[4:]}, nil
	}
	if ctx.Err() != nil {
		return reader{}, err // the caller's own end says nothing of the node
	}
	switch {
	case errors.Is(err, errNoNode):
		c.reconnect()
		return reader{}, err
	case errors.Is(context.Cause(bounded), errMoved):
		err = errMoved
	case errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("no answer within %s: %w", timeout, err)
	}
	c.nodes.heard(r.node, false)
	return reader{}, err
}

// doForCode sends a request whose answer is an error code and nothing else.
func (c *Client) doForCode(ctx context.Context, r *request) error {
	in, err := c.do(ctx, r, c.requestTimeout)
	if err != nil {
		return err
	}
	in.int32() // throttle time
	failed := in.int16()
	if err := in.err(); err != nil {
		return err
	}
	return asCode(failed)
}

// reconnect lets the transport forget its connections and its view of the cluster, at most every 100 ms. It is needed
// where that view is missing or old: kafka-go renews it at random within 6 s, and not at all on demand. The transport begins
// again with all the addresses that are known by then.
func (c *Client) reconnect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.reconnected) >= refreshSpacing {
		c.reconnected = now
		c.transport.CloseIdleConnections()
		c.address = kafka.TCP(c.nodes.addresses(c.brokers)...)
	}
}

// seeds are the addresses at which the transport looks for the cluster.
func (c *Client) seeds() net.Addr {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.address
}
