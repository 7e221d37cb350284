package api

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
)

// whyNoTLS says why no TLS connection came about, in which case the server has
// seen nothing of the request; "" if that is not what happened. Nothing of what
// came over the wire is quoted.
func whyNoTLS(err error, hasCertificate bool) string {
	if why := whyNotTrusted(err); why != "" {
		return "its TLS certificate was not accepted: " + why
	}
	var record tls.RecordHeaderError
	var op *net.OpError
	switch text := err.Error(); {
	case errors.As(err, &record):
		return "the server does not speak TLS"
	// The standard library has no types for what follows.
	case strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return "it answers without TLS: if that is meant to be so, host begins with http://"
	case strings.Contains(text, "tls: server selected unsupported protocol version"):
		return oldTLS
	case errors.As(err, &op) && op.Op == "remote error":
		return whyRefused(op.Err.Error(), hasCertificate)
	}
	return ""
}

const oldTLS = "the server speaks no TLS that this client does, which is 1.2 and later"

func whyNotTrusted(err error) string {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &hostname):
		return "it is for another host name"
	case errors.As(err, &authority):
		return "it is signed by an unknown authority"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "it, or one that it is signed by, has expired or is not valid yet, by the clock of this machine"
	case errors.As(err, &verification):
		return "it could not be verified"
	}
	return ""
}

// whyRefused says what a server's alert means. Those that are listed here come
// in place of the end of a handshake, whatever this side believes: in TLS 1.3 a
// client has done its part, and may have sent a request, before the server has
// looked at its certificate. An alert of any other kind may come in the middle
// of an answer.
func whyRefused(alert string, hasCertificate bool) string {
	switch strings.TrimPrefix(alert, "tls: ") {
	case "protocol version not supported":
		return oldTLS
	case "unrecognized name":
		return "it does not know the name by which it is addressed"
	case "certificate required", "bad certificate", "unsupported certificate", "revoked certificate", "expired certificate",
		"unknown certificate", "unknown certificate authority", "access denied":
		if hasCertificate {
			return "it does not accept the client certificate (client_cert_file)"
		}
		return "it demands a client certificate (client_cert_file and client_key_file)"
	case "handshake failure", "insufficient security level":
		if hasCertificate {
			return "it refuses the handshake: it may not accept the client certificate (client_cert_file), or have no encryption in common with this client"
		}
		return "it refuses the handshake: it may demand a client certificate (client_cert_file and client_key_file), or have no encryption in common with this client"
	}
	return ""
}
