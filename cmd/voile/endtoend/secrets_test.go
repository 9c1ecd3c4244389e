package endtoend

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// serverCertificate makes an authority, and a certificate of it for 127.0.0.1: ca is the authority's file, keystore holds
// what a broker needs (key, certificate, authority), all in PEM.
func serverCertificate(t *testing.T) (ca, keystore string) {
	t.Helper()
	issue := func(name string, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
		if parent == nil {
			c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
			parent, signer = c, key
		} else {
			c.IPAddresses, c.KeyUsage = []net.IP{net.IPv4(127, 0, 0, 1)}, x509.KeyUsageDigitalSignature
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		made, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return made, key
	}
	authority, signer := issue("voile test authority", nil, nil)
	server, key := issue("broker", authority, signer)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	authorityPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw})
	store := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	store = append(store, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Raw})...)
	store = append(store, authorityPEM...)
	dir := t.TempDir()
	ca, keystore = filepath.Join(dir, "ca.pem"), filepath.Join(dir, "keystore.pem")
	for file, data := range map[string][]byte{ca: authorityPEM, keystore: store} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return ca, keystore
}

// TestSecretsStayInside: brokers that want a password (PLAIN over TLS under an authority of our own, and SCRAM), Vault that
// wants a Vault token. The stream flows, and the secrets are in nothing that voile shows; a wrong password is refused with
// a message that names the cure and neither the wrong nor the right one.
func TestSecretsStayInside(t *testing.T) {
	const (
		user, password = "voile-proxy", "planted-pAssword-7f3a91"
		wrong          = "planted-wr0ng-5c20de"
		scram          = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
		plain          = `org.apache.kafka.common.security.plain.PlainLoginModule required user_` + user + `="` + password + `";`
	)
	ca, keystore := serverCertificate(t)
	cluster := kafkatest.Start(t,
		kafkatest.ScramUser("SCRAM-SHA-512", user, password),
		kafkatest.Listener("LOGIN", "SASL_PLAINTEXT", map[string]string{
			"sasl.enabled.mechanisms": "SCRAM-SHA-512", "scram-sha-512.sasl.jaas.config": scram}),
		kafkatest.Listener("SECURE", "SASL_SSL", map[string]string{
			"sasl.enabled.mechanisms": "PLAIN", "plain.sasl.jaas.config": plain,
			"ssl.keystore.type": "PEM", "ssl.keystore.location": keystore}))
	cluster.CreateTopic(t, "voile.quarantine", 1, nil)
	for _, tc := range []struct{ name, listener, mechanism, tls string }{
		{"scram", "LOGIN", "scram-sha-512", ""},
		{"plain", "SECURE", "plain", "  tls: {ca: " + ca + "}\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			login := func(settings string) string {
				_, rest, _ := strings.Cut(flowConfig(tc.name, nil, "    group: "+tc.name), "\nvault:")
				return fmt.Sprintf("kafka:\n  brokers: [%q]\n%svault:%slog: {level: debug}\n", cluster.BrokersOf(tc.listener)[0], settings, rest)
			}
			sasl := "  sasl: {mechanism: " + tc.mechanism + ", username: " + user + ", password: \"${KAFKA_PASSWORD}\"}\n"
			t.Setenv("KAFKA_PASSWORD", password)
			s := newSiteWith(t, cluster, vaulttest.Start(t), login(tc.tls+sasl))
			vaultToken, err := os.ReadFile(s.path("vault-token"))
			if err != nil {
				t.Fatal(err)
			}
			clean := func(where, text string) {
				t.Helper()
				for what, secret := range map[string]string{"the password": password, "a wrong password": wrong, "the Vault token": string(vaultToken)} {
					if strings.Contains(text, secret) {
						t.Errorf("%s is in %s", what, where)
					}
				}
			}
			for topic, n := range map[string]int{tc.name + ".raw": 2, tc.name: 2} {
				cluster.CreateTopic(t, topic, n, nil)
			}

			flow := startStream(t, s.brokers, tc.name+".raw", 2, 500)
			p := s.run(t)
			waitFor(t, "records flow", 30*time.Second, func() bool { return s.total("voile_records_total") > 200 })
			for _, path := range []string{"/metrics", "/readyz", "/healthz"} {
				_, body := s.get(path)
				clean(path, body)
			}
			sent := flow.stop(t)
			awaitAll(t, s, tc.name, sent, 30*time.Second)
			p.stop(t)
			auditSink(t, s, tc.name, sent)
			clean("the log", p.log.String())
			shown, err := s.command("", "config", "show").CombinedOutput()
			if err != nil || !strings.Contains(string(shown), user) {
				t.Errorf("voile config show: %v\n%s", err, shown)
			}
			clean("voile config show", string(shown))

			s.env = append(s.env, "KAFKA_PASSWORD="+wrong)
			refused := s.run(t)
			if code := refused.exitCode(t, 30*time.Second); code != 1 {
				t.Errorf("a wrong password: exit code %d, want 1", code)
			}
			clean("the log", refused.log.String())
			if !strings.Contains(refused.log.String(), "sasl.password") {
				t.Errorf("a wrong password: the message does not name sasl.password:\n%s", refused.log)
			}
			if tc.tls == "" {
				return
			}
			s.env = append(s.env, "KAFKA_PASSWORD="+password)
			s.write(t, "voile.yaml", login("  tls: true\n"+sasl))
			untrusted := s.run(t)
			if code := untrusted.exitCode(t, 60*time.Second); code != 1 || !strings.Contains(untrusted.log.String(), "tls.ca") {
				t.Errorf("an unknown authority: exit code %d, want 1 and a message that names tls.ca:\n%s", code, untrusted.log)
			}
			clean("the log", untrusted.log.String())
			checked, err := s.command("", "check", "--live").CombinedOutput()
			if err == nil || !strings.Contains(string(checked), "set tls.ca to the file of the authority") {
				t.Errorf("an unknown authority: voile check --live: %v\n%s", err, checked)
			}
			clean("voile check --live", string(checked))
		})
	}
}
