package onvif

import (
	"testing"
	"time"
)

// The digest is the example of ONVIF's application programmer's guide, 6.1.1.3.
func TestToken(t *testing.T) {
	const password = "userpassword"
	at := time.Date(2010, 9, 16, 7, 50, 45, 0, time.UTC)
	token := func(change func(*usernameToken)) *usernameToken {
		parsed, err := parseRequest([]byte(envelope(securityHeader, "<x/>")))
		if err != nil {
			t.Fatal(err)
		}
		change(parsed.Token)
		return parsed.Token
	}
	text := func(given string) func(*usernameToken) {
		return func(u *usernameToken) {
			u.Password.Type, u.Password.Text = "http://x#PasswordText", given
		}
	}
	for _, test := range []struct {
		name   string
		change func(*usernameToken)
		now    time.Time
		want   bool
	}{
		{"right", func(*usernameToken) {}, at, true},
		{"half a minute late", func(*usernameToken) {}, at.Add(30 * time.Second), true},
		{"half a minute early", func(*usernameToken) {}, at.Add(-30 * time.Second), true},
		{"an hour late", func(*usernameToken) {}, at.Add(time.Hour), false},
		{"white space", func(u *usernameToken) { u.Password.Text = "\n " + u.Password.Text + "\n" }, at, true},
		{"another user", func(u *usernameToken) { u.Username = "root" }, at, false},
		{"another digest", func(u *usernameToken) { u.Password.Text = "AAAA" }, at, false},
		{"another nonce", func(u *usernameToken) { u.Nonce = "AAAA" }, at, false},
		{"no base64", func(u *usernameToken) { u.Nonce = "!" }, at, false},
		{"no time", func(u *usernameToken) { u.Created = "" }, at, false},
		{"text", text(password), at, true},
		{"wrong text", text("x"), at, false},
	} {
		if got := token(test.change).valid("admin", password, test.now); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	if (*usernameToken)(nil).valid("", "", at) {
		t.Error("no token is valid")
	}
}

var authorizations = []struct {
	header string
	valid  bool
}{
	{`Digest username="admin", realm="IP Camera", nonce="N", uri="/onvif/x", qop=auth, nc=00000001, cnonce="c", response="1cbd5d8a0ea22b4ff8e2ea6fea0d1ad9"`, false},
	{`Digest username="admin"`, false},
	{`Digest username="admin`, false},
	{`Digest ,,,`, false},
	{`Digest =`, false},
	{`Basic YWRtaW46c2VjcmV0`, false},
	{``, false},
}

func TestDigest(t *testing.T) {
	const uri, nonce = "/onvif/device_service", "abc"
	response := md5Hex(md5Hex("admin:IP Camera:p,\"w") + ":abc:" + md5Hex("POST:"+uri))
	header := `Digest username="admin", realm="IP Camera", nonce="abc",uri="` + uri + `", response="` + response + `"`
	if !validDigest(header, "POST", uri, "admin", "p,\"w", nonce) {
		t.Error("the right answer was refused")
	}
	for _, other := range [][5]string{
		{"GET", uri, "admin", "p,\"w", nonce},
		{"POST", "/other", "admin", "p,\"w", nonce},
		{"POST", uri, "root", "p,\"w", nonce},
		{"POST", uri, "admin", "pw", nonce},
		{"POST", uri, "admin", "p,\"w", "def"},
	} {
		if validDigest(header, other[0], other[1], other[2], other[3], other[4]) {
			t.Errorf("accepted for %v", other)
		}
	}
	for _, test := range authorizations {
		if validDigest(test.header, "POST", "/onvif/x", "admin", "secret", "N") != test.valid {
			t.Errorf("%s: not %v", test.header, test.valid)
		}
	}
}

func FuzzParseDigest(f *testing.F) {
	for _, test := range authorizations {
		f.Add(test.header)
	}
	f.Fuzz(func(_ *testing.T, header string) {
		validDigest(header, "POST", "/onvif/x", "admin", "secret", "N")
	})
}
