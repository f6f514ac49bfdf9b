package events

import "strings"

// MaxToken bounds a site's or a camera's name, in bytes.
const MaxToken = 64

// ValidToken reports whether s may stand in a subject, a file name and an
// object key: 1 to MaxToken of [a-z0-9_-].
func ValidToken(s string) bool {
	if s == "" || len(s) > MaxToken {
		return false
	}
	for i := range len(s) {
		if !tokenByte(s[i]) {
			return false
		}
	}
	return true
}

// Token makes a token of any text: letters are lowered, each run of anything
// else becomes one "-". It is empty where nothing usable is left.
func Token(s string) string {
	var b strings.Builder
	for i := 0; i < len(s) && b.Len() < MaxToken; i++ {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if tokenByte(c) && c != '-' {
			b.WriteByte(c)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	return strings.TrimRight(b.String(), "-")
}

func tokenByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}
