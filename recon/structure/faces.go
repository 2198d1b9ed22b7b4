package structure

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
	"firescene/recon/clean"
)

// face is a plane grown over voxels.
type face struct {
	plane recon.Plane
	cells []int32 // voxels
	m     clean.Moments
	rmsM  float64
	areaM float64 // square metres of its voxels
	lo    r3.Vec
	hi    r3.Vec
}

const (
	leastFaceM2 = 0.1
	// sameWayCos bounds the angle between a voxel's normal and its face's: the
	// normal of the few points of a voxel is good to about ten degrees.
	sameWayCos = 0.966 // 15 degrees
)

// findFaces groups the points and grows planes, largest first.
func (w *work) findFaces(ctx context.Context) error {
	var err error
	if w.vox, err = groupPoints(w.xyz, w.opts.VoxelM); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	patches := w.patches()
	var rms []float64
	for i := range patches {
		if patches[i].flat && patches[i].m.N >= 8 {
			rms = append(rms, patches[i].rmsM)
		}
	}
	if len(rms) == 0 {
		return ErrNoPlanes
	}
	w.noiseM = median(rms)
	thick := max(4*w.noiseM, 0.002)
	seeds := make([]int32, 0, len(patches))
	for i := range patches {
		p := &patches[i]
		if p.flat = p.flat && p.rmsM < thick; p.flat {
			seeds = append(seeds, int32(i))
		}
	}
	slices.SortStableFunc(seeds, func(a, b int32) int { // flattest first, many points before few
		p, q := &patches[a], &patches[b]
		pa, qa := p.rmsM/math.Sqrt(p.m.N), q.rmsM/math.Sqrt(q.m.N)
		switch {
		case pa < qa:
			return -1
		case pa > qa:
			return 1
		}
		return 0
	})
	owner := make([]int32, len(patches))
	var faces []*face
	number := int32(0)
	for k, seed := range seeds {
		if k&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if owner[seed] != 0 {
			continue
		}
		number++
		if f := w.grow(patches, owner, seed, number, max(2*thick, 0.008)); f != nil {
			faces = append(faces, f)
		}
	}
	if len(faces) == 0 {
		return ErrNoPlanes
	}
	w.faces = w.joinFaces(faces)
	slices.SortStableFunc(w.faces, func(a, b *face) int {
		switch {
		case a.areaM > b.areaM:
			return -1
		case a.areaM < b.areaM:
			return 1
		}
		return int(a.cells[0] - b.cells[0])
	})
	return nil
}

// grow spreads a face from a seed over neighbouring voxels that lie in its plane.
// Voxels of faces that are too small stay marked: no larger one would take them.
func (w *work) grow(patches []patch, owner []int32, seed, number int32, withinM float64) *face {
	f := &face{}
	n, d := patches[seed].normal, r3.Dot(patches[seed].normal, patches[seed].centre)
	owner[seed] = number
	f.cells = append(f.cells, seed)
	addMoments(&f.m, &patches[seed].m)
	refitAt := 8
	var near []int32
	for k := 0; k < len(f.cells); k++ {
		near = w.vox.around(f.cells[k], near)
		for _, c := range near {
			p := &patches[c]
			if owner[c] != 0 || !p.flat {
				continue
			}
			turn := r3.Dot(p.normal, n)
			if w.scan == nil {
				turn = math.Abs(turn)
			}
			if turn < sameWayCos || math.Abs(r3.Dot(n, p.centre)-d) > withinM {
				continue
			}
			owner[c] = number
			f.cells = append(f.cells, c)
			addMoments(&f.m, &p.m)
			if len(f.cells) >= refitAt {
				n, d, _ = planeOf(&f.m, n)
				refitAt = refitAt * 3 / 2
			}
		}
	}
	if float64(len(f.cells))*w.opts.VoxelM*w.opts.VoxelM < leastFaceM2 {
		return nil
	}
	n, d, _ = planeOf(&f.m, n)
	w.takeSparse(f, patches, owner, number, recon.Plane{Normal: n, Offset: d}, withinM)
	f.areaM = float64(len(f.cells)) * w.opts.VoxelM * w.opts.VoxelM
	f.settle(patches, n)
	return f
}

// takeSparse adds voxels with too few points for a plane of their own, all of which
// lie in the face's. They count for its extent and not for its fit.
func (w *work) takeSparse(f *face, patches []patch, owner []int32, number int32, plane recon.Plane, withinM float64) {
	var near []int32
	for k := 0; k < len(f.cells); k++ {
		near = w.vox.around(f.cells[k], near)
		for _, c := range near {
			if owner[c] != 0 || patches[c].flat || patches[c].m.N >= 2*leastPatch {
				continue
			}
			in := true
			for _, i := range w.vox.points(c) {
				in = in && math.Abs(plane.Distance(w.at(i))) < withinM
			}
			if in {
				owner[c] = number
				f.cells = append(f.cells, c)
			}
		}
	}
}

// settle fits the plane to all and takes the box.
func (f *face) settle(patches []patch, towards r3.Vec) {
	n, d, rms := planeOf(&f.m, towards)
	f.plane, f.rmsM = recon.Plane{Normal: n, Offset: d}, rms
	f.lo, f.hi = patches[f.cells[0]].centre, patches[f.cells[0]].centre
	for _, c := range f.cells {
		f.lo, f.hi = least(f.lo, patches[c].centre), most(f.hi, patches[c].centre)
	}
}

// joinFaces joins faces of one plane: a wall that a door or a shadow cuts in two.
func (w *work) joinFaces(faces []*face) []*face {
	slices.SortStableFunc(faces, func(a, b *face) int { return len(b.cells) - len(a.cells) })
	var out []*face
	for _, f := range faces {
		joined := false
		for _, g := range out {
			c, d := centreOf(&f.m), centreOf(&g.m)
			turn := r3.Dot(f.plane.Normal, g.plane.Normal)
			if w.scan == nil {
				turn = math.Abs(turn)
			}
			if turn < 0.9998 || math.Abs(g.plane.Distance(c)) > 0.006 && math.Abs(f.plane.Distance(d)) > 0.006 { // 1 degree
				continue
			}
			both := g.m
			addMoments(&both, &f.m)
			if _, _, rms := planeOf(&both, g.plane.Normal); rms > 1.2*max(f.rmsM, g.rmsM) {
				continue
			}
			g.m = both
			g.cells = append(g.cells, f.cells...)
			g.areaM += f.areaM
			g.lo, g.hi = least(g.lo, f.lo), most(g.hi, f.hi)
			n, o, rms := planeOf(&g.m, g.plane.Normal)
			g.plane, g.rmsM, joined = recon.Plane{Normal: n, Offset: o}, rms, true
			break
		}
		if !joined {
			out = append(out, f)
		}
	}
	return out
}

func (f *face) export(back func(r3.Vec) r3.Vec, worldFromLevel recon.Pose, origin r3.Vec) Face {
	n := worldFromLevel.Rotate(f.plane.Normal)
	a, b := back(f.lo), back(f.hi)
	p := back(r3.Scale(f.plane.Offset, f.plane.Normal))
	return Face{Plane: recon.Plane{Normal: n, Offset: r3.Dot(n, p)}, AreaM2: f.areaM, Points: int(f.m.N), NoiseM: f.rmsM, Min: least(a, b), Max: most(a, b)}
}

// upright is the mean normal of floors and ceilings, upwards, and its angle to Z.
func (w *work) upright() (r3.Vec, float64, error) {
	limit := math.Cos(mostTiltDeg * math.Pi / 180)
	up := r3.Vec{}
	for _, f := range w.faces {
		if n := f.plane.Normal; math.Abs(n.Z) > limit && f.areaM > 1 {
			up = r3.Add(up, r3.Scale(math.Copysign(f.areaM, n.Z), n))
		}
	}
	if r3.Norm(up) == 0 {
		return r3.Vec{Z: 1}, 0, nil
	}
	// The largest faces that agree with the mean within a degree decide: stairs and
	// sloping roofs do not.
	mean := r3.Unit(up)
	up = r3.Vec{}
	for _, f := range w.faces {
		if n := f.plane.Normal; math.Abs(r3.Dot(n, mean)) > math.Cos(math.Pi/180) && f.areaM > 1 {
			up = r3.Add(up, r3.Scale(math.Copysign(f.areaM, n.Z), n))
		}
	}
	if r3.Norm(up) > 0 {
		mean = r3.Unit(up)
	}
	return mean, math.Acos(min(mean.Z, 1)), nil
}

func addMoments(a, b *clean.Moments) {
	a.N += b.N
	a.X, a.Y, a.Z = a.X+b.X, a.Y+b.Y, a.Z+b.Z
	a.XX, a.XY, a.XZ = a.XX+b.XX, a.XY+b.XY, a.XZ+b.XZ
	a.YY, a.YZ, a.ZZ = a.YY+b.YY, a.YZ+b.YZ, a.ZZ+b.ZZ
}

func centreOf(m *clean.Moments) r3.Vec {
	return r3.Scale(1/m.N, r3.Vec{X: m.X, Y: m.Y, Z: m.Z})
}

// planeOf is the plane of least squares, its normal on the side of towards.
func planeOf(m *clean.Moments, towards r3.Vec) (n r3.Vec, offset, rms float64) {
	a, v0, _, _ := m.Plane()
	n = r3.Vec{X: a[0], Y: a[1], Z: a[2]}
	if r3.Dot(n, towards) < 0 {
		n = r3.Scale(-1, n)
	}
	return n, r3.Dot(n, centreOf(m)), math.Sqrt(v0)
}

func least(a, b r3.Vec) r3.Vec {
	return r3.Vec{X: min(a.X, b.X), Y: min(a.Y, b.Y), Z: min(a.Z, b.Z)}
}
func most(a, b r3.Vec) r3.Vec {
	return r3.Vec{X: max(a.X, b.X), Y: max(a.Y, b.Y), Z: max(a.Z, b.Z)}
}

// median sorts v and returns its middle.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[len(v)/2]
}
