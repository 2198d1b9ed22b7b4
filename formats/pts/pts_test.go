package pts

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
)

func collect(text string) (all points.Chunk, info points.ScanInfo, err error) {
	scans, err := Open(strings.NewReader(text), int64(len(text)), formats.DefaultLimits())
	if err != nil {
		return all, info, err
	}
	info = scans[0].Info()
	var c points.Chunk
	for {
		err := scans[0].Next(&c)
		all.Invalid += c.Invalid
		if err == io.EOF {
			return all, info, nil
		}
		if err != nil {
			return all, info, err
		}
		all.N += c.N
		all.X, all.Y, all.Z = append(all.X, c.X...), append(all.Y, c.Y...), append(all.Z, c.Z...)
		all.RGB, all.Intensity = append(all.RGB, c.RGB...), append(all.Intensity, c.Intensity...)
	}
}

func TestRead(t *testing.T) {
	got, info, err := collect("2\n1.5 2 3 -2048 255 128 1\n4 5 6 2047 0 0 0\n1\n7 8 9 0 1 2 3\n")
	if err != nil || got.N != 3 || info.Count != 2 || got.X[2] != 7 || got.RGB[0] != [3]uint8{255, 128, 1} || got.Intensity[1] != 2047 {
		t.Fatal(got, info, err)
	}
	for text, n := range map[string]int{"2\n1 2 3\n": 1, "2\n1 2 3\n4 5\n": 1, "1\n1 2 3\n4 5 6\n": 1, "x\n": 0, "": 0, "1152921504606846976\n1 2 3\n": 0, "4503599627370496\n1 2 3\n": 1} {
		if got, _, err := collect(text); !formats.IsDamaged(err) || got.N != n {
			t.Errorf("%q: %d points, %v", text, got.N, err)
		}
	}
	if got, info, err := collect("0\n"); err != nil || got.N != 0 || info.Count != 0 {
		t.Error(got, err)
	}
}

func TestRoundTrip(t *testing.T) {
	var out bytes.Buffer
	done := false
	_, err := Write(&out, Options{Count: 2, Intensity: true, RGB: true, IntensityHigh: 1}, func(c *points.Chunk) error {
		if done {
			return io.EOF
		}
		done = true
		*c = points.Chunk{N: 2, X: []float64{500000.125, -2}, Y: []float64{3, 4}, Z: []float64{5, 6}, RGB: [][3]uint8{{7, 8, 9}, {255, 0, 1}}, Intensity: []float32{0, 1}}
		return nil
	})
	got, info, e := collect(out.String())
	if err != nil || e != nil || got.N != 2 || info.Count != 2 || got.X[0] != 500000.125 || got.RGB[1] != [3]uint8{255, 0, 1} || got.Intensity[0] != -2048 || got.Intensity[1] != 2047 {
		t.Fatal(got, err, e, out.String())
	}
}

// FuzzOpen reads whatever comes.
func FuzzOpen(f *testing.F) {
	f.Add("2\n1 2 3\n4 5 6\n")
	f.Add("1\n1 2 3 4 5 6 7\n1\n1 2 3 4 5 6 7")
	f.Fuzz(func(t *testing.T, text string) {
		if _, _, err := collect(text); err != nil && !formats.IsDamaged(err) {
			t.Fatal(err)
		}
	})
}
