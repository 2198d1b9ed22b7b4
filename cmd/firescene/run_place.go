package main

import (
	"context"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/recon"
)

// maxScenePoints bounds the cloud that pictures are drawn from.
const maxScenePoints = 2_000_000

// caseScene is the burnt place as measured: the photo model and the joined
// scans. Each stands in its own frame unless the photos were joined with the scans.
type caseScene struct {
	Photos *placedPhotos `json:"photos"` // nil: the case has no photos
	Scans  *scansResult  `json:"scans"`  // nil: the case has no scans
	Joined *joinedPhotos `json:"joined"` // the photo model among the scans; nil: not tried
}

// scansResult is what the scans stage keeps.
type scansResult struct {
	Cloud  cloudSummary       `json:"cloud"`
	File   string             `json:"file"`             // display cloud, relative to the case; empty when no scan could be read
	Octree string             `json:"octree,omitempty"` // every point of the joined scans as COPC, relative to the case
	ByID   map[string]string  `json:"byID"`             // file name of the copy, exhibit ID
	Given  map[string]float64 `json:"given"`            // exhibits whose pose was given, with its residual in mm
	// Found is what registration found of the scans that came without a place: by
	// exhibit, and #number where the scans of a file stand apart.
	Found map[string]foundPlace `json:"found,omitempty"`
	// Units are the exhibits whose unit is asked.
	Units map[string]unitQuestion `json:"units,omitempty"`
}

// reconstruct places the photos and joins the scans.
func (r *stageRun) reconstruct(ctx context.Context) (caseScene, error) {
	var s caseScene
	photos, err := r.exhibits(ctx, forensics.KindPhoto)
	if err != nil {
		return s, err
	}
	scans, err := r.exhibits(ctx, forensics.KindScan)
	if err != nil {
		return s, err
	}
	if len(photos) > 0 {
		control, err := r.exhibits(ctx, forensics.KindControl)
		if err != nil {
			return s, err
		}
		if s.Photos, err = r.placePhotos(ctx, photos, control); err != nil {
			return s, err
		}
	}
	if len(scans) > 0 {
		if s.Scans, err = r.joinScans(ctx, scans); err != nil {
			return s, err
		}
	}
	s.Joined, err = r.joinPhotos(ctx, s, scans)
	return s, err
}

// joinScans makes one display cloud of the scans whose place is known.
func (r *stageRun) joinScans(ctx context.Context, exhibits []forensics.Exhibit) (*scansResult, error) {
	poses, err := r.c.ScanPoses(ctx)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(poses, func(_ string, p casefile.ScanPose) bool { return p.Verdict == "ambiguous" }) // not to be relied on
	want := forensics.Step{Stage: "scans", Inputs: exhibitInputs(exhibits), Params: map[string]string{
		"max_points": strconv.Itoa(maxScenePoints), "voxel_m": fmt.Sprint(displayVoxelM), "octree": "copc", "register": "2", "poses": describePoses(exhibits, poses),
		"units": strings.Join(r.opts.Units, ","),
	}}
	if err := r.opts.Units.check(func(name string) bool {
		return slices.ContainsFunc(exhibits, func(e forensics.Exhibit) bool { return e.ID == name })
	}); err != nil {
		return nil, usageError{err}
	}
	result, err := runStage(ctx, r, scansDir, want, func(ctx context.Context, dir string, step *forensics.Step) (scansResult, error) {
		res := scansResult{ByID: map[string]string{}, Given: map[string]float64{}}
		asked, err := r.askUnits(ctx, exhibits, poses)
		if err != nil {
			return res, err
		}
		res.Units = asked
		taken := slices.DeleteFunc(slices.Clone(exhibits), func(e forensics.Exhibit) bool { return asked[e.ID].Held })
		found, err := r.findPlaces(ctx, taken, poses)
		if err != nil {
			return res, err
		}
		res.Found = found
		files := r.scanFiles(exhibits, poses, &res)
		for _, e := range taken {
			if p, ok := poses[e.ID]; ok {
				res.Given[e.ID] = p.RMSmm
			}
			res.ByID[filepath.Base(r.c.ExhibitPath(e))] = e.ID
		}
		step.Failed, step.In = r.heldUnits(exhibits, asked), len(exhibits)
		if len(files) == 0 {
			return res, nil
		}
		cloud, sum, err := loadCloud(ctx, files, maxScenePoints, r.report)
		if ctx.Err() != nil {
			return res, ctx.Err()
		}
		sum.tellPlaces(exhibits, found, r.c)
		sum.Failed = r.byExhibit(sum.Failed, exhibits)
		for i, u := range sum.Scans { // where the case lies is no part of the result
			sum.Scans[i].File = filepath.Base(u.File)
		}
		res.Cloud, step.Failed = sum, append(step.Failed, sum.Failed...)
		step.Out = len(sum.Scans)
		step.Warnings = append(step.Warnings, res.doubtedUnits(exhibits)...)
		if err != nil { // no scan could be read: the case goes on without a scene
			if len(sum.Failed) == 0 {
				step.Warnings = append(step.Warnings, err.Error())
			}
			return res, nil
		}
		res.File = path.Join(scansDir, "scene.ply")
		if err := joinedCOPC(ctx, files, filepath.Join(dir, "cloud.copc.laz"), r.report); err != nil {
			if ctx.Err() != nil {
				return res, ctx.Err()
			}
			step.Warnings = append(step.Warnings, "cloud.copc.laz: "+err.Error())
		} else {
			res.Octree = path.Join(scansDir, "cloud.copc.laz")
		}
		return res, writeCloudPLY(filepath.Join(dir, "scene.ply"), cloud)
	})
	return &result, err
}

// describePoses names the given poses, so that a changed one is noticed.
func describePoses(exhibits []forensics.Exhibit, poses map[string]casefile.ScanPose) string {
	s := ""
	for _, e := range exhibits {
		if p, ok := poses[e.ID]; ok {
			s += fmt.Sprintf("%s %v;", e.ID, p.WorldFromScan)
		}
	}
	return s
}

// exhibits returns the case's exhibits of one kind.
func (r *stageRun) exhibits(ctx context.Context, kind forensics.ExhibitKind) ([]forensics.Exhibit, error) {
	all, err := r.c.Exhibits(ctx)
	var out []forensics.Exhibit
	for _, e := range forensics.Current(all) {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out, err
}

// byExhibit puts the exhibit's ID and label where a failure names a path: where
// the case lies is no part of its results.
func (r *stageRun) byExhibit(failed []forensics.Failure, exhibits []forensics.Exhibit) []forensics.Failure {
	longest := slices.Clone(exhibits) // path first: one may begin with another
	slices.SortFunc(longest, func(a, b forensics.Exhibit) int { return len(r.c.ExhibitPath(b)) - len(r.c.ExhibitPath(a)) })
	out := make([]forensics.Failure, len(failed))
	for i, f := range failed {
		for _, e := range longest {
			p, name := r.c.ExhibitPath(e), e.ID+" ("+e.Label+")"
			f.Reason = strings.ReplaceAll(f.Reason, p, e.ID)
			if part, ok := strings.CutPrefix(f.Input, p); ok { // part: of a medium, such as a volume
				f.Input = name + part
			} else if f.Input == filepath.Base(p) {
				f.Input = name
			}
		}
		out[i] = f
	}
	return out
}

// sceneFile is the cloud in whose frame hypotheses are stated: that of the scans,
// else that of photos which given coordinates put into a frame; empty when there is
// neither.
func (s caseScene) sceneFile() string {
	switch {
	case s.Scans != nil && s.Scans.File != "":
		return s.Scans.File
	case s.Photos != nil && s.Photos.framed():
		return s.Photos.Cloud
	}
	return ""
}

// sceneCloud reads the display cloud back; nil when there is none.
func (r *stageRun) sceneCloud(ctx context.Context, s caseScene) (*recon.Cloud, error) {
	file := s.sceneFile()
	if file == "" {
		return nil, nil
	}
	cloud, _, err := loadCloud(ctx, []cloudFile{{Path: r.c.Path(file)}}, maxScenePoints, r.report)
	if err != nil {
		return nil, fmt.Errorf("read the scene back: %w", err)
	}
	cloud.Scaled = cloud.Scaled && (s.Scans == nil || !s.Scans.inDoubt()) // scanners measure metres, and so do framed photos
	return cloud, nil
}
