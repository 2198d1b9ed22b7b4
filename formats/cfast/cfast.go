// Package cfast reads and writes the input files of the zone fire model CFAST,
// version 7 (".in", Fortran namelists), as typed records.
//
// What the package does not know, records and fields, is listed with its line
// and never passed over in silence. Numbers keep the file's units, which the
// field names state. Places in a room are measured from its origin: X along its
// width, Y along its depth, Z up.
//
// Source of the format: R. D. Peacock, K. B. McGrattan, G. P. Forney, P. A.
// Reneke, CFAST Version 7 User's Guide, NIST TN 1889v2 (2015).
package cfast

// Format is the name that errors carry.
const Format = "CFAST"

// Outside is the name of the open air in the COMP_IDS of vents and connections.
const Outside = "OUTSIDE"

// Off is the material of a surface that conducts nothing.
const Off = "OFF"

// Input is one input file.
type Input struct {
	Version int // for example 7600
	Title   string

	SimulationS, PrintS, SmokeviewS, SpreadsheetS float64 // &TIME

	PressurePa, HumidityPct, InteriorC, ExteriorC float64 // &INIT

	Adiabatic        bool       // &MISC: no surface takes heat
	MaxStepS         float64    // 0: not stated
	LowerOxygenLimit float64    // volume fraction; 0: not stated
	Extinction       [2]float64 // m2/kg of flaming and smouldering soot; 0: not stated

	Materials   []Material
	Rooms       []Room
	Vents       []Vent
	Fires       []Fire
	Burns       []Burn // &CHEM with its &TABL
	Devices     []Device
	Ramps       []Ramp
	Connections []Connection

	NotSupported []NotSupported
}

// NotSupported is a record or field that the package passes over.
type NotSupported struct {
	Line   int
	Record string
	Field  string // empty: the whole record
	Why    string
}

// Material is a &MATL.
type Material struct {
	Line                  int
	ID, Name              string
	ConductWmK, HeatKJKgK float64
	DensityKgM3, ThickM   float64
	Emissivity            float64
}

// Room is a &COMP. Surfaces have up to three slabs from the room outwards.
type Room struct {
	Line                         int
	ID                           string
	WidthM, DepthM, HeightM      float64
	Origin                       [3]float64
	Ceiling, Wall, Floor         []Slab // empty: the surface conducts nothing
	Hall, Shaft                  bool
	Grid                         [3]int
	LeakRatio, LeakM2            [2]float64 // of walls and floor: share of their area, area
	SectionHeightM, SectionAreaM []float64  // cross-section table; empty: a box
}

// Slab is one layer of a surface. ThickM 0 means the material's own.
type Slab struct {
	Material string
	ThickM   float64
}

// VentKind is the TYPE of a &VENT.
type VentKind string

// The kinds of vent.
const (
	WallVent    VentKind = "WALL"
	CeilingVent VentKind = "CEILING"
	FloorVent   VentKind = "FLOOR"
	FanVent     VentKind = "MECHANICAL"
	LeakVent    VentKind = "LEAKAGE"
)

// Vent is a &VENT.
type Vent struct {
	Line    int
	ID      string
	Kind    VentKind
	Rooms   [2]string // for CEILING and FLOOR the upper comes first; for MECHANICAL from, to
	BottomM float64   // above the floor of the first room that is not outside
	HeightM float64
	WidthM  float64
	Face    string
	OffsetM float64

	AreaM2  float64 // CEILING, FLOOR, LEAKAGE
	Shape   string  // ROUND or SQUARE
	Offsets [2]float64

	AreasM2, HeightsM [2]float64 // MECHANICAL: of the openings at its two ends
	Orientations      [2]string  // VERTICAL or HORIZONTAL
	FlowM3S           float64
	CutoffsPa         [2]float64 // flow falls from full to none between them; 0, 0: not stated
	FilterTimeS       float64
	FilterPct         float64

	Opening Opening
}

// Opening says when a vent is open: by a time table, or once a device reaches a
// temperature (C) or flux (kW/m2). The fractions are 1 when not stated.
type Opening struct {
	Criterion             string // TIME, TEMPERATURE or FLUX
	TimeS, Fraction       []float64
	SetPoint              float64
	Device                string
	BeforeFrac, AfterFrac float64
}

// Fire is a &FIRE: an item at a place.
type Fire struct {
	Line      int
	ID, Room  string
	Burn      string // ID of its &CHEM
	X, Y      float64
	Criterion string // TIME, TEMPERATURE or FLUX
	SetPoint  float64
	Device    string
}

// Burn is a &CHEM with the rows of its &TABL: what burns and how fast.
type Burn struct {
	Line                                         int
	ID                                           string
	Carbon, Hydrogen, Oxygen, Nitrogen, Chlorine float64 // atoms of the formula
	HeatKJKg                                     float64
	RadiativeFraction                            float64
	FlamingS                                     float64 // smouldering until then
	Rows                                         []BurnRow
}

// BurnRow is what holds at one time; values between rows lie on straight lines.
type BurnRow struct {
	TimeS, HRRkW, HeightM, AreaM2 float64
	COYield, SootYield, HCNYield  float64 // kg a kg of fuel
	HClYield, TraceYield          float64
}

// DeviceKind is the TYPE of a &DEVC.
type DeviceKind string

// The kinds of device.
const (
	Plate         DeviceKind = "PLATE"
	Cylinder      DeviceKind = "CYLINDER"
	HeatDetector  DeviceKind = "HEAT_DETECTOR"
	SmokeDetector DeviceKind = "SMOKE_DETECTOR"
	Sprinkler     DeviceKind = "SPRINKLER"
)

// Device is a &DEVC: a target or a detector.
type Device struct {
	Line       int
	ID, Room   string
	Kind       DeviceKind
	At         [3]float64
	Normal     [3]float64 // a unit vector; of a stated orientation, what it stands for
	Material   string
	DepthM     float64 // where in the target its temperature is asked for; see DepthShare
	DepthShare bool    // DepthM is a share of the thickness
	Adiabatic  bool
	ConvectKW  [2]float64 // fixed coefficients of front and back, kW/(m2 K); 0: computed

	SetPoint    float64   // C, or obscuration in %/m of a smoke detector
	SetPoints   []float64 // smouldering and flaming, of a smoke detector
	HasSetPoint bool
	RTI         float64 // (m s)^1/2; 0: not stated
	SprayMS     float64 // density of the spray, m/s (m3/s a m2)
}

// Ramp is a &RAMP: F against T (s) or Z (m).
type Ramp struct {
	Line  int
	ID    string
	Type  string
	X, F  []float64
	Rooms []string
}

// Connection is a &CONN: surfaces of rooms that share heat.
type Connection struct {
	Line     int
	Type     string // WALL, CEILING or FLOOR
	Room     string
	To       []string
	Fraction []float64 // of the wall's area, WALL only
}
