package fds

import (
	"fmt"
	"io"
	"math"
	"sort"

	"firescene/formats/namelist"
)

// Read reads an input file. A record that can not be what the format says earns a
// *formats.FormatError with its line; what is only unknown, or not done by this
// program, is listed in Unsupported in the order of lines. That references lead
// somewhere is for whoever makes a scene of it.
func Read(r io.Reader) (*Input, error) {
	records, err := namelist.Read(r)
	if err != nil {
		return nil, rename(err)
	}
	if len(records) > MaxRecords {
		return nil, bad(1, "split the input", "more than %d records", MaxRecords)
	}
	in := &Input{EndS: 1, AmbientC: 20, PressurePa: 101325, HumidityPct: 40}
	p := &reader{in: in, ramps: map[string]int{}}
	for i := range records {
		if err := p.record(&records[i]); err != nil {
			return nil, err
		}
	}
	if len(in.Meshes) == 0 {
		return nil, bad(1, "check that it is an input of FDS", "there is no &MESH")
	}
	if err := p.finishRamps(); err != nil {
		return nil, err
	}
	sort.SliceStable(in.Unsupported, func(i, j int) bool { return in.Unsupported[i].Line < in.Unsupported[j].Line })
	return in, nil
}

type reader struct {
	in    *Input
	ramps map[string]int // index in in.Ramps by ID
}

var readers = map[string]func(p *reader, g *getter){
	"HEAD": (*reader).head, "TIME": (*reader).time, "MISC": (*reader).misc, "RADI": (*reader).radi, "DUMP": (*reader).dump,
	"MESH": (*reader).mesh, "MULT": (*reader).mult, "REAC": (*reader).reac, "SPEC": (*reader).spec, "MATL": (*reader).matl,
	"SURF": (*reader).surf, "OBST": (*reader).obst, "HOLE": (*reader).hole, "VENT": (*reader).vent, "RAMP": (*reader).ramp,
	"DEVC": (*reader).devc, "CTRL": (*reader).ctrl, "PROP": (*reader).prop, "INIT": (*reader).init, "PART": (*reader).part,
	"ZONE": (*reader).zone, "HVAC": (*reader).hvac, "SLCF": (*reader).slcf, "BNDF": (*reader).slcf,
	"PRES": func(_ *reader, g *getter) {
		g.note(g.r.Line, "", "pressure is solved in this program's own way, exactly at every step")
	},
	"COMB": (*reader).comb,
	"CLIP": func(_ *reader, g *getter) {
		g.note(g.r.Line, "", "the bounds on temperatures and fractions are this program's own")
	},
	"ISOF": func(_ *reader, g *getter) {
		g.note(g.r.Line, "", "no surfaces of equal value are written; the results are not changed")
	},
	"PROF": func(_ *reader, g *getter) {
		g.note(g.r.Line, "", "no profiles within solids are written; the results are not changed")
	},
	"GEOM": func(_ *reader, g *getter) {
		g.note(g.r.Line, "", "the body is missing: gas flows where it stands")
	},
	"MOVE": func(_ *reader, g *getter) {
		g.note(g.r.Line, "", "nothing is turned or moved: the body stands as its own record says")
	},
	"TRNX": (*reader).stretched, "TRNY": (*reader).stretched, "TRNZ": (*reader).stretched,
	"TABL": func(_ *reader, g *getter) {
		g.note(g.r.Line, "", "the table is not used: sprays and the like are not simulated")
	},
	"WIND": func(_ *reader, g *getter) {
		g.note(g.r.Line, "", "there is no wind: plumes are not blown over and openings are not pressed on")
	},
	"CSVF": func(_ *reader, g *getter) {
		g.note(g.r.Line, "", "the start is not read from a file: the air is ambient")
	},
	"CATF": func(_ *reader, g *getter) {
		g.note(g.r.Line, "", "the other input files are not joined on: what they hold is missing")
	},
	"BNDE": func(_ *reader, g *getter) {
		g.note(g.r.Line, "", "no values on bodies are written; the results are not changed")
	},
	"SM3D": func(_ *reader, g *getter) {
		g.note(g.r.Line, "", "smoke is written in this program's own way; the results are not changed")
	},
	"TAIL": func(*reader, *getter) {}, "END": func(*reader, *getter) {},
}

// record reads one record by its name.
func (p *reader) record(r *namelist.Record) error {
	g := &getter{r: r, in: p.in, used: map[string]bool{"FYI": true}}
	read := readers[r.Name]
	if read == nil {
		g.note(r.Line, "", "the record is not known and is passed over")
		return nil
	}
	before := len(p.in.Unsupported)
	read(p, g)
	whole := len(p.in.Unsupported) > before && p.in.Unsupported[before].Field == "" // all of it
	if g.err == nil && !whole {
		g.rest()
	}
	return g.err
}

func (p *reader) stretched(g *getter) {
	g.note(g.r.Line, "", "cells are all of one size: where the input makes them finer, this run is coarser")
}

func (p *reader) head(g *getter) {
	g.str("CHID", &p.in.CHID)
	g.str("TITLE", &p.in.Title)
}

func (p *reader) time(g *getter) {
	g.num("T_BEGIN", &p.in.BeginS)
	if !g.num("T_END", &p.in.EndS) {
		g.num("TWFIN", &p.in.EndS)
	}
	if g.num("TIME_SHRINK_FACTOR", &p.in.TimeShrink) {
		p.in.TimeShrinkLine = g.r.Line
		if !(p.in.TimeShrink > 0) {
			g.fail(g.r.Line, "give a factor above 0", "TIME_SHRINK_FACTOR is %g", p.in.TimeShrink)
		}
	}
	if g.err == nil && !(p.in.EndS >= p.in.BeginS) {
		g.fail(g.r.Line, "give T_END after T_BEGIN", "the run ends at %g s and begins at %g s", p.in.EndS, p.in.BeginS)
	}
	g.looks("LIMITING_DT_RATIO", "DT")
}

func (p *reader) misc(g *getter) {
	g.num("TMPA", &p.in.AmbientC)
	g.num("P_INF", &p.in.PressurePa)
	g.num("HUMIDITY", &p.in.HumidityPct)
	radiation := true
	if g.flag("RADIATION", &radiation) {
		p.in.NoRadiation = !radiation
	}
	if g.err == nil && (p.in.AmbientC < -90 || p.in.AmbientC > 200 || p.in.PressurePa < 1e4 || p.in.PressurePa > 1e6) {
		g.fail(g.r.Line, "give TMPA in C and P_INF in Pa", "the air is %g C at %g Pa", p.in.AmbientC, p.in.PressurePa)
	}
	g.looks("RENDER_FILE", "TEXTURE_ORIGIN", "SHARED_FILE_SYSTEM", "VERBOSE", "POROUS_FLOOR", "BNDF_DEFAULT")
	p.suppression(g)
}

// comb is where later versions keep the switch of extinction.
func (p *reader) comb(g *getter) { p.suppression(g) }

func (p *reader) suppression(g *getter) {
	on := true
	if g.flag("SUPPRESSION", &on) {
		p.in.NoSuppression = !on
	}
}

func (p *reader) radi(g *getter) {
	radiation := true
	if g.flag("RADIATION", &radiation) {
		p.in.NoRadiation = !radiation
	}
	g.looks("NUMBER_RADIATION_ANGLES", "TIME_STEP_INCREMENT", "ANGLE_INCREMENT", "INITIAL_RADIATION_ITERATIONS", "RADIATION_ITERATIONS")
}

func (p *reader) dump(g *getter) {
	g.num("DT_DEVC", &p.in.DeviceEveryS)
	g.num("DT_HRR", &p.in.HRREveryS)
	g.whole("NFRAMES", &p.in.Frames)
	for i := range g.r.Fields { // what else it says is of files
		g.looks(g.r.Fields[i].Name)
	}
}

func (p *reader) mesh(g *getter) {
	m := Mesh{Line: g.r.Line}
	g.str("ID", &m.ID)
	g.str("MULT_ID", &m.Mult)
	g.id = m.ID
	ijk := make([]float64, 3)
	if !g.exactly("IJK", ijk) || !g.box("XB", &m.Box) {
		g.fail(g.r.Line, "give IJK and XB", "the mesh has no cells or no box")
		return
	}
	for a, v := range ijk {
		if v != math.Trunc(v) || v < 1 || v > 1e6 {
			g.fail(g.r.Line, "give whole numbers above 0", "IJK has %g cells", v)
			return
		}
		m.Cells[a] = int(v)
		if !(m.Box[2*a+1] > m.Box[2*a]) {
			g.fail(g.r.Line, "give XB a size above 0 along each axis", "the mesh has no size along %c", 'x'+a)
		}
	}
	g.looks("COLOR", "RGB", "MPI_PROCESS", "N_THREADS", "CHECK_MESH_ALIGNMENT")
	p.in.Meshes = append(p.in.Meshes, m)
}

func (p *reader) mult(g *getter) {
	m := Mult{Line: g.r.Line}
	g.str("ID", &m.ID)
	g.id = m.ID
	for a, c := range []string{"X", "Y", "Z"} {
		g.num("D"+c, &m.D[a])
		g.num("D"+c+"0", &m.D0[a])
	}
	for a, c := range []string{"I", "J", "K"} {
		lo, hi := m.Lo[a], m.Hi[a]
		g.whole(c+"_LOWER", &lo)
		g.whole(c+"_UPPER", &hi)
		m.Lo[a], m.Hi[a] = lo, hi
	}
	if v := g.nums("DXB", 6); v != nil {
		for i := range m.DBox {
			m.DBox[i] = at(v, i, 0)
		}
		m.ByCount = true
	}
	g.whole("N_LOWER", &m.NLo)
	if g.r.Find("N_UPPER") != nil {
		g.whole("N_UPPER", &m.NHi)
		m.ByCount = true
	}
	for a := range m.Lo {
		if m.Hi[a] < m.Lo[a] || m.Hi[a]-m.Lo[a] > MaxPoints {
			g.fail(g.r.Line, "give an upper count not below the lower", "&MULT counts from %d to %d", m.Lo[a], m.Hi[a])
		}
	}
	if m.NHi < m.NLo || m.NHi-m.NLo > MaxPoints {
		g.fail(g.r.Line, "give an upper count not below the lower", "&MULT counts from %d to %d", m.NLo, m.NHi)
	}
	p.in.Mults = append(p.in.Mults, m)
}

func (p *reader) ramp(g *getter) {
	var id string
	g.str("ID", &id)
	g.id = id
	k, ok := p.ramps[id]
	if !ok {
		k = len(p.in.Ramps)
		p.ramps[id] = k
		p.in.Ramps = append(p.in.Ramps, Ramp{Line: g.r.Line, ID: id})
	}
	r := &p.in.Ramps[k]
	g.str("DEVC_ID", &r.Device)
	var t, f float64
	if !g.num("T", &t) {
		g.num("X", &t)
	}
	if g.num("F", &f) {
		r.T, r.F = append(r.T, t), append(r.F, f)
	}
	if len(r.T) > MaxPoints {
		g.fail(g.r.Line, "thin the ramp out", "the ramp %q has more than %d points", id, MaxPoints)
	}
	g.looks("NUMBER_INTERPOLATION_POINTS")
}

// finishRamps sorts each ramp by T, as FDS does, and refuses empty ones.
func (p *reader) finishRamps() error {
	for i := range p.in.Ramps {
		r := &p.in.Ramps[i]
		if len(r.T) == 0 {
			return bad(r.Line, "give T and F", "the ramp %q has no points", r.ID)
		}
		order := make([]int, len(r.T))
		for k := range order {
			order[k] = k
		}
		sort.SliceStable(order, func(a, b int) bool { return r.T[order[a]] < r.T[order[b]] })
		t, f := make([]float64, len(r.T)), make([]float64, len(r.T))
		for k, o := range order {
			t[k], f[k] = r.T[o], r.F[o]
		}
		r.T, r.F = t, f
	}
	return nil
}

// Ramp is the ramp of that ID, or nil.
func (in *Input) Ramp(id string) *Ramp {
	for i := range in.Ramps {
		if in.Ramps[i].ID == id {
			return &in.Ramps[i]
		}
	}
	return nil
}

// String names what is unsupported.
func (u Unsupported) String() string {
	s := "&" + u.Record
	if u.ID != "" {
		s += fmt.Sprintf(" '%s'", u.ID)
	}
	if u.Field != "" {
		s += " " + u.Field
	}
	return s
}
