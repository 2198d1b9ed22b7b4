package render

import "firescene/recon"

// Annotation is a remark of the investigator at a place of the scene, with the view in
// which it was made, so that anyone looks at it the same way again.
type Annotation struct {
	ID    string    `json:"id"` // "A001"
	Text  string    `json:"text"`
	At    recon.Vec `json:"at_m"`
	Frame string    `json:"frame"` // of the cloud it was made in: "scans" or "photos"
	View  View      `json:"view"`
	// Hypothesis is the one that the view shows, AfterS seconds after its ignition;
	// empty: none.
	Hypothesis string  `json:"hypothesis,omitempty"`
	AfterS     float64 `json:"after_s,omitempty"`
	Report     bool    `json:"report"` // the view is a figure of the report
}
