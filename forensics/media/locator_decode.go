package media

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/layers"
)

// ReadLocator writes to w the bytes that l names in an exhibit of size bytes,
// through the decoders that l names. It fails when a range lies outside, when l
// goes through a decoder that is not known here, or when more than
// formats.DefaultLimits().MaxAllocB bytes of a layer would have to be decoded.
func ReadLocator(r io.ReaderAt, size int64, l forensics.Locator, w io.Writer) error {
	limit := formats.DefaultLimits()
	if len(l.Path) > limit.MaxDepth {
		return fmt.Errorf("locator %s: %d layers, more than %d", l, len(l.Path), limit.MaxDepth)
	}
	for i, y := range l.Path {
		// all of it, or what the next layer or the runs reach to
		need := limit.MaxAllocB
		if i == len(l.Path)-1 && len(l.Runs) > 0 {
			need = 0
			for _, run := range l.Runs {
				if run.OffsetB < 0 || run.LengthB < 0 || run.OffsetB > limit.MaxAllocB-run.LengthB {
					return fmt.Errorf("locator %s: bytes %d+%d lie behind the %d bytes that are decoded at most", l, run.OffsetB, run.LengthB, limit.MaxAllocB)
				}
				need = max(need, run.OffsetB+run.LengthB)
			}
		}
		b, err := decodeLayer(r, size, y, need)
		if err != nil && int64(len(b)) < need && i == len(l.Path)-1 {
			return fmt.Errorf("locator %s: %w", l, err)
		}
		if err != nil && len(b) == 0 {
			return fmt.Errorf("locator %s: %w", l, err)
		}
		r, size = bytes.NewReader(b), int64(len(b))
	}
	runs := l.Runs
	if len(runs) == 0 {
		runs = []forensics.ByteRun{{OffsetB: 0, LengthB: size}}
	}
	for _, run := range runs {
		if run.OffsetB == forensics.Hole {
			if _, err := io.Copy(w, NewRunReader(r, []forensics.ByteRun{run}).all()); err != nil {
				return fmt.Errorf("locator %s: %w", l, err)
			}
			continue
		}
		if run.OffsetB < 0 || run.LengthB < 0 || run.OffsetB > size || run.LengthB > size-run.OffsetB {
			return fmt.Errorf("locator %s: bytes %d+%d lie outside the exhibit of %d bytes", l, run.OffsetB, run.LengthB, size)
		}
		if _, err := io.Copy(w, io.NewSectionReader(r, run.OffsetB, run.LengthB)); err != nil {
			return fmt.Errorf("locator %s: %w", l, err)
		}
	}
	return nil
}

// decodeLayer returns up to need bytes of a layer; with the bytes before it, the
// error at which the layer's data is damaged or too large.
func decodeLayer(r io.ReaderAt, size int64, y forensics.Layer, need int64) ([]byte, error) {
	d, err := layers.Open(y.Decoder, r, y.OffsetB, size)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err = io.Copy(&b, io.LimitReader(d, need))
	if err == nil && need == formats.DefaultLimits().MaxAllocB && int64(b.Len()) == need {
		err = errors.New("the layer holds more than is decoded at most; name the bytes that are wanted")
	}
	return b.Bytes(), err
}
