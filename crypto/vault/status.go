package vault

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"voile/crypto"
)

// Status is what lies in Vault, beside what is wanted. An Err says what is wrong or what could not be seen; the rest of the
// same value holds as far as it is filled. A keyset that the Vault token may not open is not wrong: who administers keys need
// not be able to.
type Status struct {
	TransitKeys []TransitStatus
	Domains     []DomainStatus
	Quarantine  []QuarantineStatus // the public and the private keyset, if the quarantine is wanted
}

// TransitStatus is a Transit key.
type TransitStatus struct {
	Path    string
	Version int // the newest
	Err     error
}

// DomainStatus is a domain's document. Params are those of the document, or, where there is none to be read, those wanted.
type DomainStatus struct {
	crypto.Params
	Path    string
	Opened  bool         // so the document is whole, and Transit opens it; false where that is not permitted, too
	Keys    []crypto.Key // in the keyset's order, once it is opened
	Created time.Time
	Version int // of the document's entry in the KV engine
	Err     error
}

// QuarantineStatus is a quarantine keyset's document.
type QuarantineStatus struct {
	Kind    crypto.Kind
	Path    string
	Opened  bool
	Keys    []crypto.Key
	Created time.Time
	Version int
	Err     error
}

// Err joins all that is wrong, nil if nothing is.
func (s Status) Err() error {
	var all []error
	for _, t := range s.TransitKeys {
		all = append(all, t.Err)
	}
	for _, d := range s.Domains {
		all = append(all, d.Err)
	}
	for _, q := range s.Quarantine {
		all = append(all, q.Err)
	}
	return errors.Join(all...)
}

// Status looks at all that is wanted and changes nothing. A right that the Vault token lacks is an Err of the thing it hides,
// not of Status, whose error says that Vault could not be asked at all.
func (c *Client) Status(ctx context.Context, w Wanted) (Status, error) {
	var s Status
	keys := []string{c.options.TransitKey}
	if w.Quarantine {
		keys = append(keys, c.options.QuarantineKey)
	}
	for _, key := range keys {
		t := TransitStatus{Path: c.options.transitKeyPath(key)}
		found, err := c.readTransitKey(ctx, key)
		if t.Version, t.Err = found.LatestVersion, err; err == nil && found.unfit() != "" {
			t.Err = errors.New(t.Path + ": " + found.unfit())
		}
		if s.TransitKeys = append(s.TransitKeys, t); Retry(t.Err) {
			return s, t.Err
		}
	}
	for _, p := range w.Domains {
		d := c.domainStatus(ctx, p)
		if s.Domains = append(s.Domains, d); Retry(d.Err) {
			return s, d.Err
		}
	}
	if !w.Quarantine {
		return s, nil
	}
	public, publicKeys := c.quarantineStatus(ctx, crypto.KindQuarantinePublic, c.options.publicPath(), c.options.TransitKey)
	private, privateKeys := c.quarantineStatus(ctx, crypto.KindQuarantinePrivate, c.options.privatePath(), c.options.QuarantineKey)
	if publicKeys != nil && privateKeys != nil {
		public.Err = belong(publicKeys, privateKeys)
	}
	s.Quarantine = []QuarantineStatus{public, private}
	for _, q := range s.Quarantine {
		if Retry(q.Err) {
			return s, q.Err
		}
	}
	return s, nil
}

func (c *Client) domainStatus(ctx context.Context, p crypto.Params) DomainStatus {
	path := c.options.domainPath(p.Domain)
	d := DomainStatus{Params: p, Path: c.options.dataPath(path)}
	document, entry, err := c.loadDocument(ctx, path, crypto.KindDomain)
	if err != nil {
		d.Err = err
		return d
	}
	d.Params, d.Created, d.Version = document.Params, document.Created, entry.Version
	handle, err := c.openIfPermitted(ctx, document, c.options.TransitKey)
	if handle != nil {
		d.Opened, d.Keys = true, crypto.Keys(handle)
	}
	d.Err = errors.Join(document.Disagree(p), err)
	return d
}

// openIfPermitted opens a document's keyset; nil without an error where policies do not permit it.
func (c *Client) openIfPermitted(ctx context.Context, document *crypto.Document, key string) (*keyset.Handle, error) {
	handle, err := c.unwrap(ctx, document, key)
	if errors.Is(err, ErrForbidden) {
		return nil, nil
	}
	return handle, err
}

func (c *Client) quarantineStatus(ctx context.Context, kind crypto.Kind, path, key string) (QuarantineStatus, *keyset.Handle) {
	q := QuarantineStatus{Kind: kind, Path: c.options.dataPath(path)}
	document, entry, err := c.loadDocument(ctx, path, kind)
	if err != nil {
		q.Err = err
		return q, nil
	}
	q.Created, q.Version = document.Created, entry.Version
	handle, err := c.openIfPermitted(ctx, document, key)
	if q.Err = err; handle != nil {
		q.Opened, q.Keys = true, crypto.Keys(handle)
	}
	return q, handle
}

// belong tries whether what is sealed to one keyset opens with the other.
func belong(public, private *keyset.Handle) error {
	sealer, err := crypto.NewSealer(public)
	if err != nil {
		return err
	}
	opener, err := crypto.NewOpener(private)
	if err != nil {
		return err
	}
	probe := []byte("voile keys status")
	sealed, err := sealer.Seal(probe, nil)
	if err != nil {
		return err
	}
	if opened, err := opener.Open(sealed, nil); err != nil || !bytes.Equal(opened, probe) {
		return errors.New("the private quarantine keyset does not open what is sealed to the public one: one of the documents was replaced")
	}
	return nil
}
