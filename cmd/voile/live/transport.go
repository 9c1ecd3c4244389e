package live

import (
	"net"
	"net/url"

	"voile/config"
)

// What travels in the clear is a warning: some network is trusted by somebody, and the stream works.

// kafkaInClear looks whether a password, or a bearer token, goes to a broker in the clear.
func kafkaInClear(c *config.Config) []Finding {
	if c.Kafka.TLS != nil || c.Kafka.SASL == nil {
		return nil
	}
	what, mechanism := "password for the brokers", "PLAIN"
	switch c.Kafka.SASL.Mechanism {
	case config.Plain:
	case config.OAuthBearer:
		what, mechanism = "bearer token for the brokers", "OAUTHBEARER"
	default:
		return nil
	}
	for _, b := range c.Kafka.Brokers {
		if host, _, err := net.SplitHostPort(b); err == nil && !loopback(host) {
			return []Finding{warning("kafka.transport", what, "SASL "+mechanism+" without TLS: it travels in the clear, and so do the raw records",
				"set kafka.tls; or, where the brokers have no TLS, at least a mechanism of scram")}
		}
	}
	return nil
}

// vaultInClear looks whether the Vault token and the keysets come from another machine in the clear.
func vaultInClear(address string) []Finding {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || loopback(u.Hostname()) {
		return nil
	}
	return []Finding{warning("vault.transport", "way to Vault", "http: the Vault token and the opened keysets travel in the clear",
		"write https:// in vault.address; vault.tls.ca names an authority of your own")}
}

// loopback says whether a host is this machine, as far as its name tells.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
