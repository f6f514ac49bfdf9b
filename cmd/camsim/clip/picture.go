package clip

// pictureBlocks is the number of blocks in the lowest row of a picture.
const pictureBlocks = 16

// PictureNumber reads the number of a frame in its clip from the 16 blocks of
// the picture's lowest row, one grey byte each; false where they are no number.
func PictureNumber(blocks []byte) (uint8, bool) {
	if len(blocks) != pictureBlocks {
		return 0, false
	}
	var bits uint16
	for _, grey := range blocks {
		bits = bits<<1 | uint16(grey>>7)
	}
	number, inverted := uint8(bits>>8), uint8(bits)
	return number, number == ^inverted
}
