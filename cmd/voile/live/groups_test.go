package live

import (
	"errors"
	"strings"
	"testing"

	"voile/pipeline/wire"
)

func TestJudgeGroup(t *testing.T) {
	in := func(kind, assignor string, topics ...string) groupAnswer {
		return groupAnswer{state: wire.GroupState{State: "Stable", Type: kind, Assignor: assignor, Allowed: all,
			Members: []wire.Member{{ClientID: "other\x1b[2J", Host: "/10.0.0.7", Topics: topics}}}}
	}
	for _, tc := range []struct {
		name   string
		answer groupAnswer
		result Result
		want   string
	}{
		{"new", groupAnswer{state: wire.GroupState{State: "Dead", Allowed: all}}, OK, "nobody is in it"},
		{"ours", in("consumer", "voile-sticky", "web.raw"), OK, "1 member"},
		{"an older voile", in("consumer", "range", "web.raw"), OK, "1 member"},
		{"ours, while it agrees", in("consumer", "", "web.raw"), OK, "1 member"},
		{"ours before a change", in("consumer", "range", "web.raw", "old.raw"), OK, "1 member"},
		{"a stranger", in("consumer", "range", "orders"), Warning, `client "other\x1b[2J" at 10.0.0.7, which reads other topics ("orders")`},
		{"another assignor", in("consumer", "sticky", "web.raw"), Failed, `the assignor "sticky"; voile has voile-sticky, range, roundrobin`},
		{"another protocol", in("connect", "sessioned"), Failed, `the protocol "connect"`},
		{"not allowed", groupAnswer{err: &wire.Error{Code: 30, Class: wire.ClassStop}}, Failed, "may not join it, nor commit"},
		{"described only", groupAnswer{state: wire.GroupState{State: "Empty", Allowed: 1 << wire.Describe}}, Failed, "may not join it, nor commit"},
		{"rights not told", groupAnswer{state: wire.GroupState{State: "Empty"}}, Unseen, "does not tell"},
		{"no coordinator", groupAnswer{err: &wire.Error{Class: wire.ClassRetry, Err: errors.New("away")}}, Failed, "away"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := seen(nil).judgeGroup("g", tc.answer)
			if got.Result != tc.result || !strings.Contains(got.Detail, tc.want) {
				t.Errorf("%s: %s; want %s: %s", got.Result, got.Detail, tc.result, tc.want)
			}
		})
	}
}
