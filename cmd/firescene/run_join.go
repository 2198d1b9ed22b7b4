package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"path"
	"path/filepath"
	"strings"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/formats/points"
	"firescene/formats/scans"
	"firescene/recon"
	"firescene/recon/register"
	"firescene/render/report"
)

// joinedDir is where the photo model lies once it stands in the frame of the scans.
const joinedDir = casefile.CloudDir + "/photos-in-scans"

// joinedPhotos is what was found of the photo model's place among the scans.
type joinedPhotos struct {
	Verdict register.Verdict `json:"verdict"`
	Reason  register.Reason  `json:"reason"`
	// WorldFromPhotos, 4x4 row-major, takes the photo model to the frame of the scans
	// with its scale; nil when there is no place.
	WorldFromPhotos *[16]float64 `json:"worldFromPhotos,omitempty"`
	Scale           float64      `json:"metresPerUnit,omitempty"`
	SigmaScale      float64      `json:"sigma_scale,omitempty"` // relative
	RMSmm           float64      `json:"rms_mm,omitempty"`
	SigmaMM         float64      `json:"sigma_mm,omitempty"`
	SigmaDeg        float64      `json:"sigma_deg,omitempty"`
	OverlapPct      float64      `json:"overlap_pct,omitempty"`
	AgainstPct      float64      `json:"against_pct,omitempty"`
	Cloud           string       `json:"cloud,omitempty"` // the dense cloud in the frame of the scans; only when registered
}

// mostPhotoPoints bounds the points of the photo cloud that take part.
const mostPhotoPoints = 2_000_000

// joinPhotos places the photo model among the scans, with its scale. That it can not be
// placed is an outcome, not a failure of the run.
func (r *stageRun) joinPhotos(ctx context.Context, s caseScene, exhibits []forensics.Exhibit) (*joinedPhotos, error) {
	if s.Photos == nil || s.Photos.Dense == nil || s.Scans == nil || s.Scans.File == "" || s.Scans.inDoubt() {
		return nil, nil
	}
	inputs, err := r.resultsOf(photosDir, scansDir)
	if err != nil {
		return nil, err
	}
	want := forensics.Step{Stage: "join", Inputs: inputs, Params: map[string]string{"points": fmt.Sprint(mostPhotoPoints)}}
	result, err := runStage(ctx, r, joinedDir, want, func(ctx context.Context, dir string, step *forensics.Step) (joinedPhotos, error) {
		poses, err := r.c.ScanPoses(ctx)
		if err != nil {
			return joinedPhotos{}, err
		}
		list, place, err := r.scansPlaced(ctx, r.scanFiles(exhibits, poses, s.Scans))
		if err != nil {
			return joinedPhotos{}, err
		}
		cloud, err := r.photoPoints(ctx, r.c.Path(s.Photos.Cloud))
		if err != nil {
			return joinedPhotos{}, err
		}
		r.report("join", 0, 1)
		found, err := register.JoinScaled(ctx, list, place, cloud, r.workers)
		if err != nil {
			return joinedPhotos{}, err
		}
		step.In = 1
		j := makeJoined(found)
		if j.Verdict != register.Registered {
			step.Failed = append(step.Failed, forensics.Failure{Input: "photos", Reason: "not joined with the scans: " + string(j.Verdict) + ": " + reasonText(newTexts("en"), j.Reason),
				Next: "take photos of what the scanner saw, or measure points for a control file"})
			return j, nil
		}
		step.Out = 1
		out := filepath.Join(dir, photosCloud)
		j.Cloud = path.Join(joinedDir, photosCloud)
		return j, r.movePhotos(ctx, r.c.Path(s.Photos.Cloud), out, j.WorldFromPhotos)
	})
	return &result, err
}

func makeJoined(p register.ScaledPlace) joinedPhotos {
	j := joinedPhotos{Verdict: p.Verdict, Reason: p.Reason, AgainstPct: 100 * p.Against}
	if !p.HasPlace {
		return j
	}
	w := recon.Pose{Q: p.WorldFromCloud.Turn, T: p.WorldFromCloud.T}.Matrix()
	k, t := p.WorldFromCloud.Scale, p.WorldFromCloud.T
	j.WorldFromPhotos = &[16]float64{k * w[0], k * w[1], k * w[2], t.X, k * w[3], k * w[4], k * w[5], t.Y, k * w[6], k * w[7], k * w[8], t.Z, 0, 0, 0, 1}
	j.Scale, j.SigmaScale, j.RMSmm = k, p.SigmaScale, 1000*p.RMSM
	j.SigmaMM, j.SigmaDeg, j.OverlapPct = 1000*p.SigmaM, p.SigmaRad*180/math.Pi, 100*p.Overlap
	return j
}

// scanFiles are the scans of the case with the places that the scans stage found.
func (r *stageRun) scanFiles(exhibits []forensics.Exhibit, poses map[string]casefile.ScanPose, s *scansResult) (files []cloudFile) {
	for _, e := range exhibits {
		if s.Units[e.ID].Held {
			continue
		}
		f := cloudFile{Path: r.c.ExhibitPath(e), Metres: unitMetres[r.unitOf(e.ID, poses)]}
		if p, ok := poses[e.ID]; ok && p.Verdict != string(register.Ambiguous) {
			f.givePose(&p)
		}
		f.useFound(e.ID, s.Found)
		files = append(files, f)
	}
	return files
}

// scansPlaced reads the scans of the scene with their places.
func (r *stageRun) scansPlaced(ctx context.Context, files []cloudFile) (list []register.Scan, place []recon.Pose, err error) {
	for _, file := range placesUsed(files) {
		if !anyTrue(file.use) {
			continue
		}
		opts := registerOptions{Files: []string{file.Path}}
		unit := 1.0
		if file.Metres > 0 {
			unit = file.Metres
		}
		stations, _, err := readStations(ctx, opts, r.report) // what fails was told when it was loaded
		if err != nil {
			return nil, nil, err
		}
		f, err := openScanFile(file.Path, scans.Options{})
		if err != nil {
			return nil, nil, err
		}
		for i := range stations {
			st := &stations[i]
			info := f.Scans[st.idx].Info()
			m, known := file.placeOf(st.idx, st.of, &info.WorldFromScan)
			if !known || !file.use[st.idx] {
				continue
			}
			for k := range st.scan.XYZ {
				st.scan.XYZ[k] *= float32(unit)
			}
			for k := range 3 { // the unit is in the points now
				st.offset[k] *= unit
				st.scan.Viewpoint[k] *= unit
				for c := range 3 {
					m[4*k+c] /= unit
				}
			}
			list, place = append(list, st.scan), append(place, *st.guess(m))
		}
		f.Close()
	}
	return list, place, nil
}

// photoPoints reads points and normals of the photos' cloud, every n-th of many.
func (r *stageRun) photoPoints(ctx context.Context, path string) (register.Scan, error) {
	out := register.Scan{Name: "photos"}
	f, err := openScanFile(path, scans.Options{})
	if err != nil {
		return out, err
	}
	defer f.Close()
	s := f.Scans[0]
	every, seen := max(1, (s.Info().Count+mostPhotoPoints-1)/mostPhotoPoints), int64(0)
	var c points.Chunk
	for {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		err := s.Next(&c)
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		for i := range c.N {
			if seen++; (seen-1)%every != 0 {
				continue
			}
			out.XYZ = append(out.XYZ, float32(c.X[i]), float32(c.Y[i]), float32(c.Z[i]))
			if c.Normal != nil {
				out.Normal = append(out.Normal, c.Normal[i][:]...)
			}
		}
		r.report("read", seen, s.Info().Count)
	}
}

// movePhotos writes the photos' cloud in the frame of the scans.
func (r *stageRun) movePhotos(ctx context.Context, from, to string, world *[16]float64) error {
	list, _, err := surveyPlaced(ctx, []cloudFile{{Path: from, WorldFromScan: world}}, scans.Options{}, r.report)
	if err != nil {
		return err
	}
	sum := cloudWriteSummary{Out: to, Form: scans.PLY}
	sum.use(list)
	src := &scanSource{ctx: ctx, list: list, report: r.report, total: sum.PointsIn}
	defer src.Close()
	return writePLY(&sum, src)
}

// content is what the report says of it, in words where they are.
func (j *joinedPhotos) content(p *placedPhotos, t texts) *report.PhotoJoin {
	if j == nil {
		return nil
	}
	out := &report.PhotoJoin{Registered: j.Verdict == register.Registered, Why: strings.TrimRight(t.T("register_"+string(j.Verdict))+t.T("report_colon")+reasonText(t, j.Reason), "。."),
		MetresPerUnit: j.Scale, RelSigma: j.SigmaScale, SigmaMM: j.SigmaMM, SigmaDeg: j.SigmaDeg, RMSMM: j.RMSmm, OverlapPct: j.OverlapPct, Cloud: j.Cloud}
	if p.Scaled && out.Registered { // two scales that know nothing of each other
		out.CheckPct, out.CheckSigmaPct = 100*(j.Scale-1), 100*math.Hypot(j.SigmaScale, p.ScaleRel)
		out.Checked = true
	}
	return out
}
