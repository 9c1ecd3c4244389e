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
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"voile/config"
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
	bearer := func(token string) *config.SASL {
		text := strings.Replace(minimal, "BROKERS", "b:1", 1)
		text = strings.Replace(text, "kafka: {", "kafka: {sasl: {mechanism: oauthbearer, token: {file: "+file("token-"+token[:3], token)+"}}, ", 1)
		c, err := config.Parse("voile.yaml", []byte(text), os.LookupEnv)
		if err != nil {
			t.Fatal(err)
		}
		return c.Kafka.SASL
	}
	for _, tc := range []struct {
		name     string
		kafka    config.Kafka
		want     string
		presumed string
	}{
		{"nothing", config.Kafka{}, "User:ANONYMOUS", ""},
		{"TLS", config.Kafka{TLS: &config.TLS{CA: "ca.pem"}}, "User:ANONYMOUS", ""},
		{"SCRAM", config.Kafka{SASL: &config.SASL{Mechanism: config.ScramSHA256, Username: "o'hara"}}, "User:o'hara", ""},
		{"SCRAM and a client certificate", config.Kafka{TLS: &config.TLS{Cert: cert}, SASL: &config.SASL{Mechanism: config.ScramSHA256, Username: "u"}}, "User:u", ""},
		{"a client certificate", config.Kafka{TLS: &config.TLS{Cert: cert}}, `User:CN=voile proxy,O=Data\, Inc.`, "ssl.principal.mapping.rules"},
		{"a certificate that is not there", config.Kafka{TLS: &config.TLS{Cert: "nowhere"}}, PrincipalUnknown, "kafka.tls.cert"},
		{"a token", config.Kafka{SASL: bearer("e30." + payload + ".c2ln")}, "User:system:serviceaccount:crm:voile", "sasl.oauthbearer.sub.claim.name"},
		{"an opaque token", config.Kafka{SASL: bearer("opaque")}, PrincipalUnknown, "subject of the bearer token"},
		{"client credentials", config.Kafka{SASL: &config.SASL{Mechanism: config.OAuthBearer}}, PrincipalUnknown, "subject of the bearer token"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := &config.Config{Kafka: tc.kafka}
			if got := Principal(c); got != tc.want {
				t.Errorf("principal %s, want %s", got, tc.want)
			}
			if got := Presumed(c); (got == "") != (tc.presumed == "") || !strings.Contains(got, tc.presumed) {
				t.Errorf("presumed %q, want %q", got, tc.presumed)
			}
		})
	}
}

const minimal = `
kafka: {brokers: ["BROKERS"]}
vault: {address: "http://127.0.0.1:8200", auth: {token: {env: VAULT_TOKEN}}}
domains: {customer-id: {method: hash}}
routes: [{name: web, from: [a], to: b, fields: [{key: true, domain: customer-id}]}]
`
