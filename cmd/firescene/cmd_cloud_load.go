package main

import (
	"context"
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats/scans"
	"firescene/recon"
	"firescene/recon/octree"
)

// cloudFile is a scanner export with the place that was found for it.
type cloudFile struct {
	Path string
	// WorldFromScan, 4x4 row-major, takes the place of the pose stored in a file
	// of one scan; in a file of several it is applied after their poses. nil
	// leaves the stored poses as they are.
	WorldFromScan *[16]float64
}

// placeOf is the pose of one of a file's scans, whose stored pose is given.
func (f *cloudFile) placeOf(stored *[16]float64, scans int) [16]float64 {
	switch {
	case f.WorldFromScan == nil:
		return *stored
	case scans == 1:
		return *f.WorldFromScan
	}
	return product(f.WorldFromScan, stored)
}

// cloudSummary says what went into a display cloud and what did not.
type cloudSummary struct {
	Scans  []cloudScanUse      `json:"scans"`
	Points int64               `json:"points"` // valid points read, of all scans
	Joined int64               `json:"joined"` // of these, the points of scans in the cloud
	Kept   int                 `json:"kept"`   // points of the display cloud
	VoxelM float64             `json:"voxel"`  // one point a voxel of this edge
	Failed []forensics.Failure `json:"failed"`
}

// cloudScanUse is one scan with its counts and whether it is in the cloud.
type cloudScanUse struct {
	cloudUsedScan
	Registered bool `json:"registered"` // its place in the world is known
	Used       bool `json:"used"`
}

const (
	displayVoxelM = 0.004 // finest detail of a display cloud
	notRegistered = "not registered: its place among the other scans is not known"
)

// loadCloud joins scanner exports into a display cloud of at most maxPoints
// points. The scans of one file share that file's frame, in which an E57 scan
// without a pose stands as it is. A file is registered when it has a
// WorldFromScan or stores a pose. With several files only registered ones are
// joined; when none is, only the first readable one is used. The others are
// listed as failures. Every scan is read to its end, so that counts are exact.
// The cloud does not depend on the order of registered files.
func loadCloud(ctx context.Context, files []cloudFile, maxPoints int, report progressFunc) (*recon.Cloud, cloudSummary, error) {
	sum := cloudSummary{Scans: []cloudScanUse{}, Failed: []forensics.Failure{}}
	grid, err := octree.NewGrid(octree.Options{VoxelM: displayVoxelM, MaxVoxels: maxPoints, Coarsen: true})
	if err != nil {
		return nil, sum, err
	}
	registered, readable, use := placesUsed(files)
	for i, file := range files {
		into := grid
		if !use[i] {
			into = nil // counted, not joined
		}
		used, failed, err := gridFile(ctx, into, file.Path, file.WorldFromScan, scans.Options{}, report)
		if err != nil {
			return nil, sum, err
		}
		sum.Failed = append(sum.Failed, failed...)
		if readable[i] && !use[i] {
			sum.Failed = append(sum.Failed, forensics.Failure{Input: file.Path, Reason: notRegistered, Next: "register the scans first: firescene register"})
		}
		for _, u := range used {
			sum.Scans = append(sum.Scans, cloudScanUse{cloudUsedScan: u, Registered: registered[i], Used: use[i]})
			sum.Points += u.Points
			if use[i] {
				sum.Joined += u.Points
			}
		}
	}
	if grid.Len() == 0 {
		if len(sum.Failed) > 0 {
			return nil, sum, allFailed(sum.Failed)
		}
		return nil, sum, fmt.Errorf("the scans hold no points")
	}
	cloud, _, _ := grid.Cloud()
	sum.Kept, sum.VoxelM = cloud.Len(), grid.VoxelM()
	return cloud, sum, nil
}

// placesKnown tells of each file whether it can be opened and whether its place
// in the world is known.
func placesKnown(files []cloudFile) (registered, readable []bool) {
	registered, readable = make([]bool, len(files)), make([]bool, len(files))
	for i, file := range files {
		f, err := openScanFile(file.Path, scans.Options{})
		if err != nil {
			continue // reported when it is read
		}
		readable[i], registered[i] = true, file.WorldFromScan != nil
		for _, s := range f.Scans {
			registered[i] = registered[i] || s.Info().HasPose
		}
		f.Close()
	}
	return registered, readable
}

// placesUsed adds which files are joined: the registered ones, else the first that
// can be read.
func placesUsed(files []cloudFile) (registered, readable, use []bool) {
	registered, readable = placesKnown(files)
	use = registered
	if !anyTrue(registered) {
		use = firstOf(readable)
	}
	return registered, readable, use
}

// joinedCOPC writes every point of the scans that loadCloud joins as an octree with
// levels of detail.
func joinedCOPC(ctx context.Context, files []cloudFile, out string, report progressFunc) error {
	_, _, use := placesUsed(files)
	var joined []cloudFile
	for i, f := range files {
		if use[i] {
			joined = append(joined, f)
		}
	}
	list, _, err := surveyPlaced(ctx, joined, scans.Options{}, report)
	if err != nil {
		return err
	}
	sum := cloudWriteSummary{Out: out, Form: scans.COPC}
	sum.use(list)
	src := &scanSource{ctx: ctx, list: list, report: report, total: sum.PointsIn}
	defer src.Close()
	return writeCOPC(&sum, src)
}

func anyTrue(list []bool) bool {
	for _, b := range list {
		if b {
			return true
		}
	}
	return false
}

// firstOf keeps the first true of a list.
func firstOf(list []bool) []bool {
	out := make([]bool, len(list))
	for i, b := range list {
		if b {
			out[i] = true
			break
		}
	}
	return out
}

func (s cloudSummary) failures() []forensics.Failure { return s.Failed }

func (s cloudSummary) print(w io.Writer, t texts) {
	for _, u := range s.Scans {
		fmt.Fprintln(w, " ", t.T("cloud_used", "File", u.File, "Name", u.Name, "Points", u.Points, "Claimed", u.Claimed, "Invalid", u.Invalid))
	}
	fmt.Fprintln(w, t.T("cloud_loaded", "Points", s.Points, "Joined", s.Joined, "Kept", s.Kept, "Voxel", fmt.Sprintf("%g", s.VoxelM*1000)))
}
