package fds

import (
	"math"
	"strings"

	"firescene/formats/namelist"
)

func (p *reader) matl(g *getter) {
	m := Material{Line: g.r.Line, Emissivity: 0.9}
	g.str("ID", &m.ID)
	g.id = m.ID
	g.num("CONDUCTIVITY", &m.ConductWmK)
	g.num("SPECIFIC_HEAT", &m.HeatKJKgK)
	g.str("CONDUCTIVITY_RAMP", &m.ConductRamp)
	g.str("SPECIFIC_HEAT_RAMP", &m.HeatRamp)
	g.num("DENSITY", &m.DensityKgM3)
	g.num("EMISSIVITY", &m.Emissivity)
	if g.err == nil && !(m.DensityKgM3 > 0) {
		g.fail(g.r.Line, "give DENSITY above 0", "the material %q has no density", m.ID)
	}
	if g.err == nil && (!(m.ConductWmK > 0) && m.ConductRamp == "" || !(m.HeatKJKgK > 0) && m.HeatRamp == "") {
		g.fail(g.r.Line, "give CONDUCTIVITY and SPECIFIC_HEAT above 0, or their ramps", "the material %q conducts nothing or holds no heat", m.ID)
	}
	if g.err == nil && !(m.Emissivity >= 0 && m.Emissivity <= 1) {
		g.fail(g.r.Line, "give an emissivity from 0 to 1", "the material %q has an emissivity of %g", m.ID, m.Emissivity)
	}
	p.in.Materials = append(p.in.Materials, m)
}

func (p *reader) surf(g *getter) {
	s := Surface{Line: g.r.Line, Backing: "EXPOSED"}
	g.str("ID", &s.ID)
	g.id = s.ID
	g.flag("DEFAULT", &s.Default)
	g.num("HRRPUA", &s.HRRPUA)
	g.num("MLRPUA", &s.MLRPUA)
	g.str("RAMP_Q", &s.RampQ)
	s.HasTauQ = g.num("TAU_Q", &s.TauQ)
	s.HasIgnition = g.num("IGNITION_TEMPERATURE", &s.IgnitionC)
	g.flag("BURN_AWAY", &s.BurnAway)
	g.str("BACKING", &s.Backing)
	s.Backing = strings.ToUpper(s.Backing)
	g.num("EMISSIVITY", &s.Emissivity)
	s.HasTmpFront = g.num("TMP_FRONT", &s.TmpFrontC)
	g.str("RAMP_T", &s.RampT)
	s.HasTauT = g.num("TAU_T", &s.TauT)
	s.HasTmpInner = g.num("TMP_INNER", &s.TmpInnerC)
	g.flag("ADIABATIC", &s.Adiabatic)
	g.num("HEAT_TRANSFER_COEFFICIENT", &s.ConvectWm2K)
	g.num("VEL", &s.VelMS)
	g.num("VOLUME_FLOW", &s.VolumeFlowM3S)
	g.num("VOLUME_FLUX", &s.VolumeFlowM3S) // its name before version 6
	g.num("MASS_FLUX_TOTAL", &s.MassFluxTotal)
	g.str("RAMP_V", &s.RampV)
	s.HasTauV = g.num("TAU_V", &s.TauV)
	s.MassFlux = g.nums("MASS_FLUX", 50)
	s.SpecID = g.strs("SPEC_ID", 50)
	if r := g.strs("RAMP_MF", 50); len(r) > 0 {
		s.RampMF = r[0]
	}
	if g.find("LEAK_PATH") != nil {
		s.LeakPath = true
	}
	g.layers(&s)
	g.looks("COLOR", "RGB", "TRANSPARENCY", "TEXTURE_MAP", "TEXTURE_WIDTH", "TEXTURE_HEIGHT", "STRETCH_FACTOR", "CELL_SIZE_FACTOR", "LENGTH", "WIDTH", "RADIUS", "VEL_BULK")
	if s.HRRPUA < 0 || s.MLRPUA < 0 {
		g.fail(g.r.Line, "give a heat release of 0 or more", "the surface %q burns with %g kW/m2", s.ID, s.HRRPUA)
	}
	p.in.Surfaces = append(p.in.Surfaces, s)
}

// layers reads MATL_ID(layer, part) with THICKNESS(layer).
func (g *getter) layers(s *Surface) {
	thick := g.nums("THICKNESS", 20)
	g.used["MATL_ID"], g.used["MATL_MASS_FRACTION"] = true, true
	names, shares := map[[2]int]string{}, map[[2]int]float64{}
	for i := range g.r.Fields {
		f := &g.r.Fields[i]
		if f.Name != "MATL_ID" && f.Name != "MATL_MASS_FRACTION" {
			continue
		}
		layer, part, along := 1, 1, 0 // which of the two the values run along
		if len(f.Sub) > 0 && !f.Sub[0].All {
			layer = f.Sub[0].From
		}
		if len(f.Sub) > 1 {
			if !f.Sub[1].All {
				part = f.Sub[1].From
			}
			if f.Sub[0].From == f.Sub[0].To && !f.Sub[0].All {
				along = 1
			}
		}
		for k, v := range f.Values {
			at := [2]int{layer, part}
			at[along] += k
			if at[0] < 1 || at[1] < 1 || at[0] > 20 || at[1] > 20 {
				g.fail(f.Line, "give at most 20 layers of 20 materials", "%s has a place (%d,%d)", f.Name, at[0], at[1])
				return
			}
			switch {
			case f.Name == "MATL_ID" && v.Kind == namelist.Text:
				names[at] = strings.TrimSpace(v.Text)
			case f.Name == "MATL_MASS_FRACTION" && v.Kind == namelist.Number:
				shares[at] = v.Num
			case v.Kind != namelist.Null:
				g.fail(f.Line, "texts stand in quotes", "%s is given %q", f.Name, v.Text)
				return
			}
		}
	}
	for k := 1; names[[2]int{k, 1}] != ""; k++ {
		l := SurfaceLayer{ThickM: at(thick, k-1, 0)}
		for m := 1; names[[2]int{k, m}] != ""; m++ {
			l.Materials = append(l.Materials, names[[2]int{k, m}])
			l.Shares = append(l.Shares, shares[[2]int{k, m}])
		}
		if len(l.Materials) == 1 {
			l.Shares = nil
		}
		if !(l.ThickM > 0) || math.IsInf(l.ThickM, 0) {
			g.fail(g.r.Line, "give THICKNESS above 0 for each layer", "layer %d of the surface %q has no thickness", k, s.ID)
			return
		}
		s.Layers = append(s.Layers, l)
	}
}

func (p *reader) obst(g *getter) {
	o := Obst{Line: g.r.Line}
	g.str("ID", &o.ID)
	g.id = o.ID
	if !g.box("XB", &o.Box) {
		g.fail(g.r.Line, "give XB", "the &OBST %q has no box", o.ID)
		return
	}
	var all string
	if g.str("SURF_ID", &all) {
		for i := range o.Surfaces {
			o.Surfaces[i] = all
		}
	}
	if v := g.strs("SURF_IDS", 3); len(v) > 0 { // top, sides, bottom
		for len(v) < 3 {
			v = append(v, "")
		}
		o.Surfaces = [6]string{v[1], v[1], v[1], v[1], v[2], v[0]}
	}
	if v := g.strs("SURF_ID6", 6); len(v) > 0 {
		copy(o.Surfaces[:], v)
	}
	g.str("MULT_ID", &o.Mult)
	g.when(&o.When)
	g.flag("THICKEN", &o.Thicken)
	permit := true
	g.flag("PERMIT_HOLE", &permit)
	o.NoHoles = !permit
	permit = true
	g.flag("ALLOW_VENT", &permit)
	o.NoVents = !permit
	g.num("BULK_DENSITY", &o.BulkKgM3)
	if o.BulkKgM3 > 0 {
		g.note(g.r.Line, "BULK_DENSITY", effects["OBST.BULK_DENSITY"])
	}
	g.looks("COLOR", "RGB", "TRANSPARENCY", "OUTLINE", "BNDF_OBST", "BNDF_FACE", "TEXTURE_ORIGIN", "REMOVABLE", "OVERLAY", "INVISIBLE", "PROP_ID")
	p.in.Obstructions = append(p.in.Obstructions, o)
}

func (p *reader) hole(g *getter) {
	h := Hole{Line: g.r.Line}
	g.str("ID", &h.ID)
	g.id = h.ID
	if !g.box("XB", &h.Box) {
		g.fail(g.r.Line, "give XB", "the &HOLE %q has no box", h.ID)
		return
	}
	g.str("MULT_ID", &h.Mult)
	g.when(&h.When)
	g.looks("COLOR", "RGB", "TRANSPARENCY", "BLOCK_WIND")
	p.in.Holes = append(p.in.Holes, h)
}

var borders = map[string]bool{"XMIN": true, "XMAX": true, "YMIN": true, "YMAX": true, "ZMIN": true, "ZMAX": true}

func (p *reader) vent(g *getter) {
	v := Vent{Line: g.r.Line, Surface: "INERT"}
	g.str("ID", &v.ID)
	g.id = v.ID
	g.str("SURF_ID", &v.Surface)
	placed := g.box("XB", &v.Box)
	if g.str("MB", &v.Border) {
		placed = true
	}
	var db string
	if g.str("DB", &db) {
		v.Border, v.Domain, placed = db, true, true
	}
	v.Border = strings.ToUpper(v.Border)
	if v.Border != "" && !borders[v.Border] {
		g.fail(g.r.Line, "write XMIN, XMAX, YMIN, YMAX, ZMIN or ZMAX", "the border %q of a &VENT is not known", v.Border)
	}
	for a, c := range []string{"PBX", "PBY", "PBZ"} {
		var x float64
		if g.num(c, &x) {
			const far = 1e6
			v.Box = Box{-far, far, -far, far, -far, far}
			v.Box[2*a], v.Box[2*a+1] = x, x
			placed = true
		}
	}
	if !placed {
		g.fail(g.r.Line, "give XB, MB, DB or a plane", "the &VENT %q has no place", v.ID)
		return
	}
	if v.Border == "" && v.Box[0] != v.Box[1] && v.Box[2] != v.Box[3] && v.Box[4] != v.Box[5] {
		g.fail(g.r.Line, "let one pair of XB be equal", "the &VENT %q is no plane", v.ID)
	}
	g.str("MULT_ID", &v.Mult)
	g.when(&v.When)
	v.HasAt = g.exactly("XYZ", v.At[:])
	g.num("SPREAD_RATE", &v.SpreadMS)
	g.num("RADIUS", &v.RadiusM)
	g.looks("COLOR", "RGB", "TRANSPARENCY", "OUTLINE", "IOR", "TEXTURE_ORIGIN", "OBST_ID", "MESH_ID", "GEOM")
	p.in.Vents = append(p.in.Vents, v)
}
