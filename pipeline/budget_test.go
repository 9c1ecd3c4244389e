package pipeline

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"voile/pipeline/wire"
)

func TestBudgetHoldsItsBound(t *testing.T) {
	all := newBudget(100, nil)
	var (
		mu       sync.Mutex
		held, up int64
		wg       sync.WaitGroup
	)
	for range 8 {
		own := newBudget(40, all)
		wg.Go(func() {
			for range 500 {
				c, err := own.claim(t.Context(), 30)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				held += 30
				up = max(up, held)
				mu.Unlock()
				mu.Lock()
				held -= 30
				mu.Unlock()
				c.set(0)
			}
		})
	}
	wg.Wait()
	if up > 100 {
		t.Errorf("%d bytes were held at once, want at most 100", up)
	}
	if all.used != 0 {
		t.Errorf("%d bytes are left over", all.used)
	}
}

func TestBudgetWaitsAndLetsGo(t *testing.T) {
	all := newBudget(100, nil)
	a, b := newBudget(100, all), newBudget(100, all)
	first, err := a.claim(t.Context(), 80)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := b.claim(ctx, 30); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a claim beyond the bound: %v, want %v", err, context.DeadlineExceeded)
	}
	if b.used != 0 {
		t.Errorf("a claim that gave up holds %d bytes of its own budget", b.used)
	}
	first.set(300) // what it fetched unpacks to more than the whole
	done := make(chan error)
	go func() {
		c, err := b.claim(t.Context(), 30)
		if err == nil {
			c.set(0)
		}
		done <- err
	}()
	first.set(90)
	select {
	case err := <-done:
		t.Fatal("a claim passed while the budget was full:", err)
	case <-time.After(20 * time.Millisecond):
	}
	first.set(0)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestBudgetServesInOrder: one who claims again at once cannot keep out those who wait.
func TestBudgetServesInOrder(t *testing.T) {
	b := newBudget(10, nil)
	held, err := b.claim(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan *claim)
	go func() {
		c, err := b.claim(t.Context(), 10)
		if err != nil {
			t.Error(err)
		}
		waiting <- c
	}()
	for {
		b.mu.Lock()
		n := len(b.queue)
		b.mu.Unlock()
		if n == 1 {
			break
		}
	}
	gaveUp, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.claim(gaveUp, 1); !errors.Is(err, context.Canceled) {
		t.Fatalf("a claim whose context has ended: %v", err)
	}
	held.set(0)
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := b.claim(soon, 10); err == nil {
		t.Fatal("a claim overtook one that waited")
	}
	(<-waiting).set(0)
	if b.used != 0 || len(b.queue) != 0 {
		t.Errorf("%d bytes and %d waiters are left over", b.used, len(b.queue))
	}
}

// TestBudgetOver: the channel is of the budget that does not hold, and is closed by any release of the asker's own.
func TestBudgetOver(t *testing.T) {
	all := newBudget(100, nil)
	a, b := newBudget(60, all), newBudget(60, all)
	one, two, three := a.none(), a.none(), b.none()
	one.set(30)
	two.set(30)
	if a.over() != nil || b.over() != nil {
		t.Fatal("a full budget is over")
	}
	for name, step := range map[string]struct{ of, other *claim }{"its own": {one, two}, "the process's": {two, three}} {
		step.of.set(31)
		step.other.set(50)
		released := a.over()
		if released == nil {
			t.Fatalf("%s budget is not over with %d of %d and %d of %d", name, a.used, a.max, all.used, all.max)
		}
		two.set(29)
		select {
		case <-released:
		default:
			t.Fatalf("%s budget: a release does not wake who waits", name)
		}
		one.set(30)
		two.set(30)
		three.set(0)
	}
}

func TestBudgetLetsTheLargestPassAlone(t *testing.T) {
	own := newBudget(10, newBudget(20, nil))
	c, err := own.claim(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	c.set(0)
}

// TestQuietPartitionsHoldNothing: a fetch that nothing is expected of waits for no room; what it brings all the same does.
func TestQuietPartitionsHoldNothing(t *testing.T) {
	b := newBudget(10, nil)
	p := &partition{route: &route{memory: newMemory(1), fetchBytes: 1}, budget: b}
	busy, err := b.claim(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.chunk(t.Context(), minFetch)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.adopt(t.Context(), c, &wire.FetchResult{}); err != nil || b.used != 10 {
		t.Fatalf("a fetch that brought nothing: %v; %d bytes are held, want 10", err, b.used)
	}
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := p.adopt(soon, c, &wire.FetchResult{Records: []byte("abc")}); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("what came unexpectedly found room where there is none: %v", err)
	}
	busy.set(8) // there is room for another fetch, and not for all that came: it passes, so that nobody waits behind it for good
	if err := p.adopt(t.Context(), c, &wire.FetchResult{Records: []byte("abc")}); err != nil || b.used != 8+held*3 {
		t.Fatalf("what came unexpectedly: %v; %d bytes are held, want %d", err, b.used, 8+held*3)
	}
	busy.set(0)
	if p.release(c); b.used != 0 {
		t.Errorf("%d bytes are left over", b.used)
	}
}
