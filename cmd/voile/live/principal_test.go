package live

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"voile/config"
	"voile/pipeline/wire"
	"voile/pipeline/wire/bearer"
)

// TestJavaName holds names against what X500Principal.getName() of Java 17 gives for the same bytes.
func TestJavaName(t *testing.T) {
	for _, tc := range []struct{ der, want string }{
		{"3036310b300906035504061302465231153013060355040a0c0c782b793b3c7a3e5c202271223110300e06035504030c07612c623d632364", `CN=a\,b\=c\#d,O=x\+y\;\<z\>\\ \"q\",C=FR`},
		{"3024310b3009060355040b0c02c3a9311530130603550403130c206c65616420747261696c20", `CN=\ lead trail\ ,OU=é`},
		{"3022310a300806035504031301783114301206092a864886f70d01090116056140622e63", `1.2.840.113549.1.9.1=#16056140622e63,CN=x`},
		{"30233114300806035504031301783008060355040b130179310b3009060355040513023132", `2.5.4.5=#13023132,CN=x+OU=y`},
		{"305c310a3008060355040313017a310a3008060355040713016c310a30080603550408130170310a3008060355040913017331173015060a0992268993f22c64011916076578616d706c653111300f060a0992268993f22c640101130175", `UID=u,DC=example,STREET=s,ST=p,L=l,CN=z`},
		{"300d310b3009060355040313022020", `CN=\ \ `},
	} {
		der, err := hex.DecodeString(tc.der)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := javaName(der); err != nil || got != tc.want {
			t.Errorf("have %s, %v; want %s", got, err, tc.want)
		}
		for n := range der { // whatever the file holds, there is no panic
			_, _ = javaName(der[:n])
		}
	}
}

func TestPrincipal(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "voile proxy", Organization: []string{"Data, Inc."}},
		NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert := file("tls.crt", "text before\n"+string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	payload := base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"system:serviceaccount:crm:voile"}`))
	bearerOf := &config.SASL{Mechanism: config.OAuthBearer}
	shows := func(token string, err error) *wire.SASL {
		return &wire.SASL{Tokens: bearer.Text{Read: func() (string, error) { return token, err }}}
	}
	for _, tc := range []struct {
		name     string
		kafka    config.Kafka
		login    *wire.SASL
		want     string
		presumed string
	}{
		{"nothing", config.Kafka{}, nil, "User:ANONYMOUS", ""},
		{"TLS", config.Kafka{TLS: &config.TLS{CA: "ca.pem"}}, nil, "User:ANONYMOUS", ""},
		{"SCRAM", config.Kafka{SASL: &config.SASL{Mechanism: config.ScramSHA256, Username: "o'hara"}}, nil, "User:o'hara", ""},
		{"SCRAM and a client certificate", config.Kafka{TLS: &config.TLS{Cert: cert}, SASL: &config.SASL{Mechanism: config.ScramSHA256, Username: "u"}}, nil, "User:u", ""},
		{"a client certificate", config.Kafka{TLS: &config.TLS{Cert: cert}}, nil, `User:CN=voile proxy,O=Data\, Inc.`, "ssl.principal.mapping.rules"},
		{"a certificate that is not there", config.Kafka{TLS: &config.TLS{Cert: "nowhere"}}, nil, PrincipalUnknown, "kafka.tls.cert"},
		{"a token", config.Kafka{SASL: bearerOf}, shows("e30."+payload+".c2ln", nil), "User:system:serviceaccount:crm:voile", "sasl.oauthbearer.sub.claim.name"},
		{"an opaque token", config.Kafka{SASL: bearerOf}, shows("opaque", nil), PrincipalUnknown, "subject of the bearer token"},
		{"no token", config.Kafka{SASL: bearerOf}, shows("", errors.New("no file")), PrincipalUnknown, "subject of the bearer token"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := &config.Config{Kafka: tc.kafka}
			if got := Principal(t.Context(), c, tc.login); got != tc.want {
				t.Errorf("principal %s, want %s", got, tc.want)
			}
			if got := Presumed(c); (got == "") != (tc.presumed == "") || !strings.Contains(got, tc.presumed) {
				t.Errorf("presumed %q, want %q", got, tc.presumed)
			}
		})
	}
}
