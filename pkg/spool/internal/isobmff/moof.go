package isobmff

import (
	"errors"
	"fmt"
)

// Flags of tfhd and trun (ISO/IEC 14496-12, 8.8.7 and 8.8.8).
const (
	tfhdBaseOffset = 0x01
	tfhdEntry      = 0x02
	tfhdDuration   = 0x08
	tfhdSize       = 0x10
	tfhdFlags      = 0x20

	trunOffset      = 0x01
	trunFirstFlags  = 0x04
	trunDuration    = 0x100
	trunSize        = 0x200
	trunFlags       = 0x400
	trunComposition = 0x800

	notSync = 1 << 16
)

// run is what a fragment holds of a track.
type run struct {
	track    uint32
	base     uint64 // decode time of the first sample, in the track's units
	duration uint64
	samples  uint32
	bytes    uint64
	traf     uint32 // its number within the moof, from 1
	trun     uint32 // of the first sync sample, from 1; 0: there is none
	sync     uint32 // number of that sample within its trun, from 1
	syncAt   uint64 // its decode time
	offset   int64  // largest end of its data, relative to the moof
}

// parseMoof reads a whole moof box.
func (m *Movie) parseMoof(moof []byte) ([]run, error) {
	var runs []run
	err := children(moof, 0, func(b box) error {
		if b.name != "moof" {
			return fmt.Errorf("a %s where a moof should be", b.name)
		}
		return children(b.body, b.at, func(b box) error {
			if b.name != "traf" {
				return nil
			}
			if len(runs) == maxTracks {
				return errors.New("too many track fragments")
			}
			r, err := m.parseTraf(b)
			r.traf = uint32(len(runs)) + 1
			runs = append(runs, r)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading a moof: %w", err)
	}
	if len(runs) == 0 {
		return nil, errors.New("reading a moof: it holds no track")
	}
	return runs, nil
}

// defaults of samples: trex's, else tfhd's.
type defaults struct{ duration, size, flags uint32 }

func (m *Movie) parseTraf(b box) (run, error) {
	var r run
	var d defaults
	var truns uint32
	err := children(b.body, b.at, func(b box) error {
		f := fields{b: b.body}
		switch b.name {
		case "tfhd":
			flags := f.u32() & 0xffffff
			r.track = f.u32()
			t := m.track(r.track)
			if t == nil {
				return fmt.Errorf("track %d is not in the movie", r.track)
			}
			d = defaults{duration: t.duration, size: t.size, flags: t.flags}
			d.read(&f, flags)
		case "tfdt":
			version := f.u8()
			f.take(3)
			r.base = f.wide(version)
			if r.base > 1<<62 {
				return errors.New("a decode time out of range")
			}
		case "trun":
			if r.track == 0 {
				return errors.New("a trun before its tfhd")
			}
			truns++
			return r.parseTrun(f, d, truns)
		}
		return f.err()
	})
	if err == nil && r.track == 0 {
		err = errors.New("a traf without a tfhd")
	}
	return r, err
}

func (d *defaults) read(f *fields, flags uint32) {
	if flags&tfhdBaseOffset != 0 {
		f.take(8)
	}
	if flags&tfhdEntry != 0 {
		f.take(4)
	}
	if flags&tfhdDuration != 0 {
		d.duration = f.u32()
	}
	if flags&tfhdSize != 0 {
		d.size = f.u32()
	}
	if flags&tfhdFlags != 0 {
		d.flags = f.u32()
	}
}

func (r *run) parseTrun(f fields, d defaults, number uint32) error {
	flags := f.u32() & 0xffffff
	count := f.u32()
	var offset int64
	if flags&trunOffset != 0 {
		offset = int64(int32(f.u32()))
	}
	first, hasFirst := uint32(0), flags&trunFirstFlags != 0
	if hasFirst {
		first = f.u32()
	}
	var each int
	for _, bit := range []uint32{trunDuration, trunSize, trunFlags, trunComposition} {
		if flags&bit != 0 {
			each += 4
		}
	}
	// Without fields of its own a sample takes no byte here, and the count
	// alone would decide how long the loop runs.
	if int64(each)*int64(count) > int64(len(f.b)) || each == 0 && count > 1<<16 {
		return ErrShort
	}
	var bytes int64
	for i := range count {
		s := d
		if flags&trunDuration != 0 {
			s.duration = f.u32()
		}
		if flags&trunSize != 0 {
			s.size = f.u32()
		}
		if flags&trunFlags != 0 {
			s.flags = f.u32()
		} else if i == 0 && hasFirst {
			s.flags = first
		}
		if flags&trunComposition != 0 {
			f.take(4)
		}
		if s.flags&notSync == 0 && r.trun == 0 {
			r.trun, r.sync, r.syncAt = number, i+1, r.base+r.duration
		}
		r.duration += uint64(s.duration)
		bytes += int64(s.size)
	}
	r.samples += count
	r.bytes += uint64(bytes)
	if flags&trunOffset != 0 {
		r.offset = max(r.offset, offset+bytes)
	}
	return f.err()
}
