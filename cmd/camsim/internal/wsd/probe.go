package wsd

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

// probe is what a device reads of a Probe message (WS-Discovery, 5.2).
type probe struct {
	MessageID string
	Types     []xml.Name
	Scopes    []string
}

// parseProbe reads a datagram; an error where it is no Probe.
func parseProbe(datagram []byte) (probe, error) {
	var envelope struct {
		XMLName   xml.Name
		MessageID string `xml:"Header>MessageID"`
		Body      struct {
			Probe *struct {
				Types  string `xml:"Types"`
				Scopes string `xml:"Scopes"`
			} `xml:"http://schemas.xmlsoap.org/ws/2005/04/discovery Probe"`
		} `xml:"Body"`
	}
	if err := xml.Unmarshal(datagram, &envelope); err != nil {
		return probe{}, fmt.Errorf("reading the envelope: %w", err)
	}
	found := envelope.Body.Probe
	if envelope.XMLName.Local != "Envelope" || found == nil {
		return probe{}, fmt.Errorf("no Probe in it")
	}
	p := probe{MessageID: strings.TrimSpace(envelope.MessageID), Scopes: strings.Fields(found.Scopes)}
	types := strings.Fields(found.Types)
	if len(types) > 0 {
		spaces := prefixes(datagram)
		for _, one := range types {
			p.Types = append(p.Types, resolve(one, spaces))
		}
	}
	return p, nil
}

// prefixes gathers each xmlns declaration of a document: types are names inside
// text, which the XML decoder does not resolve.
func prefixes(document []byte) map[string]string {
	declared := map[string]string{}
	decoder := xml.NewDecoder(bytes.NewReader(document))
	for {
		token, err := decoder.RawToken()
		if err != nil { // the end, since the document was read before
			return declared
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, attribute := range start.Attr {
			if attribute.Name.Space == "xmlns" {
				declared[attribute.Name.Local] = attribute.Value
			}
		}
	}
}

func resolve(name string, spaces map[string]string) xml.Name {
	prefix, local, ok := strings.Cut(name, ":")
	if !ok {
		return xml.Name{Local: name}
	}
	return xml.Name{Space: spaces[prefix], Local: local}
}

// deviceTypes are a camera's types (ONVIF Core, 7.3.2.1).
var deviceTypes = []xml.Name{
	{Space: "http://www.onvif.org/ver10/network/wsdl", Local: "NetworkVideoTransmitter"},
	{Space: "http://www.onvif.org/ver10/device/wsdl", Local: "Device"},
}

// matches tells whether a camera with these scopes has all that is asked for;
// scopes match by whole leading segments (WS-Discovery, 5.1, rfc3986).
func (p probe) matches(scopes []string) bool {
	for _, one := range p.Types {
		if !isDeviceType(one) {
			return false
		}
	}
	for _, wanted := range p.Scopes {
		wanted = strings.TrimSuffix(wanted, "/")
		if !slices.ContainsFunc(scopes, func(s string) bool {
			return s == wanted || strings.HasPrefix(s, wanted+"/")
		}) {
			return false
		}
	}
	return true
}

// isDeviceType forgives a prefix that nobody declared, as cameras do.
func isDeviceType(name xml.Name) bool {
	return slices.ContainsFunc(deviceTypes, func(t xml.Name) bool {
		return t == name || name.Space == "" && t.Local == name.Local
	})
}
