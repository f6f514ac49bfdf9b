package onvif

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/address"
	"github.com/donhk/istream/services/discoverer/internal/devicetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func client(t testing.TB) *Client {
	c := NewClient(func(a netip.Addr) bool { return a.IsLoopback() })
	t.Cleanup(c.Close)
	return c
}

// camera is a well-behaved device with a main and a sub stream.
func camera() *devicetest.Device {
	return &devicetest.Device{
		Manufacturer: "ACME", Model: "IPC-1", Firmware: "1.0", Serial: "SN42", MAC: "00:11:22:AA:BB:CC",
		User: "admin", Pass: "p@s:/?#",
		Profiles: []devicetest.Profile{
			{Token: "sub", Source: "v1", Codec: "H264", Width: 640, Height: 360, URI: "rtsp://127.0.0.1:8554/sub"},
			{Token: "main", Source: "v1", Codec: "H264", Width: 1920, Height: 1080, URI: "rtsp://127.0.0.1:8554/main"},
		},
	}
}

func at(t testing.TB, urls ...string) []address.Candidate {
	t.Helper()
	var all []address.Candidate
	for _, text := range urls {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, address.Candidate{URL: u})
	}
	return all
}

var (
	mainStream = events.Stream{Name: "main", URI: "rtsp://127.0.0.1:8554/main", Codec: "H264", Width: 1920, Height: 1080, FrameRate: 25}
	subStream  = events.Stream{Name: "sub", URI: "rtsp://127.0.0.1:8554/sub", Codec: "H264", Width: 640, Height: 360, FrameRate: 25}
	bothOfIt   = []Source{{Token: "v1", Streams: []events.Stream{mainStream, subStream}}}
)

// quirks are what devices do, and what must be learned of them all the same.
var quirks = []struct {
	name string
	with func(*devicetest.Device)
	want []Source
	err  string // part of the error
}{
	{name: "as the book says", with: func(*devicetest.Device) {}, want: bothOfIt},
	{name: "open to all", with: func(d *devicetest.Device) { d.User = "" }, want: bothOfIt},
	{name: "digest MD5", with: func(d *devicetest.Device) { d.Sign = "md5" }, want: bothOfIt},
	{name: "digest SHA-256", with: func(d *devicetest.Device) { d.Sign = "sha256" }, want: bothOfIt},
	{name: "clock half a year off", with: func(d *devicetest.Device) { d.ClockOffset = -183 * 24 * time.Hour }, want: bothOfIt},
	{name: "clock in 1970", with: func(d *devicetest.Device) { d.ClockOffset = -time.Since(time.Unix(1000, 0)) }, want: bothOfIt},
	{name: "month 0", with: answer("GetSystemDateAndTime", 200, strings.Replace(devicetest.Envelope(devicetest.Clock(time.Now())), "<tt:Month>", "<tt:Month>0</tt:Month><tt:x>", 1)), want: bothOfIt},
	{name: "minute out of range", with: answer("GetSystemDateAndTime", 200, devicetest.Envelope(strings.Replace(devicetest.Clock(time.Now()), "<tt:Minute>", "<tt:Minute>9", 1))), want: bothOfIt},
	{name: "year 2485", with: answer("GetSystemDateAndTime", 200, devicetest.Envelope(devicetest.Clock(time.Date(2485, 1, 1, 0, 0, 0, 0, time.UTC)))), want: bothOfIt},
	{name: "time not implemented", with: fault("GetSystemDateAndTime", 500, "ter:ActionNotSupported", "no"), want: bothOfIt},
	{name: "time refused", with: answer("GetSystemDateAndTime", 401, "<html>"), want: bothOfIt},
	{name: "time broken", with: answer("GetSystemDateAndTime", 500, ""), want: bothOfIt},
	{name: "information not implemented", with: fault("GetDeviceInformation", 500, "ter:ActionNotSupported", "no"), want: bothOfIt},
	{name: "services not implemented", with: fault("GetServices", 400, "ter:ActionNotSupported", "no"), want: bothOfIt},
	{name: "neither services nor capabilities", with: func(d *devicetest.Device) {
		answer("GetServices", 404, "<html>")(d)
		answer("GetCapabilities", 404, "<html>")(d)
	}, want: bothOfIt},
	{name: "GB2312, a BOM, CRLF, a NUL at the end", with: answer("GetDeviceInformation", 200, "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"GB2312\"?>\r\n<Envelope xmlns='e'>\r\n<Body><GetDeviceInformationResponse><Manufacturer>\xc9\xe3</Manufacturer><Model>\r\nIPC-1\r\n</Model></GetDeviceInformationResponse></Body></Envelope>\r\n\x00"), want: bothOfIt},
	{name: "H.265 known to Media 2 alone", with: func(d *devicetest.Device) {
		d.Media2 = []devicetest.Profile{{Token: "main", Source: "v1", Codec: "H265", Width: 3840, Height: 2160, URI: "rtsp://127.0.0.1:8554/h265"}}
	}, want: []Source{{Token: "v1", Streams: []events.Stream{{Name: "main", URI: "rtsp://127.0.0.1:8554/h265", Codec: "H265", Width: 3840, Height: 2160, FrameRate: 12.5}}}}},
	{name: "Media 2 without profiles", with: func(d *devicetest.Device) { d.Media2 = []devicetest.Profile{} }, want: bothOfIt},
	{name: "Media 2 broken", with: func(d *devicetest.Device) {
		d.Media2 = []devicetest.Profile{{Token: "other", URI: "http://no/"}}
	}, want: bothOfIt},
	{name: "one address broken over lines", with: func(d *devicetest.Device) {
		d.Profiles[1].URI = "\r\n rtsp://127.0.0.1:8554\r\n/main \r\n"
	}, want: bothOfIt},
	{name: "an address of nobody", with: func(d *devicetest.Device) { d.Profiles[1].URI = "rtsp://0.0.0.0:8554/main" }, want: bothOfIt},
	{name: "a bare ampersand", with: func(d *devicetest.Device) {
		d.Profiles = d.Profiles[1:]
		d.Profiles[0].URI = "rtsp://127.0.0.1:8554/main?a=1&b=2"
	}, want: []Source{{Token: "v1", Streams: []events.Stream{{Name: "main", URI: "rtsp://127.0.0.1:8554/main?a=1&b=2", Codec: "H264", Width: 1920, Height: 1080, FrameRate: 25}}}}},
	{name: "one profile without an address", with: func(d *devicetest.Device) { d.Profiles[0].URI = "\r\n" }, want: []Source{{Token: "v1", Streams: []events.Stream{mainStream}}}},
	{name: "two profiles with one address", with: func(d *devicetest.Device) { d.Profiles[0].URI = d.Profiles[1].URI }, want: []Source{{Token: "v1", Streams: []events.Stream{mainStream}}}},
	{name: "a still picture larger than the video", with: func(d *devicetest.Device) {
		d.Profiles = append(d.Profiles, devicetest.Profile{Token: "jpeg", Source: "v1", Codec: "JPEG", Width: 4096, Height: 2160, URI: "rtsp://127.0.0.1:8554/jpeg"})
	}, want: []Source{{Token: "v1", Streams: []events.Stream{mainStream, subStream, {Name: "jpeg", URI: "rtsp://127.0.0.1:8554/jpeg", Codec: "JPEG", Width: 4096, Height: 2160, FrameRate: 25}}}}},
	{name: "no sizes: the device's order", with: func(d *devicetest.Device) {
		for i := range d.Profiles {
			d.Profiles[i].Width = 0
		}
	}, want: []Source{{Token: "v1", Streams: []events.Stream{
		{Name: "sub", URI: subStream.URI, Codec: "H264", Height: 360, FrameRate: 25},
		{Name: "main", URI: mainStream.URI, Codec: "H264", Height: 1080, FrameRate: 25},
	}}}},
	{name: "a DVR", with: func(d *devicetest.Device) { d.Profiles[0].Source = "v2" }, want: []Source{
		{Token: "v2", Streams: []events.Stream{subStream}}, {Token: "v1", Streams: []events.Stream{mainStream}},
	}},
	{name: "the connection breaks before GetStreamUri", with: breakOnce("GetStreamUri"), want: bothOfIt},
	{name: "no profiles", with: func(d *devicetest.Device) { d.Profiles = nil }, err: ErrNoStream.Error()},
	{name: "no addresses", with: func(d *devicetest.Device) { d.Profiles[0].URI, d.Profiles[1].URI = "", "" }, err: ErrNoStream.Error()},
	{name: "profiles as a web page", with: answer("GetProfiles", 200, "<html><body><p>login</p></body></html>"), err: "not ONVIF"},
	{name: "profiles fail", with: fault("GetProfiles", 500, "ter:Internal", "out of   memory\r\n"), err: "the camera says: out of memory"},
	{name: "a reply of 2 MiB", with: answer("GetProfiles", 200, strings.Repeat("<a>", 700_000)), err: errTooLarge.Error()},
	{name: "wrong password", with: func(d *devicetest.Device) { d.Pass = "other" }, err: "the camera refuses CAM_USER and CAM_PASS (Sender not Authorized)"},
	{name: "wrong password by digest", with: func(d *devicetest.Device) { d.Sign, d.Pass = "md5", "other" }, err: "the camera refuses CAM_USER and CAM_PASS (HTTP 401)"},
	{name: "forbidden", with: answer("GetDeviceInformation", 403, ""), err: "authentication failed"},
	{name: "locked", with: fault("GetDeviceInformation", 500, "ter:Action", "The account is locked"), err: "authentication failed"},
	{name: "refused late", with: fault("GetStreamUri", 400, "ter:NotAuthorized", "no"), err: "authentication failed"},
}

func answer(call string, status int, text string) func(*devicetest.Device) {
	return with(call, devicetest.Raw(status, text))
}

func fault(call string, status int, code, reason string) func(*devicetest.Device) {
	return with(call, func(w http.ResponseWriter, _ *http.Request) { devicetest.Fault(w, status, code, reason) })
}

func with(call string, h http.HandlerFunc) func(*devicetest.Device) {
	return func(d *devicetest.Device) {
		if d.Answers == nil {
			d.Answers = map[string]http.HandlerFunc{}
		}
		d.Answers[call] = h
	}
}

func breakOnce(call string) func(*devicetest.Device) {
	return func(d *devicetest.Device) {
		with(call, func(w http.ResponseWriter, r *http.Request) {
			if d.Calls(call) == 1 {
				panic(http.ErrAbortHandler)
			}
			uri := d.Profiles[1].URI
			if d.Calls(call) > 2 {
				uri = d.Profiles[0].URI
			}
			devicetest.Reply(w, `<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>`+uri+`</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>`)
		})(d)
	}
}

func TestInterview(t *testing.T) {
	for _, q := range quirks {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			d := camera()
			q.with(d)
			d.Start(t)
			r := client(t).Interview(t.Context(), Target{Candidates: at(t, d.URL), Credentials: setting.Credentials{User: "admin", Pass: "p@s:/?#"}})
			if r.Base == nil {
				t.Fatal("not reached: ", r.Tried)
			}
			if diff := cmp.Diff(q.want, r.Sources); diff != "" {
				t.Error(diff)
			}
			if q.err == "" && r.Err != nil || q.err != "" && (r.Err == nil || !strings.Contains(r.Err.Error(), q.err)) {
				t.Errorf("error %v, want %q", r.Err, q.err)
			}
			if answered := d.Answers["GetDeviceInformation"] == nil; r.Err == nil && answered != (r.Info.Firmware == "1.0") || r.Err == nil && strings.HasPrefix(q.name, "GB2312") && r.Info.Model != "IPC-1" {
				t.Errorf("learned %+v", r.Info)
			}
			if d.Refused() > 1 {
				t.Errorf("%d attempts with a wrong password", d.Refused())
			}
			if off := (r.Offset - d.ClockOffset).Abs(); d.Answers["GetSystemDateAndTime"] == nil && off > 3*time.Second || r.Offset%time.Second != 0 {
				t.Errorf("clock offset %v, want %v", r.Offset, d.ClockOffset)
			}
		})
	}
}

func TestInterviewInfo(t *testing.T) {
	d := camera()
	d.Manufacturer, d.Model = " ACME\r\nLtd ", strings.Repeat("x", 500)
	d.Start(t)
	r := client(t).Interview(t.Context(), Target{Candidates: at(t, d.URL), Credentials: setting.Credentials{User: "admin", Pass: "p@s:/?#"}, MAC: true})
	want := Info{Manufacturer: "ACME Ltd", Model: strings.Repeat("x", maxName), Firmware: "1.0", Serial: "SN42", MAC: "001122aabbcc"}
	if diff := cmp.Diff(want, r.Info); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyPassword(t *testing.T) {
	for _, sign := range []string{"token", "md5"} {
		d := camera()
		d.Pass, d.Sign = "", sign
		d.Start(t)
		if r := client(t).Interview(t.Context(), Target{Candidates: at(t, d.URL), Credentials: setting.Credentials{User: "admin"}}); r.Err != nil {
			t.Errorf("%s: %v", sign, r.Err)
		}
	}
}

func TestNoCredentials(t *testing.T) {
	d := camera()
	d.Start(t)
	r := client(t).Interview(t.Context(), Target{Candidates: at(t, d.URL)})
	if _, refused := errors.AsType[*AuthError](r.Err); !refused || !strings.Contains(r.Err.Error(), "set CAM_USER and CAM_PASS") {
		t.Errorf("error %v", r.Err)
	}
	if d.Refused() != 0 {
		t.Error("credentials were sent, though there are none")
	}
}

func TestServiceElsewhere(t *testing.T) {
	// Behind NAT: the device tells of its services at an address that is not
	// reachable, and of a port that is.
	media := camera()
	media.User = ""
	media.Start(t)
	d := camera()
	d.User = ""
	d.Start(t)
	_, port, _ := strings.Cut(media.Host(), ":")
	d.Answers = map[string]http.HandlerFunc{"GetServices": devicetest.Raw(200, devicetest.Envelope(`<tds:GetServicesResponse><tds:Service><tds:Namespace>http://www.onvif.org/ver10/media/wsdl</tds:Namespace><tds:XAddr>http://10.9.9.9:`+port+`/onvif/media</tds:XAddr></tds:Service></tds:GetServicesResponse>`))}
	r := client(t).Interview(t.Context(), Target{Candidates: at(t, d.URL)})
	if r.Err != nil || media.Calls("GetProfiles") != 1 || d.Calls("GetProfiles") != 0 {
		t.Errorf("%v; profiles asked %d times at the media port, %d times at the device's", r.Err, media.Calls("GetProfiles"), d.Calls("GetProfiles"))
	}
}

func TestRightPort(t *testing.T) {
	for uri, c := range map[string]struct {
		open string
		want string
	}{
		"rtsp://127.0.0.1:80/x":   {open: "554", want: "rtsp://127.0.0.1/x"},
		"rtsp://127.0.0.1:80/y":   {open: "80 554", want: "rtsp://127.0.0.1:80/y"},
		"rtsp://127.0.0.1:80/z":   {open: "", want: "rtsp://127.0.0.1:80/z"},
		"rtsp://127.0.0.1:8554/x": {open: "554", want: "rtsp://127.0.0.1:8554/x"},
		"rtsp://127.0.0.1/x":      {open: "554", want: "rtsp://127.0.0.1/x"},
	} {
		cl := client(t)
		cl.answers = func(_ context.Context, _ *url.URL, port string) bool {
			return strings.Contains(" "+c.open+" ", " "+port+" ")
		}
		if got := cl.rightPort(t.Context(), uri); got != c.want {
			t.Errorf("%s with %q open: %s, want %s", uri, c.open, got, c.want)
		}
	}
}
