package isobmff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// maxTracks is what a movie may hold; a camera has two or three.
const maxTracks = 16

// Movie is what a moov tells.
type Movie struct {
	Timescale uint32 // of mvhd and mehd, units a second
	Tracks    []Track

	durations []duration
}

// Track is one of a movie.
type Track struct {
	ID        uint32
	Timescale uint32 // units a second
	Handler   string // vide, soun
	Codec     string // RFC 6381

	late     uint64 // before it begins, in the movie's units
	size     uint32 // defaults of trex
	duration uint32
	flags    uint32
}

// duration is a field that a finished file fills in.
type duration struct {
	at    int    // within the moov
	bytes int    // 4 or 8
	track uint32 // 0: the movie's
	media bool   // in the track's units, else the movie's
}

// ParseMoov reads a whole moov box.
func ParseMoov(moov []byte) (*Movie, error) {
	m := &Movie{}
	err := children(moov, 0, func(b box) error {
		if b.name != "moov" {
			return fmt.Errorf("a %s where the moov should be", b.name)
		}
		return children(b.body, b.at, m.child)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the moov: %w", err)
	}
	if m.Timescale == 0 || len(m.Tracks) == 0 {
		return nil, errors.New("reading the moov: it names no track")
	}
	return m, nil
}

func (m *Movie) child(b box) error {
	switch b.name {
	case "mvhd":
		f := fields{b: b.body}
		version := f.u8()
		f.take(3)
		skip := 4 + 8*(1+int(version&1)) // flags, then creation and modification
		f.take(skip - 4)
		m.Timescale = f.u32()
		m.keep(b, skip+4, version, 0, false)
		return f.err()
	case "trak":
		if len(m.Tracks) == maxTracks {
			return errors.New("too many tracks")
		}
		m.Tracks = append(m.Tracks, Track{})
		return children(b.body, b.at, m.inTrack)
	case "mvex":
		return children(b.body, b.at, m.inExtends)
	}
	return nil
}

func (m *Movie) inTrack(b box) error {
	t := &m.Tracks[len(m.Tracks)-1]
	switch b.name {
	case "tkhd":
		f := fields{b: b.body}
		version := f.u8()
		skip := 4 + 8*(1+int(version&1))
		f.take(skip - 1)
		t.ID = f.u32()
		m.keep(b, skip+8, version, t.ID, false)
		return f.err()
	case "mdhd":
		f := fields{b: b.body}
		version := f.u8()
		skip := 4 + 8*(1+int(version&1))
		f.take(skip - 1)
		t.Timescale = f.u32()
		m.keep(b, skip+4, version, t.ID, true)
		if t.Timescale == 0 {
			return errors.New("a track without a time scale")
		}
		return f.err()
	case "hdlr":
		f := fields{b: b.body}
		f.take(8)
		t.Handler = string(f.take(4))
		return f.err()
	case "stsd":
		f := fields{b: b.body}
		f.take(8)
		return children(f.b, b.at+8, func(entry box) error {
			if t.Codec == "" {
				t.Codec = codecString(entry)
			}
			return nil
		})
	case "elst":
		f := fields{b: b.body}
		version := f.u8()
		f.take(3)
		if count := f.u32(); count == 0 {
			return nil
		}
		empty := f.wide(version)
		if begin := f.wide(version); begin == math.MaxUint32 && version != 1 || begin == math.MaxUint64 {
			t.late = min(empty, math.MaxUint32)
		}
		return f.err()
	case "mdia", "minf", "stbl", "edts":
		return children(b.body, b.at, m.inTrack)
	}
	return nil
}

func (m *Movie) inExtends(b box) error {
	f := fields{b: b.body}
	switch b.name {
	case "mehd":
		version := f.u8()
		m.keep(b, 4, version, 0, false)
	case "trex":
		f.take(4)
		id := f.u32()
		f.take(4)
		if t := m.track(id); t != nil {
			t.duration, t.size, t.flags = f.u32(), f.u32(), f.u32()
		}
	}
	return f.err()
}

// Codecs lists the tracks' codecs as RFC 6381 does, between commas.
func (m *Movie) Codecs() string {
	names := make([]string, len(m.Tracks))
	for i, t := range m.Tracks {
		names[i] = t.Codec
	}
	return strings.Join(names, ",")
}

// keep notes a duration field of b, if it is there whole.
func (m *Movie) keep(b box, skip int, version uint8, track uint32, media bool) {
	bytes := 4 * (1 + int(version&1))
	if len(b.body) >= skip+bytes && len(m.durations) < 4*maxTracks {
		m.durations = append(m.durations, duration{at: b.at + skip, bytes: bytes, track: track, media: media})
	}
}

func (m *Movie) track(id uint32) *Track {
	for i := range m.Tracks {
		if m.Tracks[i].ID == id {
			return &m.Tracks[i]
		}
	}
	return nil
}

// video is the track that players follow: the first picture, else the first.
func (m *Movie) video() *Track {
	for i := range m.Tracks {
		if m.Tracks[i].Handler == "vide" {
			return &m.Tracks[i]
		}
	}
	return &m.Tracks[0]
}

// patch writes the durations that x measured into the moov.
func (m *Movie) patch(moov []byte, x *Index) {
	for _, d := range m.durations {
		var value uint64
		switch {
		case d.track == 0:
			value = x.longest()
		case d.media:
			value = x.length(d.track)
		default:
			value = x.shown(d.track)
		}
		if d.bytes == 8 {
			binary.BigEndian.PutUint64(moov[d.at:], value)
		} else {
			binary.BigEndian.PutUint32(moov[d.at:], uint32(min(value, math.MaxUint32)))
		}
	}
}
