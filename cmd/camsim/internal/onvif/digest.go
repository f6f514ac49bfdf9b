package onvif

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"
)

const realm = "IP Camera"

// challenge asks for HTTP Digest (RFC 2617, 3.2.1).
func challenge(nonce string) string {
	return fmt.Sprintf(`Digest realm=%q, qop="auth", nonce=%q, algorithm=MD5`, realm, nonce)
}

// validDigest checks an Authorization header (RFC 2617, 3.2.2).
func validDigest(header, method, uri, user, password, nonce string) bool {
	given, ok := parseDigest(header)
	if !ok || given["username"] != user || given["realm"] != realm ||
		given["nonce"] != nonce || given["uri"] != uri {
		return false
	}
	secret := md5Hex(user + ":" + realm + ":" + password)
	request := md5Hex(method + ":" + uri)
	want := md5Hex(secret + ":" + nonce + ":" + request)
	if given["qop"] != "" {
		want = md5Hex(strings.Join([]string{secret, nonce, given["nc"], given["cnonce"], given["qop"], request}, ":"))
	}
	return same(given["response"], want)
}

// parseDigest splits name=value and name="value", with commas between.
func parseDigest(header string) (map[string]string, bool) {
	rest, ok := strings.CutPrefix(header, "Digest ")
	if !ok {
		return nil, false
	}
	values := map[string]string{}
	for rest = strings.TrimLeft(rest, " ,"); rest != ""; rest = strings.TrimLeft(rest, " ,") {
		name, after, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, false
		}
		var value string
		if quoted, isQuoted := strings.CutPrefix(after, `"`); isQuoted {
			if value, rest, ok = strings.Cut(quoted, `"`); !ok {
				return nil, false
			}
		} else {
			value, rest, _ = strings.Cut(after, ",")
		}
		values[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
	return values, true
}

func md5Hex(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}
