package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"

	"go.uber.org/zap"

	"voile/config"
	"voile/pipeline/wire"
	"voile/pipeline/wire/bearer"
)

// kafkaOptions says in the words of the wire where the brokers are and how to log in.
func kafkaOptions(c *config.Config, log *zap.Logger) (wire.Options, error) {
	o := wire.Options{Brokers: c.Kafka.Brokers, ClientID: c.Kafka.ClientID, Log: log}
	var err error
	if o.TLS, err = tlsFiles(c.Kafka.TLS); err != nil {
		return o, fmt.Errorf("kafka.tls: %w", err)
	}
	if s := c.Kafka.SASL; s != nil {
		if o.SASL, err = saslOptions(s); err != nil {
			return o, fmt.Errorf("kafka.sasl: %w", err)
		}
	}
	return o, nil
}

func saslOptions(s *config.SASL) (*wire.SASL, error) {
	out := &wire.SASL{Mechanism: s.Mechanism, Username: s.Username, Password: s.Password.Read}
	if s.Mechanism != config.OAuthBearer {
		return out, nil
	}
	out.Tokens = bearer.Text{Read: s.Token.Read}
	if c := s.ClientCredentials; c != nil {
		files, err := tlsFiles(c.TLS)
		if err != nil {
			return nil, fmt.Errorf("client_credentials.tls: %w", err)
		}
		out.Tokens, err = bearer.NewEndpoint(bearer.ClientCredentials{TokenURL: c.TokenURL, ClientID: c.ClientID, Secret: c.ClientSecret.Read, Scope: c.Scope, TLS: files})
		if err != nil {
			return nil, fmt.Errorf("client_credentials: %w", err)
		}
	}
	out.Extensions = map[string]string{}
	for _, e := range s.Extensions {
		out.Extensions[e.Name] = e.Value
	}
	return out, nil
}

func newKafkaClient(c *config.Config, log *zap.Logger) (*wire.Client, error) {
	o, err := kafkaOptions(c, log)
	if err != nil {
		return nil, err
	}
	return wire.New(o)
}

// tlsFiles gives a reader of the files that the configuration names: it is asked for each connection, so that certificates
// which are renewed need no restart. It has read them once when it is returned; a renewal that cannot be read, because
// it is half done, leaves what was read last. It is nil where TLS is off.
func tlsFiles(t *config.TLS) (func() (*tls.Config, error), error) {
	if t == nil {
		return nil, nil
	}
	last, err := readTLS(t)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	return func() (*tls.Config, error) {
		mu.Lock()
		defer mu.Unlock()
		if now, err := readTLS(t); err == nil {
			last = now
		}
		return last, nil
	}, nil
}

func readTLS(t *config.TLS) (*tls.Config, error) {
	out := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("ca: %w", err)
		}
		out.RootCAs = x509.NewCertPool()
		if !out.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca: %s holds no certificate in PEM form", t.CA)
		}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		var file *os.PathError
		switch {
		case errors.As(err, &file):
			return nil, fmt.Errorf("cert, key: %w", err)
		case err != nil: // the library's text is left out: it may quote what it could not read
			return nil, fmt.Errorf("cert, key: %s and %s are not a certificate and its private key in PEM form", t.Cert, t.Key)
		}
		// A certificate is sent whoever the broker says it trusts: if it is the wrong one, the broker's refusal says so, where
		// none at all would look like a missing setting.
		out.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	return out, nil
}
