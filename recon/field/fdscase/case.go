// Package fdscase makes scenes of recon/field from inputs of FDS (formats/fds), and
// lays out what a run gives as FDS would.
//
// FDS may part a region into several meshes; they are merged into one grid of their
// finest spacing, and what lies in no mesh is solid. Copies (&MULT) are made, holes
// are cut, and blocks are moved to the nearest borders of cells as FDS does; what a
// burning face gains or loses by that is given back, so that the heat release is
// that of the input. Whatever is done otherwise than the input says is in Notes
// with its line.
//
// Source: K. McGrattan et al., Fire Dynamics Simulator User's Guide, NIST SP 1019,
// 6th ed. (2013 and later), whose rules of snapping, ramps and defaults are
// followed.
package fdscase

import (
	"fmt"
	"sort"
	"strings"

	"firescene/formats"
	"firescene/formats/fds"
	"firescene/recon/field"
)

// Options bound what is made.
type Options struct {
	MaxCells int     // of the merged grid; 0: DefaultMaxCells
	CellM    float64 // length of a cell, in the place of the input's; 0: the input's
}

// DefaultMaxCells is the most cells a scene gets without asking.
const DefaultMaxCells = 2000000

// Note is a thing that is not run as the input says, or looks wrong.
type Note struct {
	Line        int
	Where, What string
}

// Case is an input made ready to run.
type Case struct {
	Scene *field.Scene
	Notes []Note
	// BeginS and TimeFactor turn a time of the scene into one of the input:
	// BeginS + TimeFactor * t.
	BeginS, TimeFactor float64
	FrameEveryS        float64 // of the scene's time; 0: not stated
	Outputs            []Output
	Slices             []Slice
}

// InputTime is a time of the scene as the input counts it.
func (c *Case) InputTime(tS float64) float64 { return c.BeginS + c.TimeFactor*tS }

// New makes a scene. A reference that leads nowhere, and numbers that make no
// scene, are a *formats.FormatError; what is too large is a
// *formats.UnsupportedError. The scene's own sense is for field.Check.
func New(in *fds.Input, o Options) (*Case, error) {
	b := &builder{in: in, o: o, c: &Case{Scene: &field.Scene{}, BeginS: in.BeginS, TimeFactor: 1}, surfaceAt: map[string]int{}, deviceAt: map[string]int{}}
	if b.o.MaxCells == 0 {
		b.o.MaxCells = DefaultMaxCells
	}
	for _, u := range in.Unsupported {
		b.note(u.Line, u.String(), "%s", u.Effect)
	}
	for _, step := range []func() error{b.frame, b.meshes, b.surfaces, b.reaction, b.obstructions, b.voids, b.vents, b.leaks, b.initials, b.sprays, b.devices, b.slices} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	b.c.Notes = joined(b.c.Notes)
	return b.c, nil
}

// joined sorts notes by line and makes one of those that say the same.
func joined(notes []Note) []Note {
	sort.SliceStable(notes, func(i, j int) bool { return notes[i].Line < notes[j].Line })
	type key struct{ kind, what string }
	at, more := map[key]int{}, map[key]int{}
	out := notes[:0]
	for _, n := range notes {
		kind, _, _ := strings.Cut(n.Where, " ")
		k := key{kind, n.What}
		if _, said := at[k]; said {
			more[k]++
			continue
		}
		at[k] = len(out)
		out = append(out, n)
	}
	for k, n := range more {
		out[at[k]].Where += fmt.Sprintf(" and %d more", n)
	}
	return out
}

type builder struct {
	in *fds.Input
	o  Options
	c  *Case

	boxes     []field.Box // of the meshes, copies included
	cell      [3]float64
	surfaceAt map[string]int // index in Scene.Surfaces, or field.Ambient
	byDefault int
	deviceAt  map[string]int // index in Scene.Devices by the input's ID
	openVoid  bool           // what lies in no mesh is open air
	ductVents map[string]field.Box
	cuts      int // holes tried on blocks so far
	moved     int
	mostMoved float64
	mostLine  int
}

func (b *builder) note(line int, where, format string, args ...any) {
	b.c.Notes = append(b.c.Notes, Note{Line: line, Where: where, What: fmt.Sprintf(format, args...)})
}

// bad is a FormatError with its line.
func bad(line int, next, format string, args ...any) error {
	return &formats.FormatError{Format: fds.Format, Offset: -1, Reason: fmt.Sprintf("line %d: ", line) + fmt.Sprintf(format, args...), Next: next}
}

// frame is what holds for the whole scene.
func (b *builder) frame() error {
	s := b.c.Scene
	s.Name = b.in.CHID
	if f := b.in.TimeShrink; f > 0 && f != 1 {
		b.c.TimeFactor = f
		b.note(b.in.TimeShrinkLine, "&TIME TIME_SHRINK_FACTOR", "as in FDS, time runs %g times faster and solids hold %g times less heat; times are written as the input counts them, and times of fast things (alarms, growth) mean nothing", f, f)
	}
	s.EndS = b.sceneTime(b.in.EndS)
	s.AmbientK = b.in.AmbientC + kelvin
	s.PressurePa = b.in.PressurePa
	s.HumidityPct = b.in.HumidityPct
	every := b.in.DeviceEveryS
	if every == 0 || b.in.HRREveryS > 0 && b.in.HRREveryS < every {
		every = b.in.HRREveryS
	}
	s.SampleS = every / b.c.TimeFactor
	if b.in.Frames > 0 {
		b.c.FrameEveryS = s.EndS / float64(b.in.Frames)
	}
	if s.EndS <= 0 {
		return bad(1, "give T_END in &TIME", "the run ends as it begins")
	}
	return nil
}

// kelvin is the freezing point of water.
const kelvin = 273.15

// sceneTime is a time of the input as the scene counts it.
func (b *builder) sceneTime(tS float64) float64 { return (tS - b.in.BeginS) / b.c.TimeFactor }
