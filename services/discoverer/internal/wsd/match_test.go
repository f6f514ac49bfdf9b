package wsd

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/services/discoverer/internal/nic"
	"github.com/donhk/istream/services/discoverer/internal/xmltree"
)

// reply is a ProbeMatches as most devices write it, around the given match.
func reply(match string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:wsdp="http://schemas.xmlsoap.org/ws/2006/02/devprof"><SOAP-ENV:Body><d:ProbeMatches>` +
		match + `</d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>`
}

const (
	epr   = `<wsa:EndpointReference><wsa:Address>urn:uuid:5F5A69C2-E0AE-504F-829B-00AFA538AB17</wsa:Address></wsa:EndpointReference>`
	eprIs = "urn:uuid:5f5a69c2-e0ae-504f-829b-00afa538ab17"
)

var datagrams = []struct {
	name, in string
	want     []Match
	fails    bool
}{
	{
		name: "plain",
		in:   reply(`<d:ProbeMatch>` + epr + `<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types><d:Scopes>onvif://www.onvif.org/hardware/C200</d:Scopes><d:XAddrs>http://192.168.1.9/onvif/device_service</d:XAddrs></d:ProbeMatch>`),
		want: []Match{{Endpoint: eprIs, Types: []string{"NetworkVideoTransmitter", "Device"}, Scopes: []string{"onvif://www.onvif.org/hardware/C200"}, XAddrs: []string{"http://192.168.1.9/onvif/device_service"}, ONVIF: true}},
	},
	{
		name: "other prefixes, default namespaces, CRLF, NUL at the end",
		in:   "\xef\xbb\xbf<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'>\r\n<Body><ProbeMatches xmlns='http://schemas.xmlsoap.org/ws/2005/04/discovery'><ProbeMatch><EndpointReference xmlns='x'><Address>\r\nuuid:5f5a69c2-e0ae-504f-829b-00afa538ab17\r\n</Address></EndpointReference><Types xmlns:q='http://www.onvif.org/ver10/device/wsdl'>q:Device</Types><XAddrs>\r\n http://192.168.1.9:8899/onvif/device_service\r\n</XAddrs></ProbeMatch></ProbeMatches></Body></Envelope>\x00",
		want: []Match{{Endpoint: eprIs, Types: []string{"Device"}, XAddrs: []string{"http://192.168.1.9:8899/onvif/device_service"}, ONVIF: true}},
	},
	{
		name: "several addresses with double spaces, link-local first",
		in:   reply(`<d:ProbeMatch>` + epr + `<d:XAddrs>http://169.254.3.4/onvif/device_service  http://192.168.1.9/onvif/device_service  https://192.168.1.9/onvif/device_service</d:XAddrs></d:ProbeMatch>`),
		want: []Match{{Endpoint: eprIs, XAddrs: []string{"http://169.254.3.4/onvif/device_service", "http://192.168.1.9/onvif/device_service", "https://192.168.1.9/onvif/device_service"}}},
	},
	{
		name: "GB2312 and a bare ampersand in the scopes",
		in:   strings.Replace(reply(`<d:ProbeMatch>`+epr+"<d:Scopes>onvif://www.onvif.org/name/\xc9\xe3\xcf\xf1&1</d:Scopes><d:XAddrs>http://192.168.1.9/</d:XAddrs></d:ProbeMatch>"), "UTF-8", "GB2312", 1),
		want: []Match{{Endpoint: eprIs, Scopes: []string{"onvif://www.onvif.org/name/\ufffd\ufffd\ufffd\ufffd&1"}, XAddrs: []string{"http://192.168.1.9/"}, ONVIF: true}},
	},
	{
		name: "two devices in one reply",
		in:   reply(`<d:ProbeMatch><d:XAddrs>http://192.168.1.8/</d:XAddrs></d:ProbeMatch><d:ProbeMatch><d:XAddrs>http://192.168.1.9/</d:XAddrs></d:ProbeMatch>`),
		want: []Match{{XAddrs: []string{"http://192.168.1.8/"}}, {XAddrs: []string{"http://192.168.1.9/"}}},
	},
	{
		name: "printer: another Device, no addresses",
		in:   reply(`<d:ProbeMatch>` + epr + `<d:Types>wsdp:Device</d:Types></d:ProbeMatch>`),
		want: []Match{{Endpoint: eprIs, Types: []string{"Device"}}},
	},
	{
		name: "an endpoint that names nothing",
		in:   reply(`<d:ProbeMatch><wsa:EndpointReference><wsa:Address>urn:uuid:00000000-0000-0000-0000-000000000000</wsa:Address></wsa:EndpointReference></d:ProbeMatch>`),
		want: []Match{{}},
	},
	{
		name: "hello",
		in:   `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><d:Hello xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing">` + epr + `<d:XAddrs>http://192.168.1.9/</d:XAddrs></d:Hello></e:Body></e:Envelope>`,
		want: []Match{{Endpoint: eprIs, XAddrs: []string{"http://192.168.1.9/"}, Hello: true}},
	},
	{name: "bye", in: `<e:Envelope xmlns:e="e"><e:Body><d:Bye xmlns:d="d">` + epr + `</d:Bye></e:Body></e:Envelope>`},
	{name: "a probe of somebody else", in: string(probe(newID(), probeTypes[0]))},
	{name: "empty match", in: reply(`<d:ProbeMatch/>`), want: []Match{{}}},
	{name: "empty", in: "", fails: true},
	{name: "NUL", in: "\x00", fails: true},
	{name: "text", in: "host:80", fails: true},
	{name: "64 KiB of brackets", in: strings.Repeat("<", maxDatagram), fails: true},
	{name: "64 KiB of elements", in: "<a>" + strings.Repeat("<b/>", maxDatagram/4-1), fails: true},
	{name: "an address of 64 KiB", in: reply(`<d:ProbeMatch>` + epr + `<d:XAddrs>http://` + strings.Repeat("1", 60000) + `</d:XAddrs></d:ProbeMatch>`), want: []Match{{Endpoint: eprIs}}},
}

func TestParse(t *testing.T) {
	for _, d := range datagrams {
		t.Run(d.name, func(t *testing.T) {
			got, err := Parse([]byte(d.in))
			if (err != nil) != d.fails {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(d.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEndpoint(t *testing.T) {
	for in, want := range map[string]string{
		"urn:uuid:AB":               "urn:uuid:ab",
		"uuid:AB":                   "urn:uuid:ab",
		" ab ":                      "urn:uuid:ab",
		"{AB}":                      "urn:uuid:ab",
		"urn:oui:X-1":               "urn:oui:x-1",
		"":                          "",
		"urn:uuid:":                 "",
		"http://192.168.1.9/onvif":  "",
		"urn:uuid:0000-0000":        "",
		strings.Repeat("a", 100000): "",
	} {
		if got := endpoint(in); got != want {
			t.Errorf("%.40q: got %q, want %q", in, got, want)
		}
	}
}

func TestScope(t *testing.T) {
	m := Match{Scopes: []string{"onvif://www.onvif.org/type/x", "onvif://www.onvif.org/hardware/IPC%20B1"}}
	if m.Scope("hardware") != "IPC B1" || m.Scope("name") != "" {
		t.Errorf("got %q and %q", m.Scope("hardware"), m.Scope("name"))
	}
}

// received gives datagrams to a receiver and returns what was heard of them.
func received(give func(r *receiver)) []Heard {
	var got []Heard
	r := newReceiver(func(h Heard) { got = append(got, h) })
	give(r)
	r.close()
	r.run()
	return got
}

func TestReceiverJoinsSplitMessages(t *testing.T) {
	text := reply(`<d:ProbeMatch>` + epr + `<d:XAddrs>http://192.168.1.9/</d:XAddrs></d:ProbeMatch>`)
	from, other := netip.MustParseAddrPort("192.168.1.9:3702"), netip.MustParseAddrPort("192.168.1.8:3702")
	got := received(func(r *receiver) {
		r.take([]byte(text[:len(text)/2]), from, nic.NIC{})
		r.take([]byte("junk"), other, nic.NIC{})
		r.take([]byte(text[len(text)/2:]), from, nic.NIC{})
	})
	if len(got) != 1 || got[0].Endpoint != eprIs || got[0].Source != from.Addr() {
		t.Errorf("got %+v", got)
	}
	got = received(func(r *receiver) {
		r.take([]byte(text[:len(text)/2]), from, nic.NIC{})
		r.take([]byte(text), from, nic.NIC{})
	})
	if len(got) != 1 {
		t.Errorf("a whole message after half a one was lost")
	}
}

func TestReceiverBoundsASource(t *testing.T) {
	flood, quiet := netip.MustParseAddrPort("192.168.1.9:3702"), netip.MustParseAddrPort("192.168.1.8:3702")
	numbered := func(i int) []byte { return []byte(reply(fmt.Sprintf("<d:ProbeMatch/><!-- %d -->", i))) }
	got := received(func(r *receiver) {
		for i := range 2 * maxPerSource {
			r.take(numbered(i), flood, nic.NIC{})
		}
		r.take(numbered(0), quiet, nic.NIC{})
		r.take(numbered(0), quiet, nic.NIC{}) // said before
	})
	if len(got) != maxPerSource+1 || got[len(got)-1].Source != quiet.Addr() {
		t.Errorf("%d heard", len(got))
	}
	got = received(func(r *receiver) {
		for i := range 4 * maxSources {
			r.take(bytes.Repeat([]byte("<a>"), 10_000), netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 1), nic.NIC{})
		}
		if r.bytes.Load() > maxQueued || len(r.counts) > maxSources || len(r.known) > maxKnown {
			t.Errorf("%d bytes, %d sources, %d datagrams are kept", r.bytes.Load(), len(r.counts), len(r.known))
		}
	})
	if len(got) != 0 {
		t.Errorf("heard %+v", got[0])
	}
}

func FuzzParse(f *testing.F) {
	for _, d := range datagrams {
		f.Add([]byte(d.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		matches, err := Parse(b)
		if err != nil && matches != nil || errors.Is(err, xmltree.ErrTooLarge) && len(b) < xmltree.MaxDepth {
			t.Fatalf("%d matches with %v", len(matches), err)
		}
		for _, m := range matches {
			if len(m.XAddrs) > maxItems || len(m.Endpoint) > maxText+len("urn:uuid:") || endpoint(m.Endpoint) != m.Endpoint {
				t.Fatalf("out of bounds: %s", fmt.Sprintf("%.200v", m))
			}
		}
	})
}
