package rtsp

import (
	"bytes"
	"slices"

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
		for _, attempt := range [][]byte{section, linesOf(section, slices.Concat(essential, []string{"a=fmtp:"})...), linesOf(section, essential...)} {
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
