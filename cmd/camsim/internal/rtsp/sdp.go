package rtsp

import (
	"regexp"

	"github.com/donhk/istream/cmd/camsim/faults"
)

// blemish rewrites a part of a description.
type blemish struct {
	pattern *regexp.Regexp
	by      string
}

var (
	brokenS = blemish{regexp.MustCompile(`(?m)^s=`), "s "}
	brokenC = blemish{regexp.MustCompile(`(?m)^c=IN IP4 `), "c=IN "}
	brokenM = blemish{regexp.MustCompile(`(?m)^m=(\w+) \d+ `), "m=$1 "}

	// Base64 ends in the midst of a group.
	halfPPS264   = blemish{regexp.MustCompile(`(sprop-parameter-sets=[^,;\r]*,)([^;\r]{3})[^;\r]*`), "$1$2"}
	noSPS265     = blemish{regexp.MustCompile(`sprop-sps=[^;\r]*;? ?`), ""}
	halfPPS265   = blemish{regexp.MustCompile(`(sprop-pps=[^;\r]{3})[^;\r]*`), "$1"}
	wrongProfile = blemish{regexp.MustCompile(`(a=fmtp:\d+ )([^\r]*?)(?:; )?profile-level-id=\w*`), "${1}profile-level-id=42001E; $2"}
	wrong265     = blemish{regexp.MustCompile(`(a=fmtp:\d+ )(sprop-)`), "${1}profile-id=9; level-id=none; $2"}
)

// disfigure gives a description as the faults want it.
func disfigure(sdp []byte, bad *faults.Faults) []byte {
	for _, one := range []struct {
		wanted bool
		marks  []blemish
	}{
		{bad.BrokenSLine, []blemish{brokenS}},
		{bad.BrokenCLine, []blemish{brokenC}},
		{bad.BrokenMLine, []blemish{brokenM}},
		{bad.SomeSprops, []blemish{halfPPS264, noSPS265, halfPPS265}},
		{bad.WrongProfile, []blemish{wrongProfile, wrong265}},
	} {
		for _, mark := range one.marks {
			if one.wanted {
				sdp = mark.pattern.ReplaceAll(sdp, []byte(mark.by))
			}
		}
	}
	return sdp
}
