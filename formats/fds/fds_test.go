package fds

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"firescene/formats"
)

// TestPublicInputs reads every published input.
func TestPublicInputs(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/data/fire/*/fds/*.fds")
	more, _ := filepath.Glob("../../../shared/data/fire/smokeview-sample/*.fds")
	if files = append(files, more...); len(files) == 0 {
		t.Skip("the published inputs are not here")
	}
	for _, f := range files {
		r, err := os.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		in, err := Read(r)
		r.Close()
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		for _, u := range in.Unsupported {
			if u.Line == 0 || u.Effect == "" {
				t.Errorf("%s: %+v", f, u)
			}
		}
	}
}

const room = `text before
&HEAD CHID='room', TITLE='It''s a room' /
&MESH IJK=20,30,24, XB=0,2,0,3,0,2.4, MULT_ID='m' /
&MULT ID='m', DX=2., I_UPPER=1 /
&TIME T_END=60. TIME_SHRINK_FACTOR=10. /
&MISC TMPA=25., GVEC=0,0,-9.8 /
&REAC FUEL='PROPANE', SOOT_YIELD=0.02, RADIATIVE_FRACTION=0. /
&MATL ID='A', CONDUCTIVITY=0.2, SPECIFIC_HEAT_RAMP='c', DENSITY=700. /
&MATL ID='B', CONDUCTIVITY=0.1, SPECIFIC_HEAT=1., DENSITY=100. /
&RAMP ID='c', T=200, F=1.2 /
&RAMP ID='c', T=20, F=1. /
&SURF ID='wall', DEFAULT=.TRUE., MATL_ID(1,1)='A', MATL_ID(2,1:2)='B','A', MATL_MASS_FRACTION(2,1:2)=0.4,0.6, THICKNESS(1:2)=0.01,0.1, BACKING='INSULATED', COLOR='RED' /
&SURF ID='fire', HRRPUA=500., TAU_Q=-60. /
&OBST XB=1.0,0.5,1,1.5,0,0.4, SURF_IDS='fire','wall','INERT' /
&HOLE XB=1.9,2.1,1,2,0,2, DEVC_ID='d' /
&VENT MB='XMAX', SURF_ID='OPEN' /
&VENT PBZ=0, SURF_ID='wall' /
&DEVC ID='d', XYZ=1,1,1, QUANTITY='TIME', SETPOINT=30., INITIAL_STATE=.FALSE. /
&DEVC ID='line', XB=1,1,1,1,2,0, QUANTITY='TEMPERATURE', POINTS=5 /
&ZONE XYZ=1,1,1, LEAK_AREA(0)=0.01, LEAK_AREA(1)=0.5 /
&GEOM ID='body' /
&NEWS A=1 /
&TAIL /
&DEVC ID='after', XYZ=1,1,2, QUANTITY='TEMPERATURE' /
`

func TestRead(t *testing.T) {
	in, err := Read(strings.NewReader(room))
	if err != nil {
		t.Fatal(err)
	}
	if in.CHID != "room" || in.Title != "It's a room" || in.EndS != 60 || in.TimeShrink != 10 || in.AmbientC != 25 || len(in.Meshes) != 1 || in.Meshes[0].Cells != [3]int{20, 30, 24} || in.Meshes[0].Line != 3 {
		t.Errorf("%+v", in)
	}
	if r := in.Reactions[0]; !r.HasRadiative || r.RadiativeFraction != 0 || r.SootYield != .02 {
		t.Errorf("%+v", r)
	}
	if r := in.Ramp("c"); r == nil || !reflect.DeepEqual(r.T, []float64{20, 200}) || r.F[0] != 1 {
		t.Errorf("%+v", r)
	}
	s := in.Surfaces[0]
	if !s.Default || len(s.Layers) != 2 || s.Layers[0].Materials[0] != "A" || s.Layers[1].ThickM != .1 || len(s.Layers[1].Materials) != 2 || s.Layers[1].Shares[1] != .6 {
		t.Errorf("%+v", s)
	}
	if o := in.Obstructions[0]; o.Box != (Box{.5, 1, 1, 1.5, 0, .4}) || o.Surfaces != [6]string{"wall", "wall", "wall", "wall", "INERT", "fire"} {
		t.Errorf("%+v", o)
	}
	if d := in.Devices[1]; d.Points != 5 || d.Box[4] != 2 || d.Box[5] != 0 {
		t.Errorf("a line keeps its direction: %+v", d)
	}
	if z := in.Zones[0]; z.LeakM2 != .01 {
		t.Errorf("%+v", z)
	}
	if len(in.Devices) != 3 {
		t.Error("what follows &TAIL is read as well")
	}
	var got []string
	for _, u := range in.Unsupported {
		got = append(got, u.String())
	}
	want := []string{"&MISC GVEC", "&ZONE LEAK_AREA", "&GEOM", "&NEWS"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("unsupported %q, want %q", got, want)
	}
}

func TestReadRefuses(t *testing.T) {
	mesh := "&MESH IJK=2,2,2, XB=0,1,0,1,0,1 /\n"
	for text, words := range map[string]string{
		"": "no &MESH", "&MESH IJK=2,2 XB=0,1,0,1,0,1 /": "IJK has 2 numbers", "&MESH IJK=2,2,0, XB=0,1,0,1,0,1 /": "cells", "&MESH IJK=2,2,2, XB=0,0,0,1,0,1 /": "no size along x",
		mesh + "&OBST SURF_ID='a' /": "line 2", mesh + "&OBST XB=0,1,0,1,0 /": "5 numbers", mesh + "&VENT XB=0,1,0,1,0,1 /": "no plane", mesh + "&VENT MB='XMID' /": "XMID",
		mesh + "&TIME T_END=-5 /": "ends at", mesh + "&SURF ID='a', MATL_ID='b' /": "no thickness", mesh + "&MATL ID='b', DENSITY=1 /": "conducts nothing",
		mesh + "&RAMP ID='r' /": "no points", mesh + "&MULT ID='m', I_UPPER=-2 /": "counts", mesh + "&REAC SOOT_YIELD=3 /": "out of range", mesh + "&SURF HRRPUA='x' /": "HRRPUA",
		mesh + "&DEVC IOR=7, XYZ=0,0,0 /": "IOR=7", mesh + "&SPEC ID='a', SPEC_ID='b','c', VOLUME_FRACTION=1. /": "2 parts", mesh + "&DEVC XYZ=1,,2 /": "left out",
	} {
		_, err := Read(strings.NewReader(text))
		if !formats.IsDamaged(err) || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// small is an input with one of each record that is written.
func small() *Input {
	return &Input{CHID: "small", Title: "a 'small' room", EndS: 60, AmbientC: 21, PressurePa: 101325, HumidityPct: 40, NoRadiation: true, DeviceEveryS: 1, HRREveryS: 2, Frames: 30,
		Meshes:    []Mesh{{ID: "m", Cells: [3]int{10, 10, 10}, Box: Box{0, 1, 0, 1, 0, 1}}},
		Reactions: []Reaction{{Fuel: "PROPANE", SootYield: .01, HasRadiative: true, RadiativeFraction: .3, HeatKJKg: 46000}},
		Materials: []Material{{ID: "g", ConductWmK: .17, HeatKJKgK: 1.09, DensityKgM3: 930, Emissivity: .9}},
		Surfaces: []Surface{{ID: "wall", Default: true, Layers: []SurfaceLayer{{Materials: []string{"g"}, ThickM: .0127}, {Materials: []string{"g", "g"}, Shares: []float64{.5, .5}, ThickM: .1}}, Backing: "VOID"},
			{ID: "fire", HRRPUA: 500, RampQ: "q", HasIgnition: true, IgnitionC: 300, Backing: "EXPOSED"}},
		Ramps:        []Ramp{{ID: "q", T: []float64{0, 60}, F: []float64{0, 1}}},
		Obstructions: []Obst{{ID: "b", Box: Box{.2, .4, .2, .4, 0, .2}, Surfaces: [6]string{"wall", "wall", "wall", "wall", "wall", "fire"}}},
		Holes:        []Hole{{Box: Box{0, .1, .2, .5, 0, .8}, When: When{Device: "t"}}},
		Vents:        []Vent{{Border: "XMAX", Surface: "OPEN"}, {Box: Box{.2, .4, .2, .4, .2, .2}, Surface: "fire"}},
		Zones:        []Zone{{At: [3]float64{.5, .5, .5}, HasAt: true, LeakM2: .01, ReferencePa: 50, Exponent: .6}},
		Props:        []Prop{{ID: "link", Quantity: "LINK TEMPERATURE", HasActivation: true, ActivationC: 68, RTI: 50}},
		Devices: []Device{{ID: "t", Box: Box{.5, .5, .5, .5, .5, .5}, Quantity: "TIME", HasSetpoint: true, Setpoint: 30, Factor: 1},
			{ID: "s", Box: Box{.5, .5, .5, .5, .9, .9}, Prop: "link", Factor: 1}, {ID: "v", IsBox: true, Box: Box{0, 0, .2, .5, 0, .8}, Quantity: "MASS FLOW +", Factor: 1}},
		Slices:     []Slice{{Quantity: "TEMPERATURE", Axis: 1, AtM: .5, Vector: true}},
		Boundaries: []Slice{{Quantity: "WALL TEMPERATURE", Axis: -1}},
	}
}

func TestWriteRoundTrip(t *testing.T) {
	in := small()
	var b bytes.Buffer
	if err := Write(&b, in); err != nil {
		t.Fatal(err)
	}
	got, err := Read(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	forgetLines(got)
	if !reflect.DeepEqual(got, in) {
		t.Errorf("read back it differs:\n%+v\n%+v\n%s", got, in, b.String())
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if len(line) > 250 {
			t.Errorf("a line of %d characters", len(line))
		}
	}
	in.EndS = math.Inf(1)
	if err := Write(io.Discard, in); !formats.IsDamaged(err) {
		t.Error(err)
	}
	in = small()
	in.Title = "a\nb"
	if err := Write(io.Discard, in); !formats.IsDamaged(err) {
		t.Error(err)
	}
}

// forgetLines sets the lines of all records to 0.
func forgetLines(in *Input) {
	v := reflect.ValueOf(in).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		if f.Kind() != reflect.Slice || f.Type().Elem().Kind() != reflect.Struct {
			continue
		}
		for k := range f.Len() {
			if l := f.Index(k).FieldByName("Line"); l.IsValid() {
				l.SetInt(0)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(room))
	var b bytes.Buffer
	if err := Write(&b, small()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("&MESH IJK=1,1,1,XB=0,1,0,1,0,1/\n&SURF MATL_ID(3,2)='a',MATL_ID(:,1)='b',THICKNESS=1,2,3/\n&ZONE LEAK_AREA(0)=1/"))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := Read(bytes.NewReader(data))
		if err != nil {
			if !formats.IsDamaged(err) {
				t.Fatal(err)
			}
			return
		}
		if err := Write(io.Discard, in); err != nil && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Fatal(err)
		}
	})
}
