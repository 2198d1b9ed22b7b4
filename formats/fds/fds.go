// Package fds reads and writes a subset of the input files of the Fire Dynamics
// Simulator, version 6 (".fds", Fortran namelists), as typed records.
//
// What the package does not know, records and fields, is listed in Unsupported
// with its line and what that means for a result; nothing that bears on a result
// is passed over in silence. Numbers keep the file's units, which the field names
// state. A Box is x0, x1, y0, y1, z0, z1, each pair rising.
//
// Source of the format: K. McGrattan et al., Fire Dynamics Simulator User's Guide,
// NIST SP 1019, 6th ed. (2013 and later).
package fds

// Format is the name that errors carry.
const Format = "FDS"

// Box is x0, x1, y0, y1, z0, z1 in metres.
type Box [6]float64

// Input is one input file.
type Input struct {
	CHID, Title string

	BeginS, EndS   float64 // &TIME
	TimeShrink     float64 // TIME_SHRINK_FACTOR; 0: none
	TimeShrinkLine int
	AmbientC       float64
	PressurePa     float64
	HumidityPct    float64
	NoRadiation    bool // &RADI
	NoSuppression  bool // flames never go out for want of oxygen

	Meshes       []Mesh
	Mults        []Mult
	Reactions    []Reaction
	Species      []Species
	Materials    []Material
	Surfaces     []Surface
	Obstructions []Obst
	Holes        []Hole
	Vents        []Vent
	Ramps        []Ramp
	Devices      []Device
	Controls     []Control
	Props        []Prop
	Inits        []Init
	Particles    []Particle
	Zones        []Zone
	Ducts        []Duct // &HVAC
	Slices       []Slice
	Boundaries   []Slice

	DeviceEveryS, HRREveryS float64 // &DUMP; 0: not stated
	Frames                  int

	Unsupported []Unsupported
}

// Unsupported is a record or field that the package passes over.
type Unsupported struct {
	Line   int
	Record string
	Field  string // empty: the whole record
	ID     string // of the record, where it has one
	Effect string // what it means for the result
}

// Mesh is a &MESH.
type Mesh struct {
	Line  int
	ID    string
	Cells [3]int
	Box   Box
	Mult  string
}

// Mult is a &MULT: copies shifted by D, or with ByCount by DBox for each face.
type Mult struct {
	Line     int
	ID       string
	D, D0    [3]float64 // shift from copy to copy, and of all
	DBox     Box        // shift of the faces from copy to copy, by a single count
	Lo, Hi   [3]int
	NLo, NHi int // count of DBox
	ByCount  bool
}

// Reaction is a &REAC.
type Reaction struct {
	Line              int
	ID, Fuel          string
	Formula           string
	C, H, O, N        float64 // atoms, where stated
	HeatKJKg          float64 // 0: not stated
	HeatPerO2KJKg     float64 // EPUMO2; 0: not stated
	SootYield         float64
	COYield           float64
	RadiativeFraction float64
	HasRadiative      bool
	CriticalFlameC    float64 // 0: not stated
	OxygenLimit       float64 // LOWER_OXYGEN_LIMIT, volume fraction; 0: not stated
	AutoIgnitionC     float64 // 0: not stated
	Nu                []float64
	NuSpecies         []string
}

// Species is a &SPEC, as far as lumped species of simple chemistry go.
type Species struct {
	Line       int
	ID         string
	Formula    string
	Background bool
	LumpedOnly bool
	Aerosol    bool
	Parts      []string  // of a lumped species
	Volumes    []float64 // their volume fractions, or mass fractions with ByMass
	ByMass     bool
}

// Material is a &MATL.
type Material struct {
	Line                  int
	ID                    string
	ConductWmK, HeatKJKgK float64 // 0: by ramp
	ConductRamp, HeatRamp string
	DensityKgM3           float64
	Emissivity            float64
}

// Surface is a &SURF.
type Surface struct {
	Line                 int
	ID                   string
	Default              bool
	HRRPUA               float64 // kW/m2
	MLRPUA               float64 // kg/(m2 s) of fuel
	RampQ                string
	TauQ                 float64 // s; 0 and no ramp: 1 s
	HasTauQ              bool
	IgnitionC            float64
	HasIgnition          bool
	BurnAway             bool
	Layers               []SurfaceLayer
	Backing              string // VOID, EXPOSED, INSULATED
	Emissivity           float64
	TmpFrontC            float64
	HasTmpFront          bool
	RampT                string
	TauT                 float64
	HasTauT              bool
	TmpInnerC            float64
	HasTmpInner          bool
	Adiabatic            bool
	ConvectWm2K          float64 // HEAT_TRANSFER_COEFFICIENT; 0: computed
	VelMS, VolumeFlowM3S float64 // negative: into the region
	MassFluxTotal        float64 // kg/(m2 s)
	RampV                string
	TauV                 float64
	HasTauV              bool
	MassFlux             []float64 // of SpecID
	SpecID               []string
	RampMF               string
	LeakPath             bool
}

// SurfaceLayer is one layer of a surface, from the gas inwards.
type SurfaceLayer struct {
	Materials []string  // the first stands for all where there are several
	Shares    []float64 // their mass fractions; empty: one
	ThickM    float64
}

// When says when a thing is there.
type When struct {
	Device, Control string
}

// Obst is an &OBST. Surfaces names those of x0, x1, y0, y1, z0, z1; empty: the
// default.
type Obst struct {
	Line     int
	ID       string
	Box      Box
	Surfaces [6]string
	Mult     string
	When     When
	Thicken  bool
	NoHoles  bool // PERMIT_HOLE=.FALSE.
	NoVents  bool // ALLOW_VENT=.FALSE.
	BulkKgM3 float64
}

// Hole is a &HOLE.
type Hole struct {
	Line int
	ID   string
	Box  Box
	Mult string
	When When
}

// Vent is a &VENT. Border is XMIN to ZMAX when the vent is a whole border of its
// mesh.
type Vent struct {
	Line     int
	ID       string
	Box      Box
	Border   string
	Domain   bool // DB: border of all meshes together
	Surface  string
	Mult     string
	When     When
	At       [3]float64
	HasAt    bool
	SpreadMS float64
	RadiusM  float64
}

// Ramp is all &RAMP records of one ID, in the order of T.
type Ramp struct {
	Line   int
	ID     string
	T, F   []float64
	Device string
}

// Device is a &DEVC.
type Device struct {
	Line                int
	ID, Quantity        string
	Box                 Box // a point: flat in all three
	IsBox               bool
	IOR                 int
	Orientation         [3]float64
	HasOrientation      bool
	Prop, Init, Control string
	Setpoint            float64
	HasSetpoint         bool
	Falling             bool // TRIP_DIRECTION below 0
	NoLatch             bool
	InitialState        bool
	DelayS              float64
	Points              int // along the line Box; 0: one
	History             bool
	Spatial, Temporal   string
	StatisticsFromS     float64
	Hidden              bool // OUTPUT=.FALSE.
	Units               string
	Species             string
	DepthM              float64
	Velocity            int // VELO_INDEX
	Factor              float64
	Addend              float64
	Dry                 bool
	HalfM               [3]float64 // DX, DY, DZ
}

// Control is a &CTRL.
type Control struct {
	Line         int
	ID, Function string
	Inputs       []string
	Constant     float64
	Percentile   float64
	Ramp         string
	Setpoints    []float64
	InitialState bool
	DelayS       float64
}

// Prop is a &PROP.
type Prop struct {
	Line             int
	ID, Quantity     string
	ActivationC      float64
	HasActivation    bool
	RTI              float64
	InitialC         float64
	HasInitial       bool
	ObscurationPctM  float64 // ACTIVATION_OBSCURATION
	HasObscuration   bool
	Cleary           [4]float64 // ALPHA_E, BETA_E, ALPHA_C, BETA_C
	LengthM          float64
	BeadM            float64
	BeadEmissivity   float64
	GaugeC           float64
	HasGauge         bool
	Particle         string
	FlowRateLMin     float64
	FlowRamp         string
	ParticleVelocity float64
	SprayAngleDeg    float64 // the outer one
}

// Init is an &INIT.
type Init struct {
	Line         int
	ID           string
	Box          Box
	HasBox       bool
	At           [3]float64
	HasAt        bool
	TempC        float64
	HasTemp      bool
	HRRPUV       float64
	Species      []string
	MassFraction []float64
	VolumeShare  []float64
	Particle     string
	Mult         string
}

// Particle is a &PART, as far as it stands for a fixed target.
type Particle struct {
	Line        int
	ID          string
	Static      bool
	Orientation [3]float64
	Surface     string
	Species     string
}

// Zone is a &ZONE: a sealed region with its leakage to the open air.
type Zone struct {
	Line        int
	At          [3]float64
	HasAt       bool
	Box         Box
	HasBox      bool
	LeakM2      float64 // LEAK_AREA(0)
	ReferencePa float64
	Exponent    float64
}

// Duct is an &HVAC record. Kind is DUCT, NODE, LEAK, FAN and so on.
type Duct struct {
	Line          int
	ID, Kind      string
	Nodes         []string
	Ducts         []string
	Vent, Vent2   string
	Ambient       bool
	DiameterM     float64
	AreaM2        float64
	Loss          []float64
	LengthM       float64
	VolumeFlowM3S float64
	Ramp          string
	Fan           string
}

// Slice is a &SLCF or &BNDF: a picture that is asked for.
type Slice struct {
	Line     int
	Quantity string
	Species  string
	Axis     int // of PBX, PBY, PBZ; -1: Box, or a boundary
	AtM      float64
	Box      Box
	Vector   bool
}

// Bounds on the numbers of records and copies, so that no file fills memory or
// time.
const (
	MaxRecords = 200000
	MaxPoints  = 100000 // of one list
)
