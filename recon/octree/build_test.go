package octree

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"firescene/formats"
	"firescene/formats/copc"
	"firescene/formats/las"
	"firescene/formats/laz"
	"firescene/formats/points"
)

// memory is scratch room or a file in memory.
type memory struct {
	b  []byte
	at int64
}

func (m *memory) WriteAt(p []byte, at int64) (int, error) {
	if need := at + int64(len(p)); need > int64(len(m.b)) {
		m.b = append(m.b, make([]byte, need-int64(len(m.b)))...)
	}
	return copy(m.b[at:], p), nil
}

func (m *memory) ReadAt(p []byte, at int64) (int, error) { return bytes.NewReader(m.b).ReadAt(p, at) }

func (m *memory) Write(p []byte) (int, error) {
	n, err := m.WriteAt(p, m.at)
	m.at += int64(n)
	return n, err
}

func (m *memory) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += m.at
	case io.SeekEnd:
		off += int64(len(m.b))
	}
	m.at = off
	return off, nil
}

// wallRecords returns seeded points on the six faces of a room, as records of
// format 7, with some duplicates.
func wallRecords(t testing.TB, seed uint64, n int, opts las.Options) []byte {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 9))
	c := &points.Chunk{N: n}
	for i := range n {
		p := [3]float64{6 * rng.Float64(), 4 * rng.Float64(), 2.5 * rng.Float64()}
		switch k := rng.IntN(3); {
		case i%50 == 7 && i > 0:
			p = [3]float64{c.X[i-1] - 500000, c.Y[i-1], c.Z[i-1]}
		case rng.IntN(2) == 0:
			p[k] = 0.001 * rng.NormFloat64()
		default:
			p[k] = [3]float64{6, 4, 2.5}[k]
		}
		c.X, c.Y, c.Z = append(c.X, 500000+p[0]), append(c.Y, p[1]), append(c.Z, p[2])
		c.RGB = append(c.RGB, [3]uint8{uint8(i), uint8(i >> 8), uint8(i >> 16)})
		c.Intensity = append(c.Intensity, float32(rng.IntN(1000)))
	}
	w, _, err := las.NewRecordWriter(opts)
	if err != nil {
		t.Fatal(err)
	}
	b, err := w.Records(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func lasOptions() las.Options {
	return las.Options{Minor: 4, PointFormat: 7, Scale: [3]float64{1e-4, 1e-4, 1e-4}, Offset: [3]float64{500000, 0, 0}}
}

func deliver(b []byte, size, n int) func() ([]byte, error) {
	return func() ([]byte, error) {
		if len(b) == 0 {
			return nil, io.EOF
		}
		k := min(len(b), n*size)
		part := b[:k]
		b = b[k:]
		return part, nil
	}
}

func buildOptions() BuildOptions {
	o := lasOptions()
	return BuildOptions{PointFormat: 7, RecordB: 36, Scale: o.Scale, Offset: o.Offset, BucketPoints: 9000, LeafPoints: 700,
		Scratch: func() (Scratch, error) { return &memory{}, nil }}
}

func build(t testing.TB, opts BuildOptions, records []byte, n int) ([]byte, BuildResult) {
	t.Helper()
	var out memory
	res, err := Build(context.Background(), &out, opts, deliver(records, 36, n))
	if err != nil {
		t.Fatal(err)
	}
	return out.b, res
}

func sortedRecords(b []byte) []byte {
	var list [][]byte
	for ; len(b) > 0; b = b[36:] {
		list = append(list, b[:36])
	}
	slices.SortFunc(list, bytes.Compare)
	return bytes.Join(list, nil)
}

// TestBuild holds the octree to its promises: every point once, each within its
// cell, points of a level apart by its spacing.
func TestBuild(t *testing.T) {
	records := wallRecords(t, 1, 60_000, lasOptions())
	raw, res := build(t, buildOptions(), records, 1000)
	f, err := copc.Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := f.Nodes(nil, 31)
	if err != nil || len(nodes) != res.Nodes || res.Points != 60_000 || res.Levels < 5 {
		t.Fatal(len(nodes), res, err)
	}
	var got []byte
	r := f.NewReader(laz.NeedAll)
	var c points.Chunk
	for i, n := range nodes {
		b, err := r.Records(n)
		if err != nil || len(b) != int(n.Points)*36 {
			t.Fatal(n, err)
		}
		got = append(got, b...)
		if err := r.Chunk(n, &c); err != nil {
			t.Fatal(err)
		}
		box := f.Info.Bounds(n.Key)
		for k := range c.N {
			for a, v := range [3]float64{c.X[k], c.Y[k], c.Z[k]} {
				if v < box.Min[a]-1e-9 || v > box.Max[a]+1e-9 {
					t.Fatalf("point %d of %v lies outside its cell", k, n.Key)
				}
			}
		}
		spacing := f.Info.Spacing / float64(int(1)<<n.Level)
		inner := slices.ContainsFunc(nodes, func(o copc.Node) bool { return o.Level == n.Level+1 && o.X>>1 == n.X && o.Y>>1 == n.Y && o.Z>>1 == n.Z })
		if !inner {
			continue // the points that are left over
		}
		for k := range c.N {
			for m := range min(k, 200) {
				if d := math.Hypot(math.Hypot(c.X[k]-c.X[m], c.Y[k]-c.Y[m]), c.Z[k]-c.Z[m]); d < 0.999*spacing {
					t.Fatalf("node %d %v: points %g m apart, spacing is %g", i, n.Key, d, spacing)
				}
			}
		}
	}
	if !bytes.Equal(sortedRecords(got), sortedRecords(records)) {
		t.Error("the points are not those that were given")
	}
	// Any LAZ reader reads the file too.
	scans, err := las.Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	s := scans[0].(*las.Scan)
	s.KeepAll()
	var plain []byte
	for {
		b, err := s.NextRecords()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		plain = append(plain, b...)
	}
	if !bytes.Equal(sortedRecords(plain), sortedRecords(records)) {
		t.Error("read as LAZ the points are not those that were given")
	}
}

// TestBuildSameBytes: other orders, chunks and workers give the same file.
func TestBuildSameBytes(t *testing.T) {
	records := wallRecords(t, 2, 30_000, lasOptions())
	want, _ := build(t, buildOptions(), records, 30_000)
	for seed := range uint64(3) {
		var mixed []byte
		for _, i := range rand.New(rand.NewPCG(seed, 3)).Perm(len(records) / 36) {
			mixed = append(mixed, records[36*i:36*i+36]...)
		}
		opts := buildOptions()
		opts.Workers = 1 + int(seed)
		if got, _ := build(t, opts, mixed, 777); !bytes.Equal(got, want) {
			t.Errorf("seed %d: other bytes", seed)
		}
	}
}

// TestBuildOdd builds what is degenerate: one point, a line, one spot, wide range,
// unequal steps.
func TestBuildOdd(t *testing.T) {
	for name, edit := range map[string]func(b []byte, o *BuildOptions) []byte{
		"one point": func(b []byte, _ *BuildOptions) []byte { return b[:36] },
		"a line": func(b []byte, _ *BuildOptions) []byte {
			for i := 0; i < len(b); i += 36 {
				clear(b[i+4 : i+12])
			}
			return b
		},
		"one spot": func(b []byte, _ *BuildOptions) []byte {
			for i := 0; i < len(b); i += 36 {
				clear(b[i : i+12])
			}
			return b
		},
		"two far spots": func(b []byte, _ *BuildOptions) []byte {
			le.PutUint32(b, 0x7fffffff)
			le.PutUint32(b[36:], 0x80000000)
			return b
		},
		"unequal steps": func(b []byte, o *BuildOptions) []byte { o.Scale[2] = 0.01; return b },
		"very unequal":  func(b []byte, o *BuildOptions) []byte { o.Scale[0] = 1e-9; return b },
	} {
		opts := buildOptions()
		records := edit(wallRecords(t, 4, 20_000, lasOptions()), &opts)
		raw, res := build(t, opts, records, 999)
		f, err := copc.Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
		if err != nil || res.Points != int64(len(records)/36) {
			t.Errorf("%s: %+v, %v", name, res, err)
			continue
		}
		nodes, err := f.Nodes(nil, 31)
		n := int64(0)
		for _, k := range nodes {
			n += k.Points
		}
		if err != nil || n != res.Points {
			t.Errorf("%s: %d points in %d nodes, %v", name, n, len(nodes), err)
		}
	}
}

func TestBuildRefuses(t *testing.T) {
	opts := buildOptions()
	opts.BucketPoints = 1000
	spot := bytes.Repeat(wallRecords(t, 4, 1, lasOptions()), 20_000)
	if _, err := Build(context.Background(), &memory{}, opts, deliver(spot, 36, 500)); !errors.Is(err, ErrCrowded) {
		t.Errorf("20000 points in one spot: %v", err)
	}
	if _, err := Build(context.Background(), &memory{}, opts, deliver(nil, 36, 500)); err == nil {
		t.Error("no points, no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Build(ctx, &memory{}, opts, deliver(spot, 36, 500)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	failing := buildOptions()
	failing.Scratch = func() (Scratch, error) { return nil, errors.New("disk full") }
	if _, err := Build(context.Background(), &memory{}, failing, deliver(spot, 36, 500)); err == nil {
		t.Error("no scratch, no error")
	}
}

func BenchmarkBuild(b *testing.B) {
	records := wallRecords(b, 1, 1_000_000, lasOptions())
	opts := buildOptions()
	opts.BucketPoints, opts.LeafPoints = 0, 0
	for b.Loop() {
		build(b, opts, records, 10_000)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "Mpoints/s")
}
