package s3_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/donhk/istream/pkg/objstore/s3"
	"github.com/donhk/istream/pkg/setting"
)

func TestConfigTellsEveryFault(t *testing.T) {
	var cfg s3.Config
	err := setting.Load(t.Context(), &cfg, setting.Map{"S3_BUCKET": "No_Bucket", "S3_ENDPOINT": "ftp://store"})
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"S3_ENDPOINT: must begin with http", "S3_BUCKET: is no bucket's name", "S3_ACCESS_KEY: is not set", "S3_SECRET_KEY: is not set"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not tell %q", err, want)
		}
	}
	if lines := strings.Count(err.Error(), "\n") + 1; lines != 4 {
		t.Errorf("%d lines:\n%v", lines, err)
	}
}

func TestConfigHasDefaults(t *testing.T) {
	var cfg s3.Config
	err := setting.Load(t.Context(), &cfg, setting.Map{"S3_ENDPOINT": "10.8.0.1:9000", "S3_ACCESS_KEY": "access", "S3_SECRET_KEY": "the secret key"})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Bucket != "istream" || cfg.Region != "us-east-1" {
		t.Errorf("got %+v", cfg)
	}
	if shown := fmt.Sprintf("%+v %#v", cfg, cfg); strings.Contains(shown, "the secret key") {
		t.Errorf("shows the secret: %s", shown)
	}
}

func TestEndpoints(t *testing.T) {
	for endpoint, want := range map[string]string{
		"10.8.0.1:9000": "", "store": "", "store.example.net:443": "", "[fd00::1]:9000": "", "localhost:9000": "",
		"http://10.8.0.1:9000": "", "https://store.example.net": "", "https://store.example.net/": "",
		"":                               "is not set",
		"http://":                        "is no host:port",
		":9000":                          "is no host:port",
		"host:port":                      "is no host:port",
		"host:0":                         "is no host:port",
		"host:70000":                     "is no host:port",
		"two words":                      "is no host:port",
		"s3://store":                     "must begin with",
		"https://store/istream":          "S3_BUCKET",
		"https://store/?x=1":             "S3_BUCKET",
		"https://key:secret@store":       "holds credentials",
		"https://key:sec%zzret@store":    "is no host:port",
		"https://key:secret@store/path/": "holds credentials",
	} {
		cfg := config(endpoint)
		err := cfg.Validate()
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", endpoint, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "S3_ENDPOINT: ")):
			t.Errorf("%q gives %v, want %q", endpoint, err, want)
		case err != nil && strings.Contains(err.Error(), "sec"+"ret@"):
			t.Errorf("%v shows a secret", err)
		}
	}
}
