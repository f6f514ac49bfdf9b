package fmp4

import (
	"encoding/binary"
	"slices"
)

// Sample is one of a run, as its fragment's header tells of it.
type Sample struct {
	Size     uint32
	Duration uint32 // in the track's units
	Offset   int32  // of presentation to decoding, in the track's units
	Sync     bool
}

// Run is what a fragment holds of a track.
type Run struct {
	Track   int    // its number, from 1
	Base    uint64 // decode time of the first sample, in the track's units
	Samples []Sample
}

// Flags of tfhd, trun and samples (ISO/IEC 14496-12, 8.8.3, 8.8.7, 8.8.8).
const (
	baseIsMoof      = 0x20000
	defaultDuration = 0x08
	defaultSize     = 0x10
	defaultFlags    = 0x20

	dataOffset  = 0x01
	durations   = 0x100
	sizes       = 0x200
	sampleFlags = 0x400
	offsets     = 0x800

	syncSample  = 0x02000000 // depends on no other
	otherSample = 0x01010000 // depends on others, is no sync sample
)

// AppendHeader appends the moof of a fragment and the header of its mdat; the
// data of the samples follow, run by run. What is the same for all samples of
// a run is told once.
func AppendHeader(b []byte, sequence uint32, runs []Run) []byte {
	moof := len(b)
	b = open(b, "moof")
	b = append(b, full("mfhd", 0, 0, u32(sequence))...)
	var places []int // of the data offsets
	for _, r := range runs {
		var place int
		b, place = appendTraf(b, r)
		places = append(places, place)
	}
	shut(b, moof)
	data := uint32(0)
	for i, r := range runs {
		binary.BigEndian.PutUint32(b[places[i]:], uint32(len(b)-moof+8)+data)
		for _, s := range r.Samples {
			data += s.Size
		}
	}
	b = binary.BigEndian.AppendUint32(b, 8+data)
	return append(b, "mdat"...)
}

func appendTraf(b []byte, r Run) (out []byte, place int) {
	first := r.Samples[0]
	same := func(equal func(Sample) bool) bool {
		return !slices.ContainsFunc(r.Samples, func(s Sample) bool { return !equal(s) })
	}
	fragmentFlags, runFlags := uint32(baseIsMoof|defaultFlags), uint32(dataOffset)
	var defaults []byte
	if same(func(s Sample) bool { return s.Duration == first.Duration }) {
		fragmentFlags |= defaultDuration
		defaults = u32(first.Duration)
	} else {
		runFlags |= durations
	}
	if same(func(s Sample) bool { return s.Size == first.Size }) {
		fragmentFlags |= defaultSize
		defaults = append(defaults, u32(first.Size)...)
	} else {
		runFlags |= sizes
	}
	if !same(func(s Sample) bool { return s.Sync == first.Sync }) {
		runFlags |= sampleFlags
	}
	if !same(func(s Sample) bool { return s.Offset == 0 }) {
		runFlags |= offsets
	}

	traf := len(b)
	b = open(b, "traf")
	b = append(b, full("tfhd", 0, fragmentFlags, u32(uint32(r.Track)), defaults, u32(flagsOf(first.Sync)))...)
	b = append(b, full("tfdt", 1, 0, binary.BigEndian.AppendUint64(nil, r.Base))...)
	trun := len(b)
	b = open(b, "trun")
	b = binary.BigEndian.AppendUint32(b, 1<<24|runFlags) // version 1: offsets have a sign
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.Samples)))
	place = len(b)
	b = append(b, 0, 0, 0, 0)
	for _, s := range r.Samples {
		if runFlags&durations != 0 {
			b = binary.BigEndian.AppendUint32(b, s.Duration)
		}
		if runFlags&sizes != 0 {
			b = binary.BigEndian.AppendUint32(b, s.Size)
		}
		if runFlags&sampleFlags != 0 {
			b = binary.BigEndian.AppendUint32(b, flagsOf(s.Sync))
		}
		if runFlags&offsets != 0 {
			b = binary.BigEndian.AppendUint32(b, uint32(s.Offset))
		}
	}
	shut(b, trun)
	shut(b, traf)
	return b, place
}

func flagsOf(sync bool) uint32 {
	if sync {
		return syncSample
	}
	return otherSample
}

// open begins a box whose size shut fills in.
func open(b []byte, name string) []byte { return append(append(b, 0, 0, 0, 0), name...) }

func shut(b []byte, at int) { binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at)) }
