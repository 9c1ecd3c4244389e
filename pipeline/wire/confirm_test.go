package wire

import (
	"context"
	"testing"
)

// TestConfirm: the group knows its members and its generation; while a rebalance only begins it stands by them.
func TestConfirm(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 2, nil)
		gen := next(t, join(t, c, name, name))
		during := make(chan error, 1)
		gen.Start(func(ctx context.Context) {
			<-ctx.Done() // a rebalance has begun
			during <- gen.Confirm(t.Context())
		})
		for _, tc := range []struct {
			name   string
			id     int32
			member string
			want   Class
		}{
			{"a member", gen.ID, gen.MemberID, 0},
			{"a generation before", gen.ID - 1, gen.MemberID, ClassGiveUp},
			{"a stranger", gen.ID, "somebody", ClassGiveUp},
		} {
			as := &Generation{ID: tc.id, MemberID: tc.member, GroupID: gen.GroupID, c: c}
			if err := as.Confirm(t.Context()); ClassOf(err) != tc.want {
				t.Errorf("%s: %v, want class %v", tc.name, err, tc.want)
			}
		}
		join(t, c, name, name)
		if err := <-during; err != nil {
			t.Errorf("while a rebalance begins: %v", err)
		}
	})
}
