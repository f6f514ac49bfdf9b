package store

import (
	"bytes"
	"fmt"
	"os"

	"github.com/versity/versitygw/backend/meta"
)

// attributesFor chooses where the objects' attributes lie. A store that once
// took side files keeps to them, as its objects have nothing else.
func attributesFor(c Config) (meta.MetadataStorer, error) {
	_, err := os.Stat(c.metadata())
	if err == nil || !keepsXattrs(c.objects()) {
		if err := os.MkdirAll(c.metadata(), 0o755); err != nil {
			return nil, fmt.Errorf("make the folder of the objects' metadata: %w", err)
		}
		return meta.NewSideCar(c.metadata())
	}
	return meta.XattrMeta{}, nil
}

// keepsXattrs tries it with as many bytes as an object needs; some file
// systems answer reads and refuse writes.
func keepsXattrs(dir string) bool {
	const name = "istream-probe"
	want := bytes.Repeat([]byte{'x'}, 512)
	var attributes meta.XattrMeta
	if err := attributes.StoreAttribute(nil, dir, "", name, want); err != nil {
		return false
	}
	got, err := attributes.RetrieveAttribute(nil, dir, "", name)
	removed := attributes.DeleteAttribute(dir, "", name)
	return err == nil && removed == nil && bytes.Equal(got, want)
}
