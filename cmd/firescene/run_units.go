package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/formats/scans"
)

// unitList is what --unit states: "UNIT" for all, "NAME=UNIT" for one file or exhibit.
type unitList []string

// check refuses units that are not known and names that are not there.
func (l unitList) check(known func(name string) bool) error {
	for _, u := range l {
		name, unit, named := strings.Cut(u, "=")
		if !named {
			unit = u
		}
		if _, ok := unitMetres[unit]; !ok {
			return fmt.Errorf("--unit %s: units are m, cm, mm, in, ft and us-ft", u)
		}
		if named && !known(name) {
			return fmt.Errorf("--unit %s: %s is not among the scans", u, name)
		}
	}
	return nil
}

// of is the metres of one unit of coordinates that is stated of a name; a unit stated
// of it by name goes before one stated for all.
func (l unitList) of(name string) (metres float64, stated bool) {
	for _, u := range l {
		if n, unit, named := strings.Cut(u, "="); named && n == name {
			return unitMetres[unit], true
		} else if !named {
			metres, stated = unitMetres[u], true
		}
	}
	return metres, stated
}

// unitOf names the unit that is stated of an exhibit, by the user of the run or with its
// pose; empty when none is.
func (r *stageRun) unitOf(id string, poses map[string]casefile.ScanPose) string {
	metres, stated := r.opts.Units.of(id)
	if !stated {
		metres = poses[id].MetresPerUnit
	}
	for name, m := range unitMetres {
		if m == metres {
			return name
		}
	}
	return ""
}

// unitQuestion asks in which unit an exhibit is. It is answered with --unit.
type unitQuestion struct {
	Unit   string  `json:"unit"`             // that it seems to be in, or that its file states
	Stated bool    `json:"stated,omitempty"` // by the file
	Height float64 `json:"height,omitempty"` // from floor to ceiling as stored
	Metres float64 `json:"metres,omitempty"` // the same in that unit
	// Held says that the exhibit is left out until the question is answered: taken for
	// metres it would be larger than any building, or its file says that it is not in
	// metres. Otherwise it is taken for metres, and no length of it is to be relied on.
	Held bool `json:"held"`
}

// mostStorey is the height of a storey in metres, above which coordinates are not
// taken for metres: halls of works and churches are lower.
const mostStorey = 60

// askUnits looks at the heights of each exhibit whose unit is not stated by the user.
// A file has one unit: a scan of it that suits metres answers for all.
func (r *stageRun) askUnits(ctx context.Context, exhibits []forensics.Exhibit, poses map[string]casefile.ScanPose) (map[string]unitQuestion, error) {
	asked := map[string]unitQuestion{}
	for _, e := range exhibits {
		file := cloudFile{Path: r.c.ExhibitPath(e)}
		if p, ok := poses[e.ID]; ok {
			file.givePose(&p)
		}
		if r.unitOf(e.ID, poses) != "" {
			continue
		}
		f, err := openScanFile(file.Path, scans.Options{})
		if err != nil {
			continue // told when it is loaded
		}
		q, err := askUnit(ctx, &file, f, r.report)
		f.Close()
		if err != nil {
			return nil, err
		}
		if q != nil {
			asked[e.ID] = *q
		}
	}
	return asked, nil
}

// askUnit is nil when there is nothing to ask. An error is of the context alone.
func askUnit(ctx context.Context, file *cloudFile, f *scanFile, report progressFunc) (*unitQuestion, error) {
	var asked *unitQuestion
	for i, s := range f.Scans {
		if u := unitOf(s); u != "" {
			return &unitQuestion{Unit: u, Stated: true, Held: true}, nil
		}
		info, done := s.Info(), int64(0)
		pose, known := file.placeOf(i, len(f.Scans), &info.WorldFromScan)
		if !known {
			pose = info.WorldFromScan
		}
		m, _ := measureScan(ctx, s, &pose, func(n int) { // damage is told when it is loaded
			done += int64(n)
			report("units", done, max(info.Count, done))
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		h, ok := m.Levels.storey()
		if !ok {
			continue
		}
		u := suspectUnit(&m)
		if u == nil {
			return nil, nil
		}
		if asked == nil {
			asked = &unitQuestion{Unit: u.Unit, Height: u.Height, Metres: u.Metres, Held: h > mostStorey}
		}
	}
	return asked, nil
}

// text puts the question into words.
func (q unitQuestion) text(t texts, exhibit string) string {
	key := "run_unit_asked"
	switch {
	case q.Stated:
		key = "run_unit_stated"
	case q.Held:
		key = "run_unit_held"
	}
	return t.T(key, "Exhibit", exhibit, "Unit", q.Unit, "Height", fmt.Sprintf("%.4g", q.Height), "Metres", fmt.Sprintf("%.2f", q.Metres))
}

// heldUnits lists the exhibits that are left out until their unit is stated.
func (r *stageRun) heldUnits(exhibits []forensics.Exhibit, asked map[string]unitQuestion) []forensics.Failure {
	english, out := newTexts("en"), []forensics.Failure{}
	for _, e := range exhibits {
		if q := asked[e.ID]; q.Held {
			out = append(out, forensics.Failure{Input: e.ID + " (" + e.Label + ")", Reason: q.text(english, e.ID), Next: fmt.Sprintf("state its unit: firescene run --unit %s=UNIT, with m, cm, mm, in, ft or us-ft", e.ID)})
		}
	}
	return out
}

// doubtedUnits are warnings of the exhibits that are taken for metres all the same.
func (s *scansResult) doubtedUnits(exhibits []forensics.Exhibit) (out []string) {
	english, used, doubt := newTexts("en"), s.used(), s.inDoubt()
	for _, e := range exhibits {
		if q, ok := s.Units[e.ID]; ok && !q.Held && (doubt || !used[e.ID]) {
			out = append(out, q.text(english, e.ID))
		}
	}
	return out
}

// used are the exhibits with a scan in the scene.
func (s *scansResult) used() map[string]bool {
	used := map[string]bool{}
	for i := range s.Cloud.Scans {
		if u := &s.Cloud.Scans[i]; u.Used {
			used[s.ByID[filepath.Base(u.File)]] = true
		}
	}
	return used
}

// inDoubt says that lengths of the scene are not to be relied on: the unit of every
// scan in it is asked. A scan that meets others in metres is in metres too.
func (s *scansResult) inDoubt() bool {
	used := s.used()
	for id := range used {
		if _, asked := s.Units[id]; !asked {
			return false
		}
	}
	return len(used) > 0
}
