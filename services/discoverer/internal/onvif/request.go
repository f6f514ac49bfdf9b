package onvif

import (
	"encoding/xml"
	"fmt"

	"github.com/use-go/onvif/gosoap"
)

// namespaces are those of the library's request types, and tr2 for ours.
var namespaces = map[string]string{
	"tds":   "http://www.onvif.org/ver10/device/wsdl",
	"trt":   "http://www.onvif.org/ver10/media/wsdl",
	"tr2":   "http://www.onvif.org/ver20/media/wsdl",
	"onvif": "http://www.onvif.org/ver10/schema",
}

// media2Profiles asks for profiles with what the choice needs (ONVIF Media 2
// Service, 5.2.2). The library knows the first media service only.
type media2Profiles struct {
	XMLName string   `xml:"tr2:GetProfiles"`
	Type    []string `xml:"tr2:Type"`
}

// media2StreamURI asks for an RTSP address (ONVIF Media 2 Service, 5.4.1).
type media2StreamURI struct {
	XMLName  string `xml:"tr2:GetStreamUri"`
	Protocol string `xml:"tr2:Protocol"`
	Profile  string `xml:"tr2:ProfileToken"`
}

// envelope is a SOAP 1.2 message; header may be empty.
func envelope(request any, header string) (string, error) {
	body, err := xml.Marshal(request)
	if err != nil {
		return "", fmt.Errorf("building a request: %w", err)
	}
	message := gosoap.NewEmptySOAP()
	message.AddStringBodyContent(string(body))
	message.AddRootNamespaces(namespaces)
	if header != "" {
		if err := message.AddStringHeaderContent(header); err != nil {
			return "", fmt.Errorf("signing a request: %w", err)
		}
	}
	return message.String(), nil
}
