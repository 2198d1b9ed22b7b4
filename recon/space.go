package recon

import "gonum.org/v1/gonum/spatial/r3"

// Measure is a measured value with its standard deviation, in the unit that the
// field's name says. A negative Sigma means that it is not known.
type Measure struct {
	Value float64 `json:"value"`
	Sigma float64 `json:"sigma"`
}

// Plane holds the points p with Normal.p = Offset. Normal has unit length and
// points to the side from which the surface was seen.
type Plane struct {
	Normal r3.Vec
	Offset float64
}

// Distance is how far p lies in front of the plane; negative behind it.
func (p Plane) Distance(q r3.Vec) float64 { return r3.Dot(p.Normal, q) - p.Offset }

// Space is a room as measured: one that walls, floor and ceiling were measured of. Lengths are
// metres, coordinates those of the world.
type Space struct {
	Name string
	// Closed says that the data shows floor, ceiling and every wall. Otherwise Open
	// says where not, and areas and volumes have no value.
	Closed bool
	Open   []OpenSide
	// FloorZ and CeilingZ are the mean heights of floor and ceiling.
	FloorZ, CeilingZ float64
	Floor, Ceiling   *Plane
	// Length and Width are the extents along and across the longest wall, walls
	// taken at middle height. Volume counts every ceiling height by its share.
	Length, Width, Height, FloorArea, Perimeter, Volume Measure
	CeilingSeen                                         float64 // share of the outline over which the ceiling was measured
	Walls                                               []Wall  // counter-clockwise seen from above, then those of inner loops
	Inside                                              r3.Vec  // a point in the room, for labels
}

// OpenSide says what of a space the data does not close.
type OpenSide struct {
	What     string // "floor", "ceiling", "wall"
	From, To r3.Vec // of a wall: the side that was not seen
	Seen     float64
}

// Wall is one straight side of a room. From and To are its ends at floor height,
// the room to the left of the way.
type Wall struct {
	Name           string
	From, To       r3.Vec
	FromTop, ToTop r3.Vec
	Length         Measure
	Plane          Plane
	Loop           int     // 0 the outer outline
	Seen           float64 // share of its length on which it was measured at any height
	FlatM          float64 // standard deviation of quarter-metre patches from the plane
	OffsetSigma    float64 // standard deviation of the plane's place
	Points         int
	Known          bool // false: no plane was found there, the side is not closed
}

// OpeningKind tells doors from windows.
type OpeningKind string

// The kinds of openings.
const (
	Door    OpeningKind = "door"    // reaches the floor
	Window  OpeningKind = "window"  // has a sill
	Passage OpeningKind = "passage" // reaches floor and ceiling
	Gap     OpeningKind = "gap"     // nothing was measured there, and no ray is known to have passed
)

// WallOpening is a hole in a wall as measured. Corners are at lower left, lower right, upper right
// and upper left as seen from the room.
type WallOpening struct {
	Name          string
	Kind          OpeningKind
	Rooms         []string // one, or the two that it joins
	Wall          string   // of the first room
	Corners       [4]r3.Vec
	Width, Height Measure
	Sill          Measure // lower edge above the room's floor
	Thickness     Measure // of the wall between two rooms; zero where not known
	AreaM2        Measure
	Rectangular   bool // false: sizes are those of the box around it
	// FromReveal counts the edges that were measured on the faces of the reveal
	// rather than by where rays pass; Unseen names edges with too little data.
	FromReveal int
	Unseen     []string
	Rays       int // rays that passed
}
