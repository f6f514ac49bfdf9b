package rtsp

import (
	"bytes"
	"net"
	"testing"
	"time"
)

// recorder keeps each write apart.
type recorder struct {
	net.Conn
	writes [][]byte
}

func (r *recorder) Write(data []byte) (int, error) {
	r.writes = append(r.writes, bytes.Clone(data))
	return len(data), nil
}

func (r *recorder) SetWriteDeadline(time.Time) error { return nil }

func packet(size int, last bool) []byte {
	data := make([]byte, size)
	data[0] = '$'
	data[4] = 0x80 // RTP version 2
	if last {
		data[5] = marker
	}
	return data
}

func TestGather(t *testing.T) {
	fragment, end, small := packet(1466, false), packet(700, true), packet(100, false)
	text := bytes.Repeat([]byte("RTSP/1.0 200 OK\r\n"), 100)
	for _, test := range []struct {
		name  string
		given [][]byte
		want  []int // sizes of what reaches the network
	}{
		{"a frame", [][]byte{fragment, fragment, end}, []int{2*1466 + 700}},
		{"a small frame", [][]byte{end}, []int{700}},
		{"audio without marker", [][]byte{small, small}, []int{100, 100}},
		{"a reply", [][]byte{text}, []int{len(text)}},
		{"a reply inside a frame", [][]byte{fragment, text, end}, []int{1466 + len(text), 700}},
		{"a full-size end", [][]byte{fragment, packet(1466, true)}, []int{2 * 1466}},
	} {
		var network recorder
		conn := gatherConn{Conn: &network}
		for _, data := range test.given {
			if n, err := conn.Write(data); n != len(data) || err != nil {
				t.Errorf("%s: wrote %d, %v", test.name, n, err)
			}
		}
		if joined := bytes.Join(network.writes, nil); !bytes.Equal(joined, bytes.Join(test.given, nil)) {
			t.Errorf("%s: the bytes differ", test.name)
		}
		if len(network.writes) != len(test.want) {
			t.Errorf("%s: %d writes, want %d", test.name, len(network.writes), len(test.want))
			continue
		}
		for i, size := range test.want {
			if len(network.writes[i]) != size {
				t.Errorf("%s: write %d has %d bytes, want %d", test.name, i, len(network.writes[i]), size)
			}
		}
	}
}

func TestGatherIsBounded(t *testing.T) {
	var network recorder
	conn := gatherConn{Conn: &network}
	for range 1000 {
		if _, err := conn.Write(packet(1466, false)); err != nil {
			t.Fatal(err)
		}
	}
	if most := maxWaiting + 1466; cap(conn.waiting) > 2*most || len(network.writes) < 1000*1466/most {
		t.Errorf("%d bytes kept, %d writes", cap(conn.waiting), len(network.writes))
	}
}
