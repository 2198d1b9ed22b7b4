package main

import (
	"context"
	"path/filepath"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/formats/scans"
	"firescene/recon"
	"firescene/recon/register"
)

// foundPlace is what registration found of a scan that came without a place.
type foundPlace struct {
	Verdict       register.Verdict `json:"verdict"`
	Reason        register.Reason  `json:"reason"`
	WorldFromScan *[16]float64     `json:"worldFromScan,omitempty"`
	RMSmm         float64          `json:"rms_mm"`
	SigmaMM       float64          `json:"sigma_mm"`
}

// findPlaces registers the scans that have neither a stored nor a given place,
// against each other and those that have one. Files of several scans are left as
// they are. It gives nil when there is nothing to find.
func (r *stageRun) findPlaces(ctx context.Context, exhibits []forensics.Exhibit, poses map[string]casefile.ScanPose) (map[string]foundPlace, error) {
	missing, ids := map[string]bool{}, map[string]string{}
	opts := registerOptions{Targets: "spheres,boards", Workers: r.workers}
	for _, e := range exhibits {
		path := r.c.ExhibitPath(e)
		f, err := openScanFile(path, scans.Options{})
		if err != nil {
			continue // told when it is loaded
		}
		single := len(f.Scans) == 1
		posed := false
		for _, s := range f.Scans {
			posed = posed || s.Info().HasPose
		}
		f.Close()
		_, given := poses[e.ID]
		if !single && !posed && !given {
			continue
		}
		opts.Files, ids[path] = append(opts.Files, path), e.ID
		missing[path] = single && !posed && !given
	}
	if len(opts.Files) < 2 || !anyMissing(missing) {
		return nil, nil
	}
	stations, _, err := readStations(ctx, opts, r.report) // what fails is told when it is loaded
	if err != nil {
		return nil, err
	}
	list := make([]register.Scan, len(stations))
	for i := range stations {
		st := &stations[i]
		if p, ok := poses[ids[st.path]]; ok && st.of == 1 {
			st.scan.Guess = st.guess(p.WorldFromScan)
		}
		list[i] = st.scan
	}
	var sum registerSummary
	links, err := sum.findTargets(ctx, stations, opts, r.report)
	if err != nil {
		return nil, err
	}
	result, err := register.Register(ctx, list, register.Options{Workers: r.workers, Links: links,
		Progress: func(stage string, done, total int) { r.report(stage, int64(done), int64(total)) }})
	if err != nil {
		return nil, err
	}
	return places(stations, result, missing, ids), nil
}

// places picks the result of the scans that had no place. Those that hang together
// but not with a scan whose place is known are not used where there is one.
func places(stations []station, result *register.Result, missing map[string]bool, ids map[string]string) map[string]foundPlace {
	byName := map[string]*station{}
	for i := range stations {
		byName[stations[i].scan.Name] = &stations[i]
	}
	known, joined := false, false
	for _, p := range result.Scans {
		if !missing[byName[p.Name].path] {
			known = true
			joined = joined || p.Verdict == register.Registered
		}
	}
	out := map[string]foundPlace{}
	for _, p := range result.Scans {
		st := byName[p.Name]
		if !missing[st.path] {
			continue
		}
		f := foundPlace{Verdict: p.Verdict, Reason: p.Reason, RMSmm: 1000 * p.RMSM, SigmaMM: 1000 * p.SigmaM}
		if p.Verdict == register.Registered {
			if known && !joined {
				f.Verdict, f.Reason = register.Ambiguous, register.Reason{Key: "apart"}
			} else {
				m := st.matrix(p.WorldFromScan)
				f.WorldFromScan = &m
			}
		}
		out[ids[st.path]] = f
	}
	return out
}

func anyMissing(m map[string]bool) bool {
	for _, v := range m {
		if v {
			return true
		}
	}
	return false
}

// guess takes a place of the file's own coordinates to one of the station's.
func (s *station) guess(m [16]float64) *recon.Pose {
	p := recon.PoseFromMatrix([9]float64{m[0], m[1], m[2], m[4], m[5], m[6], m[8], m[9], m[10]}, r3.Vec{X: m[3], Y: m[7], Z: m[11]})
	p.T = r3.Add(p.T, p.Rotate(r3.Vec{X: s.offset[0], Y: s.offset[1], Z: s.offset[2]}))
	return &p
}

// tellPlaces gives the failure of a scan that was not placed its reason.
func (s *cloudSummary) tellPlaces(exhibits []forensics.Exhibit, found map[string]foundPlace, c *casefile.Case) {
	english := newTexts("en")
	for _, e := range exhibits {
		p, ok := found[e.ID]
		if !ok || p.Verdict == register.Registered {
			continue
		}
		for i := range s.Failed {
			if f := &s.Failed[i]; f.Reason == notRegistered && (f.Input == c.ExhibitPath(e) || f.Input == filepath.Base(c.ExhibitPath(e))) {
				f.Reason += ": " + string(p.Verdict) + ": " + reasonText(english, p.Reason)
				f.Next = "give its place with case add --transforms, or scan again with more in common"
			}
		}
	}
}
