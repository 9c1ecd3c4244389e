package config

import (
	"net"
	"net/url"
	"regexp"
	"strings"
)

var saslForm = &section[SASL]{
	title:     "SASL",
	doc:       "Under `kafka.sasl`: `username` and `password`; or, with `mechanism: oauthbearer`, exactly one of `token` and `client_credentials`.",
	secretive: true,
	settings: []setting[SASL]{
		set("mechanism", enumForm(Plain, ScramSHA256, ScramSHA512, OAuthBearer), func(s *SASL) *string { return &s.Mechanism },
			about{doc: "How voile proves who it is. `plain` and `oauthbearer` send the password or the token to the broker: use them with `tls` only.", required: true, example: ScramSHA512}),
		set("username", anyText, func(s *SASL) *string { return &s.Username },
			about{doc: "The user.", instead: "**required**, but with `oauthbearer`", example: "voile"}),
		set("password", secretForm{}, func(s *SASL) *Secret { return &s.Password },
			about{doc: "The password.", instead: "**required**, but with `oauthbearer`", example: `"${KAFKA_PASSWORD}"`}),
		set("token", secretForm{}, func(s *SASL) *Secret { return &s.Token },
			about{doc: "A bearer token that somebody else renews, such as a projected token of a service account. The file is read for each login.", example: "{file: /var/run/secrets/kafka/token}"}),
		set("client_credentials", optional[ClientCredentials]{clientCredentialsForm}, func(s *SASL) **ClientCredentials { return &s.ClientCredentials },
			about{doc: "Where to get bearer tokens, by OAuth 2.0 client credentials.", example: "{token_url: \"https://login.example/token\", client_id: voile, client_secret: {file: /run/secrets/client-secret}}"}),
		set("extensions", tableForm[Extension]{
			of: mapped[string, Extension]{form: extensionValue,
				to:   func(_ *walker, _ spot, v *string) Extension { return Extension{Value: *v} },
				from: func(e *Extension) string { return e.Value }},
			what: "texts by name", ok: extensionName, pattern: extensionRule,
			name: func(e *Extension) *string { return &e.Name },
		}, func(s *SASL) *[]Extension { return &s.Extensions },
			about{doc: "What the brokers want to know beside the token (KIP-342).", example: "{logicalCluster: lkc-abc12}"}),
	},
	after: checkSASL,
}

var clientCredentialsForm = &section[ClientCredentials]{
	title:     "Client credentials",
	doc:       "Under `kafka.sasl.client_credentials` (RFC 6749, section 4.4). A token is used for four fifths of its life, then another one is asked for.",
	secretive: true,
	settings: []setting[ClientCredentials]{
		set("token_url", tokenURL, func(c *ClientCredentials) *string { return &c.TokenURL },
			about{doc: "The token endpoint. It is asked by https, and by http on this machine only; redirects are not followed.", required: true, example: "https://login.example/oauth2/token"}),
		set("client_id", anyText, func(c *ClientCredentials) *string { return &c.ClientID },
			about{doc: "The client.", required: true, example: "voile"}),
		set("client_secret", secretForm{}, func(c *ClientCredentials) *Secret { return &c.ClientSecret },
			about{doc: "Its secret; read anew for each token.", required: true, example: "{file: /run/secrets/client-secret}"}),
		set("scope", anyText, func(c *ClientCredentials) *string { return &c.Scope },
			about{doc: "Scopes to ask for, with spaces between them.", instead: "what the server gives unasked", example: "kafka"}),
		set("tls", optional[TLS]{tlsForm}, func(c *ClientCredentials) **TLS { return &c.TLS },
			about{doc: "TLS settings of their own.", instead: "the system's authorities", example: "{ca: /etc/voile/login-ca.pem}"}),
	},
	after: func(w *walker, at spot, c *ClientCredentials) {
		if c.TLS != nil && strings.HasPrefix(c.TokenURL, "http:") {
			w.report(w.at(at.path+".tls"), faultf("TLS settings for an address that begins with http://").hintf("write https:// in token_url, or leave tls out"))
		}
	},
}

// checkSASL holds what is there against the mechanism.
func checkSASL(w *walker, at spot, s *SASL) {
	if w.broken[at.path+".mechanism"] || s.Mechanism == "" {
		return
	}
	there := func(name string) bool { _, ok := w.places[at.path+"."+name]; return ok }
	refuse := func(what, hint string, names ...string) (found bool) {
		for _, name := range names {
			if there(name) {
				found = true
				w.report(w.at(at.path+"."+name), (&fault{what: what}).hintf("%s", hint))
			}
		}
		return found
	}
	if s.Mechanism != OAuthBearer {
		const hint = "leave it out, or write mechanism: oauthbearer"
		if refuse("only mechanism: oauthbearer takes it", hint, "token", "client_credentials", "extensions") || w.broken[at.path] {
			return
		}
		for _, m := range []struct{ name, example string }{{"username", "voile"}, {"password", `"${KAFKA_PASSWORD}"`}} {
			if !there(m.name) {
				w.report(at.member(m.name, at.pos), (&fault{what: "missing"}).hintf("for example %s: %s", m.name, m.example))
			}
		}
		return
	}
	if refuse("mechanism: oauthbearer takes a token", "leave it out, and write token or client_credentials", "username", "password") {
		return
	}
	switch token, credentials := there("token"), there("client_credentials"); {
	case token && credentials:
		w.report(w.at(at.path+".client_credentials"), faultf("token and client_credentials exclude each other").hintf("keep one source of the token"))
	case !token && !credentials && !w.broken[at.path]:
		w.report(at, faultf("no source of the token").hintf("write token or client_credentials"))
	}
}

var tokenURL = textForm("the address of a token endpoint", nil, func(s scalar) *fault {
	const example = "for example https://login.example/oauth2/token"
	u, err := url.Parse(s.text)
	switch {
	case err != nil || u.Hostname() == "":
		return faultf("not an address").hintf(example)
	case u.User != nil:
		return faultf("a user or password in the address").hintf("take it out, and write client_id and client_secret")
	case u.Fragment != "":
		return faultf("a fragment in the address").hintf("leave out what stands behind #")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && !thisMachine(u.Hostname()):
		return faultf("http to another machine: the secret and the tokens would travel in the clear").hintf("write https://")
	case u.Scheme != "http":
		return faultf("the address does not begin with https://").hintf(example)
	}
	return nil
})

// thisMachine says whether a host is this machine, as far as its name tells.
func thisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

const extensionRule = `^[A-Za-z]{1,64}$`

var extensionPattern = regexp.MustCompile(extensionRule)

// extensionName is the check of an extension's name, which the standard allows few characters.
func extensionName(name string) *fault {
	if extensionPattern.MatchString(name) && name != "auth" {
		return nil
	}
	return (&fault{what: "a name that no extension can have"}).hintf("at most 64 letters; auth is taken by the token")
}

var extensionValue = patternForm("the value of an extension", `^[\x21-\x7E]+( [\x21-\x7E]+)*$`, "visible ASCII characters")
