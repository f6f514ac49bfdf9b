package devicetest

import (
	"crypto/md5"  // as old cameras do
	"crypto/sha1" // as WS-UsernameToken does
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/donhk/istream/services/discoverer/internal/xmltree"
)

const (
	realm = `a "realm", of cameras`
	nonce = "abc=="
)

// admit checks the credentials of a call, and refuses it where they are wrong.
func (d *Device) admit(w http.ResponseWriter, r *http.Request, root *xmltree.Node) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	sent, right := false, false
	switch {
	case d.User == "":
		return true
	case d.Sign == "" || d.Sign == "token":
		token := root.At("Header", "Security", "UsernameToken")
		sent, right = token != nil, d.tokenFits(token)
	default:
		header := r.Header.Get("Authorization")
		sent, right = header != "", d.digestFits(header, r)
	}
	if right {
		return true
	}
	if sent {
		d.wrong++
	}
	if d.Sign == "" || d.Sign == "token" {
		Fault(w, http.StatusBadRequest, "ter:NotAuthorized", "Sender not Authorized")
		return false
	}
	algorithm := "MD5"
	if d.Sign == "sha256" {
		algorithm = "SHA-256"
	}
	w.Header().Add("WWW-Authenticate", `Basic realm="x"`)
	w.Header().Add("WWW-Authenticate", `Digest realm="a \"realm\", of cameras", nonce="`+nonce+`", algorithm=`+algorithm+`, qop="auth,auth-int"`)
	http.Error(w, "<html>401</html>", http.StatusUnauthorized)
	return false
}

func (d *Device) tokenFits(token *xmltree.Node) bool {
	nonce, err := base64.StdEncoding.DecodeString(token.Child("Nonce").Text())
	if err != nil {
		return false
	}
	stamp := token.Child("Created").Text()
	created, err := time.Parse("2006-01-02T15:04:05Z", stamp)
	if err != nil {
		return false
	}
	if off := time.Since(created) + d.ClockOffset; off > 10*time.Second || off < -10*time.Second {
		return false
	}
	sum := sha1.Sum([]byte(string(nonce) + stamp + d.Pass))
	return token.Child("Username").Text() == d.User && token.Child("Password").Text() == base64.StdEncoding.EncodeToString(sum[:])
}

func (d *Device) digestFits(header string, r *http.Request) bool {
	sum := func(parts ...string) string {
		text := []byte(strings.Join(parts, ":"))
		if d.Sign == "sha256" {
			s := sha256.Sum256(text)
			return hex.EncodeToString(s[:])
		}
		s := md5.Sum(text)
		return hex.EncodeToString(s[:])
	}
	field := func(name string) string {
		_, rest, _ := strings.Cut(header, " "+name+"=")
		value, _, _ := strings.Cut(rest, ", ")
		return strings.Trim(value, `"`)
	}
	a1, a2 := sum(d.User, realm, d.Pass), sum(r.Method, r.URL.RequestURI())
	return field("nonce") == nonce && field("response") == sum(a1, nonce, field("nc"), field("cnonce"), "auth", a2)
}
