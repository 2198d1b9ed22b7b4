package zone

import (
	"context"
	"fmt"
	"math"

	"firescene/recon/handcalc"
)

// engine runs one scene.
type engine struct {
	scene   Scene // with its defaults filled in
	rooms   []room
	links   []link
	opens   []opening // what each link is
	fires   []fireState
	inRoom  [][]*fireState // by room
	parts   []wallPart
	targets []targetState
	probes  []probe

	outK, outRho     float64
	air              [NSpecies]float64 // mass fractions of the open air
	bal              balancer
	gainKW, turn     []float64
	flux             []delta
	nowS, stepS      float64
	steps            int
	knots            []float64 // times at which curves bend
	sums             Sums
	events           []Event
	prev, cur, blend []float64  // what samples hold, before and after a step and between
	ticks            int        // of the probes
	trails           []trail    // by room
	pasts            []firePast // by fire
	eager            bool       // a trigger waits for a target, which is then followed at each step
}

// opening says what a link is and where.
type opening struct {
	name                string
	kind                byte    // w wall, h hole, f fan, l leak
	bottom, top, widthM float64 // w, l: absolute heights
	z                   float64 // h
	sched               *Schedule
	triggered           bool
}

// delta is what a step does to one room, in units a second.
type delta struct {
	kg, hKW, out [2]float64 // out is the mass that leaves a layer, kg/s
	sp           [2][NSpecies]float64
	inKgS, upKgS float64
	inSpeed      float64 // of inKgS, kg m/s2
}

// Run simulates a scene to its end. The same scene gives the same numbers on
// every machine. An error is a *Problem of the scene, or ctx's when it was
// cancelled.
func Run(ctx context.Context, s *Scene) (*Result, error) {
	if err := Check(s); err != nil {
		return nil, err
	}
	e := newEngine(s)
	res := e.newResult()
	e.record(e.prev)
	res.sample(e, 0)
	next := 1
	for e.nowS < e.scene.DurationS {
		if e.steps&63 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		if e.steps > maxSteps {
			return nil, e.stuck()
		}
		from := e.nowS
		e.advance()
		e.record(e.cur)
		for ; next < len(res.TimeS) && res.TimeS[next] <= e.nowS+1e-9; next++ {
			w := 1.0
			if e.nowS > from {
				w = min(1, (res.TimeS[next]-from)/(e.nowS-from))
			}
			for i := range e.prev {
				e.blend[i] = e.prev[i] + w*(e.cur[i]-e.prev[i])
			}
			res.put(next, e.blend)
		}
		e.prev, e.cur = e.cur, e.prev
	}
	res.finish(e)
	return res, nil
}

// maxSteps bounds the work of a run.
const maxSteps = 4_000_000

// stuck names the room whose gas is exchanged fastest, which sets the steps.
func (e *engine) stuck() error {
	worst, name := 0.0, ""
	for i := range e.rooms {
		for k := range e.rooms[i].layers {
			if rate := e.flux[i].out[k] / e.rooms[i].layers[k].kg; rate > worst {
				worst, name = rate, e.rooms[i].Name
			}
		}
	}
	return &Problem{"room " + name, fmt.Sprintf("its gas is exchanged every %.2g s, which asks for more than %d steps by %.0f s", 1/worst, maxSteps, e.nowS),
		"make the room larger or its openings smaller, or join it with the next room"}
}

func newEngine(s *Scene) *engine {
	e := &engine{scene: withDefaults(s)}
	sc := &e.scene
	e.outK = sc.OutsideK
	e.outRho = sc.PressurePa / 1000 / (gasKJ * e.outK)
	e.air = ambientAir(sc)
	e.rooms = make([]room, len(sc.Rooms))
	e.inRoom = make([][]*fireState, len(sc.Rooms))
	for i := range e.rooms {
		e.startRoom(i)
	}
	e.joinWalls()
	e.startLinks()
	e.fires = make([]fireState, len(sc.Fires))
	for i := range e.fires {
		f := &e.fires[i]
		*f = fireState{Fire: &sc.Fires[i], ignitedS: sc.Fires[i].IgniteS, quenchS: math.Inf(1)}
		if f.Trigger != nil {
			f.ignitedS = math.Inf(1)
		}
		e.inRoom[f.Room] = append(e.inRoom[f.Room], f)
	}
	n := len(e.rooms)
	e.gainKW, e.turn, e.flux = make([]float64, n), make([]float64, n), make([]delta, n)
	e.startTargets()
	e.startProbes()
	e.knots = e.bends()
	e.eager = e.waits()
	e.stepS = 0.02
	return e
}

func withDefaults(s *Scene) Scene {
	c := *s
	or := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		}
	}
	or(&c.OutsideK, standardK)
	or(&c.InsideK, c.OutsideK)
	or(&c.PressurePa, standardPa)
	or(&c.LowO2, LowO2Default)
	or(&c.ExtinctionM2Kg, soot8700)
	or(&c.MaxStepS, 2)
	or(&c.SampleS, 1)
	return c
}

// ambientAir is the composition of air with the humidity at the temperature
// inside. Saturation by O. Tetens (1930); carbon dioxide 400 ppm.
func ambientAir(s *Scene) (y [NSpecies]float64) {
	c := s.OutsideK - handcalc.Kelvin
	wet := 610.8 * math.Exp(17.27*c/(c+237.3)) * s.HumidityPct / 100
	share := min(max(wet/s.PressurePa, 0), 0.1)
	y[H2O] = share * molarKg[H2O] / airMolarKg
	y[CO2] = 400e-6 * molarKg[CO2] / airMolarKg
	y[O2] = airO2 * (1 - y[H2O])
	return y
}

func (e *engine) airPa(z float64) float64 {
	return e.scene.PressurePa - e.outRho*gravity*z
}

func (e *engine) startRoom(i int) {
	sc := &e.scene
	r := &e.rooms[i]
	r.Room = &sc.Rooms[i]
	r.shape = newShape(r.Room)
	h := 3.5 * e.airPa(r.Origin[2]) / 1000 * r.volume
	for k, share := range [2]float64{minShare, 1 - minShare} {
		l := &r.layers[k]
		l.hKJ = h * share
		l.kg = l.hKJ / (cp * sc.InsideK)
		for j, y := range e.air {
			l.sp[j] = y * l.kg
		}
	}
	r.viewAt = -r.HeightM
	r.derive(e.airPa(r.Origin[2]))
	r.wallZ = r.zI
	if sc.Adiabatic {
		return
	}
	for k, s := range [nSurfaces]Surface{r.Ceiling, r.Wall, r.Wall, r.Floor} {
		if len(s.Slabs) > 0 {
			r.walls[k] = newSlab(s, sc.InsideK)
		}
	}
}

// joinWalls lists the slabs, sharing those that two rooms have in common.
func (e *engine) joinWalls() {
	shared := map[faceRef]faceRef{}
	beside := map[int][]neighbour{}
	for _, j := range e.scene.Joins {
		if j.Wall {
			if j.To != Outside {
				beside[j.From] = append(beside[j.From], neighbour{j.To, j.Share})
			}
			continue
		}
		top, bottom := faceRef{j.From, floor}, faceRef{j.To, ceiling}
		if e.rooms[j.To].walls[ceiling] == nil || e.rooms[j.From].walls[floor] == nil {
			continue
		}
		e.rooms[j.From].walls[floor] = e.rooms[j.To].walls[ceiling]
		e.rooms[j.From].back[floor] = true
		shared[bottom] = top
	}
	for i := range e.rooms {
		r := &e.rooms[i]
		for k, w := range r.walls {
			if w == nil || r.back[k] {
				continue
			}
			p := wallPart{w: w, front: faceRef{i, k}}
			if top, ok := shared[p.front]; ok {
				p.behind = &top
			}
			if k == upperWall || k == lowerWall {
				p.neighbours = beside[i]
			}
			e.parts = append(e.parts, p)
		}
	}
}

func (e *engine) sideOf(k int) side {
	if k == Outside {
		return side{k: Outside}
	}
	return side{r: &e.rooms[k], k: k, z0: e.rooms[k].Origin[2]}
}

func (e *engine) startLinks() {
	sc := &e.scene
	for i := range sc.Vents {
		v := &sc.Vents[i]
		base := v.A
		if base == Outside {
			base = v.B
		}
		bottom := e.rooms[base].Origin[2] + v.BottomM
		top, width := bottom+v.HeightM, v.WidthM
		for _, k := range []int{v.A, v.B} { // what lies beyond a room's floor or ceiling is no opening
			if k != Outside {
				z := e.rooms[k].Origin[2]
				bottom, top = max(bottom, z), min(top, z+e.rooms[k].HeightM)
				width = min(width, e.rooms[k].sideM)
			}
		}
		e.links = append(e.links, link{a: e.sideOf(v.A), b: e.sideOf(v.B), coef: wallOrifice})
		e.opens = append(e.opens, opening{name: v.Name, kind: 'w', bottom: bottom, top: top, widthM: width, sched: &v.Open})
	}
	for i := range sc.Holes {
		h := sc.Holes[i]
		for _, k := range []int{h.Upper, h.Lower} {
			if k != Outside {
				h.AreaM2 = min(h.AreaM2, e.rooms[k].WidthM*e.rooms[k].DepthM)
			}
		}
		z := 0.0
		if h.Upper != Outside {
			z = e.rooms[h.Upper].Origin[2]
		} else {
			z = e.rooms[h.Lower].Origin[2] + e.rooms[h.Lower].HeightM
		}
		e.links = append(e.links, link{a: e.sideOf(h.Upper), b: e.sideOf(h.Lower), coef: holeOrifice, hole: &holeState{Hole: &h}})
		e.opens = append(e.opens, opening{name: h.Name, kind: 'h', z: z, sched: &sc.Holes[i].Open})
	}
	for i := range sc.Fans {
		f := &sc.Fans[i]
		a, b := e.sideOf(f.From), e.sideOf(f.To)
		// Heights outside are above the floor of the room at the other end.
		if a.r == nil && b.r != nil {
			a.z0 = b.z0
		} else if b.r == nil && a.r != nil {
			b.z0 = a.z0
		}
		e.links = append(e.links, link{a: a, b: b, forced: &fanState{Fan: f}})
		e.opens = append(e.opens, opening{name: f.Name, kind: 'f', sched: &f.Open})
	}
	for i := range e.rooms {
		r := &e.rooms[i]
		z := r.Origin[2]
		if r.LeakWallM2 > 0 {
			e.links = append(e.links, link{a: e.sideOf(i), b: e.sideOf(Outside), coef: wallOrifice})
			e.opens = append(e.opens, opening{name: r.Name + " wall leak", kind: 'l', bottom: z, top: z + r.HeightM, widthM: r.LeakWallM2 / r.HeightM})
		}
		if r.LeakFloorM2 > 0 {
			h := 0.02 * r.HeightM
			e.links = append(e.links, link{a: e.sideOf(i), b: e.sideOf(Outside), coef: wallOrifice})
			e.opens = append(e.opens, opening{name: r.Name + " floor leak", kind: 'l', bottom: z, top: z + h, widthM: r.LeakFloorM2 / h})
		}
	}
}

// bends lists the times at which stated curves change their slope.
func (e *engine) bends() []float64 {
	var t []float64
	add := func(v ...float64) { t = append(t, v...) }
	sched := func(s *Schedule) {
		add(s.TimeS...)
	}
	for i := range e.scene.Fires {
		f := &e.scene.Fires[i]
		add(f.IgniteS)
		for _, row := range f.Rows {
			add(f.IgniteS + row.TimeS)
		}
	}
	for i := range e.scene.Vents {
		sched(&e.scene.Vents[i].Open)
	}
	for i := range e.scene.Holes {
		sched(&e.scene.Holes[i].Open)
	}
	for i := range e.scene.Fans {
		sched(&e.scene.Fans[i].Open)
		add(e.scene.Fans[i].FilterS)
	}
	return sorted(t)
}

func (e *engine) note(format string, args ...any) {
	e.events = append(e.events, Event{e.nowS, fmt.Sprintf(format, args...)})
}

// share of a vent that is open.
func (e *engine) openShare(o *opening, tS float64) float64 {
	s := o.sched
	switch {
	case s == nil:
		return 1
	case s.Trigger != nil:
		if !o.triggered && e.met(s.Trigger) {
			o.triggered = true
			e.note("%s changes from %g to %g open", o.name, s.Before, s.After)
		}
		if o.triggered {
			return s.After
		}
		return s.Before
	case len(s.TimeS) == 0:
		return 1
	}
	return interpolate(s.TimeS, s.Share, tS)
}

// interpolate reads a table at x; its ends hold on.
func interpolate(x, y []float64, at float64) float64 {
	n := len(x)
	if at < x[0] {
		return y[0]
	}
	if at >= x[n-1] {
		return y[n-1]
	}
	lo, hi := 0, n-1
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; x[mid] <= at {
			lo = mid
		} else {
			hi = mid
		}
	}
	return y[lo] + (y[hi]-y[lo])*(at-x[lo])/(x[hi]-x[lo])
}

// waits reports whether anything waits for a target.
func (e *engine) waits() bool {
	for i := range e.fires {
		if e.fires[i].Trigger != nil {
			return true
		}
	}
	for i := range e.opens {
		if s := e.opens[i].sched; s != nil && s.Trigger != nil {
			return true
		}
	}
	return false
}
