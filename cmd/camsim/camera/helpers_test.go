package camera_test

import (
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"

	"github.com/donhk/istream/cmd/camsim/internal/viewer"
)

// pictureWidth reads the width from the SDP.
func pictureWidth(t *testing.T, v *viewer.Viewer) int {
	t.Helper()
	var form *format.H264
	if v.Desc.FindFormat(&form) == nil {
		t.Fatal("no H.264 in the SDP")
	}
	var sps h264.SPS
	if err := sps.Unmarshal(form.SPS); err != nil {
		t.Fatal(err)
	}
	return sps.Width()
}
