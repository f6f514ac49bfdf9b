package spool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/donhk/istream/pkg/events"
)

// Scan lists the files, camera after camera, each camera's oldest first. What
// is not iStream's (other names, symbolic links, folders in a camera's) is
// passed over, and so is what vanishes meanwhile. Memory is bounded by one
// folder's names. After an error in a camera's folder the others follow.
func (s *Spool) Scan(ctx context.Context) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		folders, err := os.ReadDir(s.root)
		if err != nil {
			yield(File{}, fmt.Errorf("scanning the spool: %w", err))
			return
		}
		for _, folder := range folders {
			if !folder.IsDir() || !events.ValidToken(folder.Name()) {
				continue
			}
			for f, err := range s.Camera(ctx, folder.Name()) {
				if !yield(f, err) || ctx.Err() != nil {
					return
				}
			}
		}
	}
}

// Camera lists one camera's files as Scan does; none where it has no folder.
func (s *Spool) Camera(ctx context.Context, camera string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		// Names sort by their start, as they are made to.
		entries, err := os.ReadDir(filepath.Join(s.root, camera))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			if !yield(File{}, fmt.Errorf("scanning the spool: %w", err)) {
				return
			}
		}
		for _, entry := range entries {
			if err := ctx.Err(); err != nil {
				yield(File{}, fmt.Errorf("scanning the spool: %w", err))
				return
			}
			f, err := fileOf(camera, entry)
			if errors.Is(err, errForeign) || errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				err = fmt.Errorf("scanning the spool: %w", err)
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

var errForeign = errors.New("not a file of the spool")

func fileOf(camera string, entry fs.DirEntry) (File, error) {
	start, closed, ok := events.ParseFile(entry.Name())
	if !ok || !entry.Type().IsRegular() {
		return File{}, errForeign
	}
	info, err := entry.Info()
	if err != nil {
		return File{}, err
	}
	return File{Camera: camera, Start: start, Closed: closed, Size: info.Size()}, nil
}
