package live

import (
	"context"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"slices"
	"strings"

	"voile/config"
	"voile/pipeline/wire"
)

// PrincipalUnknown stands for a principal that the reader has to put in.
const PrincipalUnknown = "User:PRINCIPAL"

// Principal is who the brokers take the proxy for, in Kafka's words, as far as it can be known here: the user of SASL; the
// subject of the bearer token; with a client certificate and no SASL its subject. The last two may be mapped to something
// else by the brokers (Presumed). Where only the brokers know it is PrincipalUnknown.
func Principal(ctx context.Context, c *config.Config, login *wire.SASL) string {
	subject := ""
	switch s, t := c.Kafka.SASL, c.Kafka.TLS; {
	case s != nil && s.Mechanism != config.OAuthBearer:
		return "User:" + s.Username
	case s != nil:
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		if login == nil || login.Tokens == nil {
			break
		}
		if token, err := login.Tokens.Token(ctx); err == nil { // else the brokers' finding says why not
			subject = tokenSubject(token)
		}
	case t == nil || t.Cert == "":
		return "User:ANONYMOUS"
	default:
		subject = fileSubject(t.Cert)
	}
	if subject == "" {
		return PrincipalUnknown
	}
	return "User:" + subject
}

// Presumed says how the brokers may come to another principal than Principal gives; empty where they cannot.
func Presumed(c *config.Config) string {
	switch s, t := c.Kafka.SASL, c.Kafka.TLS; {
	case s != nil && s.Mechanism == config.OAuthBearer:
		return "the subject of the bearer token, unless the brokers go by another claim (sasl.oauthbearer.sub.claim.name)"
	case s == nil && t != nil && t.Cert != "":
		return "the subject of kafka.tls.cert, unless the brokers map it to another name (ssl.principal.mapping.rules)"
	}
	return ""
}

// tokenSubject is the subject of a JSON Web Token, which nobody verifies here; empty where there is none.
func tokenSubject(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct{ Sub string }
	if json.Unmarshal(payload, &claims) != nil {
		return ""
	}
	return claims.Sub
}

// fileSubject is the subject of the first certificate in a file; empty where there is none.
func fileSubject(name string) string {
	rest, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return ""
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return ""
		}
		subject, err := javaName(c.RawSubject)
		if err != nil {
			return ""
		}
		return subject
	}
}

// keywords are those that Java knows by the rules of RFC 2253. All else it shows by number, with its value in hexadecimal.
var keywords = map[string]string{
	"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.9": "STREET",
	"0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
}

// javaName spells a name as Java's X500Principal.getName() does, which is what Kafka takes for the principal. Go's pkix.Name
// spells some attributes in another way.
func javaName(der []byte) (string, error) {
	type attribute struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	var set asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &set); err != nil || len(rest) > 0 {
		return "", fmt.Errorf("not a name: %w", err)
	}
	var names []string
	for left := set.Bytes; len(left) > 0; {
		var one asn1.RawValue
		var err error
		if left, err = asn1.Unmarshal(left, &one); err != nil {
			return "", err
		}
		var together []string
		for in := one.Bytes; len(in) > 0; {
			var a attribute
			if in, err = asn1.Unmarshal(in, &a); err != nil {
				return "", err
			}
			word, known := keywords[a.Type.String()]
			text, readable := attributeText(a.Value)
			if !known || !readable {
				if !known {
					word = a.Type.String()
				}
				text = "#" + hex.EncodeToString(a.Value.FullBytes)
			}
			together = append(together, word+"="+text)
		}
		names = append(names, strings.Join(together, "+"))
	}
	slices.Reverse(names)
	return strings.Join(names, ","), nil
}

func attributeText(v asn1.RawValue) (string, bool) {
	switch v.Tag {
	case asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagIA5String:
	default:
		return "", false
	}
	var b strings.Builder
	for _, r := range string(v.Bytes) {
		switch {
		case strings.ContainsRune(`,=+<>#;"\`, r):
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == 0:
			b.WriteString(`\00`)
		default:
			b.WriteRune(r)
		}
	}
	text := b.String()
	inner := strings.TrimLeft(text, " ")
	text = strings.Repeat(`\ `, len(text)-len(inner)) + inner
	inner = strings.TrimRight(text, " ")
	if n := len(text) - len(inner); n > 0 && strings.HasSuffix(inner, `\`) {
		return text, true // all of it is spaces, which the beginning has taken care of
	} else if n > 0 {
		text = inner + strings.Repeat(`\ `, n)
	}
	return text, true
}
