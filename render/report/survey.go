package report

import "firescene/recon"

// SurveyPart is what was measured and read in the joined scans.
type SurveyPart struct {
	Exhibits       []string // that it rests on
	WithoutStation []string // that could not be used: where they were scanned from is not known
	Rooms          []RoomRow
	Openings       []OpeningRow
	Marks          *MarksPart // nil: there is neither intensity nor colour to look at
	Plan           *Figure    // in the report's language; nil: none was drawn
	Surfaces       []Figure   // with marks, the foremost first
	Marked         int        // surfaces with marks, of which Surfaces may show only some
}

// RoomRow is a measured room. What is not known of an open room is nil.
type RoomRow struct {
	Name                  string
	Closed                bool
	Open                  string // which sides were not seen, in the report's language
	Length, Width, Height *recon.Measure
	FloorArea, Volume     *recon.Measure
}

// OpeningRow is a measured door or window.
type OpeningRow struct {
	Name                string
	Kind                recon.OpeningKind
	Rooms               []string // one: it leads outside, or to what was not scanned
	Width, Height, Sill recon.Measure
}

// MarksPart is what surfaces look like, with the marks that were measured on them.
type MarksPart struct {
	Source     string   // "intensity" or "colour"
	Calibrated bool     // brightness is corrected for range
	Classes    []string // in the order of print
	SootLines  []SootLineRow
	VPatterns  []VPatternRow
	Spalls     []SpallRow
	Surfaces   []MarkedSurface
}

// SootLineRow is the height above the floor at which soot begins, and where it is full.
type SootLineRow struct {
	Room                  string
	OnsetM, FullM, SigmaM float64
	Walls                 int // that it was read on
}

// VPatternRow is a pattern that widens upwards: the angle between its sides, how far
// its axis leans from the vertical, and its foot in scene coordinates.
type VPatternRow struct {
	Wall                        string
	AngleDeg, SigmaDeg, LeanDeg float64
	Apex                        [3]float64
}

// SpallRow is lost depth in a surface.
type SpallRow struct {
	Surface              string
	MaxM, SigmaM, AreaM2 float64
	At                   [3]float64
}

// MarkedSurface is a surface with the area of each class.
type MarkedSurface struct {
	Name, Room, Kind string
	AreaM2           map[string]float64
	Confidence       float64 // mean of its places
}
