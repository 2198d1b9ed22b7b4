package smvcase

import (
	"fmt"

	"firescene/formats/smokeview"
	"firescene/recon/field"
)

// index states the scene.
func (p *Writer) index() {
	s := p.scene
	c := &p.c
	c.Title, c.CHID, c.Input, c.Version = p.o.Title, p.o.CHID, p.o.Input, "firescene"
	c.Tables = p.o.Tables
	c.EndS = p.o.Time(s.EndS)
	c.HRRPUVCut = 200
	c.HeatKJKg, c.FuelName = s.Reaction.HeatKJKg, s.Reaction.Fuel
	c.Props = []smokeview.Prop{{Name: "null", Shapes: []string{"sensor"}}}
	add := func(name string, kind int, colour [4]float64) {
		c.Surfaces = append(c.Surfaces, smokeview.Surface{Name: name, IgnitionC: 5000, Emissivity: 0.9, Kind: kind, Size: [2]float64{1, 1}, RGBA: colour, Texture: "null"})
	}
	add("INERT", 0, [4]float64{1, .8, .4, 1})
	for i := range s.Surfaces {
		u := &s.Surfaces[i]
		switch {
		case u.HRRPUA > 0 || u.MassFluxKgM2S > 0:
			add(u.Name, 0, [4]float64{1, .3, 0, 1})
		case len(u.Layers) > 0:
			add(u.Name, 0, [4]float64{.85, .83, .78, 1})
		default:
			add(u.Name, 0, [4]float64{1, .8, .4, 1})
		}
	}
	p.outer(add)
	c.DefaultSurface = "INERT"
	for i := range s.Devices {
		d := &s.Devices[i]
		v := smokeview.Device{Label: d.Name, Quantity: quantityWords(d.Quantity), Normal: d.Orientation, Prop: "null"}
		box := false
		for a := range 3 {
			v.At[a] = (d.Box[2*a] + d.Box[2*a+1]) / 2
			box = box || d.Box[2*a] != d.Box[2*a+1]
		}
		if v.Normal == [3]float64{} {
			v.Normal = [3]float64{0, 0, -1}
		}
		if box {
			v.Box = &[6]float64{d.Box[0], d.Box[2], d.Box[4], d.Box[1], d.Box[3], d.Box[5]}
		}
		c.Devices = append(c.Devices, v)
	}
}

// quantityWords is a name for the viewer's list.
func quantityWords(q field.Quantity) string {
	switch q {
	case field.GasTemperature, field.Thermocouple:
		return "TEMPERATURE"
	case field.LinkTemperature:
		return "LINK TEMPERATURE"
	case field.ChamberObscuration:
		return "CHAMBER OBSCURATION"
	case field.GaugeHeatFlux, field.TargetGaugeFlux:
		return "GAUGE HEAT FLUX"
	case field.LayerHeight:
		return "LAYER HEIGHT"
	case field.UpperTemperature:
		return "UPPER TEMPERATURE"
	}
	return "MEASUREMENT"
}

// outer states the mesh with its blocks and vents, after the surfaces of OPEN and
// MIRROR.
func (p *Writer) outer(add func(name string, kind int, colour [4]float64)) {
	s := p.scene
	open := len(p.c.Surfaces)
	add("OPEN", 2, [4]float64{1, 0, 1, 1})
	mirror := len(p.c.Surfaces)
	add("MIRROR", -2, [4]float64{1, .8, .4, 1})
	m := smokeview.Mesh{Name: "MESH_0000001", Cells: p.cells, Box: s.Box}
	for a, at := range []*[]float64{&m.X, &m.Y, &m.Z} {
		for i := range p.cells[a] + 1 {
			*at = append(*at, p.origin[a]+float64(i)*p.d[a])
		}
	}
	for i := range s.Obstructions {
		o := &s.Obstructions[i]
		v := smokeview.Obst{Box: o.Box, ID: i + 1, Grid: p.grid(o.Box), Colour: -1, Shape: -1, Label: fmt.Sprintf("OBST-%d", i+1)}
		for side, k := range o.Surfaces {
			v.Surfaces[side] = max(0, k+1)
		}
		m.Obsts = append(m.Obsts, v)
	}
	for i := range s.Vents {
		t := &s.Vents[i]
		v := smokeview.Vent{Box: t.Box, ID: i + 1, Surface: max(0, t.Surface+1), Grid: p.grid(t.Box), Colour: 99}
		switch t.Kind {
		case field.Open:
			v.Surface, v.Colour, v.Shape = open, -99, 2
		case field.Mirror:
			v.Surface, v.Colour, v.Shape = mirror, -99, -2
		}
		m.Vents = append(m.Vents, v)
	}
	p.c.Meshes = []smokeview.Mesh{m}
}

func (p *Writer) grid(b field.Box) (g [6]int) {
	for k := range g {
		g[k] = p.line(k/2, b[k])
	}
	return g
}

// events says when blocks come and go and devices respond.
func (p *Writer) events(res *field.Result) {
	activated := map[string]float64{}
	if res != nil {
		for i, d := range res.Devices {
			if d.ActivatedS >= 0 {
				activated[d.Name] = d.ActivatedS
				p.c.Events = append(p.c.Events, smokeview.Event{Keyword: "DEVICE_ACT", Device: d.Name, Index: i + 1, TimeS: p.o.Time(d.ActivatedS), State: 1})
			}
		}
	}
	for i := range p.scene.Obstructions {
		there := &p.scene.Obstructions[i].There
		shown := !there.StartsOff
		say := func(t float64) {
			key := "HIDE_OBST"
			if shown {
				key = "SHOW_OBST"
			}
			p.c.Events = append(p.c.Events, smokeview.Event{Keyword: key, Mesh: 1, Index: i + 1, TimeS: p.o.Time(t)})
		}
		if there.StartsOff {
			say(0)
		}
		times := append([]float64(nil), there.SwitchS...)
		if t, ok := activated[there.Device]; ok && there.Device != "" {
			times = append(times, t)
		}
		for _, t := range times {
			shown = !shown
			say(t)
		}
	}
}
