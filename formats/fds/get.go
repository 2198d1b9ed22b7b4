package fds

import (
	"math"
	"strings"

	"firescene/formats"
	"firescene/formats/namelist"
)

// getter takes the fields of one record and keeps count of what was asked for.
type getter struct {
	r    *namelist.Record
	in   *Input
	id   string
	used map[string]bool
	err  error
}

func (g *getter) find(name string) *namelist.Field {
	g.used[name] = true
	return g.r.Find(name)
}

func (g *getter) fail(line int, next, format string, args ...any) {
	if g.err == nil {
		g.err = bad(line, next, format, args...)
	}
}

// num reads one number; it is true when one is stated.
func (g *getter) num(name string, dst *float64) bool {
	f := g.find(name)
	if f == nil || len(f.Values) == 0 || f.Values[0].Kind == namelist.Null {
		return false
	}
	if f.Values[0].Kind != namelist.Number {
		g.fail(f.Line, "give a number", "&%s: %s is %q", g.r.Name, name, f.Values[0].Text)
		return false
	}
	*dst = f.Values[0].Num
	return true
}

// whole reads one whole number.
func (g *getter) whole(name string, dst *int) {
	var v float64
	if g.num(name, &v) {
		if v != math.Trunc(v) || math.Abs(v) > 1e9 {
			g.fail(g.r.Line, "give a whole number", "&%s: %s is %g", g.r.Name, name, v)
			return
		}
		*dst = int(v)
	}
}

func (g *getter) str(name string, dst *string) bool {
	f := g.find(name)
	if f == nil || len(f.Values) == 0 || f.Values[0].Kind == namelist.Null {
		return false
	}
	if f.Values[0].Kind != namelist.Text {
		g.fail(f.Line, "texts stand in quotes", "&%s: %s is %q", g.r.Name, name, f.Values[0].Text)
		return false
	}
	*dst = strings.TrimSpace(f.Values[0].Text)
	return true
}

// flag reads one logical; it is true when one is stated.
func (g *getter) flag(name string, dst *bool) bool {
	f := g.find(name)
	if f == nil || len(f.Values) == 0 || f.Values[0].Kind == namelist.Null {
		return false
	}
	if f.Values[0].Kind != namelist.Logical {
		g.fail(f.Line, "write .TRUE. or .FALSE.", "&%s: %s is %q", g.r.Name, name, f.Values[0].Text)
		return false
	}
	*dst = f.Values[0].Bool
	return true
}

// nums reads a list; what is left out is NaN.
func (g *getter) nums(name string, most int) []float64 {
	if g.find(name) == nil {
		return nil
	}
	v, err := g.r.Floats(name, most)
	if err != nil && g.err == nil {
		g.err = rename(err)
	}
	return v
}

// exactly reads a list of n numbers, all of them; false when it is not stated.
func (g *getter) exactly(name string, dst []float64) bool {
	v := g.nums(name, len(dst))
	if v == nil {
		return false
	}
	if len(v) != len(dst) {
		g.fail(g.r.Line, "give all of them", "&%s: %s has %d numbers, not %d", g.r.Name, name, len(v), len(dst))
		return false
	}
	for i, x := range v {
		if math.IsNaN(x) {
			g.fail(g.r.Line, "give all of them", "&%s: number %d of %s is left out", g.r.Name, i+1, name)
			return false
		}
		dst[i] = x
	}
	return true
}

func (g *getter) strs(name string, most int) []string {
	if g.find(name) == nil {
		return nil
	}
	v, err := g.r.Strs(name, most)
	if err != nil && g.err == nil {
		g.err = rename(err)
	}
	for i := range v {
		v[i] = strings.TrimSpace(v[i])
	}
	return v
}

// box reads XB, its pairs put in rising order.
func (g *getter) box(name string, dst *Box) bool {
	if !g.exactly(name, dst[:]) {
		return false
	}
	for a := 0; a < 6; a += 2 {
		if dst[a] > dst[a+1] {
			dst[a], dst[a+1] = dst[a+1], dst[a]
		}
	}
	return true
}

// looks marks fields that change only how things are shown or written.
func (g *getter) looks(names ...string) {
	for _, n := range names {
		g.used[n] = true
	}
}

// when reads what switches a thing.
func (g *getter) when(dst *When) {
	g.str("DEVC_ID", &dst.Device)
	g.str("CTRL_ID", &dst.Control)
}

// note lists the record or a field of it as unsupported.
func (g *getter) note(line int, field, effect string) {
	g.in.Unsupported = append(g.in.Unsupported, Unsupported{Line: line, Record: g.r.Name, Field: field, ID: g.id, Effect: effect})
}

// rest lists each field that nothing asked for.
func (g *getter) rest() {
	for i := range g.r.Fields {
		f := &g.r.Fields[i]
		if g.used[f.Name] {
			continue
		}
		g.used[f.Name] = true // once a record
		effect := effects[g.r.Name+"."+f.Name]
		if effect == "" {
			effect = "it is passed over; the result is as if it were not stated"
		}
		g.note(f.Line, f.Name, effect)
	}
}

// at is the value of a list at place i, or def.
func at(list []float64, i int, def float64) float64 {
	if i < len(list) && !math.IsNaN(list[i]) {
		return list[i]
	}
	return def
}

// effects says what passing over a field means, where more can be said than that.
var effects = map[string]string{
	"TIME.WALL_INCREMENT":           "walls are solved at this program's own steps",
	"MISC.SIMULATION_MODE":          "this program has one mode, large-eddy simulation on coarse cells",
	"MISC.GVEC":                     "gravity points down with 9.81 m/s2 whatever is stated",
	"MISC.STRATIFICATION":           "the air is not stratified at the start",
	"MISC.NOISE":                    "the disturbance of the start is this program's own",
	"MISC.CFL_MAX":                  "steps are this program's own",
	"MISC.VISIBILITY_FACTOR":        "visibility is not computed",
	"MISC.WIND_SPEED":               "there is no wind: plumes are not blown over and openings are not pressed on",
	"MISC.SOLID_PHASE_ONLY":         "the gas is simulated all the same",
	"MISC.LAPSE_RATE":               "the air is not stratified at the start",
	"MISC.TURBULENCE_MODEL":         "the turbulence model is this program's own",
	"MISC.FREEZE_VELOCITY":          "the flow is simulated all the same",
	"MISC.RESTART":                  "the run starts at its beginning",
	"SURF.NO_SLIP":                  "friction at walls follows this program's wall law",
	"SURF.FREE_SLIP":                "friction at walls follows this program's wall law",
	"SURF.EXTERNAL_FLUX":            "no extra flux heats the surface: it stays colder and ignites later or not at all",
	"SURF.SPREAD_RATE":              "the fire does not spread over the surface with the stated speed: it burns from the start over the whole of it, so the heat release rises too early",
	"SURF.NET_HEAT_FLUX":            "the surface takes heat by its own temperature, not the stated flux",
	"SURF.CONVECTIVE_HEAT_FLUX":     "the surface takes heat by its own temperature, not the stated flux",
	"SURF.MATL_MASS_FRACTION":       "a layer of several materials is taken as its first one",
	"SURF.HEAT_OF_VAPORIZATION":     "no heat is used up by gasifying the fuel: the surface is hotter",
	"SURF.E_COEFFICIENT":            "water does not put out the fire",
	"SURF.PARTICLE_MASS_FLUX":       "no particles come from the surface: what they would burn or cool is missing",
	"SURF.PART_ID":                  "no particles come from the surface: what they would burn or cool is missing",
	"SURF.TMP_GAS_BACK":             "behind the surface lies ambient air",
	"SURF.TMP_BACK":                 "behind the surface lies ambient air",
	"SURF.GEOMETRY":                 "the surface conducts heat as a slab, not as a cylinder or sphere",
	"SURF.VARIABLE_THICKNESS":       "heat is conducted through the stated layers alone",
	"SURF.HT3D":                     "heat is conducted straight into the solid alone, not along it",
	"SURF.INERT_Q_REF":              "the burning rate does not scale with the heat flux: the stated curve is followed",
	"SURF.REFERENCE_HEAT_FLUX":      "the burning rate does not scale with the heat flux: the stated curve is followed",
	"SURF.ROUGHNESS":                "friction at walls follows this program's wall law",
	"SURF.VEL_T":                    "the flow comes straight out of the surface, without a part along it",
	"SURF.VEL_GRAD":                 "friction at walls follows this program's wall law",
	"SURF.PROFILE":                  "the flow is even over the surface",
	"SURF.HEAT_TRANSFER_MODEL":      "convection follows this program's wall law",
	"SURF.MASS_FRACTION":            "air flows in, not the stated mixture",
	"SURF.DUCT_PATH":                "no gas passes through the surface",
	"MATL.N_REACTIONS":              "the material does not gasify: it heats up but gives off no fuel",
	"MATL.HEAT_OF_REACTION":         "the material does not gasify: it heats up but gives off no fuel",
	"MATL.REFERENCE_TEMPERATURE":    "the material does not gasify: it heats up but gives off no fuel",
	"MATL.NU_SPEC":                  "the material does not gasify: it heats up but gives off no fuel",
	"MATL.NU_MATL":                  "the material does not char",
	"MATL.BOILING_TEMPERATURE":      "the liquid does not evaporate: it gives off no fuel",
	"MATL.HEAT_OF_COMBUSTION":       "burning follows HRRPUA or MLRPUA and the heat of the reaction alone",
	"MATL.ABSORPTION_COEFFICIENT":   "radiation is taken up at the surface, not within the material",
	"OBST.BULK_DENSITY":             "the block does not lose mass: it burns as long as its curve says",
	"OBST.MATL_ID":                  "heat is conducted straight into the solid alone, not along it",
	"VENT.DYNAMIC_PRESSURE":         "the air outside is still: no wind presses on the opening",
	"VENT.PRESSURE_RAMP":            "the air outside is still: no wind presses on the opening",
	"VENT.TMP_EXTERIOR":             "ambient air flows in, whatever temperature is stated",
	"VENT.N_EDDY":                   "the inflow is without turbulence of its own",
	"REAC.FIXED_MIX_TIME":           "the mixing time is this program's own",
	"REAC.A":                        "burning is limited by mixing alone, not by chemical speed",
	"REAC.E":                        "burning is limited by mixing alone, not by chemical speed",
	"DEVC.QUANTITY2":                "the second quantity is not measured",
	"DEVC.DUCT_ID":                  "flows in ducts are not simulated",
	"INIT.DT_INSERT":                "no particles are set free",
	"DUMP.DT_PL3D":                  "no Plot3D files are written",
	"SPEC.MASS_FRACTION_0":          "the air at the start is ordinary air",
	"COMB.EXTINCTION_MODEL":         "flames go out by this program's own rule",
	"COMB.INITIAL_UNMIXED_FRACTION": "mixing within cells is this program's own",
}

// bad is a FormatError with its line.
func bad(line int, next, format string, args ...any) error {
	return rename(namelist.Errorf(line, next, format, args...))
}

// rename gives an error of the namelist reader this format's name.
func rename(err error) error {
	if e, ok := err.(*formats.FormatError); ok {
		return &formats.FormatError{Format: Format, Offset: -1, Reason: e.Reason, Next: e.Next}
	}
	return err
}
