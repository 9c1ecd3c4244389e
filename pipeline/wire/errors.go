package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/segmentio/kafka-go"
)

// A Class says what to do about an error, and so who does it: docs/reliability.md has the same as a table.
type Class int8

// Wire acts on the first four by itself (retry.go), so that a caller sees them only when a budget of time is used up. The
// others go to the caller at once.
const (
	// ClassRetry: nothing is wrong with the request; send the same again, here.
	ClassRetry Class = iota + 1
	// ClassRefresh: the partition is led by another broker; new metadata, then the same again.
	ClassRefresh
	// ClassCoordinator: the group or transaction is looked after by another broker; find it, then the same again.
	ClassCoordinator
	// ClassSequence: the broker does not know what the producer wrote before. A Producer takes a fresh producer id and goes
	// on; in a transaction it is ClassAbort.
	ClassSequence
	// ClassAbort: the transaction has to be aborted, then its records are written again in a new one.
	ClassAbort
	// ClassGiveUp: somebody else owns the partition now; drop it without a commit, and join the group again.
	ClassGiveUp
	// ClassOutOfRange: the offset that was asked for is not there, or no longer there.
	ClassOutOfRange
	// ClassTooLarge: split the batch; a single record goes to quarantine.
	ClassTooLarge
	// ClassRefused: the broker refuses a record for what it is; find it by halving the batch, quarantine it.
	ClassRefused
	// ClassStop: waiting does not help; stop what needs it and tell a human.
	ClassStop
)

// String names the class.
func (c Class) String() string {
	names := [...]string{"none", "retry", "refresh", "coordinator", "sequence", "abort", "give up", "out of range",
		"too large", "refused", "stop"}
	if c < 0 || int(c) >= len(names) {
		return fmt.Sprintf("class %d", int8(c))
	}
	return names[c]
}

// ClassOf gives the class of an error that this package returned, and 0 for any other, the context's errors too.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return 0
}

// Forbidden says whether an authorizer of Kafka's refused an operation on a topic, a group, a transactional id or the
// cluster. A right can be given back: the same may be tried again later, and nothing is lost by that.
func Forbidden(err error) bool {
	switch codeOf(err) {
	case codeTopicAuthorization, codeGroupAuthorization, codeClusterAuthorization, codeTransactionalIDAuthorization:
		return true
	}
	return false
}

// codeOf gives the error code that a broker answered with, 0 where there is none: of an Error, or of an attempt's error that
// is not classified yet.
func codeOf(err error) int16 {
	var e *Error
	var c code
	switch {
	case errors.As(err, &e):
		return e.Code
	case errors.As(err, &c):
		return int16(c)
	}
	return 0
}

// An Error is what could not be done, where, why, and what to do about it. It never holds a byte of a record, and never
// a text that a broker sent.
type Error struct {
	Op        string // "fetch", "produce", …
	Topic     string // "" none
	Partition int    // -1 none
	Group     string // "" none

	TransactionalID string // "" none

	Code   int16 // Kafka's error code; 0 where no broker gave one
	Class  Class
	Err    error         // the cause, where it is no error code
	Waited time.Duration // how long it was retried; 0 where it was returned at once

	hint string
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Error gives the message, in one line.
func (e *Error) Error() string {
	s := "kafka: " + e.Op
	switch {
	case e.Group != "":
		s += " of group " + e.Group
	case e.TransactionalID != "" && e.Topic == "":
		s += " of transactional id " + e.TransactionalID
	case e.Topic != "" && e.Partition >= 0:
		s += fmt.Sprintf(" of %s/%d", e.Topic, e.Partition)
	case e.Topic != "":
		s += " of " + e.Topic
	}
	if e.Waited > 0 {
		s += fmt.Sprintf(": given up after %s", e.Waited.Round(time.Millisecond))
	}
	if r := e.Reason(); r != "" {
		s += ": " + r
	}
	if e.hint != "" {
		s += " (" + e.hint + ")"
	}
	return s
}

// Reason is why, without what was tried, where, and what to do.
func (e *Error) Reason() string {
	switch {
	case e.Code != 0:
		info := lookup(e.Code)
		return fmt.Sprintf("%s [%d]: %s", info.name, e.Code, info.reason)
	case e.Err != nil:
		return e.Err.Error()
	}
	return ""
}

// Hint says what to do, where the reason does not; else it is empty.
func (e *Error) Hint() string { return e.hint }

// code is an error that a broker gave as a number.
type code int16

func (c code) Error() string { return fmt.Sprintf("%s [%d]", lookup(int16(c)).name, int16(c)) }

// asCode makes nil of 0.
func asCode(c int16) error {
	if c == 0 {
		return nil
	}
	return code(c)
}

// ErrClosed is returned by what is used after Close.
var ErrClosed = errors.New("kafka: closed")

// errNoNode: the transport does not know the broker's address, because it has not asked yet, could not ask, or asked too
// long ago.
var errNoNode = errors.New("the address of the broker is not known")

// errAnswer: a broker's answer is not what the protocol says. The connection is at fault more often than the broker.
var errAnswer = errors.New("the broker's answer does not follow the protocol")

// classify turns any error of an attempt into an Error for the given place.
func classify(at Error, err error) *Error {
	e := at
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var c code
	var k kafka.Error
	switch {
	case errors.As(err, &c):
		e.Code = int16(c)
		e.Class = lookup(e.Code).class
	case errors.As(err, &k):
		e.Code = int16(k)
		e.Class = lookup(e.Code).class
	default:
		e.Err = err
		e.Class, e.hint = classOfConnection(err)
	}
	return &e
}

// classOfConnection judges an error that no broker gave a code for. Almost all of them pass: a broker is restarted, a
// connection was cut because its authentication has aged (connections.max.reauth.ms), a name does not resolve for a
// moment. What does not pass is trust, which a human has to set right.
func classOfConnection(err error) (Class, string) {
	var (
		link   *linkError
		secret *credentialsError
		limit  *limitError
	)
	switch {
	case errors.As(err, &link):
		return link.class, link.hint
	case errors.As(err, &limit):
		return ClassStop, "lower max.message.bytes of the topic"
	case errors.As(err, &secret) && secret.passes:
		return ClassRetry, secret.hint
	case errors.As(err, &secret):
		return ClassStop, secret.hint
	}
	return ClassRetry, ""
}

// hintFirst is added where not one request was ever answered.
func hintFirst(err error) string {
	var link *linkError
	switch {
	case errors.As(err, &link) && link.first != "":
		return link.first
	case errors.As(err, &link) && link.hint != "":
		return link.hint
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.DeadlineExceeded):
		return "no broker ever answered: check the addresses, and whether the listener wants TLS or SASL"
	}
	return "no broker ever answered: check kafka.brokers"
}
