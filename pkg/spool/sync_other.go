//go:build !linux

package spool

import "os"

func syncData(f *os.File) error { return f.Sync() }

func writeAll(f *os.File, pieces gathered, at int64) error {
	for _, p := range pieces {
		if _, err := f.WriteAt(p, at); err != nil {
			return err
		}
		at += int64(len(p))
	}
	return nil
}
