package fdscase

import (
	"math"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/fds"
	"firescene/recon/field"
)

func build(t *testing.T, text string) *Case {
	t.Helper()
	c, err := try(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func try(t *testing.T, text string) (*Case, error) {
	t.Helper()
	in, err := fds.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return New(in, Options{})
}

func (c *Case) says(words string) bool {
	for _, n := range c.Notes {
		if strings.Contains(n.Where+": "+n.What, words) {
			return true
		}
	}
	return false
}

const oneMesh = "&MESH IJK=20,20,20, XB=0,2,0,2,0,2 /\n&TIME T_END=60. /\n"

func TestHolesKeepVolume(t *testing.T) {
	c := build(t, oneMesh+`
&OBST XB=0.5,1.5,0.5,1.5,0,1 /
&HOLE XB=0.7,1.1,0.4,1.6,0.2,0.8 /
&HOLE XB=0.9,1.3,0.9,1.1,-1,3 /
&OBST XB=1,1,0,2,0,2, PERMIT_HOLE=.FALSE. /
`)
	got := 0.0
	for i := range c.Scene.Obstructions {
		b := &c.Scene.Obstructions[i].Box
		got += (b[1] - b[0]) * (b[3] - b[2]) * (b[5] - b[4])
	}
	want := 1 - .4*1*.6 - .4*.2*1 + .2*.2*.6
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%g m3 are left, want %g", got, want)
	}
	for i := range c.Scene.Obstructions { // no two pieces share room
		for k := range i {
			a, b := &c.Scene.Obstructions[i].Box, &c.Scene.Obstructions[k].Box
			shared := 1.0
			for x := range 3 {
				shared *= max(0, min(a[2*x+1], b[2*x+1])-max(a[2*x], b[2*x]))
			}
			if shared > 1e-9 {
				t.Errorf("pieces %d and %d overlap", k, i)
			}
		}
	}
}

func TestMergedMeshes(t *testing.T) {
	c := build(t, `&MESH IJK=20,10,10, XB=0,2,0,1,0,1 /
&MESH IJK=5,5,5, XB=0,1,1,2,0,1 /
&TIME T_END=1 /
&VENT MB='YMAX', SURF_ID='OPEN' /
&VENT MB='XMIN', SURF_ID='OPEN' /
`)
	s := c.Scene
	if s.Box != (field.Box{0, 2, 0, 2, 0, 1}) || s.Cells != [3]int{20, 20, 10} {
		t.Errorf("%v %v", s.Box, s.Cells)
	}
	// The first mesh opens, at y = 1, x from 1 to 2, towards what lies in no mesh.
	if !c.says("open towards it") || len(s.Obstructions) != 0 {
		t.Errorf("%+v %+v", s.Obstructions, c.Notes)
	}
	if !c.says("become 0.1 m") {
		t.Errorf("%+v", c.Notes)
	}
	c = build(t, `&MESH IJK=20,10,10, XB=0,2,0,1,0,1 /
&MESH IJK=10,10,10, XB=0,1,1,2,0,1 /
&TIME T_END=1 /
&VENT MB='XMIN', SURF_ID='OPEN' /
`)
	s = c.Scene
	if len(s.Obstructions) != 1 || s.Obstructions[0].Box != (field.Box{1, 2, 1, 2, 0, 1}) || len(s.Vents) != 2 {
		t.Errorf("%+v %+v", s.Obstructions, s.Vents)
	}
	if _, err := try(t, "&MESH IJK=2000,2000,2000, XB=0,2,0,1,0,1 /"); !formats.IsUnsupported(err) || !strings.Contains(err.Error(), "8000000000") {
		t.Error(err)
	}
	in, _ := fds.Read(strings.NewReader(oneMesh))
	if c, err := New(in, Options{CellM: .25}); err != nil || c.Scene.Cells != [3]int{8, 8, 8} {
		t.Error(c, err)
	}
}

func TestHeatOfMovedFaces(t *testing.T) {
	c := build(t, oneMesh+`&SURF ID='fire', HRRPUA=500., TAU_Q=0. /
&OBST XB=0.52,0.87,0.53,0.91,0,0.3, SURF_IDS='fire','INERT','INERT' /
`)
	o := c.Scene.Obstructions[0]
	u := c.Scene.Surfaces[o.Surfaces[5]]
	got := u.HRRPUA * (o.Box[1] - o.Box[0]) * (o.Box[3] - o.Box[2])
	if want := 500 * .35 * .38; math.Abs(got-want) > 1e-6 {
		t.Errorf("%g kW, want %g", got, want)
	}
	if o.Surfaces[0] != field.Ambient || !c.says("moved to the borders") {
		t.Errorf("%+v %+v", o, c.Notes)
	}
}

func TestSchedules(t *testing.T) {
	c := build(t, oneMesh+`
&DEVC ID='t30', XYZ=1,1,1, QUANTITY='TIME', SETPOINT=30. /
&DEVC ID='off', XYZ=1,1,1, QUANTITY='TIME', SETPOINT=20., INITIAL_STATE=.TRUE. /
&DEVC ID='hot', XYZ=1,1,1.9, QUANTITY='TEMPERATURE', SETPOINT=60. /
&DEVC ID='clock', XYZ=1,1,1, QUANTITY='TIME' /
&CTRL ID='twice', FUNCTION_TYPE='CUSTOM', RAMP_ID='r', INPUT_ID='clock' /
&RAMP ID='r', T=0, F=-1 /
&RAMP ID='r', T=10, F=1 /
&RAMP ID='r', T=20, F=1 /
&RAMP ID='r', T=22, F=-1 /
&CTRL ID='odd', FUNCTION_TYPE='KILL', INPUT_ID='clock' /
&OBST XB=0,0.5,0,0.5,0,1, DEVC_ID='t30' /
&OBST XB=0,0.5,0,0.5,1,2, DEVC_ID='off' /
&OBST XB=1,1.5,0,0.5,0,1, DEVC_ID='hot' /
&OBST XB=1,1.5,1,1.5,0,1, CTRL_ID='twice' /
&OBST XB=1,1.5,1,1.5,1,2, CTRL_ID='odd' /
&OBST XB=1.8,1.9,0,2,0,2 /
&HOLE XB=1.7,2,0.5,1.5,0,2, DEVC_ID='t30' /
`)
	o := c.Scene.Obstructions
	if s := o[0].There; !s.StartsOff || len(s.SwitchS) != 1 || s.SwitchS[0] != 30 {
		t.Errorf("%+v", s)
	}
	if s := o[1].There; s.StartsOff || s.SwitchS[0] != 20 {
		t.Errorf("%+v", s)
	}
	if s := o[2].There; !s.StartsOff || s.Device != "hot" {
		t.Errorf("%+v", s)
	}
	if s := o[3].There; !s.StartsOff || len(s.SwitchS) != 2 || s.SwitchS[0] != 5 || s.SwitchS[1] != 21 {
		t.Errorf("%+v", s)
	}
	if !c.says("'odd' (KILL) is not followed") {
		t.Errorf("%+v", c.Notes)
	}
	fill := o[len(o)-1]
	if fill.There.StartsOff || fill.There.SwitchS[0] != 30 || math.Abs(fill.Box[3]-1.5) > 1e-9 || math.Abs(fill.Box[2]-.5) > 1e-9 {
		t.Errorf("what fills the hole: %+v", fill)
	}
	if d := c.Scene.Devices[0]; d.Setpoint != 60+kelvin {
		t.Errorf("%+v", d)
	}
}

func TestReferences(t *testing.T) {
	for text, words := range map[string]string{
		"&OBST XB=0,1,0,1,0,1, SURF_ID='no' /": "no &SURF 'no'", "&VENT MB='XMIN', SURF_ID='no' /": "no &SURF 'no'", "&OBST XB=0,1,0,1,0,1, MULT_ID='no' /": "no &MULT 'no'",
		"&OBST XB=0,1,0,1,0,1, DEVC_ID='no' /": "no &DEVC 'no'", "&HOLE XB=0,1,0,1,0,1, CTRL_ID='no' /": "no &CTRL 'no'", "&SURF ID='a', MATL_ID='no', THICKNESS=1. /": "no &MATL 'no'",
		"&SURF ID='a', HRRPUA=1., RAMP_Q='no' /": "no &RAMP 'no'", "&DEVC ID='a', XYZ=1,1,1, PROP_ID='no' /": "no &PROP 'no'", "&SURF ID='a' /\n&SURF ID='a' /": "two &SURF",
		"&REAC FUEL='UNHEARD OF' /": "not known by its name", "&REAC FUEL='X', FORMULA='C3Cl8' /": "formula", "&SURF ID='a', BACKING='ODD' /": "backing",
	} {
		_, err := try(t, oneMesh+text)
		if !formats.IsDamaged(err) || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestReaction(t *testing.T) {
	c := build(t, oneMesh+`
&SPEC ID='CELLULOSE', FORMULA='C6H10O5' /
&SPEC ID='PRODUCTS', SPEC_ID='CARBON DIOXIDE','CARBON MONOXIDE', VOLUME_FRACTION=5.8, 0.1 /
&REAC FUEL='CELLULOSE', HEAT_OF_COMBUSTION=16090., SPEC_ID_NU='CELLULOSE','AIR','PRODUCTS','SOOT', NU=-1,-5.8,1,0.135 /
`)
	r := c.Scene.Reaction
	if r.C != 6 || r.H != 10 || r.O != 5 || r.HeatKJKg != 16090 || math.Abs(r.SootYield-.135*12.011/162.14) > 1e-5 || math.Abs(r.COYield-.1*28.01/162.14) > 1e-5 {
		t.Errorf("%+v", r)
	}
	if r := build(t, oneMesh+"&REAC FUEL='propane', RADIATIVE_FRACTION=0. /").Scene.Reaction; r.C != 3 || r.RadiativeFraction != field.NoRadiation || r.HeatKJKg < 46000 {
		t.Errorf("%+v", r)
	}
}

func TestSpread(t *testing.T) {
	c := build(t, oneMesh+`&SURF ID='fire', HRRPUA=400. /
&VENT XB=0.5,1.5,0.5,1.5,0,0, SURF_ID='fire', XYZ=1,1,0, SPREAD_RATE=0.01 /
`)
	total, first, last := 0.0, math.Inf(1), 0.0
	for _, v := range c.Scene.Vents {
		total += area(v.Box, 2)
		u := c.Scene.Surfaces[v.Surface]
		first, last = min(first, u.IgniteS), max(last, u.IgniteS)
	}
	if math.Abs(total-1) > 1e-9 || first > 10 || math.Abs(last-70) > 12 {
		t.Errorf("%g m2, from %g to %g s", total, first, last)
	}
}

// TestTable works the columns out on a made-up result.
func TestTable(t *testing.T) {
	c := build(t, strings.Replace(oneMesh, "T_END=60.", "T_BEGIN=-10., T_END=60.", 1)+`
&DEVC ID='a', XYZ=1,1,1, QUANTITY='TEMPERATURE' /
&DEVC ID='b', XYZ=1,1,1.5, QUANTITY='TEMPERATURE', OUTPUT=.FALSE. /
&CTRL ID='s', FUNCTION_TYPE='SUM', INPUT_ID='a','b' /
&CTRL ID='m', FUNCTION_TYPE='DIVIDE', INPUT_ID='s','CONSTANT', CONSTANT=2. /
&DEVC ID='mean', XYZ=1,1,1, QUANTITY='CONTROL VALUE', CTRL_ID='m', UNITS='C' /
&DEVC ID='line', XB=1,1,1,1,0,2, QUANTITY='HRRPUV', POINTS=3, SPATIAL_STATISTIC='VOLUME INTEGRAL', DX=1., DY=1., DZ=0.5 /
&CTRL ID='p', FUNCTION_TYPE='PERCENTILE', INPUT_ID='line', PERCENTILE=0.5 /
&DEVC ID='L', XYZ=0,0,0, QUANTITY='CONTROL VALUE', CTRL_ID='p', UNITS='m' /
&PROP ID='q', QUANTITY='LINK TEMPERATURE', ACTIVATION_TEMPERATURE=70., RTI=50. /
&DEVC ID='link', XYZ=1,1,1.9, PROP_ID='q' /
&DEVC ID='n', XYZ=0,0,0, QUANTITY='ACTUATED SPRINKLERS' /
&DEVC ID='odd', XYZ=1,1,1, QUANTITY='MIXTURE FRACTION' /
`)
	var names []string
	for _, o := range c.Outputs {
		names = append(names, o.Name+" "+o.Unit)
	}
	if got, want := strings.Join(names, ","), "a C,mean C,line-1 kW,line-2 kW,line-3 kW,L m,link C,n "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if !c.says("MIXTURE FRACTION is not measured") {
		t.Errorf("%+v", c.Notes)
	}
	res := &field.Result{TimeS: []float64{0, 1}}
	for _, d := range c.Scene.Devices {
		v := field.DeviceSeries{Name: d.Name, Value: []float64{300, 350}, ActivatedS: -1}
		switch d.Name {
		case "b":
			v.Value = []float64{400, 450}
		case "line-1":
			v.Value = []float64{1, 1}
		case "line-2":
			v.Value = []float64{2, 2}
		case "line-3":
			v.Value = []float64{1, 1}
		case "link":
			v.ActivatedS = .5
			if !d.HasSetpoint || d.Setpoint != 70+kelvin {
				t.Errorf("%+v", d)
			}
		}
		res.Devices = append(res.Devices, v)
	}
	tab, err := c.DeviceTable(res)
	if err != nil {
		t.Fatal(err)
	}
	row := tab.Rows[1]
	for i, want := range []float64{-9, 350 - kelvin, 400 - kelvin, 1, 2, 1, 1, 350 - kelvin, 1} {
		if math.Abs(row[i]-want) > 1e-9 {
			t.Errorf("%s is %g, want %g", tab.Names[i], row[i], want)
		}
	}
	if tab.Rows[0][8] != 0 {
		t.Error("the link has not responded yet")
	}
}

func TestShrunkTime(t *testing.T) {
	c := build(t, "&MESH IJK=4,4,4, XB=0,1,0,1,0,1 /\n&TIME T_END=600., TIME_SHRINK_FACTOR=10. /\n"+`
&MATL ID='m', CONDUCTIVITY=0.1, SPECIFIC_HEAT=1., DENSITY=100. /
&SURF ID='s', MATL_ID='m', THICKNESS=0.01, HRRPUA=10., RAMP_Q='r' /
&RAMP ID='r', T=0., F=0. /
&RAMP ID='r', T=100., F=1. /
`)
	u := c.Scene.Surfaces[0]
	if c.Scene.EndS != 60 || u.Ramp[1][0] != 10 || u.Layers[0].Material.HeatKJKgK != .1 || c.InputTime(60) != 600 {
		t.Errorf("%g %+v", c.Scene.EndS, u)
	}
}

func FuzzNew(f *testing.F) {
	f.Add(oneMesh + "&OBST XB=0,1,0,1,0,1, MULT_ID='m' /\n&MULT ID='m', DX=0.1, I_UPPER=3 /\n&HOLE XB=0.2,0.4,0,1,0,1 /\n&VENT MB='XMAX', SURF_ID='OPEN' /")
	f.Add("&MESH IJK=3,3,3, XB=0,1,0,1,0,1, MULT_ID='m' /\n&MULT ID='m', DX=2., I_UPPER=1 /\n&VENT DB='ZMAX', SURF_ID='OPEN' /\n&ZONE XYZ=0.5,0.5,0.5, LEAK_AREA(0)=0.1 /")
	f.Add(oneMesh + "&SURF ID='f', HRRPUA=9. /\n&VENT XB=0,1,0,1,0,0, SURF_ID='f', XYZ=0,0,0, SPREAD_RATE=0.1, RADIUS=0.3 /\n&DEVC XB=0,0,0,0,0,1, POINTS=4, QUANTITY='VELOCITY', VELO_INDEX=-2 /")
	f.Fuzz(func(t *testing.T, text string) {
		in, err := fds.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		if _, err := New(in, Options{MaxCells: 100000}); err != nil && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Fatal(err)
		}
	})
}

// TestLeaks: leakage of a zone, a duct to the open air, and what of ducts is not
// done.
func TestLeaks(t *testing.T) {
	c := build(t, oneMesh+`
&ZONE XYZ=1,1,1, LEAK_AREA(0)=0.01, LEAK_REFERENCE_PRESSURE(0)=50., LEAK_PRESSURE_EXPONENT(0)=0.7 /
&VENT ID='IN', XB=0,0,0.5,1,0.5,1, SURF_ID='HVAC' /
&VENT ID='TO', XB=2,2,0.5,1,0.5,1, SURF_ID='HVAC' /
&HVAC ID='a', TYPE_ID='NODE', DUCT_ID='d', AMBIENT=.TRUE., XYZ(3)=0.5 /
&HVAC ID='b', TYPE_ID='NODE', DUCT_ID='d', VENT_ID='IN' /
&HVAC ID='d', TYPE_ID='DUCT', NODE_ID='a','b', DIAMETER=0.2, LOSS=4.,4. /
&HVAC ID='f', TYPE_ID='FAN', VOLUME_FLOW=1. /
&HVAC ID='l', TYPE_ID='LEAK', VENT_ID='IN', VENT2_ID='TO', AREA=0.02 /
`)
	l := c.Scene.Leaks
	if len(l) != 2 || l[0].AreaM2 != .01 || l[0].Coeff != 1 || l[0].ReferencePa != 50 || l[0].Exponent != .7 || l[0].Box != c.Scene.Box || math.Abs(l[1].AreaM2-math.Pi*.01) > 1e-9 || l[1].Coeff != .5 {
		t.Errorf("%+v", l)
	}
	for _, words := range []string{"inertia", "'f': fan is not simulated", "leak between two rooms"} {
		if !c.says(words) {
			t.Errorf("%q is not said: %+v", words, c.Notes)
		}
	}
	if len(c.Scene.Vents) != 0 {
		t.Errorf("%+v", c.Scene.Vents)
	}
}

// TestSpray: fuel from a nozzle is given off below it, water is not simulated.
func TestSpray(t *testing.T) {
	text := oneMesh + `&REAC FUEL='N-HEPTANE' /
&PART ID='drops', SPEC_ID='SPECIES', DIAMETER=1000. /
&PROP ID='nozzle', PART_ID='drops', FLOW_RATE=60., SPRAY_ANGLE=30.,45. /
&OBST XB=0.5,1.5,0.5,1.5,0,0.5 /
&DEVC ID='n', XYZ=1,1,0.8, PROP_ID='nozzle', QUANTITY='TIME', SETPOINT=10. /
`
	c := build(t, strings.Replace(text, "SPECIES", "N-HEPTANE", 1))
	v := c.Scene.Vents
	if len(v) != 1 || v[0].Box[4] != .5 || len(v[0].There.SwitchS) != 1 {
		t.Fatalf("%+v", v)
	}
	if kgS := c.Scene.Surfaces[v[0].Surface].MassFluxKgM2S * area(v[0].Box, 2); math.Abs(kgS-.684) > 1e-9 {
		t.Errorf("%g kg/s of 60 l a minute", kgS)
	}
	c = build(t, strings.Replace(text, "SPECIES", "WATER VAPOR", 1))
	if len(c.Scene.Vents) != 0 || !c.says("wets, cools and puts out nothing") {
		t.Errorf("%+v", c.Notes)
	}
}

// TestFirstVentHolds: of vents that overlap FDS keeps the first, the scene the last.
func TestFirstVentHolds(t *testing.T) {
	c := build(t, oneMesh+`&SURF ID='one' /
&SURF ID='two' /
&VENT XB=0,1,0,1,0,0, SURF_ID='one' /
&VENT XB=0,2,0,2,0,0, SURF_ID='two' /
`)
	v := c.Scene.Vents
	if len(v) != 2 || c.Scene.Surfaces[v[1].Surface].Name != "one" {
		t.Errorf("%+v", v)
	}
}
