package carve

import (
	"encoding/binary"
	"io"
)

// countedTail returns the end of bytes behind a file's structure that end with
// their own place: the last four bytes of a sector are, in either byte order, where
// that sector begins or ends, counted from the beginning of this file. Cameras that
// write whole clusters close a file so. A place is at least 512, so that neither
// filling nor text is taken for one, and other data holds the right one of 2^32 by
// chance alone. Another file's head before it leaves the bytes to that file. It is
// 0 when there is no such end.
//
// Seen in pictures of the Ricoh DC-3Z (both of the two at hand); no maker
// describes it.
func (c *carver) countedTail(f *Find, r io.ReaderAt, size int64) (int64, error) {
	sectorB := c.opts.SectorB
	in := f.LengthB % sectorB
	first := (sectorB - in) % sectorB
	if first > 0 && first < 4 {
		first += sectorB
	}
	b := make([]byte, min(maxTailB, size-f.LengthB))
	if err := readFull(r, b, f.LengthB); err != nil {
		return 0, err
	}
	for n := first; n <= int64(len(b)); n += sectorB {
		if n >= 4 {
			end := f.LengthB + n
			le, be := int64(binary.LittleEndian.Uint32(b[n-4:])), int64(binary.BigEndian.Uint32(b[n-4:]))
			for _, at := range [2]int64{end - sectorB, end} {
				if at > 0 && (le == at || be == at) {
					return end, nil
				}
			}
		}
		if Identify(c.opts.Types, b[n:min(n+2048, int64(len(b)))]) != nil {
			break
		}
	}
	return 0, nil
}
