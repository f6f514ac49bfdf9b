package onvif

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/donhk/istream/services/discoverer/internal/address"
)

// maxURI bounds a stream's address, in bytes.
const maxURI = 1024

var errURI = errors.New("the camera gives no valid stream address")

// StreamURI mends the address of a stream as a camera gives it: white space
// and line ends in it, a second escaping, a missing or doubled scheme, a host
// that can't be reached from here (then reached takes its place, while the
// port stays). It never has credentials.
func StreamURI(text, reached string, onLink func(netip.Addr) bool) (string, error) {
	if len(text) > 4*maxURI {
		return "", errURI
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
	text = strings.ReplaceAll(text, "&amp;", "&")
	scheme, rest := "rtsp", text
	for {
		before, after, ok := strings.Cut(rest, "://")
		if !ok || strings.ContainsAny(before, "/?@") {
			break
		}
		scheme, rest = strings.ToLower(before), after
	}
	if rest == "" || scheme != "rtsp" && scheme != "rtsps" {
		return "", errURI
	}
	u, err := url.Parse(scheme + "://" + withoutUser(rest))
	if err != nil || u.Opaque != "" {
		return "", errURI
	}
	u.User, u.Fragment = nil, ""
	u.Host = withPort(routable(u.Hostname(), reached, onLink), u.Port())
	hidePasswords(u)
	if mended := u.String(); len(mended) <= maxURI {
		return mended, nil
	}
	return "", errURI
}

// withoutUser cuts user and password, also such as would have to be escaped
// ("p@s/s"): all up to an "@" that a host follows.
func withoutUser(rest string) string {
	for i := len(rest) - 1; i >= 0; i-- {
		if rest[i] != '@' {
			continue
		}
		host := rest[i+1:]
		if end := strings.IndexAny(host, "/?"); end >= 0 {
			host = host[:end]
		}
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		// What looks like a zone is an escaped character.
		if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil && a.Zone() == "" {
			return rest[i+1:]
		}
	}
	return rest
}

// routable is host where it can be reached: the camera's own address, or one
// in a subnet of ours. What a camera names otherwise is itself, seen from
// elsewhere.
func routable(host, reached string, onLink func(netip.Addr) bool) string {
	a, err := netip.ParseAddr(host)
	if err != nil || host == reached {
		return reached
	}
	r, err := netip.ParseAddr(reached)
	if address.Usable(a, err == nil && r.IsLoopback()) != "" || !onLink(a.Unmap()) {
		return reached
	}
	return host
}

// passwords are parameters by which some makers let a password into the
// address (XM: /user=admin_password=tlJwpbo6_channel=1_stream=0.sdp).
var passwords = regexp.MustCompile(`(?i)((?:^|[/?&;_])(?:password|passwd|pwd|pass)=)([^&_/;?]+)`)

// emptyXM is how XM devices write the empty password; it is no secret.
const emptyXM = "tlJwpbo6"

// hidePasswords empties them: the recorder signs in by RTSP itself.
func hidePasswords(u *url.URL) {
	hide := func(text string) string {
		return passwords.ReplaceAllStringFunc(text, func(found string) string {
			parts := passwords.FindStringSubmatch(found)
			if parts[2] == emptyXM {
				return found
			}
			return parts[1]
		})
	}
	if path := hide(u.EscapedPath()); path != u.EscapedPath() {
		if plain, err := url.PathUnescape(path); err == nil {
			u.Path, u.RawPath = plain, path
		}
	}
	u.RawQuery = hide(u.RawQuery)
}
