package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"voile/cmd/voile/live"
	"voile/config"
	"voile/crypto"
	"voile/crypto/vault"
	"voile/pipeline/transform"
)

// A beginning is what `voile run` has before the first record.
type beginning struct {
	keys       *vaultKeys
	partitions map[string]int // of each topic
}

const (
	// topicPatience is how long a topic that does not exist is waited for: it may be in the making.
	topicPatience = 30 * time.Second
	// The wait between two looks.
	lookAgainFirst = time.Second
	lookAgainLast  = 30 * time.Second
)

// partitionsLast is how long the partition counts of topics are good for: Vault may be waited for for hours, in which a
// topic can get more.
const partitionsLast = 10 * time.Second

// begin makes the checks of `voile check --live`, until nothing is in the way: Kafka and Vault beside each other. What heals by
// itself is waited for; at what does not it returns an error. It gives nothing, and no error, where ctx ends before.
func begin(ctx context.Context, c *config.Config, h *health, log *zap.Logger) (*beginning, error) {
	domains, err := paramsOf(c)
	if err != nil {
		return nil, err
	}
	var (
		out   beginning
		began = time.Now()
		asked time.Time // when Kafka was asked the last time
	)
	keys := newStarting("no keys yet", h, log, func(ctx context.Context) (findings []live.Finding) {
		out.keys, findings = openKeys(ctx, c, domains, log)
		return findings
	})
	kafka := newStarting("Kafka is not ready yet", h, log, func(ctx context.Context) (findings []live.Finding) {
		asked = time.Now()
		findings, out.partitions = askKafka(ctx, c)
		return findings
	})
	if err = together(ctx, keys, kafka); err == nil && time.Since(asked) > partitionsLast {
		err = together(ctx, kafka)
	}
	if err != nil || ctx.Err() != nil {
		if out.keys != nil {
			out.keys.close()
		}
		return nil, err
	}
	log.Info("checks at the start made", zap.Duration("took", time.Since(began).Round(time.Millisecond)))
	return &out, nil
}

// together looks beside each other until nothing is in the way anywhere. Once one has failed nothing more is waited for.
func together(ctx context.Context, all ...*starting) error {
	var (
		wg     sync.WaitGroup
		once   sync.Once
		over   = make(chan struct{})
		failed = make([]error, len(all))
	)
	for i, s := range all {
		s.health.setWaiting(s.waits, s.waits)
		wg.Go(func() {
			if failed[i] = s.until(ctx, over); failed[i] != nil {
				once.Do(func() { close(over) })
				return
			}
			s.health.setWaiting(s.waits, "")
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// A starting looks at one of Kafka and Vault until all is well there.
type starting struct {
	waits  string        // what is said while it is not
	topics time.Duration // how long a missing topic is waited for
	look   func(context.Context) []live.Finding
	log    *zap.Logger
	health *health

	told    map[string]bool // the lines that were written
	missing time.Time       // since when a topic is; zero none
}

func newStarting(waits string, h *health, log *zap.Logger, look func(context.Context) []live.Finding) *starting {
	return &starting{waits: waits, topics: topicPatience, look: look, log: log, health: h, told: map[string]bool{}}
}

// until looks until nothing is in the way, or ctx ends, which is no error. Once over is closed, because the other one has
// failed, the look at hand is finished and is the last, so that all that needs a person is said at once.
func (s *starting) until(ctx context.Context, over <-chan struct{}) error {
	for wait := lookAgainFirst; ; wait = min(2*wait, lookAgainLast) {
		findings := s.look(ctx)
		if ctx.Err() != nil {
			return nil
		}
		stops, waits := s.sort(findings)
		if len(stops) > 0 {
			return s.stop(stops)
		}
		if len(waits) == 0 {
			s.warn(findings)
			return nil
		}
		s.tell(waits)
		next := wait/2 + rand.N(wait/2)
		if !s.missing.IsZero() {
			next = min(next, lookAgainFirst)
		}
		select {
		case <-time.After(next):
		case <-over:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// sort gives the failures that end the process, and those that are waited for.
func (s *starting) sort(findings []live.Finding) (stops, waits []live.Finding) {
	missing := false
	for _, f := range findings {
		switch f.AtStart {
		case live.Stops:
			stops = append(stops, f)
		case live.Waits:
			waits = append(waits, f)
		case live.WaitsAWhile:
			missing = true
			if s.missing.IsZero() {
				s.missing = time.Now()
			}
			if time.Since(s.missing) < s.topics {
				waits = append(waits, f)
			} else {
				stops = append(stops, f)
			}
		}
	}
	if !missing {
		s.missing = time.Time{}
	}
	return stops, waits
}

// tell says what is waited for, each thing once, and keeps /readyz up to date.
func (s *starting) tell(waits []live.Finding) {
	first := waits[0]
	s.health.setWaiting(s.waits, fmt.Sprintf("%s: %s: %s", s.waits, first.Subject, first.Detail))
	for _, f := range waits {
		if s.first(f) {
			s.log.Warn("a check at the start failed; trying on", append(fields(f), zap.String("waiting", s.waits))...)
		}
	}
}

// first says whether nothing was said of a finding yet. Its detail is left out of that: it may hold a port, or a time, that
// is another one at each attempt.
func (s *starting) first(f live.Finding) bool {
	key := strings.Join([]string{f.Check, f.Subject, string(f.Result), string(f.AtStart), f.Do}, "\x00")
	if s.told[key] {
		return false
	}
	s.told[key] = true
	return true
}

// warn says once what is not well and no reason not to begin.
func (s *starting) warn(findings []live.Finding) {
	for _, f := range findings {
		switch {
		case f.Result == live.OK || !s.first(f):
		case f.Result == live.Unseen:
			s.log.Info("a check at the start could not be made", fields(f)...)
		default:
			s.log.Warn("a check at the start warns", fields(f)...)
		}
	}
}

// stop says all that a person has to put right.
func (s *starting) stop(stops []live.Finding) error {
	subjects := make([]string, 0, len(stops))
	for _, f := range stops {
		s.log.Error("a check at the start failed", fields(f)...)
		subjects = append(subjects, f.Subject)
	}
	return fmt.Errorf("%s at the start failed (%s): `voile check --live` shows them with what to do", count(len(stops), "check"), strings.Join(subjects, ", "))
}

func fields(f live.Finding) []zap.Field {
	out := []zap.Field{zap.String("check", f.Check), zap.String("subject", f.Subject), zap.String("detail", f.Detail)}
	if f.Do != "" {
		out = append(out, zap.String("do", f.Do))
	}
	return out
}

// openKeys logs in at Vault and loads every keyset. It gives no keys where not all of them opened.
func openKeys(ctx context.Context, c *config.Config, domains []crypto.Params, log *zap.Logger) (*vaultKeys, []live.Finding) {
	options := vaultOptions(c, proxyAuth(c))
	options.OnChange = func(s vault.State) {
		if s.Healthy {
			log.Info("vault: healthy again")
		} else {
			log.Warn("vault: degraded; the stream goes on with the keysets in memory", zap.String("reason", s.Reason))
		}
	}
	loaded, findings := live.Vault(ctx, options, domains)
	if loaded.Client == nil {
		return nil, findings
	}
	if !live.Works(findings) {
		_ = loaded.Client.Close() // the Vault token ends by itself where it could not be revoked
		return nil, findings
	}
	keys := &vaultKeys{client: loaded.Client, created: map[string]time.Time{}}
	keys.sealer, keys.domains = loaded.Sealer, make(map[string]transform.Domain, len(domains))
	for name, keyset := range loaded.Keysets {
		keys.domains[name], keys.created[name] = keyset.Domain, keyset.Created
	}
	log.Info("keysets loaded", zap.Int("domains", len(keys.domains)))
	return keys, findings
}
