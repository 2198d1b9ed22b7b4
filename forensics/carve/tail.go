package carve

import (
	"bytes"
	"errors"
	"io"
)

// addTail extends a whole file over bytes behind its end that must be its own:
// systems fill the last sector of a file with zeros, so bytes other than zero
// between the end of the structure and such zeros were written with the file.
// Without zeros behind them they may be left from what lay there before, and are
// not taken.
func (c *carver) addTail(f *Find, r io.ReaderAt, size int64) error {
	sectorB := c.opts.SectorB
	rest := min(size, (f.LengthB+sectorB-1)/sectorB*sectorB) - f.LengthB
	if rest <= minZeros {
		return nil
	}
	b := make([]byte, rest)
	n, err := r.ReadAt(b, f.LengthB)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	tail := bytes.TrimRight(b[:n], "\x00")
	if len(tail) == 0 || n-len(tail) < minZeros {
		return nil
	}
	f.LengthB += int64(len(tail))
	f.Reason += "; with bytes behind the end of its structure up to the filling of its last sector"
	f.Confidence = min(f.Confidence, 0.9)
	return nil
}

// minZeros is how much filling must follow a tail: fewer zeros end random bytes
// by chance.
const minZeros = 16
