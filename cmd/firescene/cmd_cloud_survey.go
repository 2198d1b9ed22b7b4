package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/spatial/r3"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/formats/points"
	"firescene/formats/scans"
	"firescene/recon"
	"firescene/recon/register"
	"firescene/recon/structure"
)

// surveyOptions says how scans become one cloud with known stations.
type surveyOptions struct {
	files           []string
	transforms      string
	sameFrame       bool
	scannerAtOrigin bool
	maxPoints       int
	ignoreChecksums bool
	placed          []cloudFile // files whose places are known, instead of files
	// stationsOnly leaves out scans whose points can not have been made from where
	// they are said to have been scanned.
	stationsOnly bool
	workers      int
}

// mostSurveyPoints is how many points are kept in memory unless more are asked for.
const mostSurveyPoints = 12_000_000

// surveyFlags adds the flags that all commands on joined scans share.
func (o *surveyOptions) surveyFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.transforms, "transforms", "", "transforms.json of a registration with the scans' poses")
	f.BoolVar(&o.sameFrame, "same-frame", false, "files without a pose share one frame already")
	f.BoolVar(&o.scannerAtOrigin, "scanner-at-origin", false, "in scans without a pose the scanner stood at 0 0 0")
	f.IntVar(&o.maxPoints, "max-points", mostSurveyPoints, "most points to keep in memory, about 100 bytes each; of more every n-th is taken")
	f.BoolVar(&o.ignoreChecksums, "ignore-checksums", false, "read E57 pages whose checksum is wrong; they are listed")
}

const surveyHelp = `

The scans are joined by the poses stored in them or given with --transforms.
Their poses tell where the scanner stood; with that, surfaces have a front, and
rays that passed through a door or window are known. A cloud without them is
taken too; what can not be told without the scanner's place is then left out.`

// surveyUse says what went into a survey.
type surveyUse struct {
	Scans  []cloudUsedScan     `json:"scans"`
	Points int64               `json:"points"`
	Kept   int                 `json:"pointsKept"`
	Every  int                 `json:"everyNth"` // 1: all points
	Placed int                 `json:"stations"` // scans whose scanner's place is known
	Notes  []note              `json:"notes"`
	Failed []forensics.Failure `json:"failed"`
	// Unseen are the scans that were left out for want of a station.
	Unseen []string `json:"withoutStation,omitempty"`
}

// surveyScan is a scan that goes into a survey.
type surveyScan struct {
	path  string
	idx   int
	pose  [16]float64
	known bool
}

// loadSurvey joins scans into one cloud in memory. Coordinates are single precision
// about a whole metre near the first points.
func loadSurvey(ctx context.Context, o surveyOptions, report progressFunc) (structure.Survey, surveyUse, error) {
	use := surveyUse{Scans: []cloudUsedScan{}, Notes: []note{}, Failed: []forensics.Failure{}, Every: 1}
	var s structure.Survey
	list, total, err := o.plan(&use)
	if err != nil {
		return s, use, err
	}
	if o.maxPoints > 0 && total > int64(o.maxPoints) {
		use.Every = int((total + int64(o.maxPoints) - 1) / int64(o.maxPoints))
		use.Notes = append(use.Notes, makeNote("survey_note_every", "N", use.Every))
	}
	allKnown := true
	for _, sc := range list {
		allKnown = allKnown && sc.known
	}
	if !allKnown {
		use.Notes = append(use.Notes, makeNote("survey_note_no_stations"))
	}
	b := surveyBuilder{every: use.Every, cloud: &recon.Cloud{Scaled: true}, intensity: true, rgb: true, normal: true}
	for _, sc := range list {
		if err := b.add(ctx, sc, o, &use, report); err != nil {
			return s, use, err
		}
	}
	if b.cloud.Len() == 0 {
		if len(use.Failed) > 0 {
			return s, use, allFailed(use.Failed)
		}
		return s, use, fmt.Errorf("the scans hold no points")
	}
	b.finish(&use)
	use.Kept = b.cloud.Len()
	s.Cloud = b.cloud
	if allKnown {
		s.Scan, s.Stations = b.scan, b.stations
		use.Placed = len(b.stations)
	}
	return s, use, nil
}

// plan decides which scans are joined and where each stands.
func (o surveyOptions) plan(use *surveyUse) ([]surveyScan, int64, error) {
	given := map[string]casefile.ScanPose{}
	if o.transforms != "" {
		var err error
		if given, err = readTransforms(o.transforms); err != nil {
			return nil, 0, err
		}
	}
	var list, loose []surveyScan
	total := int64(0)
	files := o.placed
	for _, path := range o.files {
		files = append(files, cloudFile{Path: path})
	}
	for _, file := range files {
		path := file.Path
		f, err := openScanFile(path, scans.Options{IgnoreChecksums: o.ignoreChecksums})
		if err != nil {
			use.Failed = append(use.Failed, failureOf(path, err))
			continue
		}
		place, has := given[filepath.Base(path)]
		if has {
			file.givePose(&place)
		}
		for i, s := range f.Scans {
			info := s.Info()
			sc := surveyScan{path: path, idx: i}
			placed := file.hasPlace(i, info.HasPose)
			sc.known = placed || o.scannerAtOrigin
			if sc.pose, _ = file.placeOf(i, len(f.Scans), &info.WorldFromScan); placed || o.sameFrame {
				list = append(list, sc)
			} else {
				loose = append(loose, sc)
			}
			total += info.Count
		}
		f.Close()
	}
	byName(list)
	byName(loose)
	if len(list) == 0 && len(loose) > 0 && (len(files) == 1 || allOfOneFile(loose)) {
		return loose, total, nil
	}
	if len(list) == 0 && len(loose) > 0 {
		return nil, 0, fmt.Errorf("none of the %d scans has a pose: register them first (firescene register) and give --transforms, or say --same-frame when they share one frame", len(loose))
	}
	for _, sc := range loose {
		use.Failed = append(use.Failed, forensics.Failure{Input: sc.path, Reason: notRegistered, Next: "register the scans first: firescene register"})
	}
	if len(list) == 0 {
		return nil, 0, allFailed(use.Failed)
	}
	return list, total, nil
}

// byName puts scans in the order of their files' names, so that the order in which
// they were given does not show in the results.
func byName(list []surveyScan) {
	slices.SortStableFunc(list, func(a, b surveyScan) int {
		return cmp.Or(cmp.Compare(filepath.Base(a.path), filepath.Base(b.path)), cmp.Compare(a.path, b.path), cmp.Compare(a.idx, b.idx))
	})
}

func allOfOneFile(list []surveyScan) bool {
	for _, s := range list {
		if s.path != list[0].path {
			return false
		}
	}
	return true
}

// surveyBuilder collects the points of scans.
type surveyBuilder struct {
	every                  int
	cloud                  *recon.Cloud
	scan                   []uint16
	stations               []r3.Vec
	rgb, intensity, normal bool // every scan so far has them
	begun                  bool
}

func (b *surveyBuilder) add(ctx context.Context, sc surveyScan, o surveyOptions, use *surveyUse, report progressFunc) error {
	f, err := openScanFile(sc.path, scans.Options{IgnoreChecksums: o.ignoreChecksums})
	if err != nil {
		use.Failed = append(use.Failed, failureOf(sc.path, err))
		return nil
	}
	defer f.Close()
	s := f.Scans[sc.idx]
	info := s.Info()
	if len(b.stations) == math.MaxUint16 {
		return fmt.Errorf("more than %d scans", math.MaxUint16)
	}
	if info.NoUnit {
		return fmt.Errorf("%s: nothing fixes its unit, so that no length of it can be measured: make the photos' cloud with --control or --scale", sc.path)
	}
	station := uint16(len(b.stations))
	b.stations = append(b.stations, r3.Vec{X: sc.pose[3], Y: sc.pose[7], Z: sc.pose[11]})
	u := cloudUsedScan{File: sc.path, Name: info.Name, Claimed: info.Count, HasPose: sc.known}
	from, had := b.cloud.Len(), [3]bool{b.rgb, b.intensity, b.normal}
	b.rgb, b.intensity, b.normal = b.rgb && info.HasRGB, b.intensity && info.HasIntensity, b.normal && info.HasNormal
	var c points.Chunk
	var world placed
	seen := int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := s.Next(&c)
		u.Invalid += int64(c.Invalid)
		if err == io.EOF {
			break
		}
		if err != nil {
			use.Failed = append(use.Failed, f.scanFailure(sc.idx, err))
			break
		}
		u.Points += int64(c.N)
		lost := b.lostReturns(&c)
		world.apply(&c, &sc.pose)
		b.take(&c, lost, station, seen)
		seen += int64(c.N)
		report("read", seen, info.Count)
	}
	use.Failed = append(use.Failed, f.badPages()...)
	if o.stationsOnly && !b.stood(from, station, o.workers) {
		b.cut(from, int(station))
		b.rgb, b.intensity, b.normal = had[0], had[1], had[2]
		use.Unseen = append(use.Unseen, sc.path)
		return nil
	}
	use.Scans = append(use.Scans, u)
	use.Points += u.Points
	return nil
}

// A scanner does not stand in a surface: none measures nearer than leastRangeM, but
// for a few stray points.
const (
	leastRangeM = 0.1
	mostStray   = 20
)

// stood reports whether the points from the n-th on can have been made from a station.
func (b *surveyBuilder) stood(n int, station uint16, workers int) bool {
	eye := r3.Sub(b.stations[station], b.cloud.Origin)
	stray := 0
	for i := 3 * n; i < len(b.cloud.XYZ); i += 3 {
		x, y, z := float64(b.cloud.XYZ[i])-eye.X, float64(b.cloud.XYZ[i+1])-eye.Y, float64(b.cloud.XYZ[i+2])-eye.Z
		if x*x+y*y+z*z < leastRangeM*leastRangeM {
			stray++
		}
	}
	if stray >= mostStray {
		return false
	}
	return register.Stood(b.cloud.XYZ[3*n:], [3]float64{eye.X, eye.Y, eye.Z}, workers)
}

// cut takes back the points from the n-th on and their station.
func (b *surveyBuilder) cut(n, station int) {
	c := b.cloud
	c.XYZ, b.scan, b.stations = c.XYZ[:3*n], b.scan[:n], b.stations[:station]
	c.RGB, c.Normal, c.Intensity = c.RGB[:min(3*n, len(c.RGB))], c.Normal[:min(3*n, len(c.Normal))], c.Intensity[:min(n, len(c.Intensity))]
}

// lostReturns marks points at exactly 0 0 0 of the scanner's frame: no scanner
// measures itself.
func (b *surveyBuilder) lostReturns(c *points.Chunk) []bool {
	lost := make([]bool, c.N)
	for i, x := range c.X {
		lost[i] = x == 0 && c.Y[i] == 0 && c.Z[i] == 0
	}
	return lost
}

func (b *surveyBuilder) take(c *points.Chunk, lost []bool, station uint16, seen int64) {
	for i := range c.N {
		if lost[i] || (seen+int64(i))%int64(b.every) != 0 {
			continue
		}
		p := r3.Vec{X: c.X[i], Y: c.Y[i], Z: c.Z[i]}
		if !b.begun {
			b.begun = true
			b.cloud.Origin = r3.Vec{X: math.Round(p.X), Y: math.Round(p.Y), Z: math.Round(p.Z)}
			if r3.Norm(b.cloud.Origin) < 1000 { // single precision holds 0.06 mm there
				b.cloud.Origin = r3.Vec{}
			}
		}
		p = r3.Sub(p, b.cloud.Origin)
		b.cloud.XYZ = append(b.cloud.XYZ, float32(p.X), float32(p.Y), float32(p.Z))
		b.scan = append(b.scan, station)
		if b.rgb && c.RGB != nil {
			b.cloud.RGB = append(b.cloud.RGB, c.RGB[i][:]...)
		}
		if b.intensity && c.Intensity != nil {
			b.cloud.Intensity = append(b.cloud.Intensity, c.Intensity[i])
		}
		if b.normal && c.Normal != nil {
			b.cloud.Normal = append(b.cloud.Normal, c.Normal[i][:]...)
		}
	}
}

// finish drops columns that not every scan has, and takes intensities to 0..1 by a
// common factor.
func (b *surveyBuilder) finish(use *surveyUse) {
	n := b.cloud.Len()
	if !b.rgb || len(b.cloud.RGB) != 3*n {
		b.cloud.RGB = nil
	}
	if !b.normal || len(b.cloud.Normal) != 3*n {
		b.cloud.Normal = nil
	}
	if !b.intensity || len(b.cloud.Intensity) != n {
		b.cloud.Intensity = nil
		return
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range b.cloud.Intensity {
		if f := float64(v); f-f == 0 {
			lo, hi = min(lo, f), max(hi, f)
		}
	}
	if lo < 0 { // decibels or an arbitrary zero: ratios mean nothing
		use.Notes = append(use.Notes, makeNote("survey_note_intensity_negative", "Low", lo, "High", hi))
		b.cloud.Intensity = nil
		return
	}
	if hi > 1 {
		for i := range b.cloud.Intensity {
			b.cloud.Intensity[i] /= float32(hi)
		}
	}
}
