package zone

import "firescene/recon/handcalc"

// Outside is the index that stands for the open air where a room is asked for.
const Outside = -1

// Scene is a building, what burns in it and what is measured. Places are in the
// room's own axes: X along its width, Y along its depth, Z above its floor.
type Scene struct {
	OutsideK, InsideK float64 // temperatures at the start; 0: 293.15
	PressurePa        float64 // of the open air at height 0; 0: 101325
	HumidityPct       float64
	DurationS         float64
	SampleS           float64 // distance of the samples in the result
	LowO2             float64 // mass fraction below which cold flames go out; 0: LowO2Default
	ExtinctionM2Kg    float64 // of soot; 0: 8700
	MaxStepS          float64 // 0: 2
	Adiabatic         bool

	Rooms     []Room
	Vents     []Vent
	Holes     []Hole
	Fans      []Fan
	Fires     []Fire
	Targets   []Target
	Detectors []Detector
	Joins     []Join
}

// Room is a box, or a body of the height-dependent section given.
type Room struct {
	Name                    string
	Origin                  [3]float64 // of its lower corner in the building
	WidthM, DepthM, HeightM float64
	Ceiling, Wall, Floor    Surface
	Shaft                   bool // well mixed over its height
	Section                 []SectionAt
	// LeakWallM2 is spread over the wall's height, LeakFloorM2 lies at its foot;
	// both lead outside.
	LeakWallM2, LeakFloorM2 float64
}

// SectionAt is the horizontal area at a height; between them it changes in
// straight lines.
type SectionAt struct{ HeightM, AreaM2 float64 }

// Surface is what a ceiling, wall or floor is made of, from the room outwards. No
// slab: it takes no heat and sends back what radiation reaches it.
type Surface struct {
	Slabs      []Slab
	Emissivity float64 // 0: 0.9
}

// Slab is one layer of a surface.
type Slab struct {
	Material handcalc.Material
	ThickM   float64
}

// Schedule is the open share of a vent over time: a table, or Before until a
// trigger and After from then on. The zero schedule is open always.
type Schedule struct {
	TimeS, Share  []float64
	Trigger       *Trigger
	Before, After float64
}

// Trigger is met once a target reaches a value.
type Trigger struct {
	Target int
	Flux   bool // Value is a flux in kW/m2, else a temperature in K
	Value  float64
}

// Vent is an opening in a wall between rooms A and B; its foot is above the floor
// of A, or of B when A is Outside.
type Vent struct {
	Name                     string
	A, B                     int
	WidthM, BottomM, HeightM float64
	Open                     Schedule
}

// Hole is an opening in a ceiling or floor. Upper or Lower may be Outside.
type Hole struct {
	Name         string
	Upper, Lower int
	AreaM2       float64
	Round        bool
	Open         Schedule
}

// Fan moves gas from one place to another as long as it can overcome the
// pressure between them.
type Fan struct {
	Name           string
	From, To       int
	FromM, ToM     float64 // height of the middle of its openings above the floor
	FromSpanM      float64 // height of the opening it draws from
	FlowM3S        float64
	Cold           bool    // the flow is measured at the density of the open air, as behind a long duct; else of the gas drawn
	FullPa, NonePa float64 // the flow falls from full at FullPa to none at NonePa; 0, 0: 200, 300
	FilterShare    float64 // of soot and trace held back from FilterS on
	FilterS        float64
	Open           Schedule
}

// Fire is an item that burns at a place.
type Fire struct {
	Name    string
	Room    int
	X, Y    float64
	Rows    []FireRow                // in time since its ignition; the last holds on
	Heat    func(tS float64) float64 // when set, heat release in kW since its ignition, in the place of the rows'
	Fuel    Fuel
	IgniteS float64  // when it catches, without a trigger
	Trigger *Trigger // when set, what makes it catch
}

// FireRow is what holds at one time.
type FireRow struct {
	TimeS, HRRkW, BaseM, AreaM2 float64
	CO, Soot, HCN, HCl, Trace   float64 // kg a kg of fuel
}

// Fuel is what burns: its formula, and the heat of a kilogram.
type Fuel struct {
	C, H, O, N, Cl float64
	HeatKJKg       float64
	Radiative      float64 // share of the heat that the flames radiate
}

// Target is a plate or cylinder that is heated.
type Target struct {
	Name       string
	Room       int
	At, Normal [3]float64
	Cylinder   bool
	Material   handcalc.Material
	ThickM     float64 // diameter of a cylinder
	Emissivity float64
	DepthM     float64    // where the inner temperature is taken, from the front
	Adiabatic  bool       // the surface keeps no heat: its temperature balances the fluxes
	ConvectKW  [2]float64 // fixed coefficients of front and back; 0: computed
}

// DetectorKind says what a detector responds to.
type DetectorKind uint8

// The kinds of detector.
const (
	Gas   DetectorKind = iota // gas temperature
	Link                      // a heated link
	Smoke                     // obscuration
)

// Detector responds once the gas, its link or the smoke at its place reaches
// SetPoint: K, K, or %/m.
type Detector struct {
	Name     string
	Room     int
	At       [3]float64
	Kind     DetectorKind
	SetPoint float64
	RTI      float64 // (m s)^1/2
	SprayMS  float64 // of a sprinkler, m/s; 0: it does not act on the fire
}

// Join says that surfaces of two rooms are one. Kind Floor: the floor of From is
// the ceiling of To. Kind Wall: a share of From's wall borders To.
type Join struct {
	Wall     bool
	From, To int
	Share    float64 // of the wall
}

// The species that are followed in each layer.
const (
	O2 = iota
	CO2
	CO
	H2O
	HCN
	HCl
	Soot
	Trace
	Unburnt
	NSpecies
)

// SpeciesNames are the names of the species in their order.
var SpeciesNames = [NSpecies]string{"o2", "co2", "co", "h2o", "hcn", "hcl", "soot", "trace", "unburnt"}

// molarKg are the molar masses in kg/mol; of soot that of carbon, of trace and
// unburnt gas the mean of air, since nothing is known of them.
var molarKg = [NSpecies]float64{.032, .04401, .02801, .01802, .02703, .03646, .01201, .029, .029}

// airMolarKg is that of air.
const airMolarKg = 0.02896
