package clip

// The types of NAL units that the package tells apart (ITU-T H.264, table 7-1;
// H.265, table 7-1).
const (
	h264LastSlice = 5
	h264SEI       = 6
	h264SPS       = 7
	h264PPS       = 8
	h264Delimiter = 9

	h265LastSlice = 31
	h265VPS       = 32
	h265SPS       = 33
	h265PPS       = 34
	h265Delimiter = 35
	h265PrefixSEI = 39
)

func h264Type(nalu []byte) byte { return nalu[0] & 0x1f }
func h265Type(nalu []byte) byte { return nalu[0] >> 1 & 0x3f }

// isHeader tells the parameter sets and delimiters, which begin an access unit.
func (c Codec) isHeader(nalu []byte) bool {
	if c == H265 {
		kind := h265Type(nalu)
		return kind >= h265VPS && kind <= h265Delimiter
	}
	kind := h264Type(nalu)
	return kind == h264SPS || kind == h264PPS || kind == h264Delimiter
}

func (c Codec) isSlice(nalu []byte) bool {
	if c == H265 {
		return h265Type(nalu) <= h265LastSlice
	}
	kind := h264Type(nalu)
	return kind >= 1 && kind <= h264LastSlice
}
