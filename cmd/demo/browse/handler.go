package browse

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
)

const files = "/files/"

func playLink(key string) url.URL {
	return url.URL{Path: "/", RawQuery: url.Values{"play": {key}}.Encode()}
}

func fileLink(key string) url.URL { return url.URL{Path: files + key} }

func handler(root *os.Root) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { servePage(w, r, root) })
	mux.HandleFunc("GET "+files+"{key...}", func(w http.ResponseWriter, r *http.Request) {
		serveFile(w, r, root, r.PathValue("key"))
	})
	return guarded(mux)
}

// guarded refuses names that others may point here, and tells browsers to
// take nothing but what the page itself names.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		if !ownName(r.Host) {
			http.Error(w, "Open this page by its IP address or as localhost.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func ownName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host == "localhost" || net.ParseIP(strings.Trim(host, "[]")) != nil
}

// serveFile sends an object, with ranges, so that players can seek.
func serveFile(w http.ResponseWriter, r *http.Request, root *os.Root, key string) {
	if hidden(key) {
		http.NotFound(w, r)
		return
	}
	// Before the open, which would wait for the other end of a pipe.
	if info, err := root.Stat(key); err != nil || !info.Mode().IsRegular() {
		http.NotFound(w, r)
		return
	}
	file, err := root.Open(key)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer file.Close() //nolint:errcheck // only read
	info, err := file.Stat()
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", contentType(key))
	http.ServeContent(w, r, "", info.ModTime(), file)
}

func hidden(key string) bool {
	for name := range strings.SplitSeq(key, "/") {
		if strings.HasPrefix(name, ".") {
			return true
		}
	}
	return false
}

// contentType knows what iStream writes; anything else is to be saved, never
// run.
func contentType(key string) string {
	switch path.Ext(key) {
	case ".mp4":
		return "video/mp4"
	case ".json", ".txt":
		return "text/plain; charset=utf-8"
	default:
		return "application/octet-stream"
	}
}
