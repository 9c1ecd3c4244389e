package pipeline

import "context"

// A delivery is how what the partitions of one generation write gets to count: how it reaches the brokers, and how the
// group comes to know. plain delivers at least once, units exactly once.
type delivery interface {
	// join gives p a way to write. p.next then is the offset to begin with. It is called for each flow, and waits for as
	// long as nothing can be written.
	join(ctx context.Context, p *partition) (outlet, error)
	// giveUp ends the generation for this member: somebody else has its partitions. It joins the group again.
	giveUp(cause error)
	// run has the group know what is acknowledged, until done is closed: when all partitions have returned, at the end of
	// the generation. Then it leaves nothing behind.
	run(done <-chan struct{})
}

// An outlet is the way of one flow to the brokers. Its stages use it so: begin, Produce as often as the load needs, end;
// begin …; then leave.
type outlet interface {
	// begin is called before l is written. It may wait.
	begin(ctx context.Context, l *load) error
	// Produce writes one batch and returns when all replicas in sync have it: see wire.Producer.Produce.
	Produce(ctx context.Context, topic string, n, count int,
		encode func(id int64, epoch int16, sequence int32) ([]byte, error)) (baseOffset int64, err error)
	// end is called when all of l is written, or with the error because of which it is not.
	end(l *load, err error)
	// leave is called once, when the stages have ended. It returns when everything that was written is acknowledged, or
	// with the error because of which it never will be.
	leave() error

	// moved ends when the flow shall end in order, to go on elsewhere; aborted when what it writes will not count.
	moved() context.Context
	aborted() context.Context
}
