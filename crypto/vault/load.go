package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"voile/crypto"
)

// Keyset is a domain whose keyset was opened, and what its document says of it.
type Keyset struct {
	Domain  *crypto.Domain
	Created time.Time // of the document
	Version int       // of the document's entry in the KV engine
}

// LoadDomain reads the document of the domain that p describes, and opens its keyset. See [Client.LoadKeyset].
func (c *Client) LoadDomain(ctx context.Context, p crypto.Params) (*crypto.Domain, error) {
	k, err := c.LoadKeyset(ctx, p)
	return k.Domain, err
}

// LoadKeyset reads the document of the domain that p describes, and opens its keyset. A document that disagrees with p, or
// that a later release of voile wrote, is refused. It needs read of the document and update of transit/decrypt.
func (c *Client) LoadKeyset(ctx context.Context, p crypto.Params) (Keyset, error) {
	document, entry, err := c.loadDocument(ctx, c.options.domainPath(p.Domain), crypto.KindDomain)
	if err != nil {
		return Keyset{}, fmt.Errorf("domain %q: %w", p.Domain, err)
	}
	if err := document.Disagree(p); err != nil {
		return Keyset{}, fmt.Errorf("%s: %w", c.options.dataPath(c.options.domainPath(p.Domain)), err)
	}
	handle, err := c.unwrap(ctx, document, c.options.TransitKey)
	if err != nil {
		return Keyset{}, err
	}
	domain, err := crypto.NewDomain(p, handle)
	if err != nil {
		return Keyset{}, err
	}
	return Keyset{Domain: domain, Created: document.Created, Version: entry.Version}, nil
}

// LoadSealer reads and opens the quarantine's public keyset, under the Transit key of the domains: a proxy may load it.
func (c *Client) LoadSealer(ctx context.Context) (*crypto.Sealer, error) {
	document, _, err := c.loadDocument(ctx, c.options.publicPath(), crypto.KindQuarantinePublic)
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	handle, err := c.unwrap(ctx, document, c.options.TransitKey)
	if err != nil {
		return nil, err
	}
	return crypto.NewSealer(handle)
}

// LoadOpener reads and opens the quarantine's private keyset, under a Transit key of its own: no proxy may load it.
func (c *Client) LoadOpener(ctx context.Context) (*crypto.Opener, error) {
	document, _, err := c.loadDocument(ctx, c.options.privatePath(), crypto.KindQuarantinePrivate)
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	handle, err := c.unwrap(ctx, document, c.options.QuarantineKey)
	if err != nil {
		return nil, err
	}
	return crypto.NewOpener(handle)
}

// unwrap opens a document's keyset under a Transit key.
func (c *Client) unwrap(ctx context.Context, document *crypto.Document, key string) (*keyset.Handle, error) {
	kek, err := c.kek(ctx, key)
	if err != nil {
		return nil, err
	}
	defer kek.end()
	return document.Unwrap(kek)
}

// loadDocument reads and parses a document, which must be of the kind that belongs there.
func (c *Client) loadDocument(ctx context.Context, path string, kind crypto.Kind) (*crypto.Document, stored, error) {
	entry, err := c.readDocument(ctx, path)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Kind == ErrNotFound {
			e.Hint = "make it: voile keys init"
		}
		return nil, stored{}, err
	}
	document, err := crypto.ParseDocument(entry.JSON)
	if err != nil {
		return nil, stored{}, fmt.Errorf("%s, version %d: %w", c.options.dataPath(path), entry.Version, err)
	}
	if document.Kind != kind {
		return nil, stored{}, fmt.Errorf("%s, version %d: holds a %s keyset, wanted %s: two documents were exchanged", c.options.dataPath(path), entry.Version, document.Kind, kind)
	}
	return document, entry, nil
}
