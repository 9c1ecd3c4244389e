package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// A scripted is a broker of few words: it has the bytes that come back for each request, nil none, or an error, which ends the
// connection.
type scripted struct {
	address string
	asked   chan protocol.ApiKey // every request, as it comes
}

var errHangUp = errors.New("hang up")

// script starts one; answer is given each request of a connection by its number, from 0 on.
func script(t *testing.T, answer func(api protocol.ApiKey, n int) ([]byte, error)) *scripted {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &scripted{address: l.Addr().String(), asked: make(chan protocol.ApiKey, 100)}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn, answer)
		}
	}()
	return s
}

func (s *scripted) serve(conn net.Conn, answer func(api protocol.ApiKey, n int) ([]byte, error)) {
	defer func() { _ = conn.Close() }()
	for n := 0; ; n++ {
		head := make([]byte, 4)
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head))
		if _, err := io.ReadFull(conn, body); err != nil {
			return
		}
		api := protocol.ApiKey(binary.BigEndian.Uint16(body))
		s.asked <- api
		out, err := answer(api, n)
		if err != nil {
			return
		}
		if out != nil {
			_, _ = conn.Write(out)
		}
	}
}

// frame is an answer with its size and correlation id.
func frame(body []byte) []byte {
	return append(putInt32(putInt32(nil, int32(len(body)+4)), correlation), body...)
}

// saslAnswer answers the two requests of SASL: with a code each, and a session of so many milliseconds.
func saslAnswer(api protocol.ApiKey, handshake, authenticate int16, lifetime int64) []byte {
	switch api {
	case protocol.SaslHandshake:
		return frame(putString(putInt32(putInt16(nil, handshake), 1), "SCRAM-SHA-512"))
	case protocol.SaslAuthenticate:
		return frame(putInt64(putBytes(putString(putInt16(nil, authenticate), "planted words"), nil), lifetime))
	}
	return nil
}

func linkTo(s *scripted, password func() (string, error)) *link {
	mechanism, _ := login("plain", "u", password).mechanism()
	return &link{timeout: 300 * time.Millisecond, clientID: "test", mechanism: mechanism}
}

// TestAuthenticationThatFails: what a broker does that is no refusal passes, and what is one does not.
func TestAuthenticationThatFails(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer func(api protocol.ApiKey) ([]byte, error)
		class  Class
		want   string
	}{
		{"cut at the beginning", func(protocol.ApiKey) ([]byte, error) { return nil, errHangUp }, ClassRetry, "closed the connection"},
		{"cut in the middle", func(api protocol.ApiKey) ([]byte, error) {
			if api == protocol.SaslAuthenticate {
				return nil, errHangUp
			}
			return saslAnswer(api, 0, 0, 0), nil
		}, ClassRetry, "closed the connection"},
		{"silent", func(protocol.ApiKey) ([]byte, error) { return nil, nil }, ClassRetry, "i/o timeout"},
		{"refused", func(api protocol.ApiKey) ([]byte, error) { return saslAnswer(api, 0, 58, 0), nil }, ClassStop, "wrong user or password"},
		{"another mechanism", func(api protocol.ApiKey) ([]byte, error) { return saslAnswer(api, 33, 0, 0), nil }, ClassStop, "does not offer SASL PLAIN (set sasl.mechanism to scram-sha-512)"},
		{"no SASL here", func(api protocol.ApiKey) ([]byte, error) { return saslAnswer(api, 34, 0, 0), nil }, ClassStop, "ILLEGAL_SASL_STATE"},
		{"TLS", func(protocol.ApiKey) ([]byte, error) { return []byte{0x15, 3, 3, 0, 2, 2, 70}, nil }, ClassStop, "speaks TLS, and we do not (set kafka.tls"},
		{"an answer without end", func(protocol.ApiKey) ([]byte, error) { return []byte{0, 1, 0, 1}, nil }, ClassRetry, "does not follow the protocol"},
		{"another's answer", func(protocol.ApiKey) ([]byte, error) { return []byte{0, 0, 0, 4, 1, 2, 3, 4}, nil }, ClassRetry, "does not follow the protocol"},
		{"half an answer", func(protocol.ApiKey) ([]byte, error) { return frame([]byte{0}), nil }, ClassRetry, "does not follow the protocol"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := script(t, func(api protocol.ApiKey, _ int) ([]byte, error) { return tc.answer(api) })
			began := time.Now()
			_, err := linkTo(s, say("planted")).dial(t.Context(), "tcp", s.address)
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("it took %s", took)
			}
			if err == nil {
				t.Fatal("no error")
			}
			e := classify(Error{Op: "ask", Partition: -1}, err)
			if e.Class != tc.class {
				t.Errorf("class %s, want %s", e.Class, tc.class)
			}
			contains(t, "message", e.Error(), tc.want)
			if strings.Contains(e.Error(), "planted") {
				t.Errorf("it repeats the broker or the password: %s", e)
			}
		})
	}
}

// TestScramIsBounded: whoever answers in a broker's place can neither keep us busy nor pass for it.
func TestScramIsBounded(t *testing.T) {
	for _, tc := range []struct{ name, challenge, want string }{
		{"as Kafka has it at most", "i=16384", "does not prove"}, // for the nonce is not ours
		{"too many", "i=2000000000", "too many iterations"},
		{"more than a number holds", "i=99999999999999999999", "too many iterations"},
		{"too few", "i=1", "does not prove"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := script(t, func(api protocol.ApiKey, _ int) ([]byte, error) {
				if api == protocol.SaslHandshake {
					return saslAnswer(api, 0, 0, 0), nil
				}
				return frame(putInt64(putBytes(putString(putInt16(nil, 0), ""), []byte("r=planted,s=c2FsdA==,"+tc.challenge)), 0)), nil
			})
			l := linkTo(s, say("p"))
			l.mechanism, _ = login("scram-sha-512", "u", say("p")).mechanism()
			_, err := l.dial(t.Context(), "tcp", s.address)
			if err == nil {
				t.Fatal("no error")
			}
			e := classify(Error{Op: "ask", Partition: -1}, err)
			contains(t, "message", e.Error(), tc.want, "somebody may have taken the broker's place")
			if e.Class != ClassStop || strings.Contains(e.Error(), "planted") {
				t.Errorf("class %s: %s", e.Class, e)
			}
		})
	}
}

// TestRenewalTakesItsTurn: a session is renewed before a request, and not while an answer is awaited; deadlines stay.
func TestRenewalTakesItsTurn(t *testing.T) {
	hold := make(chan struct{})
	s := script(t, func(api protocol.ApiKey, n int) ([]byte, error) {
		if api == protocol.Metadata && n == 3 { // the second of two under way
			<-hold
			return append(frame(nil), frame(nil)...), nil
		}
		return saslAnswer(api, 0, 0, 1200), nil
	})
	conn, err := linkTo(s, say("p")).dial(t.Context(), "tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	metadata := frame([]byte{1, 2, 3, 4, 5, 6})
	copy(metadata[4:], []byte{0, 3, 0, 0})
	ask := func(pieces ...[]byte) {
		t.Helper()
		for _, piece := range pieces {
			if _, err := conn.Write(piece); err != nil {
				t.Fatal(err)
			}
		}
	}
	come := func(want ...protocol.ApiKey) {
		t.Helper()
		for _, api := range want {
			select {
			case got := <-s.asked:
				if got != api {
					t.Fatalf("the broker was asked %s, want %s", got, api)
				}
			case <-time.After(5 * time.Second):
				t.Fatalf("the broker was not asked %s", api)
			}
		}
	}
	come(protocol.SaslHandshake, protocol.SaslAuthenticate)
	ask(metadata[:5])
	time.Sleep(1300 * time.Millisecond)
	ask(metadata[5:]) // in the middle of a request nothing else may come
	come(protocol.Metadata)
	ask(metadata) // nor where its answer is not there yet
	come(protocol.Metadata)
	close(hold)
	if _, err := io.ReadFull(conn, make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	ask(metadata)
	come(protocol.SaslHandshake, protocol.SaslAuthenticate, protocol.Metadata)
	began := time.Now()
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) > time.Second {
		t.Errorf("error %v after %s, want the deadline that was set before the renewal", err, time.Since(began))
	}
}

// TestRenewalThatFails: with nothing to log in with the request is sent all the same; a refusal is an error that passes.
func TestRenewalThatFails(t *testing.T) {
	for _, tc := range []struct {
		name     string
		password func(n int) (string, error)
		second   int16 // the code of the renewal
		want     string
	}{
		{"no password", func(n int) (string, error) {
			if n > 0 {
				return "", errors.New("no file")
			}
			return "p", nil
		}, 0, ""},
		{"refused", func(int) (string, error) { return "p", nil }, 58, "wrong user or password"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := script(t, func(api protocol.ApiKey, n int) ([]byte, error) {
				if api == protocol.Metadata {
					return frame(nil), nil
				}
				if n > 1 {
					return saslAnswer(api, 0, tc.second, 1200), nil
				}
				return saslAnswer(api, 0, 0, 1200), nil
			})
			n := 0
			conn, err := linkTo(s, func() (string, error) { n++; return tc.password(n - 1) }).dial(t.Context(), "tcp", s.address)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			request := frame(nil)
			copy(request[4:], []byte{0, 3, 0, 0})
			var failed error
			for i := range 2 {
				if i == 1 {
					time.Sleep(1300 * time.Millisecond)
				}
				if _, failed = conn.Write(request); failed == nil {
					_, failed = io.ReadFull(conn, make([]byte, 8))
				}
			}
			if tc.want == "" {
				if failed != nil {
					t.Error(failed)
				}
				return
			}
			if failed == nil {
				t.Fatal("no error")
			}
			e := classify(Error{Op: "ask", Partition: -1}, failed)
			contains(t, "message", e.Error(), tc.want)
			if e.Class != ClassRetry {
				t.Errorf("class %s: all was well before, so that it passes", e.Class)
			}
		})
	}
}

// TestTrust: a refusal needs a person at once where nothing was ever well, after a minute where it was, and each broker
// has a minute of its own.
func TestTrust(t *testing.T) {
	refusal := code(58)
	of := func(t *trust, address string) Class { return classify(Error{}, t.judge(address, refusal)).Class }
	var fresh trust
	want(t, "at the start", of(&fresh, "a"), ClassStop)
	var old trust
	old.good("a")
	want(t, "just refused", of(&old, "a"), ClassRetry)
	want(t, "the message", classify(Error{}, old.judge("a", refusal)).Error(), classify(Error{}, refusal).Error())
	old.refused["a"] = time.Now().Add(-trustFor)
	want(t, "refused for a minute", of(&old, "a"), ClassStop)
	want(t, "another broker", of(&old, "b"), ClassRetry)
	old.good("a")
	want(t, "well again", of(&old, "a"), ClassRetry)
	if err := old.judge("a", io.EOF); err != io.EOF {
		t.Errorf("what passes anyhow became %v", err)
	}
}

// TestFrames: however a stream is cut, it has the same frames.
func TestFrames(t *testing.T) {
	for range 200 {
		var stream []byte
		frames, n := frames{}, rand.IntN(20)
		for range n {
			size := rand.IntN(10)
			stream = append(putInt32(stream, int32(size)), make([]byte, size)...)
		}
		tail := rand.IntN(4) // the beginning of another one
		stream = append(stream, make([]byte, tail)...)
		ended := int64(0)
		for len(stream) > 0 {
			k := 1 + rand.IntN(len(stream))
			ended += frames.pass(stream[:k])
			stream = stream[k:]
		}
		if ended != int64(n) {
			t.Fatalf("%d frames, want %d", ended, n)
		}
		if frames.between() != (tail == 0) {
			t.Fatalf("between frames: %t, behind %d bytes of one", frames.between(), tail)
		}
	}
}

// TestTLSErrors holds each trouble with TLS against what is said of it.
func TestTLSErrors(t *testing.T) {
	remote := func(alert tls.AlertError) error { return &net.OpError{Op: "remote error", Err: alert} }
	ended := &x509.Certificate{NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1_700_000_000, 0)}
	later := &x509.Certificate{NotBefore: time.Now().Add(time.Hour), NotAfter: time.Now().Add(2 * time.Hour)}
	odd := &x509.Certificate{DNSNames: []string{"planted\x1b[31m\nevil", "b", "c", "d", "e"}}
	for _, tc := range []struct {
		name  string
		err   error
		bare  bool
		class Class
		want  string // parts, separated by |
	}{
		{"names", x509.HostnameError{Certificate: odd, Host: "h"}, false, ClassStop, "not for h, but for planted31mevil, b, c and 2 others|tls.server_name"},
		{"no name", x509.HostnameError{Certificate: &x509.Certificate{}, Host: "h"}, false, ClassStop, "no name (subjectAltName)"},
		{"authority", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, false, ClassStop, "not trusted|tls.ca"},
		{"expired", &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired, Cert: ended}}, false, ClassStop, "expired at 2023-11-14T22:13:20Z|renew it"},
		{"not yet", x509.CertificateInvalidError{Reason: x509.Expired, Cert: later}, false, ClassStop, "valid only from|clock"},
		{"usage", x509.CertificateInvalidError{Reason: x509.IncompatibleUsage}, false, ClassStop, "not one for servers|serverAuth"},
		{"another reason", x509.CertificateInvalidError{Reason: x509.TooManyIntermediates}, false, ClassStop, "not valid (reason"},
		{"no TLS", tls.RecordHeaderError{Msg: "planted"}, false, ClassStop, "does not speak TLS|remove kafka.tls"},
		{"cut", io.EOF, false, ClassRetry, "closed the connection in the handshake"},
		{"slow", context.DeadlineExceeded, false, ClassRetry, "deadline"},
		{"bad certificate", remote(42), false, ClassStop, "refuses our certificate|ssl.truststore"},
		{"no certificate, says Java", remote(42), true, ClassStop, "wants a certificate of ours|set tls.cert and tls.key"},
		{"no certificate", remote(116), true, ClassStop, "wants a certificate of ours"},
		{"expired certificate", remote(45), false, ClassStop, "our certificate has expired|renew tls.cert"},
		{"old version", remote(70), false, ClassStop, "no version of TLS|ssl.enabled.protocols"},
		{"another alert", remote(80), false, ClassStop, "ends TLS: tls: internal error"},
		{"of the library", errors.New("tls: server selected unsupported protocol version 301"), false, ClassStop, "unsupported protocol version 301|TLS 1.2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := classify(Error{Op: "ask", Partition: -1}, handshakeError(tc.err, "h", tc.bare))
			if e.Class != tc.class {
				t.Errorf("class %s, want %s", e.Class, tc.class)
			}
			contains(t, "message", e.Error(), strings.Split(tc.want, "|")...)
			if strings.ContainsAny(e.Error(), "\x1b\n") {
				t.Errorf("%q", e.Error())
			}
		})
	}
}
