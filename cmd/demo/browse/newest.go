package browse

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"time"
)

// segment is a line of the page.
type segment struct {
	Key      string
	Size     int64
	Modified time.Time
}

// newest finds the n segments that were stored last, the last first. The
// live tail is no segment. Files that go while it looks are left out.
func newest(ctx context.Context, folder fs.FS, n int) ([]segment, error) {
	found := make([]segment, 0, n+1)
	err := fs.WalkDir(folder, ".", func(key string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, fs.ErrNotExist) && key != ".":
			return nil
		case err != nil:
			return err
		case entry.IsDir() && key != "." && (hidden(key) || key == "live"):
			return fs.SkipDir
		case !entry.Type().IsRegular() || hidden(key) || path.Ext(key) != ".mp4":
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		found = insert(found, segment{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()})
		found = found[:min(len(found), n)]
		return nil
	})
	return found, err
}

func insert(sorted []segment, s segment) []segment {
	at, _ := slices.BinarySearchFunc(sorted, s, func(a, b segment) int {
		return cmp.Or(b.Modified.Compare(a.Modified), cmp.Compare(b.Key, a.Key))
	})
	return slices.Insert(sorted, at, s)
}
