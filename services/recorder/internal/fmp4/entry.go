package fmp4

import (
	"slices"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"

	"github.com/donhk/istream/services/recorder/internal/media"
)

func visual(name string, s *media.Sets, config []byte) []byte {
	const inch = 72 << 16 // pixels
	return box(name, zeros(6), u16(1), zeros(16),
		u16(clamp(s.Width)), u16(clamp(s.Height)), u32(inch), u32(inch), u32(0), u16(1), zeros(32), u16(24), u16(0xffff), config)
}

func audible(name string, f media.Format, config ...[]byte) []byte {
	rate := uint32(0) // one beyond 16 bits is told by the configuration alone
	if f.Rate < 1<<16 {
		rate = uint32(f.Rate) << 16
	}
	bits := uint16(16)
	switch f.Codec {
	case media.L8:
		bits = 8
	case media.L24:
		bits = 24
	}
	parts := [][]byte{zeros(6), u16(1), zeros(8), u16(uint16(f.Channels)), u16(bits), zeros(4), u32(rate)}
	return box(name, append(parts, config...)...)
}

// avcC is the AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3).
func avcC(s *media.Sets) []byte {
	sps, pps := s.Of(media.SPS), s.Of(media.PPS)
	b := []byte{1, sps[0][1], sps[0][2], sps[0][3], 0xfc | 3, 0xe0 | byte(len(sps))}
	b = sets(b, sps)
	b = append(b, byte(len(pps)))
	b = sets(b, pps)
	if high := []byte{100, 110, 122, 144}; slices.Contains(high, sps[0][1]) {
		b = append(b, 0xfc|s.Chroma&3, 0xf8|s.LumaExtra&7, 0xf8|s.ChromaExtra&7, 0)
	}
	return box("avcC", b)
}

// hvcC is the HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3).
func hvcC(s *media.Sets) []byte {
	sps := h264.EmulationPreventionRemove(s.Of(media.SPS)[0])
	// The header takes two bytes, then come the number of layers and the
	// profile, tier and level in 12 bytes (H.265, 7.3.2.2 and 7.3.3).
	if len(sps) < 15 {
		sps = append(sps, zeros(15-len(sps))...)
	}
	layers, nested := sps[2]>>1&7+1, sps[2]&1
	b := append([]byte{1}, sps[3:15]...)
	b = append(b, 0xf0, 0, 0xfc, 0xfc|s.Chroma&3, 0xf8|s.LumaExtra&7, 0xf8|s.ChromaExtra&7, 0, 0, layers<<3|nested<<2|3, 3)
	for i, k := range []media.Kind{media.VPS, media.SPS, media.PPS} {
		b = append(b, 0x80|byte(32+i), 0, byte(len(s.Of(k))))
		b = sets(b, s.Of(k))
	}
	return box("hvcC", b)
}

func sets(b []byte, nals [][]byte) []byte {
	for _, nal := range nals {
		b = append(b, u16(uint16(len(nal)))...)
		b = append(b, nal...)
	}
	return b
}

// av1C is the AV1CodecConfigurationRecord ("AV1 Codec ISO Media File Format
// Binding", 2.3).
func av1C(s *media.Sets) []byte {
	obu := s.Of(media.SequenceHeader)[0]
	var h av1.SequenceHeader
	if h.Unmarshal(obu) != nil || len(h.SeqLevelIdx) == 0 {
		// A decoder finds the header in the stream, too.
		h = av1.SequenceHeader{SeqLevelIdx: []uint8{31}, SeqTier: []bool{false}} // no limit is known
	}
	flags := bit(h.SeqTier[0])<<7 | bit(h.ColorConfig.HighBitDepth)<<6 | bit(h.ColorConfig.TwelveBit)<<5 | bit(h.ColorConfig.MonoChrome)<<4 |
		bit(h.ColorConfig.SubsamplingX)<<3 | bit(h.ColorConfig.SubsamplingY)<<2 | uint8(h.ColorConfig.ChromaSamplePosition)&3
	return box("av1C", []byte{0x81, h.SeqProfile<<5 | h.SeqLevelIdx[0]&31, flags, 0}, obu)
}

func bit(set bool) uint8 {
	if set {
		return 1
	}
	return 0
}

// The kinds of streams that esds tells of: object type (ISO/IEC 14496-1, 7.2.6.6,
// table 5), then stream type.
var (
	aacStream  = []byte{0x40, 5<<2 | 1}
	jpegStream = []byte{0x6c, 4<<2 | 1}
)

// esds describes a stream of a kind (ISO/IEC 14496-1, 7.2.6), with what its
// decoder needs beside, if anything.
func esds(kind []byte, config ...[]byte) []byte {
	decoder := descriptor(4, kind, zeros(11), slices.Concat(config...))
	return full("esds", 0, 0, descriptor(3, u16(0), []byte{0}, decoder, descriptor(6, []byte{2})))
}

func descriptor(tag byte, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	n := len(body)
	return append([]byte{tag, 0x80 | byte(n>>21), 0x80 | byte(n>>14), 0x80 | byte(n>>7), byte(n & 0x7f)}, body...)
}

// dOps describes Opus ("Encapsulation of Opus in ISO Base Media File Format",
// 4.3.2). Nothing is skipped: a stream that is joined has no beginning.
func dOps(f media.Format) []byte {
	return box("dOps", []byte{0, byte(f.Channels)}, u16(0), u32(uint32(f.Rate)), u16(0), []byte{0})
}
