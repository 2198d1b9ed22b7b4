package main

import (
	"context"
	"fmt"
	"io"
	"math"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/forensics"
	"firescene/formats/points"
	"firescene/formats/scans"
	"firescene/recon"
	"firescene/recon/register"
)

// station is one scan of a file as it is registered.
type station struct {
	path   string
	idx    int // within its file
	of     int // scans in the file
	name   string
	read   int64
	unit   float64
	offset [3]float64 // taken off the coordinates, in metres, so that single precision keeps them
	scan   register.Scan
}

// mostStationPoints bounds the points of one scan in memory, mostPoints those of
// all: of larger scans every n-th point is used.
const (
	mostStationPoints = 8_000_000
	mostPoints        = 60_000_000
)

// readStations reads the scans of all files. What can not be read is listed.
func readStations(ctx context.Context, opts registerOptions, report progressFunc) ([]station, []forensics.Failure, error) {
	var out []station
	failed := []forensics.Failure{}
	most := int64(mostStationPoints)
	if n := countScans(opts.Files); n > 0 {
		most = min(most, int64(mostPoints/n))
	}
	for _, path := range opts.Files {
		f, err := openScanFile(path, scans.Options{})
		if err != nil {
			failed = append(failed, failureOf(path, err))
			continue
		}
		for i, s := range f.Scans {
			st := station{path: path, idx: i, of: len(f.Scans), name: s.Info().Name, unit: opts.unitOf(path)}
			err := st.readPoints(ctx, s, most, report)
			if ctx.Err() != nil {
				f.Close()
				return nil, nil, ctx.Err()
			}
			if err != nil {
				failed = append(failed, f.scanFailure(i, err))
			}
			if len(st.scan.XYZ) == 0 {
				if err == nil {
					failed = append(failed, f.scanFailure(i, fmt.Errorf("it holds no points")))
				}
				continue
			}
			st.scan.Name = path
			if st.of > 1 {
				st.scan.Name = fmt.Sprintf("%s#%d", path, i+1)
			}
			out = append(out, st)
		}
		failed = append(failed, f.badPages()...)
		f.Close()
	}
	return out, failed, nil
}

func countScans(files []string) (n int) {
	for _, path := range files {
		if f, err := openScanFile(path, scans.Options{}); err == nil {
			n += len(f.Scans)
			f.Close()
		}
	}
	return n
}

// readPoints reads one scan; points before a damage stay.
func (s *station) readPoints(ctx context.Context, src points.Scan, most int64, report progressFunc) error {
	info := src.Info()
	every := max(1, (info.Count+most-1)/most)
	s.scan.XYZ = make([]float32, 0, 3*min(max(info.Count, 0)/every+1, most))
	if info.HasIntensity {
		s.scan.Intensity = make([]float32, 0, min(max(info.Count, 0)/every+1, most))
	}
	var c points.Chunk
	first := true
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := src.Next(&c)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		for i := range c.N {
			x, y, z := c.X[i]*s.unit, c.Y[i]*s.unit, c.Z[i]*s.unit
			if x == 0 && y == 0 && z == 0 {
				continue // a lost return, or the scanner itself
			}
			if first {
				first = false
				if far := max(math.Abs(x), math.Abs(y), math.Abs(z)); far > 2000 {
					s.offset = [3]float64{math.Round(x), math.Round(y), math.Round(z)}
				}
			}
			if s.read++; (s.read-1)%every != 0 || int64(len(s.scan.XYZ)/3) >= most {
				continue
			}
			s.scan.XYZ = append(s.scan.XYZ, float32(x-s.offset[0]), float32(y-s.offset[1]), float32(z-s.offset[2]))
			if c.Intensity != nil && s.scan.Intensity != nil {
				s.scan.Intensity = append(s.scan.Intensity, c.Intensity[i])
			}
		}
		report("read", s.read, info.Count)
	}
	if len(s.scan.Intensity) != len(s.scan.XYZ)/3 {
		s.scan.Intensity = nil
	}
	s.scan.Viewpoint = &[3]float64{-s.offset[0], -s.offset[1], -s.offset[2]}
	if info.HasPose && isRigid(info.WorldFromScan) {
		m := info.WorldFromScan
		p := recon.PoseFromMatrix([9]float64{m[0], m[1], m[2], m[4], m[5], m[6], m[8], m[9], m[10]}, r3.Vec{X: m[3] * s.unit, Y: m[7] * s.unit, Z: m[11] * s.unit})
		p.T = r3.Add(p.T, p.Rotate(r3.Vec{X: s.offset[0], Y: s.offset[1], Z: s.offset[2]}))
		s.scan.Guess = &p
	}
	return nil
}

// matrix is the 4x4 row-major place of the file's own coordinates: the offset is put
// back, and coordinates in another unit than metres are scaled by scale.
func (s *station) matrix(p recon.Pose, scale float64) [16]float64 {
	m := p.Matrix()
	t := r3.Sub(p.T, p.Rotate(r3.Vec{X: s.offset[0], Y: s.offset[1], Z: s.offset[2]}))
	return [16]float64{
		scale * m[0], scale * m[1], scale * m[2], t.X,
		scale * m[3], scale * m[4], scale * m[5], t.Y,
		scale * m[6], scale * m[7], scale * m[8], t.Z,
		0, 0, 0, 1,
	}
}
