package wsd

import (
	"crypto/rand"
	"fmt"
)

// probeTypes are what is asked for, each in a probe of its own: some devices
// answer one type only, some only to none, and some not at all where one probe
// names two.
var probeTypes = []string{"dn:NetworkVideoTransmitter", "tds:Device", ""}

// probe is a Probe message (WS-Discovery 1.0, 5.3.2; ONVIF Core, 7.3.2).
func probe(id, types string) []byte {
	if types != "" {
		types = "<d:Types>" + types + "</d:Types>"
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="%s" xmlns:tds="%s"><e:Header><w:MessageID>uuid:%s</w:MessageID><w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To><w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header><e:Body><d:Probe>%s</d:Probe></e:Body></e:Envelope>`,
		nsNetwork, nsDevice, id, types)
}

// newID is a random UUID (RFC 9562, version 4).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, as crypto/rand documents
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
