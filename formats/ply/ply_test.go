package ply

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
	"firescene/formats/points/pointstest"
)

func collect(raw []byte) (info points.ScanInfo, all points.Chunk, err error) {
	scans, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
	if err != nil {
		return info, all, err
	}
	var c points.Chunk
	for {
		err := scans[0].Next(&c)
		all.Invalid += c.Invalid
		if err == io.EOF {
			return scans[0].Info(), all, nil
		}
		if err != nil {
			return scans[0].Info(), all, err
		}
		all.N += c.N
		all.X, all.Y, all.Z = append(all.X, c.X...), append(all.Y, c.Y...), append(all.Z, c.Z...)
		all.RGB, all.Intensity, all.Normal = append(all.RGB, c.RGB...), append(all.Intensity, c.Intensity...), append(all.Normal, c.Normal...)
	}
}

// three is the cloud that every layout below holds.
var three = points.Chunk{N: 3, X: []float64{1, 2, -3}, Y: []float64{0.5, 0, 8}, Z: []float64{7, 8, 9},
	RGB: [][3]uint8{{255, 0, 1}, {2, 3, 4}, {5, 6, 7}}}

// body renders the rows of a binary file: each value is of the Go type that is
// written.
func body(bo binary.ByteOrder, rows ...[]any) string {
	var b bytes.Buffer
	for _, row := range rows {
		for _, v := range row {
			binary.Write(&b, bo, v) // a bytes.Buffer does not fail
		}
	}
	return b.String()
}

// TestLayouts reads the same cloud from every layout that files in use have.
func TestLayouts(t *testing.T) {
	const xyzRGB = "property float x\nproperty float y\nproperty float z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\n"
	rows := func(bo binary.ByteOrder) string {
		return body(bo, []any{float32(1), float32(.5), float32(7), []uint8{255, 0, 1}}, []any{float32(2), float32(0), float32(8), []uint8{2, 3, 4}}, []any{float32(-3), float32(8), float32(9), []uint8{5, 6, 7}})
	}
	text := "1 0.5 7 255 0 1\n2 0 8 2 3 4\n-3 8e0 9 5 6 7\n"
	for name, raw := range map[string]string{
		"ascii":          "ply\nformat ascii 1.0\ncomment made by hand\nelement vertex 3\n" + xyzRGB + "end_header\n" + text,
		"ascii, CR LF":   strings.ReplaceAll("ply\nformat ascii 1.0\nelement vertex 3\n"+xyzRGB+"end_header\n"+text, "\n", "\r\n"),
		"CR alone":       strings.ReplaceAll("ply\nformat binary_little_endian 1.0\nelement vertex 3\n"+xyzRGB+"end_header\n", "\n", "\r") + rows(binary.LittleEndian),
		"no last break":  "ply\nformat ascii 1.0\nelement vertex 3\n" + xyzRGB + "end_header\n" + strings.TrimSpace(text),
		"little endian":  "ply\nformat binary_little_endian 1.0\nelement vertex 3\n" + xyzRGB + "end_header\n" + rows(binary.LittleEndian),
		"big endian":     "ply\nformat binary_big_endian 1.0\nobj_info a b\nelement vertex 3\n" + xyzRGB + "end_header\n" + rows(binary.BigEndian),
		"faces after":    "ply\nformat ascii 1.0\nelement vertex 3\n" + xyzRGB + "element face 1\nproperty list uchar int vertex_indices\nend_header\n" + text + "3 0 1 2\n",
		"faces before":   "ply\nformat ascii 1.0\nelement face 2\nproperty list uchar int vertex_indices\nelement vertex 3\n" + xyzRGB + "end_header\n3 0 1 2\n0\n" + text,
		"binary before":  "ply\nformat binary_little_endian 1.0\nelement camera 2\nproperty double f\nelement face 1\nproperty list uchar int i\nelement vertex 3\n" + xyzRGB + "end_header\n" + body(binary.LittleEndian, []any{1.0, 2.0, uint8(3), []int32{0, 1, 2}}) + rows(binary.LittleEndian),
		"mixed up":       "ply\nformat binary_big_endian 1.0\nelement vertex 3\nproperty uint16 blue\nproperty list uint8 float64 extra\nproperty double z\nproperty int8 x\nproperty float green\nproperty float32 red\nproperty float y\nend_header\n" + body(binary.BigEndian, []any{uint16(257), uint8(2), 1.0, 2.0, 7.0, int8(1), float32(0), float32(1), float32(.5)}, []any{uint16(4 * 257), uint8(0), 8.0, int8(2), float32(3.0 / 255), float32(2.0 / 255), float32(0)}, []any{uint16(7 * 257), uint8(1), 0.0, 9.0, int8(-3), float32(6.0 / 255), float32(5.0 / 255), float32(8)}),
		"integers":       "ply\nformat binary_little_endian 1.0\nelement vertex 3\nproperty short x\nproperty float y\nproperty uint z\nproperty uchar r\nproperty uchar g\nproperty uchar b\nend_header\n" + body(binary.LittleEndian, []any{int16(1), float32(.5), uint32(7), []uint8{255, 0, 1}}, []any{int16(2), float32(0), uint32(8), []uint8{2, 3, 4}}, []any{int16(-3), float32(8), uint32(9), []uint8{5, 6, 7}}),
		"blanks and tab": "ply\nformat ascii 1.0\n\nelement vertex 3\n" + xyzRGB + "end_header\n\n" + strings.ReplaceAll(text, " ", " \t "),
	} {
		t.Run(name, func(t *testing.T) {
			info, got, err := collect([]byte(raw))
			if err != nil || !info.HasRGB || info.Count != 3 {
				t.Fatal(info, err)
			}
			if !reflect.DeepEqual(got, three) {
				t.Errorf("got %+v, want %+v", got, three)
			}
		})
	}
}

// TestNotFinite leaves out points without a place and counts them.
func TestNotFinite(t *testing.T) {
	raw := "ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\nproperty float intensity\nend_header\nnan 0 0 1\n1 2 3 4\n1 inf 3 5\n4 5 6 7\n"
	_, got, err := collect([]byte(raw))
	if err != nil || got.N != 2 || got.Invalid != 2 || got.X[1] != 4 || got.Intensity[1] != 7 {
		t.Errorf("%+v, %v", got, err)
	}
}

func many(n int) *points.Chunk {
	c := &points.Chunk{N: n}
	for i := range n {
		f := float64(i)
		c.X, c.Y, c.Z = append(c.X, 5e6+f/1024), append(c.Y, -f), append(c.Z, f*f)
		c.RGB = append(c.RGB, [3]uint8{uint8(i), uint8(i >> 8), 9})
		c.Intensity, c.Normal = append(c.Intensity, float32(i)), append(c.Normal, [3]float32{0, 0, 1})
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
		*out = points.Chunk{N: to - at, X: c.X[at:to], Y: c.Y[at:to], Z: c.Z[at:to], RGB: c.RGB[at:to], Intensity: c.Intensity[at:to], Normal: c.Normal[at:to]}
		at = to
		return nil
	}
}

func TestRoundTrip(t *testing.T) {
	want := many(40000)
	all := Options{Count: 40000, RGB: true, Intensity: true, Normal: true, Comments: []string{"two\nlines"}}
	var a, b bytes.Buffer
	if _, err := Write(&a, all, deliver(want, 40000)); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(&b, all, deliver(want, 33)); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("other bytes for the same points in other chunks", err)
	}
	_, got, err := collect(a.Bytes())
	if err != nil || !reflect.DeepEqual(&got, want) {
		t.Errorf("%d points came back changed, %v", got.N, err)
	}
	single := all
	single.Single = true
	var s bytes.Buffer
	if _, err := Write(&s, single, deliver(want, 512)); err != nil {
		t.Fatal(err)
	}
	if _, got, err = collect(s.Bytes()); err != nil || got.N != want.N || math.Abs(got.X[77]-want.X[77]) > 0.5 {
		t.Error("single precision", err)
	}
}

// TestUnknownCount fills the count in at the end.
func TestUnknownCount(t *testing.T) {
	want := many(500)
	var f pointstest.File
	n, err := Write(&f, Options{Count: -1, RGB: true, Intensity: true, Normal: true}, deliver(want, 64))
	if err != nil || n != 500 {
		t.Fatal(n, err)
	}
	if _, got, err := collect(f.B); err != nil || !reflect.DeepEqual(&got, want) {
		t.Errorf("%d points came back, %v", got.N, err)
	}
	if _, err := Write(&bytes.Buffer{}, Options{Count: -1}, deliver(want, 64)); err == nil {
		t.Error("an unknown count was taken without a seeker")
	}
	if _, err := Write(&bytes.Buffer{}, Options{Count: 7}, deliver(want, 64)); err == nil {
		t.Error("a wrong count was taken")
	}
}

func TestRefused(t *testing.T) {
	const head = "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nend_header\n"
	for _, tc := range []struct {
		name, raw, says string
		unsupported     bool
		points          int
	}{
		{"empty", "", "end_header", false, 0},
		{"not ply", "solid x\n", `begin with "ply"`, false, 0},
		{"cut in the header", head[:40], "end_header", false, 0},
		{"cut in the points", head + "1 2 3\n4 5", "1 of the 2", false, 1},
		{"a word", head + "1 2 3\n4 five 6\n", `"five"`, false, 1},
		{"no vertices", "ply\nformat ascii 1.0\nelement face 0\nproperty int a\nend_header\n", "vertex", true, 0},
		{"no z", "ply\nformat ascii 1.0\nelement vertex 0\nproperty int x\nproperty int y\nend_header\n", "x, y and z", true, 0},
		{"format 2.0", "ply\nformat ascii 2.0\nend_header\n", "2.0", true, 0},
		{"unknown type", "ply\nformat ascii 1.0\nelement vertex 0\nproperty half x\nend_header\n", "unknown type", false, 0},
		{"negative count", "ply\nformat ascii 1.0\nelement vertex -1\nend_header\n", "not a count", false, 0},
		{"negative list", strings.Replace(head, "property float z\n", "property float z\nproperty list char int l\n", 1) + "1 2 3 -1\n", "length -1", false, 0},
		{"endless list", strings.Replace(head, "property float z\n", "property float z\nproperty list uint int l\n", 1) + "1 2 3 4000000000\n", "length 4e+09", false, 0},
		{"property first", "ply\nformat ascii 1.0\nproperty int x\nend_header\n", "before the first", false, 0},
		{"float list length", "ply\nformat ascii 1.0\nelement vertex 0\nproperty list float int x\nend_header\n", "length", false, 0},
		{"many before", "ply\nformat binary_little_endian 1.0\nelement a 9223372036854775807\nproperty double q\nelement vertex 1\nproperty int x\nproperty int y\nproperty int z\nend_header\n", "0 of the 1", false, 0},
		{"binary cut", "ply\nformat binary_little_endian 1.0\nelement vertex 9223372036854775807\nproperty char x\nproperty char y\nproperty char z\nend_header\nabcde", "1 of the 9223372036854775807", false, 1},
	} {
		_, got, err := collect([]byte(tc.raw))
		if tc.unsupported && !formats.IsUnsupported(err) || !tc.unsupported && !formats.IsDamaged(err) || !strings.Contains(fmt.Sprint(err), tc.says) {
			t.Errorf("%s: error %v, want one that says %q", tc.name, err, tc.says)
		}
		if got.N != tc.points {
			t.Errorf("%s: %d points, want %d", tc.name, got.N, tc.points)
		}
	}
}

// TestRealFiles reads the PLY files of the measuring data: each has as many
// points as its header says.
func TestRealFiles(t *testing.T) {
	root := "../../../shared/data/scans"
	if _, err := os.Stat(root); err != nil {
		t.Skip("measuring data is not here:", err)
	}
	n := 0
	filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".ply") {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			return nil
		}
		info, got, err := collect(raw)
		t.Logf("%s: %d points, %d not finite, %v", path, got.N, got.Invalid, err)
		if err != nil && !formats.IsUnsupported(err) && !formats.IsDamaged(err) || err == nil && int64(got.N+got.Invalid) != info.Count {
			t.Errorf("%s: %d of %d points, %v", path, got.N, info.Count, err)
		}
		n++
		return nil
	})
	if n == 0 {
		t.Skip("no PLY files in the measuring data")
	}
}

// FuzzOpen reads whatever comes: it must end, and not panic.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty list uchar int l\nproperty float z\nend_header\n1 2 0 3\n4 5 2 1 1 6\n"))
	var b bytes.Buffer
	if _, err := Write(&b, Options{Count: 5, RGB: true, Intensity: true, Normal: true}, deliver(many(5), 5)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(bytes.Replace(b.Bytes(), []byte("little"), []byte("big"), 1))
	f.Fuzz(func(t *testing.T, raw []byte) {
		info, got, err := collect(raw)
		if err != nil && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Fatal(err)
		}
		if int64(got.N) > info.Count || got.N > len(raw) {
			t.Fatalf("%d points from %d bytes, %d claimed", got.N, len(raw), info.Count)
		}
	})
}

// TestExtraColumns: other columns come back as they were, and the extra ones
// close each record.
func TestExtraColumns(t *testing.T) {
	want := many(300)
	sigma := make([]float32, 300)
	for i := range sigma {
		sigma[i] = float32(i) / 64
	}
	at := 0
	next := deliver(want, 64)
	withSigma := func(c *points.Chunk) error {
		if err := next(c); err != nil {
			return err
		}
		c.Extra = [][]float32{sigma[at : at+c.N]}
		at += c.N
		return nil
	}
	var b bytes.Buffer
	if _, err := Write(&b, Options{Count: 300, RGB: true, Intensity: true, Normal: true, Extra: []string{"sigma"}}, withSigma); err != nil {
		t.Fatal(err)
	}
	if _, got, err := collect(b.Bytes()); err != nil || !reflect.DeepEqual(&got, want) {
		t.Errorf("%d points came back changed, %v", got.N, err)
	}
	raw := b.Bytes()
	if got := math.Float32frombits(binary.LittleEndian.Uint32(raw[len(raw)-4:])); got != sigma[299] || !bytes.Contains(raw, []byte("property float sigma\nend_header")) {
		t.Error("sigma of the last point:", got)
	}
	if _, err := Write(&bytes.Buffer{}, Options{Count: 300, Extra: []string{"sigma"}}, deliver(want, 64)); err == nil {
		t.Error("a missing column was taken")
	}
}
