package control

import (
	"fmt"
	"math"
	"strings"

	"firescene/recon"
	"gonum.org/v1/gonum/spatial/r3"
)

// Verdicts of what is held against the model: the difference lies within what
// chance makes of it in 95 of 100 cases, in 999 of 1000, or in neither.
const (
	Agrees     = "agrees"
	Doubtful   = "doubtful"
	Disagrees  = "disagrees"
	NotChecked = "not checked" // nothing else says anything of it
	NotPlaced  = "not placed"  // an end has no place in the model
	NoScale    = "no scale"
)

// limits of a normal distribution with 95 % and 99.9 % of it between them.
const (
	limit95  = 1.96
	limit999 = 3.29
)

// verdict judges a difference by its standard deviation.
func verdict(diff, sigma float64) string {
	switch {
	case math.Abs(diff) <= limit95*sigma:
		return Agrees
	case math.Abs(diff) <= limit999*sigma:
		return Doubtful
	}
	return Disagrees
}

// Report says what became of everything that was given. Lengths are metres where
// Scaled, else in the model's own unit and not to be printed as metres.
type Report struct {
	Scaled   bool   `json:"scaled"`
	ScaleWhy string `json:"scaleWhy"`
	// ScaleRel is the relative standard deviation of the scale, 0 where not Scaled.
	ScaleRel float64 `json:"scaleRel"`
	// Factor is what lengths of the model before were multiplied by.
	Factor float64 `json:"factor"`
	// Checked says that more than one thing given sets the scale, so that they
	// check each other.
	Checked bool `json:"checked"`

	LevelHow      string  `json:"levelHow"`
	LevelSigmaDeg float64 `json:"levelSigmaDeg"` // in the less certain direction

	ImagePx    float64          `json:"imagePx"` // noise of image coordinates
	Points     []PointResult    `json:"points"`
	Distances  []DistanceResult `json:"distances"`
	CheckDists []DistanceResult `json:"checkDistances"`

	// Chi2 is the weighted sum of squares of what was given, Chi2Dof the number of
	// equations that others check, Chi2Limit what it stays below in 999 of 1000
	// cases.
	Chi2      float64  `json:"chi2"`
	Chi2Dof   float64  `json:"chi2Dof"`
	Chi2Limit float64  `json:"chi2Limit"`
	Warnings  []string `json:"warnings"`
}

// PickResult is what became of one pick.
type PickResult struct {
	Photo      string  `json:"photo"`
	Used       bool    `json:"used"`
	ResidualPx float64 `json:"residualPx"`
	Why        string  `json:"why,omitempty"` // not used
}

// PointResult is what became of one named point. Residual is given minus found,
// for each coordinate that was given, with the standard deviation that it is
// expected to have; Of is its verdict.
type PointResult struct {
	Name     string           `json:"name"`
	Placed   bool             `json:"placed"`
	Why      string           `json:"why,omitempty"` // not placed
	Pos      r3.Vec           `json:"pos"`
	Cov      recon.Covariance `json:"cov"` // zero: not known
	Adjusted bool             `json:"adjusted"`
	Check    bool             `json:"check"` // coordinates were for checking
	Residual [3]float64       `json:"residual"`
	Sigma    [3]float64       `json:"sigma"` // 0 where the coordinate was not given
	Of       string           `json:"of,omitempty"`
	Picks    []PickResult     `json:"picks"`
}

// DistanceResult is what became of one distance. Diff is measured in the model
// minus given; Sigma the standard deviation that Diff is expected to have;
// SigmaModel that of the model's distance itself.
type DistanceResult struct {
	From       string  `json:"from"`
	To         string  `json:"to"`
	Given      float64 `json:"given"`
	GivenSigma float64 `json:"givenSigma"`
	Measured   float64 `json:"measured"`
	SigmaModel float64 `json:"sigmaModel"`
	Diff       float64 `json:"diff"`
	Sigma      float64 `json:"sigma"`
	Of         string  `json:"of"`
	Why        string  `json:"why,omitempty"` // not placed
}

// ContradictionError says that what was given can not all be right. The report has
// the residuals of what was given and no scale; the model must not be given one.
type ContradictionError struct {
	Reason, Next string
	Report       *Report
}

func (e *ContradictionError) Error() string { return e.Reason + "; " + e.Next }

func (r *Report) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// contradiction puts the outcome of judge in words and takes back the scale, so that
// nothing is measured by it.
func (r *Report) contradiction(suspects []equation, certain bool) error {
	r.Scaled, r.ScaleRel, r.ScaleWhy = false, 0, "what was given contradicts itself"
	for i := range r.CheckDists {
		if d := &r.CheckDists[i]; d.Of != NotPlaced {
			d.Of, d.Measured, d.Diff, d.Sigma, d.SigmaModel = NoScale, 0, 0, 0, 0
		}
	}
	for i := range r.Points {
		if p := &r.Points[i]; p.Check && p.Of != NotPlaced {
			p.Of, p.Residual, p.Sigma = NotChecked, [3]float64{}, [3]float64{}
		}
	}
	var names []string
	for _, e := range suspects {
		names = append(names, fmt.Sprintf("%s (%s)", e.name, e.off))
	}
	list := strings.Join(names, ", ")
	e := &ContradictionError{Report: r}
	if certain {
		e.Reason = fmt.Sprintf("what was given does not fit together: without %s the rest agrees", list)
		e.Next = "measure it again or correct the file, or move it to the checks"
		return e
	}
	e.Reason = fmt.Sprintf("what was given does not fit together, and nothing tells which is wrong: %s", list)
	e.Next = "measure them again, or give a further distance"
	return e
}
