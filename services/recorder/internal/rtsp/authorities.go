package rtsp

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

// Authorities are who vouches for cameras: certificate authorities, and
// certificates of cameras themselves.
type Authorities struct {
	pool  *x509.CertPool
	exact []*x509.Certificate
}

// LoadAuthorities reads a PEM file of certificates.
func LoadAuthorities(path string) (*Authorities, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	a := &Authorities{pool: x509.NewCertPool()}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("holds a certificate that can't be read: %w", err)
		}
		a.pool.AddCert(c)
		a.exact = append(a.exact, c)
	}
	if len(a.exact) == 0 {
		return nil, errors.New("holds no certificate in PEM")
	}
	return a, nil
}

// Verify is nil for a camera whose own certificate is among them, whatever its
// name and date, or whose certificate is signed by one of them and for host.
func (a *Authorities) Verify(host string, chain []*x509.Certificate) error {
	for _, c := range a.exact {
		if bytes.Equal(c.Raw, chain[0].Raw) {
			return nil
		}
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	if _, err := chain[0].Verify(x509.VerifyOptions{DNSName: host, Roots: a.pool, Intermediates: between}); err != nil {
		return &untrusted{err}
	}
	return nil
}

// untrusted is the error of a certificate that nobody vouches for.
type untrusted struct{ err error }

func (u *untrusted) Error() string { return u.err.Error() }
func (u *untrusted) Unwrap() error { return u.err }
