package recon

import "time"

// Further kinds of observation, each with its own error model in recon/origin.
const (
	ObsExposure    ObservationKind = "exposure"           // a surface took so many MJ/m2
	ObsChar        ObservationKind = "char"               // wood is charred to a depth
	ObsCalcination ObservationKind = "calcination"        // gypsum board is calcined to a depth
	ObsCleanBurn   ObservationKind = "clean_burn"         // soot is burnt off a surface, or is not
	ObsSpalling    ObservationKind = "spalling"           // concrete or masonry has spalled, or has not
	ObsGlass       ObservationKind = "glass"              // a pane has cracked or fallen out, or has not
	ObsDeviceLost  ObservationKind = "device_lost"        // a device or cable in the room failed at a time
	ObsArcOrder    ObservationKind = "arc_order"          // of two arcs on one branch that at At came first
	ObsTemperature ObservationKind = "temperature_record" // a thermometer's record
	ObsFlux        ObservationKind = "flux_record"        // a heat-flux gauge's record
)

// SurfaceFinding is what a surface shows at Observation.At.
type SurfaceFinding struct {
	Normal      Vec     `yaml:"normal" json:"normal"`     // into the room; zero: away from the nearest wall, floor or ceiling
	Material    string  `yaml:"material" json:"material"` // char: a wood; calcination: gypsum
	ThickM      float64 `yaml:"thick_m" json:"thick_m"`   // 0: 0.02
	DepthMM     float64 `yaml:"depth_mm" json:"depth_mm"` // char, calcination
	SigmaMM     float64 `yaml:"sigma_mm" json:"sigma_mm"`
	ExposureMJ  float64 `yaml:"exposure_MJ_m2" json:"exposure_MJ_m2"` // exposure
	SigmaMJ     float64 `yaml:"sigma_MJ_m2" json:"sigma_MJ_m2"`
	Present     *bool   `yaml:"present" json:"present"`           // clean_burn, spalling, glass
	GlassFallen bool    `yaml:"glass_fallen" json:"glass_fallen"` // glass: fallen out, not only cracked
}

// DeviceFinding is what failed.
type DeviceFinding struct {
	Kind      string  `yaml:"kind" json:"kind"`             // "electronics" or "cable"
	DiameterM float64 `yaml:"diameter_m" json:"diameter_m"` // of a cable; 0: 0.012
	FailsC    float64 `yaml:"fails_C" json:"fails_C"`       // 0: that of its kind
}

// ArcFinding states two arcs on one branch; At is the one farther from the supply.
type ArcFinding struct {
	Branch    string `yaml:"branch" json:"branch"`
	Upstream  Vec    `yaml:"upstream_at_m" json:"upstream_at_m"` // the one nearer to the supply
	Energised bool   `yaml:"energised" json:"energised"`         // known to have been live when the fire began
}

// RecordFinding names a record in a CSV file and, once that is read, holds it.
type RecordFinding struct {
	File        string    `yaml:"file" json:"file"` // beside the observations
	TimeColumn  string    `yaml:"time_column" json:"time_column"`
	ValueColumn string    `yaml:"value_column" json:"value_column"`
	Start       time.Time `yaml:"start" json:"start"`   // true time at which the time column is 0
	Normal      Vec       `yaml:"normal" json:"normal"` // of a flux gauge, into the room
	TimeS       []float64 `yaml:"-" json:"-"`           // seconds after Start
	Value       []float64 `yaml:"-" json:"-"`           // C or kW/m2, NaN where the record has none
}

// Exposure is what a hypothesis predicts for an observation of a surface, a device
// or a record.
type Exposure struct {
	ObservationID string  `json:"observation"`
	Quantity      string  `json:"quantity"` // with its unit
	Value         float64 `json:"value"`
	// LogSD is the model's standard deviation of the natural logarithm of Value; in
	// kelvin for temperatures, whose Quantity ends in _C.
	LogSD     float64 `json:"log_sd"`
	Reached   bool    `json:"reached"`              // of times: within the simulated time
	UpstreamS float64 `json:"upstream_s,omitempty"` // arc_order: the time at the other arc
	Uncovered string  `json:"uncovered,omitempty"`
	// Series of a record's prediction, on FireResult's clock.
	TimeS  []float64 `json:"-"`
	Series []float64 `json:"-"`
}
