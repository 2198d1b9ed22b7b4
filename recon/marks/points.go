package marks

import (
	"context"
	"math"

	"firescene/recon/clean"
	"gonum.org/v1/gonum/spatial/r3"
)

const looseM = 0.05 // edge of the voxels in which what is on no panel is looked at

// loose is what lies in a voxel off the panels.
type loose struct {
	m          clean.Moments
	b, r       float64
	first      r3.Vec
	class      Class
	sure       float32
	sx, sy, sz float64 // sum of directions to the stations
}

// points gives every point its class: that of its cell, or of its voxel where it
// is on no panel.
func (w *search) points(ctx context.Context) error {
	n := w.s.Cloud.Len()
	m := w.m
	m.PointClass, m.PointConfidence, m.PointDepthM = make([]Class, n), make([]float32, n), make([]float32, n)
	voxels := map[[3]int32]*loose{}
	at := func(p r3.Vec) [3]int32 {
		q := r3.Sub(p, w.s.Cloud.Origin)
		return [3]int32{int32(math.Floor(q.X / looseM)), int32(math.Floor(q.Y / looseM)), int32(math.Floor(q.Z / looseM))}
	}
	for i, k := range w.panel {
		if i&0xfffff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if k >= 0 && m.Panels[k].Class[w.cell[i]] != Unknown {
			p, c := m.Panels[k], w.cell[i]
			m.PointClass[i], m.PointConfidence[i] = p.Class[c], p.Confidence[c]
			if p.Class[c] == Spall && p.DepthM[c] > 0 {
				m.PointDepthM[i] = p.DepthM[c]
			}
			continue
		}
		m.PointClass[i] = Unknown
		q := w.s.Cloud.At(i)
		v := voxels[at(q)]
		if v == nil {
			v = &loose{first: q}
			voxels[at(q)] = v
		}
		d := r3.Sub(q, v.first)
		v.m.Add(d.X, d.Y, d.Z)
		v.b += w.brightness(i)
		if w.s.Scan != nil {
			to := r3.Sub(w.s.Stations[w.s.Scan[i]], q)
			r := r3.Norm(to)
			v.r += r
			v.sx, v.sy, v.sz = v.sx+to.X/r, v.sy+to.Y/r, v.sz+to.Z/r
		}
	}
	for _, v := range voxels { // each by itself: the order does not matter
		w.judge(v)
	}
	for i := range m.PointClass {
		if m.PointClass[i] != Unknown {
			continue
		}
		v := voxels[at(w.s.Cloud.At(i))]
		m.PointClass[i], m.PointConfidence[i] = v.class, v.sure
	}
	return nil
}

// judge classes a voxel off the panels: furniture, debris, what lies outside. Of what
// it is made is not known, so that black alone says something.
func (w *search) judge(v *loose) {
	l := &w.m.Levels
	n := v.m.N
	cos, sure := 0.7, 0.5
	if w.s.Scan != nil {
		normal, v0, v1, _ := v.m.Plane()
		if n >= 6 && v1 > 9*v0 {
			d := r3.Vec{X: v.sx, Y: v.sy, Z: v.sz}
			if s := r3.Norm(d); s > 0 {
				cos, sure = max(math.Abs(normal[0]*d.X+normal[1]*d.Y+normal[2]*d.Z)/s, leastCos), 0.7
			}
		}
	}
	rangeM := 1.0
	if w.s.Scan != nil {
		rangeM = v.r / n
	}
	q := w.m.Calibration.correct(v.b/n, rangeM, cos) / l.Clean
	v.class, v.sure = Clean, float32(sure*0.7)
	if q < l.BlackAt {
		v.class = Heavy
		v.sure = float32(sure * l.confidence(max(q, 1e-6)))
	}
}
