// Package structure finds planes, rooms, doors and windows in the joined scans of
// a building and measures them.
//
// Planes grow over the voxels of a grid whose points are flat (A.-V. Vo et al.,
// Octree-based region growing for point cloud segmentation, ISPRS Journal 104,
// 2015). The lines of the walls cut the plan into cells; cells under a measured
// ceiling are inside, and rooms are their connected sets (the cell complexes of C.
// Mura et al., Automatic room detection and reconstruction in cluttered indoor
// environments, Computers & Graphics 44, 2014). Every wall, floor and ceiling of a
// room is then fitted anew to the points of that room alone. Openings are where
// rays of the scanner pass a wall; their edges lie between the rays that pass and
// the points that the wall gave back, and on the faces of the reveal where those
// were measured.
//
// What the data does not close stays open: such a room has no area and no volume.
package structure

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// Survey is the joined points of scans with the places of the scanner.
type Survey struct {
	Cloud *recon.Cloud
	// Scan gives for each point the index of its station; nil where stations are
	// not known. Then nothing is known of rays: surfaces have no front, and openings
	// are gaps at most.
	Scan     []uint16
	Stations []r3.Vec
}

// Options are limits of the search. The zero value takes the defaults.
type Options struct {
	VoxelM float64 // edge of the voxels that planes grow over (0.05)
	// InstrumentM is the standard deviation of the range error that all points of a
	// scan share (0.001). It can not be seen in the points and counts in every
	// size.
	InstrumentM float64
	Workers     int // goroutines; the result does not depend on it (1)
}

func (o Options) withDefaults() Options {
	if o.VoxelM == 0 {
		o.VoxelM = 0.05
	}
	if o.InstrumentM == 0 {
		o.InstrumentM = 0.001
	}
	o.Workers = max(o.Workers, 1)
	return o
}

// Found is what was found in a survey.
type Found struct {
	Rooms    []recon.Space
	Openings []recon.WallOpening
	Faces    []Face
	// TiltDeg is the angle between the survey's Z and the normal of floors and
	// ceilings. Above LevelDeg heights and plans are taken along that normal.
	TiltDeg  float64
	Levelled bool
	NoiseM   float64 // standard deviation of points about flat surfaces, median over voxels
	// ScanSpreadM is how far the scans disagree about walls, floors and ceilings,
	// root mean square over scans and faces; negative with one scan.
	ScanSpreadM float64
}

// Face is a plane with the points on it.
type Face struct {
	Plane  recon.Plane
	AreaM2 float64 // of the voxels that hold its points
	Points int
	NoiseM float64
	Min    r3.Vec // box around it
	Max    r3.Vec
}

// ErrNoPlanes says that a cloud holds no flat surface of a tenth of a square metre.
var ErrNoPlanes = errors.New("structure: no flat surface was found; the points are too few, too noisy, or not in metres")

const (
	// levelDeg is the tilt from which on the survey is levelled by its floors and
	// ceilings. Below it the scanner's own level is the better one: floors slope.
	levelDeg = 0.3
	// mostTiltDeg is the largest tilt at which floors can be told from walls
	// beyond doubt.
	mostTiltDeg = 15
)

// work is a survey in the frame of the search: levelled, about the cloud's origin.
type work struct {
	opts     Options
	xyz      []float32
	scan     []uint16
	stations []r3.Vec
	vox      *voxels
	faces    []*face
	noiseM   float64
}

func (w *work) at(i int32) r3.Vec {
	return r3.Vec{X: float64(w.xyz[3*i]), Y: float64(w.xyz[3*i+1]), Z: float64(w.xyz[3*i+2])}
}

// station gives the place a point was scanned from.
func (w *work) station(i int32) (r3.Vec, bool) {
	if w.scan == nil {
		return r3.Vec{}, false
	}
	return w.stations[w.scan[i]], true
}

// Find looks for planes, rooms and openings. Points must be finite and in metres,
// with Z up within 15 degrees. The result does not depend on the number of workers.
func Find(ctx context.Context, s Survey, opts Options) (*Found, error) {
	w, err := newWork(s, opts)
	if err != nil {
		return nil, err
	}
	if err := w.findFaces(ctx); err != nil {
		return nil, err
	}
	out := &Found{NoiseM: w.noiseM, ScanSpreadM: -1}
	up, tilt, err := w.upright()
	if err != nil {
		return nil, err
	}
	out.TiltDeg = tilt * 180 / math.Pi
	worldFromLevel := recon.IdentityPose()
	if out.TiltDeg > levelDeg {
		levelFromWorld := turnTo(up, r3.Vec{Z: 1})
		worldFromLevel = levelFromWorld.Inverse()
		out.Levelled = true
		w.turn(levelFromWorld)
		if err := w.findFaces(ctx); err != nil {
			return nil, err
		}
	}
	spaces, err := w.findSpaces(ctx)
	if err != nil {
		return nil, err
	}
	spread, err := w.fitSpaces(ctx, spaces)
	if err != nil {
		return nil, err
	}
	out.ScanSpreadM = spread
	holes, err := w.findHoles(ctx, spaces)
	if err != nil {
		return nil, err
	}
	back := func(p r3.Vec) r3.Vec { return r3.Add(worldFromLevel.Apply(p), s.Cloud.Origin) }
	for _, sp := range spaces {
		out.Rooms = append(out.Rooms, sp.room(back, worldFromLevel, opts.withDefaults().InstrumentM))
	}
	for _, h := range holes {
		out.Openings = append(out.Openings, h.opening(back, spaces, opts.withDefaults().InstrumentM))
	}
	for _, f := range w.faces {
		out.Faces = append(out.Faces, f.export(back, worldFromLevel, s.Cloud.Origin))
	}
	return out, nil
}

func newWork(s Survey, opts Options) (*work, error) {
	if s.Cloud == nil || s.Cloud.Len() == 0 {
		return nil, errors.New("structure: the cloud is empty")
	}
	if !s.Cloud.Scaled {
		return nil, errors.New("structure: the cloud has no scale; sizes in metres can not be told from it")
	}
	if s.Scan != nil {
		if len(s.Scan) != s.Cloud.Len() {
			return nil, fmt.Errorf("structure: %d station numbers for %d points", len(s.Scan), s.Cloud.Len())
		}
		for i, k := range s.Scan {
			if int(k) >= len(s.Stations) {
				return nil, fmt.Errorf("structure: point %d is of station %d of %d", i, k, len(s.Stations))
			}
		}
	}
	for i, v := range s.Cloud.XYZ {
		if v-v != 0 {
			return nil, fmt.Errorf("structure: point %d is not finite", i/3)
		}
	}
	w := &work{opts: opts.withDefaults(), xyz: s.Cloud.XYZ, scan: s.Scan}
	for _, p := range s.Stations {
		w.stations = append(w.stations, r3.Sub(p, s.Cloud.Origin))
	}
	return w, nil
}

// turn takes points and stations to another frame.
func (w *work) turn(p recon.Pose) {
	out := make([]float32, len(w.xyz))
	m := p.Matrix()
	each(w.opts.Workers, len(out)/3, func(from, to int) {
		for i := from; i < to; i++ {
			x, y, z := float64(w.xyz[3*i]), float64(w.xyz[3*i+1]), float64(w.xyz[3*i+2])
			out[3*i] = float32(m[0]*x + m[1]*y + m[2]*z)
			out[3*i+1] = float32(m[3]*x + m[4]*y + m[5]*z)
			out[3*i+2] = float32(m[6]*x + m[7]*y + m[8]*z)
		}
	})
	w.xyz = out
	for i, s := range w.stations {
		w.stations[i] = p.Apply(s)
	}
}

// turnTo is the least rotation that takes direction a to b.
func turnTo(a, b r3.Vec) recon.Pose {
	axis := r3.Cross(a, b)
	p := recon.IdentityPose()
	p.Q.Real = 1 + r3.Dot(a, b)
	p.Q.Imag, p.Q.Jmag, p.Q.Kmag = axis.X, axis.Y, axis.Z
	l := math.Sqrt(p.Q.Real*p.Q.Real + r3.Norm2(axis))
	p.Q.Real, p.Q.Imag, p.Q.Jmag, p.Q.Kmag = p.Q.Real/l, p.Q.Imag/l, p.Q.Jmag/l, p.Q.Kmag/l
	return p
}

// each shares n things out among workers in runs of fixed length, so that what a
// run computes does not depend on the number of workers.
func each(workers, n int, f func(from, to int)) {
	const run = 1 << 14
	var wait sync.WaitGroup
	next := make(chan int, (n+run-1)/run)
	for from := 0; from < n; from += run {
		next <- from
	}
	close(next)
	for range max(workers, 1) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for from := range next {
				f(from, min(from+run, n))
			}
		}()
	}
	wait.Wait()
}
