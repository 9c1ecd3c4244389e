package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"voile/cmd/voile/live"
)

// TestStarting looks at a world that changes from one look to the next.
func TestStarting(t *testing.T) {
	finding := func(at live.AtStart) live.Finding {
		return live.Finding{Subject: "a thing", Detail: "is so", Do: "do this", Result: live.Failed, AtStart: at}
	}
	other := finding(live.Waits)
	other.Subject = "a third"
	warning := live.Finding{Subject: "another", Result: live.Warning}
	for _, tc := range []struct {
		name    string
		looks   [][]live.Finding // the last one for ever
		topics  time.Duration
		failed  string // part of the error; empty for none
		n       int    // looks
		logged  string
		waiting string // part of /readyz after the first look; empty where nothing is waited for
	}{
		{"well at once", [][]live.Finding{nil}, time.Hour, "", 1, "", ""},
		{"a warning", [][]live.Finding{{warning}}, time.Hour, "", 1, "a check at the start warns", ""},
		{"a failure that others do not wait for", [][]live.Finding{{finding(live.GoesOn)}}, time.Hour, "", 1, "a check at the start warns", ""},
		{"a person is needed", [][]live.Finding{{finding(live.Stops), warning}}, time.Hour, "1 check at the start failed (a thing)", 1, "a check at the start failed", ""},
		{"it heals", [][]live.Finding{{finding(live.Waits)}, {finding(live.Waits)}, {warning}}, time.Hour, "", 3,
			"a check at the start failed; trying on,a check at the start warns", "not yet: a thing: is so"},
		{"one thing after the other", [][]live.Finding{{finding(live.Waits)}, {finding(live.Waits), other}, {other}, {warning}}, time.Hour, "", 4,
			"a check at the start failed; trying on,a check at the start failed; trying on,a check at the start warns", "a thing"},
		{"then a person is needed", [][]live.Finding{{finding(live.Waits)}, {finding(live.Stops)}}, time.Hour, "failed", 2,
			"a check at the start failed; trying on,a check at the start failed", "not yet: a thing: is so"},
		{"a topic that comes", [][]live.Finding{{finding(live.WaitsAWhile)}, nil}, time.Hour, "", 2, "a check at the start failed; trying on", "a thing"},
		{"a topic that does not", [][]live.Finding{{finding(live.WaitsAWhile)}}, time.Millisecond, "failed", 2,
			"a check at the start failed; trying on,a check at the start failed", "a thing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			core, logs := observer.New(zap.InfoLevel)
			h, n, readyz := &health{}, 0, ""
			s := newStarting("not yet", h, zap.New(core), func(context.Context) []live.Finding {
				if n++; n == 2 {
					_, readyz = h.ready()
				}
				return tc.looks[min(n, len(tc.looks))-1]
			})
			s.topics = tc.topics
			err := s.until(t.Context(), nil)
			if err == nil && tc.failed != "" || err != nil && (tc.failed == "" || !strings.Contains(err.Error(), tc.failed)) {
				t.Errorf("error %v, want %q", err, tc.failed)
			}
			if n != tc.n {
				t.Errorf("%d looks, want %d", n, tc.n)
			}
			var messages []string
			for _, e := range logs.All() {
				messages = append(messages, e.Message)
			}
			if got := strings.Join(messages, ","); got != tc.logged {
				t.Errorf("logged %q, want %q", got, tc.logged)
			}
			if !strings.Contains(readyz, tc.waiting) {
				t.Errorf("/readyz says %q, want %q", readyz, tc.waiting)
			}
		})
	}
}

// TestStartingEnds: to be ended while it waits is no error, and is heard at once.
func TestStartingEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newStarting("not yet", &health{}, zap.NewNop(), func(context.Context) []live.Finding {
		time.AfterFunc(10*time.Millisecond, cancel)
		return []live.Finding{{Result: live.Failed, AtStart: live.Waits}}
	})
	began := time.Now()
	if err := s.until(ctx, nil); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 400*time.Millisecond { // the wait is half a second at least
		t.Errorf("it took %s", took)
	}
}

func TestHealthWhileStarting(t *testing.T) {
	h := &health{}
	for _, step := range []struct{ what, text, want string }{
		{"a", "no a yet", "waiting: no a yet\n"},
		{"b", "no b yet", "waiting: no a yet\nwaiting: no b yet\n"},
		{"a", "a is away", "waiting: a is away\nwaiting: no b yet\n"},
		{"a", "", "waiting: no b yet\n"},
		{"a", "", "waiting: no b yet\n"},
		{"b", "", "waiting: starting\n"},
	} {
		h.setWaiting(step.what, step.text)
		if code, text := h.ready(); code != 503 || text != step.want {
			t.Errorf("after %q %q: %d %q, want %q", step.what, step.text, code, text, step.want)
		}
	}
}
