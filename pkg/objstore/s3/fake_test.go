package s3_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/objstore/objstoretest"
	"github.com/donhk/istream/pkg/objstore/s3"
)

// fake speaks as much S3 as the adapter asks for, over an objstoretest.Memory.
type fake struct {
	objstoretest.Memory

	missing  bool                                              // the bucket
	before   func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
	received func(content []byte)                              // may change what arrived, before it is verified
	checksum func(stored string) string                        // what the reply to a PUT tells; nil: the truth
}

func (f *fake) serve(t *testing.T) s3.Config {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return config(server.URL)
}

func config(endpoint string) s3.Config {
	return s3.Config{Endpoint: endpoint, Bucket: "footage", Region: "us-east-1", AccessKey: "access", SecretKey: "the secret key"}
}

func open(t *testing.T, cfg s3.Config) *s3.Bucket {
	t.Helper()
	return openWith(t, cfg, s3.Limits{})
}

func openWith(t *testing.T, cfg s3.Config, l s3.Limits) *s3.Bucket {
	t.Helper()
	b, err := s3.OpenWith(cfg, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	query := r.URL.Query()
	switch {
	case f.before != nil && f.before(w, r):
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=access/"):
		refuse(w, http.StatusForbidden, "InvalidAccessKeyId")
	case bucket != "footage":
		refuse(w, http.StatusNotFound, "NoSuchBucket")
	case key == "" && r.Method == http.MethodPut:
		f.missing = false
	case f.missing:
		refuse(w, http.StatusNotFound, "NoSuchBucket")
	case key == "" && r.Method == http.MethodHead:
	case key == "" && query.Has("list-type"):
		f.list(w, r, query)
	case key == "" && query.Has("delete"):
		f.delete(w, r)
	case r.Method == http.MethodPut:
		f.put(w, r, key)
	default:
		f.read(w, r, key)
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	reply(w, fmt.Sprintf("<Error><Code>%s</Code><Message>no</Message></Error>", code))
}

// reply: whoever has hung up misses nothing.
func reply(w io.Writer, text string) { _, _ = io.WriteString(w, text) }

func (f *fake) put(w http.ResponseWriter, r *http.Request, key string) {
	content, told, err := readPayload(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "IncompleteBody")
		return
	}
	if f.received != nil {
		f.received(content)
	}
	sum := objstore.NewChecksum()
	_, _ = sum.Write(content)
	stored := objstore.FormatChecksum(sum)
	if told != stored {
		refuse(w, http.StatusBadRequest, "BadDigest")
		return
	}
	opts := objstore.PutOptions{Metadata: map[string]string{}}
	for name, values := range r.Header {
		if short, ok := strings.CutPrefix(name, "X-Amz-Meta-"); ok {
			opts.Metadata[short] = values[0]
		}
	}
	if err := f.Put(r.Context(), key, bytes.NewReader(content), int64(len(content)), opts); err != nil {
		refuse(w, http.StatusInternalServerError, "InternalError")
		return
	}
	if f.checksum != nil {
		stored = f.checksum(stored)
	}
	if stored != "" {
		w.Header().Set("X-Amz-Checksum-Crc32c", stored)
	}
}

// readPayload undoes the encoding aws-chunked and returns the checksum that
// came as a trailer or, for an empty body, as a header.
func readPayload(r *http.Request) (content []byte, checksum string, err error) {
	if r.Header.Get("X-Amz-Content-Sha256") != "STREAMING-UNSIGNED-PAYLOAD-TRAILER" {
		content, err = io.ReadAll(r.Body)
		return content, r.Header.Get("X-Amz-Checksum-Crc32c"), err
	}
	body := bufio.NewReader(r.Body)
	for {
		line, err := body.ReadString('\n')
		if err != nil {
			return nil, "", err
		}
		length, err := strconv.ParseUint(strings.TrimSpace(line), 16, 24)
		if err != nil {
			return nil, "", err
		}
		if length == 0 {
			break
		}
		chunk := make([]byte, length+2)
		if _, err := io.ReadFull(body, chunk); err != nil {
			return nil, "", err
		}
		content = append(content, chunk[:length]...)
	}
	trailer, err := io.ReadAll(body)
	if err != nil {
		return nil, "", err
	}
	if r.Header.Get("X-Amz-Decoded-Content-Length") != strconv.Itoa(len(content)) {
		return nil, "", errors.New("another length than told")
	}
	return content, strings.TrimSpace(strings.TrimPrefix(string(trailer), "x-amz-checksum-crc32c:")), nil
}

func (f *fake) read(w http.ResponseWriter, r *http.Request, key string) {
	info, err := f.Stat(r.Context(), key)
	if err != nil {
		refuse(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	content, _ := f.Content(key)
	for name, value := range info.Metadata {
		w.Header().Set("X-Amz-Meta-"+name, value)
	}
	w.Header().Set("Content-Length", strconv.FormatInt(info.Size, 10))
	w.Header().Set("Last-Modified", info.Modified.Format(http.TimeFormat))
	if r.Header.Get("X-Amz-Checksum-Mode") == "ENABLED" {
		w.Header().Set("X-Amz-Checksum-Crc32c", info.CRC32C)
	}
	if r.Method == http.MethodGet {
		_, _ = w.Write(content)
	}
}

const page = 1000

func (f *fake) list(w http.ResponseWriter, r *http.Request, query url.Values) {
	after, err := base64.StdEncoding.DecodeString(query.Get("continuation-token"))
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidArgument")
		return
	}
	type entry struct {
		Key          string
		LastModified string
		Size         int64
	}
	result := struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		EncodingType          string
		IsTruncated           bool
		NextContinuationToken string
		Contents              []entry
	}{EncodingType: "url"}
	for o, err := range f.List(r.Context(), query.Get("prefix")) {
		if err != nil {
			refuse(w, http.StatusServiceUnavailable, "SlowDown")
			return
		}
		if o.Key <= string(after) {
			continue
		}
		if len(result.Contents) == page {
			last := result.Contents[page-1].Key
			key, _ := url.QueryUnescape(last)
			result.IsTruncated, result.NextContinuationToken = true, base64.StdEncoding.EncodeToString([]byte(key))
			break
		}
		result.Contents = append(result.Contents, entry{url.QueryEscape(o.Key), o.Modified.Format("2006-01-02T15:04:05.000Z"), o.Size})
	}
	_ = xml.NewEncoder(w).Encode(result)
}

func (f *fake) delete(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Object []struct{ Key string }
	}
	if err := xml.NewDecoder(r.Body).Decode(&asked); err != nil || len(asked.Object) > page {
		refuse(w, http.StatusBadRequest, "MalformedXML")
		return
	}
	var keys []string
	for _, o := range asked.Object {
		keys = append(keys, o.Key)
	}
	type failure struct{ Key, Code, Message string }
	var result struct {
		XMLName xml.Name `xml:"DeleteResult"`
		Deleted []struct{ Key string }
		Error   []failure
	}
	for d := range f.Delete(r.Context(), keys) {
		if d.Err != nil {
			result.Error = append(result.Error, failure{d.Key, "AccessDenied", d.Err.Error()})
		} else {
			result.Deleted = append(result.Deleted, struct{ Key string }{d.Key})
		}
	}
	_ = xml.NewEncoder(w).Encode(result)
}
