package api

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
)

// TLS says which certificates a client has of its own, beside the roots that
// the system trusts. All of them are PEM.
type TLS struct {
	CACertPEM, CACertFile         string // more roots: the text, or the file that holds it
	ClientCertFile, ClientKeyFile string // both or none
}

// SettingError says what is wrong with one setting of a Config. Its text does
// not name the setting, and holds nothing of what it is set to but the name of
// a file.
type SettingError struct {
	Setting string // as the provider's attribute, such as "ca_cert_file"
	Cause   error
}

func (e *SettingError) Error() string { return e.Cause.Error() }

// Unwrap gives the cause.
func (e *SettingError) Unwrap() error { return e.Cause }

func badSetting(setting, format string, args ...any) *SettingError {
	return &SettingError{setting, fmt.Errorf(format, args...)}
}

// config reads the files. asked is told when a server asks for a certificate.
func (t TLS) config(asked *atomic.Bool) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	setting, roots := "ca_cert_pem", []byte(t.CACertPEM)
	switch {
	case t.CACertPEM != "" && t.CACertFile != "":
		return nil, badSetting("ca_cert_pem", "ca_cert_file is set, too, and one of them says all")
	case t.CACertFile != "":
		var err error
		setting = "ca_cert_file"
		if roots, err = readFile(setting, t.CACertFile); err != nil {
			return nil, err
		}
	}
	if t.CACertPEM != "" || t.CACertFile != "" {
		certificates, err := parseCertificates(roots)
		if err != nil {
			return nil, &SettingError{setting, about(t.CACertFile, err)}
		}
		if config.RootCAs, err = x509.SystemCertPool(); err != nil {
			config.RootCAs = x509.NewCertPool() // the system's cannot be read, so nothing of theirs is trusted
		}
		for _, certificate := range certificates {
			config.RootCAs.AddCert(certificate)
		}
	}
	certificate, err := t.client()
	if err != nil {
		return nil, err
	}
	config.GetClientCertificate = func(server *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asked.Store(true)
		if err := server.SupportsCertificate(certificate); err == nil {
			return certificate, nil
		}
		return &tls.Certificate{}, nil // which says that there is none
	}
	return config, nil
}

// client is the certificate that this client shows: an empty one if it has none.
func (t TLS) client() (*tls.Certificate, error) {
	switch {
	case t.ClientCertFile == "" && t.ClientKeyFile == "":
		return &tls.Certificate{}, nil
	case t.ClientKeyFile == "":
		return nil, badSetting("client_key_file", "client_cert_file is set, and a certificate is of no use without its key")
	case t.ClientCertFile == "":
		return nil, badSetting("client_cert_file", "client_key_file is set, and a key is of no use without its certificate")
	}
	chain, err := readFile("client_cert_file", t.ClientCertFile)
	if err != nil {
		return nil, err
	}
	if _, err := parseCertificates(chain); err != nil {
		return nil, &SettingError{"client_cert_file", about(t.ClientCertFile, err)}
	}
	key, err := readFile("client_key_file", t.ClientKeyFile)
	if err != nil {
		return nil, err
	}
	if err := checkKey(key); err != nil {
		return nil, &SettingError{"client_key_file", about(t.ClientKeyFile, err)}
	}
	// Its errors may hold something of the files; what is left to be wrong is
	// that the two do not belong together.
	certificate, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, badSetting("client_key_file", "the key in %s is damaged, of a kind that TLS does not know, or not that of the first certificate in %s", t.ClientKeyFile, t.ClientCertFile)
	}
	return &certificate, nil
}

// parseCertificates takes every certificate of a PEM text, and errors rather
// than leave one out. What stands between them is ignored, as by other readers.
func parseCertificates(text []byte) ([]*x509.Certificate, error) {
	var certificates []*x509.Certificate
	var others []string
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			others = append(others, block.Type)
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate number %d in it is damaged", len(certificates)+1)
		}
		certificates = append(certificates, certificate)
	}
	switch {
	case len(certificates) == 0 && len(others) > 0:
		return nil, errors.New("there is no certificate in it, only other things in PEM: it must hold \"-----BEGIN CERTIFICATE-----\"")
	case len(certificates) == 0, bytes.Contains(text, []byte("-----BEGIN CERTIFICATE-----")):
		return nil, errNoPEM
	}
	return certificates, nil
}

var errNoPEM = errors.New("it is not PEM, or was cut off: it must hold \"-----BEGIN CERTIFICATE-----\" to \"-----END CERTIFICATE-----\", each in a line of its own")

// checkKey finds the usual reasons why a file holds no key that can be used.
func checkKey(text []byte) error {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return errors.New("there is no private key in it: it must be PEM and hold \"-----BEGIN PRIVATE KEY-----\", or \"EC\" or \"RSA\" before \"PRIVATE KEY\"")
		}
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY", strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
			return errors.New("the private key in it is locked with a passphrase: use one without, which openssl pkey writes")
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			return nil
		}
	}
}

func readFile(setting, name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	var path *fs.PathError
	switch {
	case err == nil:
		return text, nil
	case errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(name, "~"):
		return nil, badSetting(setting, "there is no file %s: \"~\" is not replaced here, pathexpand() does it", name)
	case errors.Is(err, fs.ErrNotExist):
		return nil, badSetting(setting, "there is no file %s, seen from the directory in which Terraform runs", name)
	case errors.As(err, &path):
		err = path.Err
	}
	return nil, badSetting(setting, "%s cannot be read: %w", name, err)
}

// about names the file, if it is one, that an error is about.
func about(file string, err error) error {
	if file == "" {
		return err
	}
	return fmt.Errorf("%s: %w", file, err)
}
