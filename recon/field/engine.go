package field

import (
	"fmt"
	"math"

	"firescene/recon/field/flow"
	"firescene/recon/field/radiate"
)

// engine is a run.
type engine struct {
	sc    Scene
	opt   Options
	g     flow.Grid
	team  *flow.Team
	mix   mixture
	rho0  float64
	width float64 // of the filter: cube root of a cell's volume

	cur, star  [4][]float32 // density, and per volume: enthalpy, unburnt fuel, products
	now        *[4][]float32
	ambient    [4]float32
	u, us      [3][]float32
	st         *flow.State
	m          *flow.Motion
	sub        []float32    // root of the kinetic energy below the cells
	h          [2][]float32 // head at the end of either stage
	kin        []float32
	need       []float32
	want       []float32
	flux       [3][3][]float32 // mass, and one other
	inner      [3][]float32    // faces through which scalars diffuse
	src        [4][]float32    // sources of the scalars, per s
	heat       []float32       // W/m3 that makes gas expand
	swell      []float32       // 1/s, by what is blown in
	hrr        []float32       // W/m3 of the last step
	pend       []float32       // J/m3 released and not yet given to the gas
	radQ       []float32       // W/m3 by radiation
	kappa      []float32       // 1/m, of the last solution of radiation
	absorbed   []float32       // kappa U of the same, W/m3
	burning    []int           // cells with something in pend
	burnt      []float64       // J/m3 since the last solution of radiation, by compact index
	flameShare float64         // of the heat release that flames radiate beyond what their temperature does
	convQ      []float32       // W/m3 by walls
	perP       []float32

	gasCells      []int
	faces         []face
	frictions     []friction // of faces
	borders       []border
	feeds         []feed
	groups        []group
	groupOf       map[[2]int]int
	leaks         []leak
	closed        []zone
	passed, given [4]float64 // rates: inwards through borders and leaks, by scalar; from surfaces: kg/s, W, kg/s of fuel given off, of fuel blown
	zoneOf        []int
	plainPressure bool
	linings       []lining
	ambientLining lining
	deepest       int
	near          *nearWall
	press         *flow.Pressure

	rad   *radiate.Solver
	table absorption

	devices    []*device
	sums       Sums
	offered    float64 // W, by fuel given off in the last step
	released   float64 // W
	tS, dt     float64
	steps      int
	iterations int
	compact    []int // of each of gasCells
	fixedHeat  []source
	radSince   float64
	since      float64 // of the last step of conduction
	touchedS   float64 // since faces were last charged with convection
	warnings   []Problem
	warned     map[string]bool
	events     []Event
	was        []bool // what was there
}

func (e *engine) warn(where, format string, args ...any) {
	p := Problem{Where: where, What: fmt.Sprintf(format, args...)}
	if !e.warned[p.Where+p.What] {
		e.warned[p.Where+p.What] = true
		e.warnings = append(e.warnings, p)
	}
}

func newEngine(sc *Scene, opt Options) *engine {
	e := &engine{sc: withDefaults(sc), opt: opt, warned: map[string]bool{}, groupOf: map[[2]int]int{}}
	var d [3]float64
	for a := range 3 {
		d[a] = e.sc.Box.size(a) / float64(sc.Cells[a])
	}
	e.g = flow.NewGrid(sc.Cells, d)
	e.width = math.Cbrt(d[0] * d[1] * d[2])
	e.team = flow.NewTeam(opt.Workers)
	e.mix = newMixture(&e.sc)
	e.rho0 = e.sc.PressurePa * e.mix.airMolar / (gasConstant * e.sc.AmbientK)
	e.ambient = [4]float32{float32(e.rho0), float32(e.rho0 * e.mix.Enthalpy(e.sc.AmbientK, 0, 0))}
	g := &e.g
	for _, f := range []*[]float32{&e.sub, &e.h[0], &e.h[1], &e.kin, &e.need, &e.want, &e.heat, &e.swell, &e.hrr, &e.pend, &e.radQ, &e.kappa, &e.absorbed, &e.convQ, &e.perP} {
		*f = g.Field()
	}
	for s := range 4 {
		e.cur[s], e.star[s], e.src[s] = g.Field(), g.Field(), g.Field()
		for i := range g.Len {
			e.cur[s][i], e.star[s][i] = e.ambient[s], e.ambient[s]
		}
	}
	for a := range 3 {
		e.u[a], e.us[a] = g.Field(), g.Field()
		for k := range e.flux {
			e.flux[k][a] = g.Field()
		}
	}
	e.st, e.m = g.NewState(), g.NewMotion()
	e.m.Rho0 = e.rho0
	e.near = newNearWall(d, e.rho0, e.sc.AmbientK)
	e.ambientLining = newLining(&Surface{})
	e.ambientLining.s = nil
	for i := range e.sc.Surfaces {
		l := newLining(&e.sc.Surfaces[i])
		e.linings = append(e.linings, l)
		e.deepest = max(e.deepest, len(l.size))
	}
	var v, a float64 = 1, 0
	for k := range 3 {
		v *= e.sc.Box.size(k)
		a += 2 * e.sc.Box.size((k+1)%3) * e.sc.Box.size((k+2)%3)
	}
	e.table = newAbsorption(&e.mix, min(10, 3.6*v/a))
	e.now = &e.cur
	e.devices = newDevices(e)
	e.was = e.presence()
	e.build()
	e.begin()
	e.placeDevices()
	return e
}

// begin sets the initial regions.
func (e *engine) begin() {
	for _, in := range e.sc.Initial {
		lo, hi, _ := e.snap(in.Box)
		t := in.TempK
		if t == 0 {
			t = e.sc.AmbientK
		}
		f, p := in.FuelFraction, in.ProductFraction
		rho := e.sc.PressurePa / (e.mix.Constant(f, p) * t)
		v := [4]float64{rho, rho * e.mix.Enthalpy(t, f, p), rho * f, rho * p}
		e.eachCell(lo, hi, func(at int) {
			if e.m.Gas[at] == 0 {
				return
			}
			for s := range 4 {
				e.cur[s][at] = float32(v[s])
			}
			for a := range 3 {
				e.u[a][at] = float32(in.Velocity[a]) * e.m.Mask[a][at]
			}
		})
	}
	if !e.sc.Still {
		e.noise()
	}
	e.derive(&e.cur)
	e.sums.StartKg, e.sums.StartKJ, e.sums.StartFuelKg = e.stored()
}

// noise adds velocities of up to 5 mm/s, drawn from the index of the face.
func (e *engine) noise() {
	for _, at := range e.gasCells {
		for a := range 3 {
			x := uint64(3*at+a)*0x9e3779b97f4a7c15 + 0x632be59bd9b4e019
			x ^= x >> 31
			x *= 0xbf58476d1ce4e5b9
			x ^= x >> 27
			e.u[a][at] += (float32(x>>40)/(1<<24) - .5) * .01 * e.m.Mask[a][at]
		}
	}
}

// stored is mass, enthalpy and unburnt fuel of the gas.
func (e *engine) stored() (kg, kJ, fuelKg float64) {
	v := e.g.D[0] * e.g.D[1] * e.g.D[2]
	for _, at := range e.gasCells {
		kg += float64(e.cur[0][at]) * v
		kJ += (float64(e.cur[1][at]) + float64(e.pend[at])) * v / 1000
		fuelKg += float64(e.cur[2][at]) * v
	}
	return kg, kJ, fuelKg
}

func (e *engine) derive(s *[4][]float32) {
	e.now = s
	e.g.Derive(e.team, e.st, s[0], s[1], s[2], s[3], e.perP, &e.mix.Gas)
}

// The share of the error of the equation of state that the divergence takes back in
// a step, and the bounds on the steps.
const (
	recover      = 0.4
	courant      = 0.9 // of the fastest component
	courant3     = 1.4 // of the sum of the three
	diffusive    = 0.4
	schmidt      = 0.5 // turbulent Prandtl and Schmidt number
	drained      = 0.4 // of the gas in a cell, by the flow
	drainedMost  = 0.8 // the same in the corrector
	mostTries    = 4
	wallEvery    = 2   // steps between convection to walls
	wallS        = 0.4 // least time between steps of conduction
	radiateEvery = 2   // steps between octants of radiation
)

// Tolerances of the pressure: on the root of the mean square of the divergence that
// remains in a step and in its predictor, 1/s, and on the number of iterations.
const (
	divergenceTol  = 2e-3
	predictedTol   = 6e-3
	mostIterations = 40
)
