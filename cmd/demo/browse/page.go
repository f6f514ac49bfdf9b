package browse

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"path"
)

// listed is how many segments the page has.
const listed = 50

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

type view struct {
	Playing  string // empty: there is nothing yet
	Segments []segment
	Listed   int
}

func (view) Play(key string) string { link := playLink(key); return link.String() }
func (view) File(key string) string { link := fileLink(key); return link.String() }
func (view) Name(key string) string { return path.Base(key) }
func (view) Megabytes(bytes int64) string {
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

// servePage shows the newest segments and plays the one asked for, or else
// the newest.
func servePage(w http.ResponseWriter, r *http.Request, root *os.Root) {
	segments, err := newest(r.Context(), root.FS(), listed)
	if err != nil {
		http.Error(w, "The bucket's folder can't be read.", http.StatusInternalServerError)
		return
	}
	v := view{Playing: r.FormValue("play"), Segments: segments, Listed: listed}
	switch {
	case v.Playing != "":
		if info, err := root.Stat(v.Playing); err != nil || hidden(v.Playing) || !info.Mode().IsRegular() {
			http.NotFound(w, r)
			return
		}
	case len(segments) > 0:
		v.Playing = segments[0].Key
	}
	var text bytes.Buffer
	if err := page.Execute(&text, v); err != nil {
		http.Error(w, "The page can't be written.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = text.WriteTo(w) // the reader may have gone
}
