package harness

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"strings"
	"time"
)

// secrets is what TLS needs, made for one run.
type secrets struct {
	name             string
	certificate, key string // PEM
	pin              string // SHA-256 of the certificate, hex
	pair             tls.Certificate
	keyLog           string // name of the file
}

func newSecrets(keyLog string) (*secrets, error) {
	s := &secrets{name: "front.example.test", keyLog: keyLog}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := s.sign(&ecKey.PublicKey, ecKey)
	if err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(ecKey)
	if err != nil {
		return nil, err
	}
	s.certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	s.key = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
	sum := sha256.Sum256(der)
	s.pin = hex.EncodeToString(sum[:])
	s.pair = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: ecKey}
	return s, nil
}

// rsaPair makes another certificate, for the suites of TLS 1.2 that want one.
func (s *secrets) rsaPair() (tls.Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := s.sign(&key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

func (s *secrets) sign(public, private any) ([]byte, error) {
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: s.name}, DNSNames: []string{s.name},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, BasicConstraintsValid: true,
	}
	return x509.CreateCertificate(rand.Reader, template, template, public, private)
}

func lines(pem string) []string { return strings.Split(strings.TrimSpace(pem), "\n") }
