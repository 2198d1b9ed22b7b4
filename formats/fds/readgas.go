package fds

func (p *reader) reac(g *getter) {
	r := Reaction{Line: g.r.Line}
	g.str("ID", &r.ID)
	g.str("FUEL", &r.Fuel)
	g.id = r.ID
	g.str("FORMULA", &r.Formula)
	g.num("C", &r.C)
	g.num("H", &r.H)
	g.num("O", &r.O)
	g.num("N", &r.N)
	g.num("HEAT_OF_COMBUSTION", &r.HeatKJKg)
	g.num("EPUMO2", &r.HeatPerO2KJKg)
	g.num("SOOT_YIELD", &r.SootYield)
	g.num("CO_YIELD", &r.COYield)
	r.HasRadiative = g.num("RADIATIVE_FRACTION", &r.RadiativeFraction)
	g.num("CRITICAL_FLAME_TEMPERATURE", &r.CriticalFlameC)
	g.num("LOWER_OXYGEN_LIMIT", &r.OxygenLimit)
	g.num("AUTO_IGNITION_TEMPERATURE", &r.AutoIgnitionC)
	r.NuSpecies = g.strs("SPEC_ID_NU", 50)
	r.Nu = g.nums("NU", 50)
	g.looks("EQUATION", "SOOT_H_FRACTION", "CHECK_ATOM_BALANCE", "IDEAL")
	if g.err == nil && (r.SootYield < 0 || r.SootYield > 1 || r.COYield < 0 || r.COYield > 2 || r.RadiativeFraction < 0 || r.RadiativeFraction > 1 || r.HeatKJKg < 0) {
		g.fail(g.r.Line, "give yields and fractions from 0 to 1", "a yield, fraction or heat of the reaction is out of range")
	}
	if r.AutoIgnitionC != 0 {
		g.note(g.r.Line, "AUTO_IGNITION_TEMPERATURE", "fuel burns wherever it meets air that is not too cold and too poor; it needs no ignition")
	}
	p.in.Reactions = append(p.in.Reactions, r)
}

func (p *reader) spec(g *getter) {
	s := Species{Line: g.r.Line}
	g.str("ID", &s.ID)
	g.id = s.ID
	g.str("FORMULA", &s.Formula)
	g.flag("BACKGROUND", &s.Background)
	g.flag("LUMPED_COMPONENT_ONLY", &s.LumpedOnly)
	g.flag("AEROSOL", &s.Aerosol)
	s.Parts = g.strs("SPEC_ID", 50)
	s.Volumes = g.nums("VOLUME_FRACTION", 50)
	if s.Volumes == nil {
		if s.Volumes = g.nums("MASS_FRACTION", 50); s.Volumes != nil {
			s.ByMass = true
		}
	}
	if g.err == nil && len(s.Parts) > 0 && len(s.Volumes) != len(s.Parts) {
		g.fail(g.r.Line, "give a fraction for each", "the lumped species %q has %d parts and %d fractions", s.ID, len(s.Parts), len(s.Volumes))
	}
	// What it is like besides its formula bears on sprays, soot that settles and
	// transport; of these the transport is that of air.
	g.looks("MEAN_DIAMETER", "SPECIFIC_HEAT", "MW", "DENSITY_SOLID", "CONDUCTIVITY_SOLID", "REFERENCE_ENTHALPY", "ENTHALPY_OF_FORMATION")
	if s.Aerosol {
		g.note(g.r.Line, "AEROSOL", "soot stays in the gas: it does not settle on walls")
	}
	p.in.Species = append(p.in.Species, s)
}

func (p *reader) init(g *getter) {
	s := Init{Line: g.r.Line}
	g.str("ID", &s.ID)
	g.id = s.ID
	s.HasBox = g.box("XB", &s.Box)
	s.HasAt = g.exactly("XYZ", s.At[:])
	s.HasTemp = g.num("TEMPERATURE", &s.TempC)
	g.num("HRRPUV", &s.HRRPUV)
	s.Species = g.strs("SPEC_ID", 50)
	s.MassFraction = g.nums("MASS_FRACTION", 50)
	s.VolumeShare = g.nums("VOLUME_FRACTION", 50)
	g.str("PART_ID", &s.Particle)
	g.str("MULT_ID", &s.Mult)
	g.looks("N_PARTICLES")
	p.in.Inits = append(p.in.Inits, s)
}

func (p *reader) part(g *getter) {
	s := Particle{Line: g.r.Line}
	g.str("ID", &s.ID)
	g.id = s.ID
	g.flag("STATIC", &s.Static)
	g.exactly("ORIENTATION", s.Orientation[:])
	g.str("SURF_ID", &s.Surface)
	g.str("SPEC_ID", &s.Species)
	for i := range g.r.Fields { // the rest is of moving ones, which are not simulated
		g.looks(g.r.Fields[i].Name)
	}
	p.in.Particles = append(p.in.Particles, s)
}

func (p *reader) zone(g *getter) {
	z := Zone{Line: g.r.Line, ReferencePa: 4, Exponent: 0.5}
	g.looks("ID")
	z.HasAt = g.exactly("XYZ", z.At[:])
	z.HasBox = g.box("XB", &z.Box)
	// LEAK_AREA(0) leads to the open air, LEAK_AREA(n) to another zone.
	for i := range g.r.Fields {
		f := &g.r.Fields[i]
		switch f.Name {
		case "LEAK_AREA", "LEAK_REFERENCE_PRESSURE", "LEAK_PRESSURE_EXPONENT":
		default:
			continue
		}
		g.used[f.Name] = true
		to := 0
		if len(f.Sub) > 0 {
			to = f.Sub[0].From
		}
		if to != 0 || len(f.Values) == 0 {
			g.note(f.Line, f.Name, "leakage between zones is not simulated")
			continue
		}
		var v float64
		if !g.num(f.Name, &v) {
			continue
		}
		v = f.Values[0].Num
		switch f.Name {
		case "LEAK_AREA":
			z.LeakM2 = v
		case "LEAK_REFERENCE_PRESSURE":
			z.ReferencePa = v
		default:
			z.Exponent = v
		}
	}
	p.in.Zones = append(p.in.Zones, z)
}

func (p *reader) hvac(g *getter) {
	d := Duct{Line: g.r.Line}
	g.str("ID", &d.ID)
	g.id = d.ID
	g.str("TYPE_ID", &d.Kind)
	d.Nodes, d.Ducts = g.strs("NODE_ID", 50), g.strs("DUCT_ID", 50)
	g.str("VENT_ID", &d.Vent)
	g.str("VENT2_ID", &d.Vent2)
	g.flag("AMBIENT", &d.Ambient)
	g.num("DIAMETER", &d.DiameterM)
	g.num("AREA", &d.AreaM2)
	d.Loss = g.nums("LOSS", 50)
	g.num("LENGTH", &d.LengthM)
	g.num("VOLUME_FLOW", &d.VolumeFlowM3S)
	g.str("RAMP_ID", &d.Ramp)
	g.str("FAN_ID", &d.Fan)
	g.looks("XYZ")
	p.in.Ducts = append(p.in.Ducts, d)
}

func (p *reader) slcf(g *getter) {
	s := Slice{Line: g.r.Line, Axis: -1}
	g.str("QUANTITY", &s.Quantity)
	g.str("SPEC_ID", &s.Species)
	for a, c := range []string{"PBX", "PBY", "PBZ"} {
		if g.num(c, &s.AtM) {
			s.Axis = a
		}
	}
	g.box("XB", &s.Box)
	g.flag("VECTOR", &s.Vector)
	g.looks("CELL_CENTERED", "ID", "MESH_NUMBER", "MAXIMUM_VALUE", "MINIMUM_VALUE", "TEMPORAL_STATISTIC", "PROP_ID", "PART_ID")
	if g.r.Name == "SLCF" {
		p.in.Slices = append(p.in.Slices, s)
	} else {
		p.in.Boundaries = append(p.in.Boundaries, s)
	}
}
