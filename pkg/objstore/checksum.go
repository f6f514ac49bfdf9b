package objstore

import (
	"encoding/base64"
	"hash"
	"hash/crc32"
)

// NewChecksum starts a CRC32C (Castagnoli), the checksum that stores verify.
func NewChecksum() hash.Hash32 { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }

// FormatChecksum is h's sum as stores write it: base64 of its four bytes, the
// most significant first.
func FormatChecksum(h hash.Hash32) string { return base64.StdEncoding.EncodeToString(h.Sum(nil)) }
