package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// handshakeError says in our own words why there is no TLS with the broker that has to be called host. Texts of
// certificates are the work of whoever answered: they are cut down to harmless ones. bare: the broker has asked for a
// certificate of ours, and there is none.
func handshakeError(err error, host string, bare bool) error {
	var (
		authority   x509.UnknownAuthorityError
		name        x509.HostnameError
		certificate x509.CertificateInvalidError
		verify      *tls.CertificateVerificationError
		header      tls.RecordHeaderError
	)
	stop := func(what, hint string) error {
		return &linkError{what: what, hint: hint, class: ClassStop, err: err}
	}
	switch {
	case errors.As(err, &name):
		return stop("the broker's certificate is not for "+host+namesOf(name.Certificate),
			"set tls.server_name to a name that the certificate has, or use such a name in kafka.brokers and in the brokers' advertised.listeners")
	case errors.As(err, &authority):
		return stop("the broker's certificate comes from an authority that is not trusted",
			"set tls.ca to the file of the authority that signed the brokers' certificates")
	case errors.As(err, &certificate):
		return stop(invalid(certificate, time.Now()))
	case errors.As(err, &header):
		return stop("the listener does not speak TLS", "remove kafka.tls, or use the port of a listener with TLS")
	case errors.As(err, &verify):
		return stop("the broker's certificate cannot be checked", "renew it, or set tls.ca to the file of the authority that signed it")
	}
	if refused := alertError(err, bare); refused != nil {
		return refused
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return &linkError{what: "the broker closed the connection in the handshake of TLS", class: ClassRetry, err: err,
			first: "the listener may not speak TLS: remove kafka.tls, or use the port of a listener with TLS"}
	}
	var n net.Error
	if errors.As(err, &n) || !strings.HasPrefix(err.Error(), "tls: ") {
		return err // of the connection
	}
	return stop("no TLS with the broker: "+harmless(err.Error()), "use listeners with TLS 1.2 or later and certificates that follow the standards")
}

func namesOf(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	var names []string
	for _, n := range c.DNSNames {
		names = append(names, harmless(n))
	}
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	const most = 3
	switch n := len(names); {
	case n == 0:
		return ", and has no name (subjectAltName) at all"
	case n > most:
		return fmt.Sprintf(", but for %s and %d others", strings.Join(names[:most], ", "), n-most)
	}
	return ", but for " + strings.Join(names, ", ")
}

func invalid(e x509.CertificateInvalidError, now time.Time) (what, hint string) {
	switch c := e.Cert; {
	case e.Reason == x509.Expired && c != nil && now.Before(c.NotBefore):
		return "the broker's certificate is valid only from " + c.NotBefore.UTC().Format(time.RFC3339) + " on", "set this machine's clock"
	case e.Reason == x509.Expired && c != nil:
		return "the broker's certificate has expired at " + c.NotAfter.UTC().Format(time.RFC3339), "renew it, or set this machine's clock"
	case e.Reason == x509.Expired:
		return "the broker's certificate has expired", "renew it, or set this machine's clock"
	case e.Reason == x509.IncompatibleUsage:
		return "the broker's certificate is not one for servers", "issue it with the extended key usage serverAuth"
	}
	return fmt.Sprintf("the broker's certificate is not valid (reason %d of x509)", e.Reason), "have it issued anew"
}

const certificateRequired tls.AlertError = 116

// The alerts of TLS by which a broker says what it has against our side (RFC 8446, section 6.2).
var alerts = map[tls.AlertError]struct{ what, hint string }{
	42:                  {"the broker refuses our certificate", "check that tls.cert comes from an authority that the brokers trust (ssl.truststore)"},
	43:                  {"the broker refuses our kind of certificate", "have tls.cert issued with the extended key usage clientAuth"},
	44:                  {"our certificate is revoked", "have tls.cert issued anew"},
	45:                  {"our certificate has expired, says the broker", "renew tls.cert, or set the clocks"},
	46:                  {"the broker refuses our certificate", "check that tls.cert has not expired, is one for clients (clientAuth), and comes from an authority that the brokers trust (ssl.truststore)"},
	48:                  {"the broker does not trust the authority of our certificate", "have tls.cert issued by an authority in the brokers' ssl.truststore, with those in between in the same file"},
	70:                  {"the broker speaks no version of TLS that we take", "allow TLS 1.2 or 1.3 on the listener (ssl.enabled.protocols)"},
	112:                 {"the broker has no certificate for the name that we ask for", "check tls.server_name"},
	certificateRequired: {"the broker wants a certificate of ours", "set tls.cert and tls.key"},
}

// alertError is the broker's alert in words of our own; nil if err is none. Brokers refuse a client's certificate after
// our handshake is over (TLS 1.3), so that it is found at the first read; and Java's have no other alert for one that
// is missing (bare) than for a bad one.
func alertError(err error, bare bool) error {
	var remote *net.OpError
	if !errors.As(err, &remote) || remote.Op != "remote error" {
		return nil
	}
	for n, a := range alerts {
		if remote.Err.Error() == n.Error() {
			if bare {
				a = alerts[certificateRequired]
			}
			return &linkError{what: a.what, hint: a.hint, class: ClassStop, err: err}
		}
	}
	return &linkError{what: "the broker ends TLS: " + harmless(remote.Err.Error()), class: ClassStop, err: err,
		hint: "the log of the broker says why; check tls.cert and tls.key"}
}
