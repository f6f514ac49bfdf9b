package onvif

import (
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
)

// ServeHTTP answers SOAP under /onvif/, and a login page elsewhere.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, "Bad Request", http.StatusBadRequest)
		return
	}
	if d.misbehave(w, r) {
		return
	}
	if !strings.HasPrefix(r.URL.Path, "/onvif/") || r.Method != http.MethodPost {
		w.Header().Set("Content-Type", "text/html")
		d.deliver(w, r, http.StatusOK, []byte(loginPage))
		return
	}
	d.answer(w, r, body)
}

const loginPage = `<html><head><title>Web Service</title></head><body><form action="login.cgi"></form></body></html>`

func (d *Device) answer(w http.ResponseWriter, r *http.Request, body []byte) {
	parsed, err := parseRequest(body)
	if err != nil {
		d.fail(w, r, http.StatusBadRequest, notWellFormed)
		return
	}
	op, known := d.find(parsed.Operation)
	if !op.open && !d.allowed(r, parsed.Token) {
		d.refuse(w, r)
		return
	}
	if !known {
		d.fail(w, r, http.StatusInternalServerError, notSupported)
		return
	}
	data := d.reply(localAddress(r))
	if d.config.Media2 && parsed.Operation.Space == mediaSpace {
		data.Profiles = slices.DeleteFunc(slices.Clone(data.Profiles), Profile.onlyMedia2)
	}
	if op.stream {
		profile, ok := d.profile(parsed.Profile)
		if !ok {
			d.fail(w, r, http.StatusBadRequest, noProfile)
			return
		}
		data.StreamURI = d.streamURI(profile, data.Host)
	}
	d.config.Log.Debug("ONVIF request", "operation", parsed.Operation.Local, "peer", r.RemoteAddr)
	d.send(w, r, http.StatusOK, op.template, data)
}

// allowed tells whether the credentials are right.
func (d *Device) allowed(r *http.Request, token *usernameToken) bool {
	password := d.config.Password
	if d.config.Faults.WrongPassword {
		password = rand.Text() // nobody knows it
	}
	auth := d.config.Auth
	if auth == AuthNone {
		return true
	}
	header := r.Header.Get("Authorization")
	return auth != AuthDigest && token.valid(d.config.User, password, d.now()) ||
		auth != AuthToken && validDigest(header, r.Method, r.RequestURI, d.config.User, password, d.nonce)
}

func (d *Device) refuse(w http.ResponseWriter, r *http.Request) {
	if d.config.Auth == AuthToken {
		d.fail(w, r, http.StatusBadRequest, notAuthorized)
		return
	}
	w.Header().Set("WWW-Authenticate", challenge(d.nonce))
	d.fail(w, r, http.StatusUnauthorized, notAuthorized)
}

func (d *Device) fail(w http.ResponseWriter, r *http.Request, status int, fault soapFault) {
	if d.config.Faults.FaultWith200 {
		status = http.StatusOK
	}
	data := d.reply(localAddress(r))
	data.Fault = fault
	d.send(w, r, status, "Fault", data)
}

func (d *Device) send(w http.ResponseWriter, r *http.Request, status int, template string, data *reply) {
	body, err := d.render(template, data)
	if err != nil {
		d.config.Log.Error("ONVIF reply failed", "err", err)
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/soap+xml; charset=utf-8")
	w.Header().Set("Server", "gSOAP/2.8")
	d.deliver(w, r, status, body)
}

// localAddress is the device's address as the asker reached it.
func localAddress(r *http.Request) *net.TCPAddr {
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		return at
	}
	return &net.TCPAddr{}
}
