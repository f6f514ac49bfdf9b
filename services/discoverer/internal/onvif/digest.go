package onvif

import (
	"crypto/md5" // RFC 7616 keeps it for old devices
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"strings"

	"github.com/donhk/istream/pkg/setting"
)

// digest answers an HTTP Digest challenge (RFC 7616; qop auth, or none as in
// RFC 2069).
type digest struct {
	realm, nonce, opaque, algorithm string
	qop, session, stale             bool
	credentials                     setting.Credentials
	count                           int
}

// challenge finds the best Digest challenge of a 401; nil where there is none
// that can be answered.
func challenge(header http.Header, credentials setting.Credentials) *digest {
	var best *digest
	for _, value := range header.Values("WWW-Authenticate") {
		for _, c := range splitChallenges(value) {
			d := parseChallenge(c, credentials)
			if d != nil && (best == nil || strings.HasPrefix(d.algorithm, "SHA-256") && !strings.HasPrefix(best.algorithm, "SHA-256")) {
				best = d
			}
		}
	}
	return best
}

// splitChallenges parts the challenges of one header line: each begins with
// its scheme, a word without "=".
func splitChallenges(value string) []string {
	var all []string
	for _, part := range splitQuoted(value) {
		word, _, spaced := strings.Cut(part, " ")
		if len(all) == 0 || spaced && !strings.Contains(word, "=") || strings.EqualFold(part, "digest") || strings.EqualFold(part, "basic") {
			all = append(all, part)
			continue
		}
		all[len(all)-1] += "," + part
	}
	return all
}

// splitQuoted parts a list at the commas that are not inside quotes.
func splitQuoted(list string) []string {
	var all []string
	start, quoted := 0, false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			all = append(all, strings.TrimSpace(list[start:i]))
			start = i + 1
		}
	}
	return append(all, strings.TrimSpace(list[start:]))
}

func parseChallenge(text string, credentials setting.Credentials) *digest {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	if !strings.EqualFold(scheme, "digest") {
		return nil
	}
	d := &digest{credentials: credentials, algorithm: "MD5"}
	offersQOP := false
	for _, part := range splitQuoted(rest) {
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		value = unquote(strings.TrimSpace(value))
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "realm":
			d.realm = value
		case "nonce":
			d.nonce = value
		case "opaque":
			d.opaque = value
		case "stale":
			d.stale = strings.EqualFold(value, "true")
		case "algorithm":
			d.algorithm = strings.ToUpper(value)
		case "qop":
			offersQOP = value != ""
			for option := range strings.SplitSeq(value, ",") {
				d.qop = d.qop || strings.EqualFold(strings.TrimSpace(option), "auth")
			}
		}
	}
	if offersQOP && !d.qop || d.hash() == nil {
		return nil // auth-int alone, or a hash that we don't know
	}
	d.session = strings.HasSuffix(d.algorithm, "-SESS")
	return d
}

func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s[1 : len(s)-1])
}

func (d *digest) hash() hash.Hash {
	switch strings.TrimSuffix(d.algorithm, "-SESS") {
	case "MD5":
		return md5.New()
	case "SHA-256":
		return sha256.New()
	}
	return nil
}

func (d *digest) sum(parts ...string) string {
	h := d.hash()
	_, _ = h.Write([]byte(strings.Join(parts, ":"))) // a hash takes everything
	return hex.EncodeToString(h.Sum(nil))
}

// authorize is the Authorization header of a request.
func (d *digest) authorize(method, uri string) string {
	d.count++
	nc, cnonce := fmt.Sprintf("%08x", d.count), rand.Text()
	a1 := d.sum(d.credentials.User, d.realm, d.credentials.Pass.Reveal())
	if d.session {
		a1 = d.sum(a1, d.nonce, cnonce)
	}
	a2 := d.sum(method, uri)
	response := d.sum(a1, d.nonce, a2)
	if d.qop {
		response = d.sum(a1, d.nonce, nc, cnonce, "auth", a2)
	}
	fields := []string{
		"username=" + quote(d.credentials.User), "realm=" + quote(d.realm), "nonce=" + quote(d.nonce),
		"uri=" + quote(uri), "response=" + quote(response), "algorithm=" + d.algorithm,
	}
	if d.qop {
		fields = append(fields, "qop=auth", "nc="+nc, "cnonce="+quote(cnonce))
	} else if d.session {
		fields = append(fields, "cnonce="+quote(cnonce))
	}
	if d.opaque != "" {
		fields = append(fields, "opaque="+quote(d.opaque))
	}
	return "Digest " + strings.Join(fields, ", ")
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
