package wire

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// An impatience dials for kafka-go's ConsumerGroup, and mends two things.
//
// ConsumerGroup asks a new connection for its versions without a deadline: a broker that accepts and then says nothing
// would hold the group for ever. So its connections mean soon where it says never. Everything after that has a deadline
// of its own.
//
// ConsumerGroup asks the first of the brokers that accepts where the coordinator is. A broker that hangs accepts still,
// for its kernel does, and would be asked again and again. So an address that did not answer is passed over for a
// while, where there are others.
type impatience struct {
	inner    dialFunc
	patience time.Duration
	brokers  []string

	mu   sync.Mutex
	hung map[string]time.Time // by address, until when it is passed over
}

// hungFor is short, as the address may be the coordinator's, which has no other.
const hungFor = 5 * time.Second

var errHung = errors.New("the broker accepted a connection and did not answer a moment ago")

func newImpatience(dial dialFunc, patience time.Duration, brokers []string) *impatience {
	return &impatience{inner: dial, patience: patience, brokers: brokers, hung: map[string]time.Time{}}
}

func (i *impatience) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if i.passOver(address) {
		return nil, errHung
	}
	conn, err := i.inner(ctx, network, address)
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
			i.note(address) // it hangs in TLS or SASL
		}
		return nil, err
	}
	return &impatientConn{conn, i, address}, nil
}

// passOver says whether an address hung a moment ago, and is one of several to begin with, of which another did not.
func (i *impatience) passOver(address string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := time.Now()
	hung := func(a string) bool { return now.Before(i.hung[a]) }
	return hung(address) && slices.Contains(i.brokers, address) &&
		slices.ContainsFunc(i.brokers, func(a string) bool { return !hung(a) })
}

func (i *impatience) note(address string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.hung[address] = time.Now().Add(hungFor)
}

type impatientConn struct {
	net.Conn
	of      *impatience
	address string
}

func (c *impatientConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.of.note(c.address)
	}
	return n, err
}

func (c *impatientConn) soon(t time.Time) time.Time {
	if t.IsZero() {
		return time.Now().Add(c.of.patience)
	}
	return t
}

func (c *impatientConn) SetDeadline(t time.Time) error     { return c.Conn.SetDeadline(c.soon(t)) }
func (c *impatientConn) SetReadDeadline(t time.Time) error { return c.Conn.SetReadDeadline(c.soon(t)) }
func (c *impatientConn) SetWriteDeadline(t time.Time) error {
	return c.Conn.SetWriteDeadline(c.soon(t))
}
