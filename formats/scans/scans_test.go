package scans

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/las"
	"firescene/formats/ply"
	"firescene/formats/points"
)

// onePoint delivers one point.
func onePoint() func(*points.Chunk) error {
	done := false
	return func(c *points.Chunk) error {
		if done {
			return io.EOF
		}
		done = true
		*c = points.Chunk{N: 1, X: []float64{1}, Y: []float64{2}, Z: []float64{3}}
		return nil
	}
}

// writeOnly is a file that las.Write can seek in.
type writeOnly struct {
	b  []byte
	at int
}

func (w *writeOnly) Write(p []byte) (int, error) {
	w.b = append(w.b[:w.at], append(bytes.Clone(p), w.b[min(len(w.b), w.at+len(p)):]...)...)
	w.at += len(p)
	return len(p), nil
}

func (w *writeOnly) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
		w.at = int(off)
	case io.SeekEnd:
		w.at = len(w.b) + int(off)
	}
	return int64(w.at), nil
}

// TestContentDecides opens files under misleading names.
func TestContentDecides(t *testing.T) {
	var asPLY bytes.Buffer
	if _, err := ply.Write(&asPLY, ply.Options{Count: 1}, onePoint()); err != nil {
		t.Fatal(err)
	}
	var asLAS writeOnly
	if _, err := las.Write(&asLAS, las.Options{}, onePoint()); err != nil {
		t.Fatal(err)
	}
	var asLAZ writeOnly
	if _, err := las.Write(&asLAZ, las.Options{Compress: true}, onePoint()); err != nil {
		t.Fatal(err)
	}
	text := func(s string) []byte { return []byte(s) }
	for _, tc := range []struct {
		name string
		raw  []byte
		want Format
	}{{"a.e57", asPLY.Bytes(), PLY}, {"a", asPLY.Bytes(), PLY}, {"b.ply", asLAS.b, LAS}, {"b.las", asLAZ.b, LAZ},
		{"c.las", text("# .PCD v0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nWIDTH 1\nHEIGHT 1\nPOINTS 1\nDATA ascii\n1 2 3\n"), PCD},
		{"d.pts", text("1\n1\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n1 2 3 .5\n"), PTX},
		{"e.xyz", text("1\n1 2 3\n"), PTS}, {"f.txt", text("1 2 3\n"), XYZ}, {"g.csv", text("y;x;z\n2,0;1,0;3,0\n"), XYZ},
		{"h.txt", text("# a mesh\nv 1 2 3\n"), OBJ}, {"i", text("mtllib a.mtl\nv 1 2 3 0.5 0.5 0.5\nf 1 1 1\n"), OBJ}} {
		f, err := OpenFile(bytes.NewReader(tc.raw), int64(len(tc.raw)), tc.name, formats.DefaultLimits(), Options{})
		if err != nil || f.Format != tc.want || len(f.Scans) != 1 || f.BadPages() != nil {
			t.Errorf("%s: %+v, %v", tc.name, f, err)
			continue
		}
		var c points.Chunk
		if err := f.Scans[0].Next(&c); err != nil || c.N != 1 || c.Z[0] != 3 {
			t.Errorf("%s: %+v, %v", tc.name, c, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, tc := range []struct {
		name, content, says string
		unsupported         bool
	}{
		{"notes.las", "these are field notes", "the name says LAS", false},
		{"empty.e57", "", "the file is empty", false},
		{"empty", "", "the file is empty", false},
		{"cloud.xyz", "1 2\n", "no table of numbers", true},
		{"cloud.bin", "\x00\x01\x02", "give E57, LAS", true},
		{"lfs.laz", "version https://git-lfs.github.com/spec/v1\n", "Git LFS", false},
		{"short.e57", "ASTM-E57", "fewer than a file header", false},
		{"short.las", "LASF", "within its header", false},
		{"short.ply", "ply\n", "end_header", false},
	} {
		_, err := Open(strings.NewReader(tc.content), int64(len(tc.content)), tc.name, formats.DefaultLimits())
		if err == nil || !strings.Contains(err.Error(), tc.says) || formats.IsUnsupported(err) != tc.unsupported || formats.IsDamaged(err) == tc.unsupported {
			t.Errorf("%s: error %v, want one that says %q", tc.name, err, tc.says)
		}
	}
}

// FuzzDetect must name a format or refuse, whatever the first bytes.
func FuzzDetect(f *testing.F) {
	f.Add([]byte("ply\n"), "a.las")
	f.Fuzz(func(t *testing.T, raw []byte, name string) {
		if form, err := Detect(bytes.NewReader(raw), int64(len(raw)), name); (form == "") == (err == nil) {
			t.Fatal(form, err)
		}
	})
}
