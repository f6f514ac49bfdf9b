//go:build e2e

package e2e_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"testing"

	"github.com/donhk/istream/e2e/internal/ffmpeg"
	frames "github.com/donhk/istream/e2e/internal/stamps"
)

// judge fails the test unless the file opens, decodes without a complaint and
// starts with a keyframe.
func judge(t *testing.T, path string) ffmpeg.Media {
	t.Helper()
	media, err := ffmpeg.Probe(t.Context(), path)
	if err != nil {
		t.Error(err)
	}
	if err := ffmpeg.Decode(t.Context(), path); err != nil {
		t.Error(err)
	}
	if key, err := ffmpeg.StartsWithKeyframe(t.Context(), path); err != nil || !key {
		t.Errorf("%s does not start with a keyframe (%v)", path, err)
	}
	return media
}

// contiguous reports whether part is found in whole without a gap.
func contiguous(part, whole []string) bool {
	for at := range len(whole) - len(part) + 1 {
		if slices.Equal(part, whole[at:at+len(part)]) {
			return true
		}
	}
	return false
}

// stamps lists the numbers of a file's frames, in the order of decoding; none
// where the file was renamed meanwhile.
func stamps(t *testing.T, path string) []uint64 {
	t.Helper()
	numbers, err := frames.Of(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return numbers
}

// digest is a file's size and SHA-256.
func digest(t *testing.T, path string) (size int64, sum string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return int64(len(content)), fmt.Sprintf("%x", sha256.Sum256(content))
}

// hashesOf lists the hashes of several files, one after the other.
func hashesOf(t *testing.T, paths []string, hash func(context.Context, string) ([]string, error)) []string {
	t.Helper()
	var all []string
	for _, path := range paths {
		hashes, err := hash(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, hashes...)
	}
	return all
}
