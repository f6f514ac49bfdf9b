package onvif

import (
	"encoding/xml"
	"testing"
)

const securityHeader = `<Security xmlns="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><UsernameToken><Username>admin</Username><Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest">tuOSpGlFlIXsozq4HFNeeGeFLEI=</Password><Nonce>LKqI6G/AikKCQrN0zqZFlg==</Nonce><Created>2010-09-16T07:50:45Z</Created></UsernameToken></Security>`

func envelope(header, body string) string {
	return `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>` + header + `</s:Header><s:Body>` + body + `</s:Body></s:Envelope>`
}

var requests = []struct {
	name    string
	body    string
	want    xml.Name
	profile string
	user    string
	bad     bool
}{
	{name: "time", body: envelope("", `<GetSystemDateAndTime xmlns="`+deviceSpace+`"/>`), want: xml.Name{Space: deviceSpace, Local: "GetSystemDateAndTime"}},
	{name: "with a token", body: envelope(securityHeader, `<t:GetProfiles xmlns:t="`+mediaSpace+`"/>`), want: xml.Name{Space: mediaSpace, Local: "GetProfiles"}, user: "admin"},
	{name: "stream", body: envelope("", `<t:GetStreamUri xmlns:t="`+mediaSpace+`"><t:StreamSetup/><t:ProfileToken>Profile_1</t:ProfileToken></t:GetStreamUri>`), want: xml.Name{Space: mediaSpace, Local: "GetStreamUri"}, profile: "Profile_1"},
	{name: "empty body", body: envelope("", ""), bad: true},
	{name: "no body", body: `<Envelope/>`, bad: true},
	{name: "a page", body: `<html><Body><p/></Body></html>`, bad: true},
	{name: "empty", body: "", bad: true},
	{name: "cut short", body: envelope(securityHeader, "<x/>")[:200], bad: true},
	{name: "junk", body: "\x00\xff<", bad: true},
}

func TestRequests(t *testing.T) {
	for _, test := range requests {
		got, err := parseRequest([]byte(test.body))
		if (err != nil) != test.bad {
			t.Errorf("%s: error %v", test.name, err)
			continue
		}
		if got.Operation != test.want || got.Profile != test.profile {
			t.Errorf("%s: got %+v", test.name, got)
		}
		if test.user != "" && (got.Token == nil || got.Token.Username != test.user) {
			t.Errorf("%s: got token %+v", test.name, got.Token)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	for _, test := range requests {
		f.Add([]byte(test.body))
	}
	f.Fuzz(func(_ *testing.T, body []byte) {
		_, _ = parseRequest(body)
	})
}
