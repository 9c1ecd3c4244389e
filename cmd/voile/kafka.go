package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"go.uber.org/zap"

	"voile/config"
	"voile/pipeline/wire"
)

// kafkaOptions says in the words of the wire where the brokers are and how to log in.
func kafkaOptions(c *config.Config, log *zap.Logger) (wire.Options, error) {
	o := wire.Options{Brokers: c.Kafka.Brokers, ClientID: c.Kafka.ClientID, Log: log}
	if t := c.Kafka.TLS; t != nil {
		var err error
		if o.TLS, err = tlsConfig(t); err != nil {
			return o, fmt.Errorf("kafka.tls: %w", err)
		}
	}
	if s := c.Kafka.SASL; s != nil {
		o.SASL = &wire.SASL{Mechanism: s.Mechanism, Username: s.Username, Password: s.Password.Read}
	}
	return o, nil
}

func newKafkaClient(c *config.Config, log *zap.Logger) (*wire.Client, error) {
	o, err := kafkaOptions(c, log)
	if err != nil {
		return nil, err
	}
	return wire.New(o)
}

// tlsConfig reads the files that the configuration names.
func tlsConfig(t *config.TLS) (*tls.Config, error) {
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
		if err != nil {
			return nil, fmt.Errorf("cert, key: %w", err)
		}
		out.Certificates = []tls.Certificate{pair}
	}
	return out, nil
}
