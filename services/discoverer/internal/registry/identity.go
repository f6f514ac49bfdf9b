package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/donhk/istream/pkg/events"
)

// maxWord bounds the readable part of an id, in bytes.
const maxWord = 24

// keys are what a device may be known by, best first.
func (d Device) keys() []string {
	var all []string
	add := func(kind, value string) {
		if value != "" {
			all = append(all, kind+":"+value)
		}
	}
	add("endpoint", d.Endpoint)
	add("mac", realMAC(d.MAC))
	if serial := realSerial(d.Serial); serial != "" {
		add("serial", d.Manufacturer+"/"+d.Model+"/"+serial)
	}
	add("address", d.Address)
	return all
}

// name is an id for the device that taken does not have: its model, and the
// hash of its key; of all its keys where another has the same first one.
func (d Device) name(taken func(string) bool) string {
	word := events.Token(d.Model)
	if word == "" {
		word = events.Token(d.Manufacturer)
	}
	if word == "" {
		word = "camera"
	}
	if len(word) > maxWord {
		word = strings.TrimRight(word[:maxWord], "-")
	}
	keys := d.keys()
	if len(keys) == 0 {
		keys = []string{""}
	}
	for _, key := range []string{keys[0], strings.Join(keys, " ")} {
		if id := word + "-" + hash(key, 6); !taken(id) {
			return id
		}
	}
	return word + "-" + hash(strings.Join(keys, " "), 16)
}

func hash(key string, digits int) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])[:digits]
}

// placeholders stand in many devices where a serial number should.
var placeholders = []string{"serialnumber", "serial", "sn", "unknown", "none", "null", "na", "default", "test", "undefined", "notset"}

// counting is what others are made of.
const counting = "01234567890123456789"

// realSerial is a serial number in one way of writing; "" for a placeholder.
func realSerial(serial string) string {
	plain := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(serial))
	if len(plain) < 4 || uniform(plain) || slices.Contains(placeholders, plain) || strings.Contains(counting, plain) {
		return ""
	}
	return plain
}

// realMAC leaves out addresses that no device has of its own.
func realMAC(mac string) string {
	switch {
	case len(mac) != 12, uniform(mac), mac == "001122334455", mac == "112233445566", mac == "123456789abc", mac == "0123456789ab":
		return ""
	}
	return mac
}

func uniform(s string) bool { return strings.Trim(s, s[:1]) == "" }
