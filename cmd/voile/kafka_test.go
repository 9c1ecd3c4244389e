package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"voile/config"
)

// pairOf is a certificate and its key in PEM form; serial tells it from others.
func pairOf(t *testing.T, serial int64) (cert, key []byte) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// TestRenewedCertificates: each connection has the certificate of its moment, and one that is half renewed the last whole one.
func TestRenewedCertificates(t *testing.T) {
	dir := t.TempDir()
	files := &config.TLS{CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "tls.crt"), Key: filepath.Join(dir, "tls.key")}
	write := func(name string, data []byte) {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	oldCert, oldKey := pairOf(t, 1)
	newCert, newKey := pairOf(t, 2)
	write(files.CA, oldCert)
	write(files.Cert, oldCert)
	write(files.Key, oldKey)
	read, err := tlsFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	var trusted *x509.CertPool
	serial := func() int64 {
		t.Helper()
		c, err := read()
		if err != nil {
			t.Fatal(err)
		}
		trusted = c.RootCAs
		if c.MinVersion != tls.VersionTLS12 || c.InsecureSkipVerify || c.ClientSessionCache != nil || c.Renegotiation != tls.RenegotiateNever {
			t.Error("the defaults of TLS are not those that docs/security.md promises")
		}
		pair, err := c.GetClientCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	if n := serial(); n != 1 {
		t.Errorf("certificate %d, want 1", n)
	}
	before := trusted
	write(files.Cert, newCert) // its key comes next
	if n := serial(); n != 1 {
		t.Errorf("half renewed: certificate %d, want 1", n)
	}
	write(files.Key, newKey)
	write(files.CA, newCert)
	if n := serial(); n != 2 {
		t.Errorf("renewed: certificate %d, want 2", n)
	}
	if trusted.Equal(before) {
		t.Error("a renewed file of authorities is not read")
	}
}

func TestBadCertificateFiles(t *testing.T) {
	dir := t.TempDir()
	cert, _ := pairOf(t, 1)
	_, otherKey := pairOf(t, 2)
	file := func(name string, data []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good, other, none := file("good.crt", cert), file("other.key", otherKey), file("none.pem", []byte("planted"))
	for _, tc := range []struct {
		name  string
		files config.TLS
		want  string
	}{
		{"no authority", config.TLS{CA: filepath.Join(dir, "nowhere")}, "nowhere: no such file"},
		{"an authority that is none", config.TLS{CA: none}, "holds no certificate in PEM form"},
		{"no key", config.TLS{Cert: good, Key: filepath.Join(dir, "nowhere")}, "nowhere: no such file"},
		{"another's key", config.TLS{Cert: good, Key: other}, "are not a certificate and its private key"},
		{"a key that is none", config.TLS{Cert: good, Key: none}, "are not a certificate and its private key"},
	} {
		_, err := tlsFiles(&tc.files)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: error %v, want %q", tc.name, err, tc.want)
		}
	}
}
