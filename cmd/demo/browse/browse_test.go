package browse_test

import (
	"context"
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/donhk/istream/cmd/demo/browse"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const segment = "pi/front_door/2026-11-22/front_door_2026-11-22T16-03-01.250Z.mp4"

func start(t *testing.T, folder string) *browse.Server {
	t.Helper()
	s, err := browse.Start(folder, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// write stores a file that is age old.
func write(t *testing.T, folder, key, content string, age time.Duration) {
	t.Helper()
	file := filepath.Join(folder, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-age)
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
}

type reply struct {
	status int
	header http.Header
	body   string
}

func get(t *testing.T, url string, change func(*http.Request)) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(request)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, string(body)}
}

func TestASegmentIsServedWithRanges(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, segment, "0123456789", 0)
	s := start(t, folder)

	whole := get(t, s.FileURL(segment), nil)
	if whole.status != http.StatusOK || whole.body != "0123456789" || whole.header.Get("Content-Type") != "video/mp4" {
		t.Errorf("whole: %+v", whole)
	}
	part := get(t, s.FileURL(segment), func(r *http.Request) { r.Header.Set("Range", "bytes=2-5") })
	if part.status != http.StatusPartialContent || part.body != "2345" || part.header.Get("Content-Range") != "bytes 2-5/10" {
		t.Errorf("part: %+v", part)
	}
}

func TestThePageListsTheNewestAndPlaysTheFirst(t *testing.T) {
	folder := t.TempDir()
	s := start(t, folder)
	if empty := get(t, s.URL(), nil); empty.status != http.StatusOK || !strings.Contains(empty.body, "No segment yet") {
		t.Errorf("empty: %+v", empty)
	}

	for i := range 60 {
		write(t, folder, "pi/cam/d/"+strconv.Itoa(i)+".mp4", "x", time.Duration(60-i)*time.Minute)
	}
	write(t, folder, "live/pi/cam/start/0.mp4", "x", 0)
	write(t, folder, ".sgwtmp/part.mp4", "x", 0)
	write(t, folder, "pi/cam/d/notes.txt", "x", 0)

	body := get(t, s.URL(), nil).body
	if n := strings.Count(body, "<tr>"); n != 50 {
		t.Errorf("%d lines, want 50", n)
	}
	if !strings.Contains(body, `src="/files/pi/cam/d/59.mp4"`) {
		t.Error("the newest is not playing")
	}
	if first, second := strings.Index(body, ">59.mp4<"), strings.Index(body, ">58.mp4<"); first < 0 || second < first {
		t.Errorf("59 at %d, 58 at %d", first, second)
	}
	for _, absent := range []string{">9.mp4<", "live/", ".sgwtmp", "notes.txt"} {
		if strings.Contains(body, absent) {
			t.Errorf("%s is listed", absent)
		}
	}

	body = get(t, s.PlayURL("pi/cam/d/3.mp4"), nil).body
	if !strings.Contains(body, `src="/files/pi/cam/d/3.mp4"`) {
		t.Error("the segment asked for is not playing")
	}
}

func TestNamesAreEscaped(t *testing.T) {
	folder := t.TempDir()
	const key = `pi/c/"><script>alert(1)<\script>?a=b&c#d%2e 'x'.mp4`
	write(t, folder, key, "bytes", 0)
	s := start(t, folder)
	for _, page := range []string{s.URL(), s.PlayURL(key)} {
		body := get(t, page, nil).body
		if strings.Contains(body, "<script") || strings.Contains(body, `"><`+"script") {
			t.Errorf("not escaped:\n%s", body)
		}
		_, link, _ := strings.Cut(body, `src="`)
		link, _, _ = strings.Cut(link, `"`)
		if file := get(t, strings.TrimSuffix(s.URL(), "/")+html.UnescapeString(link), nil); file.body != "bytes" {
			t.Errorf("%s gives %+v", link, file)
		}
	}
	if file := get(t, s.FileURL(key), nil); file.body != "bytes" {
		t.Errorf("file: %+v", file)
	}
}

func TestNothingOutsideTheFolderIsServed(t *testing.T) {
	parent := t.TempDir()
	folder := filepath.Join(parent, "bucket")
	write(t, parent, "secret.mp4", "secret", 0)
	write(t, folder, segment, "footage", 0)
	write(t, folder, ".sgwtmp/part.mp4", "secret", 0)
	for link, target := range map[string]string{
		"link.mp4": filepath.Join(parent, "secret.mp4"), "up.mp4": "../secret.mp4", "out": parent,
	} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe.mp4"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, folder)
	base := strings.TrimSuffix(s.URL(), "/")
	for _, path := range []string{
		"/files/../secret.mp4", "/files/%2e%2e/secret.mp4", "/files/..%2fsecret.mp4", "/files/pi/..%2f..%2f..%2fsecret.mp4",
		"/files/%2f" + strings.TrimPrefix(parent, "/") + "/secret.mp4", "/files/link.mp4", "/files/up.mp4", "/files/out/secret.mp4",
		"/files/.sgwtmp/part.mp4", "/files/", "/files/pi", "/files/pi/", "/files/pipe.mp4", "/files/missing.mp4", "/secret.mp4",
		"/files/a%00b.mp4", "/?play=../secret.mp4", "/?play=up.mp4", "/?play=.sgwtmp/part.mp4", "/?play=pi", "/?play=pipe.mp4",
	} {
		got := get(t, base+path, nil)
		if got.status != http.StatusNotFound || strings.Contains(got.body, "secret") {
			t.Errorf("%s gives %d %q", path, got.status, got.body)
		}
	}
	if body := get(t, s.URL(), nil).body; strings.Contains(body, "secret") || strings.Contains(body, "link.mp4") || strings.Contains(body, "pipe") {
		t.Errorf("the page lists what it must not:\n%s", body)
	}
}

func TestWhatOthersStoredIsNotRun(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "page.html", "<script>alert(1)</script>", 0)
	got := get(t, start(t, folder).FileURL("page.html"), nil)
	if got.header.Get("Content-Type") != "application/octet-stream" || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("header %v", got.header)
	}
}

func TestOtherNamesOfTheServerAreRefused(t *testing.T) {
	s := start(t, t.TempDir())
	for host, want := range map[string]int{
		"localhost:1": http.StatusOK, "127.0.0.1": http.StatusOK, "[::1]:80": http.StatusOK,
		"rebound.example": http.StatusMisdirectedRequest, "rebound.example:80": http.StatusMisdirectedRequest, "localhost.example": http.StatusMisdirectedRequest,
	} {
		if got := get(t, s.URL(), func(r *http.Request) { r.Host = host }); got.status != want {
			t.Errorf("%s gives %d, want %d", host, got.status, want)
		}
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, segment, "footage", 0)
	s := start(t, folder)
	for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodDelete} {
		got := get(t, s.FileURL(segment), func(r *http.Request) { r.Method = method })
		if got.status != http.StatusMethodNotAllowed {
			t.Errorf("%s gives %d", method, got.status)
		}
	}
}

func TestCloseCutsOffAPlayerThatWaits(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, segment, strings.Repeat("x", 32<<20), 0)
	s, err := browse.Start(folder, "")
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), "/")
	player, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(player, "GET /files/"+segment+" HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := player.Read(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if n, err := io.Copy(io.Discard, player); err == nil && n >= 32<<20 {
		t.Errorf("the player got all %d bytes", n)
	}
	if err := player.Close(); err != nil {
		t.Error(err)
	}
}

func TestAStartThatFailsSaysWhy(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	if _, err := browse.Start(missing, ""); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("got %v", err)
	}
	s := start(t, t.TempDir())
	taken := strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), "/")
	if _, err := browse.Start(t.TempDir(), taken); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("got %v", err)
	}
}
