package field

// Options say how to run, never what comes out.
type Options struct {
	Workers     int                      // at most; 0: one for each processor
	Progress    func(tS, endS float64)   // called now and then
	FrameEveryS float64                  // distance of frames; 0: none
	OnFrame     func(f *Frame) error     // its slices hold only during the call; an error ends the run
	OnStart     func(faces []Face) error // the faces that Frame and Result speak of, before the first frame
}

// Frame is the state of the region at one time. The fields are at the middles of
// cells, x fastest, then y, then z; in solids the values are ambient.
type Frame struct {
	TimeS                  float64
	Cells                  [3]int
	TempK, U, V, W         []float32
	SootKgM3, HRRPUV       []float32 // kg/m3; kW/m3
	OxygenFraction         []float32 // mole fraction
	Solid                  []bool
	FaceK, FaceGaugeKWM2   []float32 // one a Face: its temperature, flux to a cold gauge
	FaceExposureMJM2       []float32 // of the latter, summed up so far
	HRRKW, BoundPressurePa float64
	Burning                []int // indices of obstructions that burn
}

// Face is one side of a solid that borders gas at some time of the run.
type Face struct {
	Cell        [3]int // of the gas before it
	Axis        int    // 0, 1, 2
	Positive    bool   // its normal, into the gas, points to rising coordinates
	Middle      [3]float64
	AreaM2      float64
	Obstruction int // -1: the border of the region
	Vent        int // that is laid on it, or -1
	Surface     int // index or Ambient
}

// Exposure is what a face met over the run.
type Exposure struct {
	// GaugeMJM2 is the heat that a surface kept at ambient temperature would have taken
	// up there; RadiantMJM2 the incident radiation, NetMJM2 what the surface took up.
	GaugeMJM2, RadiantMJM2, NetMJM2 float64
	PeakGaugeKWM2, PeakAtS          float64
	PeakK                           float64
	EndK                            float64
	IgnitedS                        float64 // below 0: never
}

// DeviceSeries is what one device measured, one value a TimeS.
type DeviceSeries struct {
	Name     string
	Quantity Quantity
	Unit     string
	Value    []float64
	// ActivatedS is when it first passed its set point; below 0: never.
	ActivatedS float64
}

// Event is something that happened.
type Event struct {
	TimeS float64
	What  string
}

// Sums are the balances of the run. What remains of each is rounding:
// EndKJ - StartKJ = ReleasedKJ + InKJ - WallKJ - RadiatedKJ + BlownKJ (+ PressureKJ).
type Sums struct {
	StartKg, EndKg, InKg       float64 // gas; InKg is the net inflow through borders and leaks
	FuelKg, BurntKg            float64 // given off, burnt
	StartFuelKg, EndFuelKg     float64
	BlownKg                    float64 // given off by surfaces, fuel and air, less what they draw off
	OutFuelKg                  float64 // carried out unburnt
	StartKJ, EndKJ             float64 // enthalpy of the gas
	ReleasedKJ, FlowKJ, WallKJ float64 // by fires; carried in with gas; convected to walls
	RadiatedKJ, PressureKJ     float64 // net emission of the gas; work of the pressure of closed rooms
	MeanHRRKW, PeakHRRKW       float64
	LargestDivergence          float64 // 1/s, that remained of the pressure solution
	LargestDensityError        float64 // of the equation of state, relative
}

// Result is what a run gives.
type Result struct {
	TimeS      []float64
	HRRKW      []float64 // released
	OfferedKW  []float64 // by what is given off, if it all burnt
	Devices    []DeviceSeries
	Events     []Event
	Faces      []Face
	Exposures  []Exposure // one a Face
	Sums       Sums
	Steps      int
	Iterations int // of the pressure solution, two solutions a step
	Cells      int // of gas
	Warnings   []Problem
}

// Problem says what is wrong or doubtful in a scene or a run.
type Problem struct {
	Fatal bool
	Where string // the part of the scene
	What  string // with the numbers, and what to do
}
