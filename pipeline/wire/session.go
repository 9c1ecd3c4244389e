package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/sasl"
)

const (
	// maxSaslAnswer bounds one answer of a broker that has not shown yet who it is.
	maxSaslAnswer = 64 << 10
	// renewPart is the part of a session's time after which it is renewed.
	renewPart = 0.8
	// leastSession: brokers take a renewal within a second of the last one for a mistake, and close the connection.
	leastSession = 1100 * time.Millisecond
	// renewPatience bounds one renewal.
	renewPatience = 3 * time.Second
)

// A session is an authenticated connection that stays so.
//
// Brokers with connections.max.reauth.ms, and all that look at a bearer token's life, close a connection at the first
// request behind the end of its session. That costs a request, and the group's connection a rebalance. So a session is
// renewed on the connection itself (KIP-368), where a request is about to be written and no answer is awaited: the time
// at which nobody else uses the connection.
type session struct {
	net.Conn
	link    *link
	address string
	bare    bool // the broker has asked for a certificate of ours, and there is none

	out   frames       // of what is written; one goroutine writes at a time
	in    frames       // of what is read; one goroutine reads at a time
	sent  atomic.Int64 // whole requests
	taken atomic.Int64 // whole answers
	known bool         // the broker has answered something; belongs to who reads

	renew   time.Time // when the session is renewed; zero never. Belongs to who writes.
	mu      sync.Mutex
	inside  bool      // a renewal is under way; guarded by mu
	reading time.Time // the deadlines that the user of the connection wants; guarded by mu
	writing time.Time
}

// authenticate exchanges the messages of SASL. The caller has set a deadline.
func (s *session) authenticate(ctx context.Context) error {
	// With what, before the broker is told: behind that it takes nothing else.
	machine, message, err := s.link.mechanism.Start(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := s.agree(s.link.mechanism.Name()); err != nil {
		return err
	}
	for done := false; !done; {
		in, err := s.ask(protocol.SaslAuthenticate, 1, putBytes(nil, message))
		if err != nil {
			return err
		}
		failed := in.int16()
		in.text() // the broker's words, which we do not repeat
		challenge, lifetime := in.bytes(), in.int64()
		if err := in.err(); err != nil {
			return err
		}
		if failed != 0 {
			return refusal(machine, failed)
		}
		if done, message, err = machine.Next(ctx, challenge); err != nil {
			return unproved(err)
		}
		s.renew = time.Time{}
		if lifetime > 0 {
			part := time.Duration(min(float64(lifetime)*renewPart*float64(time.Millisecond), float64(1<<62)))
			s.renew = began.Add(max(part, leastSession))
		}
	}
	return nil
}

// A refuser is a mechanism's exchange that knows why the broker has refused it.
type refuser interface{ refused() error }

func refusal(machine sasl.StateMachine, failed int16) error {
	if m, ok := machine.(refuser); ok && code(failed) == codeAuthentication {
		if err := m.refused(); err != nil {
			return err
		}
	}
	return code(failed)
}

// unproved is the failure of our side of an exchange. The text of the library is left out: it may quote the broker.
func unproved(err error) error {
	var own *linkError
	if errors.As(err, &own) {
		return err
	}
	return &linkError{what: "the broker does not prove that it knows the password", class: ClassStop, err: err,
		hint: "somebody may have taken the broker's place: check kafka.brokers, and use TLS"}
}

// agree asks for a mechanism.
func (s *session) agree(name string) error {
	in, err := s.ask(protocol.SaslHandshake, 1, putString(nil, name))
	if err != nil {
		return err
	}
	failed := in.int16()
	var offered []string
	for range in.count(2) {
		if m := strings.ToLower(string(in.text())); isMechanism(m) {
			offered = append(offered, m)
		}
	}
	if err := in.err(); err != nil {
		return err
	}
	if code(failed) == codeMechanism && len(offered) > 0 {
		return &linkError{what: "the listener does not offer SASL " + name, class: ClassStop,
			hint: "set sasl.mechanism to " + strings.Join(offered, " or ")}
	}
	return asCode(failed)
}

// ask sends one request and reads its answer. No other request may be under way.
func (s *session) ask(api protocol.ApiKey, version int16, body []byte) (reader, error) {
	b := putInt16(make([]byte, 4, 64+len(body)), int16(api))
	b = putInt32(putInt16(b, version), correlation)
	b = append(putNullable(b, s.link.clientID), body...)
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	if _, err := s.Conn.Write(b); err != nil {
		return reader{}, s.broken(err)
	}
	head := make([]byte, 4)
	if err := s.fill(head); err != nil {
		return reader{}, err
	}
	size := int(int32(binary.BigEndian.Uint32(head)))
	switch {
	case s.inTLS(head):
		return reader{}, errSpeaksTLS
	case size < 4 || size > maxSaslAnswer:
		return reader{}, fmt.Errorf("%w: a size of %d bytes", errAnswer, size)
	}
	answer := make([]byte, size)
	if err := s.fill(answer); err != nil {
		return reader{}, err
	}
	if binary.BigEndian.Uint32(answer) != correlation {
		return reader{}, fmt.Errorf("%w: another correlation id", errAnswer)
	}
	return reader{b: answer[4:]}, nil
}

func (s *session) fill(b []byte) error {
	if _, err := io.ReadFull(s.Conn, b); err != nil {
		return s.broken(err)
	}
	return nil
}

// Write is net.Conn's. The session is renewed first where it is time.
func (s *session) Write(b []byte) (int, error) {
	if !s.renew.IsZero() && s.out.between() && time.Now().After(s.renew) && s.sent.Load() == s.taken.Load() {
		if err := s.renewNow(); err != nil {
			return 0, s.link.trust.judge(s.address, err)
		}
	}
	n, err := s.Conn.Write(b)
	s.sent.Add(s.out.pass(b[:n]))
	return n, s.judge(err)
}

// renewNow authenticates again, under a deadline of its own. Where there is nothing to log in with at the moment, the
// connection goes on as long as the broker lets it.
func (s *session) renewNow() error {
	s.mu.Lock()
	s.inside = true
	err := s.Conn.SetDeadline(time.Now().Add(renewPatience))
	s.mu.Unlock()
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), renewPatience)
		err = s.authenticate(ctx)
		cancel()
	}
	var nothing *credentialsError
	if errors.As(err, &nothing) {
		s.renew, err = time.Now().Add(leastSession), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inside = false
	return errors.Join(err, s.Conn.SetReadDeadline(s.reading), s.Conn.SetWriteDeadline(s.writing))
}

// Read is net.Conn's.
func (s *session) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if n > 0 {
		if !s.known && s.inTLS(b[:n]) {
			return 0, errSpeaksTLS
		}
		s.taken.Add(s.in.pass(b[:n]))
		if !s.known && s.taken.Load() > 0 {
			s.known = true
			s.link.trust.good(s.address)
		}
	}
	return n, s.judge(err)
}

func (s *session) judge(err error) error {
	if err == nil {
		return nil
	}
	return s.link.trust.judge(s.address, s.broken(err))
}

// SetDeadline is net.Conn's.
func (s *session) SetDeadline(t time.Time) error {
	return errors.Join(s.SetReadDeadline(t), s.SetWriteDeadline(t))
}

// SetReadDeadline is net.Conn's.
func (s *session) SetReadDeadline(t time.Time) error {
	return s.deadline(&s.reading, t, s.Conn.SetReadDeadline)
}

// SetWriteDeadline is net.Conn's.
func (s *session) SetWriteDeadline(t time.Time) error {
	return s.deadline(&s.writing, t, s.Conn.SetWriteDeadline)
}

// deadline keeps a deadline for after a renewal, unless it lies in the past: that is how a request is given up.
func (s *session) deadline(kept *time.Time, t time.Time, set func(time.Time) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	*kept = t
	if s.inside && (t.IsZero() || time.Until(t) > 0) {
		return nil
	}
	return set(t)
}

// broken says what a connection that breaks may mean.
func (s *session) broken(err error) error {
	if refused := alertError(err, s.bare); refused != nil {
		return refused
	}
	cut := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	if !cut {
		return err
	}
	e := &linkError{what: "the broker closed the connection", class: ClassRetry, err: err}
	if errors.Is(err, io.EOF) {
		e.err = io.ErrUnexpectedEOF // what is io.EOF kafka-go replaces by an error of its own
	}
	switch answers := s.taken.Load(); {
	case s.link.tls == nil && answers == 0:
		e.first = "the listener may want TLS: set kafka.tls, or use the port of a listener without TLS"
	case s.link.mechanism == nil && answers == 1:
		// Everybody may ask for the versions, which is what kafka-go does first.
		e.first = "the listener may want SASL: set kafka.sasl, or use the port of a listener without SASL"
	case s.bare && answers == 0:
		e.first = "it may want a certificate of ours: set tls.cert and tls.key"
	case s.link.tls != nil && answers == 0:
		e.first = "it may refuse our side of TLS: check tls.cert and tls.key, and the log of the broker"
	}
	return e
}

// errSpeaksTLS: the first bytes of an answer are those of an alert of TLS.
var errSpeaksTLS = &linkError{what: "the listener speaks TLS, and we do not", class: ClassStop,
	hint: "set kafka.tls, or use the port of a listener without TLS"}

// inTLS says whether the first bytes that came are a record of TLS, where we have not begun TLS. As the size of an
// answer they would be 350 MB.
func (s *session) inTLS(b []byte) bool {
	const alert, handshake, major = 0x15, 0x16, 3
	return s.link.tls == nil && len(b) >= 2 && (b[0] == alert || b[0] == handshake) && b[1] == major
}

// frames follows the frames in a stream of bytes: a size of 4 bytes, then as many bytes.
type frames struct {
	head []byte
	left int64
}

// between says whether no frame has begun.
func (f *frames) between() bool { return len(f.head) == 0 && f.left == 0 }

// pass takes the bytes that come next, and gives the number of frames that end in them.
func (f *frames) pass(b []byte) (ended int64) {
	for len(b) > 0 {
		if f.left == 0 {
			n := min(4-len(f.head), len(b))
			f.head, b = append(f.head, b[:n]...), b[n:]
			if len(f.head) < 4 {
				return ended
			}
			f.left = int64(binary.BigEndian.Uint32(f.head))
			f.head = f.head[:0]
			if f.left == 0 {
				ended++
			}
			continue
		}
		n := min(f.left, int64(len(b)))
		f.left, b = f.left-n, b[n:]
		if f.left == 0 {
			ended++
		}
	}
	return ended
}
