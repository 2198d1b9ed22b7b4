// Package copc reads and writes COPC: point clouds in an octree with levels of
// detail within one LAZ file, which any LAZ reader reads too.
//
// Specification: "COPC - Cloud Optimized Point Cloud Specification - 1.0",
// Hobu Inc., 2021. Point data record formats 6, 7 and 8.
package copc

import (
	"encoding/binary"
	"fmt"
	"math"

	"firescene/formats"
)

const (
	vlrUser      = "copc"
	infoRecord   = 1
	infoB        = 160
	pageRecord   = 1000
	entryB       = 32
	headerB      = 375
	evlrHeadB    = 60
	maxLevel     = 31
	maxPageDepth = 64
)

// Key names a cell of the octree: X, Y and Z count cells of the level from the
// cube's lowest corner.
type Key struct{ Level, X, Y, Z int32 }

// Child is the cell's child i: bit 0 of i is the upper half in x, bit 1 in y, bit 2
// in z.
func (k Key) Child(i int) Key {
	return Key{k.Level + 1, 2*k.X + int32(i&1), 2*k.Y + int32(i>>1&1), 2*k.Z + int32(i>>2&1)}
}

func (k Key) valid() bool {
	if k.Level < 0 || k.Level > maxLevel-1 {
		return false
	}
	n := int32(1) << k.Level
	return k.X >= 0 && k.Y >= 0 && k.Z >= 0 && k.X < n && k.Y < n && k.Z < n
}

// Node is a cell's points and where they lie.
type Node struct {
	Key
	OffsetB int64
	SizeB   int64
	Points  int64
}

// Info is the record that makes a LAZ file a COPC file.
type Info struct {
	Center   [3]float64
	Half     float64 // half the cube's edge
	Spacing  float64 // between the points of the root
	RootAtB  int64   // the root's page
	RootB    int64
	GPSMin   float64
	GPSMax   float64
	declared bool
}

func parseInfo(b []byte) (Info, error) {
	if len(b) < infoB {
		return Info{}, damaged(headerB, "the COPC record has %d bytes, %d are needed", len(b), infoB)
	}
	le := binary.LittleEndian
	f := func(i int) float64 { return math.Float64frombits(le.Uint64(b[8*i:])) }
	in := Info{Center: [3]float64{f(0), f(1), f(2)}, Half: f(3), Spacing: f(4),
		RootAtB: int64(le.Uint64(b[40:])), RootB: int64(le.Uint64(b[48:])), GPSMin: f(7), GPSMax: f(8), declared: true}
	for _, v := range []float64{f(0), f(1), f(2), f(3), f(4)} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return in, damaged(headerB, "the octree's cube is not a number")
		}
	}
	if !(in.Half > 0) || !(in.Spacing > 0) {
		return in, damaged(headerB, "the octree's cube has half edge %g and spacing %g", in.Half, in.Spacing)
	}
	return in, nil
}

func (in *Info) bytes() []byte {
	b := make([]byte, infoB)
	le := binary.LittleEndian
	for i, v := range []float64{in.Center[0], in.Center[1], in.Center[2], in.Half, in.Spacing} {
		le.PutUint64(b[8*i:], math.Float64bits(v))
	}
	le.PutUint64(b[40:], uint64(in.RootAtB))
	le.PutUint64(b[48:], uint64(in.RootB))
	le.PutUint64(b[56:], math.Float64bits(in.GPSMin))
	le.PutUint64(b[64:], math.Float64bits(in.GPSMax))
	return b
}

// Box is a range of coordinates.
type Box struct{ Min, Max [3]float64 }

// Overlaps reports whether two boxes have a point in common.
func (b Box) Overlaps(o Box) bool {
	for k := range 3 {
		if b.Min[k] > o.Max[k] || o.Min[k] > b.Max[k] {
			return false
		}
	}
	return true
}

// Bounds is the cube of a cell.
func (in *Info) Bounds(k Key) Box {
	edge := 2 * in.Half / float64(int64(1)<<k.Level)
	var b Box
	for i, n := range [3]int32{k.X, k.Y, k.Z} {
		b.Min[i] = in.Center[i] - in.Half + float64(n)*edge
		b.Max[i] = b.Min[i] + edge
	}
	return b
}

// LevelFor is the coarsest level whose points stand no further apart than
// spacingM; 0 or less asks for all.
func (in *Info) LevelFor(spacingM float64) int {
	if !(spacingM > 0) {
		return maxLevel
	}
	l := 0
	for s := in.Spacing; s > spacingM && l < maxLevel; l++ {
		s /= 2
	}
	return l
}

func damaged(offsetB int64, format string, args ...any) error {
	return &formats.FormatError{Format: "COPC", Offset: offsetB, Reason: fmt.Sprintf(format, args...)}
}
