package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"firescene/forensics"
	"firescene/formats/smokeview"
	"firescene/recon"
	"firescene/recon/exposure"
	"firescene/recon/fire"
	"firescene/recon/fire/gascourse"
	"firescene/render"
	"firescene/render/scene"
)

// fireShown is what pictures show of fires.
type fireShown struct {
	layers, flames, openings bool
	gas                      render.GasShown
	fields                   map[string]*gascourse.Course // by hypothesis; "" where none is named
	notes                    []string
	places                   map[string][]recon.OpeningPlace
	surfaces                 map[string]*exposure.SurfaceCourse
	marks                    bool
	fromShare                float64 // of the picture's width that is not painted
}

// fireShown reads what --show and --field-from ask for.
func (o *renderOptions) fireShown(ctx context.Context, fires []caseFire) (*fireShown, error) {
	f := &fireShown{fields: map[string]*gascourse.Course{}, notes: []string{}, places: map[string][]recon.OpeningPlace{}}
	for _, name := range strings.FieldsFunc(o.Show, func(r rune) bool { return r == ',' || r == ' ' }) {
		switch name {
		case "layers":
			f.layers = true
		case "flames":
			f.flames = true
		case "openings":
			f.openings = true
		case "smoke":
			f.gas.Smoke = true
		case "temperature":
			f.gas.Temperature = true
		case "heat":
			f.gas.Heat = true
		default:
			return nil, usageError{fmt.Errorf("render: --show %s: there are layers, smoke, temperature, heat, flames and openings", name)}
		}
	}
	for _, s := range o.FieldFrom {
		id, path := splitFieldFrom(s)
		known := id == ""
		for _, c := range fires {
			known = known || c.Hypothesis.ID == id
		}
		if !known {
			return nil, usageError{fmt.Errorf("--field-from %s: no hypothesis has the ID %s", s, id)}
		}
		c, err := readGasCourse(ctx, path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for _, n := range c.Notes {
			f.notes = append(f.notes, path+": "+n)
		}
		if c.Stride() > 1 {
			f.notes = append(f.notes, fmt.Sprintf("%s: one frame in %d is drawn, so that all fit into memory", path, c.Stride()))
		}
		f.fields[id] = c
	}
	if o.Paint != "" {
		f.surfaces, f.marks = map[string]*exposure.SurfaceCourse{}, o.Paint == "marks"
		if o.Beside {
			f.fromShare = 0.5
		}
		for _, c := range fires {
			s, err := exposure.Surfaces(ctx, c.Hypothesis, c.Result, 0)
			if err != nil {
				return nil, err
			}
			f.surfaces[c.Hypothesis.ID] = s
			for _, n := range s.Uncovered {
				f.notes = append(f.notes, c.Hypothesis.ID+": "+n)
			}
		}
	}
	if len(o.FieldFrom) > 0 && f.gas == (render.GasShown{}) {
		f.gas = render.GasShown{Smoke: true, Heat: true}
	}
	return f, nil
}

// readGasCourse reads the gas of a field model's result.
func readGasCourse(ctx context.Context, path string) (*gascourse.Course, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	c, err := smokeview.ReadCase(file)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	return gascourse.Read(ctx, c, func(name string) (io.ReadCloser, error) {
		// An index names files beside it, whatever path it was written with.
		return os.Open(filepath.Join(dir, filepath.Base(filepath.FromSlash(strings.ReplaceAll(name, `\`, "/")))))
	}, gascourse.Options{})
}

func (f *fireShown) fieldOf(id string) *gascourse.Course {
	if c := f.fields[id]; c != nil {
		return c
	}
	return f.fields[""]
}

// alone is a result that is drawn without a hypothesis; nil when there is none.
func (f *fireShown) alone() *gascourse.Course { return f.fields[""] }

// add shows one hypothesis at a moment: origin, detectors, and of its fire what was asked
// for.
func (f *fireShown) add(s *render.Scene, c caseFire, afterS float64, t texts) error {
	h := c.Hypothesis
	scene.AddHypothesis(s, h, t.T("draw_origin", "ID", h.ID))
	s.Legend = append([]render.Legend{
		{Text: t.T("draw_points"), Standing: forensics.Measured},
		{Text: t.T("draw_detector"), Symbol: "detector", Standing: forensics.Supposed},
		{Text: t.T("draw_origins"), Symbol: "origin", Standing: forensics.Supposed},
	}, s.Legend...)
	if c := f.surfaces[h.ID]; c != nil {
		s.Paint = &render.Paint{Marks: f.marks, FromShare: f.fromShare, Patches: c.ExposureAt(afterS)}
		if f.marks {
			s.Paint.Patches = c.MarksAt(afterS)
		}
	}
	field := f.fieldOf(h.ID)
	if field != nil {
		f.addField(s, field, afterS)
	} else {
		s.ShowGas = f.gas
		if f.layers {
			scene.AddHotLayers(s, h, c.Result, afterS)
		}
		if f.gas.Smoke {
			scene.AddSmoke(s, h, c.Result, afterS)
		}
	}
	if f.openings {
		places, ok := f.places[h.ID]
		if !ok {
			var err error
			if places, err = fire.OpeningPlaces(h); err != nil {
				return err
			}
			f.places[h.ID] = places
		}
		scene.AddOpenings(s, places, afterS)
		if len(places) > 0 {
			s.Legend = append(s.Legend, render.Legend{Text: t.T("draw_openings"), Standing: forensics.Supposed})
		}
	}
	if f.flames {
		flames := fire.Flames(h, c.Result, afterS)
		if len(flames) > 0 {
			// Where a field model says where heat was released, that is shown.
			scene.AddFlames(s, flames, field == nil || !f.gas.Heat, scene.FlameLabel)
			s.Legend = append(s.Legend, render.Legend{Text: t.T("draw_flames"), Standing: forensics.Inferred})
		}
	}
	return nil
}

// addField shows the gas of a field model's result.
func (f *fireShown) addField(s *render.Scene, c *gascourse.Course, afterS float64) {
	s.ShowGas = f.gas
	s.Gas = append(s.Gas, c.At(afterS)...)
}
