package rtsp

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestNoSecretIsShown: whatever a camera echoes, the password is not in it, nor
// percent-encoded.
func TestNoSecretIsShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pass := rapid.StringMatching(`[ -~]{3,12}`).Draw(t, "password")
		s := &Session{pass: pass}
		echo := rapid.SampledFrom([]func(string) string{
			func(p string) string { return p }, url.QueryEscape, url.PathEscape,
			func(p string) string {
				return (&url.URL{Scheme: "rtsp", User: url.UserPassword("u", p), Host: "h"}).String()
			},
		}).Draw(t, "echo")(pass)
		hidden := s.hide("failed: " + echo + " !")
		// A password that is part of the words around it is not shown by them.
		around := "failed: rtsp://u:[hidden]@h [hidden] !"
		if strings.Contains(hidden, pass) && !strings.Contains(around, pass) {
			t.Fatalf("%q shows %q", hidden, pass)
		}
	})
}
