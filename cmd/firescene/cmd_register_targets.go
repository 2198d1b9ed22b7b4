package main

import (
	"context"
	"slices"

	"firescene/recon/register"
	"firescene/recon/target"
)

// foundTarget is a target in one scan, in the scan's own frame.
type foundTarget struct {
	File    string      `json:"file"`
	Scan    int         `json:"scan,omitempty"`
	Kind    target.Kind `json:"kind"`
	Centre  [3]float64  `json:"centre_m"`
	SigmaMM float64     `json:"sigma_mm"`
	SizeM   float64     `json:"size_m"` // radius of a sphere, reach of a board
	RMSmm   float64     `json:"rms_mm"`
	Points  int         `json:"points"`
	Coarse  bool        `json:"coarse,omitempty"` // listed, and not used: its centre is not known well enough
}

// coarseTargetM is the standard deviation of a target's centre from which on it is not
// used: surfaces place scans far better. Lines of a checkerboard can not be told better
// than between which beams they pass, 2 mm at 2 to 3 m with beams a quarter of a degree
// apart.
const coarseTargetM = 0.002

// findTargets looks for targets in each scan and matches those of each pair.
func (s *registerSummary) findTargets(ctx context.Context, stations []station, opts registerOptions, report progressFunc) ([]register.Link, error) {
	kinds, err := opts.wanted()
	if err != nil || len(kinds) == 0 {
		return nil, err
	}
	found := make([][]target.Target, len(stations))
	for i := range stations {
		st := &stations[i]
		report("targets", int64(i), int64(len(stations)))
		if !register.Stood(st.scan.XYZ, *st.scan.Viewpoint, opts.Workers) {
			continue // a joined cloud: what a target hides can not be told
		}
		found[i], err = target.Find(ctx, st.scan.XYZ, st.scan.Intensity, target.Options{
			Spheres: kinds["spheres"], Boards: kinds["boards"], RadiiM: opts.RadiusM, Viewpoint: *st.scan.Viewpoint, Workers: opts.Workers})
		if err != nil {
			return nil, err
		}
		for _, t := range found[i] {
			f := foundTarget{File: st.path, Kind: t.Kind, SigmaMM: 1000 * t.SigmaM, SizeM: t.SizeM, RMSmm: 1000 * t.RMSM, Points: t.Points, Coarse: t.SigmaM > coarseTargetM}
			for k := range 3 {
				f.Centre[k] = t.Centre[k] + st.offset[k]
			}
			if st.of > 1 {
				f.Scan = st.idx + 1
			}
			s.Targets = append(s.Targets, f)
		}
		found[i] = slices.DeleteFunc(found[i], func(t target.Target) bool { return t.SigmaM > coarseTargetM })
	}
	var links []register.Link
	for i := range found {
		for j := range i {
			l := register.Link{A: stations[i].scan.Name, B: stations[j].scan.Name}
			for _, c := range target.Match(found[i], found[j]) {
				a, b := found[i][c.A], found[j][c.B]
				l.PA, l.PB = append(l.PA, a.Centre), append(l.PB, b.Centre)
				l.SigmaM = max(l.SigmaM, a.SigmaM, b.SigmaM)
			}
			if len(l.PA) > 0 {
				links = append(links, l)
			}
		}
	}
	return links, nil
}
