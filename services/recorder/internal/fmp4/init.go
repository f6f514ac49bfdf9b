package fmp4

import (
	"math"
	"slices"
	"time"

	"github.com/donhk/istream/services/recorder/internal/media"
)

// movieScale is the unit of a movie's durations: milliseconds.
const movieScale = 1000

// Track is one of a file. Its number is its place in the list, from 1.
type Track struct {
	Format media.Format
	Sets   *media.Sets // of video
	// Late is how long the presentation is under way when the track begins, in
	// whole milliseconds.
	Late time.Duration
	// Delay is the time on the track, in its units, at which its presentation
	// begins: that of the first picture shown, since it may be decoded before.
	Delay int64
}

// Init is ftyp and moov of a file that begins at start. Its durations are zero,
// in their short forms, for who closes the file to fill in.
func Init(tracks []Track, start time.Time) []byte {
	created := u32(uint32(start.Unix() - epoch))
	parts := [][]byte{full("mvhd", 0, 0, created, created, u32(movieScale), u32(0), u32(0x10000), u16(0x100), zeros(10), identity(), zeros(24), u32(uint32(len(tracks)+1)))}
	extends := [][]byte{full("mehd", 0, 0, u32(0))}
	for i, t := range tracks {
		id := uint32(i + 1)
		parts = append(parts, trak(id, t, created))
		extends = append(extends, full("trex", 0, 0, u32(id), u32(1), u32(0), u32(0), u32(0)))
	}
	parts = append(parts, box("mvex", extends...))
	brands := []byte("iso6\x00\x00\x00\x00iso6iso5isommp41")
	parts = append(parts, box("udta", date(start)))
	return append(box("ftyp", brands), box("moov", parts...)...)
}

// date tells the start to the millisecond, which mvhd can't: as text in iTunes'
// way, which ffprobe, exiftool and players show.
func date(start time.Time) []byte {
	const text = 1
	day := box("\xa9day", box("data", u32(text), u32(0), []byte(start.UTC().Format("2006-01-02T15:04:05.000Z"))))
	return full("meta", 0, 0, full("hdlr", 0, 0, u32(0), []byte("mdirappl"), zeros(9)), box("ilst", day))
}

// epoch is 1904 in Unix time, from which ISO/IEC 14496-12 counts.
const epoch = -2082844800

func trak(id uint32, t Track, created []byte) []byte {
	var size, sound []byte
	if t.Format.Codec.Video() {
		size, sound = append(fixed(t.Sets.Width), fixed(t.Sets.Height)...), zeros(8)
	} else {
		size, sound = zeros(8), []byte{0, 0, 0, 1, 1, 0, 0, 0} // alternate group 1, full volume
	}
	parts := [][]byte{full("tkhd", 0, 3, created, created, u32(id), u32(0), u32(0), zeros(8), sound, identity(), size)}
	if t.Delay > 0 || t.Late > 0 {
		parts = append(parts, box("edts", edits(t)))
	}
	return box("trak", append(parts, mdia(t, created))...)
}

// edits leave Late empty, and then show the track to its end, for which the
// duration 0 stands in a fragmented file. With such an edit the track's own times
// begin at zero, as players expect when they tell how long a file is.
func edits(t Track) []byte {
	const nothing, pace = math.MaxUint32, 0x10000
	var list []byte
	count := uint32(1)
	if t.Late > 0 {
		count++
		list = slices.Concat(u32(uint32(t.Late.Milliseconds())), u32(nothing), u32(pace))
	}
	return full("elst", 0, 0, u32(count), list, u32(0), u32(uint32(min(t.Delay, math.MaxInt32))), u32(pace))
}

func mdia(t Track, created []byte) []byte {
	handler, name, head := "soun", "SoundHandler\x00", full("smhd", 0, 0, zeros(4))
	if t.Format.Codec.Video() {
		handler, name, head = "vide", "VideoHandler\x00", full("vmhd", 0, 1, zeros(8))
	}
	dref := full("dref", 0, 0, u32(1), full("url ", 0, 1))
	stbl := box("stbl",
		full("stsd", 0, 0, u32(1), entry(t)),
		full("stts", 0, 0, u32(0)), full("stsc", 0, 0, u32(0)), full("stsz", 0, 0, u32(0), u32(0)), full("stco", 0, 0, u32(0)))
	const und = 0x55c4 // no language, ISO/IEC 14496-12, 8.4.2
	return box("mdia",
		full("mdhd", 0, 0, created, created, u32(uint32(t.Format.Rate)), u32(0), u16(und), u16(0)),
		full("hdlr", 0, 0, u32(0), []byte(handler), zeros(12), []byte(name)),
		box("minf", head, box("dinf", dref), stbl))
}

func entry(t Track) []byte {
	switch t.Format.Codec {
	case media.H264:
		return visual("avc1", t.Sets, avcC(t.Sets))
	case media.H265:
		return visual("hvc1", t.Sets, hvcC(t.Sets))
	case media.AV1:
		return visual("av01", t.Sets, av1C(t.Sets))
	case media.MJPEG:
		return visual("mp4v", t.Sets, esds(jpegStream))
	case media.AAC:
		return audible("mp4a", t.Format, esds(aacStream, descriptor(5, t.Format.Config)))
	case media.Opus:
		return audible("Opus", t.Format, dOps(t.Format))
	case media.PCMA:
		return audible("alaw", t.Format)
	case media.L8:
		return audible("raw ", t.Format)
	case media.L16:
		return audible("twos", t.Format)
	case media.L24:
		return audible("in24", t.Format)
	default: // media.PCMU
		return audible("ulaw", t.Format)
	}
}

// fixed is a size in pixels as 16.16.
func fixed(pixels int) []byte { return u32(uint32(clamp(pixels)) << 16) }

func clamp(pixels int) uint16 { return uint16(min(max(pixels, 0), math.MaxUint16)) }
