package minio

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/minio/minio-go/v7"
)

// List returns every object of the bucket in the order of its keys.
func (s *Server) List(ctx context.Context) ([]minio.ObjectInfo, error) {
	var all []minio.ObjectInfo
	for o := range s.Client.ListObjectsIter(ctx, s.Bucket, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			return nil, o.Err
		}
		all = append(all, o)
	}
	return all, nil
}

// Keys are those of List.
func (s *Server) Keys(t testing.TB) []string {
	t.Helper()
	objects, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	keys := make([]string, len(objects))
	for i, o := range objects {
		keys[i] = o.Key
	}
	return keys
}

// Download writes every object into dir under its key, and returns the paths
// in the order of the keys.
func (s *Server) Download(t testing.TB, dir string) []string {
	t.Helper()
	var paths []string
	for _, key := range s.Keys(t) {
		path := filepath.Join(dir, filepath.FromSlash(key))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := s.Client.FGetObject(t.Context(), s.Bucket, key, path, minio.GetObjectOptions{}); err != nil {
			t.Fatalf("downloading %s: %v", key, err)
		}
		paths = append(paths, path)
	}
	return paths
}
