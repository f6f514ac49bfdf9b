package onvif

import (
	"encoding/xml"
	"fmt"
)

// maxRequest bounds a request's body; real ones take one or two kilobytes.
const maxRequest = 64 << 10

// request is what the device reads of a SOAP request.
type request struct {
	Operation xml.Name
	Profile   string // the profile's token, where one is named
	Token     *usernameToken
}

// usernameToken is who asks (WS-Security UsernameToken Profile 1.0, 3.1).
type usernameToken struct {
	Username string `xml:"Username"`
	Password struct {
		Type string `xml:"Type,attr"`
		Text string `xml:",chardata"`
	} `xml:"Password"`
	Nonce   string `xml:"Nonce"`
	Created string `xml:"Created"`
}

// parseRequest reads an envelope by local names, whatever the prefixes.
func parseRequest(body []byte) (request, error) {
	var envelope struct {
		XMLName xml.Name
		Token   *usernameToken `xml:"Header>Security>UsernameToken"`
		Body    *struct {
			Operation *struct {
				XMLName xml.Name
				Profile string `xml:"ProfileToken"`
			} `xml:",any"`
		} `xml:"Body"`
	}
	if err := xml.Unmarshal(body, &envelope); err != nil {
		return request{}, fmt.Errorf("reading the envelope: %w", err)
	}
	if envelope.XMLName.Local != "Envelope" || envelope.Body == nil || envelope.Body.Operation == nil {
		return request{}, fmt.Errorf("<%s> is no SOAP request", envelope.XMLName.Local)
	}
	return request{
		Operation: envelope.Body.Operation.XMLName,
		Profile:   envelope.Body.Operation.Profile,
		Token:     envelope.Token,
	}, nil
}
