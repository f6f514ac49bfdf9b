package clip

import (
	"bytes"
	"strconv"
	"strings"
)

// Stamp identifies one frame of one camera.
type Stamp struct {
	Number uint64 // frames since the camera started, from 0
	Camera string
}

const (
	maxName      = 64
	digits       = 16
	userData     = 5 // user_data_unregistered (H.264, D.1.7; H.265, D.2.7)
	rbspTrailing = 0x80
)

// stampID is the UUID of our SEI messages. Neither it nor the ASCII text behind
// it holds a zero byte, so no emulation prevention is ever needed.
var stampID = []byte("iStream-camsim-1")

// marshal gives the NAL unit: the UUID, the number in 16 hexadecimal digits, a
// space, the camera's name.
func (s Stamp) marshal(codec Codec) []byte {
	name := printable(s.Camera)
	nalu := make([]byte, 0, 4+len(stampID)+digits+1+len(name)+1)
	if codec == H265 {
		nalu = append(nalu, h265PrefixSEI<<1, 1)
	} else {
		nalu = append(nalu, h264SEI)
	}
	nalu = append(nalu, userData, byte(len(stampID)+digits+1+len(name)))
	nalu = append(nalu, stampID...)
	number := strconv.FormatUint(s.Number, 16)
	nalu = append(nalu, strings.Repeat("0", digits-len(number))...)
	nalu = append(nalu, number...)
	nalu = append(nalu, ' ')
	nalu = append(nalu, name...)
	return append(nalu, rbspTrailing)
}

func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '_'
		}
		return r
	}, name)
	return name[:min(len(name), maxName)]
}

// ParseStamp finds the stamp in an access unit of H.264 or H.265, given as its
// NAL units; false where there is none.
func ParseStamp(au [][]byte) (Stamp, bool) {
	for _, nalu := range au {
		if stamp, ok := parseStamp(nalu); ok {
			return stamp, true
		}
	}
	return Stamp{}, false
}

func parseStamp(nalu []byte) (Stamp, bool) {
	message, ok := seiMessage(nalu)
	if !ok || len(message) < 2 || message[0] != userData {
		return Stamp{}, false
	}
	size, payload := int(message[1]), message[2:]
	least := len(stampID) + digits + 1
	if size < least || len(payload) < size || !bytes.HasPrefix(payload, stampID) {
		return Stamp{}, false
	}
	text := payload[len(stampID):size]
	number, err := strconv.ParseUint(string(text[:digits]), 16, 64)
	if err != nil || text[digits] != ' ' {
		return Stamp{}, false
	}
	return Stamp{Number: number, Camera: string(text[digits+1:])}, true
}

func seiMessage(nalu []byte) ([]byte, bool) {
	switch {
	case len(nalu) > 1 && h264Type(nalu) == h264SEI && nalu[0]>>7 == 0:
		return nalu[1:], true
	case len(nalu) > 2 && h265Type(nalu) == h265PrefixSEI:
		return nalu[2:], true
	}
	return nil, false
}
