package faults

import (
	"net"
	"sync"
	"testing"
	"time"
)

// A link is the network between one voile process and one broker: whatever the process sends to that broker goes through it,
// as the broker advertises the link's address on the listener that the process uses.
type link struct {
	listener net.Listener

	mu     sync.Mutex
	target string
	cut    bool
	delay  time.Duration
	gate   chan struct{} // closed while bytes may pass
	conns  map[net.Conn]struct{}
}

func newLink(t testing.TB) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{listener: listener, gate: make(chan struct{}), conns: map[net.Conn]struct{}{}}
	close(l.gate)
	go l.accept()
	t.Cleanup(func() {
		_ = listener.Close()
		l.Cut()
	})
	return l
}

func (l *link) address() string { return l.listener.Addr().String() }

// to sets where the link leads.
func (l *link) to(target string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.target = target
}

// Cut resets every connection, and each new one, until Heal.
func (l *link) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	l.reset()
	l.open()
}

// Hold lets nothing pass until Heal, and tells nobody: connections stay open, new ones are taken, and nothing answers. What
// is sent meanwhile is late, not lost, as TCP has it.
func (l *link) Hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.gate:
		l.gate = make(chan struct{})
	default:
	}
}

// Delay has every byte come later by d, in both directions.
func (l *link) Delay(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delay = d
}

// Heal ends what Cut, Hold and Delay began. What was held back arrives now, unless it is forgotten: then its connections
// are reset, as by a peer that has been started anew.
func (l *link) Heal(forget bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut, l.delay = false, 0
	if forget {
		l.reset()
	}
	l.open()
}

func (l *link) open() {
	select {
	case <-l.gate:
	default:
		close(l.gate)
	}
}

func (l *link) reset() {
	for conn := range l.conns {
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
	clear(l.conns)
}

func (l *link) accept() {
	for {
		conn, err := l.listener.Accept()
		if err != nil {
			return
		}
		go l.serve(conn)
	}
}

// enter registers a connection; false where the link is cut.
func (l *link) enter(conn net.Conn) (target string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
		return "", false
	}
	l.conns[conn] = struct{}{}
	return l.target, true
}

func (l *link) leave(conns ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
		delete(l.conns, conn)
	}
}

// passing waits until bytes may pass.
func (l *link) passing() {
	l.mu.Lock()
	gate := l.gate
	l.mu.Unlock()
	<-gate
}

func (l *link) late() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.delay
}

func (l *link) serve(near net.Conn) {
	target, ok := l.enter(near)
	if !ok {
		return
	}
	l.passing()
	far, err := net.Dial("tcp", target)
	if err != nil {
		l.leave(near) // as a broker that is down refuses, only a little later
		return
	}
	if _, ok := l.enter(far); !ok {
		l.leave(near)
		return
	}
	var pumps sync.WaitGroup
	pumps.Go(func() { l.pump(far, near) })
	pumps.Go(func() { l.pump(near, far) })
	pumps.Wait()
	l.leave(near, far)
}

type chunk struct {
	due   time.Time
	bytes []byte
}

// pump takes bytes from one side to the other, in order, each when it is due. What the one side sent before it ended is
// delivered all the same.
func (l *link) pump(to, from net.Conn) {
	chunks := make(chan chunk, 64)
	go func() {
		defer close(chunks)
		for {
			b := make([]byte, 32<<10)
			n, err := from.Read(b)
			if n > 0 {
				chunks <- chunk{time.Now().Add(l.late()), b[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	failed := false
	for c := range chunks {
		if failed {
			continue
		}
		time.Sleep(time.Until(c.due))
		l.passing()
		if _, err := to.Write(c.bytes); err != nil {
			failed = true
			l.leave(from) // ends the reads
		}
	}
	if !failed {
		_ = to.(*net.TCPConn).CloseWrite()
	}
}
