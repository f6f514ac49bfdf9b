package objstore_test

import (
	"testing"

	"github.com/donhk/istream/pkg/objstore"
)

// The check value of CRC-32/ISCSI: 0xE3069283.
func TestChecksumIsCRC32C(t *testing.T) {
	sum := objstore.NewChecksum()
	if _, err := sum.Write([]byte("123456789")); err != nil {
		t.Fatal(err)
	}
	if got := objstore.FormatChecksum(sum); got != "4waSgw==" {
		t.Errorf("got %s", got)
	}
}
