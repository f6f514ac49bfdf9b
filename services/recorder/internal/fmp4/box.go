package fmp4

import "encoding/binary"

// box joins its parts under a size and a name.
func box(name string, parts ...[]byte) []byte {
	size := 8
	for _, p := range parts {
		size += len(p)
	}
	b := make([]byte, 0, size)
	b = binary.BigEndian.AppendUint32(b, uint32(size))
	b = append(b, name...)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// full is a box with a version and flags.
func full(name string, version uint8, flags uint32, parts ...[]byte) []byte {
	return box(name, append([][]byte{u32(uint32(version)<<24 | flags)}, parts...)...)
}

func u16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }
func u32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

func zeros(n int) []byte { return make([]byte, n) }

// identity is the transformation that leaves a picture as it is.
func identity() []byte {
	var b []byte
	for _, v := range []uint32{0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}
