package main

import (
	"fmt"
	"io"
	"path/filepath"

	"firescene/forensics"
	"firescene/recon"
	"firescene/recon/audit"
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
	Source   string  `json:"source"`
	Photos   int     `json:"photos"`
}

// photosSummary is the outcome of a reconstruction from photos.
type photosSummary struct {
	Out        string              `json:"out"`
	Model      string              `json:"model"` // folder of the COLMAP text
	Cloud      string              `json:"cloud"`
	Registered int                 `json:"registered"`
	Rejected   int                 `json:"rejected"` // read but not placed
	Points     int                 `json:"points"`
	Sightings  int                 `json:"sightings"`
	MeanPx     float64             `json:"meanReprojectionPx"`
	Scaled     bool                `json:"scaled"`
	ScaleWhy   string              `json:"scaleWhy"`
	Cameras    []photosCamera      `json:"cameras"`
	Photos     []photoAudit        `json:"photos"`
	Failed     []forensics.Failure `json:"failed"` // could not be read
	Warnings   []string            `json:"warnings"`
	Seconds    float64             `json:"seconds"`
}

// take fills in what the model says.
func (s *photosSummary) take(m *recon.SparseModel) {
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
	}
	for _, r := range m.Rejected {
		a := &s.Photos[at[r.Photo]]
		a.Outcome, a.Reason, a.Next = photoRejected, r.Reason, r.Next
	}
	for i, c := range m.Cameras {
		s.Cameras = append(s.Cameras, photosCamera{c.WidthPx, c.HeightPx, c.FxPx, c.FyPx, c.CxPx, c.CyPx, c.K1, c.K2, c.Source, photosOf[i]})
	}
}

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
	if s.Scaled {
		fmt.Fprintln(w, t.T("photos_scaled", "Why", s.ScaleWhy))
	} else {
		fmt.Fprintln(w, t.T("photos_no_scale"))
	}
	for _, p := range s.Photos {
		line := fmt.Sprintf("  %-24s %s", p.Name, t.T("photos_outcome_"+p.Outcome))
		if p.Outcome == photoPlaced {
			line += ", " + t.T("photos_sees", "Points", p.Points)
		}
		fmt.Fprintln(w, line)
		printAudit(w, t, p)
	}
	for _, x := range s.Warnings {
		fmt.Fprintln(w, t.T("photos_warning", "Text", x))
	}
	fmt.Fprintln(w, t.T("photos_written", "Model", s.Model, "Cloud", s.Cloud))
}
