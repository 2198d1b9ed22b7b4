package octree

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/formats/points"
	"firescene/recon"
)

// cloudOf returns n seeded random points in a box with every column.
func cloudOf(seed uint64, n int, size float64) *points.Chunk {
	rng := rand.New(rand.NewPCG(seed, 1))
	c := &points.Chunk{N: n}
	for range n {
		c.X = append(c.X, size*(rng.Float64()-0.5))
		c.Y = append(c.Y, size*(rng.Float64()-0.5))
		c.Z = append(c.Z, size*(rng.Float64()-0.5))
		c.RGB = append(c.RGB, [3]uint8{uint8(rng.IntN(256)), uint8(rng.IntN(256)), uint8(rng.IntN(256))})
		c.Intensity = append(c.Intensity, rng.Float32())
		c.Normal = append(c.Normal, [3]float32{0, 0.6, 0.8})
	}
	return c
}

// part is points [from, to) of c.
func part(c *points.Chunk, from, to int) *points.Chunk {
	p := &points.Chunk{N: to - from, X: c.X[from:to], Y: c.Y[from:to], Z: c.Z[from:to]}
	if c.RGB != nil {
		p.RGB = c.RGB[from:to]
	}
	if c.Intensity != nil {
		p.Intensity = c.Intensity[from:to]
	}
	if c.Normal != nil {
		p.Normal = c.Normal[from:to]
	}
	return p
}

// thin puts the points through a grid in chunks of a size.
func thin(t *testing.T, c *points.Chunk, opts Options, size int) (*recon.Cloud, *Grid) {
	t.Helper()
	g, err := NewGrid(opts)
	if err != nil {
		t.Fatal(err)
	}
	for from := 0; from < c.N; from += size {
		if err := g.AddChunk(part(c, from, min(c.N, from+size)), &points.IdentityPose); err != nil {
			t.Fatal(err)
		}
	}
	cloud, _, _ := g.Cloud()
	return cloud, g
}

func shuffled(c *points.Chunk, seed uint64) *points.Chunk {
	out := &points.Chunk{}
	for _, i := range rand.New(rand.NewPCG(seed, 2)).Perm(c.N) {
		out.X, out.Y, out.Z = append(out.X, c.X[i]), append(out.Y, c.Y[i]), append(out.Z, c.Z[i])
		out.RGB, out.Intensity, out.Normal = append(out.RGB, c.RGB[i]), append(out.Intensity, c.Intensity[i]), append(out.Normal, c.Normal[i])
	}
	out.N = c.N
	return out
}

// TestSameWhateverTheOrder holds the result to the same bytes for other chunks
// and other orders of the same points, coarsened or not.
func TestSameWhateverTheOrder(t *testing.T) {
	c := cloudOf(7, 20000, 4)
	for _, opts := range []Options{
		{VoxelM: 0.1, MaxVoxels: 1 << 20},
		{VoxelM: 0.003, MaxVoxels: 1500, Coarsen: true},
	} {
		want, wantGrid := thin(t, c, opts, 997)
		for _, seed := range []uint64{1, 2, 3} {
			mixed := shuffled(c, seed)
			got, g := thin(t, mixed, opts, 64+int(seed))
			if g.VoxelM() != wantGrid.VoxelM() {
				t.Fatalf("seed %d: voxel %g, want %g", seed, g.VoxelM(), wantGrid.VoxelM())
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d, voxel %g: another cloud", seed, opts.VoxelM)
			}
		}
	}
}

// TestCoarsenedEqualsCoarse compares a grid that was coarsened with one that had
// the final voxel from the start.
func TestCoarsenedEqualsCoarse(t *testing.T) {
	c := cloudOf(3, 30000, 4)
	got, g := thin(t, c, Options{VoxelM: 0.01, MaxVoxels: 3000, Coarsen: true}, 500)
	if g.VoxelM() <= 0.01 || g.Len() > 3000 {
		t.Fatalf("voxel %g with %d voxels: not coarsened", g.VoxelM(), g.Len())
	}
	want, _ := thin(t, c, Options{VoxelM: g.VoxelM(), MaxVoxels: 1 << 20}, c.N)
	if got.Len() != want.Len() {
		t.Fatalf("%d points, want %d", got.Len(), want.Len())
	}
	for i := range got.Len() {
		if d := r3.Norm(r3.Sub(got.At(i), want.At(i))); d > 1e-5 {
			t.Fatalf("point %d is %g m off", i, d)
		}
	}
	if !reflect.DeepEqual(got.RGB, want.RGB) {
		t.Error("other colours")
	}
}

// TestMeans checks centroid, colour, intensity and normal against plain sums.
func TestMeans(t *testing.T) {
	c := cloudOf(11, 5000, 0.99)
	for i := range c.N { // all within one voxel of 1 m, far from the origin
		c.X[i] += 5000000.5
		c.Y[i] -= 3999999.5
		c.Z[i] += 100.5
	}
	cloud, g := thin(t, c, Options{VoxelM: 1, MaxVoxels: 10}, 100)
	if cloud.Len() != 1 || g.In != 5000 {
		t.Fatalf("%d points of %d", cloud.Len(), g.In)
	}
	var mean r3.Vec
	var red, inten float64
	for i := range c.N {
		mean = r3.Add(mean, r3.Vec{X: c.X[i], Y: c.Y[i], Z: c.Z[i]})
		red += float64(c.RGB[i][0])
		inten += float64(c.Intensity[i])
	}
	n := float64(c.N)
	if d := r3.Norm(r3.Sub(cloud.At(0), r3.Scale(1/n, mean))); d > 2e-6 {
		t.Errorf("centroid %g m off", d)
	}
	if d := math.Abs(float64(cloud.RGB[0]) - red/n); d > 0.5 {
		t.Errorf("red %d, want %.2f", cloud.RGB[0], red/n)
	}
	if d := math.Abs(float64(cloud.Intensity[0]) - inten/n); d > 1e-5 {
		t.Errorf("intensity %g, want %g", cloud.Intensity[0], inten/n)
	}
	if d := math.Abs(float64(cloud.Normal[1])-0.6) + math.Abs(float64(cloud.Normal[2])-0.8); d > 1e-4 {
		t.Errorf("normal %v", cloud.Normal)
	}
}

// TestPose checks that the pose is applied to points and normals.
func TestPose(t *testing.T) {
	c := &points.Chunk{N: 1, X: []float64{1}, Y: []float64{2}, Z: []float64{3}, Normal: [][3]float32{{1, 0, 0}}}
	quarterTurn := [16]float64{0, -1, 0, 10, 1, 0, 0, 20, 0, 0, 1, 30, 0, 0, 0, 1}
	g, err := NewGrid(Options{VoxelM: 0.01, MaxVoxels: 10})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.AddChunk(c, &quarterTurn); err != nil {
		t.Fatal(err)
	}
	cloud, _, _ := g.Cloud()
	if d := r3.Norm(r3.Sub(cloud.At(0), r3.Vec{X: 8, Y: 21, Z: 33})); d > 1e-5 {
		t.Errorf("at %v", cloud.At(0))
	}
	if n := cloud.Normal; math.Abs(float64(n[1])-1) > 1e-5 {
		t.Errorf("normal %v, want 0 1 0", n)
	}
}

func TestLimits(t *testing.T) {
	c := cloudOf(5, 1000, 10)
	g, err := NewGrid(Options{VoxelM: 0.01, MaxVoxels: 100})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.AddChunk(c, &points.IdentityPose); !errors.Is(err, ErrTooManyVoxels) {
		t.Errorf("error %v, want ErrTooManyVoxels", err)
	}
	for _, o := range []Options{{VoxelM: 0, MaxVoxels: 1}, {VoxelM: math.NaN(), MaxVoxels: 1}, {VoxelM: 1}, {VoxelM: math.Inf(1), MaxVoxels: 1}} {
		if _, err := NewGrid(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

// TestOutside counts what can not be placed instead of failing.
func TestOutside(t *testing.T) {
	box := &r3.Box{Max: r3.Vec{X: 1, Y: 1, Z: 1}}
	c := &points.Chunk{N: 5, X: []float64{0.5, 2, math.NaN(), math.Inf(1), 1e300}, Y: make([]float64, 5), Z: make([]float64, 5)}
	for _, tc := range []struct {
		box    *r3.Box
		in, at int64
	}{{box, 1, 4}, {nil, 2, 3}} {
		g, err := NewGrid(Options{VoxelM: 0.1, MaxVoxels: 10, Box: tc.box})
		if err != nil {
			t.Fatal(err)
		}
		if err := g.AddChunk(c, &points.IdentityPose); err != nil {
			t.Fatal(err)
		}
		if g.In != tc.in || g.Outside != tc.at {
			t.Errorf("%d in, %d outside; want %d, %d", g.In, g.Outside, tc.in, tc.at)
		}
	}
}

// BenchmarkGrid thins a scan of a room from its middle, point after point as a
// scanner sees them.
func BenchmarkGrid(b *testing.B) {
	const rows, cols = 1000, 2000
	c := &points.Chunk{N: rows * cols}
	for i := range cols {
		az := 2 * math.Pi * float64(i) / cols
		for j := range rows {
			el := -math.Pi/3 + math.Pi*5/6*float64(j)/rows
			d := [3]float64{math.Cos(el) * math.Cos(az), math.Cos(el) * math.Sin(az), math.Sin(el)}
			t := math.Inf(1)
			for k, h := range [3]float64{6.01, 4.51, 1.51} {
				t = min(t, h/math.Abs(d[k]))
			}
			c.X, c.Y, c.Z = append(c.X, d[0]*t), append(c.Y, d[1]*t), append(c.Z, d[2]*t)
			c.RGB = append(c.RGB, [3]uint8{uint8(i), uint8(j), 0})
		}
	}
	for b.Loop() {
		g, err := NewGrid(Options{VoxelM: 0.02, MaxVoxels: 10 << 20})
		if err != nil {
			b.Fatal(err)
		}
		if err := g.AddChunk(c, &points.IdentityPose); err != nil {
			b.Fatal(err)
		}
		g.Cloud()
	}
	b.ReportMetric(float64(c.N)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpoints/s")
}
