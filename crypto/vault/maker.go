package vault

import (
	"context"
	"slices"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"voile/crypto"
)

// A maker makes what Init finds missing, or says what would come of trying.
type maker interface {
	// transitKey makes a Transit key and tells of it.
	transitKey(ctx context.Context, key string) (transitKey, error)
	// keyset wraps a keyset under a Transit key and writes its document, where there is none at the path. ErrExists: there is.
	keyset(ctx context.Context, document *crypto.Document, handle *keyset.Handle, key, path string) error
	// made is the outcome of what was made.
	made() Outcome
}

// vaultMaker makes it in Vault.
type vaultMaker struct{ client *Client }

func (*vaultMaker) made() Outcome { return Created }

func (m *vaultMaker) transitKey(ctx context.Context, key string) (transitKey, error) {
	if err := m.client.createTransitKey(ctx, key); err != nil {
		return transitKey{}, err
	}
	return m.client.readTransitKey(ctx, key)
}

func (m *vaultMaker) keyset(ctx context.Context, document *crypto.Document, handle *keyset.Handle, key, path string) error {
	kek, err := m.client.kek(ctx, key)
	if err != nil {
		return err
	}
	defer kek.end()
	if err := document.Wrap(handle, kek); err != nil {
		if kek.refused != nil {
			return kek.refused
		}
		return err
	}
	text, err := document.Marshal()
	if err != nil {
		return err
	}
	_, err = m.client.createDocument(ctx, path, text)
	return err
}

// planner makes nothing: it holds what making would need against the Vault token's capabilities.
type planner struct {
	client *Client
	may    map[string][]string // by path
}

func (*planner) made() Outcome { return WouldCreate }

func (p *planner) transitKey(_ context.Context, key string) (transitKey, error) {
	return transitKey{Type: transitKeyType}, p.permits("create", p.client.options.transitKeyPath(key), "update")
}

func (p *planner) keyset(_ context.Context, _ *crypto.Document, _ *keyset.Handle, key, path string) error {
	if err := p.permits("encrypt with", p.client.options.encryptPath(key), "update"); err != nil {
		return err
	}
	return p.permits("create", p.client.options.dataPath(path), "create")
}

// permits returns the error that Vault would answer with.
func (p *planner) permits(op, path, capability string) error {
	if has := p.may[path]; slices.Contains(has, capability) || slices.Contains(has, "root") {
		return nil
	}
	return &Error{Kind: ErrForbidden, Op: op, Path: path, Hint: p.client.lacks(path, capability)}
}
