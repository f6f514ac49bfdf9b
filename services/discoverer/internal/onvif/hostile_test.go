package onvif

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/address"
	"github.com/donhk/istream/services/discoverer/internal/devicetest"
)

// serve gives every connection to handle, until the test ends.
func serve(t testing.TB, handle func(net.Conn)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer func() { _ = conn.Close() }()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); running.Wait() })
	return "http://" + l.Addr().String() + "/onvif/device_service"
}

// silent takes the connection and says nothing until the other end closes.
func silent(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// dripping sends a byte now and then for ever.
func dripping(conn net.Conn) {
	gone := make(chan struct{})
	go func() { defer close(gone); silent(conn) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	text := "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" + strings.Repeat("<a>", 1000)
	for _, c := range []byte(text) {
		select {
		case <-tick.C:
		case <-gone:
			return
		}
		if _, err := conn.Write([]byte{c}); err != nil {
			break
		}
	}
	<-gone
}

// endless sends a body that never ends.
func endless(conn net.Conn) {
	gone := make(chan struct{})
	go func() { defer close(gone); silent(conn) }()
	_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
	for err == nil {
		_, err = io.WriteString(conn, strings.Repeat("<a>", 1000))
	}
	<-gone
}

// endlessHeader sends a header that never ends.
func endlessHeader(conn net.Conn) {
	gone := make(chan struct{})
	go func() { defer close(gone); silent(conn) }()
	_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
	for err == nil {
		_, err = io.WriteString(conn, "X-A: "+strings.Repeat("b", 1000)+"\r\n")
	}
	<-gone
}

func junk(conn net.Conn) { _, _ = io.WriteString(conn, "\x00\x01junk\r\n\r\n") }

// TestHostile: each ends by the deadlines, whatever it does.
func TestHostile(t *testing.T) {
	for name, handle := range map[string]func(net.Conn){
		"silent": silent, "dripping": dripping, "endless": endless, "endless header": endlessHeader, "junk": junk,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := client(t)
			c.callTime = 300 * time.Millisecond
			r := c.Interview(t.Context(), Target{Candidates: at(t, serve(t, handle))})
			if r.Err == nil || r.Base != nil || len(r.Tried) != 1 || r.Tried[0].Error == "" {
				t.Errorf("report %+v", r)
			}
		})
	}
}

// TestAnswerBeforeTheQuestion: a device that talks at once is heard all the same.
func TestAnswerBeforeTheQuestion(t *testing.T) {
	url := serve(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		silent(conn)
	})
	c := client(t)
	for range 200 {
		if r := c.Interview(t.Context(), Target{Candidates: at(t, url)}); r.Base == nil || r.Err == nil {
			t.Fatalf("report %+v", r)
		}
	}
}

// TestSilentLater: a device that falls silent in the middle of the talk.
func TestSilentLater(t *testing.T) {
	d := camera()
	c := client(t)
	c.callTime = 300 * time.Millisecond
	d.Start(t)
	quiet := serve(t, silent)
	with("GetServices", devicetest.Raw(200, devicetest.Envelope(`<tds:GetServicesResponse><tds:Service><tds:Namespace>http://www.onvif.org/ver10/media/wsdl</tds:Namespace><tds:XAddr>`+quiet+`</tds:XAddr></tds:Service></tds:GetServicesResponse>`)))(d)
	r := c.Interview(t.Context(), Target{Candidates: at(t, d.URL), Credentials: setting.Credentials{User: "admin", Pass: "p@s:/?#"}})
	if r.Err == nil || !strings.Contains(r.Err.Error(), "no answer within 300ms") {
		t.Errorf("error %v", r.Err)
	}
}

func TestReachTriesTheNext(t *testing.T) {
	d := camera()
	d.Start(t)
	web := devicetest.Raw(404, "<html>")
	other := &devicetest.Device{}
	with("GetSystemDateAndTime", web)(other)
	other.Start(t)
	c := client(t)
	c.callTime = time.Hour // a silent one ends when another has answered
	s, tried := c.reach(t.Context(), at(t, serve(t, silent), "http://127.0.0.1:1/x", other.URL, d.URL), false)
	if s == nil || s.base.String() != d.URL {
		t.Fatalf("tried %v", tried)
	}
	if tried[1].Error == "" || !strings.Contains(tried[2].Error, "404") || tried[3].Error != "" {
		t.Errorf("tried %v", tried)
	}
}

// TestStrict: a web server that refuses everybody is not a camera, unless it
// has said that it is.
func TestStrict(t *testing.T) {
	d := &devicetest.Device{}
	with("GetSystemDateAndTime", devicetest.Raw(401, "<html>"))(d)
	d.Start(t)
	c := client(t)
	if s, _ := c.reach(t.Context(), at(t, d.URL), true); s != nil {
		t.Error("taken though strict")
	}
	guess := at(t, d.URL)
	guess[0].Guess = true
	if s, _ := c.reach(t.Context(), guess, false); s != nil {
		t.Error("taken though guessed")
	}
	if s, _ := c.reach(t.Context(), at(t, d.URL), false); s == nil {
		t.Error("not taken")
	}
}

func TestInterviewEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := client(t)
	c.callTime, c.deviceTime = time.Hour, time.Hour
	url := serve(t, func(conn net.Conn) { cancel(); silent(conn) })
	if r := c.Interview(ctx, Target{Candidates: at(t, url)}); r.Err == nil {
		t.Error("no error")
	}
	if r := c.Interview(ctx, Target{Candidates: []address.Candidate{}}); r.Err == nil {
		t.Error("no error without candidates")
	}
}

// TestNothingIsLeftOpen: 200 refusals, and as many bodies too large, leave
// descriptors and goroutines as they were.
func TestNothingIsLeftOpen(t *testing.T) {
	refusing, large := camera(), camera()
	with("GetDeviceInformation", devicetest.Raw(401, strings.Repeat("x", 10000)))(refusing)
	with("GetDeviceInformation", devicetest.Raw(200, strings.Repeat("x", maxBody+1)))(large)
	refusing.Start(t)
	large.Start(t)
	c := client(t)
	talk := func() {
		for _, d := range []*devicetest.Device{refusing, large} {
			if r := c.Interview(t.Context(), Target{Candidates: at(t, d.URL), Credentials: setting.Credentials{User: "a"}}); r.Err == nil {
				t.Fatal("no error")
			}
		}
	}
	talk()
	files, goroutines := settled(descriptors(t), func() int { return descriptors(t) }), settled(runtime.NumGoroutine(), runtime.NumGoroutine)
	for range 100 {
		talk()
	}
	if now := below(files, func() int { return descriptors(t) }); now > files {
		t.Errorf("%d descriptors, %d before", now, files)
	}
	if now := below(goroutines, runtime.NumGoroutine); now > goroutines {
		t.Errorf("%d goroutines, %d before", now, goroutines)
	}
}

// BenchmarkHostile goes to a device of each kind at once, and tells what the last
// visits have left behind beside the first twenty: -benchtime 1000x stands for a
// thousand scans. The devices are in the same process, and count too.
func BenchmarkHostile(b *testing.B) {
	var urls []string
	for _, answer := range []http.HandlerFunc{
		devicetest.Raw(401, strings.Repeat("x", 10000)), devicetest.Raw(500, ""), devicetest.Raw(200, strings.Repeat("x", maxBody+1)),
	} {
		d := camera()
		with("GetDeviceInformation", answer)(d)
		with("GetServices", answer)(d)
		with("GetCapabilities", answer)(d)
		with("GetProfiles", answer)(d)
		d.Start(b)
		urls = append(urls, d.URL)
	}
	for _, handle := range []func(net.Conn){silent, dripping, endless, endlessHeader, junk} {
		urls = append(urls, serve(b, handle))
	}
	c := client(b)
	c.callTime = 50 * time.Millisecond
	scan := func() {
		var visits sync.WaitGroup
		for _, u := range urls {
			visits.Go(func() {
				if r := c.Interview(b.Context(), Target{Candidates: at(b, u), Credentials: setting.Credentials{User: "a"}}); r.Err == nil {
					b.Error("no error of ", u)
				}
			})
		}
		visits.Wait()
	}
	for range 20 {
		scan()
	}
	files, goroutines, memory := settled(descriptors(b), func() int { return descriptors(b) }), settled(runtime.NumGoroutine(), runtime.NumGoroutine), resident(b)
	for b.Loop() {
		scan()
	}
	b.ReportMetric(float64(below(files, func() int { return descriptors(b) })-files), "fds-more")
	b.ReportMetric(float64(below(goroutines, runtime.NumGoroutine)-goroutines), "goroutines-more")
	b.ReportMetric(memory, "MB-before")
	b.ReportMetric(resident(b), "MB-after")
}

// resident is the memory that this process has, in MB, once what is unused was
// given back.
func resident(b *testing.B) float64 {
	b.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Fatal(err)
	}
	var size, pages float64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		b.Fatal(err)
	}
	return pages * float64(os.Getpagesize()) / 1e6
}

// below polls until count is at most limit, for 5 s: the server's side of a
// connection ends a moment after ours.
func below(limit int, count func() int) int {
	now := count()
	for end := time.Now().Add(5 * time.Second); now > limit && time.Now().Before(end); now = count() {
		time.Sleep(5 * time.Millisecond)
	}
	return now
}

// settled is count once it has not fallen for a while.
func settled(now int, count func() int) int {
	for range 20 {
		time.Sleep(5 * time.Millisecond)
		now = min(now, count())
	}
	return now
}

func descriptors(t testing.TB) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
