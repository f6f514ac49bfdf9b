package interleaved_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"

	"github.com/donhk/istream/services/recorder/internal/interleaved"
)

var head = []byte{0x80, 0xe0, 0x12, 0x34, 1, 2, 3, 4, 9, 9, 9, 9}

// packets are heads with and without each of their parts (RFC 3550, 5.1).
var packets = map[string]struct {
	first byte
	rest  []byte
	want  string // the payload
	bad   bool
}{
	"plain":              {0x80, []byte("abc"), "abc", false},
	"nothing in it":      {0x80, nil, "", false},
	"sources":            {0x82, []byte("1111" + "2222" + "abc"), "abc", false},
	"an extension":       {0x90, []byte("\xbe\xde\x00\x01" + "1111" + "abc"), "abc", false},
	"padding":            {0xa0, []byte("abc\x00\x00\x03"), "abc", false},
	"all of these":       {0xb1, []byte("1111" + "\xbe\xde\x00\x00" + "abc\x01"), "abc", false},
	"version 1":          {0x40, []byte("abc"), "", true},
	"too many sources":   {0x8f, []byte("abc"), "", true},
	"extension too long": {0x90, []byte("\xbe\xde\xff\xff"), "", true},
	"half an extension":  {0x90, []byte("\xbe"), "", true},
	"padding too long":   {0xa0, []byte("ab\x09"), "", true},
}

func TestReadRTP(t *testing.T) {
	for name, c := range packets {
		t.Run(name, func(t *testing.T) {
			b := slices.Concat(head, c.rest)
			b[0] = c.first
			got, ok := interleaved.ReadRTP(b)
			if ok == c.bad {
				t.Fatalf("readable: %v", ok)
			}
			want := interleaved.RTP{Marker: true, Type: 0x60, Sequence: 0x1234, Timestamp: 0x01020304, Payload: []byte(c.want)}
			if ok {
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatal(diff)
				}
			}
		})
	}
	if _, ok := interleaved.ReadRTP(head[:11]); ok {
		t.Error("half a head is readable")
	}
}

// FuzzReadRTP compares with another reader.
func FuzzReadRTP(f *testing.F) {
	for _, c := range packets {
		b := slices.Concat(head, c.rest)
		b[0] = c.first
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := interleaved.ReadRTP(b)
		var other rtp.Packet
		if other.Unmarshal(b) != nil || !ok || other.Version != 2 {
			return // each is strict in its own way
		}
		if got.Sequence != other.SequenceNumber || got.Timestamp != other.Timestamp || got.Marker != other.Marker ||
			got.Type != other.PayloadType || string(got.Payload) != string(other.Payload) {
			t.Fatalf("%+v is not %+v", got, other)
		}
	})
}
