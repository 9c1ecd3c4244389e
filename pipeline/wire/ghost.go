package wire

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// A ghost is a member that we were and are no longer: kafka-go forgets its member id with any error, joins under a new
// one, and where the coordinator could not be reached to be told, that one waits for the old member until its session
// ends. So the old member is made to leave, for as long as its session may last.
//
// The member id belongs to the one goroutine that is in Group.Next.
type ghost struct {
	member  string // of the last generation; "" none
	session time.Duration
	leaving sync.WaitGroup
	life    context.Context // ends with the group
	mu      sync.Mutex      // nothing is begun any more once it is waited for
	stop    context.CancelFunc
}

// lay makes the old member leave if err has made kafka-go forget it.
func (o *ghost) lay(c *Client, group string, err error) {
	if o.member == "" || errors.Is(err, kafka.RebalanceInProgress) {
		return // there is none, or it is still us
	}
	member := o.member
	o.member = ""
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.life.Err() != nil {
		return
	}
	o.leaving.Go(func() {
		ctx, cancel := context.WithTimeout(o.life, o.session)
		defer cancel()
		// Refused as unknown it is gone as well; whatever else fails, its session ends.
		at := Error{Op: "leave", Group: group, Partition: -1}
		_ = c.retry(ctx, at, o.session, func() error { return c.leave(ctx, group, member) }, nil)
	})
}

// end gives up what is not done.
func (o *ghost) end() {
	o.mu.Lock()
	o.stop()
	o.mu.Unlock()
	o.leaving.Wait()
}

// leave sends LeaveGroup v2.
func (c *Client) leave(ctx context.Context, group, member string) error {
	node, err := c.coordinator(ctx, group)
	if err != nil {
		return err
	}
	r := c.begin(protocol.LeaveGroup, 2, node)
	r.head = putString(putString(r.head, group), member)
	return c.doForCode(ctx, r)
}
