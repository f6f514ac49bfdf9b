package s3

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7/pkg/s3utils"

	"github.com/donhk/istream/pkg/setting"
)

// Config says where the bucket is and who asks for it.
type Config struct {
	Endpoint  string         `env:"S3_ENDPOINT"` // host:port, http://… or https://…
	Bucket    string         `env:"S3_BUCKET, default=istream"`
	Region    string         `env:"S3_REGION, default=us-east-1"`
	AccessKey setting.Secret `env:"S3_ACCESS_KEY"`
	SecretKey setting.Secret `env:"S3_SECRET_KEY"`
	CAFile    string         `env:"S3_CA_FILE"` // PEM, trusted beside the system's
}

// Validate implements setting.Validator.
func (c Config) Validate() error {
	var faults []error
	fault := func(name, text string, value any) { faults = append(faults, setting.Fault(name, text, value)) }
	if text := faultOfEndpoint(c.Endpoint); text != "" {
		shown := c.Endpoint
		if strings.Contains(shown, "@") {
			shown = "" // it holds credentials
		}
		fault("S3_ENDPOINT", text, shown)
	}
	if err := s3utils.CheckValidBucketNameStrict(c.Bucket); err != nil {
		fault("S3_BUCKET", "is no bucket's name: "+err.Error(), c.Bucket)
	}
	if c.Region == "" {
		fault("S3_REGION", "is empty; most stores take us-east-1", "")
	}
	if c.AccessKey == "" {
		fault("S3_ACCESS_KEY", "is not set", "")
	}
	if c.SecretKey == "" {
		fault("S3_SECRET_KEY", "is not set", "")
	}
	return errors.Join(faults...)
}

func faultOfEndpoint(text string) string {
	if text == "" {
		return "is not set: give the store's host:port, or http://… or https://…"
	}
	u, err := url.Parse(withScheme(text))
	switch {
	case err != nil || u.Hostname() == "" || !validPort(u.Port()):
		return "is no host:port, http://… or https://…"
	case u.Scheme != "http" && u.Scheme != "https":
		return "must begin with http:// or https://, or with neither"
	case u.User != nil:
		return "holds credentials; they belong in S3_ACCESS_KEY and S3_SECRET_KEY"
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return "ends in a path; the bucket's name belongs in S3_BUCKET"
	}
	return ""
}

func validPort(text string) bool {
	if text == "" {
		return true
	}
	port, err := strconv.ParseUint(text, 10, 16)
	return err == nil && port > 0
}

// withScheme reads a bare address as plain HTTP, which is what a store behind
// a VPN speaks, unless its port says otherwise.
func withScheme(endpoint string) string {
	if strings.Contains(endpoint, "://") {
		return endpoint
	}
	if _, port, err := net.SplitHostPort(endpoint); err == nil && port == "443" {
		return "https://" + endpoint
	}
	return "http://" + endpoint
}
