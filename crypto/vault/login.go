package vault

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/hashicorp/vault/api"
	"github.com/hashicorp/vault/api/auth/approle"
	"github.com/hashicorp/vault/api/auth/kubernetes"
)

// session is a Vault token and what is known of it.
type session struct {
	secret   *api.Secret // its Auth is not nil
	lifetime int         // seconds: State.TokenLifetime as the login has it
	// mayLookUp: the Vault token could look itself up. If it can do so no more, it is gone; if it never could, its policies do not let it.
	mayLookUp bool
}

func (s session) token() string { return s.secret.Auth.ClientToken }

// login obtains a Vault token: one that is given, or from an auth method.
func (c *Client) login(ctx context.Context) (session, error) {
	if c.options.Auth.Token != nil {
		return c.loginToken(ctx)
	}
	method, path, given, err := c.method()
	if err != nil {
		return session{}, err
	}
	client, err := c.newAPI(c.ctx, "")
	if err != nil {
		return session{}, err
	}
	secret, err := client.Auth().Login(ctx, method)
	if err != nil {
		refused := explain(err, "log in at", path, given)
		switch refused.Kind {
		case ErrForbidden, ErrRefused, ErrNotFound:
			refused.Kind = ErrLogin
			refused.Hint = "check the role, its bindings and the credential in vault.auth, and that the auth method is mounted there"
		}
		return session{}, refused
	}
	if secret == nil || secret.Auth == nil || secret.Auth.ClientToken == "" {
		return session{}, &Error{Kind: ErrAnswer, Op: "log in at", Path: path, Detail: "the answer holds no Vault token", Hint: "does the role demand multi-factor authentication?"}
	}
	_, err = c.lookupSelf(ctx, secret.Auth.ClientToken)
	return session{secret: secret, lifetime: secret.Auth.LeaseDuration, mayLookUp: err == nil}, nil
}

// method makes the client's auth method anew for each login, with the credential as it is now.
func (c *Client) method() (method api.AuthMethod, path, secret string, err error) {
	if a := c.options.Auth.AppRole; a != nil {
		if secret, err = credential("vault.auth.approle.secret_id", a.SecretID); err != nil {
			return nil, "", "", err
		}
		method, err = approle.NewAppRoleAuth(a.RoleID, &approle.SecretID{FromString: secret}, approle.WithMountPath(a.Mount))
		return method, "auth/" + a.Mount + "/login", secret, err
	}
	k := c.options.Auth.Kubernetes
	if secret, err = credential("vault.auth.kubernetes.jwt_file", File(k.JWTFile)); err != nil {
		return nil, "", "", err
	}
	method, err = kubernetes.NewKubernetesAuth(k.Role, kubernetes.WithServiceAccountToken(secret), kubernetes.WithMountPath(k.Mount))
	return method, "auth/" + k.Mount + "/login", secret, err
}

// loginToken takes the Vault token that somebody else made, and asks Vault how long it lives.
func (c *Client) loginToken(ctx context.Context) (session, error) {
	token, err := credential("vault.auth.token", c.options.Auth.Token)
	if err != nil {
		return session{}, err
	}
	found, err := c.lookupSelf(ctx, token)
	if err != nil {
		refused := explain(err, "log in with a Vault token at", lookupSelfPath, token)
		if refused.Kind == ErrForbidden {
			refused.Kind = ErrLogin
			refused.Hint = "the Vault token is wrong, expired or revoked, or has neither the policy default nor read of " + lookupSelfPath
		}
		return session{}, refused
	}
	secret := &api.Secret{Auth: &api.SecretAuth{ClientToken: token, LeaseDuration: found.TTL, Renewable: found.Renewable}}
	return session{secret: secret, lifetime: found.CreationTTL, mayLookUp: true}, nil
}

const lookupSelfPath = "auth/token/lookup-self"

type tokenInfo struct {
	TTL         int  `json:"ttl"`          // seconds that are left; 0: it never ends
	CreationTTL int  `json:"creation_ttl"` // seconds that it was made with
	Renewable   bool `json:"renewable"`
}

// lookupSelf asks Vault about a Vault token, under that Vault token.
func (c *Client) lookupSelf(ctx context.Context, token string) (tokenInfo, error) {
	client, err := c.newAPI(c.ctx, token)
	if err != nil {
		return tokenInfo{}, err
	}
	var info tokenInfo
	err = c.ask(ctx, func(ctx context.Context) (*api.Response, error) {
		return client.Logical().ReadRawWithContext(ctx, lookupSelfPath)
	}, &answer{Data: &info})
	return info, err
}

// answer is the part of Vault's JSON answers that voile reads. Data points to what the member data is decoded into.
type answer struct {
	Data any `json:"data"`
}

// ask makes one request, within the timeout, and decodes its answer; into may be nil for none wanted. An answer without a
// body leaves into as it is. The answer that comes with a 404 is decoded too, as far as it can be: the KV engine tells in it of
// deleted versions.
func (c *Client) ask(ctx context.Context, request func(context.Context) (*api.Response, error), into *answer) (err error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	response, err := request(ctx)
	if response != nil {
		defer func() { err = errors.Join(err, response.Body.Close()) }()
	}
	if into == nil || response == nil || err != nil && response.StatusCode != http.StatusNotFound {
		return err
	}
	decoding := json.NewDecoder(response.Body).Decode(into)
	if err != nil {
		return err
	}
	if decoding != nil && !errors.Is(decoding, io.EOF) {
		var tooLong *tooLongError
		if errors.As(decoding, &tooLong) {
			return decoding
		}
		// A JSON error may quote the answer.
		return &Error{Kind: ErrAnswer, Op: "read", Path: strings.TrimPrefix(response.Request.URL.Path, "/v1/"), Detail: "it is not the JSON that Vault's API answers with"}
	}
	return nil
}
