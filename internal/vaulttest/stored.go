package vaulttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// startStored starts a server on a storage of one Raft node, initializes and unseals it, and mounts secret/ as dev mode does.
func (s *Server) startStored(tb testing.TB, withTLS bool) {
	tb.Helper()
	data := filepath.Join(s.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		tb.Fatalf("vaulttest: %v", err)
	}
	file := filepath.Join(s.dir, "server.hcl")
	s.args = []string{"server", "-config=" + file}
	s.startOnFreePort(tb, func(host string) {
		cluster, err := freePort()
		if err != nil {
			tb.Fatalf("vaulttest: %v", err)
		}
		scheme, security := "http", "tls_disable = true"
		if withTLS {
			scheme, security = "https", fmt.Sprintf("tls_cert_file = %q\ntls_key_file = %q\ntls_client_ca_file = %q\ntls_require_and_verify_client_cert = true",
				filepath.Join(s.dir, "server.pem"), filepath.Join(s.dir, "server.key"), s.CAFile)
		}
		s.Address = scheme + "://" + host
		config := fmt.Sprintf(`
			storage "raft" {
				path = %q
				node_id = "one"
				performance_multiplier = 1
			}
			listener "tcp" {
				address = %q
				cluster_address = %q
				%s
			}
			api_addr = %q
			cluster_addr = %q
			disable_mlock = true
		`, data, host, cluster, security, s.Address, "https://"+cluster)
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			tb.Fatalf("vaulttest: %v", err)
		}
	})
	made := s.Do(tb, http.MethodPut, "sys/init", map[string]any{"secret_shares": 1, "secret_threshold": 1})
	keys, _ := made["keys_base64"].([]any)
	if len(keys) != 1 {
		tb.Fatal("vaulttest: sys/init gave no unseal key")
	}
	s.unsealKey, _ = keys[0].(string)
	s.RootToken, _ = made["root_token"].(string)
	s.Unseal(tb)
	s.EnableKV(tb, "secret")
}

// Seal seals the server: it answers, and refuses everything.
func (s *Server) Seal(tb testing.TB) {
	tb.Helper()
	s.Do(tb, http.MethodPut, "sys/seal", nil)
}

// Unseal unseals a persistent server.
func (s *Server) Unseal(tb testing.TB) {
	tb.Helper()
	s.Do(tb, http.MethodPut, "sys/unseal", map[string]any{"key": s.unsealKey})
	s.awaitUnsealed(tb)
}

// writeCertificates makes a certification authority, a server's certificate for 127.0.0.1 and vault.test, and a client's.
func (s *Server) writeCertificates(tb testing.TB) {
	tb.Helper()
	authority := &x509.Certificate{Subject: pkix.Name{CommonName: "voile test authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	server := &x509.Certificate{Subject: pkix.Name{CommonName: "vault"}, DNSNames: []string{"vault.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, KeyUsage: x509.KeyUsageDigitalSignature}
	client := &x509.Certificate{Subject: pkix.Name{CommonName: "voile"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, KeyUsage: x509.KeyUsageDigitalSignature}

	authorityKey := s.writeCertificate(tb, "ca", authority, authority, nil)
	s.writeCertificate(tb, "server", server, authority, authorityKey)
	s.writeCertificate(tb, "client", client, authority, authorityKey)
	s.CAFile = filepath.Join(s.dir, "ca.pem")
	s.ClientCertFile, s.ClientKeyFile = filepath.Join(s.dir, "client.pem"), filepath.Join(s.dir, "client.key")

	pool := x509.NewCertPool()
	text, err := os.ReadFile(s.CAFile)
	if err != nil || !pool.AppendCertsFromPEM(text) {
		tb.Fatalf("vaulttest: the authority's certificate cannot be read: %v", err)
	}
	pair, err := tls.LoadX509KeyPair(s.ClientCertFile, s.ClientKeyFile)
	if err != nil {
		tb.Fatalf("vaulttest: %v", err)
	}
	s.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, Certificates: []tls.Certificate{pair}}}
}

// writeCertificate signs a certificate, by itself where signer is nil, and writes name.pem and name.key.
func (s *Server) writeCertificate(tb testing.TB, name string, template, parent *x509.Certificate, signer *ecdsa.PrivateKey) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatalf("vaulttest: %v", err)
	}
	if signer == nil {
		signer = key
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	certificate, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		tb.Fatalf("vaulttest: %v", err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		tb.Fatalf("vaulttest: %v", err)
	}
	for file, block := range map[string]*pem.Block{
		name + ".pem": {Type: "CERTIFICATE", Bytes: certificate},
		name + ".key": {Type: "EC PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(s.dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			tb.Fatalf("vaulttest: %v", err)
		}
	}
	return key
}
