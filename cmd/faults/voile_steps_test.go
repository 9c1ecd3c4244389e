package faults

import (
	"context"
	"math/rand/v2"
	"time"
)

// between gives a time that the seed decides.
func between(rng *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(rng.Int64N(int64(to-from)))
}

// killVoile kills the process of a slot, and starts another one soon.
func killVoile(s *scene, rng *rand.Rand) error { return s.killSlots(rng, rng.IntN(slots)) }

// killAllVoile kills all processes at once.
func killAllVoile(s *scene, rng *rand.Rand) error { return s.killSlots(rng, 0, 1, 2) }

func (s *scene) killSlots(rng *rand.Rand, which ...int) error {
	for _, slot := range which {
		for _, m := range s.slot(slot) {
			m.kill()
		}
	}
	time.Sleep(between(rng, 500*time.Millisecond, 3*time.Second))
	for _, slot := range which {
		if err := s.each(slot, (*member).start); err != nil {
			return err
		}
	}
	return nil
}

// sessionTimeout is after how long the group gives the partitions of a silent voile to others.
const sessionTimeout = 20 * time.Second

// haltVoile halts a process for longer than its session lasts, and has it go on as a zombie, whose partitions are others'.
func haltVoile(s *scene, rng *rand.Rand) error {
	slot := rng.IntN(slots)
	if err := s.each(slot, (*member).halt); err != nil {
		return err
	}
	time.Sleep(between(rng, sessionTimeout+3*time.Second, sessionTimeout+6*time.Second))
	return s.each(slot, (*member).resume)
}

// changeMembers adds a process and takes one away, in order, every few seconds.
func changeMembers(s *scene, rng *rand.Rand) error {
	for range 3 {
		if err := s.each(slots, (*member).start); err != nil {
			return err
		}
		time.Sleep(between(rng, 2*time.Second, 4*time.Second))
		leaver := rng.IntN(slots + 1)
		if err := s.each(leaver, (*member).stop); err != nil {
			return err
		}
		time.Sleep(between(rng, time.Second, 3*time.Second))
		if leaver < slots {
			if err := s.each(leaver, (*member).start); err != nil {
				return err
			}
		}
	}
	return s.each(slots, (*member).stop)
}

// stopVault stops Vault while a process is killed and started, which can only wait then; the others go on.
func stopVault(s *scene, rng *rand.Rand) error {
	s.vault.Stop(s.t)
	slot := rng.IntN(slots)
	if err := s.killSlots(rng, slot); err != nil {
		return err
	}
	time.Sleep(between(rng, 8*time.Second, 12*time.Second))
	s.vault.Restart(s.t)
	return nil
}

// A way is a link of a slot to a broker, that to the group's coordinator every other time: there heartbeats and commits
// are cut off while reading and writing go on.
func (s *scene) way(rng *rand.Rand) *link {
	slot, broker, coordinator := rng.IntN(slots), rng.IntN(brokers), rng.IntN(2) == 0
	if coordinator {
		if i, err := s.groupCoordinator(context.Background(), rng.IntN(len(s.fleets))); err == nil {
			broker = i
		}
	}
	return s.links[slot][broker]
}

func cutNetwork(s *scene, rng *rand.Rand) error {
	l := s.way(rng)
	l.Cut()
	time.Sleep(between(rng, 6*time.Second, 12*time.Second))
	l.Heal(false)
	return nil
}

func delayNetwork(s *scene, rng *rand.Rand) error {
	l := s.way(rng)
	for range 3 {
		l.Delay(between(rng, 50*time.Millisecond, 800*time.Millisecond))
		time.Sleep(3 * time.Second)
	}
	l.Heal(false)
	return nil
}

// holdNetwork lets connections stand half open. Afterwards what was sent arrives late, or is forgotten.
func holdNetwork(s *scene, rng *rand.Rand) error {
	l := s.way(rng)
	l.Hold()
	time.Sleep(between(rng, 8*time.Second, 14*time.Second))
	l.Heal(rng.IntN(2) == 0)
	return nil
}

// holdNetworkLong is that for longer than the session lasts: the others own the partitions when the late bytes arrive.
func holdNetworkLong(s *scene, rng *rand.Rand) error {
	l := s.way(rng)
	l.Hold()
	time.Sleep(between(rng, sessionTimeout+2*time.Second, sessionTimeout+8*time.Second))
	l.Heal(false)
	return nil
}
