package clip

import "bytes"

// The highest levels (H.264, table A-1; H.265, A.4.1) and the ones below.
const (
	h264Top, h264Below = 62, 61
	h265Top, h265Below = 186, 183
)

// Where level_idc stands in a parameter set, counted without the bytes that
// prevent emulation (H.264, 7.3.2.1.1; H.265, 7.3.2.1, 7.3.2.2, 7.3.3).
const (
	h264SPSLevel = 3
	h265VPSLevel = 17
	h265SPSLevel = 14
)

// OtherParameters are parameter sets that differ from the clip's own and are as
// true of its pictures: they claim the highest level.
func (v *Video) OtherParameters() [][]byte {
	var all [][]byte
	for _, nalu := range v.Parameters {
		nalu = bytes.Clone(nalu)
		switch {
		case v.Codec == H264 && h264Type(nalu) == h264SPS:
			raise(nalu, h264SPSLevel, h264Top, h264Below)
		case v.Codec == H265 && h265Type(nalu) == h265VPS:
			raise(nalu, h265VPSLevel, h265Top, h265Below)
		case v.Codec == H265 && h265Type(nalu) == h265SPS:
			raise(nalu, h265SPSLevel, h265Top, h265Below)
		}
		all = append(all, nalu)
	}
	return all
}

// raise sets the byte at that place to top, or to below where it is top already.
func raise(nalu []byte, at int, top, below byte) {
	zeros := 0
	for i, b := range nalu {
		switch {
		case zeros >= 2 && b == 3: // emulation_prevention_three_byte
			zeros = 0
			continue
		case at == 0 && b == top:
			nalu[i] = below
			return
		case at == 0:
			nalu[i] = top
			return
		case b == 0:
			zeros++
		default:
			zeros = 0
		}
		at--
	}
}
