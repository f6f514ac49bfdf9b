package onvif

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"
)

// freshness is how far a token's time may be from the device's clock; cameras
// accept between some seconds and five minutes.
const freshness = time.Minute

// valid checks a token against the user, the password and the device's clock:
// Password_Digest = Base64(SHA-1(nonce + created + password)) (WS-Security
// UsernameToken Profile 1.0, 3.1), or the password as text.
func (t *usernameToken) valid(user, password string, now time.Time) bool {
	if t == nil || t.Username != user {
		return false
	}
	given := strings.TrimSpace(t.Password.Text)
	if strings.HasSuffix(t.Password.Type, "#PasswordText") {
		return same(given, password)
	}
	created, err := time.Parse(time.RFC3339, strings.TrimSpace(t.Created))
	if err != nil || created.Sub(now).Abs() > freshness {
		return false
	}
	nonce, err := base64.StdEncoding.DecodeString(strings.TrimSpace(t.Nonce))
	if err != nil {
		return false
	}
	hash := sha1.Sum([]byte(string(nonce) + strings.TrimSpace(t.Created) + password))
	return same(given, base64.StdEncoding.EncodeToString(hash[:]))
}

func same(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
