package live

import (
	"fmt"
	"testing"

	"voile/config"
	"voile/pipeline/wire"
)

func TestJudgeTransactionalIDs(t *testing.T) {
	answer := func(code int16, class wire.Class) error {
		return fmt.Errorf("in between: %w", &wire.Error{Op: "init producer id", Code: code, Class: class})
	}
	for _, tc := range []struct {
		name string
		err  error
		want string
		acls []ACL
	}{
		{"well", nil, "", nil},
		{"not allowed", answer(53, wire.ClassStop), "failed stops | transactional ids g/… | User:voile may not write under them | allow it\n",
			[]ACL{{Operation: "Write", Type: "transactional-id", Name: "g/", Prefixed: true}}},
		{"too long", answer(50, wire.ClassStop), "failed stops | transactional ids g/… | limits.transaction_timeout is 30s, which is above the brokers' transaction.max.timeout.ms | " +
			"lower limits.transaction_timeout, or raise transaction.max.timeout.ms\n", nil},
		{"no transaction log", answer(15, wire.ClassCoordinator), "failed waits | transactional ids g/… | COORDINATOR_NOT_AVAILABLE [15]: there is no coordinator yet; normal on a cluster that has just started | " +
			"the brokers keep transactions in the topic __transaction_state: it needs as many brokers as transaction.state.log.replication.factor says when it is made, and transaction.state.log.min.isr of them in sync\n", nil},
		{"away", answer(7, wire.ClassRetry), "failed waits | transactional ids g/… | REQUEST_TIMED_OUT [7]: the replicas did not acknowledge in time; the batch may have been written, and its sequence keeps it from being written twice | \n", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			found := seen(nil).judgeTransactionalIDs(map[string]error{"g": tc.err})
			if got := lines(found); got != tc.want || fmt.Sprint(found[0].ACLs) != fmt.Sprint(tc.acls) {
				t.Errorf("got\n%s%v, want\n%s%v", got, found[0].ACLs, tc.want, tc.acls)
			}
		})
	}
	l := seen(nil)
	l.config.Routes = append(l.config.Routes, config.Route{Group: "g", Delivery: config.DeliveryAtLeastOnce}, config.Route{Group: "h", Delivery: config.DeliveryAtLeastOnce})
	found := l.judgeTransactionalIDs(nil)
	if len(found) != 2 || found[0].Detail != "may write; exactly once, at least once" || found[1].Detail != "may write; at least once" {
		t.Errorf("have %v", found)
	}
}
