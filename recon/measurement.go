package recon

import (
	"fmt"
	"math"
)

// MeasureKind says what is measured between points of the scene.
type MeasureKind string

// The kinds of measurement.
const (
	MeasureDistance   MeasureKind = "distance"   // from the first point to the second, m
	MeasureHeight     MeasureKind = "height"     // of the second above the first, m
	MeasureToPlane    MeasureKind = "toPlane"    // of the point from the plane, m, never negative
	MeasureAngle      MeasureKind = "angle"      // at the second of three points, degrees
	MeasurePlaneAngle MeasureKind = "planeAngle" // between two planes, 0..90 degrees
	MeasureArea       MeasureKind = "area"       // of the polygon in its own plane, m2
	MeasureVolume     MeasureKind = "volume"     // between the surface and the plane of the polygon, above and below it, m3
	MeasurePrism      MeasureKind = "prism"      // of the polygon raised to the height of the last point, m3
	MeasureHull       MeasureKind = "hull"       // of the convex hull of the points, m3
	MeasureRays       MeasureKind = "rays"       // where rays come closest: its uncertainty, m
)

// MeasureKinds are all kinds in the order in which they are offered.
var MeasureKinds = []MeasureKind{MeasureDistance, MeasureHeight, MeasureToPlane, MeasureAngle, MeasurePlaneAngle, MeasureArea, MeasureVolume, MeasurePrism, MeasureHull, MeasureRays}

// PlaneNear asks for the plane through the points within RadiusM of a place.
type PlaneNear struct {
	Near    Vec     `json:"near"`
	RadiusM float64 `json:"radius_m"`
}

// SightRay is a straight way of light: from a camera's centre through what a pixel
// shows, or from the edge of a shadow through what threw it.
type SightRay struct {
	Name     string  `json:"name"`
	From     Vec     `json:"from_m"`
	Through  Vec     `json:"through_m"`
	SigmaDeg float64 `json:"sigma_deg"` // standard deviation of its direction
}

// MeasureRequest is what is to be measured, and with what errors that the points do
// not show.
type MeasureRequest struct {
	Kind   MeasureKind `json:"kind"`
	Points []Vec       `json:"points_m,omitempty"` // as they were picked, not yet taken onto the surface
	Planes []PlaneNear `json:"planes,omitempty"`
	Rays   []SightRay  `json:"rays,omitempty"`
	// RadiusM is how far around a point its surface is taken from.
	RadiusM float64 `json:"radius_m,omitempty"`
	CellM   float64 `json:"cell_m,omitempty"`  // of a volume: of the grid
	ReachM  float64 `json:"reach_m,omitempty"` // of a volume: how far from the plane is looked
	// Standard deviations: of the place of one scan against another, of the range error
	// common to all points, and of lengths, relative.
	RegistrationM float64 `json:"registration_m"`
	InstrumentM   float64 `json:"instrument_m"`
	Scale         float64 `json:"scale"`
}

// MeasureResult is what was measured.
type MeasureResult struct {
	Value float64 `json:"value"`
	Sigma float64 `json:"sigma"`
	Unit  string  `json:"unit"` // "m", "°", "m²", "m³"
	// MovedM is the most that a given point was moved onto the surface.
	MovedM   float64  `json:"movedM"`
	Below    *Measure `json:"below,omitempty"`    // of a volume: what lies below the plane
	Measured *float64 `json:"measured,omitempty"` // share of a volume's cells that hold points
	Points   []Vec    `json:"points_m,omitempty"` // the points as they were taken onto the surface
	// Region is where rays come together: its centre and half axes, one standard
	// deviation each.
	Region *Region `json:"region,omitempty"`
}

// Region is a place with its uncertainty.
type Region struct {
	At Vec `json:"at_m"`
	// HalfM are three half axes at right angles, one standard deviation long.
	HalfM [3]Vec `json:"half_m"`
	// Fit is the root mean square of the rays' distances from At in their own standard
	// deviations: far above 1, the rays do not come from one place.
	Fit float64 `json:"fit"`
}

// Measurement is a measurement that was taken in a cloud and kept.
type Measurement struct {
	ID      string         `json:"id"` // "M001"
	Name    string         `json:"name"`
	Cloud   string         `json:"cloud"` // file that it was taken in, relative to the case where it lies there
	Scaled  bool           `json:"scaled"`
	Request MeasureRequest `json:"request"`
	Result  MeasureResult  `json:"result"`
}

// Needs is how many points a kind takes, at least and at most; 0 at most: any number.
func (k MeasureKind) Needs() (least, most int) {
	switch k {
	case MeasureDistance, MeasureHeight:
		return 2, 2
	case MeasureToPlane:
		return 1, 1
	case MeasureAngle:
		return 3, 3
	case MeasurePlaneAngle, MeasureRays:
		return 0, 0
	case MeasureArea, MeasureVolume:
		return 3, 0
	case MeasurePrism, MeasureHull:
		return 4, 0
	}
	return -1, -1
}

// Check says what is wrong with a request, or returns nil.
func (r *MeasureRequest) Check() error {
	least, most := r.Kind.Needs()
	if least < 0 {
		return fmt.Errorf("%q is no kind of measurement", r.Kind)
	}
	if n := len(r.Points); n < least || n > most && (most > 0 || least == 0) {
		return fmt.Errorf("%s: %d points are given, %d are needed", r.Kind, n, least)
	}
	planes, rays := 0, 0
	switch r.Kind {
	case MeasureToPlane:
		planes = 1
	case MeasurePlaneAngle:
		planes = 2
	case MeasureRays:
		rays = 2
	}
	if len(r.Planes) != planes {
		return fmt.Errorf("%s: %d planes are given, not %d", r.Kind, len(r.Planes), planes)
	}
	if len(r.Rays) < rays || rays == 0 && len(r.Rays) > 0 {
		return fmt.Errorf("%s: %d rays are given, at least %d are needed", r.Kind, len(r.Rays), rays)
	}
	finite := func(vs ...float64) bool {
		for _, v := range vs {
			if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) > 1e8 {
				return false
			}
		}
		return true
	}
	for _, p := range r.Points {
		if !finite(p[:]...) {
			return fmt.Errorf("%s: a point is no place", r.Kind)
		}
	}
	for _, p := range r.Planes {
		if !finite(p.Near[:]...) || !finite(p.RadiusM) || p.RadiusM <= 0 {
			return fmt.Errorf("%s: a plane's place or radius is not possible", r.Kind)
		}
	}
	for _, s := range r.Rays {
		if !finite(s.From[:]...) || !finite(s.Through[:]...) || s.From == s.Through {
			return fmt.Errorf("%s: a ray has no direction", r.Kind)
		}
		if !finite(s.SigmaDeg) || s.SigmaDeg <= 0 || s.SigmaDeg > 45 {
			return fmt.Errorf("%s: a ray's direction is uncertain by %g degrees; give above 0 to 45", r.Kind, s.SigmaDeg)
		}
	}
	if len(r.Points) > 0 && !(r.RadiusM > 0 && finite(r.RadiusM)) {
		return fmt.Errorf("%s: a radius of %g m is not possible", r.Kind, r.RadiusM)
	}
	for _, v := range []float64{r.CellM, r.ReachM, r.RegistrationM, r.InstrumentM, r.Scale} {
		if v < 0 || !finite(v) {
			return fmt.Errorf("%s: %g is not possible here", r.Kind, v)
		}
	}
	return nil
}
