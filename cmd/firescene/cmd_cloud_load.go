package main

import (
	"context"
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/formats/points"
	"firescene/formats/scans"
	"firescene/recon"
	"firescene/recon/octree"
	"firescene/recon/register"
)

// cloudFile is a scanner export with the places that were found for it.
type cloudFile struct {
	Path string
	// WorldFromScan, 4x4 row-major, takes the place of the pose stored in a file
	// of one scan; in a file of several it is applied after their poses. nil
	// leaves the stored poses as they are.
	WorldFromScan *[16]float64
	// Scans has the places of single scans, by their number in the file from 0. Such
	// a place stands instead of all others; a nil one says that the place is not known:
	// the scan is counted and not joined.
	Scans map[int]*[16]float64
	// Metres is the length of one unit of the coordinates, 0 for metres. Places are in
	// metres, stored poses in the file's unit.
	Metres float64
}

// placeOf takes the coordinates of scan i of a file of several scans to the world,
// as they are stored. It is not known when that was found of the scan.
func (f *cloudFile) placeOf(i, scans int, stored *[16]float64) (pose [16]float64, known bool) {
	unit := f.Metres
	if unit == 0 {
		unit = 1
	}
	whole := *stored // takes coordinates in the file's unit to a world in the file's unit
	for _, k := range [3]int{3, 7, 11} {
		whole[k] *= unit
	}
	if own, ok := f.Scans[i]; ok {
		if own == nil {
			return points.IdentityPose, false
		}
		whole = *own
	} else if f.WorldFromScan != nil && scans == 1 {
		whole = *f.WorldFromScan
	} else if f.WorldFromScan != nil {
		whole = product(f.WorldFromScan, &whole)
	}
	if unit != 1 {
		scale := [16]float64{unit, 0, 0, 0, 0, unit, 0, 0, 0, 0, unit, 0, 0, 0, 0, 1}
		whole = product(&whole, &scale)
	}
	return whole, true
}

// givePose takes over the places that were stated of a file; ambiguous ones are not
// to be relied on.
func (f *cloudFile) givePose(p *casefile.ScanPose) {
	if p.MetresPerUnit > 0 {
		f.Metres = p.MetresPerUnit
	}
	if len(p.Scans) == 0 {
		f.WorldFromScan = &p.WorldFromScan
		return
	}
	f.Scans = map[int]*[16]float64{}
	for i := range p.Scans {
		s := &p.Scans[i]
		f.Scans[s.Scan-1] = nil
		if s.Verdict != string(register.Ambiguous) && s.Verdict != string(register.Refused) {
			f.Scans[s.Scan-1] = &s.WorldFromScan
		}
	}
}

// hasPlace says that the place of scan i in the world is known.
func (f *cloudFile) hasPlace(i int, stored bool) bool {
	if own, ok := f.Scans[i]; ok {
		return own != nil
	}
	return stored || f.WorldFromScan != nil
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
	Scan       int  `json:"scan,omitempty"` // number within the file from 1; only where it holds several
	Registered bool `json:"registered"`     // its place in the world is known
	Used       bool `json:"used"`
}

const (
	displayVoxelM = 0.004 // finest detail of a display cloud
	notRegistered = "not registered: its place among the other scans is not known"
)

// loadCloud joins scanner exports into a display cloud of at most maxPoints
// points. The scans of one file share that file's frame, in which an E57 scan
// without a pose stands as it is, unless places of single scans were found. A scan
// is registered when its place was found or its file stores a pose. With several
// files only registered ones are joined; when none is, only the first readable file
// is used, of scans apart the first one. The others are listed as failures. Every
// scan is read to its end, so that counts are exact. The cloud does not depend on the
// order of registered files.
func loadCloud(ctx context.Context, files []cloudFile, maxPoints int, report progressFunc) (*recon.Cloud, cloudSummary, error) {
	sum := cloudSummary{Scans: []cloudScanUse{}, Failed: []forensics.Failure{}}
	grid, err := octree.NewGrid(octree.Options{VoxelM: displayVoxelM, MaxVoxels: maxPoints, Coarsen: true})
	if err != nil {
		return nil, sum, err
	}
	for _, place := range placesUsed(files) {
		used, failed, err := gridFile(ctx, grid, place, scans.Options{}, report)
		if err != nil {
			return nil, sum, err
		}
		sum.Failed = append(sum.Failed, failed...)
		for i, u := range used {
			use := cloudScanUse{cloudUsedScan: u, Registered: place.registered[i], Used: place.use[i]}
			input := u.File
			if len(place.use) > 1 {
				use.Scan = i + 1
				if place.Scans != nil {
					input = scanTitle(u.File, i+1)
				}
			}
			sum.Scans = append(sum.Scans, use)
			sum.Points += u.Points
			if use.Used {
				sum.Joined += u.Points
			} else if i == 0 || place.Scans != nil { // the scans of one frame are told once
				sum.Failed = append(sum.Failed, forensics.Failure{Input: input, Reason: notRegistered, Next: "register the scans first: firescene register"})
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
	for _, s := range sum.Scans {
		cloud.Scaled = cloud.Scaled && !(s.Used && s.NoUnit)
	}
	sum.Kept, sum.VoxelM = cloud.Len(), grid.VoxelM()
	return cloud, sum, nil
}

// scanTitle names one of several scans of a file.
func scanTitle(path string, number int) string { return fmt.Sprintf("%s#%d", path, number) }

// placedFile is a file with what is done with each of its scans.
type placedFile struct {
	cloudFile
	registered []bool // the place of the scan in the world is known
	use        []bool // the scan is joined
}

// placesUsed tells of each file which of its scans are joined: those whose place is
// known; when no place is known at all, the first file that can be read, of scans
// that each have their own frame the first one.
func placesUsed(files []cloudFile) []placedFile {
	out, any := make([]placedFile, len(files)), false
	for i, file := range files {
		out[i].cloudFile = file
		f, err := openScanFile(file.Path, scans.Options{})
		if err != nil {
			continue // reported when it is read
		}
		stored := false
		for _, s := range f.Scans {
			stored = stored || s.Info().HasPose
		}
		for k := range f.Scans {
			known := file.hasPlace(k, stored)
			out[i].registered, any = append(out[i].registered, known), any || known
		}
		f.Close()
		out[i].use = out[i].registered
	}
	if any {
		return out
	}
	for i := range out {
		p := &out[i]
		if len(p.registered) == 0 {
			continue
		}
		apart := len(p.Scans) > 0
		p.use = make([]bool, len(p.registered))
		for k := range p.use {
			p.use[k] = k == 0 || !apart
		}
		p.Scans = nil // stands as stored
		if apart {
			p.Scans = map[int]*[16]float64{}
			for k := range p.use[1:] {
				p.Scans[k+1] = nil
			}
		}
		break
	}
	return out
}

// joinedCOPC writes every point of the scans that loadCloud joins as an octree with
// levels of detail.
func joinedCOPC(ctx context.Context, files []cloudFile, out string, report progressFunc) error {
	var list []surveyed
	for _, place := range placesUsed(files) {
		if !anyTrue(place.use) {
			continue
		}
		of, _, err := surveyPlaced(ctx, []cloudFile{place.cloudFile}, scans.Options{}, report)
		if err != nil {
			return err
		}
		for _, sv := range of {
			if place.use[sv.idx] {
				list = append(list, sv)
			}
		}
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

func (s cloudSummary) failures() []forensics.Failure { return s.Failed }

func (s cloudSummary) print(w io.Writer, t texts) {
	for _, u := range s.Scans {
		fmt.Fprintln(w, " ", t.T("cloud_used", "File", u.File, "Name", u.Name, "Points", u.Points, "Claimed", u.Claimed, "Invalid", u.Invalid))
	}
	fmt.Fprintln(w, t.T("cloud_loaded", "Points", s.Points, "Joined", s.Joined, "Kept", s.Kept, "Voxel", fmt.Sprintf("%g", s.VoxelM*1000)))
}
