package ptx

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
)

const two = "2\n2\n10 20 30\n0 1 0\n-1 0 0\n0 0 1\n0 1 0 0\n-1 0 0 0\n0 0 1 0\n10 20 30 1\n" +
	"1 2 3 0.5 10 20 30\n0 0 0 0.5 0 0 0\n4 5 6 1 1 2 3\n0 0 0.5 0.25 7 7 7\n" +
	"1\r\n1\r\n0 0 0\r\n1 0 0\r\n0 1 0\r\n0 0 1\r\n1 0 0 0\r\n0 1 0 0\r\n0 0 1 0\r\n0 0 0 1\r\n9 9 9 0.1\r\n"

type result struct {
	points.Chunk
	info points.ScanInfo
	err  error
}

func collect(text string) (out []result, err error) {
	scans, err := Open(strings.NewReader(text), int64(len(text)), formats.DefaultLimits())
	for _, s := range scans {
		r := result{info: s.Info()}
		var c points.Chunk
		for {
			err := s.Next(&c)
			r.Invalid += c.Invalid
			if err != nil {
				if err != io.EOF {
					r.err = err
				}
				break
			}
			r.N += c.N
			r.X, r.Y, r.Z = append(r.X, c.X...), append(r.Y, c.Y...), append(r.Z, c.Z...)
			r.Row, r.Column = append(r.Row, c.Row...), append(r.Column, c.Column...)
			r.RGB, r.Intensity = append(r.RGB, c.RGB...), append(r.Intensity, c.Intensity...)
		}
		out = append(out, r)
	}
	return out, err
}

// TestRead: lost returns are told apart from points, the matrix is turned round.
func TestRead(t *testing.T) {
	got, err := collect(two)
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	a, b := got[0], got[1]
	if a.err != nil || a.N != 3 || a.Invalid != 1 || a.info.Count != 4 || !a.info.HasRGB || a.RGB[1] != [3]uint8{1, 2, 3} || a.Intensity[2] != 0.25 || a.Z[2] != 0.5 {
		t.Errorf("%+v", a)
	}
	if a.Row[1] != 0 || a.Column[1] != 1 || a.Row[2] != 1 || a.Column[2] != 1 {
		t.Errorf("rows %v, columns %v", a.Row, a.Column)
	}
	if want := [16]float64{0, -1, 0, 10, 1, 0, 0, 20, 0, 0, 1, 30, 0, 0, 0, 1}; a.info.WorldFromScan != want || !a.info.HasPose {
		t.Errorf("pose %v", a.info.WorldFromScan)
	}
	if b.err != nil || b.N != 1 || b.info.HasRGB || b.X[0] != 9 {
		t.Errorf("%+v", b)
	}
}

func TestDamaged(t *testing.T) {
	lines := strings.SplitAfter(two, "\n")
	cut := strings.Join(lines[:12], "")
	if got, err := collect(cut); err != nil || len(got) != 1 || !formats.IsDamaged(got[0].err) || got[0].N != 1 {
		t.Errorf("cut off: %+v, %v", got, err)
	}
	if got, err := collect(strings.Replace(two, "9 9 9", "9 x 9", 1)); err != nil || got[0].err != nil || !formats.IsDamaged(got[1].err) {
		t.Errorf("no number: %+v, %v", got, err)
	}
	if got, err := collect(strings.Replace(two, "1\r\n1\r\n", "1\r\nx\r\n", 1)); err != nil || got[0].N != 3 || !formats.IsDamaged(got[1].err) {
		t.Errorf("second head: %+v, %v", got, err)
	}
	for _, text := range []string{"", "2\n", "2\n2\n1 1\n", strings.Replace(two, "10 20 30 1\n", "10 20 30 0\n", 1), strings.Replace(two, "0 1 0 0\n", "nan 1 0 0\n", 1), "1e30" + two} {
		if _, err := collect(text); !formats.IsDamaged(err) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	huge := "2147483648\n2147483648\n" + strings.Join(lines[2:11], "")
	if got, err := collect(huge); err != nil || !formats.IsDamaged(got[0].err) {
		t.Errorf("2^62 directions: %+v, %v", got, err)
	}
}

func TestRoundTrip(t *testing.T) {
	first, _ := collect(two)
	deliver := func(c points.Chunk) func(*points.Chunk) error {
		done := false
		return func(out *points.Chunk) error {
			if done {
				return io.EOF
			}
			*out, done = c, true
			return nil
		}
	}
	var src []Source
	for _, r := range first {
		info := r.info
		info.Count = int64(r.N)
		src = append(src, Source{Info: info, Next: deliver(r.Chunk)})
	}
	var out bytes.Buffer
	if _, err := Write(&out, src); err != nil {
		t.Fatal(err)
	}
	again, err := collect(out.String())
	if err != nil || len(again) != 2 || again[0].N != 3 || again[0].info.WorldFromScan != first[0].info.WorldFromScan || again[0].Z[2] != 0.5 || again[0].RGB[1] != first[0].RGB[1] || again[1].X[0] != 9 {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestGrid writes a scan back with its grid: directions without a return in their
// places.
func TestGrid(t *testing.T) {
	info := points.ScanInfo{Count: 3, HasIntensity: true, WorldFromScan: points.IdentityPose}
	c := points.Chunk{N: 3, X: []float64{1, 2, 3}, Y: []float64{0, 0, 0}, Z: []float64{1, 1, 1}, Intensity: []float32{0.1, 0.2, 0.3}, Row: []int32{1, 0, 2}, Column: []int32{0, 2, 2}}
	source := func(c points.Chunk) []Source {
		done := false
		return []Source{{Info: info, Columns: 4, Rows: 3, Next: func(out *points.Chunk) error {
			if done {
				return io.EOF
			}
			*out, done = c, true
			return nil
		}}}
	}
	var out bytes.Buffer
	if _, err := Write(&out, source(c)); err != nil {
		t.Fatal(err)
	}
	got, err := collect(out.String())
	if err != nil || len(got) != 1 || got[0].info.Count != 12 || got[0].N != 3 || got[0].Invalid != 9 {
		t.Fatalf("%+v, %v", got, err)
	}
	if !slices.Equal(got[0].Row, c.Row) || !slices.Equal(got[0].Column, c.Column) || !slices.Equal(got[0].X, c.X) {
		t.Errorf("%+v", got[0])
	}
	c.Column = []int32{0, 2, 1}
	if _, err := Write(&bytes.Buffer{}, source(c)); err == nil {
		t.Error("points out of order were written")
	}
	c.Column = []int32{0, 2, 4}
	if _, err := Write(&bytes.Buffer{}, source(c)); err == nil {
		t.Error("a point outside the grid was written")
	}
}

// FuzzOpen reads whatever comes.
func FuzzOpen(f *testing.F) {
	f.Add(two)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := collect(text)
		if err != nil && !formats.IsDamaged(err) {
			t.Fatal(err)
		}
		for _, r := range got {
			if r.err != nil && !formats.IsDamaged(r.err) {
				t.Fatal(r.err)
			}
		}
	})
}
