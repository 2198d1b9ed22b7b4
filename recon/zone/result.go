package zone

import "firescene/recon/handcalc"

// Event is something that happened.
type Event struct {
	TimeS float64
	What  string
}

// Sums are what passed the borders of the building over the run; with the stores
// at its ends they show that nothing was lost.
type Sums struct {
	ReleasedKJ, InKJ, OutKJ, BackKJ float64 // by fires with their fuel's own, by inflow, by outflow, through walls
	InKg, OutKg, FuelKg             float64
	InSpeciesKg, MadeKg             [NSpecies]float64
	StartKg, EndKg                  float64 // of all gas
	StartKJ, EndKJ                  float64 // internal energy of gas, heat of walls, what is still owed
}

// RoomSeries is what one room did.
type RoomSeries struct {
	Name                                     string
	UpperK, LowerK, InterfaceM               []float64
	PressurePa                               []float64 // at the floor, above the open air
	BurnKW, WantedKW                         []float64
	Upper, Lower                             [NSpecies][]float64 // mass fractions
	UpperMole, LowerMole                     [2][]float64        // mole fractions of oxygen and carbon dioxide
	UpperODm, LowerODm                       []float64           // optical density, 1/m
	CeilingK, UpperWallK, LowerWallK, FloorK []float64
	FloorKW                                  []float64 // incident radiation on the floor less that of its first temperature
	GasEps                                   []float64 // of the upper layer
}

// FireSeries is what one fire did.
type FireSeries struct {
	Name                     string
	BurnKW, WantedKW, FlameM []float64
	BaseM, DiameterM         float64 // at the end
	Mirror                   float64
}

// FlowSeries is what one connection passed, kg/s from its first side to its second
// and back.
type FlowSeries struct {
	Name              string
	A, B              int
	ForthKgS, BackKgS []float64
}

// TargetSeries is what one target met.
type TargetSeries struct {
	Name                               string
	SurfaceK, BackK, InnerK, GasK      []float64
	IncidentKW, NetKW, GaugeKW, ConvKW []float64
}

// DetectorSeries is what one detector met, and when it responded.
type DetectorSeries struct {
	Name                             string
	GasK, LinkK, VelocityMS, ObscPct []float64
	Responded                        bool
	// TickGasK, TickVelocityMS and TickLinkK are the same on the grid of TickS, with
	// nothing between its points.
	TickGasK, TickVelocityMS, TickLinkK []float64
	TimeS                               float64
}

// Result is what a run gives: one sample at each of TimeS.
type Result struct {
	TimeS     []float64
	Rooms     []RoomSeries
	Fires     []FireSeries
	Flows     []FlowSeries
	Targets   []TargetSeries
	Detectors []DetectorSeries
	Events    []Event
	Sums      Sums
	Steps     int

	columns []*[]float64 // in the order of record
}

// maxSamples bounds a result; longer runs are sampled more sparsely.
const maxSamples = 100000

func (e *engine) newResult() *Result {
	sc := &e.scene
	n := min(int(sc.DurationS/sc.SampleS+1e-9)+1, maxSamples)
	every := max(sc.SampleS, sc.DurationS/maxSamples)
	res := &Result{TimeS: make([]float64, 0, n+1)}
	for i := 0; i < n; i++ {
		res.TimeS = append(res.TimeS, float64(i)*every)
	}
	res.Rooms = make([]RoomSeries, len(e.rooms))
	res.Fires = make([]FireSeries, len(e.fires))
	res.Flows = make([]FlowSeries, len(e.links))
	res.Targets = make([]TargetSeries, len(e.targets))
	res.Detectors = make([]DetectorSeries, len(e.probes))
	for i := range res.Rooms {
		r := &res.Rooms[i]
		r.Name = e.rooms[i].Name
		res.add(&r.UpperK, &r.LowerK, &r.InterfaceM, &r.PressurePa, &r.BurnKW, &r.WantedKW)
		for j := range NSpecies {
			res.add(&r.Upper[j], &r.Lower[j])
		}
		res.add(&r.UpperMole[0], &r.LowerMole[0], &r.UpperMole[1], &r.LowerMole[1], &r.UpperODm, &r.LowerODm,
			&r.CeilingK, &r.UpperWallK, &r.LowerWallK, &r.FloorK, &r.FloorKW, &r.GasEps)
	}
	for i := range res.Fires {
		f := &res.Fires[i]
		f.Name = e.fires[i].Name
		res.add(&f.BurnKW, &f.WantedKW, &f.FlameM)
	}
	for i := range res.Flows {
		f := &res.Flows[i]
		f.Name, f.A, f.B = e.opens[i].name, e.links[i].a.k, e.links[i].b.k
		res.add(&f.ForthKgS, &f.BackKgS)
	}
	for i := range res.Targets {
		t := &res.Targets[i]
		t.Name = e.targets[i].Name
		res.add(&t.SurfaceK, &t.BackK, &t.InnerK, &t.GasK, &t.IncidentKW, &t.NetKW, &t.GaugeKW, &t.ConvKW)
	}
	for i := range res.Detectors {
		d := &res.Detectors[i]
		d.Name = e.probes[i].Name
		res.add(&d.GasK, &d.LinkK, &d.VelocityMS, &d.ObscPct)
	}
	for _, c := range res.columns {
		*c = make([]float64, len(res.TimeS))
	}
	e.prev, e.cur, e.blend = make([]float64, len(res.columns)), make([]float64, len(res.columns)), make([]float64, len(res.columns))
	e.sums.StartKg, e.sums.StartKJ = e.stored()
	e.followProbes()
	return res
}

func (res *Result) add(c ...*[]float64) { res.columns = append(res.columns, c...) }

func (res *Result) put(i int, v []float64) {
	for k, c := range res.columns {
		(*c)[i] = v[k]
	}
}

func (res *Result) sample(e *engine, i int) { res.put(i, e.prev) }

// record writes the present state in the order of the columns.
func (e *engine) record(v []float64) {
	k := 0
	put := func(x ...float64) {
		k += copy(v[k:], x)
	}
	first := handcalc.SigmaSB * pow4(e.scene.InsideK)
	for i := range e.rooms {
		r := &e.rooms[i]
		wanted := 0.0
		for _, f := range e.inRoom[i] {
			wanted += f.wantedKW
		}
		put(r.tempK[upper], r.tempK[lower], r.zI, r.pPa, r.burnKW, wanted)
		u, l := &r.layers[upper], &r.layers[lower]
		for j := range NSpecies {
			put(u.sp[j]/u.kg, l.sp[j]/l.kg)
		}
		put(u.mole(O2), l.mole(O2), u.mole(CO2), l.mole(CO2))
		const ln10 = 2.302585
		put(e.scene.ExtinctionM2Kg*u.sp[Soot]/r.volM3[upper]/ln10, e.scene.ExtinctionM2Kg*l.sp[Soot]/r.volM3[lower]/ln10)
		put(r.surfaceK(ceiling), r.surfaceK(upperWall), r.surfaceK(lowerWall), r.surfaceK(floor))
		incident := 0.0
		if e.steps > 0 {
			incident = r.rad.incident[floor] - first
		}
		put(incident, r.gasEps[upper])
	}
	for i := range e.fires {
		f := &e.fires[i]
		put(f.burnKW, f.wantedKW, f.flameM())
	}
	for i := range e.links {
		l := &e.links[i]
		put(l.out[0][upper]+l.out[0][lower], l.out[1][upper]+l.out[1][lower])
	}
	for i := range e.targets {
		t := &e.targets[i]
		put(t.surfaceK, t.backK, t.innerK, t.gasK, t.inKW, t.netKW, t.gaugeKW, t.convKW)
	}
	for i := range e.probes {
		p := &e.probes[i]
		put(p.gasK, p.linkK, p.velMS, p.obscPct)
	}
}

// mole is the mole fraction of a species in a layer.
func (l *layer) mole(j int) float64 { return l.sp[j] / molarKg[j] / (l.kg / airMolarKg) }

// stored is the mass of all gas and the energy of gas and walls.
func (e *engine) stored() (kg, kJ float64) {
	for i := range e.rooms {
		r := &e.rooms[i]
		for k := range r.layers {
			kg += r.layers[k].kg
			kJ += r.layers[k].hKJ/1.4 + r.owed[k]
		}
	}
	for i := range e.parts {
		p := &e.parts[i]
		kJ += p.w.storedKJ(e.outK) * e.rooms[p.front.room].area[p.front.surface]
	}
	return kg, kJ
}

func (res *Result) finish(e *engine) {
	e.sums.EndKg, e.sums.EndKJ = e.stored()
	res.Sums, res.Events, res.Steps = e.sums, e.events, e.steps
	for i := range res.Fires {
		f := &e.fires[i]
		res.Fires[i].BaseM, res.Fires[i].DiameterM, res.Fires[i].Mirror = f.baseM, f.diameterM, f.mirror
	}
	for i := range res.Detectors {
		p := &e.probes[i]
		d := &res.Detectors[i]
		d.Responded, d.TimeS = p.done, p.doneS
		d.TickGasK, d.TickVelocityMS, d.TickLinkK = p.past[0], p.past[1], p.past[2]
	}
}

// Last is the index of the last sample.
func (res *Result) Last() int { return len(res.TimeS) - 1 }
