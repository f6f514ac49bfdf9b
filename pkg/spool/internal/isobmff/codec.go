package isobmff

import (
	"fmt"
	"math/bits"
	"strings"
)

// Sizes of the fixed part of sample entries, in bytes (ISO/IEC 14496-12,
// 12.1.3 and 12.2.3).
const (
	visualEntry = 78
	audioEntry  = 28
)

// codecString names a sample entry as RFC 6381 does, as far as the entry
// tells; else by its four characters.
func codecString(entry box) string {
	name := printable(entry.name)
	fixed, config := 0, ""
	switch entry.name {
	case "avc1", "avc3":
		fixed, config = visualEntry, "avcC"
	case "hvc1", "hev1":
		fixed, config = visualEntry, "hvcC"
	case "av01":
		fixed, config = visualEntry, "av1C"
	case "mp4v":
		fixed, config = visualEntry, "esds"
	case "mp4a":
		fixed, config = audioEntry, "esds"
	case "Opus":
		return "opus"
	}
	if config == "" || len(entry.body) < fixed {
		return name
	}
	var detail string
	// A broken child leaves the plain name.
	_ = children(entry.body[fixed:], 0, func(b box) error {
		if b.name == config && detail == "" {
			detail = configString(config, b.body)
		}
		return nil
	})
	return name + detail
}

func configString(config string, b []byte) string {
	f := fields{b: b}
	var s string
	switch config {
	case "avcC":
		f.take(1)
		s = fmt.Sprintf(".%02X%02X%02X", f.u8(), f.u8(), f.u8())
	case "hvcC":
		s = hevcString(&f)
	case "av1C":
		f.take(1)
		profile, depth := f.u8(), f.u8()
		s = fmt.Sprintf(".%d.%02d%c.%02d", profile>>5, profile&31, "MH"[depth>>7], []int{8, 10, 10, 12}[depth>>5&3])
	case "esds":
		f.take(4)
		s = esdsString(&f)
	}
	if f.short {
		return ""
	}
	return s
}

// hevcString follows ISO/IEC 14496-15, annex E.3.
func hevcString(f *fields) string {
	f.take(1)
	profile := f.u8()
	compatibility := f.u32()
	constraints := f.take(6)
	level := f.u8()
	tier := "LH"[profile>>5&1]
	s := fmt.Sprintf(".%s%d.%X.%c%d", []string{"", "A", "B", "C"}[profile>>6], profile&31, bits.Reverse32(compatibility), tier, level)
	last := len(constraints)
	for last > 0 && constraints[last-1] == 0 {
		last--
	}
	for _, c := range constraints[:last] {
		s += fmt.Sprintf(".%X", c)
	}
	return s
}

// esdsString walks ES, DecoderConfig and DecoderSpecificInfo descriptors (ISO/IEC
// 14496-1, 7.2.6) for the object type and, for AAC, the audio object type.
func esdsString(f *fields) string {
	if descriptor(f) != 3 {
		return ""
	}
	f.take(2)
	flags := f.u8()
	if flags&0x80 != 0 {
		f.take(2)
	}
	if flags&0x40 != 0 {
		f.take(int(f.u8()))
	}
	if flags&0x20 != 0 {
		f.take(2)
	}
	if descriptor(f) != 4 {
		return ""
	}
	object := f.u8()
	s := fmt.Sprintf(".%02X", object)
	f.take(12)
	if object == 0x40 && descriptor(f) == 5 {
		kind := uint16(f.u8())
		if kind>>3 == 31 {
			kind = 32 + kind&7<<3 | uint16(f.u8())>>5
		} else {
			kind >>= 3
		}
		s += fmt.Sprintf(".%d", kind)
	}
	return strings.ToLower(s)
}

// descriptor reads a descriptor's tag and skips its length.
func descriptor(f *fields) uint8 {
	tag := f.u8()
	for range 4 {
		if f.u8()&0x80 == 0 {
			break
		}
	}
	return tag
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || r == ',' {
			return -1
		}
		return r
	}, s)
}
