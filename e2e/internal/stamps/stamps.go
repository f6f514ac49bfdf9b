// Package stamps reads what the simulated camera puts into each frame: its
// number. It looks for the text alone, whatever is around it, so that it can
// judge files that no parser has mended yet.
package stamps

import (
	"os"
	"regexp"
	"strconv"
)

var stamp = regexp.MustCompile(`iStream-camsim-1([0-9a-f]{16}) `)

// Of lists the numbers of a file's frames, in the order of decoding.
func Of(path string) ([]uint64, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, found := range stamp.FindAllSubmatch(content, -1) {
		n, err := strconv.ParseUint(string(found[1]), 16, 64)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}
