package main

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/formats/scans"
	"firescene/recon/register"
)

// foundPlace is what registration found of a scan that came without a place.
type foundPlace struct {
	Verdict       register.Verdict `json:"verdict"`
	Reason        register.Reason  `json:"reason"`
	WorldFromScan *[16]float64     `json:"worldFromScan,omitempty"`
	RMSmm         float64          `json:"rms_mm"`
	SigmaMM       float64          `json:"sigma_mm"`
	// Together says that it is the place of all scans of a file, which share a frame.
	Together bool `json:"together,omitempty"`
}

// askedScan is a station with what is known of its place before registration.
type askedScan struct {
	key      string // exhibit, and number of the scan in a file of several that stand apart
	missing  bool   // its place is not known
	together bool   // it is all scans of a file, which share its frame
}

// findPlaces registers the scans whose place is not known, against each other and
// those whose place is. It gives nil when there is nothing to find.
func (r *stageRun) findPlaces(ctx context.Context, exhibits []forensics.Exhibit, poses map[string]casefile.ScanPose) (map[string]foundPlace, error) {
	ids, opts := map[string]string{}, registerOptions{Targets: "spheres,boards", Workers: r.workers}
	loose, whole := 0, 0
	for _, e := range exhibits {
		path := r.c.ExhibitPath(e)
		f, err := openScanFile(path, scans.Options{})
		if err != nil {
			continue // told when it is loaded
		}
		for _, s := range placesSaid(f) {
			if _, given := poses[e.ID]; s == placeStored || given {
				whole++
			} else {
				loose++
			}
		}
		f.Close()
		opts.Files, ids[path] = append(opts.Files, path), e.ID
		if name := r.unitOf(e.ID, poses); name != "" {
			opts.Units = append(opts.Units, path+"="+name)
		}
	}
	if loose == 0 || loose+whole < 2 {
		return nil, nil
	}
	stations, _, err := readStations(ctx, opts, r.report) // what fails is told when it is loaded
	if err != nil {
		return nil, err
	}
	stations, asked, err := askPlaces(stations, ids, poses, r.workers)
	if err != nil {
		return nil, err
	}
	if len(stations) < 2 || !slices.ContainsFunc(asked, func(a askedScan) bool { return a.missing }) {
		return nil, nil
	}
	list := make([]register.Scan, len(stations))
	for i := range stations {
		list[i] = stations[i].scan
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
	return places(stations, asked, result), nil
}

// places picks the result of the scans whose place was asked. Those that hang together
// but not with a scan whose place is known are not used where there is one.
func places(stations []station, asked []askedScan, result *register.Result) map[string]foundPlace {
	at := map[string]int{}
	for i := range stations {
		at[stations[i].scan.Name] = i
	}
	known, joined := false, false
	for _, p := range result.Scans {
		if !asked[at[p.Name]].missing {
			known = true
			joined = joined || p.Verdict == register.Registered
		}
	}
	out := map[string]foundPlace{}
	for _, p := range result.Scans {
		st, a := &stations[at[p.Name]], asked[at[p.Name]]
		if !a.missing {
			continue
		}
		f := foundPlace{Verdict: p.Verdict, Reason: p.Reason, RMSmm: 1000 * p.RMSM, SigmaMM: 1000 * p.SigmaM, Together: a.together}
		if p.Verdict == register.Registered {
			if known && !joined {
				f.Verdict, f.Reason = register.Ambiguous, register.Reason{Key: "apart"}
			} else {
				m := st.matrix(p.WorldFromScan)
				f.WorldFromScan = &m
			}
		}
		out[a.key] = f
	}
	return out
}

// useFound gives a file the places that were found of its scans.
func (f *cloudFile) useFound(id string, found map[string]foundPlace) {
	if p, ok := found[id]; ok {
		f.WorldFromScan = p.WorldFromScan
		if p.WorldFromScan == nil && !p.Together { // whatever its file says
			f.Scans = map[int]*[16]float64{0: nil}
		}
	}
	for key, p := range found {
		if e, number, ok := strings.Cut(key, "#"); ok && e == id {
			if n, err := strconv.Atoi(number); err == nil {
				if f.Scans == nil {
					f.Scans = map[int]*[16]float64{}
				}
				f.Scans[n-1] = p.WorldFromScan
			}
		}
	}
}

// foundOf is what registration found of a scan that went into the scene, if it was
// asked.
func (s *scansResult) foundOf(u *cloudScanUse) (foundPlace, bool) {
	id := s.ByID[filepath.Base(u.File)]
	if p, ok := s.Found[id]; ok {
		return p, true
	}
	p, ok := s.Found[scanTitle(id, u.Scan)]
	return p, ok
}

// tellPlaces gives the failure of a scan that was not placed its reason.
func (s *cloudSummary) tellPlaces(exhibits []forensics.Exhibit, found map[string]foundPlace, c *casefile.Case) {
	english := newTexts("en")
	byPath := map[string]string{}
	for _, e := range exhibits {
		byPath[c.ExhibitPath(e)] = e.ID
	}
	for i := range s.Failed {
		f := &s.Failed[i]
		key := byPath[f.Input]
		if at := strings.LastIndexByte(f.Input, '#'); key == "" && at >= 0 {
			key = byPath[f.Input[:at]] + f.Input[at:]
		}
		if p, ok := found[key]; ok && p.Verdict != register.Registered && f.Reason == notRegistered {
			f.Reason += ": " + string(p.Verdict) + ": " + reasonText(english, p.Reason)
			f.Next = "give its place with case add --transforms, or scan again with more in common"
		}
	}
}
