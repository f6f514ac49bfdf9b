package wsd

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/donhk/istream/services/discoverer/internal/nic"
	"github.com/donhk/istream/services/discoverer/internal/xmltree"
)

// The bounds of what one datagram may tell.
const (
	maxMatches = 32
	maxItems   = 32  // types, scopes or addresses
	maxText    = 512 // bytes of each
)

// The namespaces of the types that ONVIF devices have (ONVIF Core, 7.3.1).
const (
	nsNetwork = "http://www.onvif.org/ver10/network/wsdl"
	nsDevice  = "http://www.onvif.org/ver10/device/wsdl"
)

// Match is what a device says of itself in a ProbeMatch, ResolveMatch or Hello.
type Match struct {
	Endpoint string   // canonical endpoint reference; empty where it has none of use
	Types    []string // local names
	Scopes   []string
	XAddrs   []string
	Hello    bool
	// ONVIF says that types or scopes claim it.
	ONVIF bool
}

// Heard is a Match and where it came from.
type Heard struct {
	Match
	NIC    nic.NIC
	Source netip.Addr
}

// Parse reads a datagram. One without a device in it (a Probe, a Bye) gives
// none and no error.
func Parse(datagram []byte) ([]Match, error) {
	root, err := xmltree.Parse(datagram)
	if err != nil {
		return nil, fmt.Errorf("reading a discovery message: %w", err)
	}
	var all []Match
	for _, name := range []string{"ProbeMatch", "ResolveMatch", "Hello"} {
		for n := range root.All(name) {
			if len(all) == maxMatches {
				return all, nil
			}
			all = append(all, match(n, name == "Hello"))
		}
	}
	return all, nil
}

func match(n *xmltree.Node, hello bool) Match {
	m := Match{
		Endpoint: endpoint(n.At("EndpointReference", "Address").Text()),
		Scopes:   items(n.Child("Scopes").Text()),
		XAddrs:   items(n.Child("XAddrs").Text()),
		Hello:    hello,
	}
	for _, t := range items(n.Child("Types").Text()) {
		prefix, local, ok := strings.Cut(t, ":")
		if !ok {
			prefix, local = "", t
		}
		m.Types = append(m.Types, local)
		m.ONVIF = m.ONVIF || isONVIF(n.Child("Types").Namespace(prefix), local)
	}
	for _, s := range m.Scopes {
		m.ONVIF = m.ONVIF || strings.Contains(strings.ToLower(s), "onvif://www.onvif.org")
	}
	return m
}

// isONVIF goes by the namespace where there is one: a printer's type is called
// Device too (WS Devices Profile). NetworkVideoTransmitter says enough alone.
func isONVIF(namespace, local string) bool {
	return namespace == nsNetwork || namespace == nsDevice || strings.EqualFold(local, "NetworkVideoTransmitter")
}

func items(text string) []string {
	var all []string
	for item := range strings.FieldsSeq(text) {
		if len(all) == maxItems {
			break
		}
		if len(item) <= maxText {
			all = append(all, item)
		}
	}
	return all
}

// endpoint makes references comparable: cameras write the same one as
// urn:uuid:X, uuid:X or X, in either case. A reference that names no device
// (all zeros, the anonymous role, a web address) is none.
func endpoint(text string) string {
	if len(text) > maxText {
		return ""
	}
	lower := strings.ToLower(strings.Join(strings.Fields(text), ""))
	id := strings.TrimPrefix(strings.TrimPrefix(lower, "urn:"), "uuid:")
	switch {
	case strings.Trim(id, "0-{}") == "" || strings.HasPrefix(id, "http:") || strings.HasPrefix(id, "https:"):
		return ""
	case strings.HasPrefix(lower, "urn:") && !strings.HasPrefix(lower, "urn:uuid:"):
		return lower
	}
	return "urn:uuid:" + strings.Trim(id, "{}")
}

// Scope is the last part of a scope such as
// onvif://www.onvif.org/hardware/IPC-B140; "" where there is none.
func (m Match) Scope(kind string) string {
	for _, s := range m.Scopes {
		if _, value, ok := strings.Cut(s, "onvif://www.onvif.org/"+kind+"/"); ok {
			return strings.ReplaceAll(strings.ReplaceAll(value, "%20", " "), "_", " ")
		}
	}
	return ""
}
