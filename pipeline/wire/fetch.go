package wire

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol"

	"voile/pipeline/batch"
)

// A FetchRequest asks for the record batches of one partition from an offset on.
type FetchRequest struct {
	Topic     string
	Partition int
	Offset    int64
	// MaxBytes is where the broker stops adding batches. It gives the first one however large, so that a reader never
	// stands still.
	MaxBytes int
	// MaxWait is how long the broker waits for a record where there is none yet.
	MaxWait time.Duration
	// ReadCommitted ends the answer at the last stable offset, and lists the aborted transactions in it. It does not
	// leave their records out: batch.AbortedFilter does.
	ReadCommitted bool
}

// A FetchResult is what a Fetch gave.
type FetchResult struct {
	HighWatermark    int64 // one past the last record that may be read
	LastStableOffset int64 // the same with ReadCommitted; without it the high watermark
	LogStartOffset   int64 // of the first record that is still there
	// Aborted lists the aborted transactions that reach into Records.
	Aborted []batch.AbortedTransaction
	// Records is a sequence of whole record batches, the first of which may begin before the wanted offset, with
	// perhaps a cut one at its end. Empty: nothing came within MaxWait. It aliases Buffer.
	Records []byte
	// Buffer is the buffer that was given, perhaps made larger. Once Records is not needed any more it can be given to
	// another Fetch.
	Buffer []byte
}

// Fetch reads from a partition into buf, which may be nil, and which is the caller's again on return. It rides out what
// passes for as long as ctx lets it.
//
// Where the offset is not in the partition, the error has ClassOutOfRange, and the result's LogStartOffset and
// HighWatermark say what is: an offset below the first was deleted by retention, one above the second was never there.
//
// One above is believed only if the cluster says so for a request timeout. A broker that stood still while others elected a
// leader takes itself for the leader when it goes on, and misses what was written meanwhile.
func (c *Client) Fetch(ctx context.Context, req FetchRequest, buf []byte) (FetchResult, error) {
	res := FetchResult{Buffer: buf}
	at := Error{Op: "fetch", Topic: req.Topic, Partition: req.Partition}
	var since time.Time
	for {
		err := c.retry(ctx, at, forever, func() error { return c.fetchOnce(ctx, &req, &res) }, nil)
		if ClassOf(err) != ClassOutOfRange {
			return res, err
		}
		if since.IsZero() {
			since = time.Now()
		}
		c.metadata.forget(req.Topic)
		if err := c.bounds(ctx, &req, &res); err != nil {
			return res, err
		}
		if req.Offset < res.LogStartOffset || time.Since(since) >= c.requestTimeout {
			return res, err
		}
		if !pause(ctx, backoffLast) {
			return res, fmt.Errorf("kafka: %s: %w", at.Op, context.Cause(ctx))
		}
	}
}

// bounds asks which offsets the partition has.
func (c *Client) bounds(ctx context.Context, req *FetchRequest, res *FetchResult) error {
	start, err := c.StartOffset(ctx, req.Topic, req.Partition, Earliest)
	if err != nil {
		return err
	}
	end, err := c.EndOffset(ctx, req.Topic, req.Partition)
	res.Records, res.LogStartOffset, res.HighWatermark, res.LastStableOffset = nil, start, end, end
	return err
}

// fetchOnce sends Fetch v11, without a fetch session: one partition a request.
func (c *Client) fetchOnce(ctx context.Context, req *FetchRequest, res *FetchResult) error {
	node, err := c.leader(ctx, req.Topic, req.Partition)
	if err != nil {
		return err
	}
	r := c.begin(protocol.Fetch, 11, node)
	b := putInt32(r.head, -1) // replica: none
	b = putInt32(b, int32(req.MaxWait/time.Millisecond))
	b = putInt32(b, 1) // min bytes
	b = putInt32(b, int32(req.MaxBytes))
	isolation := byte(0)
	if req.ReadCommitted {
		isolation = 1
	}
	b = append(b, isolation)
	b = putInt32(b, 0)  // session id
	b = putInt32(b, -1) // session epoch: no session
	b = putInt32(b, 1)
	b = putString(b, req.Topic)
	b = putInt32(b, 1)
	b = putInt32(b, int32(req.Partition))
	b = putInt32(b, -1) // leader epoch: not checked
	b = putInt64(b, req.Offset)
	b = putInt64(b, -1) // log start offset: for followers
	b = putInt32(b, int32(req.MaxBytes))
	b = putInt32(b, 0)        // forgotten topics
	r.head = putString(b, "") // rack
	r.answer = res.Buffer
	r.charge, r.patient = c.leads(req.Topic, req.Partition), req.MaxWait
	in, err := c.do(ctx, r, req.MaxWait+c.requestTimeout)
	res.Buffer = r.answer
	if err != nil {
		return err
	}
	c.nodes.throttle(node, (&reader{b: in.b}).int32())
	return res.read(&in, req)
}

func (res *FetchResult) read(in *reader, req *FetchRequest) error {
	in.int32() // throttle time
	if c := in.int16(); c != 0 {
		return code(c)
	}
	in.int32() // session id
	if in.count(6) != 1 || string(in.text()) != req.Topic || in.count(42) != 1 || in.int32() != int32(req.Partition) {
		return errAnswer
	}
	failed := in.int16()
	res.HighWatermark = in.int64()
	res.LastStableOffset = in.int64()
	if !req.ReadCommitted { // the broker gives none
		res.LastStableOffset = res.HighWatermark
	}
	res.LogStartOffset = in.int64()
	res.Aborted = res.Aborted[:0]
	for range in.count(16) {
		res.Aborted = append(res.Aborted, batch.AbortedTransaction{ProducerID: in.int64(), FirstOffset: in.int64()})
	}
	in.int32() // preferred read replica: we name no rack, so there is none
	res.Records = in.bytes()
	if failed != 0 {
		return code(failed)
	}
	return in.err()
}
