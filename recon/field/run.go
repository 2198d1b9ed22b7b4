package field

import (
	"context"
	"errors"
	"fmt"

	"firescene/formats"
	"firescene/recon/field/lanes"
)

func (e *engine) event(format string, args ...any) {
	e.events = append(e.events, Event{e.tS, fmt.Sprintf(format, args...)})
}

// withDefaults fills in what a scene leaves to be supposed.
func withDefaults(sc *Scene) Scene {
	s := *sc
	if s.AmbientK == 0 {
		s.AmbientK = 293.15
	}
	if s.PressurePa == 0 {
		s.PressurePa = 101325
	}
	if s.SampleS == 0 {
		s.SampleS = max(.1, s.EndS/500)
	}
	s.SampleS = max(s.SampleS, s.EndS/100000)
	s.Surfaces = append([]Surface(nil), s.Surfaces...)
	s.Devices = append([]Device(nil), s.Devices...)
	return s
}

// presence says of each thing with a schedule whether it is there.
func (e *engine) presence() []bool {
	var out []bool
	for i := range e.sc.Obstructions {
		out = append(out, e.there(&e.sc.Obstructions[i].There))
	}
	for i := range e.sc.Vents {
		out = append(out, e.there(&e.sc.Vents[i].There))
	}
	return out
}

func (e *engine) there(s *Schedule) bool {
	on := !s.StartsOff
	for _, t := range s.SwitchS {
		if e.tS >= t {
			on = !on
		}
	}
	if s.Device != "" {
		for _, d := range e.devices {
			if d.Name == s.Device && d.active >= 0 {
				on = !on
				break
			}
		}
	}
	return on
}

// Run simulates a scene. The same scene gives the same result, to the byte, for any
// number of workers. An error means that Check finds something fatal, that the run
// went astray (with the time and the likely cause), that OnFrame failed or that ctx
// was cancelled.
func Run(ctx context.Context, sc *Scene, opt Options) (*Result, error) {
	if !lanes.Available() {
		return nil, &formats.UnsupportedError{Format: "processor", Offset: -1, Feature: "AVX2 is missing, which this build of the field model needs", Next: "build without GOEXPERIMENT=simd"}
	}
	problems := Check(sc)
	var fatal []error
	for _, p := range problems {
		if p.Fatal {
			fatal = append(fatal, fmt.Errorf("%s: %s", p.Where, p.What))
		}
	}
	if len(fatal) > 0 {
		return nil, errors.Join(fatal...)
	}
	e := newEngine(sc, opt)
	e.warnings = append(problems, e.warnings...)
	if len(e.gasCells) == 0 {
		return nil, fmt.Errorf("the region holds no gas: obstructions fill all %d cells", e.g.Cells())
	}
	res := &Result{Cells: len(e.gasCells)}
	if opt.OnStart != nil {
		if err := opt.OnStart(e.plainFaces()); err != nil {
			return nil, err
		}
	}
	for _, d := range e.devices {
		res.Devices = append(res.Devices, DeviceSeries{Name: d.Name, Quantity: d.Quantity, Unit: d.Quantity.Unit(), ActivatedS: -1})
		if len(d.cells) == 0 && d.face < 0 && d.line == nil && d.plane == nil && d.Quantity != HeatRelease {
			e.warn("device "+d.Name, "nothing to measure at (%.2f, %.2f, %.2f): no gas or no surface near it", d.at[0], d.at[1], d.at[2])
		}
	}
	r := recorder{e: e, res: res, mean: make([]float64, len(e.devices))}
	r.sample(0)
	if err := r.frame(); err != nil {
		return nil, err
	}
	for e.tS < e.sc.EndS-1e-9 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if now := e.presence(); !same(now, e.was) {
			e.changed(now)
		}
		dt := e.nextStep()
		if !(dt > 1e-7) {
			return nil, fmt.Errorf("at %.2f s the step had to become %.1e s: the flow has gone astray; use larger cells, or lower what is given off", e.tS, dt)
		}
		e.step(min(dt, e.sc.EndS-e.tS))
		e.follow(e.dt)
		e.activate()
		r.add(e.dt)
		if err := r.due(); err != nil {
			return nil, err
		}
		if e.steps%64 == 0 {
			if err := e.sane(); err != nil {
				return nil, err
			}
			if opt.Progress != nil {
				opt.Progress(e.tS, e.sc.EndS)
			}
		}
	}
	if err := e.sane(); err != nil {
		return nil, err
	}
	e.finish(res)
	return res, nil
}

func same(a, b []bool) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// changed rebuilds the geometry once something appears or goes.
func (e *engine) changed(now []bool) {
	verb := map[bool]string{true: "appears", false: "goes"}
	for i := range now {
		if now[i] == e.was[i] {
			continue
		}
		if n := len(e.sc.Obstructions); i < n {
			e.event("obstruction %s %s", e.sc.Obstructions[i].Name, verb[now[i]])
		} else {
			e.event("vent %s %s", e.sc.Vents[i-n].Name, verb[now[i]])
		}
	}
	e.was = now
	e.charge()
	before, _, _ := e.stored()
	e.build()
	e.placeDevices()
	after, _, _ := e.stored()
	e.sums.InKg += after - before // air that was where the solid went, or is now
}

// activate notes devices that pass their set points.
func (e *engine) activate() {
	for _, d := range e.devices {
		if !d.HasSetpoint || d.active >= 0 {
			continue
		}
		if v := e.read(d); !d.Falling && v >= d.Setpoint || d.Falling && v <= d.Setpoint {
			d.active = e.tS
			e.event("%s activates at %.4g %s", d.Name, v, d.Quantity.Unit())
		}
	}
	for i := range e.groups {
		gr := &e.groups[i]
		if !gr.threshold && gr.igniteS > 0 && gr.igniteS > e.tS-e.dt && gr.igniteS <= e.tS {
			e.event("%s ignites", gr.name)
		}
	}
}

// sane reports a state that no fire has.
func (e *engine) sane() error {
	for _, at := range e.gasCells {
		t := e.st.T[at]
		if !(t > 100 && t < 4500) || !(e.cur[0][at] > 0) {
			i, j, k := e.g.Cell(at)
			p := e.middle([3]int{i, j, k}, -1, 0)
			return fmt.Errorf("at %.2f s the gas at (%.2f, %.2f, %.2f) has %.4g K: the solution has gone astray; use smaller cells, or lower what is given off there", e.tS, p[0], p[1], p[2], t)
		}
		for a := range 3 {
			if v := e.u[a][at]; v != v {
				return fmt.Errorf("at %.2f s a velocity is no number: the solution has gone astray", e.tS)
			}
		}
	}
	return nil
}

// ledger notes the largest errors.
func (e *engine) ledger(dt float64) {
	e.sums.PeakHRRKW = max(e.sums.PeakHRRKW, e.released/1000)
	e.sums.MeanHRRKW += e.released / 1000 * dt
	if e.steps%16 == 0 {
		worst := float32(0)
		for _, at := range e.gasCells {
			worst = max(worst, e.st.Excess[at], -e.st.Excess[at])
		}
		e.sums.LargestDensityError = max(e.sums.LargestDensityError, float64(worst))
	}
}

func (e *engine) finish(res *Result) {
	e.charge()
	e.sums.EndKg, e.sums.EndKJ, e.sums.EndFuelKg = e.stored()
	var pend float64
	for _, at := range e.burning {
		pend += float64(e.pend[at])
	}
	e.sums.ReleasedKJ += pend * e.g.D[0] * e.g.D[1] * e.g.D[2] / 1000
	e.sums.MeanHRRKW /= e.tS
	res.Sums, res.Events, res.Steps, res.Warnings, res.Iterations = e.sums, e.events, e.steps, e.warnings, e.iterations
	res.Faces = e.plainFaces()
	for i := range e.faces {
		res.Exposures = append(res.Exposures, e.faces[i].exposure)
	}
	for i, d := range e.devices {
		res.Devices[i].ActivatedS = d.active
	}
	if e.sums.FuelKg > 0 && e.sums.BurntKg < .9*(e.sums.FuelKg) {
		e.warn("fire", "%.0f %% of the fuel given off burnt within the region; the rest lacked air or left it", 100*e.sums.BurntKg/e.sums.FuelKg)
		res.Warnings = e.warnings
	}
}

func (e *engine) plainFaces() []Face {
	out := make([]Face, len(e.faces))
	for i := range e.faces {
		out[i] = e.faces[i].Face
	}
	return out
}
