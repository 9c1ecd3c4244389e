package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A fault is one kind of step.
type fault struct {
	name        string
	does        func(s *scene, rng *rand.Rand) error
	short, long int // times
	// lacks says what the machine does not have for it; nil where it needs nothing.
	lacks func(s *scene) string
	// voiles and brokers are how many processes of a fleet and how many brokers one time kills.
	voiles, brokers int
}

var faults = []fault{
	{name: "voile: kill -9", does: killVoile, short: 1, long: 13, voiles: 1},
	{name: "voile: kill -9, all", does: killAllVoile, short: 1, long: 4, voiles: slots},
	{name: "voile: halted beyond the session", does: haltVoile, short: 1, long: 3},
	{name: "voile: members come and go", does: changeMembers, short: 1, long: 3},
	{name: "broker: kill -9, leader", does: killLeader, short: 1, long: 4, brokers: 1},
	{name: "broker: kill -9, group coordinator", does: killGroupCoordinator, short: 1, long: 4, brokers: 1},
	{name: "broker: kill -9, txn coordinator", does: killTransactionCoordinator, short: 1, long: 4, brokers: 1},
	{name: "broker: halted", does: haltBroker, short: 1, long: 4},
	{name: "broker: rolling restart", does: rollBrokers, short: 1, long: 2},
	{name: "broker: leadership moved", does: moveLeaders, short: 2, long: 4},
	{name: "broker: disk full", does: fillDisk, short: 1, long: 2,
		lacks: func(s *scene) string { return missing(s.disk == nil, "root, to mount a small file system") }},
	{name: "broker: clock jumps", does: jumpClock, short: 1, long: 2,
		lacks: func(s *scene) string {
			return missing(s.clock == nil, "Linux and a C compiler, for a clock of its own")
		}},
	{name: "network: cut", does: cutNetwork, short: 1, long: 3},
	{name: "network: delay", does: delayNetwork, short: 1, long: 3},
	{name: "network: half-open", does: holdNetwork, short: 1, long: 3},
	{name: "network: half-open, long", does: holdNetworkLong, short: 0, long: 3},
	{name: "Vault: stopped", does: stopVault, short: 1, long: 2, voiles: 1},
	{name: "mix", does: mix, short: 1, long: 5},
}

func missing(is bool, what string) string {
	if is {
		return what
	}
	return ""
}

// A step is a fault with the times that it comes.
type step struct {
	*fault
	times int
	seed  uint64
}

// plan makes the steps of a form. What chance decides in a step hangs on the seed and the fault's name alone, so that a
// single one can be repeated.
func plan(form, only string, seed uint64) ([]step, error) {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return nil, err
	}
	var steps []step
	for i := range faults {
		f := &faults[i]
		times := f.short
		if form == long {
			times = f.long
		}
		if times > 0 && wanted.MatchString(f.name) {
			steps = append(steps, step{f, times, seed + uint64(i)*1_000_003})
		}
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("no fault has a name like %q", only)
	}
	return steps, nil
}

func (s *step) rng(time int) *rand.Rand { return rand.New(rand.NewPCG(s.seed, uint64(time))) }

const (
	short = "short"
	long  = "long"
)

// mixed are the faults of a mix. Those of brokers come one after the other, because two brokers of three that are down are
// none; those of voile and of the network come whenever they like.
var mixed = struct {
	brokers, others []func(*scene, *rand.Rand) error
}{
	[]func(*scene, *rand.Rand) error{killLeader, killGroupCoordinator, killTransactionCoordinator, moveLeaders},
	[]func(*scene, *rand.Rand) error{killVoile, killVoile, haltVoile, cutNetwork, delayNetwork, holdNetwork},
}

// mix lets a broker and others fail at once, at random.
func mix(s *scene, rng *rand.Rand) error {
	begin := func(does func(*scene, *rand.Rand) error) func() error {
		own := rand.New(rand.NewPCG(rng.Uint64(), 0))
		return func() error { return does(s, own) }
	}
	broker := begin(mixed.brokers[rng.IntN(len(mixed.brokers))])
	errs := make(chan error, mixedOthers)
	for range mixedOthers {
		at, other := between(rng, 0, 12*time.Second), begin(mixed.others[rng.IntN(len(mixed.others))])
		go func() {
			time.Sleep(at)
			errs <- other()
		}()
	}
	failed := broker()
	for range mixedOthers {
		failed = errors.Join(failed, <-errs)
	}
	return failed
}

// mixedOthers is how many faults of voile and of the network come beside one of the brokers.
const mixedOthers = 3

// TestPlan: a seed decides everything, every fault is in the long form, and the long form kills as often as is demanded.
func TestPlan(t *testing.T) {
	names := func(form, only string) (out []string) {
		steps, err := plan(form, only, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			out = append(out, s.name)
		}
		return out
	}
	if got := names(long, ""); len(got) != len(faults) {
		t.Errorf("the long form has %d of %d faults", len(got), len(faults))
	}
	if got := names(short, "^broker: kill"); len(got) != 3 || !strings.HasPrefix(got[0], "broker: kill") {
		t.Errorf("-only gives %q", got)
	}
	if _, err := plan(short, "earthquake", 1); err == nil {
		t.Error("a fault that nobody knows is planned")
	}
	voiles, down := 0, 0
	for _, f := range faults {
		voiles, down = voiles+f.voiles*f.long, down+f.brokers*f.long
	}
	if voiles < 25 || down < 10 { // and those of the mixes
		t.Errorf("the long form kills %d processes and %d brokers, want at least 25 and 10", voiles, down)
	}
	draw := func(seed uint64) (out []uint64) {
		steps, err := plan(long, "", seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			for i := range s.times {
				out = append(out, s.rng(i).Uint64())
			}
		}
		return out
	}
	if !slices.Equal(draw(1), draw(1)) || slices.Equal(draw(1), draw(2)) {
		t.Error("the seed does not decide the steps")
	}
	if all := draw(1); len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) {
		t.Error("two times of a step are alike")
	}
}
