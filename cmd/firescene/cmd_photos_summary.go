package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"firescene/forensics"
	"firescene/recon"
	"firescene/recon/audit"
	"firescene/recon/control"

	"gonum.org/v1/gonum/spatial/r3"
)

// Outcomes of a photo.
const (
	photoPlaced   = "placed"
	photoRejected = "rejected" // read, but not in the model
	photoFailed   = "failed"   // could not be read
	photoCopy     = "copy"     // the same bytes as another; left out
)

// photoAudit is what became of one photo.
type photoAudit struct {
	Name    string `json:"name"`
	Path    string `json:"path"`
	SHA256  string `json:"sha256"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
	Next    string `json:"next,omitempty"`
	Format  string `json:"format,omitempty"`
	Camera  string `json:"camera"` // make and model from EXIF; empty when not recorded
	// Focal is how the focal length was first known: "given", "exif" or "guess".
	Focal  string `json:"focal,omitempty"`
	Points int    `json:"points"` // of the model, that it sees
	// PosSigma is the standard deviation of its station in the least certain
	// direction, in the model's unit; RotSigmaDeg that of its direction. 0: not known.
	PosSigma    float64 `json:"positionSigma"`
	RotSigmaDeg float64 `json:"rotationSigmaDeg"`
	// Loose says that the station is hardly determined by what the photo shares with
	// the others: nothing may be measured by it.
	Loose bool `json:"loose,omitempty"`
	Dense int  `json:"densePoints"` // of the dense cloud, made of its pixels first
	// DenseCoverage is the part of its usable pixels with a depth that others agree on.
	DenseCoverage float64 `json:"denseCoverage"`
	DenseWhy      string  `json:"denseWhy,omitempty"` // why it gave none
	// Audit is what makes the photo less fit, each with its number and limit.
	Audit []audit.Finding `json:"audit"`
	// Figures of the audit, 0 for a photo that was not opened; BlurPx is -1 where the
	// photo has too few edges to tell.
	BlurPx      float64 `json:"blurPx"`
	NoiseLevels float64 `json:"noiseLevels"`
	MeanLevel   float64 `json:"mean"`   // brightness, 0..1
	MaskedShare float64 `json:"masked"` // the part that was not used, 0..1
}

// photosCamera is one set of intrinsics of the model.
type photosCamera struct {
	WidthPx  int     `json:"width"`
	HeightPx int     `json:"height"`
	FxPx     float64 `json:"fx"`
	FyPx     float64 `json:"fy"`
	CxPx     float64 `json:"cx"`
	CyPx     float64 `json:"cy"`
	K1       float64 `json:"k1"`
	K2       float64 `json:"k2"`
	K3       float64 `json:"k3"`
	P1       float64 `json:"p1"`
	P2       float64 `json:"p2"`
	Source   string  `json:"source"`
	Photos   int     `json:"photos"`
	FSigmaPx float64 `json:"fSigma"` // standard deviation of fx, 0 where it was given
}

// photosSummary is the outcome of a reconstruction from photos.
type photosSummary struct {
	Out        string  `json:"out"`
	Model      string  `json:"model"` // folder of the COLMAP text
	Cloud      string  `json:"cloud"`
	Registered int     `json:"registered"`
	Rejected   int     `json:"rejected"` // read but not placed
	Points     int     `json:"points"`
	Sightings  int     `json:"sightings"`
	Refined    int     `json:"refined"` // of these, placed anew by comparing the patches around them
	MeanPx     float64 `json:"meanReprojectionPx"`
	Scaled     bool    `json:"scaled"`
	ScaleWhy   string  `json:"scaleWhy"`
	ScaleRel   float64 `json:"scaleSigma"` // relative standard deviation, 0 when not scaled or not known
	// ImagePx is the noise of image coordinates by the residuals.
	ImagePx float64 `json:"imageSigmaPx"`
	// SigmaScope says what the standard deviations hold and what they can not.
	SigmaScope string `json:"sigmaScope,omitempty"`
	// Unit is what lengths are in: "m", or "none" without a scale.
	Unit   string               `json:"unit"`
	Method string               `json:"method"`
	Second *recon.SecondOpinion `json:"second,omitempty"`
	// Others are the further models, whose photos do not connect with the first.
	Others   []otherModel        `json:"others,omitempty"`
	Control  *control.Report     `json:"control,omitempty"`
	Dense    *denseSummary       `json:"dense,omitempty"`
	Cameras  []photosCamera      `json:"cameras"`
	Photos   []photoAudit        `json:"photos"`
	Failed   []forensics.Failure `json:"failed"` // could not be read
	Warnings []string            `json:"warnings"`
	Seconds  float64             `json:"seconds"`
}

// otherModel is a model of photos that do not connect with the first one.
type otherModel struct {
	Model  string   `json:"model"` // folder
	Photos []string `json:"photos"`
	Points int      `json:"points"`
}

// denseSummary is what the dense cloud holds.
type denseSummary struct {
	Points int `json:"points"`
	// MatchPx is how far depths disagree between photos, in pixels (median).
	MatchPx float64 `json:"matchPx"`
	// Sigma50 and Sigma95 are the median and the 95 % bound of the points' standard
	// deviations, in the model's unit.
	Sigma50 float64 `json:"sigmaMedian"`
	Sigma95 float64 `json:"sigma95"`
}

// sigmas fills the bounds of the points' standard deviations.
func (d *denseSummary) sigmas(all []float32) {
	if len(all) == 0 {
		return
	}
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	d.Sigma50, d.Sigma95 = float64(sorted[len(sorted)/2]), float64(sorted[len(sorted)*95/100])
}

// take fills in what the model says.
func (s *photosSummary) take(m *recon.SparseModel) {
	s.Unit, s.Method, s.Second = "none", m.Method, m.Second
	if m.Scaled {
		s.Unit = "m"
	}
	for i, o := range m.Others {
		other := otherModel{Model: filepath.Join(s.Out, sparseFolder(i+1)), Points: len(o.Points)}
		for _, v := range o.Views {
			other.Photos = append(other.Photos, v.Photo)
		}
		s.Others = append(s.Others, other)
	}
	s.Model, s.Cloud = filepath.Join(s.Out, sparseDir), filepath.Join(s.Out, photosCloud)
	s.Registered, s.Rejected, s.Points = len(m.Views), len(m.Rejected), len(m.Points)
	s.MeanPx, s.Scaled, s.ScaleWhy = m.MeanPx, m.Scaled, m.ScaleWhy
	for _, p := range m.Points {
		s.Sightings += len(p.ViewIdx)
	}
	at := map[string]int{}
	for i := range s.Photos {
		at[s.Photos[i].Name] = i
	}
	photosOf := make([]int, len(m.Cameras))
	for _, v := range m.Views {
		photosOf[v.CameraIdx]++
		a := &s.Photos[at[v.Photo]]
		a.Outcome, a.Points = photoPlaced, len(v.Keypoints)
		if v.PosCov.Known() {
			a.PosSigma = v.PosCov.Sigma()
		}
		a.RotSigmaDeg = max(v.RotSigma.X, v.RotSigma.Y, v.RotSigma.Z) * 180 / math.Pi
	}
	for _, r := range m.Rejected {
		a := &s.Photos[at[r.Photo]]
		a.Outcome, a.Reason, a.Next = photoRejected, r.Reason, r.Next
	}
	for i, c := range m.Cameras {
		cam := photosCamera{WidthPx: c.WidthPx, HeightPx: c.HeightPx, FxPx: c.FxPx, FyPx: c.FyPx, CxPx: c.CxPx, CyPx: c.CyPx,
			K1: c.K1, K2: c.K2, K3: c.K3, P1: c.P1, P2: c.P2, Source: c.Source, Photos: photosOf[i]}
		if m.Precision != nil {
			cam.FSigmaPx = m.Precision.Cameras[i].FPx
		}
		s.Cameras = append(s.Cameras, cam)
	}
	s.warnOfLoose(m)
	if s.Second != nil && !s.Second.Agrees {
		s.Warnings = append(s.Warnings, fmt.Sprintf("two methods of placing photos do not agree: %s; take more photos there before anything is measured", howDiffers(newTexts("en"), s.Second)))
	}
	if m.Precision != nil {
		s.ImagePx, s.ScaleRel = m.Precision.ImagePx, m.Precision.ScaleRel
		s.SigmaScope = sigmaScope
	}
}

// sigmaScope goes into the record; photos_sigma_scope says the same to the reader.
const sigmaScope = "standard deviations (one sigma) hold the noise of the photos and of what was measured at the place; " +
	"not in them, since photos alone do not show it: a camera that moved while its shutter ran, a lens beyond the model, " +
	"errors of a stated camera, things that moved; distances kept for checking show these"

// failures lists the photos that could not be read, then those not placed.
func (s photosSummary) failures() []forensics.Failure {
	out := append([]forensics.Failure{}, s.Failed...)
	for _, p := range s.Photos {
		if p.Outcome == photoRejected {
			out = append(out, forensics.Failure{Input: p.Name, Reason: p.Reason, Next: p.Next})
		}
	}
	return out
}

func (s photosSummary) print(w io.Writer, t texts) {
	fmt.Fprintln(w, t.T("photos_placed", "Placed", s.Registered, "Of", len(s.Photos)))
	fmt.Fprintln(w, t.T("photos_points", "Points", s.Points, "Sightings", s.Sightings, "Px", fmt.Sprintf("%.3f", s.MeanPx)))
	for _, c := range s.Cameras {
		fmt.Fprintln(w, t.T("photos_camera", "Size", fmt.Sprintf("%dx%d", c.WidthPx, c.HeightPx), "Photos", c.Photos,
			"Focal", fmt.Sprintf("%.2f", (c.FxPx+c.FyPx)/2), "Source", t.T("photos_source_"+c.Source)))
	}
	if s.Second != nil {
		key := "photos_second_agrees"
		if !s.Second.Agrees {
			key = "photos_second_differs"
		}
		fmt.Fprintln(w, t.T(key, "Method", t.T("photos_method_"+s.Second.Method), "Views", s.Second.Views, "Deg", fmt.Sprintf("%.3f", s.Second.MeanDeg),
			"Percent", fmt.Sprintf("%.3f", 100*s.Second.MeanShare), "Differ", howDiffers(t, s.Second)))
	}
	for _, o := range s.Others {
		fmt.Fprintln(w, t.T("photos_other", "Model", o.Model, "Photos", strings.Join(o.Photos, ", "), "Points", o.Points))
	}
	switch {
	case s.Control != nil:
		printControl(w, t, s.Control)
	case s.Scaled:
		fmt.Fprintln(w, t.T("photos_scaled", "Why", s.ScaleWhy))
	default:
		fmt.Fprintln(w, t.T("photos_no_scale"))
	}
	if d := s.Dense; d != nil {
		fmt.Fprintln(w, t.T("photos_dense", "Points", d.Points, "Median", s.length(d.Sigma50), "Most", s.length(d.Sigma95)))
	}
	if s.SigmaScope != "" {
		fmt.Fprintln(w, t.T("photos_sigma_scope"))
	}
	for _, p := range s.Photos {
		line := fmt.Sprintf("  %-24s %s", p.Name, t.T("photos_outcome_"+p.Outcome))
		if p.Outcome == photoPlaced {
			line += ", " + t.T("photos_sees", "Points", p.Points)
			switch {
			case p.Loose:
				line += ", " + t.T("photos_station_loose")
			case p.PosSigma > 0:
				line += ", " + t.T("photos_station_sigma", "Sigma", s.length(p.PosSigma), "Deg", fmt.Sprintf("%.3f", p.RotSigmaDeg))
			}
		}
		fmt.Fprintln(w, line)
		printAudit(w, t, p)
	}
	for _, x := range s.Warnings {
		fmt.Fprintln(w, t.T("photos_warning", "Text", x))
	}
	fmt.Fprintln(w, t.T("photos_written", "Model", s.Model, "Cloud", s.Cloud))
}

// length says a length with its unit: millimetres, or no unit without a scale.
func (s photosSummary) length(v float64) string {
	if s.Scaled {
		return fmt.Sprintf("%.2f mm", 1000*v)
	}
	return fmt.Sprintf("%.2g", v)
}

// A station is loose when chance can turn it by looseDeg or move it by looseShare
// of the distance between the stations.
const (
	looseDeg   = 2.0
	looseShare = 0.1
)

// warnOfLoose marks the photos whose stations are hardly determined.
func (s *photosSummary) warnOfLoose(m *recon.SparseModel) {
	extent := 0.0
	for i, v := range m.Views {
		for _, w := range m.Views[:i] {
			extent = max(extent, r3.Norm(r3.Sub(v.Centre(), w.Centre())))
		}
	}
	var loose []string
	for i := range s.Photos {
		a := &s.Photos[i]
		if a.Outcome == photoPlaced && (a.RotSigmaDeg > looseDeg || a.PosSigma > looseShare*extent) {
			a.Loose = true
			loose = append(loose, a.Name)
		}
	}
	if len(loose) > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("hardly determined stations: %s; nothing may be measured by them; add photos that overlap with them by two thirds, from other places", someNames(loose)))
	}
}

// howDiffers says in what two ways of placing photos do not agree: in places, as a
// whole where most differ, or in which photos they hold at all.
func howDiffers(t texts, o *recon.SecondOpinion) string {
	var out []string
	switch n := len(o.Differ); {
	case o.Common < 2:
		out = append(out, t.T("photos_differ_few", "Common", o.Common))
	case n > 0 && 2*n > o.Common:
		out = append(out, t.T("photos_differ_whole", "Count", n, "Common", o.Common, "Names", someNames(o.Differ)))
	case n > 0:
		out = append(out, t.T("photos_differ_placed", "Names", someNames(o.Differ)))
	}
	if len(o.OnlyFirst) > 0 {
		out = append(out, t.T("photos_differ_first", "Names", someNames(o.OnlyFirst)))
	}
	if len(o.OnlySecond) > 0 {
		out = append(out, t.T("photos_differ_second", "Names", someNames(o.OnlySecond)))
	}
	return strings.Join(out, "; ")
}

// someNames lists a few names, and how many more there are.
func someNames(names []string) string {
	const most = 6
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s … (%d)", strings.Join(names[:most], ", "), len(names))
}
