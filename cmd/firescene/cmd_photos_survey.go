package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"regexp"
	"slices"

	"firescene/forensics"
	"firescene/recon"
	"firescene/recon/bundle"
	"firescene/recon/control"
	"firescene/recon/marker"
	"firescene/recon/sfm"
)

// givenControl is what was measured at the place, with the files that say it.
type givenControl struct {
	input control.Input
	files []forensics.FileHash
}

// readControls reads control files, which count as one: a point may be listed in
// one of them and referred to in another.
func readControls(paths []string) (givenControl, error) {
	var g givenControl
	for _, path := range paths {
		in, err := readControl(path)
		if err != nil {
			return g, err
		}
		sum, sizeB, err := hashFile(path)
		if err != nil {
			return g, err
		}
		g.files = append(g.files, forensics.FileHash{Path: path, SizeB: sizeB, SHA256: sum})
		g.input.Points = append(g.input.Points, in.Points...)
		g.input.Distances = append(g.input.Distances, in.Distances...)
		g.input.CheckDistances = append(g.input.CheckDistances, in.CheckDistances...)
		g.input.Level.Plumb = append(g.input.Level.Plumb, in.Level.Plumb...)
		g.input.Level.Flat = append(g.input.Level.Flat, in.Level.Flat...)
		g.input.Level.SigmaM = max(g.input.Level.SigmaM, in.Level.SigmaM)
		g.input.Level.Floor = g.input.Level.Floor || in.Level.Floor
	}
	if len(paths) > 1 {
		if err := control.Check(&g.input, marker.IsName); err != nil {
			return g, fmt.Errorf("the control files together: %w", err)
		}
	}
	return g, nil
}

// scales says that something given can set the scale.
func (g *givenControl) scales() bool {
	for _, p := range g.input.Points {
		if p.Given != nil {
			return true
		}
	}
	return len(g.input.Distances) > 0
}

// survey makes the model metric and level by what was measured at the place, with
// the precision of all of it. What contradicts itself sets no scale: the model is
// then only levelled, and the summary says what contradicts.
func (al *album) survey(ctx context.Context, model *recon.SparseModel, given givenControl, scale photosScale, opts photosOptions, sum *photosSummary, report progressFunc) (*recon.SparseModel, error) {
	opt := control.Options{Workers: opts.Workers, Seed: opts.Seed}
	al.namePicks(&given.input)
	var targets []control.Point
	if len(given.files) > 0 {
		var err error
		photos := al.photos()
		for i, p := range al.list { // audited already
			photos[i].Open = func() (image.Image, error) { return al.decode(p) }
		}
		if targets, err = findTargets(ctx, photos, opts.Workers, report); err != nil {
			return nil, err
		}
	}
	report("survey", 0, 1)
	out, found, err := control.Apply(ctx, model, &given.input, targets, opt)
	var contradiction *control.ContradictionError
	if errors.As(err, &contradiction) {
		sum.Control = contradiction.Report
		sum.Failed = append(sum.Failed, forensics.Failure{Input: "control", Reason: contradiction.Reason, Next: contradiction.Next})
		out, _, err = control.Apply(ctx, model, given.input.WithoutScale(), targets, opt)
	} else if err == nil {
		sum.Control = found
	}
	if errors.Is(err, bundle.ErrNotHeld) {
		sum.Control = nil
		sum.Warnings = append(sum.Warnings, "the photos hold the model too weakly to say how sure it is; what was measured at the place was not brought in; add photos that overlap by two thirds")
		out, err = model, nil
	}
	if err != nil {
		return nil, err
	}
	if scale.metres > 0 {
		if err := sfm.ScaleByDistance(out, scale.a, scale.b, scale.metres); err != nil {
			return nil, fmt.Errorf("--scale: %w; name two photos of the model", err)
		}
		switch sure, err := control.Assess(out, opt); {
		case err == nil:
			out = sure
		case !errors.Is(err, bundle.ErrNotHeld):
			return nil, err
		}
	}
	report("survey", 1, 1)
	return out, nil
}

// copyName is what the copy of an exhibit in a case is called: by its exhibit and by
// the name that it came with.
var copyName = regexp.MustCompile(`^E\d{3,}-(.+)$`)

// nameAsGiven notes what copies of a case were called before: whoever made a mask or
// picked points in IMG_0007.jpg could not know that the case calls its copy
// E007-IMG_0007.jpg. A name that stands for several photos names none of them.
func (al *album) nameAsGiven() {
	count := map[string]int{}
	for i := range al.list {
		p := &al.list[i]
		p.given = p.name
		if m := copyName.FindStringSubmatch(p.name); m != nil {
			p.given = m[1]
		}
		count[p.given]++
		if p.given != p.name {
			count[p.name] += 2 // a photo of that very name comes first
		}
	}
	for i := range al.list {
		if p := &al.list[i]; count[p.given] != 1 {
			p.given = p.name
		}
	}
}

// namePicks gives picks the names that the photos have here.
func (al *album) namePicks(in *control.Input) {
	here := map[string]string{}
	for _, p := range al.list {
		here[p.given] = p.name
	}
	for i := range in.Points {
		picks := slices.Clone(in.Points[i].Picks)
		for k := range picks {
			if name, ok := here[picks[k].Photo]; ok {
				picks[k].Photo = name
			}
		}
		in.Points[i].Picks = picks
	}
}
