package rtsp

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/sdpunmarshaler"
)

// Bounds on a description; cameras send about 1 kB.
const (
	maxSDP      = 64 << 10
	maxSections = 32
)

// plainHead replaces the first part of a description that is beyond reading.
const plainHead = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns= \r\nt=0 0\r\n"

// tolerate mends the description of a stream where it can't be read as it is:
// one broken line in it should not cost the camera. Parameters that can't be read
// are left out, since those of a picture come in the stream too; a track that
// can't be read even so is left out itself.
func tolerate(sdp []byte) []byte {
	if !bytes.HasPrefix(sdp, []byte("v=")) || readable(sdp) || len(sdp) > maxSDP {
		return sdp
	}
	head, sections := sectionsOf(sdp)
	if !readable(append(bytes.Clone(head), "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"...)) {
		head = append([]byte(plainHead), linesOf(head, "a=control:")...)
	}
	mended, kept := bytes.Clone(head), 0
	for _, section := range sections {
		for _, attempt := range attempts(section) {
			if readable(append(bytes.Clone(mended), attempt...)) {
				mended, kept = append(mended, attempt...), kept+1
				break
			}
		}
	}
	if kept == 0 {
		return sdp
	}
	return mended
}

// attempts are ways to read a track's part, the fewer changes the earlier.
func attempts(section []byte) [][]byte {
	all := [][]byte{section}
	for _, way := range [][]byte{section, plainMedia(section)} {
		described := linesOf(way, slices.Concat(essential, []string{"a=fmtp:"})...)
		all = append(all, described, levels.ReplaceAll(described, nil), linesOf(way, essential...))
	}
	return all
}

// levels are told of AAC as a number, and nothing depends on them.
var levels = regexp.MustCompile(`(?i)profile-level-id=[^;\r\n]*;? *`)

var mapped = regexp.MustCompile(`(?m)^a=rtpmap:(\d+) `)

// plainMedia writes a track's m= line anew, of its kind and of the payload types
// that the lines below speak of, else of its own.
func plainMedia(section []byte) []byte {
	line, rest, _ := bytes.Cut(section, []byte("\r\n"))
	fields := strings.Fields(strings.TrimPrefix(string(line), "m="))
	if len(fields) == 0 {
		return section
	}
	var types []string
	for _, found := range mapped.FindAllSubmatch(rest, -1) {
		types = append(types, string(found[1]))
	}
	protocol := slices.IndexFunc(fields, func(field string) bool { return strings.Contains(field, "/") })
	if protocol > 0 && types == nil {
		types = fields[protocol+1:]
	}
	plain := "m=" + strings.ToLower(fields[0]) + " 0 RTP/AVP " + strings.Join(types, " ") + "\r\n"
	return append([]byte(plain), rest...)
}

// relocate mends the address that a description gives of the whole stream.
func relocate(sdp []byte, location func(string) string) []byte {
	const control = "a=control:"
	if !bytes.HasPrefix(sdp, []byte("v=")) || len(sdp) > maxSDP {
		return sdp
	}
	var mended []byte
	inHead := true
	for line := range bytes.Lines(sdp) {
		inHead = inHead && !bytes.HasPrefix(line, []byte("m="))
		given, found := strings.CutPrefix(strings.TrimSpace(string(line)), control)
		if !inHead || !found || given == "*" {
			mended = append(mended, line...)
			continue
		}
		address := location(given)
		if address == "" {
			address = "*"
		}
		mended = append(mended, control+address+"\r\n"...)
	}
	return mended
}

func readable(sdp []byte) bool {
	parsed, err := sdpunmarshaler.Unmarshal(sdp)
	if err != nil {
		return false
	}
	var d description.Session
	return d.Unmarshal2(parsed) == nil
}

// sectionsOf parts a description before each m= line.
func sectionsOf(sdp []byte) (head []byte, sections [][]byte) {
	at := &head
	for line := range bytes.Lines(sdp) {
		if bytes.HasPrefix(line, []byte("m=")) && len(sections) < maxSections {
			sections = append(sections, nil)
			at = &sections[len(sections)-1]
		}
		*at = append(*at, bytes.TrimRight(line, "\r\n")...)
		*at = append(*at, "\r\n"...)
	}
	return head, sections
}

// essential is what a track can't do without.
var essential = []string{"m=", "a=rtpmap:", "a=control:", "a=sendonly", "a=mid:"}

// linesOf keeps the lines that begin in one of these ways.
func linesOf(section []byte, prefixes ...string) []byte {
	var kept []byte
	for line := range bytes.Lines(section) {
		if slices.ContainsFunc(prefixes, func(p string) bool { return bytes.HasPrefix(line, []byte(p)) }) {
			kept = append(kept, line...)
		}
	}
	return kept
}
