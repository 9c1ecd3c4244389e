package wire

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// An impatience dials for kafka-go's ConsumerGroup, which takes a connection that was accepted for a broker that answers.
// A broker that hangs accepts still, for its kernel does: it would be asked where the coordinator is again and again, as
// it comes first in the list; and as the coordinator it would be waited for as long as a join may take, 24 s, while
// another one has been elected after 9 s. So:
//
//   - A connection is handed over only when the broker has answered a first request on it.
//   - An address that hangs is marked, and refused at once where others do not, until it answers: that is looked at all
//     the time.
//   - Where an answer is waited for long, another connection asks whether the broker lives at all. If not, the wait ends.
//   - A deadline of never is one of soon: ConsumerGroup asks a new connection for its versions without one.
type impatience struct {
	inner    dialFunc
	patience time.Duration
	life     context.Context // ends with the client
	brokers  []string

	mu   sync.Mutex
	hung map[string]bool // by address
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// hungPause is the time between two looks at a broker that hangs.
const hungPause = 500 * time.Millisecond

var errHung = errors.New("the broker accepts connections and does not answer")

func newImpatience(life context.Context, dial dialFunc, patience time.Duration, brokers []string) *impatience {
	return &impatience{inner: dial, patience: patience, life: life, brokers: brokers, hung: map[string]bool{}}
}

func (i *impatience) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if i.refuses(address) {
		return nil, errHung
	}
	conn, err := i.greet(ctx, network, address)
	if err != nil {
		if hangs(err) {
			i.note(network, address)
		}
		return nil, err
	}
	return &impatientConn{conn, i, network, address}, nil
}

// refuses says whether an address hangs, and another does not: where all hang one may as well wait for this one.
func (i *impatience) refuses(address string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.hung[address] && slices.ContainsFunc(i.brokers, func(other string) bool { return !i.hung[other] })
}

// hangs says whether an error means that no answer came, rather than a bad one.
func hangs(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

// greet makes a connection on which the broker has answered.
func (i *impatience) greet(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, i.patience)
	defer cancel()
	conn, err := i.inner(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if s, ok := conn.(*session); ok {
		deadline, _ := ctx.Deadline()
		_ = conn.SetDeadline(deadline)
		if _, err := s.ask(protocol.ApiVersions, 0, nil); err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	return conn, conn.SetDeadline(time.Time{})
}

// note marks an address, and looks at it until it does not hang any more.
func (i *impatience) note(network, address string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.hung[address] {
		return
	}
	i.hung[address] = true
	go func() {
		for pause(i.life, hungPause) && i.stillHangs(i.life, network, address) {
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		delete(i.hung, address)
	}()
}

func (i *impatience) stillHangs(ctx context.Context, network, address string) bool {
	conn, err := i.greet(ctx, network, address)
	if err != nil {
		return hangs(err)
	}
	_ = conn.Close()
	return false
}

type impatientConn struct {
	net.Conn
	of               *impatience
	network, address string
}

// Read is net.Conn's. It is called where an answer is waited for.
func (c *impatientConn) Read(b []byte) (int, error) {
	reading, read := context.WithCancel(c.of.life)
	doubt := time.AfterFunc(c.of.patience, func() { c.doubt(reading) })
	n, err := c.Conn.Read(b)
	doubt.Stop()
	read()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.of.note(c.network, c.address)
	}
	return n, err
}

// doubt ends a wait for a broker that does not live.
func (c *impatientConn) doubt(reading context.Context) {
	for !c.of.stillHangs(reading, c.network, c.address) {
		if !pause(reading, c.of.patience) {
			return
		}
	}
	if reading.Err() == nil {
		_ = c.Conn.SetReadDeadline(time.Unix(1, 0)) // it fails where the connection is closed, which serves as well
	}
}

func (c *impatientConn) soon(t time.Time) time.Time {
	if t.IsZero() {
		return time.Now().Add(c.of.patience)
	}
	return t
}

// SetDeadline is net.Conn's.
func (c *impatientConn) SetDeadline(t time.Time) error { return c.Conn.SetDeadline(c.soon(t)) }

// SetReadDeadline is net.Conn's.
func (c *impatientConn) SetReadDeadline(t time.Time) error { return c.Conn.SetReadDeadline(c.soon(t)) }

// SetWriteDeadline is net.Conn's.
func (c *impatientConn) SetWriteDeadline(t time.Time) error {
	return c.Conn.SetWriteDeadline(c.soon(t))
}
