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
	"testing"
	"time"
)

// An authority issues certificates for tests.
type authority struct {
	file string // its own certificate, in PEM form

	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	issued      int
}

// A leaf is a certificate with its key. All files are in PEM form; keystore holds what a broker needs: key, certificate, authority.
type leaf struct{ certificate, key, keystore string }

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	template := &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.certificate, a.key = a.sign(t, template)
	a.file = a.write(t, "ca.pem", block("CERTIFICATE", a.certificate.Raw))
	return a
}

// server is a certificate of a broker that is valid until end, for host, or for 127.0.0.1 where that is empty.
func (a *authority) server(t *testing.T, host string, end time.Time) leaf {
	t.Helper()
	template := &x509.Certificate{Subject: pkix.Name{CommonName: "broker"}, NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if host == "" {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	} else {
		template.DNSNames = []string{host}
	}
	return a.issue(t, template)
}

// client is a certificate of a proxy.
func (a *authority) client(t *testing.T, subject pkix.Name, end time.Time) leaf {
	t.Helper()
	return a.issue(t, &x509.Certificate{Subject: subject, NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
}

func (a *authority) issue(t *testing.T, template *x509.Certificate) leaf {
	t.Helper()
	certificate, key := a.sign(t, template)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	a.issued++
	name := func(kind string) string { return fmt.Sprintf("%d-%s.pem", a.issued, kind) }
	secret, public := block("PRIVATE KEY", pkcs8), block("CERTIFICATE", certificate.Raw)
	return leaf{certificate: a.write(t, name("certificate"), public), key: a.write(t, name("key"), secret),
		keystore: a.write(t, name("keystore"), secret+public+block("CERTIFICATE", a.certificate.Raw))}
}

// sign makes a key and a certificate of it; the authority's own where there is none yet.
func (a *authority) sign(t *testing.T, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.NotBefore = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour)
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

func (a *authority) write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(a.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
