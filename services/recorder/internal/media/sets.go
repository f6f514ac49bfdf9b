package media

import (
	"bytes"

	"github.com/bluenviron/mediacommon/v2/pkg/bits"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"
)

// Kind is a kind of parameter set.
type Kind int

// The kinds; H.264 has no VPS, AV1 has its sequence header alone, and MJPEG
// none at all.
const (
	VPS Kind = iota
	SPS
	PPS
	kinds

	SequenceHeader = SPS
)

// Bounds on what a stream may bring along. Cameras send one or two of each, of
// some dozen bytes.
const (
	maxSets    = 16
	maxSetSize = 4096
)

// Sets are the parameter sets of a stream, without which nothing decodes. A
// value never changes, so that two pointers tell whether something did.
type Sets struct {
	Codec Codec
	byKind

	Width, Height int // in pixels, 0 where the SPS is beyond understanding
	// Reorder is how many pictures may come before another in the stream and
	// after it on the screen; -1 where the stream does not say.
	Reorder    int
	Interlaced bool // pictures may come as two fields

	Chroma                 uint8 // chroma_format_idc
	LumaExtra, ChromaExtra uint8 // bits a sample beyond 8
}

type byKind [kinds][][]byte

// Of lists the sets of a kind in the order of their first appearance.
func (s *Sets) Of(k Kind) [][]byte { return s.byKind[k] }

// Complete reports whether a decoder can be set up.
func (s *Sets) Complete() bool {
	if s == nil {
		return false
	}
	has := func(k Kind) bool { return len(s.byKind[k]) > 0 }
	switch s.Codec {
	case AV1:
		return has(SequenceHeader)
	case MJPEG:
		return true
	case H264:
		return has(SPS) && has(PPS)
	}
	return has(VPS) && has(SPS) && has(PPS)
}

// Sized is s if it is of that size already, else a set that says nothing but
// the size: for MJPEG, whose images bring along what decodes them.
func (s *Sets) Sized(width, height int) *Sets {
	if s != nil && s.Width == width && s.Height == height {
		return s
	}
	return &Sets{Codec: MJPEG, Width: width, Height: height}
}

// With returns s with the NAL unit (or OBU) nal added, or in place of the one with the
// same number. It is s itself where nothing is new.
func (s *Sets) With(codec Codec, k Kind, nal []byte) *Sets {
	if len(nal) < 4 || len(nal) > maxSetSize {
		return s
	}
	if s == nil {
		s = &Sets{Codec: codec, Reorder: -1}
	}
	for _, known := range s.byKind[k] {
		if bytes.Equal(known, nal) {
			return s
		}
	}
	at := s.place(k, nal)
	if at == maxSets {
		return s
	}
	next := &Sets{Codec: codec, Reorder: -1}
	for i := range next.byKind {
		next.byKind[i] = append([][]byte(nil), s.byKind[i]...)
	}
	if at == len(next.byKind[k]) {
		next.byKind[k] = append(next.byKind[k], nil)
	}
	next.byKind[k][at] = bytes.Clone(nal)
	next.describe()
	return next
}

// place is where a new set goes: over the one with its number, else at the end.
func (s *Sets) place(k Kind, nal []byte) int {
	id := number(s.Codec, k, nal)
	for i, known := range s.byKind[k] {
		if number(s.Codec, k, known) == id {
			return i
		}
	}
	return len(s.byKind[k])
}

// describe reads the first SPS. What can't be read stays unknown: a picture
// that some decoder understands is worth recording.
func (s *Sets) describe() {
	if len(s.byKind[SPS]) == 0 {
		return
	}
	s.Chroma = 1 // 4:2:0, what cameras send
	switch s.Codec {
	case H264:
		s.describeH264()
	case H265:
		s.describeH265()
	case AV1:
		// Each temporal unit shows one picture, in the order of decoding.
		s.Reorder = 0
		var header av1.SequenceHeader
		if header.Unmarshal(s.byKind[SequenceHeader][0]) == nil {
			s.Width, s.Height = header.Width(), header.Height()
		}
	}
}

func (s *Sets) describeH264() {
	var sps h264.SPS
	if sps.Unmarshal(s.byKind[SPS][0]) != nil {
		return
	}
	s.Width, s.Height = sps.Width(), sps.Height()
	s.Chroma, s.LumaExtra, s.ChromaExtra = uint8(sps.ChromaFormatIdc), uint8(sps.BitDepthLumaMinus8), uint8(sps.BitDepthChromaMinus8)
	s.Interlaced = !sps.FrameMbsOnlyFlag
	switch {
	case sps.ProfileIdc == 66 || sps.PicOrderCntType == 2:
		s.Reorder = 0
	case sps.VUI != nil && sps.VUI.BitstreamRestriction != nil && sps.VUI.BitstreamRestriction.MaxNumReorderFrames <= 16:
		s.Reorder = int(sps.VUI.BitstreamRestriction.MaxNumReorderFrames)
	}
}

func (s *Sets) describeH265() {
	var sps h265.SPS
	if sps.Unmarshal(s.byKind[SPS][0]) != nil {
		return
	}
	s.Width, s.Height = sps.Width(), sps.Height()
	s.Chroma, s.LumaExtra, s.ChromaExtra = uint8(sps.ChromaFormatIdc), uint8(sps.BitDepthLumaMinus8), uint8(sps.BitDepthChromaMinus8)
	if n := len(sps.MaxNumReorderPics); n > 0 && sps.MaxNumReorderPics[n-1] <= 16 {
		s.Reorder = int(sps.MaxNumReorderPics[n-1])
	}
}

// number is the set's own id; sets with the same one replace each other. 0
// where it can't be read.
func number(codec Codec, k Kind, nal []byte) uint32 {
	var id uint32
	switch {
	case codec == AV1: // has one sequence header at a time
	case k == SPS && codec == H264:
		id = golomb(nal, 4)
	case k == PPS && codec == H264:
		id = golomb(nal, 1)
	case k == PPS:
		id = golomb(nal, 2)
	case k == VPS:
		id = uint32(nal[2] >> 4)
	default:
		var sps h265.SPS
		if sps.Unmarshal(nal) == nil {
			id = uint32(sps.ID)
		}
	}
	return id
}

// golomb reads the ue(v) (H.264, 9.1) that begins after skip bytes.
func golomb(nal []byte, skip int) uint32 {
	if len(nal) <= skip {
		return 0
	}
	pos := 0
	id, err := bits.ReadGolombUnsigned(h264.EmulationPreventionRemove(nal[skip:min(len(nal), skip+8)]), &pos)
	if err != nil {
		return 0
	}
	return id
}
