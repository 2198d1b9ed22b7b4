package copc

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"

	"firescene/formats"
	"firescene/formats/las"
	"firescene/formats/laz"
	"firescene/formats/points"
	"firescene/formats/points/pointstest"
)

// small writes an octree of the given cells with three points each.
func small(t testing.TB, keys []Key) []byte {
	t.Helper()
	var f pointstest.File
	w, err := NewWriter(&f, WriteOptions{PointFormat: 7, RecordB: 36, Scale: [3]float64{.001, .001, .001}, Center: [3]float64{8, 8, 8}, Half: 8, Spacing: 1})
	if err != nil {
		t.Fatal(err)
	}
	enc, err := laz.NewChunkEncoder(w.Layout())
	if err != nil {
		t.Fatal(err)
	}
	sum := las.NewSummary()
	for i, k := range keys {
		if i%5 == 3 {
			if err := w.Add(k, nil, 0); err != nil {
				t.Fatal(err)
			}
			continue
		}
		in := Info{Center: [3]float64{8, 8, 8}, Half: 8}
		box := in.Bounds(k)
		rec := make([]byte, 3*36)
		for j := range 3 {
			r := rec[36*j:]
			for a := range 3 {
				binary.LittleEndian.PutUint32(r[4*a:], uint32(1000*box.Min[a])+uint32(j))
			}
			r[14] = 0x11
			binary.LittleEndian.PutUint16(r[30:], uint16(i)*257)
		}
		sum.Add(rec, 36, 7)
		if err := w.Add(k, enc.Append(nil, rec), 3); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(sum, 0, 0); err != nil {
		t.Fatal(err)
	}
	return f.B
}

// grid returns every cell of levels 0 to top.
func grid(top int32) (keys []Key) {
	for l := range top + 1 {
		n := int32(1) << l
		for i := range n * n * n {
			keys = append(keys, Key{l, i % n, i / n % n, i / n / n})
		}
	}
	return keys
}

// TestWriteAndRead goes through one page and through many.
func TestWriteAndRead(t *testing.T) {
	for _, keys := range [][]Key{{{}}, grid(2), append(grid(4), Key{5, 31, 0, 3}, Key{6, 62, 1, 7}, Key{5, 0, 0, 0})} {
		raw := small(t, keys)
		f, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		all, err := f.Nodes(nil, 31)
		want := len(keys) - (len(keys)+1)/5
		if err != nil || len(all) != want {
			t.Fatalf("%d nodes, want %d: %v", len(all), want, err)
		}
		r := f.NewReader(laz.NeedAll)
		var c points.Chunk
		for _, n := range all {
			if err := r.Chunk(n, &c); err != nil || c.N != 3 {
				t.Fatal(n, err)
			}
			if box := f.Info.Bounds(n.Key); c.X[0] < box.Min[0]-1e-9 || c.Z[2] > box.Max[2] {
				t.Errorf("%v: points %g to %g outside its cell", n, c.X[0], c.Z[2])
			}
		}
		part, err := f.Nodes(&Box{Min: [3]float64{0, 0, 0}, Max: [3]float64{.1, .1, .1}}, 1)
		if err != nil || len(part) > 2 {
			t.Errorf("%d nodes in the corner, %v", len(part), err)
		}
		s, err := f.Select(nil, 1)
		if err != nil || s.Info().Count != 3 {
			t.Errorf("the root alone: %+v, %v", s, err)
		} else if err := s.Next(&c); err != nil || c.N != 3 || s.Next(&c) != io.EOF {
			t.Error(c.N, err)
		}
		if l := f.Info.LevelFor(0.3); l != 2 {
			t.Errorf("level %d for points 0.3 apart", l)
		}
	}
}

func TestRefused(t *testing.T) {
	good := small(t, grid(2))
	rootAt := int64(binary.LittleEndian.Uint64(good[headerB+54+40:]))
	le := binary.LittleEndian
	for name, edit := range map[string]func(b []byte) []byte{
		"page outside": func(b []byte) []byte { le.PutUint64(b[headerB+54+40:], 1<<40); return b },
		"page of 2^50": func(b []byte) []byte { le.PutUint64(b[headerB+54+48:], 1<<50); return b },
		"node outside": func(b []byte) []byte { le.PutUint64(b[rootAt+16:], 1<<40); return b },
		"node of 2^31": func(b []byte) []byte { le.PutUint32(b[rootAt+28:], 1<<31-1); return b },
		"cell outside": func(b []byte) []byte { le.PutUint32(b[rootAt+4:], 99); return b },
		"page in a circle": func(b []byte) []byte {
			le.PutUint64(b[rootAt+16:], uint64(rootAt))
			le.PutUint32(b[rootAt+24:], 32)
			le.PutUint32(b[rootAt+28:], ^uint32(0))
			return b
		},
		"cube not a number":  func(b []byte) []byte { le.PutUint64(b[headerB+54+24:], 0x7ff8<<48); return b },
		"cut in a node":      func(b []byte) []byte { return b[:600] },
		"other point format": func(b []byte) []byte { b[104] = 0x83; return b },
	} {
		raw := edit(bytes.Clone(good))
		f, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
		if err == nil {
			var nodes []Node
			if nodes, err = f.Nodes(nil, 31); err == nil {
				r := f.NewReader(laz.NeedAll)
				for _, n := range nodes {
					if _, e := r.Records(n); e != nil {
						err = e
					}
				}
			}
		}
		if !formats.IsDamaged(err) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestOthersFiles reads octrees that other programs wrote: the nodes hold as many
// points as the header says.
func TestOthersFiles(t *testing.T) {
	for _, name := range []string{"copcjs/src/test/data/ellipsoid.copc.laz", "laspy/tests/data/simple.copc.laz", "laspy/tests/data/simple_with_page.copc.laz", "pdal/test/data/copc/1.2-with-color.copc.laz"} {
		raw, err := os.ReadFile(filepath.Join("../../../shared/data/scans", name))
		if err != nil {
			t.Skip("measuring data is not here:", err)
		}
		f, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
		if err != nil {
			t.Fatal(name, err)
		}
		nodes, err := f.Nodes(nil, 31)
		n, r := int64(0), f.NewReader(laz.NeedAll)
		for _, k := range nodes {
			if _, err := r.Records(k); err != nil {
				t.Error(name, k, err)
			}
			n += k.Points
		}
		if err != nil || n != f.Header.Count {
			t.Errorf("%s: %d of %d points in %d nodes, %v", name, n, f.Header.Count, len(nodes), err)
		}
	}
}

// FuzzOpen reads whatever comes: it must end, and not panic.
func FuzzOpen(f *testing.F) {
	f.Add(small(f, grid(1)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
		if err != nil {
			return
		}
		nodes, err := c.Nodes(nil, 31)
		if err != nil {
			return
		}
		r := c.NewReader(laz.NeedAll)
		for i, n := range nodes {
			if i > 20 || n.Points > 1<<16 {
				break
			}
			_, _ = r.Records(n)
		}
	})
}
