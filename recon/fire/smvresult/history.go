package smvresult

import (
	"context"
	"fmt"
	"io"
	"math"

	"firescene/formats"
	"firescene/formats/smokeview"
	"firescene/recon"
	"firescene/recon/exposure"
	"firescene/recon/fire"
	"firescene/recon/handcalc"
)

// gaugeFlux is the quantity of boundary files that Histories reads.
const gaugeFlux = "GAUGE HEAT FLUX"

// spot is a place on a patch of a boundary file.
type spot struct {
	patch  int
	at     [8]int
	weight [8]float64
	far    float64
	t, v   []float64
}

// Histories says what points met by the result: the gas before them by its slices
// and devices of temperature, the heat flux to a gauge by its boundary files. What it
// says nothing of is nil; a point of which it says nothing at all is uncovered.
func Histories(ctx context.Context, h *recon.Hypothesis, src Source, points []exposure.Point) ([]exposure.History, error) {
	detectors := make([]recon.Detector, len(points))
	for i, p := range points {
		detectors[i] = recon.Detector{Name: p.Name, Kind: "gas_temperature", At: p.At}
	}
	// The record does the rest, as if each point were a thermometer.
	ask := recon.Hypothesis{ID: h.ID, Detectors: detectors}
	rec, err := Record(ctx, &ask, src)
	if err != nil {
		return nil, err
	}
	ambient := handcalc.AmbientStdC
	if h.AmbientC != nil {
		ambient = *h.AmbientC
	}
	spots, err := gauges(ctx, src, points)
	if err != nil {
		return nil, err
	}
	out := make([]exposure.History, len(points))
	for i := range points {
		o := &out[i]
		o.AmbientC = ambient
		var gas, gauge *series
		if p := &rec.Points[i]; p.Uncovered == "" && p.GasK != nil {
			gas = &series{}
			for k, v := range p.GasK {
				gas.t, gas.v = append(gas.t, float64(k)*stepS), append(gas.v, v-handcalc.Kelvin)
			}
		}
		if s := spots[i]; s != nil && len(s.t) > 1 {
			gauge = &series{s.t, s.v}
		}
		if gauge != nil && h.DurationS > 0 && gauge.t[len(gauge.t)-1] < 0.98*h.DurationS {
			// What a surface took up to then is not what it took in all.
			o.NoGauge = fmt.Sprintf("the heat flux of the result ends at %.0f s, and the hypothesis lasts %.0f s", gauge.t[len(gauge.t)-1], h.DurationS)
			gauge = nil
		}
		if gas == nil && gauge == nil && o.NoGauge != "" {
			o.Uncovered = o.NoGauge
			continue
		}
		if gas == nil && gauge == nil {
			o.Uncovered = fmt.Sprintf("no slice or device of temperature and no boundary file of %s of the result covers (%.2f, %.2f, %.2f)", gaugeFlux, points[i].At[0], points[i].At[1], points[i].At[2])
			continue
		}
		o.TimeS, o.GasC, o.GaugeKW = together(gas, gauge)
	}
	return out, nil
}

// stepS is the distance of the samples of a record and of histories.
const stepS = fire.FieldStepS

// together brings two series onto the same times, as long as both last.
func together(gas, gauge *series) (t, gasC, gaugeKW []float64) {
	end := math.Inf(1)
	for _, s := range []*series{gas, gauge} {
		if s != nil {
			end = min(end, s.t[len(s.t)-1])
		}
	}
	n := max(2, min(int(end/stepS+1e-9)+1, maxSamples))
	for k := range n {
		t = append(t, float64(k)*stepS)
	}
	return t, even(gas, n, 0), even(gauge, n, 0)
}

// gauges reads the boundary files of heat flux to a gauge at points; nil where none
// covers one.
func gauges(ctx context.Context, src Source, points []exposure.Point) ([]*spot, error) {
	out := make([]*spot, len(points))
	for i := range src.Case.Boundaries {
		f := &src.Case.Boundaries[i]
		if f.Quantity != gaugeFlux || f.Mesh < 1 || f.Mesh > len(src.Case.Meshes) {
			continue
		}
		if err := boundary(ctx, src, f, points, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// boundary reads one boundary file; a file that can not be read covers nothing, one
// that is cut off what lies before.
func boundary(ctx context.Context, src Source, f *smokeview.File, points []exposure.Point, out []*spot) error {
	file, err := src.Open(f.Name)
	if err != nil {
		return nil
	}
	defer file.Close()
	b, err := smokeview.NewBoundaryReader(file)
	if err != nil {
		return nil
	}
	mesh := &src.Case.Meshes[f.Mesh-1]
	found := make([]*spot, len(points))
	any := false
	for i := range points {
		for k := range b.Patches {
			s := onPatch(mesh, &b.Patches[k], &points[i])
			if s != nil && (found[i] == nil || s.far < found[i].far) && (out[i] == nil || s.far < out[i].far) {
				s.patch = k
				found[i], any = s, true
			}
		}
	}
	if !any {
		return nil
	}
	for range maxSamples {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, v, err := b.Next()
		if err == io.EOF || formats.IsDamaged(err) {
			break
		}
		if err != nil {
			return err
		}
		for _, s := range found {
			if s == nil {
				continue
			}
			sum := 0.0
			for k, w := range s.weight {
				if w > 0 {
					sum += w * float64(v[s.patch][s.at[k]])
				}
			}
			if n := len(s.t); !math.IsNaN(sum) && !math.IsInf(sum, 0) && (n == 0 || t > s.t[n-1]) {
				s.t, s.v = append(s.t, t), append(s.v, sum)
			}
		}
	}
	for i, s := range found {
		if s != nil && len(s.t) > 1 {
			out[i] = s
		}
	}
	return nil
}

// onPatch is the spot of a point on a patch: within NearM of its plane, or half a
// cell where that is more, within its rectangle, and facing as the point does.
func onPatch(mesh *smokeview.Mesh, p *smokeview.Patch, at *exposure.Point) *spot {
	axis := max(p.Facing, -p.Facing) - 1
	if axis < 0 || axis > 2 {
		return nil
	}
	if n := at.Normal; n != (recon.Vec{}) {
		facing := n[axis]
		if p.Facing < 0 {
			facing = -facing
		}
		if facing < 0.7*math.Sqrt(n[0]*n[0]+n[1]*n[1]+n[2]*n[2]) {
			return nil
		}
	}
	f := smokeview.File{Keyword: "BNDF", Grid: p.Grid}
	for a, l := range [][]float64{mesh.X, mesh.Y, mesh.Z} {
		if p.Grid[2*a+1] >= len(l) || p.Grid[2*a] < 0 {
			return nil
		}
	}
	q, far, near := place(mesh, &f, at.At)
	if q == nil || far > near {
		return nil
	}
	head := smokeview.SliceHead{Grid: p.Grid}
	s := &spot{far: far, weight: q.weight}
	for k := range s.at {
		if q.weight[k] > 0 {
			s.at[k] = head.Index(q.at[k][0], q.at[k][1], q.at[k][2])
		}
	}
	return s
}
