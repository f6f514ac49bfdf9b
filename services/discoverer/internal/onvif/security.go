package onvif

import (
	"crypto/rand"
	"crypto/sha1" // what WS-UsernameToken asks for
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/donhk/istream/pkg/setting"
)

// security is the WS-Security header of a call: a UsernameToken with a
// password digest (OASIS WSS UsernameToken Profile 1.0, 3.1; ONVIF Core,
// 5.9.4). created is the device's time; cameras want whole seconds.
func security(c setting.Credentials, created time.Time, nonce []byte) string {
	stamp := created.UTC().Format("2006-01-02T15:04:05Z")
	h := sha1.New()
	for _, part := range [][]byte{nonce, []byte(stamp), []byte(c.Pass.Reveal())} {
		_, _ = h.Write(part) // a hash takes everything
	}
	base64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf(`<wsse:Security soap-env:mustUnderstand="1" xmlns:soap-env="http://www.w3.org/2003/05/soap-envelope" xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"><wsse:UsernameToken><wsse:Username>%s</wsse:Username><wsse:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest">%s</wsse:Password><wsse:Nonce EncodingType="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary">%s</wsse:Nonce><wsu:Created>%s</wsu:Created></wsse:UsernameToken></wsse:Security>`,
		escape(c.User), base64(h.Sum(nil)), base64(nonce), stamp)
}

func newNonce() []byte {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails, as crypto/rand documents
	return nonce
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}
