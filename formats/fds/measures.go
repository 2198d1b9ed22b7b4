package fds

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
