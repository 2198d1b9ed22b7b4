//go:build cgo

package ui

import (
	"time"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"
)

// ToolHooks are what the tools have done. They are called on the window's thread and
// return at once; then is called on it when the work is done. A nil hook leaves its
// tool out.
type ToolHooks struct {
	// Measure takes a measurement in the points of a cloud's file. What comes back has
	// the request as it was answered: a radius may have been widened to hold points.
	Measure func(f CloudFile, r recon.MeasureRequest, then func(recon.Measurement, error))
	// KeepMeasure keeps a measurement in the case, under its ID or a new one.
	KeepMeasure func(m recon.Measurement, then func(id string, err error))
	DropMeasure func(id string, then func(error))
	// KeepNote keeps an annotation in the case, under its ID or a new one.
	KeepNote func(a render.Annotation, then func(id string, err error))
	DropNote func(id string, then func(error))
	// PutClock keeps what a clock showed at a known time. back restores what was there
	// before, again what came of it.
	PutClock func(e ClockEntry, then func(now forensics.Clock, back, again func(), err error))
	// Edit changes a hypothesis in its text.
	Edit func(text []byte, e recon.HypothesisEdit) ([]byte, *recon.Hypothesis, error)
	// NewHypothesis begins one from a template, in the rooms of another.
	NewHypothesis func(id, title string, at recon.Vec, ignition time.Time, like *recon.Hypothesis) ([]byte, *recon.Hypothesis, error)
	// KeepHypothesis puts a text into the case as the newest version of a hypothesis;
	// the former stays. With run all stages are then run.
	KeepHypothesis func(id string, text []byte, run bool)
	// SaveDraft keeps a text that is not yet a version, for the next time; nil text
	// forgets it.
	SaveDraft func(id string, text []byte)
}

// Stated is a hypothesis as the case has its newest version.
type Stated struct {
	Exhibit    string
	Text       []byte
	Hypothesis *recon.Hypothesis
	Draft      []byte // changes that were not yet kept as a version; nil: none
}

// ClockEntry is what a device's clock showed at a moment whose true time is known.
type ClockEntry struct {
	ID, Describe, Zone string
	Shown, Truth       string // times as people write them; without a zone, in Zone
	SigmaS             float64
	DriftPPM           float64
	DriftSigmaPPM      float64
	FromEarlier        bool // the drift follows from the check that the case has
	Method, By         string
}

// SetLog shows the custody log as it has become.
func (d *Desk) SetLog(log []LogEntry) {
	if d.kase != nil {
		d.kase.Log = log
	}
}
