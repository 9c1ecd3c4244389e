package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// A program reads the system's CA roots once, so each case is a process of its own, told by its environment which it is.
func TestPublicRoots(t *testing.T) {
	if want := os.Getenv("VOILE_TEST_ROOTS"); want != "" {
		testRoots(t, want)
		return
	}
	nothing := t.TempDir()
	own := filepath.Join(t.TempDir(), "own.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: madeUpRoot(t).Raw})
	if err := os.WriteFile(own, block, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, file, want string }{
		{"a system without roots, as the image", filepath.Join(nothing, "none.pem"), "public"},
		{"an operator's own in their place", own, "own"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestPublicRoots$", "-test.v")
			cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+tt.file, "SSL_CERT_DIR="+nothing, "VOILE_TEST_ROOTS="+tt.want, "GOCOVERDIR="+nothing)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// testRoots looks whether what this process trusts by default are the public roots, or the one in SSL_CERT_FILE alone.
func testRoots(t *testing.T, want string) {
	public := 0
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		cert, err := x509.ParseCertificate(root.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		_, err = cert.Verify(x509.VerifyOptions{CurrentTime: cert.NotBefore.Add(time.Hour)})
		if (err == nil) != (want == "public") {
			t.Errorf("%s: %v", cert.Subject, err)
		}
		public++
	}
	if public < 50 {
		t.Errorf("%d public roots were tried, want all of Mozilla's, over 50", public)
	}
	if _, err := madeUpRoot(t).Verify(x509.VerifyOptions{}); err == nil {
		t.Error("a root that nobody knows is trusted")
	}
	if want == "own" {
		text, err := os.ReadFile(os.Getenv("SSL_CERT_FILE"))
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(text)
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cert.Verify(x509.VerifyOptions{}); err != nil {
			t.Errorf("the operator's root: %v", err)
		}
	}
}

// madeUpRoot is a new CA certificate each time.
func madeUpRoot(t *testing.T) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "made up"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
