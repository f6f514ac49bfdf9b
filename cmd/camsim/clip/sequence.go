package clip

import "time"

// Sample is what a camera sends at once: a video access unit with its stamp, or
// one audio packet.
type Sample struct {
	Audio  []byte   // one audio packet; nil for video
	Video  [][]byte // the NAL units of one access unit, never changed later; nil for audio
	Number uint64   // the video frame's number, as in its stamp
	Key    bool
	PTS    int64         // ticks of the medium's clock since the start, growing over the loops
	Due    time.Duration // when to send it, since the start
}

// Sequence yields a clip's samples without end, in the order of sending. Audio
// is due together with the next video frame, so that a camera wakes once a
// frame.
type Sequence struct {
	// InBand puts the parameter sets before each keyframe.
	InBand bool

	clip   *Clip
	camera string
	plan   []step
	next   int
	loop   int64
}

// step is one entry of a loop's order: the video unit or audio packet of that
// index, due at ticks of VideoRate.
type step struct {
	audio bool
	index int
	due   int64
}

// NewSequence begins at the clip's first frame; the name goes into the stamps.
func NewSequence(c *Clip, camera string) *Sequence {
	return &Sequence{InBand: true, clip: c, camera: camera, plan: order(c)}
}

func order(c *Clip) []step {
	var plan []step
	packet := 0
	audioUntil := func(due int64) {
		for c.Audio != nil && packet < len(c.Audio.Packets) &&
			rescale(c.Audio.Packets[packet].PTS, int64(c.Audio.Rate), VideoRate) <= due {
			plan = append(plan, step{audio: true, index: packet, due: due})
			packet++
		}
	}
	for i, unit := range c.Video.Units {
		audioUntil(unit.DTS)
		plan = append(plan, step{index: i, due: unit.DTS})
	}
	audioUntil(c.Ticks)
	return plan
}

// Next gives the next sample.
func (s *Sequence) Next() Sample {
	at := s.plan[s.next]
	base := s.loop * s.clip.Ticks
	sample := Sample{Due: s.due()}
	if at.audio {
		packet := s.clip.Audio.Packets[at.index]
		sample.Audio = packet.Data
		sample.PTS = rescale(base, VideoRate, int64(s.clip.Audio.Rate)) + packet.PTS
	} else {
		unit := &s.clip.Video.Units[at.index]
		sample.Number = uint64(s.loop)*uint64(len(s.clip.Video.Units)) + uint64(at.index)
		sample.Video = s.stamped(unit, sample.Number)
		sample.Key = unit.Key
		sample.PTS = base + unit.PTS
	}
	s.advance()
	return sample
}

// Skip leaves out what was due before that time; numbers and timestamps go on as
// if it had been sent.
func (s *Sequence) Skip(due time.Duration) {
	// The last audio of a loop is due when the next loop begins.
	if ahead := int64((due - 1) / s.clip.Duration()); ahead > s.loop {
		s.loop, s.next = ahead, 0
	}
	for s.due() < due {
		s.advance()
	}
}

func (s *Sequence) due() time.Duration {
	return ticksToTime(s.loop*s.clip.Ticks + s.plan[s.next].due)
}

func (s *Sequence) advance() {
	if s.next++; s.next == len(s.plan) {
		s.next, s.loop = 0, s.loop+1
	}
}

// stamped puts the stamp before the first slice, behind the parameter sets
// (H.264, 7.4.1.2.3; H.265, 7.4.2.4.4).
func (s *Sequence) stamped(unit *Unit, number uint64) [][]byte {
	codec := s.clip.Video.Codec
	au := make([][]byte, 0, len(s.clip.Video.Parameters)+1+len(unit.NALUs))
	if unit.Key && s.InBand {
		au = append(au, s.clip.Video.Parameters...)
	}
	done := false
	for _, nalu := range unit.NALUs {
		if !done && codec.isSlice(nalu) {
			au = append(au, Stamp{Number: number, Camera: s.camera}.marshal(codec))
			done = true
		}
		au = append(au, nalu)
	}
	return au
}

func ticksToTime(ticks int64) time.Duration {
	return time.Duration(ticks/VideoRate)*time.Second +
		time.Duration(ticks%VideoRate)*time.Second/VideoRate
}
