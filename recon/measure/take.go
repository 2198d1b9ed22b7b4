package measure

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// Cells and reach of a volume where the request leaves them out.
const (
	defaultCellM  = 0.02
	defaultReachM = 1
)

// ErrorsOf are the errors that a request states.
func ErrorsOf(r recon.MeasureRequest) Errors {
	return Errors{RegistrationM: r.RegistrationM, InstrumentM: r.InstrumentM, Scale: r.Scale}
}

// Regions are the boxes whose points decide a measurement: a cloud of all points in
// them gives the same figures as the whole cloud. Rays need none.
func Regions(r recon.MeasureRequest) []r3.Box {
	ball := func(p recon.Vec, radiusM float64) r3.Box {
		by := r3.Vec{X: radiusM, Y: radiusM, Z: radiusM}
		return r3.Box{Min: r3.Sub(p.R3(), by), Max: r3.Add(p.R3(), by)}
	}
	var out []r3.Box
	for _, p := range r.Points {
		out = append(out, ball(p, r.RadiusM))
	}
	for _, p := range r.Planes {
		out = append(out, ball(p.Near, p.RadiusM))
	}
	if r.Kind == recon.MeasureVolume && len(r.Points) > 0 {
		_, reach := gridOf(r)
		all := ball(r.Points[0], reach+r.RadiusM)
		for _, p := range r.Points[1:] {
			b := ball(p, reach+r.RadiusM)
			all.Min = r3.Vec{X: min(all.Min.X, b.Min.X), Y: min(all.Min.Y, b.Min.Y), Z: min(all.Min.Z, b.Min.Z)}
			all.Max = r3.Vec{X: max(all.Max.X, b.Max.X), Y: max(all.Max.Y, b.Max.Y), Z: max(all.Max.Z, b.Max.Z)}
		}
		return []r3.Box{all}
	}
	return out
}

func gridOf(r recon.MeasureRequest) (cellM, reachM float64) {
	cellM, reachM = r.CellM, r.ReachM
	if cellM == 0 {
		cellM = defaultCellM
	}
	if reachM == 0 {
		reachM = defaultReachM
	}
	return cellM, reachM
}

// Take measures what a request asks for; its errors are those of the request, not
// the cloud's own. A cloud is not needed for rays and may then be nil.
func (c *Cloud) Take(ctx context.Context, r recon.MeasureRequest) (recon.MeasureResult, error) {
	out := recon.MeasureResult{Unit: "m"}
	if err := r.Check(); err != nil {
		return out, fmt.Errorf("measure: %w", err)
	}
	if r.Kind == recon.MeasureRays {
		region, err := Meet(r.Rays)
		if err != nil {
			return out, err
		}
		out.Region = &region
		out.Value = missOf(r.Rays, region.At.R3())
		for _, h := range region.HalfM {
			out.Sigma = max(out.Sigma, r3.Norm(h.R3()))
		}
		return out, nil
	}
	if c == nil {
		return out, errors.New("measure: there is no cloud")
	}
	in := *c
	in.errs = ErrorsOf(r)
	points := make([]Point, len(r.Points))
	for i, at := range r.Points {
		p, err := in.Pick(at.R3(), r.RadiusM)
		if err != nil {
			return out, fmt.Errorf("point %d: %w", i+1, err)
		}
		points[i] = p
		out.MovedM = math.Max(out.MovedM, p.MovedM)
		out.Points = append(out.Points, recon.Vec{p.At.X, p.At.Y, p.At.Z})
	}
	planes := make([]Fitted, len(r.Planes))
	for i, at := range r.Planes {
		f, err := in.Fit(at.Near.R3(), at.RadiusM)
		if err != nil {
			return out, fmt.Errorf("plane %d: %w", i+1, err)
		}
		planes[i] = f
	}
	m, err := in.take(ctx, r, points, planes, &out)
	if err != nil {
		return out, err
	}
	out.Value, out.Sigma = m.Value, m.Sigma
	return out, nil
}

func (c *Cloud) take(ctx context.Context, r recon.MeasureRequest, p []Point, f []Fitted, out *recon.MeasureResult) (recon.Measure, error) {
	switch r.Kind {
	case recon.MeasureDistance:
		return c.Distance(p[0], p[1]), nil
	case recon.MeasureHeight:
		return c.Height(p[0], p[1]), nil
	case recon.MeasureToPlane:
		m := c.ToPlane(p[0], f[0])
		m.Value = math.Abs(m.Value) // which side of a fitted plane is its front is not known
		return m, nil
	case recon.MeasureAngle:
		out.Unit = "°"
		return c.Angle(p[0], p[1], p[2])
	case recon.MeasurePlaneAngle:
		out.Unit = "°"
		return c.PlaneAngle(f[0], f[1]), nil
	case recon.MeasureArea:
		out.Unit = "m²"
		return c.Area(p)
	case recon.MeasurePrism:
		out.Unit = "m³"
		return c.Prism(p[:len(p)-1], p[len(p)-1])
	case recon.MeasureHull:
		out.Unit = "m³"
		return c.Hull(p)
	case recon.MeasureVolume:
		out.Unit = "m³"
		cell, reach := gridOf(r)
		v, err := c.VolumeOver(ctx, p, cell, reach)
		if err == nil {
			out.Below, out.Measured = &v.BelowM3, &v.Measured
		}
		return v.AboveM3, err
	}
	return recon.Measure{}, fmt.Errorf("measure: %q is no kind of measurement", r.Kind)
}

// Prism is the volume between a polygon and the parallel plane through top, in cubic
// metres.
func (c *Cloud) Prism(base []Point, top Point) (recon.Measure, error) {
	area, err := c.Area(base)
	if err != nil {
		return recon.Measure{}, err
	}
	n := r3.Unit(newell(base))
	var centre r3.Vec
	s := 0.0
	for _, p := range base {
		centre = r3.Add(centre, r3.Scale(1/float64(len(base)), p.At))
		s += sq(p.along(n)) / sq(float64(len(base)))
	}
	h := math.Abs(r3.Dot(n, r3.Sub(top.At, centre)))
	sigmaH := math.Sqrt(s + sq(top.along(n)) + sq(c.common(h)))
	return recon.Measure{Value: area.Value * h, Sigma: math.Hypot(h*area.Sigma, area.Value*sigmaH)}, nil
}
