package las

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
	"firescene/formats/points/pointstest"
)

// randomPoints returns n seeded points about a map coordinate.
func randomPoints(seed uint64, n int) *points.Chunk {
	rng := rand.New(rand.NewPCG(seed, 5))
	c := &points.Chunk{N: n}
	for range n {
		c.X = append(c.X, 512345.678+50*rng.Float64())
		c.Y = append(c.Y, 5412345.678+50*rng.Float64())
		c.Z = append(c.Z, -20+5*rng.Float64())
		c.RGB = append(c.RGB, [3]uint8{uint8(rng.IntN(256)), uint8(rng.IntN(256)), uint8(rng.IntN(256))})
		c.Intensity = append(c.Intensity, float32(rng.IntN(65536)))
	}
	return c
}

func deliver(c *points.Chunk, size int) func(*points.Chunk) error {
	at := 0
	return func(out *points.Chunk) error {
		if at == c.N {
			return io.EOF
		}
		to := min(c.N, at+size)
		*out = points.Chunk{N: to - at, X: c.X[at:to], Y: c.Y[at:to], Z: c.Z[at:to], RGB: c.RGB[at:to], Intensity: c.Intensity[at:to]}
		at = to
		return nil
	}
}

func collect(raw []byte) (info points.ScanInfo, all points.Chunk, err error) {
	scans, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
	if err != nil {
		return info, all, err
	}
	var c points.Chunk
	for {
		err := scans[0].Next(&c)
		if err == io.EOF {
			return scans[0].Info(), all, nil
		}
		if err != nil {
			return scans[0].Info(), all, err
		}
		all.N += c.N
		all.X, all.Y, all.Z = append(all.X, c.X...), append(all.Y, c.Y...), append(all.Z, c.Z...)
		all.RGB, all.Intensity = append(all.RGB, c.RGB...), append(all.Intensity, c.Intensity...)
	}
}

func write(t testing.TB, opts Options, c *points.Chunk, size int) []byte {
	t.Helper()
	var f pointstest.File
	if n, err := Write(&f, opts, deliver(c, size)); err != nil || n != int64(c.N) {
		t.Fatal(n, err)
	}
	return f.B
}

// mapOptions suits randomPoints.
func mapOptions() Options {
	return Options{Scale: [3]float64{1e-4, 1e-4, 1e-4}, Offset: [3]float64{512000, 5412000, 0}}
}

func TestRoundTrip(t *testing.T) {
	want := randomPoints(1, 40000)
	for _, tc := range []struct {
		name           string
		minor, format  int
		noColour       bool
		stored, stride int
	}{
		{"1.2, format 2", 2, 2, false, 2, 26},
		{"1.2, format 3", 2, 3, false, 3, 34},
		{"1.2, no colour", 2, 2, true, 0, 20},
		{"1.4, format 2", 4, 2, false, 2, 26},
		{"1.4, format 7", 4, 7, false, 7, 36},
		{"1.4, no colour", 4, 7, true, 6, 30},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opts := mapOptions()
			opts.Minor, opts.PointFormat, opts.NoColour = tc.minor, tc.format, tc.noColour
			raw := write(t, opts, want, 1000)
			if int(raw[104]) != tc.stored || int(binary.LittleEndian.Uint16(raw[105:])) != tc.stride {
				t.Errorf("stored format %d with %d bytes a point", raw[104], binary.LittleEndian.Uint16(raw[105:]))
			}
			info, got, err := collect(raw)
			if err != nil || got.N != want.N || info.Count != int64(want.N) || info.HasRGB == tc.noColour {
				t.Fatal(got.N, info, err)
			}
			for i := range got.N {
				d := math.Max(math.Abs(got.X[i]-want.X[i]), math.Max(math.Abs(got.Y[i]-want.Y[i]), math.Abs(got.Z[i]-want.Z[i])))
				if d > 0.51e-4 || got.Intensity[i] != want.Intensity[i] || !tc.noColour && got.RGB[i] != want.RGB[i] {
					t.Fatalf("point %d is %g m off", i, d)
				}
			}
			if !bytes.Equal(raw, write(t, opts, want, 77)) {
				t.Error("other bytes for the same points in other chunks")
			}
		})
	}
}

// TestRewriteIsLossless writes what was read with the file's own scale and
// offset: the records stay the same to the bit.
func TestRewriteIsLossless(t *testing.T) {
	opts := Options{Scale: [3]float64{0.00025, 0.001, 0.01}, Offset: [3]float64{512000.125, 5412000, -7}}
	raw := write(t, opts, randomPoints(2, 5000), 5000)
	_, got, err := collect(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, write(t, opts, &got, 512)) {
		t.Error("other bytes after reading and writing")
	}
}

// TestHeader checks the fields that other programs rely on.
func TestHeader(t *testing.T) {
	raw := write(t, Options{Minor: 4, PointFormat: 7}, &points.Chunk{N: 2, X: []float64{-1, 2}, Y: []float64{3, 3}, Z: []float64{0, 5}, RGB: make([][3]uint8, 2), Intensity: make([]float32, 2)}, 2)
	le := binary.LittleEndian
	float := func(at int) float64 { return math.Float64frombits(le.Uint64(raw[at:])) }
	if le.Uint16(raw[94:]) != 375 || le.Uint32(raw[107:]) != 0 || le.Uint64(raw[247:]) != 2 || le.Uint16(raw[6:])&16 == 0 {
		t.Error("version 1.4 header: size, legacy count, count or WKT bit")
	}
	for i, want := range []float64{2, -1, 3, 3, 5, 0} { // max and min of x, y, z
		if got := float(179 + 8*i); math.Abs(got-want) > 1e-9 {
			t.Errorf("bound %d is %g, want %g", i, got, want)
		}
	}
}

// TestIntensityRange stretches floating point intensities to 16 bits.
func TestIntensityRange(t *testing.T) {
	c := randomPoints(3, 3)
	c.Intensity = []float32{0, 0.5, float32(math.NaN())}
	opts := mapOptions()
	opts.IntensityHigh = 1
	_, got, err := collect(write(t, opts, c, 3))
	if err != nil || got.Intensity[0] != 0 || math.Abs(float64(got.Intensity[1])-32768) > 1 || got.Intensity[2] != 0 {
		t.Error(got.Intensity, err)
	}
}

// TestEightBitColours reads files that keep 8-bit colours in 16-bit fields.
func TestEightBitColours(t *testing.T) {
	raw := write(t, mapOptions(), randomPoints(4, 100), 100)
	at := int(binary.LittleEndian.Uint32(raw[96:]))
	for i := range 100 {
		for k := range 3 {
			raw[at+26*i+20+2*k+1] = 0
		}
	}
	_, got, err := collect(raw)
	if want := randomPoints(4, 100).RGB; err != nil || got.RGB[50] != want[50] {
		t.Error(got.RGB[50], want[50], err)
	}
}

func TestRefused(t *testing.T) {
	good := write(t, mapOptions(), randomPoints(5, 1000), 1000)
	change := func(edit func(b []byte)) []byte {
		b := bytes.Clone(good)
		edit(b)
		return b
	}
	le := binary.LittleEndian
	for _, tc := range []struct {
		name, says  string
		raw         []byte
		unsupported bool
		points      int
	}{
		{"empty", "LASF", nil, false, 0},
		{"text", "LASF", []byte("these are field notes\n"), false, 0},
		{"half a header", "within its header", good[:100], false, 0},
		{"cut in the points", "holds 500 of the 1000", good[:227+26*500+3], false, 500},
		{"no points there", "holds 0 of the 1000", good[:227], false, 0},
		{"LAZ without its record", "laszip encoded", change(func(b []byte) { b[104] |= 0x80 }), false, 0},
		{"version 2.0", "version 2.0", change(func(b []byte) { b[24], b[25] = 2, 0 }), true, 0},
		{"unknown point format", "format 63", change(func(b []byte) { b[104] = 63 }), true, 0},
		{"record too short", "needs 26", change(func(b []byte) { le.PutUint16(b[105:], 25) }), false, 0},
		{"points after the end", "begin at byte", change(func(b []byte) { le.PutUint32(b[96:], 1<<30) }), false, 0},
		{"scale is not a number", "no coordinates", change(func(b []byte) { le.PutUint64(b[131:], math.Float64bits(math.NaN())) }), false, 0},
		{"header too short for 1.4", "too short", change(func(b []byte) { b[25] = 4 }), false, 0},
	} {
		_, got, err := collect(tc.raw)
		if tc.unsupported && !formats.IsUnsupported(err) || !tc.unsupported && !formats.IsDamaged(err) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: error %v, want one that says %q", tc.name, err, tc.says)
		}
		if got.N != tc.points {
			t.Errorf("%s: %d points, want %d", tc.name, got.N, tc.points)
		}
	}
}

// TestWriteRefuses names what a file can not hold.
func TestWriteRefuses(t *testing.T) {
	for name, opts := range map[string]Options{
		"out of range":      {Scale: [3]float64{1e-9, 1, 1}},
		"negative scale":    {Scale: [3]float64{-1, 1, 1}},
		"format 7 in 1.2":   {PointFormat: 7},
		"unknown format":    {PointFormat: 9},
		"unknown version":   {Minor: 3},
		"scale is infinite": {Scale: [3]float64{math.Inf(1), 1, 1}},
	} {
		if _, err := Write(&pointstest.File{}, opts, deliver(randomPoints(1, 2), 2)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzOpen reads whatever comes: it must end, and not panic.
func FuzzOpen(f *testing.F) {
	f.Add(write(f, mapOptions(), randomPoints(5, 20), 20))
	opts := mapOptions()
	opts.Minor, opts.PointFormat = 4, 7
	f.Add(write(f, opts, randomPoints(5, 20), 20))
	f.Fuzz(func(t *testing.T, raw []byte) {
		info, got, err := collect(raw)
		if err != nil && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Fatal(err)
		}
		if int64(got.N) > info.Count || got.N > len(raw)/20 {
			t.Fatalf("%d points from %d bytes, %d claimed", got.N, len(raw), info.Count)
		}
	})
}

// TestExtraColumns: points keep their places and the columns lie where the
// record that describes them says (LAS 1.4 R15, 2.5.2).
func TestExtraColumns(t *testing.T) {
	want := randomPoints(2, 500)
	views, sigma := make([]float32, want.N), make([]float32, want.N)
	for i := range want.N {
		views[i], sigma[i] = float32(i%9), float32(i)/1024
	}
	for _, format := range []int{2, 3, 7} {
		opts := mapOptions()
		opts.Minor, opts.PointFormat, opts.Extra = 4, format, []string{"views", "sigma"}
		columns := func(next func(*points.Chunk) error) func(*points.Chunk) error {
			at := 0
			return func(c *points.Chunk) error {
				if err := next(c); err != nil {
					return err
				}
				c.Extra = [][]float32{views[at : at+c.N], sigma[at : at+c.N]}
				at += c.N
				return nil
			}
		}
		var f pointstest.File
		if _, err := Write(&f, opts, columns(deliver(want, 77))); err != nil {
			t.Fatal(err)
		}
		_, got, err := collect(f.B)
		if err != nil || got.N != want.N || got.RGB[499] != want.RGB[499] || math.Abs(got.Z[499]-want.Z[499]) > 1e-4 {
			t.Fatal(got.N, err)
		}
		le := binary.LittleEndian
		data, stride := int(le.Uint32(f.B[96:])), int(le.Uint16(f.B[105:]))
		record := f.B[headerSize14:data]
		if le.Uint32(f.B[100:]) != 1 || stride != recordSize[format]+8 || len(record) != 54+2*192 || le.Uint16(record[18:]) != 4 || record[54+2] != 9 || string(record[54+192+4:][:5]) != "sigma" {
			t.Fatalf("stride %d, record %q", stride, record)
		}
		last := f.B[data+499*stride+recordSize[format]:]
		if math.Float32frombits(le.Uint32(last)) != views[499] || math.Float32frombits(le.Uint32(last[4:])) != sigma[499] {
			t.Error("columns of the last point")
		}
	}
	short := deliver(want, 77)
	opts := mapOptions()
	opts.Extra = []string{"views"}
	if _, err := Write(&pointstest.File{}, opts, short); err == nil {
		t.Error("a missing column was taken")
	}
	opts.Extra = []string{strings.Repeat("x", 33)}
	if _, err := Write(&pointstest.File{}, opts, short); err == nil {
		t.Error("a long name was taken")
	}
}
