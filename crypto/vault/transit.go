package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/vault/api"
	"github.com/tink-crypto/tink-go-hcvault/v2/integration/hcvault"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// kek is a key encryption key: one Transit key as a Tink AEAD, for the length of one call.
//
// The ciphertext is Vault's text, as vault:v1:…, which names the version of the key: after a rotation of the Transit key, what
// older versions wrapped still opens.
type kek struct {
	client  *Client
	token   string
	remote  tink.AEAD
	encrypt string // path
	decrypt string // path
	refused error  // what Encrypt last failed with: Tink hands on only its text
	end     func() // gives up what the kek holds; to be called once, after the last use
}

var _ tink.AEAD = (*kek)(nil)

// kek makes the AEAD of a Transit key. Its requests end with ctx, and with c.
func (c *Client) kek(ctx context.Context, key string) (*kek, error) {
	token := c.currentToken()
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.ctx, cancel)
	end := func() { stop(); cancel() }
	client, err := c.newAPI(ctx, token)
	if err != nil {
		end()
		return nil, err
	}
	const prefix = "hcvault://vault/" // the host is a formality: requests go to the client's address
	mount := c.options.TransitMount
	var aead tink.AEAD
	remote, err := hcvault.NewClientWithAEADOptions(prefix, client.Logical())
	if err == nil {
		aead, err = remote.GetAEAD(prefix + mount + "/keys/" + key)
	}
	if err != nil {
		end()
		return nil, fmt.Errorf("vault: Transit key %s: %w", key, err)
	}
	return &kek{client: c, token: token, remote: aead, encrypt: c.options.encryptPath(key), decrypt: c.options.decryptPath(key), end: end}, nil
}

// Encrypt implements tink.AEAD.
func (k *kek) Encrypt(plaintext, associatedData []byte) ([]byte, error) {
	ciphertext, err := k.remote.Encrypt(plaintext, associatedData)
	if err != nil {
		k.refused = k.explain(err, "encrypt with", k.encrypt)
		return nil, k.refused
	}
	return ciphertext, nil
}

// Decrypt implements tink.AEAD. Wrong associated data, a foreign ciphertext and a changed one are one and the same refusal.
func (k *kek) Decrypt(ciphertext, associatedData []byte) ([]byte, error) {
	plaintext, err := k.remote.Decrypt(ciphertext, associatedData)
	if err != nil {
		return nil, k.explain(err, "decrypt with", k.decrypt)
	}
	if len(plaintext) == 0 {
		// The remote AEAD takes an answer without plaintext for the empty one, and no keyset is empty.
		return nil, &Error{Kind: ErrAnswer, Op: "decrypt with", Path: k.decrypt, Detail: "the answer holds no plaintext"}
	}
	return plaintext, nil
}

func (k *kek) explain(err error, op, path string) error {
	e := explain(err, op, path, k.token)
	switch e.Kind {
	case ErrForbidden:
		e.Hint = k.client.lacks(path, "update")
	case ErrRefused:
		e.Detail = "Vault refuses it"
		e.Hint = "the ciphertext or what it is bound to was changed, or was made under another key; or the Transit key is missing: voile keys status"
	case ErrNotFound:
		e.Hint = "is a Transit engine mounted at " + k.client.options.TransitMount + "/?"
	}
	return e
}

// transitKey is what Vault tells of a Transit key. The key itself it tells nobody.
type transitKey struct {
	Type                 string `json:"type"`
	Derived              bool   `json:"derived"`
	Exportable           bool   `json:"exportable"`
	AllowPlaintextBackup bool   `json:"allow_plaintext_backup"`
	LatestVersion        int    `json:"latest_version"`
}

const transitKeyType = "aes256-gcm96"

// unfit says why a Transit key cannot be voile's key encryption key, "" where it can.
func (k transitKey) unfit() string {
	switch {
	case k.Exportable:
		return "it is exportable: it could leave Vault, and with it every keyset; make another one under a new name"
	case k.AllowPlaintextBackup:
		return "it allows a backup in the clear: it could leave Vault, and with it every keyset; make another one under a new name"
	case k.Type != transitKeyType:
		return "its type is " + k.Type + ", wanted " + transitKeyType
	case k.Derived:
		return "it is derived, which takes a context instead of associated data"
	}
	return ""
}

// readTransitKey asks for a Transit key: ErrNotFound where there is none.
func (c *Client) readTransitKey(ctx context.Context, key string) (transitKey, error) {
	var found transitKey
	path := c.options.transitKeyPath(key)
	err := c.read(ctx, path, &answer{Data: &found})
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Kind == ErrNotFound && e.noMount() {
			e.Kind, e.Hint = ErrRefused, "mount a Transit engine: vault secrets enable -path="+c.options.TransitMount+" transit"
		}
		return transitKey{}, err
	}
	return found, nil
}

// createTransitKey makes a Transit key. Vault leaves a key that exists as it is, so two who create one at once get the same;
// which of them made it, Vault does not say.
func (c *Client) createTransitKey(ctx context.Context, key string) error {
	return c.write(ctx, "create", c.options.transitKeyPath(key), map[string]any{
		"type": transitKeyType, "exportable": false, "allow_plaintext_backup": false, "derived": false,
	}, nil, "update")
}

// read reads a path of Vault under the current Vault token.
func (c *Client) read(ctx context.Context, path string, into *answer) error {
	token := c.currentToken()
	client, err := c.newAPI(c.ctx, token)
	if err != nil {
		return err
	}
	err = c.ask(ctx, func(ctx context.Context) (*api.Response, error) {
		return client.Logical().ReadRawWithContext(ctx, path)
	}, into)
	return c.explainAccess(err, "read", path, token, "read")
}

// write writes to a path of Vault under the current Vault token. needs is the capability that a policy has to grant for it.
func (c *Client) write(ctx context.Context, op, path string, body any, into *answer, needs string) error {
	token := c.currentToken()
	client, err := c.newAPI(c.ctx, token)
	if err != nil {
		return err
	}
	text, err := marshal(body)
	if err != nil {
		return err
	}
	err = c.ask(ctx, func(ctx context.Context) (*api.Response, error) {
		return client.Logical().WriteRawWithContext(ctx, path, text)
	}, into)
	return c.explainAccess(err, op, path, token, needs)
}

func (c *Client) explainAccess(err error, op, path, token, needs string) error {
	if err == nil {
		return nil
	}
	e := explain(err, op, path, token)
	if e.Kind == ErrForbidden {
		e.Hint = c.lacks(path, needs)
	}
	return e
}
