package carve

import (
	"encoding/binary"
	"io"
)

// countedTail returns the end of bytes behind a file's structure in sectors that
// end with their own place: the last four bytes of the sector are, in either byte
// order, where it begins or ends, counted from the beginning of this file. Cameras
// that write whole clusters fill the last one so. A place is at least 512, so that
// neither filling nor text is taken for one, and other data holds the right one of
// 2^32 by chance alone. The tail ends with the last of such sectors; before the
// first there may be others, but no other file's head. It is 0 when there is none.
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
	tail := int64(0)
	for n := first; n <= int64(len(b)); n += sectorB {
		if end := f.LengthB + n; n >= 4 && endsWithPlace(b[:n], end-sectorB, end) {
			tail = end
		} else if tail > 0 {
			break
		}
		if Identify(c.opts.Types, b[n:min(n+2048, int64(len(b)))]) != nil {
			break
		}
	}
	return tail, nil
}

func endsWithPlace(b []byte, places ...int64) bool {
	last := b[len(b)-4:]
	le, be := int64(binary.LittleEndian.Uint32(last)), int64(binary.BigEndian.Uint32(last))
	for _, at := range places {
		if at > 0 && (le == at || be == at) {
			return true
		}
	}
	return false
}
