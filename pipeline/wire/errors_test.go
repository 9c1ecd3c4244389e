package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
)

// TestTableAgreesWithAnotherClient takes franz-go's table as the judge of names, and of what may be retried.
func TestTableAgreesWithAnotherClient(t *testing.T) {
	n := 0
	for c := int16(-1); c < 300; c++ {
		theirs := kerr.TypedErrorForCode(c)
		if theirs == nil || c != -1 && theirs.Code == -1 {
			continue
		}
		if int(c)+1 >= len(codes) {
			continue // newer than Kafka 4.1
		}
		n++
		ours := lookup(c)
		if ours.name != theirs.Message && c != 6 { // franz-go keeps the name that [6] had before Kafka 2.6
			t.Errorf("code %d: name %s, want %s", c, ours.name, theirs.Message)
		}
		if ours.reason == reasonForeign {
			continue
		}
		passes := ours.class <= ClassCoordinator
		if passes && !theirs.Retriable && !alsoPasses[c] {
			t.Errorf("%s [%d]: we retry, franz-go does not", ours.name, c)
		}
		if !passes && theirs.Retriable {
			t.Errorf("%s [%d]: franz-go retries, we do not", ours.name, c)
		}
	}
	if n < 120 {
		t.Errorf("compared %d codes, want at least 120", n)
	}
}

// alsoPasses are codes that franz-go does not call retriable, and handles elsewhere.
var alsoPasses = map[int16]bool{
	8:   true, // BROKER_NOT_AVAILABLE: our own routing needs new metadata
	11:  true, // STALE_CONTROLLER_EPOCH: as NOT_CONTROLLER
	46:  true, // DUPLICATE_SEQUENCE_NUMBER: success where it counts
	51:  true, // CONCURRENT_TRANSACTIONS: the normal answer right after a transaction has ended
	52:  true, // TRANSACTION_COORDINATOR_FENCED: as NOT_COORDINATOR
	60:  true, // REASSIGNMENT_IN_PROGRESS: passes
	69:  true, // GROUP_ID_NOT_FOUND: another coordinator may know it
	77:  true, // STALE_BROKER_EPOCH: the broker registers anew
	79:  true, // MEMBER_ID_REQUIRED: join again with the id
	107: true, // INELIGIBLE_REPLICA: passes
	129: true, // REBOOTSTRAP_REQUIRED: new metadata
	108: true, // NEW_LEADER_ELECTED: new metadata
}

func TestTable(t *testing.T) {
	if got := lookup(0); got.class != 0 {
		t.Errorf("NONE has class %s", got.class)
	}
	for i, info := range codes {
		if c := i - 1; c != 0 && (info.name == "" || info.class < ClassRetry || info.class > ClassStop || info.reason == "") {
			t.Errorf("code %d is not complete: %+v", c, info)
		}
	}
	for _, c := range []int16{-2, int16(len(codes)), 32000} {
		if got := lookup(c); got.class != ClassStop || got.reason == "" {
			t.Errorf("code %d: %+v, want one that stops", c, got)
		}
	}
}

func TestClasses(t *testing.T) {
	at := Error{Op: "produce", Topic: "events", Partition: 3}
	for _, c := range []struct {
		err   error
		want  Class
		parts string // of the message, separated by |
	}{
		{code(6), ClassRefresh, "kafka: produce of events/3: NOT_LEADER_OR_FOLLOWER [6]: "},
		{fmt.Errorf("wrapped: %w", kafka.Error(58)), ClassStop, "SASL_AUTHENTICATION_FAILED [58]|sasl.password"},
		{kafka.Error(16), ClassCoordinator, "[16]"},
		{code(45), ClassSequence, "[45]"},
		{code(47), ClassGiveUp, "[47]"},
		{code(10), ClassTooLarge, "max.message.bytes"},
		{code(87), ClassRefused, "compacted"},
		{code(120), ClassAbort, "[120]"},
		{io.EOF, ClassRetry, "EOF"},
		{syscall.ECONNREFUSED, ClassRetry, "refused"},
		{fmt.Errorf("no answer: %w", context.DeadlineExceeded), ClassRetry, "no answer"},
		{errNoNode, ClassRetry, "not known"},
		{errAnswer, ClassRetry, "protocol"},
		{&limitError{9, 8}, ClassStop, "an answer of 9 bytes|max.message.bytes"},
		{x509.UnknownAuthorityError{}, ClassStop, "tls.ca"},
		{&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: "h"}}, ClassStop, "tls.server_name"},
		{&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, ClassStop, "renew it"},
		{tls.RecordHeaderError{}, ClassStop, "does not speak TLS"},
		{tls.AlertError(48), ClassStop, "tls.cert"},
		{&credentialsError{errors.New("no file")}, ClassStop, "no password|sasl.password"},
	} {
		e := classify(at, c.err)
		if e.Class != c.want || ClassOf(fmt.Errorf("wrapped: %w", e)) != c.want {
			t.Errorf("%v: class %s, want %s", c.err, e.Class, c.want)
		}
		contains(t, "message", e.Error(), strings.Split(c.parts, "|")...)
	}
	if got := ClassOf(io.EOF); got != 0 {
		t.Errorf("class of a foreign error: %s, want none", got)
	}
	if !errors.Is(classify(at, io.EOF), io.EOF) {
		t.Error("the cause is lost")
	}
}

func TestBackoff(t *testing.T) {
	for n := range 100 {
		d := min(backoffFirst<<min(n, 10), backoffLast)
		for range 100 {
			if got := backoff(n); got < d/2 || got > d {
				t.Fatalf("attempt %d: %s, want %s to %s", n, got, d/2, d)
			}
		}
	}
}

// TestHealthSaysEachChangeOnce drives the log of one operation of three partitions through trouble and back.
func TestHealthSaysEachChangeOnce(t *testing.T) {
	log, seen := logs()
	h := health{log: log}
	at := func(p int) *Error { return &Error{Op: "produce", Topic: "t", Partition: p} }
	e := classify(*at(0), io.EOF)

	h.ill(at(0), e) // a cut connection is no news
	h.well(at(0))
	want(t, "lines after a short trouble", len(seen()), 0)

	for range 3 {
		for p := range 3 {
			h.ill(at(p), e)
		}
		h.trouble["produce"].since = time.Now().Add(-2 * grace)
	}
	for p := range 3 {
		h.well(at(p))
		h.well(at(p))
	}
	got := seen()
	if len(got) != 2 {
		t.Fatalf("%d lines, want 2: %q", len(got), got)
	}
	contains(t, "first line", got[0], "warn", "op=produce", "places=3", "EOF")
	contains(t, "last line", got[1], "info", "well again", "op=produce")
	want(t, "operations in trouble", h.ops.Load(), 0)
}
