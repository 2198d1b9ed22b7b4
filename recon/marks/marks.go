// Package marks reads fire marks from joined scans: soot, char, clean burn and
// spalling on the walls, ceilings and floors of measured rooms, as an aid to the
// eye and no proof.
//
// Returned intensity falls with range and with the angle of incidence. Both are
// taken out by a model whose parameters the data gives itself: places that several
// stations saw from other ranges and angles must be equally bright (data-driven
// correction of B. Höfle and N. Pfeifer, Correction of laser scanning intensity
// data, ISPRS Journal 62, 2007; the cosine is Lambert's). Thresholds lie between
// the modes of the corrected values of the surfaces at hand. That soot lowers and
// fresh concrete raises them is published (C. Mukupa et al., on intensity of
// fire-exposed concrete, 2016-2017); what a surface was painted with is not known:
// a dark paint looks like soot, and a class comes with its confidence.
//
// What the marks are called follows NFPA 921: clean burn is a patch from which
// soot was burnt off, within soot; spalling is lost depth; a V pattern widens
// upwards.
package marks

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
	"firescene/recon/structure"
)

// Class is what a place looks like.
type Class uint8

// The classes. Unknown places were not measured well enough.
const (
	Clean Class = iota
	LightSoot
	Heavy // heavy soot or char: both are black
	CleanBurn
	Spall
	Unknown Class = 255
)

// Names of the classes, in their order.
var Names = []string{"clean", "light_soot", "heavy_soot_or_char", "clean_burn", "spall"}

func (c Class) String() string {
	if int(c) < len(Names) {
		return Names[c]
	}
	return "unknown"
}

// Options are limits of the search. The zero value takes the defaults.
type Options struct {
	CellM   float64 // edge of the cells of a surface (0.02)
	Workers int     // goroutines; the result does not depend on it (1)
}

// Marks is what was found.
type Marks struct {
	Panels      []*Panel
	SootLines   []SootLine
	V           []VPattern
	Spalls      []SpallMark
	Calibration Calibration
	Levels      Levels
	// Of each point of the survey: class, confidence 0 to 1, depth behind its surface
	// in metres where it lies in a spall, else 0.
	PointClass      []Class
	PointConfidence []float32
	PointDepthM     []float32
	Source          string // "intensity" or "colour"
}

// Kind says what a panel is.
type Kind string

// The kinds of panels.
const (
	Wall    Kind = "wall"
	Ceiling Kind = "ceiling"
	Floor   Kind = "floor"
)

// Panel is a measured surface cut into square cells. U runs along it from Origin, V
// upwards, on ceilings and floors across it.
type Panel struct {
	Room, Name   string
	Kind         Kind
	Plane        recon.Plane
	Origin, U, V r3.Vec
	CellM        float64
	Nu, Nv       int // cells; cell (u,v) is at v*Nu+u

	Count       []float32 // points
	Reflectance []float32 // corrected, relative; NaN where there is none
	Luminance   []float32 // of colour, 0..1; NaN where there is none
	DepthM      []float32 // behind the plane, smoothed; NaN where there is none
	Class       []Class
	Confidence  []float32

	CleanLevel  float64 // reflectance of its clean parts
	CleanOwn    bool    // found on the panel itself, not taken from the others
	DepthSigmaM float64 // standard deviation of DepthM about the plane, away from spalls
	inside      []bool
	distM       []float32 // signed mean distance, not smoothed
}

// At is the middle of a cell in world coordinates.
func (p *Panel) At(u, v float64) r3.Vec {
	return r3.Add(p.Origin, r3.Add(r3.Scale(u*p.CellM, p.U), r3.Scale(v*p.CellM, p.V)))
}

// ErrNoBrightness says that neither intensity nor colour is there.
var ErrNoBrightness = errors.New("marks: the cloud has neither intensity nor colour of all its scans")

// Find reads the marks on the surfaces of the rooms found in a survey.
func Find(ctx context.Context, s structure.Survey, found *structure.Found, opts Options) (*Marks, error) {
	if opts.CellM == 0 {
		opts.CellM = 0.02
	}
	if s.Cloud.Intensity == nil && s.Cloud.RGB == nil {
		return nil, ErrNoBrightness
	}
	m := &Marks{Source: "intensity"}
	if s.Cloud.Intensity == nil {
		m.Source = "colour"
	}
	for i := range found.Rooms {
		m.Panels = append(m.Panels, panelsOf(&found.Rooms[i], opts.CellM)...)
	}
	if len(m.Panels) == 0 {
		return nil, fmt.Errorf("marks: no walls, floors or ceilings were found to look at")
	}
	for _, p := range m.Panels {
		p.cutOpenings(found.Openings)
	}
	w := &search{s: s, opts: opts, m: m}
	for _, f := range []func(context.Context) error{w.assign, w.calibrate, w.fill, w.levels, w.depths, w.lines, w.classify, w.patterns, w.points} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := f(ctx); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// search is the work under way.
type search struct {
	s     structure.Survey
	opts  Options
	m     *Marks
	panel []int16 // of each point; -1 none
	cell  []int32 // of each point on its panel
}

// brightness is what a point gave back: intensity, or the luminance of its colour.
func (w *search) brightness(i int) float64 {
	c := w.s.Cloud
	if c.Intensity != nil {
		return float64(c.Intensity[i])
	}
	return luminance(c.RGB[3*i:])
}

// luminance of sRGB bytes, linear, 0..1 (IEC 61966-2-1).
func luminance(rgb []uint8) float64 {
	return 0.2126*linear[rgb[0]] + 0.7152*linear[rgb[1]] + 0.0722*linear[rgb[2]]
}

var linear = func() (t [256]float64) {
	for i := range t {
		v := float64(i) / 255
		if v <= 0.04045 {
			t[i] = v / 12.92
		} else {
			t[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return t
}()
