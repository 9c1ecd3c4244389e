package vault

import (
	"math/rand/v2"
	"time"

	"github.com/hashicorp/vault/api"
)

// State is how it stands between voile and Vault.
type State struct {
	Healthy     bool
	Since       time.Time // of the last change of Healthy
	Reason      string    // while degraded: what fails, without secrets
	TokenExpiry time.Time // of the Vault token as it stands; zero: it never ends
	// TokenLifetime is what the rest until TokenExpiry is to be held against; 0: it never ends. A Vault token from a login
	// is replaced in time, when a tenth of its last lease is left at the latest, so it is that lease. One that was given
	// ends for good where it cannot be renewed, so it is the lifetime that it was made with.
	TokenLifetime time.Duration
	Logins        int // since Open, the first one included
	Renewals      int // since Open
}

// State returns the state of now.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// pace is how fast logins are repeated: at first after min, at most every max.
type pace struct{ min, max time.Duration }

// wait returns how long to wait before the n-th repetition, from 0: half of it fixed, half of it random, so that a thousand
// proxies which lost the same Vault do not come back as one.
func (p pace) wait(n int) time.Duration {
	d := p.max
	if n < 16 && p.min<<n < p.max {
		d = p.min << n
	}
	return d/2 + rand.N(d/2+1) //nolint:gosec // jitter is no secret
}

// keep holds a valid Vault token until Close: it watches one to its end, and logs in for the next.
func (c *Client) keep(current session, p pace) {
	began := time.Now()
	vain := 0 // logins in a row that gave nothing new
	for {
		c.watch(current)
		if time.Since(began) > p.max {
			vain = 0
		}
		for {
			pause := p.min - time.Since(began) // a login that ends at once makes no loop without rest
			if vain > 0 {
				pause = p.wait(vain - 1)
			}
			if !c.sleep(pause) {
				return
			}
			began = time.Now()
			next, err := c.login(c.ctx)
			if err != nil {
				c.degrade(err)
				vain++
				continue
			}
			// A file may still hold the old Vault token, near its end: it is used while it lasts, and looked after less and less often.
			if next.token() == current.token() {
				vain++
			} else {
				vain = 0
			}
			current = next
			c.adopt(next, time.Now())
			break
		}
	}
}

// watch renews a Vault token, and probes Vault, until there is nothing left to renew, Vault refuses the Vault token, or Close.
func (c *Client) watch(current session) {
	var ended <-chan error
	var renewed <-chan *api.RenewOutput
	if current.secret.Auth.LeaseDuration > 0 { // a lease of 0 never ends
		client, err := c.newAPI(c.ctx, current.token())
		if err != nil {
			c.degrade(err)
			return
		}
		watcher, err := client.NewLifetimeWatcher(&api.LifetimeWatcherInput{Secret: current.secret})
		if err != nil {
			c.degrade(err)
			return
		}
		c.kept.Go(watcher.Start)
		defer watcher.Stop()
		ended, renewed = watcher.DoneCh(), watcher.RenewCh()
	}
	// The watcher is silent for two thirds of a lifetime, which may be days: the probe sees that Vault went, or that somebody
	// revoked the Vault token. Where policies do not let it look itself up, "forbidden" still shows that Vault is there.
	ticker := time.NewTicker(c.options.ProbeInterval)
	defer ticker.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-ended: //nolint:errcheck // the rest of the lifetime is too short to wait for, or renewal failed: both mean a login
			return
		case r := <-renewed:
			c.renewed(r)
		case <-ticker.C:
			switch err := c.probe(current); {
			case err == nil:
				current.mayLookUp = true
				c.heal()
			case err.Kind != ErrForbidden:
				c.degrade(err)
			case current.mayLookUp:
				return
			default:
				c.heal()
			}
		}
	}
}

func (c *Client) probe(current session) *Error {
	token := current.token()
	if _, err := c.lookupSelf(c.ctx, token); err != nil {
		return explain(err, "probe", lookupSelfPath, token)
	}
	return nil
}

// sleep waits, and says whether the client is still open.
func (c *Client) sleep(d time.Duration) bool {
	if d <= 0 {
		return c.ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// adopt makes the Vault token of a login that of all requests to come.
func (c *Client) adopt(login session, at time.Time) {
	c.turn(true, "", func(s *State) {
		c.token = login.token()
		s.Logins++
		s.TokenExpiry = expiry(at, login.secret.Auth.LeaseDuration)
		s.TokenLifetime = lifetime(login.lifetime)
	})
}

func (c *Client) renewed(r *api.RenewOutput) {
	if r.Secret == nil || r.Secret.Auth == nil {
		return
	}
	c.turn(true, "", func(s *State) {
		s.Renewals++
		s.TokenExpiry = expiry(r.RenewedAt, r.Secret.Auth.LeaseDuration)
		if c.options.Auth.Token == nil {
			s.TokenLifetime = lifetime(r.Secret.Auth.LeaseDuration)
		}
	})
}

func (c *Client) heal() { c.turn(true, "", func(*State) {}) }

// degrade notes what fails. What fails because of Close is no news.
func (c *Client) degrade(err error) {
	if c.ctx.Err() == nil {
		c.turn(false, err.Error(), func(*State) {})
	}
}

// turn changes the state, and tells of it where Healthy has changed.
func (c *Client) turn(healthy bool, reason string, change func(*State)) {
	c.mu.Lock()
	change(&c.state)
	turned := c.state.Healthy != healthy
	first := c.state.Since.IsZero()
	if turned {
		c.state.Healthy, c.state.Since = healthy, time.Now()
	}
	c.state.Reason = reason
	now := c.state
	c.mu.Unlock()
	if turned && !first && c.options.OnChange != nil {
		c.options.OnChange(now)
	}
}

func lifetime(seconds int) time.Duration { return max(0, time.Duration(seconds)*time.Second) }

func expiry(from time.Time, seconds int) time.Time {
	if seconds <= 0 {
		return time.Time{}
	}
	return from.Add(time.Duration(seconds) * time.Second)
}
