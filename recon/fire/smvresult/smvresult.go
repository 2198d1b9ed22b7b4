// Package smvresult reads what a field model's result (an index ".smv" with its
// files) says about a hypothesis: the gas at its detectors, the layers of its rooms,
// the heat release. Detectors are matched with the result's own devices and with its
// slices; what neither covers is said, never made up.
//
// The hypothesis and the result must share their coordinates, and the result's time
// 0 is taken as the ignition.
package smvresult

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"firescene/formats"
	"firescene/formats/smokeview"
	"firescene/recon"
	"firescene/recon/fire"
	"firescene/recon/handcalc"
)

// Source is a result: its index, and how its files are opened by the names that the
// index gives.
type Source struct {
	Case *smokeview.Case
	Open func(name string) (io.ReadCloser, error)
}

// NearM is how far a device or slice may be from what it stands for, or one cell of
// the slice's mesh where that is more.
const NearM = 0.15

// maxSamples bounds a record.
const maxSamples = 1 << 20

// series is one quantity over the result's own times.
type series struct{ t, v []float64 }

type reader struct {
	src   Source
	h     *recon.Hypothesis
	devc  *smokeview.Columns
	hrr   *smokeview.Columns
	probe []*probe
	out   *fire.FieldRecord
	end   float64 // of what is used
}

// Record reads the result. Files that are cut off give what they hold; the record
// ends where the shortest of what is used does.
func Record(ctx context.Context, h *recon.Hypothesis, src Source) (*fire.FieldRecord, error) {
	r := &reader{src: src, h: h, out: &fire.FieldRecord{}, end: math.Inf(1)}
	c := src.Case
	r.out.Producer = strings.TrimSpace("FDS " + c.Version)
	if c.Version == "firescene" {
		r.out.Producer = "this program's field model"
	}
	for _, t := range c.Tables {
		var dst **smokeview.Columns
		switch t.Kind {
		case "devc":
			dst = &r.devc
		case "hrr":
			dst = &r.hrr
		default:
			continue
		}
		table, err := r.table(t.File)
		if err != nil {
			r.warn("result "+t.File, "it is left out: %v", err)
			continue
		}
		*dst = table
	}
	points, rooms := r.plan()
	if err := r.read(ctx); err != nil {
		return nil, err
	}
	r.settle(points, rooms)
	return r.out, nil
}

func (r *reader) warn(where, format string, args ...any) {
	r.out.Warnings = append(r.out.Warnings, recon.Warning{Where: where, What: fmt.Sprintf(format, args...)})
}

func (r *reader) table(name string) (*smokeview.Columns, error) {
	f, err := r.src.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return smokeview.ReadColumns(f)
}

// column is a column of the table of devices, its gaps left out.
func (r *reader) column(c *smokeview.Columns, name string) *series {
	if c == nil {
		return nil
	}
	k := c.Find(name)
	if k <= 0 {
		return nil
	}
	s := &series{}
	for _, row := range c.Rows {
		if !math.IsNaN(row[k]) {
			s.t, s.v = append(s.t, row[0]), append(s.v, row[k])
		}
	}
	if len(s.t) < 2 {
		return nil
	}
	return s
}

// point is what was found for a detector.
type point struct {
	from      string
	gas       *series // C
	link      *series // C
	speed     *series // m/s
	gasProbe  *probe
	flow      [3]*probe
	speedOnly *probe
	uncovered string
}

// plan looks for what covers each detector and room, and notes what must be read.
func (r *reader) plan() ([]point, []*layers) {
	points := make([]point, len(r.h.Detectors))
	for i := range r.h.Detectors {
		points[i] = r.planPoint(&r.h.Detectors[i])
	}
	rooms := make([]*layers, len(r.h.Rooms))
	for i := range r.h.Rooms {
		rooms[i] = r.planRoom(&r.h.Rooms[i])
	}
	return points, rooms
}

func (r *reader) planPoint(d *recon.Detector) point {
	var p point
	if at, s := r.nearDevice(d.Name, d.At, "LINK TEMPERATURE", "SPRINKLER LINK TEMPERATURE"); s != nil && (d.Kind == "heat" || d.Kind == "sprinkler") {
		p.link, p.from = s, "the device "+at
		return p
	}
	if at, s := r.nearDevice(d.Name, d.At, "TEMPERATURE", "THERMOCOUPLE", "GAS TEMPERATURE"); s != nil {
		p.gas, p.from = s, "the device "+at
	}
	gas, tell := r.nearSlice(d.At, "TEMPERATURE")
	if p.gas == nil && gas != nil {
		p.gasProbe, p.from = gas, tell
	}
	if p.gas == nil && p.gasProbe == nil {
		p.uncovered = fmt.Sprintf("no device and no slice of temperature of the result lies within %g m of (%.2f, %.2f, %.2f)%s", NearM, d.At[0], d.At[1], d.At[2], tell)
		return p
	}
	if d.Kind == "heat" || d.Kind == "sprinkler" {
		if _, s := r.nearDevice("", d.At, "VELOCITY"); s != nil {
			p.speed = s
			return p
		}
		if p.speedOnly, _ = r.nearSlice(d.At, "VELOCITY"); p.speedOnly != nil {
			return p
		}
		for a, q := range []string{"U-VELOCITY", "V-VELOCITY", "W-VELOCITY"} {
			p.flow[a], _ = r.nearSlice(d.At, q)
		}
	}
	return p
}

// nearDevice is the device of that name, or the nearest within NearM, of one of the
// quantities.
func (r *reader) nearDevice(name string, at recon.Vec, quantities ...string) (string, *series) {
	best, label := NearM, ""
	for _, d := range r.src.Case.Devices {
		fits := false
		for _, q := range quantities {
			fits = fits || d.Quantity == q
		}
		if !fits {
			continue
		}
		if name != "" && d.Label == name {
			label = d.Label
			break
		}
		if far := dist(d.At, at); far <= best && d.Box == nil {
			best, label = far, d.Label
		}
	}
	if label == "" {
		return "", nil
	}
	return label, r.column(r.devc, label)
}

func dist(a [3]float64, b recon.Vec) float64 {
	return math.Sqrt(math.Pow(a[0]-b[0], 2) + math.Pow(a[1]-b[1], 2) + math.Pow(a[2]-b[2], 2))
}

// read reads every slice that probes ask for, once.
func (r *reader) read(ctx context.Context) error {
	for i := range r.src.Case.Slices {
		f := &r.src.Case.Slices[i]
		var ask []*probe
		for _, p := range r.probe {
			if p.slice == f {
				ask = append(ask, p)
			}
		}
		if len(ask) == 0 {
			continue
		}
		if err := r.slice(ctx, f, ask); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) slice(ctx context.Context, f *smokeview.File, ask []*probe) error {
	fail := func(err error) {
		r.warn("result "+f.Name, "%v", err)
	}
	file, err := r.src.Open(f.Name)
	if err != nil {
		fail(err)
		return nil
	}
	defer file.Close()
	s, err := smokeview.NewSliceReader(file)
	if err != nil {
		fail(err)
		return nil
	}
	if s.Grid != f.Grid {
		fail(fmt.Errorf("its grid lines are not those that the index states; it is left out"))
		return nil
	}
	for n := 0; n < maxSamples; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, v, err := s.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			if !formats.IsDamaged(err) {
				return err
			}
			fail(fmt.Errorf("only what lies before is used: %w", err))
			return nil
		}
		for _, p := range ask {
			p.take(s, t, v)
		}
	}
	return nil
}

// settle brings all that is used onto the samples of the record.
func (r *reader) settle(points []point, rooms []*layers) {
	end := func(list ...*series) {
		for _, s := range list {
			if s != nil && len(s.t) > 0 {
				r.end = min(r.end, s.t[len(s.t)-1])
			}
		}
	}
	hrr := r.column(r.hrr, "HRR")
	for i := range points {
		p := &points[i]
		if p.gasProbe != nil {
			p.gas = p.gasProbe.series()
			if p.gas == nil && p.uncovered == "" {
				p.uncovered = p.from + " could not be read"
			}
		}
		p.speed = p.speedOf()
		end(p.gas, p.link, p.speed)
	}
	for i := range rooms {
		rooms[i].settle()
		end(rooms[i].upper)
	}
	end(hrr)
	if math.IsInf(r.end, 0) || r.end <= 0 {
		r.end = fire.FieldStepS
	}
	n := min(int(r.end/fire.FieldStepS+1e-9)+1, maxSamples)
	r.out.Samples = max(2, n)
	r.out.HRRKW = r.even(hrr, 0)
	for i := range points {
		p := &points[i]
		q := fire.FieldPoint{From: p.from, Uncovered: p.uncovered}
		if p.uncovered == "" {
			q.GasK, q.LinkK, q.SpeedMS = r.even(p.gas, handcalc.Kelvin), r.even(p.link, handcalc.Kelvin), r.even(p.speed, 0)
		}
		r.out.Points = append(r.out.Points, q)
	}
	for i := range rooms {
		m := rooms[i]
		q := fire.FieldRoom{From: m.from, Uncovered: m.uncovered}
		if m.uncovered == "" {
			q.UpperK, q.LowerK, q.InterfaceM = r.even(m.upper, handcalc.Kelvin), r.even(m.lower, handcalc.Kelvin), r.even(m.height, 0)
		}
		r.out.Rooms = append(r.out.Rooms, q)
	}
}

// even is a series on the samples of the record, in straight lines between its own
// times; its first value holds before them.
func (r *reader) even(s *series, shift float64) []float64 {
	if s == nil || len(s.t) == 0 {
		return nil
	}
	out := make([]float64, r.out.Samples)
	k := 0
	for i := range out {
		t := float64(i) * fire.FieldStepS
		for k+1 < len(s.t) && s.t[k+1] <= t {
			k++
		}
		v := s.v[k]
		if k+1 < len(s.t) && t > s.t[k] && s.t[k+1] > s.t[k] {
			v += (s.v[k+1] - s.v[k]) * (t - s.t[k]) / (s.t[k+1] - s.t[k])
		}
		out[i] = v + shift
	}
	return out
}
