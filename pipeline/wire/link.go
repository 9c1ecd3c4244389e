package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/sasl"
)

// A link makes the connections to brokers: TCP, then TLS, then SASL. kafka-go is handed them ready, because what it does by
// itself has no deadline while it authenticates, takes a connection that is cut meanwhile for a wrong password, and lets
// a session of SASL end that could be renewed (KIP-368).
type link struct {
	dialer    net.Dialer
	timeout   time.Duration // for all of one connection
	clientID  string
	tls       func() (*tls.Config, error) // nil: none
	mechanism sasl.Mechanism              // nil: none
	trust     trust
}

// dial makes a connection, or says in words of our own why there is none.
func (l *link) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	conn, err := l.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	s, err := l.secure(ctx, conn, address)
	if err != nil {
		_ = conn.Close()
		return nil, l.trust.judge(address, err)
	}
	return s, nil
}

// secure puts TLS and SASL on a connection.
func (l *link) secure(ctx context.Context, conn net.Conn, address string) (*session, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: not host:port", address)
	}
	s := &session{Conn: conn, link: l, address: address}
	if l.tls != nil {
		if conn, err = l.handshake(ctx, conn, host, &s.bare); err != nil {
			return nil, err
		}
		s.Conn = conn
	}
	if l.mechanism == nil {
		return s, nil
	}
	if err := s.Conn.SetDeadline(time.Now().Add(l.timeout)); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	err = s.authenticate(ctx)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	return s, s.Conn.SetDeadline(time.Time{})
}

// handshake begins TLS. The name that the certificate must have is the one of this very broker, or tls.server_name for all
// of them. No session is resumed, so that each connection sees whether the certificates are still good. bare is set when the
// broker asks for a certificate of ours, and there is none.
func (l *link) handshake(ctx context.Context, conn net.Conn, host string, bare *bool) (net.Conn, error) {
	config, err := l.tls()
	if err != nil {
		return nil, &linkError{what: err.Error(), hint: "check the files of kafka.tls", class: ClassStop, err: err}
	}
	config = config.Clone()
	if config.ServerName == "" {
		config.ServerName = host
	}
	if config.Certificates == nil && config.GetClientCertificate == nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			*bare = true
			return new(tls.Certificate), nil
		}
	}
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, handshakeError(err, config.ServerName, *bare)
	}
	return secured, nil
}

// A linkError says why there is no connection that can be trusted, or none that a broker trusts. Its text is our own: what
// a broker, or whoever answered in its place, has sent is not in it but for names with harmless characters.
type linkError struct {
	what  string
	hint  string // what to do
	first string // what to do where no broker has answered yet; later it is no news that a connection is cut
	class Class
	err   error // the cause, for errors.Is; never shown, and no code of Kafka's, which would be shown in its place
}

func (e *linkError) Error() string { return e.what }
func (e *linkError) Unwrap() error { return e.err }

// trustFor is how long a broker may refuse us, or show what we do not trust, once all was well: certificates, keys and
// passwords are replaced here and there, and not everywhere at the same moment.
const trustFor = time.Minute

// trust remembers who was trusted, so that what a person has to set right at the start of a process may pass for a while
// later on.
type trust struct {
	mu      sync.Mutex
	ever    bool                 // some broker and we have trusted each other
	refused map[string]time.Time // by address, since when
}

// good notes that the broker at address and we trust each other.
func (t *trust) good(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ever = true
	delete(t.refused, address)
}

// judge lets pass what needs a person otherwise, if all was well before and it has not lasted long.
func (t *trust) judge(address string, err error) error {
	class, hint := classOfLink(err)
	if class != ClassStop {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ever {
		return err
	}
	if t.refused == nil {
		t.refused = map[string]time.Time{}
	}
	now := time.Now()
	if _, ok := t.refused[address]; !ok {
		t.refused[address] = now
	}
	if now.Sub(t.refused[address]) >= trustFor {
		return err
	}
	return &linkError{what: reasonOf(err), hint: hint, class: ClassRetry} // without its cause, which is of another class
}

// classOfLink is the class of an error in the making of a connection, whatever its kind.
func classOfLink(err error) (Class, string) {
	var c code
	if errors.As(err, &c) {
		return lookup(int16(c)).class, ""
	}
	return classOfConnection(err)
}

func reasonOf(err error) string {
	var c code
	if errors.As(err, &c) {
		return (&Error{Code: int16(c)}).Reason()
	}
	return err.Error()
}
