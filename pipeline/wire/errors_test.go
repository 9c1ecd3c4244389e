package wire

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"voile/internal/kafkatest"
	"voile/internal/markdown"
)

// TestTableIsKafkas takes Kafka's own table as the judge: each of its codes is in ours once, under its name, and we try
// again where its clients do.
func TestTableIsKafkas(t *testing.T) {
	if testing.Short() {
		t.Skip("needs Kafka's jars: left out under -short")
	}
	n := 0
	for line := range strings.Lines(kafkatest.RunJava(t, "testdata/Codes.java")) {
		var c int16
		var name, retried string
		if _, err := fmt.Sscan(line, &c, &name, &retried); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		n++
		if i := int(c) + 1; i >= len(codes) || codes[i].name != name {
			t.Errorf("%s [%d] is not in the table under its number", name, c)
			continue
		}
		if lookup(c).reason == reasonForeign {
			continue
		}
		passes, theirs := lookup(c).class <= ClassCoordinator, c == 0 || retried != "-"
		if passes && !theirs && !alsoPasses[c] {
			t.Errorf("%s [%d]: we try again, Kafka's clients do not", name, c)
		}
		if passes == theirs && alsoPasses[c] {
			t.Errorf("%s [%d] is no exception: Kafka's clients try again too", name, c)
		}
		if !passes && theirs {
			t.Errorf("%s [%d]: Kafka's clients try again, we do not", name, c)
		}
		if asks := lookup(c).class == ClassRefresh || lookup(c).class == ClassCoordinator; retried == "refresh" && !asks && c != 13 {
			t.Errorf("%s [%d]: Kafka's clients ask where to go, we do not", name, c)
		}
	}
	if n != len(codes) {
		t.Errorf("Kafka has %d codes, the table %d", n, len(codes))
	}
}

// alsoPasses are codes that Kafka's clients do not call retriable, and handle elsewhere.
var alsoPasses = map[int16]bool{
	-1:  true, // UNKNOWN_SERVER_ERROR: for a while, see soonOrNever
	8:   true, // BROKER_NOT_AVAILABLE: our own routing needs new metadata
	11:  true, // STALE_CONTROLLER_EPOCH: as NOT_CONTROLLER
	46:  true, // DUPLICATE_SEQUENCE_NUMBER: success where it counts
	52:  true, // TRANSACTION_COORDINATOR_FENCED: as NOT_COORDINATOR
	55:  true, // OPERATION_NOT_ATTEMPTED: the error of the other part of the request counts
	60:  true, // REASSIGNMENT_IN_PROGRESS: passes
	69:  true, // GROUP_ID_NOT_FOUND: another coordinator may know it
	77:  true, // STALE_BROKER_EPOCH: the broker registers anew
	79:  true, // MEMBER_ID_REQUIRED: join again with the id
	107: true, // INELIGIBLE_REPLICA: passes
	108: true, // NEW_LEADER_ELECTED: new metadata
	129: true, // REBOOTSTRAP_REQUIRED: new metadata
}

// TestClassesAreDocumented: docs/reliability.md has each code in the row of its class, and nothing else.
func TestClassesAreDocumented(t *testing.T) {
	rows := map[string]string{}
	for _, row := range markdown.Read(t, "docs/reliability.md").Section(t, "Kafka's error codes").Table(t) {
		rows[row[0]] = row[len(row)-1]
	}
	for c := ClassRetry; c <= ClassStop; c++ {
		var names []string
		for i, info := range codes {
			if info.class == c && info.reason != reasonForeign {
				names = append(names, fmt.Sprintf("%s %d", info.name, i-1))
			}
		}
		want := strings.Join(names, ", ")
		if c == ClassStop {
			want += "; and all that answer requests which voile does not send"
		}
		if rows[c.String()] != want {
			t.Errorf("the row of class %s has the codes\n%s\nwant\n%s", c, rows[c.String()], want)
		}
	}
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
		{handshakeError(x509.UnknownAuthorityError{}, "h", false), ClassStop, "not trusted|tls.ca"},
		{&credentialsError{what: "no password: no file", hint: "check sasl.password"}, ClassStop, "no password|sasl.password"},
		{&credentialsError{what: "no bearer token: no route", passes: true}, ClassRetry, "no bearer token"},
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
