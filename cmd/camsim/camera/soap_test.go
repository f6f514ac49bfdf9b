package camera_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"testing"
	"time"
)

// The services' namespaces.
const (
	deviceSpace = "http://www.onvif.org/ver10/device/wsdl"
	mediaSpace  = "http://www.onvif.org/ver10/media/wsdl"
	media2Space = "http://www.onvif.org/ver20/media/wsdl"
)

// asker calls a camera's ONVIF services.
type asker struct {
	xaddr    string
	user     string
	password string
	clock    time.Time // of the token; now where zero
	http     http.Client
}

func ask(t *testing.T, xaddr string) *asker {
	t.Helper()
	a := &asker{xaddr: xaddr, http: http.Client{Timeout: patience, Transport: &http.Transport{}}}
	t.Cleanup(a.http.CloseIdleConnections)
	return a
}

func (a *asker) as(user, password string) *asker {
	a.user, a.password = user, password
	return a
}

// token asks with a UsernameToken.
func (a *asker) token(space, operation string) (int, string, error) {
	created := a.clock
	if created.IsZero() {
		created = time.Now()
	}
	stamp, nonce := created.UTC().Format(time.RFC3339), []byte("0123456789abcdef")
	hash := sha1.Sum([]byte(string(nonce) + stamp + a.password))
	header := fmt.Sprintf(`<Security xmlns="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><UsernameToken><Username>%s</Username><Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest">%s</Password><Nonce>%s</Nonce><Created>%s</Created></UsernameToken></Security>`,
		a.user, base64.StdEncoding.EncodeToString(hash[:]), base64.StdEncoding.EncodeToString(nonce), stamp)
	return a.post(header, space, operation, "")
}

// plain asks without credentials.
func (a *asker) plain(space, operation string) (int, string, error) {
	return a.post("", space, operation, "")
}

// digest asks twice, as a browser does (RFC 2617).
func (a *asker) digest(space, operation string) (int, string, error) {
	response, err := a.send("", space, operation, "")
	if err != nil {
		return 0, "", err
	}
	if _, _, err := read(response); err != nil {
		return 0, "", err
	}
	found := regexp.MustCompile(`realm="(.*?)".*nonce="(.*?)"`).FindStringSubmatch(response.Header.Get("WWW-Authenticate"))
	if found == nil {
		return 0, "", errors.New("no challenge came")
	}
	realm, nonce, uri := found[1], found[2], response.Request.URL.Path
	sum := func(text string) string {
		s := md5.Sum([]byte(text))
		return hex.EncodeToString(s[:])
	}
	answer := sum(sum(a.user+":"+realm+":"+a.password) + ":" + nonce + ":00000001:c:auth:" + sum("POST:"+uri))
	return a.post("", space, operation, fmt.Sprintf(
		`Digest username="%s", realm="%s", nonce="%s", uri="%s", qop=auth, nc=00000001, cnonce="c", response="%s"`,
		a.user, realm, nonce, uri, answer))
}

func (a *asker) post(header, space, operation, authorization string) (int, string, error) {
	response, err := a.send(header, space, operation, authorization)
	if err != nil {
		return 0, "", err
	}
	return read(response)
}

func (a *asker) send(header, space, operation, authorization string) (*http.Response, error) {
	body := fmt.Sprintf(`<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>%s</s:Header><s:Body><%s xmlns="%s"><ProfileToken>Profile_1</ProfileToken></%s></s:Body></s:Envelope>`,
		header, operation, space, operation)
	request, err := http.NewRequest(http.MethodPost, a.xaddr, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	return a.http.Do(request)
}

func read(response *http.Response) (int, string, error) {
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), errors.Join(err, response.Body.Close())
}

// value is the text of the first element of that local name.
func value(t *testing.T, document, local string) string {
	t.Helper()
	all := values(t, document, local)
	if len(all) == 0 {
		t.Fatalf("no <%s> in %s", local, document)
	}
	return all[0]
}

func values(t *testing.T, document, local string) []string {
	t.Helper()
	var all []string
	decoder := xml.NewDecoder(bytes.NewReader([]byte(document)))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v in %s", err, document)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == local {
			var text string
			if err := decoder.DecodeElement(&text, &start); err != nil {
				t.Fatal(err)
			}
			all = append(all, text)
		}
	}
}
