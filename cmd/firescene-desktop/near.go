//go:build cgo

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"firescene/formats"
	"firescene/formats/copc"
	"firescene/formats/laz"
	"firescene/formats/points"
	"firescene/formats/scans"
	"firescene/recon"
	"firescene/recon/measure"
	"firescene/render/ui"

	"gonum.org/v1/gonum/spatial/r3"
)

// maxNear bounds the points that one measurement is taken from.
const maxNear = 12_000_000

// Where the points around a place are too few or lie on no plane, as in a thin cloud or
// on debris, twice the radius is tried, this many times; what is kept says so.
const widenings = 3

// measure takes a measurement in all points of the file, not in those that are drawn.
func (t *tool) measure(f ui.CloudFile, r recon.MeasureRequest, then func(recon.Measurement, error)) {
	dir := t.dir
	t.busy++
	go func() {
		m, err := takeMeasure(context.Background(), dir, f, r)
		t.win.Post(func() {
			t.busy--
			then(m, err)
		})
	}()
}

func takeMeasure(ctx context.Context, dir string, f ui.CloudFile, r recon.MeasureRequest) (recon.Measurement, error) {
	m := recon.Measurement{Cloud: f.Path, Scaled: f.Metric, Request: r}
	if rel, err := filepath.Rel(dir, f.Path); dir != "" && err == nil && !strings.HasPrefix(rel, "..") {
		m.Cloud = filepath.ToSlash(rel)
	}
	var err error
	if r.Kind == recon.MeasureRays {
		m.Result, err = (*measure.Cloud)(nil).Take(ctx, r)
		return m, err
	}
	cloud, err := pointsNear(ctx, f.Path, measure.Regions(widened(r, widenings)))
	if err != nil {
		return m, err
	}
	cloud.Scaled = true // without a scale the figures are in the cloud's own unit, and said to be
	in, err := measure.NewCloud(cloud, measure.ErrorsOf(r), runtime.NumCPU())
	if err != nil {
		return m, err
	}
	for n := range widenings + 1 {
		m.Request = widened(r, n)
		m.Result, err = in.Take(ctx, m.Request)
		var few *measure.FewPointsError
		if !errors.As(err, &few) {
			break
		}
	}
	return m, err
}

// widened doubles the radii of a request n times.
func widened(r recon.MeasureRequest, n int) recon.MeasureRequest {
	by := math.Exp2(float64(n))
	r.RadiusM *= by
	r.Planes = append([]recon.PlaneNear(nil), r.Planes...)
	for i := range r.Planes {
		r.Planes[i].RadiusM *= by
	}
	return r
}

// nearBoxes collects the points of a cloud that lie in boxes.
type nearBoxes struct {
	boxes []r3.Box
	cloud *recon.Cloud
}

func (n *nearBoxes) touches(lo, hi [3]float64) bool {
	for _, b := range n.boxes {
		if lo[0] <= b.Max.X && hi[0] >= b.Min.X && lo[1] <= b.Max.Y && hi[1] >= b.Min.Y && lo[2] <= b.Max.Z && hi[2] >= b.Min.Z {
			return true
		}
	}
	return false
}

func (n *nearBoxes) add(x, y, z float64) error {
	if p := [3]float64{x, y, z}; !n.touches(p, p) {
		return nil
	}
	if n.cloud.Len() >= maxNear {
		return fmt.Errorf("more than %d points lie around the points picked; choose a smaller radius or reach", maxNear)
	}
	o := n.cloud.Origin
	n.cloud.XYZ = append(n.cloud.XYZ, float32(x-o.X), float32(y-o.Y), float32(z-o.Z))
	return nil
}

// pointsNear reads the points of a file that lie in boxes: of a COPC file the cells
// that touch them, of others all.
func pointsNear(ctx context.Context, path string, boxes []r3.Box) (*recon.Cloud, error) {
	if len(boxes) == 0 {
		return nil, errors.New("nothing was picked")
	}
	n := &nearBoxes{boxes: boxes, cloud: &recon.Cloud{}}
	if at := boxes[0].Min; r3.Norm(at) >= 1000 { // single precision holds 0.06 mm within that
		n.cloud.Origin = r3.Vec{X: math.Round(at.X), Y: math.Round(at.Y), Z: math.Round(at.Z)}
	}
	disk, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer disk.Close()
	info, err := disk.Stat()
	if err != nil {
		return nil, err
	}
	if file, e := copc.Open(disk, info.Size(), formats.DefaultLimits()); e == nil {
		err = n.cells(ctx, file)
	} else { // what is wrong with a file that is meant to be COPC shows when it is read
		err = n.stream(ctx, disk, info.Size(), filepath.Base(path))
	}
	if err != nil {
		return nil, err
	}
	if n.cloud.Len() == 0 {
		return nil, errors.New("no point of the cloud's file lies near the points picked")
	}
	return n.cloud, nil
}

func (n *nearBoxes) cells(ctx context.Context, file *copc.File) error {
	nodes, err := file.Nodes(nil, 31)
	if err != nil {
		return err
	}
	in := file.NewReader(laz.NeedAll)
	var c points.Chunk
	for _, node := range nodes {
		if b := file.Info.Bounds(node.Key); !n.touches(b.Min, b.Max) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := in.Chunk(node, &c); err != nil {
			return err
		}
		for i := range c.N {
			if err := n.add(c.X[i], c.Y[i], c.Z[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n *nearBoxes) stream(ctx context.Context, disk io.ReaderAt, size int64, name string) error {
	file, err := scans.OpenFile(disk, size, name, formats.DefaultLimits(), scans.Options{})
	if err != nil {
		return err
	}
	var c points.Chunk
	for _, s := range file.Scans {
		p := s.Info().WorldFromScan
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := s.Next(&c); err == io.EOF {
				break
			} else if err != nil {
				return err
			}
			for i := range c.N {
				x, y, z := c.X[i], c.Y[i], c.Z[i]
				if err := n.add(p[0]*x+p[1]*y+p[2]*z+p[3], p[4]*x+p[5]*y+p[6]*z+p[7], p[8]*x+p[9]*y+p[10]*z+p[11]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
