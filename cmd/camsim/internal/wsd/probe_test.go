package wsd

import (
	"strings"
	"testing"
)

const head = `<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Header><w:MessageID>uuid:1</w:MessageID><w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header><e:Body>`

const tail = `</e:Body></e:Envelope>`

var cameraScopes = []string{"onvif://www.onvif.org/type/video_encoder", "onvif://www.onvif.org/name/front"}

var probes = []struct {
	name     string
	datagram string
	answered bool
}{
	{"untyped", head + `<d:Probe/>` + tail, true},
	{"empty types", head + `<d:Probe><d:Types> </d:Types><d:Scopes/></d:Probe>` + tail, true},
	{"transmitter", head + `<d:Probe><d:Types xmlns:dn="http://www.onvif.org/ver10/network/wsdl">dn:NetworkVideoTransmitter</d:Types></d:Probe>` + tail, true},
	{"device", head + `<d:Probe xmlns:x="http://www.onvif.org/ver10/device/wsdl"><d:Types>x:Device</d:Types></d:Probe>` + tail, true},
	{"both", head + `<d:Probe xmlns:x="http://www.onvif.org/ver10/device/wsdl" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><d:Types>x:Device dn:NetworkVideoTransmitter</d:Types></d:Probe>` + tail, true},
	{"prefix not declared", head + `<d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe>` + tail, true},
	{"a printer is wanted", head + `<d:Probe xmlns:p="http://schemas.microsoft.com/windows/2006/08/wdp/print"><d:Types>p:PrintDeviceType</d:Types></d:Probe>` + tail, false},
	{"another Device", head + `<d:Probe xmlns:p="http://schemas.xmlsoap.org/ws/2006/02/devprof"><d:Types>p:Device</d:Types></d:Probe>` + tail, false},
	{"scope", head + `<d:Probe><d:Scopes>onvif://www.onvif.org/type</d:Scopes></d:Probe>` + tail, true},
	{"two scopes", head + `<d:Probe><d:Scopes>onvif://www.onvif.org/type/ onvif://www.onvif.org/name/front</d:Scopes></d:Probe>` + tail, true},
	{"half a scope's segment", head + `<d:Probe><d:Scopes>onvif://www.onvif.org/na</d:Scopes></d:Probe>` + tail, false},
	{"other scope", head + `<d:Probe><d:Scopes>onvif://www.onvif.org/name/back</d:Scopes></d:Probe>` + tail, false},
	{"a Hello", head + `<d:Hello/>` + tail, false},
	{"newer discovery", strings.Replace(head, "schemas.xmlsoap.org/ws/2005/04", "docs.oasis-open.org/ws-dd/ns/discovery/2009/01", 1) + `<d:Probe/>` + tail, false},
	{"no envelope", `<d:Probe xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"/>`, false},
	{"cut short", head + `<d:Probe><d:Types>`, false},
	{"empty", ``, false},
	{"NUL", "\x00", false},
	{"junk", "\xff\xfe<<<>>>&&&", false},
	{"SSDP", "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n", false},
}

func TestProbes(t *testing.T) {
	for _, test := range probes {
		asked, err := parseProbe([]byte(test.datagram))
		if got := err == nil && asked.matches(cameraScopes); got != test.answered {
			t.Errorf("%s: answered %v, error %v", test.name, got, err)
		}
		if err == nil && asked.MessageID != "uuid:1" {
			t.Errorf("%s: message id %q", test.name, asked.MessageID)
		}
	}
}

func FuzzParseProbe(f *testing.F) {
	for _, test := range probes {
		f.Add([]byte(test.datagram))
	}
	f.Fuzz(func(_ *testing.T, datagram []byte) {
		if asked, err := parseProbe(datagram); err == nil {
			asked.matches(cameraScopes)
		}
	})
}
