package field

import "math"

// Box is x0, x1, y0, y1, z0, z1 in metres, each pair rising. A box that is flat in
// one direction is a plane. A point is a box that is flat in all three.
type Box [6]float64

// Scene is a region of space, what stands and burns in it and what is measured.
// Lengths are metres, temperatures kelvin, times seconds since the start, powers
// kilowatts. Z points up. Everything outside the region is solid, unless a Vent
// opens the border.
type Scene struct {
	Name  string
	Box   Box    // the region
	Cells [3]int // along x, y and z, all of one size

	EndS        float64
	AmbientK    float64 // 0: 293.15
	PressurePa  float64 // 0: 101325
	HumidityPct float64

	Surfaces     []Surface
	Boundary     [6]int // surface of the border at x0, x1, y0, y1, z0, z1; Ambient or an index
	Obstructions []Obstruction
	Vents        []Vent
	Leaks        []Leak
	Reaction     Reaction
	Initial      []Initial
	Still        bool // no noise of 5 mm/s in the first velocities, which lets plumes break up
	Devices      []Device
	SampleS      float64 // distance of the samples in the result; 0: EndS/500, at least 0.1
}

// Ambient is the index of a surface that stays at the ambient temperature.
const Ambient = -1

// Schedule says when a thing is there. The zero Schedule is always. It begins
// there, or absent when StartsOff, and changes over at each of SwitchS and once
// when the device named in Device (if any) passes its set point.
type Schedule struct {
	StartsOff bool
	SwitchS   []float64
	Device    string
}

// Obstruction is a solid box. Its faces are moved to the nearest borders of cells;
// one that becomes flat is a thin plate with two sides. Holes are cut by whoever
// makes the scene.
type Obstruction struct {
	Name     string
	Box      Box
	Surfaces [6]int // of its sides x0, x1, y0, y1, z0, z1: Ambient or an index
	There    Schedule
}

// VentKind says what a vent does to the plane it lies on.
type VentKind uint8

// The kinds of vent.
const (
	Lay    VentKind = iota // a surface laid on solids: a burner, a fan, other lining
	Open                   // the border of the region, open to still ambient air
	Mirror                 // the border of the region, a plane of symmetry without friction or heat
)

// Vent is a rectangle on solids or on the border of the region. Where vents
// overlap, the later one holds. A laid surface that burns or blows does so over
// the share of each cell's face that the rectangle covers, so that its total is
// that of the rectangle however coarse the cells.
type Vent struct {
	Name    string
	Kind    VentKind
	Box     Box // flat in one direction
	Surface int // of Lay
	There   Schedule
}

// Leak is an opening smaller than cells, through which a closed room exchanges gas
// with the open air by its pressure: spread over all solid faces in Box.
type Leak struct {
	Name   string
	Box    Box
	AreaM2 float64
	Coeff  float64 // of discharge; 0: 0.7
	// The flow goes with the pressure to the power Exponent, AreaM2 being that at
	// ReferencePa; ReferencePa 0: with the root of the pressure.
	ReferencePa, Exponent float64
}

// Backing is what lies behind a surface's last layer.
type Backing uint8

// The kinds of backing.
const (
	Void      Backing = iota // still ambient air
	Exposed                  // the gas on the other side of the obstruction; Void where there is none
	Insulated                // no heat passes
)

// Surface is what a face is made of and what it gives off. With no Layers, no
// FixedK and not Adiabatic it stays at the ambient temperature.
type Surface struct {
	Name       string
	Layers     []Layer // from the gas inwards
	Backing    Backing
	Emissivity float64 // 0: that of the first layer's material, or 0.9
	FixedK     float64 // temperature held; 0: none
	FixedRamp  Ramp    // of the rise of FixedK over ambient in time; nil: 1
	Adiabatic  bool    // keeps no heat: its temperature balances radiation and convection
	ConvectKW  float64 // coefficient in kW/(m2 K); 0: computed

	// HRRPUA in kW/m2, or MassFluxKgM2S of fuel, is given off from ignition on, times
	// Ramp. Ignition is at IgniteS when both IgnitionK and CriticalFluxKW are 0, else
	// when a face reaches IgnitionK, or when the integral over time of
	// (incident heat flux - CriticalFluxKW)^FluxTimePower reaches FluxTime.
	HRRPUA         float64
	MassFluxKgM2S  float64
	Ramp           Ramp // of time since ignition; nil: 1 at once
	IgniteS        float64
	IgnitionK      float64
	CriticalFluxKW float64
	FluxTime       float64 // kW/m2 to the power FluxTimePower, times s
	FluxTimePower  float64 // 0: 2
	// Whole: all faces of an obstruction (or of a vent) catch as soon as one does.
	Whole bool

	// BlowMS is the velocity of ambient air into the gas (negative: gas drawn off),
	// BlowM3S the same as a volume flow over the whole rectangle; both times BlowRamp.
	BlowMS, BlowM3S float64
	BlowRamp        Ramp
	BlowK           float64 // temperature of what is blown in; 0: ambient
}

// Layer is one layer of a surface.
type Layer struct {
	Material Material
	ThickM   float64
}

// Material conducts heat. The ramps, when set, are of temperature in K and take the
// place of the constants.
type Material struct {
	Name                  string
	ConductKWmK           float64 // kW/(m K)
	DensityKgM3           float64
	HeatKJKgK             float64 // kJ/(kg K)
	Emissivity            float64 // 0: 0.9
	ConductRamp, HeatRamp Ramp
}

// Ramp is a table of x (rising) against a factor or value, in straight lines
// between its rows; the first and last values hold beyond them.
type Ramp [][2]float64

// At is the value at x; 1 for an empty ramp.
func (r Ramp) At(x float64) float64 {
	n := len(r)
	switch {
	case n == 0:
		return 1
	case x <= r[0][0]:
		return r[0][1]
	case x >= r[n-1][0]:
		return r[n-1][1]
	}
	lo, hi := 0, n-1
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; r[mid][0] <= x {
			lo = mid
		} else {
			hi = mid
		}
	}
	if r[hi][0] == r[lo][0] {
		return r[hi][1]
	}
	return r[lo][1] + (r[hi][1]-r[lo][1])*(x-r[lo][0])/(r[hi][0]-r[lo][0])
}

// Reaction is what burns with the oxygen of the air.
type Reaction struct {
	Fuel              string  // its name, for messages
	C, H, O, N        float64 // atoms in a molecule; all 0: propane
	HeatKJKg          float64 // heat of combustion; 0: 13100 kJ per kg of oxygen used
	SootYield         float64 // kg a kg of fuel
	COYield           float64
	RadiativeFraction float64 // NoRadiation: none; 0: 0.35
	CriticalFlameK    float64 // critical flame temperature; 0: 1600
	OxygenLimit       float64 // mole fraction below which a cold flame goes out; 0: 0.135
	NoExtinction      bool
	ExtinctionM2Kg    float64 // of smoke per kg of soot; 0: 8700
}

// NoRadiation as a radiative fraction switches radiation off altogether.
const NoRadiation = -1

// Initial is a box that is not ambient at the start.
type Initial struct {
	Box   Box
	TempK float64 // 0: ambient
	// FuelFraction and ProductFraction are mass fractions.
	FuelFraction, ProductFraction float64
	Velocity                      [3]float64 // m/s
	// HRRPUV is a heat source in kW/m3 that needs no fuel.
	HRRPUV float64
}

// Quantity is what a device measures.
type Quantity uint8

// The quantities, with their units. Those of surfaces are taken at the face next to
// the device whose normal is nearest to Orientation.
const (
	GasTemperature     Quantity = iota // K
	Thermocouple                       // K, of a bead that radiates and lags
	VelocityX                          // m/s
	VelocityY                          // m/s
	VelocityZ                          // m/s
	Speed                              // m/s
	BidirectionalFlow                  // m/s along Orientation, as a bidirectional probe
	OxygenFraction                     // mole fraction
	CO2Fraction                        // mole fraction
	COFraction                         // mole fraction
	WaterFraction                      // mole fraction
	SootDensity                        // kg/m3
	Extinction                         // 1/m
	GasDensity                         // kg/m3
	HeatReleaseDensity                 // kW/m3
	WallTemperature                    // K
	BackTemperature                    // K, behind the last layer
	GaugeHeatFlux                      // kW/m2 to a surface kept at GaugeK (ambient when 0)
	NetHeatFlux                        // kW/m2 into the surface
	RadiativeFlux                      // kW/m2 incident
	ConvectiveFlux                     // kW/m2 into the surface
	TargetGaugeFlux                    // kW/m2 to a small gauge in the gas that faces Orientation
	TargetRadiance                     // kW/m2 incident radiation on the same
	LayerHeight                        // m above the foot of Box, a vertical line
	UpperTemperature                   // K, over the same line
	LowerTemperature                   // K
	HeatRelease                        // kW in Box; in all the region when Box is a point
	MassFlow                           // kg/s through Box, a plane, towards rising coordinates
	MassFlowPositive                   // kg/s, only what goes that way
	MassFlowNegative                   // kg/s, only what goes back
	HeatFlow                           // kW of sensible enthalpy above ambient through Box
	Pressure                           // Pa above ambient
	LinkTemperature                    // K, of a link with RTI
	ChamberObscuration                 // %/m in a smoke detector's chamber
	PathObscuration                    // % along the line from one corner of Box to the other
)

// Device measures one quantity at the middle of Box, or over it. With a set point
// it activates once it passes it, upwards unless Falling.
type Device struct {
	Name        string
	Quantity    Quantity
	Box         Box
	Orientation [3]float64
	Setpoint    float64
	HasSetpoint bool
	Falling     bool
	RTI         float64 // (m s)^1/2, of LinkTemperature
	BeadM       float64 // diameter of a Thermocouple; 0: 0.001
	BeadEps     float64 // 0: 0.85
	GaugeK      float64
	// Chamber is alpha_e, beta_e, alpha_c, beta_c of Cleary's two-chamber filling model
	// of a smoke detector; all 0: Heskestad's with LengthM.
	Chamber [4]float64
	LengthM float64 // 0: 1.8
}

// volume, and size along an axis.
func (b Box) size(axis int) float64 { return b[2*axis+1] - b[2*axis] }

func (b Box) middle() (p [3]float64) {
	for a := range p {
		p[a] = (b[2*a] + b[2*a+1]) / 2
	}
	return p
}

// flat is the axis in which a box is thinnest.
func (b Box) flat() int {
	best := 0
	for a := 1; a < 3; a++ {
		if b.size(a) < b.size(best) {
			best = a
		}
	}
	return best
}

func (b Box) finite() bool {
	for _, v := range b {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
