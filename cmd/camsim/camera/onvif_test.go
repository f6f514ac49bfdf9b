package camera_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/cmd/camsim/clip"
)

func TestOperations(t *testing.T) {
	t.Parallel()
	cam := start(t, camera.Config{
		Name: "front door", Media2: true,
		Identity: camera.Identity{Manufacturer: "A&B", Serial: "S1", MAC: "02:00:00:00:00:01"},
	})
	a := ask(t, cam.XAddr())
	for _, test := range []struct {
		space, operation, element, want string
	}{
		{deviceSpace, "GetServices", "Namespace", deviceSpace},
		{deviceSpace, "GetServices", "XAddr", cam.XAddr()},
		{deviceSpace, "GetCapabilities", "XAddr", cam.XAddr()},
		{deviceSpace, "GetScopes", "ScopeItem", "onvif://www.onvif.org/type/video_encoder"},
		{deviceSpace, "GetDeviceInformation", "Manufacturer", "A&B"},
		{deviceSpace, "GetDeviceInformation", "SerialNumber", "S1"},
		{deviceSpace, "GetNetworkInterfaces", "HwAddress", "02:00:00:00:00:01"},
		{mediaSpace, "GetVideoSources", "Width", "640"},
		{mediaSpace, "GetProfiles", "Encoding", "H264"},
		{mediaSpace, "GetProfiles", "GovLength", "15"},
		{mediaSpace, "GetStreamUri", "Uri", cam.RTSPURL()},
		{media2Space, "GetProfiles", "FrameRateLimit", "15"},
		{media2Space, "GetStreamUri", "Uri", cam.RTSPURL()},
		{deviceSpace, "Reboot", "Text", "Optional Action Not Implemented"},
	} {
		_, body, err := a.plain(test.space, test.operation)
		if err != nil {
			t.Fatal(err)
		}
		if got := value(t, body, test.element); got != test.want {
			t.Errorf("%s: <%s> is %q, want %q", test.operation, test.element, got, test.want)
		}
	}
}

func TestProfilesShowMainAndSub(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		main   string
		media2 bool
		space  string
		widths []string
	}{
		{clip.Main, false, mediaSpace, []string{"640", "320"}},
		{clip.MainH265, false, mediaSpace, []string{"640", "320"}},
		{clip.MainH265, true, mediaSpace, []string{"320"}}, // hidden, as Dahua does
		{clip.MainH265, true, media2Space, []string{"640", "320"}},
	} {
		cam := start(t, camera.Config{Main: open(t, test.main), Media2: test.media2})
		_, body, err := ask(t, cam.XAddr()).plain(test.space, "GetProfiles")
		if err != nil {
			t.Fatal(err)
		}
		if got := values(t, body, "Width"); !slices.Equal(got, test.widths) {
			t.Errorf("%+v: got widths %v", test, got)
		}
	}
}

func TestWithoutMedia2ItIsNotThere(t *testing.T) {
	t.Parallel()
	cam := start(t, camera.Config{})
	a := ask(t, cam.XAddr())
	_, services, err := a.plain(deviceSpace, "GetServices")
	if err != nil || slices.Contains(values(t, services, "Namespace"), media2Space) {
		t.Errorf("Media2 is listed, error %v", err)
	}
	status, body, err := a.plain(media2Space, "GetProfiles")
	if err != nil || status != http.StatusInternalServerError || !strings.Contains(body, "ter:ActionNotSupported") {
		t.Errorf("got %d %s, %v", status, body, err)
	}
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	type way func(*asker, string, string) (int, string, error)
	const none, right, wrong = "", "p@s:/?#", "guess"
	for _, test := range []struct {
		auth     camera.Auth
		way      way
		password string
		given    string
		status   int
	}{
		{camera.AuthNone, (*asker).plain, none, none, 200},
		{camera.AuthToken, (*asker).token, right, right, 200},
		{camera.AuthToken, (*asker).token, right, wrong, 400},
		{camera.AuthToken, (*asker).token, none, none, 200},
		{camera.AuthToken, (*asker).plain, right, right, 400},
		{camera.AuthDigest, (*asker).digest, right, right, 200},
		{camera.AuthDigest, (*asker).digest, right, wrong, 401},
		{camera.AuthDigest, (*asker).digest, none, none, 200},
		{camera.AuthDigest, (*asker).token, right, right, 401},
		{camera.AuthDigest, (*asker).plain, right, right, 401},
		{camera.AuthBoth, (*asker).token, right, right, 200},
		{camera.AuthBoth, (*asker).digest, right, right, 200},
		{camera.AuthBoth, (*asker).plain, right, right, 401},
	} {
		config := camera.Config{Auth: test.auth, Password: test.password}
		if test.auth != camera.AuthNone {
			config.User = "admin"
		}
		cam := start(t, config)
		a := ask(t, cam.XAddr()).as("admin", test.given)
		status, body, err := test.way(a, mediaSpace, "GetProfiles")
		if err != nil || status != test.status {
			t.Errorf("%s, password %q, given %q: got %d, %v", test.auth, test.password, test.given, status, err)
		}
		if refused := strings.Contains(body, "ter:NotAuthorized"); refused != (test.status != 200) {
			t.Errorf("%s, given %q: NotAuthorized %v", test.auth, test.given, refused)
		}
		if status, _, err := a.plain(deviceSpace, "GetSystemDateAndTime"); status != 200 || err != nil {
			t.Errorf("%s: the time needs credentials: %d, %v", test.auth, status, err)
		}
	}
}

// The device judges a token by its own clock, however wrong that is.
func TestTokenFollowsTheDevicesClock(t *testing.T) {
	t.Parallel()
	for _, offset := range []time.Duration{-26 * 7 * 24 * time.Hour, time.Hour} {
		cam := start(t, camera.Config{User: "admin", Password: "x", Faults: camera.Faults{ClockOffset: offset}})
		a := ask(t, cam.XAddr()).as("admin", "x")
		told := deviceTime(t, a)
		if got := time.Until(told) - offset; got.Abs() > 10*time.Second {
			t.Errorf("offset %v: the device tells %v", offset, told)
		}
		if status, _, err := a.token(mediaSpace, "GetProfiles"); status != 400 || err != nil {
			t.Errorf("offset %v: our time was taken: %d, %v", offset, status, err)
		}
		a.clock = told
		if status, _, err := a.token(mediaSpace, "GetProfiles"); status != 200 || err != nil {
			t.Errorf("offset %v: the device's time was refused: %d, %v", offset, status, err)
		}
	}
}

func deviceTime(t *testing.T, a *asker) time.Time {
	t.Helper()
	_, body, err := a.plain(deviceSpace, "GetSystemDateAndTime")
	if err != nil {
		t.Fatal(err)
	}
	var part [6]int
	for i, name := range []string{"Year", "Month", "Day", "Hour", "Minute", "Second"} {
		if _, err := fmt.Sscan(value(t, body, name), &part[i]); err != nil {
			t.Fatal(err)
		}
	}
	return time.Date(part[0], time.Month(part[1]), part[2], part[3], part[4], part[5], 0, time.UTC)
}

func TestIdentityIsTheSameAtEachStart(t *testing.T) {
	t.Parallel()
	first, second := start(t, camera.Config{Name: "a"}), start(t, camera.Config{Name: "a"})
	other := start(t, camera.Config{Name: "b"})
	if first.Identity() != second.Identity() {
		t.Errorf("%+v differs from %+v", first.Identity(), second.Identity())
	}
	if first.Endpoint() == other.Endpoint() || first.Identity().MAC == other.Identity().MAC ||
		first.Identity().Serial == other.Identity().Serial {
		t.Errorf("two cameras share an identity: %+v, %+v", first.Identity(), other.Identity())
	}
}

func TestBadConfigs(t *testing.T) {
	t.Parallel()
	taken := start(t, camera.Config{})
	var port int
	if _, err := fmt.Sscanf(taken.RTSPURL(), "rtsp://127.0.0.1:%d/", &port); err != nil {
		t.Fatal(err)
	}
	for name, config := range map[string]camera.Config{
		"host":         {Host: "camera.local"},
		"auth":         {User: "admin", Auth: "retina"},
		"no user":      {Auth: camera.AuthDigest},
		"NIC":          {NICs: []string{"no-such-nic0"}},
		"group":        {Group: "nowhere"},
		"RTSP port":    {RTSPPort: port},
		"not our host": {Host: "192.0.2.254"},
	} {
		if cam, err := camera.Start(t.Context(), config); err == nil {
			t.Errorf("%s: it started", name)
			if err := cam.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
