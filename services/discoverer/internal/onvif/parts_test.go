package onvif

import (
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/devicetest"
	"github.com/donhk/istream/services/discoverer/internal/xmltree"
)

func onLAN(a netip.Addr) bool { return netip.MustParsePrefix("192.168.1.0/24").Contains(a) }

var uris = []struct{ in, want string }{
	{"rtsp://192.168.1.9:554/live/ch0", "rtsp://192.168.1.9:554/live/ch0"},
	{"\r\n rtsp://192.168.1.9/live\r\n/ch0\t\n", "rtsp://192.168.1.9/live/ch0"},
	{"rtsp://192.168.1.9/live\x00", "rtsp://192.168.1.9/live"},
	{"rtsp://192.168.1.9/a?x=1&amp;y=2", "rtsp://192.168.1.9/a?x=1&y=2"},
	{"RTSP://192.168.1.9/a", "rtsp://192.168.1.9/a"},
	{"rtsp://rtsp://192.168.1.9/a", "rtsp://192.168.1.9/a"},
	{"192.168.1.9:554/a", "rtsp://192.168.1.9:554/a"},
	{"rtsps://192.168.1.9:322/a", "rtsps://192.168.1.9:322/a"},
	{"rtsp://0.0.0.0:8554/a", "rtsp://192.168.1.9:8554/a"},
	{"rtsp://127.0.0.1/a", "rtsp://192.168.1.9/a"},
	{"rtsp://169.254.1.1:554/a", "rtsp://192.168.1.9:554/a"},
	{"rtsp://10.0.0.5:10554/a", "rtsp://192.168.1.9:10554/a"},
	{"rtsp://camera.local/a", "rtsp://192.168.1.9/a"},
	{"rtsp://:554/a", "rtsp://192.168.1.9:554/a"},
	{"rtsp://192.168.1.20:554/a", "rtsp://192.168.1.20:554/a"}, // elsewhere on the link
	{"rtsp://192.168.1.9:80/", "rtsp://192.168.1.9:80/"},
	{"rtsp://admin:secret@192.168.1.9/a", "rtsp://192.168.1.9/a"},
	{"rtsp://admin:p@s:/?#@192.168.1.9:554/a", "rtsp://192.168.1.9:554/a"},
	{"rtsp://admin:12/x@192.168.1.9/a", "rtsp://192.168.1.9/a"},
	{"rtsp://192.168.1.9:554/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp?real_stream", "rtsp://192.168.1.9:554/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp?real_stream"},
	{"rtsp://192.168.1.9:554/user=admin_password=S3cretHa_channel=1_stream=0.sdp", "rtsp://192.168.1.9:554/user=admin_password=_channel=1_stream=0.sdp"},
	{"rtsp://192.168.1.9/a?user=admin&pwd=secret&c=1", "rtsp://192.168.1.9/a?user=admin&pwd=&c=1"},
	{"rtsp://192.168.1.9/%E4%B8%AD?x=%20#f", "rtsp://192.168.1.9/%E4%B8%AD?x=%20"},
	{"", ""},
	{"http://192.168.1.9/a", ""},
	{"rtsp://", ""},
	{"rtsp://192.168.1.9:x/a", ""},
	{"rtsp://192.168.1.9/" + strings.Repeat("a", maxURI), ""},
}

func TestStreamURI(t *testing.T) {
	for _, u := range uris {
		got, err := StreamURI(u.in, "192.168.1.9", onLAN)
		if got != u.want || (err != nil) != (u.want == "") {
			t.Errorf("%.60q: got %q (%v), want %q", u.in, got, err, u.want)
		}
	}
}

func FuzzStreamURI(f *testing.F) {
	for _, u := range uris {
		f.Add(u.in)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := StreamURI(text, "192.168.1.9", onLAN)
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.User != nil || !onLAN(netip.MustParseAddr(u.Hostname())) || u.Scheme != "rtsp" && u.Scheme != "rtsps" {
			t.Fatalf("%q became %q", text, got)
		}
		again, err := StreamURI(got, "192.168.1.9", onLAN)
		if err != nil || again != got {
			t.Fatalf("%q became %q, then %q (%v)", text, got, again, err)
		}
	})
}

// TestDigest: the examples of RFC 2617, 3.5 and RFC 7616, 3.9.1, whose client
// nonce is not ours to choose, through the same sums.
func TestDigest(t *testing.T) {
	mufasa := setting.Credentials{User: "Mufasa", Pass: "Circle of Life"}
	rfc7616 := func(algorithm string) http.Header {
		return http.Header{"Www-Authenticate": {`Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=` + algorithm + `, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`}}
	}
	for algorithm, want := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		d := challenge(rfc7616(algorithm), mufasa)
		if d == nil || d.opaque == "" || !d.qop {
			t.Fatalf("%s: read as %+v", algorithm, d)
		}
		a1 := d.sum(mufasa.User, d.realm, mufasa.Pass.Reveal())
		got := d.sum(a1, d.nonce, "00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "auth", d.sum("GET", "/dir/index.html"))
		if got != want {
			t.Errorf("%s: %s, want %s", algorithm, got, want)
		}
	}
}

var challenges = []struct {
	name   string
	header []string
	want   string // algorithm; "" none
}{
	{"plain", []string{`Digest realm="r", nonce="n"`}, "MD5"},
	{"after Basic", []string{`Basic realm="r"`, `Digest realm="r", nonce="n"`}, "MD5"},
	{"after Basic in one line", []string{`Basic realm="r, s", Digest realm="r", nonce="n", algorithm=MD5`}, "MD5"},
	{"the better of two", []string{`Digest realm="r", nonce="n", algorithm=MD5`, `Digest realm="r", nonce="n", algorithm=SHA-256`}, "SHA-256"},
	{"session", []string{`digest realm=r,nonce=n,algorithm=md5-sess,qop=auth`}, "MD5-SESS"},
	{"a hash that nobody has", []string{`Digest realm="r", nonce="n", algorithm=SHA-512-256`}, ""},
	{"the body too", []string{`Digest realm="r", nonce="n", qop="auth-int"`}, ""},
	{"Basic alone", []string{`Basic realm="r"`}, ""},
	{"nothing", nil, ""},
	{"sloppy", []string{`Digest`, `Digest realm="r`, `,,=,"`}, "MD5"},
}

func TestChallenge(t *testing.T) {
	for _, c := range challenges {
		d := challenge(http.Header{"Www-Authenticate": c.header}, setting.Credentials{})
		if got := algorithm(d); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func algorithm(d *digest) string {
	if d == nil {
		return ""
	}
	return d.algorithm
}

func FuzzChallenge(f *testing.F) {
	for _, c := range challenges {
		f.Add(strings.Join(c.header, ", "))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d := challenge(http.Header{"Www-Authenticate": {text}}, setting.Credentials{User: "u", Pass: "secret"}); d != nil {
			if line := d.authorize("POST", "/x"); strings.Contains(line, "secret") && !strings.Contains(text, "secret") {
				t.Fatalf("%q", line)
			}
		}
	})
}

// TestSecurity: the example of the ONVIF Application Programmer's Guide, 6.1.1.3.
func TestSecurity(t *testing.T) {
	nonce, err := base64.StdEncoding.DecodeString("LKqI6G/AikKCQrN0zqZFlg==")
	if err != nil {
		t.Fatal(err)
	}
	text := security(setting.Credentials{User: `a<&"b`, Pass: "userpassword"}, time.Date(2010, 9, 16, 7, 50, 45, 250e6, time.UTC), nonce)
	root, err := xmltree.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	token := root.Child("UsernameToken")
	if token.Child("Username").Text() != `a<&"b` || token.Child("Created").Text() != "2010-09-16T07:50:45Z" || token.Child("Password").Text() != "tuOSpGlFlIXsozq4HFNeeGeFLEI=" {
		t.Error(text)
	}
}

func TestClockOffset(t *testing.T) {
	now := time.Date(2026, 11, 22, 16, 3, 1, 600e6, time.UTC)
	for name, c := range map[string]struct {
		text string
		want time.Duration
	}{
		"in step":    {devicetest.Clock(now), 0},
		"an hour":    {devicetest.Clock(now.Add(-time.Hour)), -time.Hour},
		"year 2485":  {devicetest.Clock(now.AddDate(459, 0, 0)), 0},
		"year 0":     {devicetest.Clock(time.Time{}), 0},
		"absent":     {"<tds:GetSystemDateAndTimeResponse/>", 0},
		"no numbers": {strings.ReplaceAll(devicetest.Clock(now), "2026", "MMXXVI"), 0},
	} {
		root, err := xmltree.Parse([]byte(devicetest.Envelope(c.text)))
		if err != nil {
			t.Fatal(err)
		}
		if got := clockOffset(root, now); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		" a\r\n\tb \x1b[31m\x00": "a b [31m",
		"日本語":                    "日本", // cut between characters
		"":                       "",
	} {
		if got := Plain(in, 8); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzBody: no answer of a device, to any call, does harm.
func FuzzBody(f *testing.F) {
	for _, q := range quirks {
		d := camera()
		q.with(d)
		for _, h := range d.Answers {
			w := &recorded{}
			func() {
				defer func() { _ = recover() }() // those that break the connection
				h(w, nil)
			}()
			f.Add(w.status, []byte(w.text))
		}
	}
	d := camera()
	for _, text := range []string{devicetest.Clock(time.Now()), d.ProfilesXML(), "<a/>"} {
		f.Add(200, []byte(devicetest.Envelope(text)))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		s := session{client: client(t), base: &url.URL{Scheme: "http", Host: "192.168.1.9"}, credentials: setting.Credentials{User: "u", Pass: "topsecret"}}
		soap, err := s.answer(status, body)
		if (soap == nil) == (err == nil) {
			t.Fatal("neither an answer nor an error")
		}
		if err != nil {
			if text := err.Error(); len(text) > 300 || strings.ContainsAny(text, "\r\n\x00") {
				t.Fatalf("error %q", text)
			}
			return
		}
		if off := clockOffset(soap, time.Now()); off%time.Second != 0 {
			t.Fatalf("offset %v", off)
		}
		for _, c := range channels(profiles(soap)) {
			if len(c.profiles) == 0 || len(c.source) > maxName {
				t.Fatal("a channel of nothing")
			}
		}
		at := s.listed(soap)
		for _, u := range append(at.media1, at.media2...) {
			if u.Hostname() != "192.168.1.9" || u.User != nil {
				t.Fatalf("a service at %v would get the signed calls", u)
			}
		}
	})
}

type recorded struct {
	status int
	text   string
}

func (r *recorded) Header() http.Header         { return http.Header{} }
func (r *recorded) WriteHeader(status int)      { r.status = status }
func (r *recorded) Write(b []byte) (int, error) { r.text += string(b); return len(b), nil }
