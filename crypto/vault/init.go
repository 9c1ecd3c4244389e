package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"voile/crypto"
)

// Wanted is what a configuration needs to have in Vault.
type Wanted struct {
	Domains    []crypto.Params
	Quarantine bool
}

// An Outcome is what became of one thing that Init looked at.
type Outcome string

// The outcomes.
const (
	Created      Outcome = "created"
	WouldCreate  Outcome = "would be created" // of Plan
	Found        Outcome = "found"            // and left as it is
	NotPermitted Outcome = "not permitted"    // by the Vault token's policies; Err says which path lacks what
	Failed       Outcome = "failed"           // it is there and is wrong, or it waits for something else; Err says what to do
)

// A Step is one thing that Init looked at.
type Step struct {
	Thing   string // "Transit key", "keyset of domain customer-email", "public quarantine keyset", …
	Path    string // in Vault
	Outcome Outcome
	Detail  string // what is worth knowing of a thing that was found; may be empty
	Err     error  // of NotPermitted and Failed
}

// String says in one line what became of the thing.
func (s Step) String() string {
	text := fmt.Sprintf("%s: %s (%s)", s.Thing, s.Outcome, s.Path)
	if s.Detail != "" {
		text += ": " + s.Detail
	}
	if s.Err != nil {
		text += ": " + s.Err.Error()
	}
	return text
}

// Init creates what is wanted and missing: the Transit keys, a keyset document for each domain, the quarantine's two. It never
// changes what is there. Two that run at once end with the same documents: check-and-set lets one win, and the other finds.
//
// The steps tell of every thing, in the order in which it was looked at. The error is nil if all is there now; where Vault
// could not be asked, Init ends at once with the steps so far. It needs the rights of [RoleKeyAdmin]; a public quarantine keyset
// that is missing beside its private one needs update of transit/decrypt of the quarantine's Transit key too.
func (c *Client) Init(ctx context.Context, w Wanted) ([]Step, error) {
	return c.init(ctx, w, &vaultMaker{c})
}

// Plan says what Init would do, and changes nothing. Whether Vault would permit it, it learns of sys/capabilities-self.
func (c *Client) Plan(ctx context.Context, w Wanted) ([]Step, error) {
	needed := c.options.Policy(RoleKeyAdmin, w.Domains)
	paths := make([]string, 0, len(needed))
	for _, g := range needed {
		paths = append(paths, g.Path)
	}
	may, err := c.capabilities(ctx, paths)
	if err != nil {
		return nil, err
	}
	return c.init(ctx, w, &planner{c, may})
}

func (c *Client) init(ctx context.Context, w Wanted, m maker) ([]Step, error) {
	r := &initRun{client: c, ctx: ctx, now: time.Now(), maker: m}
	err := r.run(w)
	for _, s := range r.steps {
		if s.Err != nil && !Retry(s.Err) {
			err = errors.Join(err, fmt.Errorf("%s: %w", s.Thing, s.Err))
		}
	}
	return r.steps, err
}

type initRun struct {
	client *Client
	ctx    context.Context
	now    time.Time
	maker  maker
	steps  []Step
}

// run looks at everything. Its error is one that makes it pointless to go on.
func (r *initRun) run(w Wanted) error {
	if err := r.client.checkKV(r.ctx); err != nil {
		return err
	}
	o := r.client.options
	usable, err := r.transitKey("Transit key", o.TransitKey)
	if err != nil {
		return err
	}
	for _, p := range w.Domains {
		if err := r.domain(p, usable); err != nil {
			return err
		}
	}
	if !w.Quarantine {
		return nil
	}
	usablePrivate, err := r.transitKey("quarantine's Transit key", o.QuarantineKey)
	if err != nil {
		return err
	}
	return r.quarantine(usable, usablePrivate)
}

// note adds a step, and returns the error if it makes it pointless to go on.
func (r *initRun) note(s Step) error {
	switch {
	case s.Err == nil:
	case errors.Is(s.Err, ErrForbidden):
		s.Outcome = NotPermitted
	default:
		s.Outcome = Failed
	}
	r.steps = append(r.steps, s)
	if Retry(s.Err) || r.ctx.Err() != nil {
		return s.Err
	}
	return nil
}

// transitKey makes sure of a Transit key, and says whether keysets may be wrapped under it. A key that cannot be seen is not used:
// Vault would make one, of whatever name, for who may create by encrypting.
func (r *initRun) transitKey(thing, key string) (usable bool, _ error) {
	step := Step{Thing: thing, Path: r.client.options.transitKeyPath(key), Outcome: Found}
	found, err := r.client.readTransitKey(r.ctx, key)
	if errors.Is(err, ErrNotFound) {
		step.Outcome = r.maker.made()
		found, err = r.maker.transitKey(r.ctx, key)
	}
	if step.Err = err; err == nil {
		if why := found.unfit(); why != "" {
			step.Err = errors.New(why)
		}
	}
	return step.Err == nil, r.note(step)
}

var errWaits = errors.New("it can be made once its Transit key is there")

func (r *initRun) domain(p crypto.Params, usable bool) error {
	path := r.client.options.domainPath(p.Domain)
	step := Step{Thing: "keyset of domain " + p.Domain, Path: r.client.options.dataPath(path), Outcome: Found}
	check := func(document *crypto.Document) error { return document.Disagree(p) }
	step.Detail, step.Err = r.found(path, crypto.KindDomain, check)
	if errors.Is(step.Err, ErrNotFound) {
		step.Err = errWaits
		if usable {
			step.Err = r.createDomain(p)
		}
		if step.Outcome = r.maker.made(); r.beaten(step.Err, path) {
			step.Outcome = Found
			step.Detail, step.Err = r.found(path, crypto.KindDomain, check)
		}
	}
	return r.note(step)
}

// beaten says whether a document could not be created because somebody else did so in between. Who may create and not update
// hears of that as forbidden, which Vault decides before it looks at check-and-set.
func (r *initRun) beaten(err error, path string) bool {
	if errors.Is(err, ErrForbidden) {
		_, now := r.client.readDocument(r.ctx, path)
		return now == nil
	}
	return errors.Is(err, ErrExists)
}

// found looks at a document that may be there.
func (r *initRun) found(path string, kind crypto.Kind, check func(*crypto.Document) error) (detail string, err error) {
	document, entry, err := r.client.loadDocument(r.ctx, path, kind)
	if err != nil {
		return "", err
	}
	if check != nil {
		if err := check(document); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("version %d, created %s", entry.Version, document.Created.Format(time.RFC3339)), nil
}

func (r *initRun) createDomain(p crypto.Params) error {
	document, err := crypto.NewDomainDocument(p, r.now)
	if err != nil {
		return err
	}
	handle, err := crypto.NewKeyset(p.Method)
	if err != nil {
		return err
	}
	return r.maker.keyset(r.ctx, document, handle, r.client.options.TransitKey, r.client.options.domainPath(p.Domain))
}

// quarantine makes sure of the two quarantine keysets. The private one is written first: nobody may seal records that nobody can
// open. So where only the private one is there, another Init is about to write the public one, or ended in between.
func (r *initRun) quarantine(usablePublic, usablePrivate bool) error {
	c := r.client
	public := Step{Thing: "public quarantine keyset", Path: c.options.dataPath(c.options.publicPath()), Outcome: Found}
	private := Step{Thing: "private quarantine keyset", Path: c.options.dataPath(c.options.privatePath()), Outcome: Found}
	// In this order: who finds the public one here will find the private one too.
	public.Detail, public.Err = r.found(c.options.publicPath(), crypto.KindQuarantinePublic, nil)
	private.Detail, private.Err = r.found(c.options.privatePath(), crypto.KindQuarantinePrivate, nil)

	var handle *keyset.Handle
	switch {
	case !errors.Is(private.Err, ErrNotFound):
	case public.Err == nil:
		private.Err = errors.New("the public keyset is there and the private one is not: what is sealed now cannot be opened; restore it from a backup of Vault, or delete the public one for good and run voile keys init")
	case !errors.Is(public.Err, ErrNotFound):
	case !usablePublic || !usablePrivate:
		private.Err = errWaits
	default:
		private.Outcome = r.maker.made()
		handle, private.Err = r.createPrivate()
		if r.beaten(private.Err, c.options.privatePath()) {
			private.Outcome = Found
			private.Detail, private.Err = r.found(c.options.privatePath(), crypto.KindQuarantinePrivate, nil)
		}
	}
	if errors.Is(public.Err, ErrNotFound) {
		switch {
		case private.Err != nil:
			public.Err = errors.New("it can be made once the private quarantine keyset is there")
		case !usablePublic:
			public.Err = errWaits
		default:
			public = r.createPublic(public, handle)
		}
	}
	if err := r.note(private); err != nil {
		return err
	}
	return r.note(public)
}

func (r *initRun) createPrivate() (*keyset.Handle, error) {
	document, err := crypto.NewQuarantineDocument(crypto.KindQuarantinePrivate, r.now)
	if err != nil {
		return nil, err
	}
	handle, err := crypto.NewQuarantineKeyset()
	if err != nil {
		return nil, err
	}
	if err := r.maker.keyset(r.ctx, document, handle, r.client.options.QuarantineKey, r.client.options.privatePath()); err != nil {
		return nil, err
	}
	return handle, nil
}

// createPublic writes the public half of the private keyset: of the one just made, or, where handle is nil, of the one in Vault.
func (r *initRun) createPublic(step Step, handle *keyset.Handle) Step {
	c := r.client
	look := func() Step {
		step.Outcome = Found
		step.Detail, step.Err = r.found(c.options.publicPath(), crypto.KindQuarantinePublic, nil)
		return step
	}
	if handle == nil {
		// Whoever made the private one may be writing the public one just now.
		for range 10 {
			if !c.pause(r.ctx, 200*time.Millisecond) {
				break
			}
			if look(); !errors.Is(step.Err, ErrNotFound) {
				return step
			}
		}
		if handle, step.Err = r.openPrivate(); step.Err != nil {
			return step
		}
	}
	step.Outcome, step.Detail = r.maker.made(), ""
	document, err := crypto.NewQuarantineDocument(crypto.KindQuarantinePublic, r.now)
	if err == nil {
		var half *keyset.Handle
		if half, err = handle.Public(); err == nil {
			err = r.maker.keyset(r.ctx, document, half, c.options.TransitKey, c.options.publicPath())
		}
	}
	if step.Err = err; r.beaten(err, c.options.publicPath()) {
		return look()
	}
	return step
}

func (r *initRun) openPrivate() (*keyset.Handle, error) {
	document, _, err := r.client.loadDocument(r.ctx, r.client.options.privatePath(), crypto.KindQuarantinePrivate)
	if err != nil {
		return nil, err
	}
	return r.client.unwrap(r.ctx, document, r.client.options.QuarantineKey)
}

// pause waits, and says whether both the caller and the client want to go on.
func (c *Client) pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-c.ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
