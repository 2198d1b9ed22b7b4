package octree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"

	"firescene/formats/copc"
	"firescene/formats/las"
)

// Scratch is room for points outside memory, such as a temporary file.
type Scratch interface {
	io.ReaderAt
	io.WriterAt
}

// BuildOptions says what records Build gets and how it works. The zero value of a
// field means the default in brackets.
type BuildOptions struct {
	PointFormat   int // 6, 7 or 8
	RecordB       int
	Scale, Offset [3]float64
	VLRs          []las.VLR // of extra bytes, coordinate system and so on
	// Scratch makes room for all records; it is called up to three times.
	Scratch func() (Scratch, error)
	// Workers bounds the goroutines; the file does not depend on it [processors].
	Workers int
	// BucketPoints is how many points are sorted in memory at once, at about 100
	// bytes a point and worker [500,000].
	BucketPoints int
	// LeafPoints is the most points of a cell that is not divided [25,000].
	LeafPoints int
	// Report may be nil.
	Report func(stage string, done, total int64)
}

// BuildResult says what Build wrote.
type BuildResult struct {
	Points int64
	Nodes  int
	Levels int // levels of detail
	// SpacingM is the distance that points of the coarsest level keep.
	SpacingM float64
	Summary  las.Summary
}

// spacingCells is a cell's edge in spacings of its level: the points of a cell keep
// at least that distance from each other.
const spacingCells = 128

// ErrCrowded says that more points lie in one spot than Build sorts in memory.
var ErrCrowded = errors.New("octree: too many points in one spot")

// Build writes the points of next, records of a LAS point format until io.EOF, as a
// COPC file: an octree in which each level adds detail to those above, and no point
// is lost or stored twice. The points of a level keep the distance of that level
// (Poisson-disk sampling, bottom up as in M. Schütz, S. Ohrhallinger, M. Wimmer,
// "Fast out-of-core octree generation for massive point clouds", 2020), but at the
// borders of the parts that are sorted in memory. Memory does not grow with the
// number of points, but by about 20 bytes a thousand. The file does not depend on
// the order of the records.
func Build(ctx context.Context, w io.WriteSeeker, opts BuildOptions, next func() ([]byte, error)) (BuildResult, error) {
	if opts.Workers <= 0 {
		opts.Workers = runtime.GOMAXPROCS(0)
	}
	if opts.BucketPoints <= 0 {
		opts.BucketPoints = 500_000
	}
	if opts.LeafPoints <= 0 {
		opts.LeafPoints = 25_000
	}
	if opts.Report == nil {
		opts.Report = func(string, int64, int64) {}
	}
	for _, s := range opts.Scale {
		if !(s > 0) || math.IsInf(s, 0) {
			return BuildResult{}, fmt.Errorf("octree: a step of %g is not possible", s)
		}
	}
	b := &builder{opts: opts, lattice: newLattice(opts.Scale), sum: las.NewSummary(), gps: [2]float64{math.Inf(1), math.Inf(-1)}}
	if err := b.spill(ctx, next); err != nil {
		return BuildResult{}, err
	}
	if b.sum.Count == 0 {
		return BuildResult{}, errors.New("octree: there are no points")
	}
	if err := b.divide(); err != nil {
		return BuildResult{}, err
	}
	if err := b.distribute(ctx); err != nil {
		return BuildResult{}, err
	}
	return b.write(ctx, w)
}

// builder holds what the passes of Build hand on.
type builder struct {
	opts    BuildOptions
	lattice lattice
	sum     las.Summary
	gps     [2]float64
	cells   *cellCounts
	all     Scratch // records as they came
	sorted  Scratch // records by bucket
	low     [3]int64
	bits    uint // the root's edge is 2^bits units
	buckets []bucket
}

// bucket is a cell whose points are sorted in memory at once.
type bucket struct {
	key    copc.Key
	count  int64
	offset int64 // first record in builder.sorted
}

// lattice takes stored whole numbers to units that are equal along all axes.
type lattice struct {
	unit  float64 // metres
	ratio [3]float64
	plain bool // all ratios are 1
}

func newLattice(scale [3]float64) lattice {
	l := lattice{unit: min(scale[0], scale[1], scale[2]), plain: true}
	for k, s := range scale {
		l.ratio[k] = s / l.unit
		l.plain = l.plain && l.ratio[k] == 1
	}
	// Beyond 2^9 to 1 the finer axis is measured in coarser units.
	if m := max(l.ratio[0], l.ratio[1], l.ratio[2]); m > 512 {
		l.unit *= m / 512
		for k, s := range scale {
			l.ratio[k] = s / l.unit
		}
	}
	return l
}

func (l *lattice) at(rec []byte) (x, y, z int64) {
	x, y, z = int64(int32(le.Uint32(rec))), int64(int32(le.Uint32(rec[4:]))), int64(int32(le.Uint32(rec[8:])))
	if !l.plain {
		x, y, z = int64(math.Floor(float64(x)*l.ratio[0])), int64(math.Floor(float64(y)*l.ratio[1])), int64(math.Floor(float64(z)*l.ratio[2]))
	}
	return x, y, z
}
