package rtsp

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/donhk/istream/cmd/camsim/faults"
)

// shift is how far the channels are from those that were asked for
// (faults.Faults.OtherChannels).
const shift = 10

// junk is what comes between interleaved frames (faults.Faults.Junk): what
// cameras were seen to send, and what looks like a frame and is none.
var junk = []string{
	"\r\n\r\n",
	"\x00\x00\x00\x00",
	"$",
	"\xff\xff\xff\xff\xff\xff",
	"RT",
	"$\xff\xff\xff",
	"no frame, no reply\r\n",
}

// junkEvery is how many frames follow each other without any.
const junkEvery = 5

// bentConn disfigures interleaved frames, and ends after a reply where told. The
// library writes each frame, and each reply, by one call.
type bentConn struct {
	net.Conn
	bad    *faults.Faults
	frames atomic.Int64
	last   atomic.Bool // it ends after the next reply
}

// Write implements net.Conn.
func (c *bentConn) Write(data []byte) (int, error) {
	if len(data) < interleavedHeader || data[0] != interleavedMagic {
		n, err := c.Conn.Write(data)
		if c.last.Load() {
			err = errors.Join(err, c.Close())
		}
		return n, err
	}
	if n := int(c.frames.Add(1)); c.bad.Junk && n%junkEvery == 0 {
		if _, err := c.Conn.Write([]byte(junk[n/junkEvery%len(junk)])); err != nil {
			return 0, err
		}
	}
	if c.bad.OtherChannels {
		data = append([]byte(nil), data...)
		data[1] += shift
	}
	return c.Conn.Write(data)
}

// bentTransport tells of the shifted channels in the reply to SETUP.
func bentTransport(header string) string {
	head, rest, found := strings.Cut(header, "interleaved=")
	if !found {
		return header
	}
	channels, tail, _ := strings.Cut(rest, ";")
	first, _, _ := strings.Cut(channels, "-")
	n, err := strconv.Atoi(first)
	if err != nil {
		return header
	}
	channels = strconv.Itoa(n+shift) + "-" + strconv.Itoa(n+shift+1)
	if tail != "" {
		channels += ";" + tail
	}
	return head + "interleaved=" + channels
}
