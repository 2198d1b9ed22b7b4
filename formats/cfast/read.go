package cfast

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"firescene/formats"
	"firescene/formats/namelist"
)

// Bounds on the numbers of records, so that no file fills memory or time.
const (
	MaxRooms   = 500
	MaxVents   = 5000
	MaxFires   = 500
	MaxDevices = 20000
	MaxPoints  = 20000 // of one table
)

// Read reads an input file. A record that can not be what the format says earns
// a *formats.FormatError with its line; what is only unknown is listed in
// NotSupported.
func Read(r io.Reader) (*Input, error) {
	records, err := namelist.Read(r)
	if err != nil {
		return nil, rename(err)
	}
	in := &Input{SimulationS: 900, PrintS: 60, SmokeviewS: 15, SpreadsheetS: 15,
		PressurePa: 101325, HumidityPct: 50, InteriorC: 20, ExteriorC: 20}
	p := &reader{in: in, burns: map[string]int{}, labels: map[string][]string{}}
	for i := range records {
		if err := p.record(&records[i]); err != nil {
			return nil, rename(err)
		}
	}
	if err := p.tables(records); err != nil {
		return nil, rename(err)
	}
	if !p.head {
		return nil, bad(1, "check that it is an input of CFAST 7", "there is no &HEAD")
	}
	return in, nil
}

// rename gives an error of the namelist reader this format's name.
func rename(err error) error {
	var e *formats.FormatError
	if errors.As(err, &e) {
		return &formats.FormatError{Format: Format, Offset: -1, Reason: e.Reason, Next: e.Next}
	}
	return err
}

func bad(line int, next, format string, args ...any) error {
	return rename(namelist.Errorf(line, next, format, args...))
}

type reader struct {
	in     *Input
	head   bool
	burns  map[string]int      // index in in.Burns by ID
	labels map[string][]string // columns of a table by ID
}

// record reads one record by its name.
func (p *reader) record(r *namelist.Record) error {
	g := &getter{r: r, in: p.in}
	switch r.Name {
	case "HEAD":
		p.headRecord(g)
	case "TIME":
		g.floats1("SIMULATION", &p.in.SimulationS)
		g.floats1("PRINT", &p.in.PrintS)
		g.floats1("SMOKEVIEW", &p.in.SmokeviewS)
		g.floats1("SPREADSHEET", &p.in.SpreadsheetS)
	case "INIT":
		g.floats1("PRESSURE", &p.in.PressurePa)
		g.floats1("RELATIVE_HUMIDITY", &p.in.HumidityPct)
		g.floats1("INTERIOR_TEMPERATURE", &p.in.InteriorC)
		g.floats1("EXTERIOR_TEMPERATURE", &p.in.ExteriorC)
	case "MISC":
		g.bool("ADIABATIC", &p.in.Adiabatic)
		g.floats1("MAX_TIME_STEP", &p.in.MaxStepS)
		g.floats1("LOWER_OXYGEN_LIMIT", &p.in.LowerOxygenLimit)
		g.into("SPECIFIC_EXTINCTION", p.in.Extinction[:])
		g.ignore("OVERWRITE")
	case "MATL":
		p.material(g)
	case "COMP":
		p.room(g)
	case "VENT":
		p.vent(g)
	case "FIRE":
		p.fire(g)
	case "CHEM":
		p.chem(g)
	case "DEVC":
		p.device(g)
	case "RAMP":
		p.ramp(g)
	case "CONN":
		p.connection(g)
	case "TABL", "TAIL": // tables are read last, since rows may stand before their &CHEM
		return nil
	case "SLCF", "ISOF", "DUMP":
		p.in.NotSupported = append(p.in.NotSupported, NotSupported{r.Line, r.Name, "", "it asks for pictures or summaries, which this program makes in its own way; the results are not changed"})
		return nil
	case "DIAG":
		p.in.NotSupported = append(p.in.NotSupported, NotSupported{r.Line, r.Name, "", "it switches parts of the model off or fixes them for tests; the whole model is run"})
		return nil
	default:
		p.in.NotSupported = append(p.in.NotSupported, NotSupported{r.Line, r.Name, "", "the record is not known"})
		return nil
	}
	g.unknown()
	return g.err
}

func (p *reader) headRecord(g *getter) {
	var v float64
	g.floats1("VERSION", &v)
	g.str("TITLE", &p.in.Title)
	p.head = true
	if g.err == nil && (v < 7000 || v >= 8000) {
		g.fail("save it with a CFAST of version 7", "the file is of version %g, and version 7 (7000 to 7999) is read", v)
	}
	p.in.Version = int(v)
}

func (p *reader) material(g *getter) {
	m := Material{Line: g.r.Line, Emissivity: 0.9}
	g.str("ID", &m.ID)
	g.str("MATERIAL", &m.Name)
	g.floats1("CONDUCTIVITY", &m.ConductWmK)
	g.floats1("DENSITY", &m.DensityKgM3)
	g.floats1("SPECIFIC_HEAT", &m.HeatKJKgK)
	g.floats1("THICKNESS", &m.ThickM)
	g.floats1("EMISSIVITY", &m.Emissivity)
	g.ignore("FYI")
	if g.err == nil && !(m.ConductWmK > 0 && m.DensityKgM3 > 0 && m.HeatKJKgK > 0) {
		g.fail("give CONDUCTIVITY, DENSITY and SPECIFIC_HEAT above 0", "the material %q conducts nothing or holds no heat", m.ID)
	}
	if g.err == nil && !(m.Emissivity > 0 && m.Emissivity <= 1) {
		g.fail("give an emissivity above 0 and up to 1", "the material %q has an emissivity of %g", m.ID, m.Emissivity)
	}
	p.in.Materials = append(p.in.Materials, m)
}

func (p *reader) room(g *getter) {
	m := Room{Line: g.r.Line, Grid: [3]int{50, 50, 50}}
	g.str("ID", &m.ID)
	g.floats1("WIDTH", &m.WidthM)
	g.floats1("DEPTH", &m.DepthM)
	g.floats1("HEIGHT", &m.HeightM)
	g.into("ORIGIN", m.Origin[:])
	g.bool("HALL", &m.Hall)
	g.bool("SHAFT", &m.Shaft)
	grid := []float64{50, 50, 50}
	g.into("GRID", grid)
	for i, v := range grid {
		m.Grid[i] = int(v)
	}
	g.into("LEAK_AREA_RATIO", m.LeakRatio[:])
	g.into("LEAK_AREA", m.LeakM2[:])
	m.SectionAreaM = g.list("CROSS_SECT_AREAS", MaxPoints)
	m.SectionHeightM = g.list("CROSS_SECT_HEIGHTS", MaxPoints)
	m.Ceiling, m.Wall, m.Floor = g.slabs("CEILING"), g.slabs("WALL"), g.slabs("FLOOR")
	g.ignore("FYI")
	if g.err == nil && len(m.SectionAreaM) != len(m.SectionHeightM) {
		g.fail("give an area for each height", "CROSS_SECT_AREAS has %d values and CROSS_SECT_HEIGHTS %d", len(m.SectionAreaM), len(m.SectionHeightM))
	}
	if p.in.Rooms = append(p.in.Rooms, m); len(p.in.Rooms) > MaxRooms {
		g.fail("leave out what does not matter", "more than %d rooms", MaxRooms)
	}
}

// slabs reads X_MATL_ID and X_THICKNESS.
func (g *getter) slabs(what string) []Slab {
	var out []Slab
	names := g.texts(what+"_MATL_ID", 3)
	thick := g.list(what+"_THICKNESS", 3)
	for i, n := range names {
		if n == "" || strings.EqualFold(n, Off) || strings.EqualFold(n, "NULL") {
			continue
		}
		s := Slab{Material: n}
		if i < len(thick) {
			s.ThickM = thick[i]
		}
		out = append(out, s)
	}
	return out
}

func (p *reader) vent(g *getter) {
	v := Vent{Line: g.r.Line, Opening: Opening{BeforeFrac: 1, AfterFrac: 1, Criterion: "TIME"}}
	var kind string
	g.str("TYPE", &kind)
	g.str("ID", &v.ID)
	v.Kind = VentKind(strings.ToUpper(kind))
	for i, name := range g.texts("COMP_IDS", 2) {
		v.Rooms[i] = name
	}
	top := math.NaN()
	g.floats1("TOP", &top)
	g.floats1("BOTTOM", &v.BottomM)
	g.floats1("HEIGHT", &v.HeightM)
	if !math.IsNaN(top) {
		v.HeightM = top - v.BottomM
	}
	g.floats1("WIDTH", &v.WidthM)
	g.str("FACE", &v.Face)
	g.floats1("OFFSET", &v.OffsetM)
	g.floats1("AREA", &v.AreaM2)
	g.str("SHAPE", &v.Shape)
	g.into("OFFSETS", v.Offsets[:])
	g.into("AREAS", v.AreasM2[:])
	g.into("HEIGHTS", v.HeightsM[:])
	for i, s := range g.texts("ORIENTATIONS", 2) {
		v.Orientations[i] = s
	}
	g.floats1("FLOW", &v.FlowM3S)
	g.into("CUTOFFS", v.CutoffsPa[:])
	g.floats1("FILTER_TIME", &v.FilterTimeS)
	g.floats1("FILTER_EFFICIENCY", &v.FilterPct)
	p.opening(g, &v.Opening)
	g.ignore("FYI")
	switch v.Kind {
	case WallVent, CeilingVent, FloorVent, FanVent, LeakVent:
	default:
		g.fail("write WALL, CEILING, FLOOR, MECHANICAL or LEAKAGE", "%q is not a TYPE of vent", kind)
	}
	if p.in.Vents = append(p.in.Vents, v); len(p.in.Vents) > MaxVents {
		g.fail("leave out what does not matter", "more than %d vents", MaxVents)
	}
}

func (p *reader) opening(g *getter, o *Opening) {
	g.str("CRITERION", &o.Criterion)
	o.Criterion = strings.ToUpper(o.Criterion)
	o.TimeS, o.Fraction = g.list("T", MaxPoints), g.list("F", MaxPoints)
	g.floats1("SETPOINT", &o.SetPoint)
	g.str("DEVC_ID", &o.Device)
	g.floats1("PRE_FRACTION", &o.BeforeFrac)
	g.floats1("POST_FRACTION", &o.AfterFrac)
	if g.err == nil && len(o.TimeS) != len(o.Fraction) {
		g.fail("give a fraction F for each time T", "T has %d values and F has %d", len(o.TimeS), len(o.Fraction))
	}
	g.criterion(o.Criterion)
}

func (g *getter) criterion(c string) {
	switch c {
	case "TIME", "TEMPERATURE", "FLUX":
	default:
		g.fail("write TIME, TEMPERATURE or FLUX", "%q is not a criterion", c)
	}
}

func (p *reader) fire(g *getter) {
	f := Fire{Line: g.r.Line, Criterion: "TIME"}
	g.str("ID", &f.ID)
	g.str("COMP_ID", &f.Room)
	g.str("FIRE_ID", &f.Burn)
	var at [2]float64
	g.into("LOCATION", at[:])
	f.X, f.Y = at[0], at[1]
	g.str("IGNITION_CRITERION", &f.Criterion)
	f.Criterion = strings.ToUpper(f.Criterion)
	g.criterion(f.Criterion)
	g.floats1("SETPOINT", &f.SetPoint)
	g.str("DEVC_ID", &f.Device)
	g.ignore("FYI")
	if p.in.Fires = append(p.in.Fires, f); len(p.in.Fires) > MaxFires {
		g.fail("leave out what does not matter", "more than %d fires", MaxFires)
	}
}

func (p *reader) chem(g *getter) {
	b := Burn{Line: g.r.Line, HeatKJKg: 50000}
	row := BurnRow{}
	g.str("ID", &b.ID)
	g.floats1("CARBON", &b.Carbon)
	g.floats1("HYDROGEN", &b.Hydrogen)
	g.floats1("OXYGEN", &b.Oxygen)
	g.floats1("NITROGEN", &b.Nitrogen)
	g.floats1("CHLORINE", &b.Chlorine)
	g.floats1("HEAT_OF_COMBUSTION", &b.HeatKJKg)
	g.floats1("RADIATIVE_FRACTION", &b.RadiativeFraction)
	g.floats1("FLAMING_TRANSITION_TIME", &b.FlamingS)
	g.floats1("HRR", &row.HRRkW)
	g.floats1("AREA", &row.AreaM2)
	g.floats1("CO_YIELD", &row.COYield)
	g.floats1("SOOT_YIELD", &row.SootYield)
	g.floats1("HCN_YIELD", &row.HCNYield)
	g.floats1("HCL_YIELD", &row.HClYield)
	g.floats1("TRACE_YIELD", &row.TraceYield)
	g.ignore("TABLE_ID", "COMP_ID", "FYI")
	if row != (BurnRow{}) {
		b.Rows = []BurnRow{row}
	}
	if g.err == nil && !(b.HeatKJKg > 0) {
		g.fail("give the HEAT_OF_COMBUSTION in kJ/kg", "%q has a heat of combustion of %g", b.ID, b.HeatKJKg)
	}
	if _, taken := p.burns[b.ID]; taken {
		g.fail("give each &CHEM an ID of its own", "the ID %q is taken", b.ID)
	}
	p.burns[b.ID] = len(p.in.Burns)
	p.in.Burns = append(p.in.Burns, b)
}

func (p *reader) ramp(g *getter) {
	m := Ramp{Line: g.r.Line}
	g.str("ID", &m.ID)
	g.str("TYPE", &m.Type)
	m.Rooms = g.texts("COMP_IDS", 2)
	t, z := g.list("T", MaxPoints), g.list("Z", MaxPoints)
	m.F = g.list("F", MaxPoints)
	m.X = t
	if len(z) > 0 {
		m.X = z
	}
	switch {
	case g.err != nil:
	case len(t) > 0 && len(z) > 0:
		g.fail("keep one of them", "%q has both T and Z", m.ID)
	case len(m.X) != len(m.F):
		g.fail("give a value F for each T or Z", "%q has %d values of T or Z and %d of F", m.ID, len(m.X), len(m.F))
	}
	p.in.Ramps = append(p.in.Ramps, m)
}

func (p *reader) connection(g *getter) {
	c := Connection{Line: g.r.Line}
	g.str("TYPE", &c.Type)
	c.Type = strings.ToUpper(c.Type)
	g.str("COMP_ID", &c.Room)
	c.To = g.texts("COMP_IDS", MaxRooms)
	c.Fraction = g.list("F", MaxRooms)
	switch c.Type {
	case "WALL", "CEILING", "FLOOR":
	default:
		g.fail("write WALL, CEILING or FLOOR", "%q is not a TYPE of connection", c.Type)
	}
	if len(c.To) == 0 {
		g.fail("name them in COMP_IDS", "no room is named that the surface is shared with")
	}
	p.in.Connections = append(p.in.Connections, c)
}

// tables adds the rows of the &TABL records to their &CHEM.
func (p *reader) tables(records []namelist.Record) error {
	rows := map[string][]BurnRow{}
	for i := range records {
		r := &records[i]
		if r.Name != "TABL" {
			continue
		}
		g := &getter{r: r, in: p.in}
		var id string
		g.str("ID", &id)
		labels, data := g.texts("LABELS", 32), g.list("DATA", 32)
		g.unknown()
		if g.err != nil {
			return g.err
		}
		at, known := p.burns[id]
		if !known {
			return bad(r.Line, "give a table the ID of its &CHEM", "&TABL: there is no &CHEM with the ID %q", id)
		}
		if len(labels) > 0 {
			p.labels[id] = labels
			continue
		}
		row, err := p.row(r.Line, p.labels[id], data)
		if err != nil {
			return err
		}
		if rows[id] = append(rows[id], row); len(rows[id]) > MaxPoints {
			return bad(r.Line, "use fewer rows", "the table of %q has more than %d rows", id, MaxPoints)
		}
		p.in.Burns[at].Rows = rows[id]
	}
	return nil
}

func (p *reader) row(line int, labels []string, data []float64) (BurnRow, error) {
	var b BurnRow
	if len(labels) == 0 {
		return b, bad(line, "put the record with LABELS before the rows", "&TABL: the columns of the table are not named")
	}
	if len(data) > len(labels) {
		return b, bad(line, "give a value a column", "&TABL: the row has %d values and the table %d columns", len(data), len(labels))
	}
	for i, v := range data {
		if math.IsNaN(v) {
			return b, bad(line, "give a value a column", "&TABL: the row has no value for %s", labels[i])
		}
		to := map[string]*float64{"TIME": &b.TimeS, "HRR": &b.HRRkW, "HEIGHT": &b.HeightM, "AREA": &b.AreaM2, "CO_YIELD": &b.COYield,
			"SOOT_YIELD": &b.SootYield, "HCN_YIELD": &b.HCNYield, "HCL_YIELD": &b.HClYield, "TRACE_YIELD": &b.TraceYield}[strings.ToUpper(labels[i])]
		if to == nil {
			p.in.list(line, "TABL", labels[i], "the column is not known")
			continue
		}
		*to = v
	}
	return b, nil
}

// list notes a thing that is passed over, once.
func (in *Input) list(line int, record, field, why string) {
	for _, n := range in.NotSupported {
		if n.Record == record && n.Field == field && n.Why == why {
			return
		}
	}
	in.NotSupported = append(in.NotSupported, NotSupported{line, record, field, why})
}

// getter takes the fields of one record and remembers which were taken. The
// first error stays.
type getter struct {
	r     *namelist.Record
	in    *Input
	taken []string
	err   error
}

func (g *getter) fail(next, format string, args ...any) {
	if g.err == nil {
		g.err = bad(g.r.Line, next, "&%s: %s", g.r.Name, fmt.Sprintf(format, args...))
	}
}

func (g *getter) ignore(names ...string) { g.taken = append(g.taken, names...) }

// list returns all numbers of a field, which must have no gaps.
func (g *getter) list(name string, most int) []float64 {
	g.ignore(name)
	v, err := g.r.Floats(name, most)
	for i := range v {
		if err == nil && math.IsNaN(v[i]) {
			g.fail("give all values", "%s has no value at place %d", name, i+1)
		}
	}
	if g.err == nil {
		g.err = err
	}
	return v
}

// into overwrites what is given of a field of fixed length.
func (g *getter) into(name string, to []float64) {
	g.ignore(name)
	v, err := g.r.Floats(name, len(to))
	if g.err == nil {
		g.err = err
	}
	for i := range v {
		if !math.IsNaN(v[i]) {
			to[i] = v[i]
		}
	}
}

func (g *getter) floats1(name string, to *float64) {
	one := []float64{*to}
	g.into(name, one)
	*to = one[0]
}

func (g *getter) texts(name string, most int) []string {
	g.ignore(name)
	v, err := g.r.Strs(name, most)
	if g.err == nil {
		g.err = err
	}
	for i := range v {
		v[i] = strings.TrimSpace(v[i])
	}
	return v
}

func (g *getter) str(name string, to *string) {
	if v := g.texts(name, 1); len(v) > 0 {
		*to = v[0]
	}
}

func (g *getter) bool(name string, to *bool) {
	g.ignore(name)
	f := g.r.Find(name)
	if f == nil || len(f.Values) == 0 || f.Values[0].Kind == namelist.Null {
		return
	}
	if f.Values[0].Kind != namelist.Logical {
		g.fail("write .TRUE. or .FALSE.", "%s is given %q", name, f.Values[0].Text)
	}
	*to = f.Values[0].Bool
}

// unknown lists the fields that nobody took.
func (g *getter) unknown() {
	for _, f := range g.r.Fields {
		known := false
		for _, t := range g.taken {
			known = known || t == f.Name
		}
		if !known {
			g.in.list(f.Line, g.r.Name, f.Name, "the field is not known")
		}
	}
}
