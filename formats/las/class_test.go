package las

import (
	"encoding/binary"
	"io"
	"testing"

	"firescene/formats/points"
	"firescene/formats/points/pointstest"
)

// TestClass stores classifications where LAS 1.4 has them, and refuses those that an
// older format does not hold.
func TestClass(t *testing.T) {
	for _, tc := range []struct {
		opts  Options
		at    int
		class uint8
		fails bool
	}{
		{Options{Minor: 4, PointFormat: 7}, 16, 68, false},
		{Options{Minor: 2, PointFormat: 2}, 15, 31, false},
		{Options{Minor: 2, PointFormat: 2}, 15, 64, true},
	} {
		var f pointstest.File
		done := false
		_, err := Write(&f, tc.opts, func(c *points.Chunk) error {
			if done {
				return io.EOF
			}
			done = true
			*c = points.Chunk{N: 2, X: []float64{0, 1}, Y: []float64{0, 1}, Z: []float64{0, 1}, Class: []uint8{1, tc.class}}
			return nil
		})
		if (err != nil) != tc.fails {
			t.Fatalf("class %d: %v", tc.class, err)
		}
		if tc.fails {
			continue
		}
		b := f.B
		data, stride := binary.LittleEndian.Uint32(b[96:]), binary.LittleEndian.Uint16(b[105:])
		if got := b[int(data)+int(stride)+tc.at]; got != tc.class {
			t.Errorf("class %d stored as %d", tc.class, got)
		}
	}
}
