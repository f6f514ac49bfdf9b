package events_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/donhk/istream/pkg/events"
)

func TestNamesAreWhatTheContractSays(t *testing.T) {
	for got, want := range map[string]string{
		door.Key():      "attic/front-door/2026-11-22/front-door_2026-11-22T16-03-01.250Z.mp4",
		door.File():     "front-door/2026-11-22T16-03-01.250Z.mp4",
		door.TailKey(7): "live/attic/front-door/2026-11-22T16-03-01.250Z/000007",
		events.SegmentSubject("attic", "front-door", events.Opened): "segments.attic.front-door.opened",
		events.FragmentSubject("attic", "front-door"):               "segments.attic.front-door.fragment",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNamesAreReadBack(t *testing.T) {
	token := rapid.StringMatching(`[a-z0-9_-]{1,64}`).Filter(func(s string) bool { return s != "live" })
	rapid.Check(t, func(t *rapid.T) {
		n := events.Name{
			Site: token.Draw(t, "site"), Camera: token.Draw(t, "camera"),
			Start: time.UnixMilli(rapid.Int64Range(0, 253_402_300_799_999).Draw(t, "start")).UTC(),
		}
		if got, ok := events.ParseKey(n.Key()); !ok || got != n {
			t.Fatalf("%q read as %v, %v", n.Key(), got, ok)
		}
		seq := rapid.IntRange(0, 1<<30).Draw(t, "seq")
		if got, s, ok := events.ParseTailKey(n.TailKey(seq)); !ok || got != n || s != seq {
			t.Fatalf("%q read as %v, %d, %v", n.TailKey(seq), got, s, ok)
		}
		base := strings.TrimPrefix(n.File(), n.Camera+"/")
		if at, closed, ok := events.ParseFile(base); !ok || !closed || !at.Equal(n.Start) {
			t.Fatalf("%q read as %v, %v, %v", base, at, closed, ok)
		}
	})
}

// One character off: whatever the bucket's owner keeps there is not ours.
func foreignKeys() []string {
	key := door.Key()
	return []string{
		"", "/", key + "x", "x/" + key, "/" + key, strings.ToUpper(key),
		strings.Replace(key, "front-door_", "back-door_", 1),
		strings.Replace(key, "/2026-11-22/", "/2026-11-23/", 1),
		strings.Replace(key, ".250Z", ".25Z", 1),
		strings.Replace(key, ".250Z", ".250+00-00", 1),
		strings.Replace(key, "2026-11-22T16", "2026-11-22T25", 1),
		strings.Replace(key, "attic", "at tic", 1),
		strings.Replace(key, "attic", "live", 1),
		strings.Replace(key, "attic", "..", 1),
		strings.Replace(key, ".mp4", ".part", 1),
		"live/attic/front-door/2026-11-22T16-03-01.250Z/7",
		"live/attic/front-door/2026-11-22T16-03-01.250Z/-00007",
		"live/attic/front-door/2026-11-22T16-03-01.250Z/000007/x",
	}
}

func TestForeignKeysAreNotOurs(t *testing.T) {
	for _, key := range foreignKeys() {
		if n, ok := events.ParseKey(key); ok {
			t.Errorf("%q read as %v", key, n)
		}
		if n, _, ok := events.ParseTailKey(key); ok {
			t.Errorf("%q read as the tail of %v", key, n)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	for _, key := range append(foreignKeys(), door.Key(), door.TailKey(0)) {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if n, ok := events.ParseKey(key); ok && n.Key() != key {
			t.Errorf("%q read as %q", key, n.Key())
		}
		if n, seq, ok := events.ParseTailKey(key); ok && n.TailKey(seq) != key {
			t.Errorf("%q read as %q", key, n.TailKey(seq))
		}
	})
}

func TestTokensAreMadeOfAnyText(t *testing.T) {
	for text, want := range map[string]string{
		"Front Door": "front-door", "192.168.1.20:554": "192-168-1-20-554", "  ": "", "Ümlaut": "mlaut",
		"--a--b--": "a-b", strings.Repeat("x", 99): strings.Repeat("x", events.MaxToken), "a_b": "a_b",
	} {
		if got := events.Token(text); got != want {
			t.Errorf("Token(%q) = %q, want %q", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if token := events.Token(rapid.String().Draw(t, "text")); token != "" && !events.ValidToken(token) {
			t.Fatalf("%q is no token", token)
		}
	})
}
