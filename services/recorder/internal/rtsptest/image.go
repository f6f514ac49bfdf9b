package rtsptest

import (
	"bytes"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/jpeg"
)

// The size of pictures, in pixels.
const width, height = 1920, 1080

// image is a JPEG image with the number in its data.
func (s Scene) image(p Picture) []byte {
	b := jpeg.StartOfImage{}.Marshal(nil)
	var tables jpeg.DefineQuantizationTable
	for id := range uint8(2) {
		tables.Tables = append(tables.Tables, jpeg.QuantizationTable{ID: id, Data: bytes.Repeat([]byte{16 + id}, 64)})
	}
	b = tables.Marshal(b)
	b = jpeg.StartOfFrame1{Type: 1, Width: width, Height: height, QuantizationTableCount: 2}.Marshal(b)
	b = jpeg.StartOfScan{}.Marshal(b)
	return append(b, append(fill(nil, p.Number, s.size()), 0xff, jpeg.MarkerEndOfImage)...)
}
