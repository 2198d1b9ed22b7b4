package recon

import (
	"time"

	"gonum.org/v1/gonum/spatial/r3"
)

// Vec is a position in metres as a YAML or JSON triple.
type Vec [3]float64

// R3 converts to the linear-algebra type.
func (v Vec) R3() r3.Vec { return r3.Vec{X: v[0], Y: v[1], Z: v[2]} }

// Hypothesis is one statement of how the fire went, made by the investigator and
// never by the program: where and when it began, what burned, what was open.
// It is read from YAML; unknown fields are refused.
type Hypothesis struct {
	ID    string `yaml:"id" json:"id"`       // short, for example "H1"
	Title string `yaml:"title" json:"title"` // one sentence
	// Basis lists what speaks for the hypothesis by itself (locators or observation
	// IDs). A hypothesis with none rests on elimination alone and is marked so.
	Basis     []string   `yaml:"basis" json:"basis"`
	Origin    Origin     `yaml:"origin" json:"origin"`
	Ignition  Ignition   `yaml:"ignition" json:"ignition"`
	Rooms     []Room     `yaml:"rooms" json:"rooms"`
	Openings  []Opening  `yaml:"openings" json:"openings"`
	Fuels     []Fuel     `yaml:"fuels" json:"fuels"`
	Detectors []Detector `yaml:"detectors" json:"detectors"`
	AmbientC  *float64   `yaml:"ambient_C" json:"ambient_C"`   // nil means 20
	DurationS float64    `yaml:"duration_s" json:"duration_s"` // simulated time; 0 means 600
}

// Origin is the place of first ignition with the radius within which it is meant.
type Origin struct {
	Room     string  `yaml:"room" json:"room"`
	At       Vec     `yaml:"at_m" json:"at_m"`
	RadiusM  float64 `yaml:"radius_m" json:"radius_m"`
	Describe string  `yaml:"describe" json:"describe"`
}

// Ignition is the supposed time of ignition, true time, with its half-width.
type Ignition struct {
	Time         time.Time `yaml:"time" json:"time"`
	UncertaintyS float64   `yaml:"uncertainty_s" json:"uncertainty_s"`
}

// Room is a box in scene coordinates.
type Room struct {
	Name   string  `yaml:"name" json:"name"`
	Min    Vec     `yaml:"min_m" json:"min_m"`
	Max    Vec     `yaml:"max_m" json:"max_m"`
	Wall   string  `yaml:"wall" json:"wall"` // material of walls and ceiling, from the built-in table
	ThickM float64 `yaml:"wall_thick_m" json:"wall_thick_m"`
}

// Opening is a door or window between two rooms or a room and "outside".
type Opening struct {
	Name    string  `yaml:"name" json:"name"`
	From    string  `yaml:"from" json:"from"`
	To      string  `yaml:"to" json:"to"`
	WidthM  float64 `yaml:"width_m" json:"width_m"`
	SillM   float64 `yaml:"sill_m" json:"sill_m"`       // above the floor
	HeadM   float64 `yaml:"head_m" json:"head_m"`       // above the floor
	OpenAtS float64 `yaml:"open_at_s" json:"open_at_s"` // seconds after ignition; 0 means open from the start
	// At is the middle of its foot in scene coordinates, on the wall it is in; without it
	// the field model supposes a place.
	At *Vec `yaml:"at_m" json:"at_m,omitempty"`
}

// Fuel is an item that burns. Its heat release rate is either a curve or a
// t-squared growth to a peak, a plateau and a linear decay.
type Fuel struct {
	Name   string  `yaml:"name" json:"name"`
	At     Vec     `yaml:"at_m" json:"at_m"`       // centre of its base
	AreaM2 float64 `yaml:"area_m2" json:"area_m2"` // burning area seen from above
	// Item names an entry of the library of fuels in the place of a curve; of a pool,
	// MassKg and AreaM2 say how long and how fast it burns.
	Item   string  `yaml:"item" json:"item,omitempty"`
	MassKg float64 `yaml:"mass_kg" json:"mass_kg,omitempty"`
	// Curve is seconds after this item's ignition against kW, strictly rising in time.
	Curve             [][2]float64 `yaml:"curve_s_kW" json:"curve_s_kW"`
	Growth            *Growth      `yaml:"growth" json:"growth"`
	RadiativeFraction float64      `yaml:"radiative_fraction" json:"radiative_fraction"` // 0 means 0.35
	// IgnitesAtS is when it catches, in seconds after the fire's ignition; 0 for the first item.
	IgnitesAtS float64 `yaml:"ignites_at_s" json:"ignites_at_s"`
	Source     string  `yaml:"source" json:"source"`         // where the curve comes from
	SpreadPct  float64 `yaml:"spread_pct" json:"spread_pct"` // relative standard deviation of the heat release rate
}

// Growth is a t-squared fire: Q = AlphaKWs2 t^2 up to PeakKW, PlateauS at the
// peak, then a linear decay over DecayS.
type Growth struct {
	AlphaKWs2 float64 `yaml:"alpha_kW_s2" json:"alpha_kW_s2"`
	PeakKW    float64 `yaml:"peak_kW" json:"peak_kW"`
	PlateauS  float64 `yaml:"plateau_s" json:"plateau_s"`
	DecayS    float64 `yaml:"decay_s" json:"decay_s"`
}

// Detector is a device whose response the hypothesis predicts.
type Detector struct {
	Name        string  `yaml:"name" json:"name"`
	Kind        string  `yaml:"kind" json:"kind"` // "smoke", "heat", "sprinkler" or "gas_temperature"
	At          Vec     `yaml:"at_m" json:"at_m"`
	RTI         float64 `yaml:"rti_m12s12" json:"rti_m12s12"`     // heat and sprinkler: (m s)^1/2
	ActivationC float64 `yaml:"activation_C" json:"activation_C"` // heat, sprinkler, gas_temperature
	RiseC       float64 `yaml:"rise_C" json:"rise_C"`             // smoke: gas temperature rise that stands for the alarm; 0 means 13
}

// Series is one predicted quantity over time.
type Series struct {
	Name  string    `json:"name"`  // for example "upper_layer"
	Room  string    `json:"room"`  // empty when not of a room
	Unit  string    `json:"unit"`  // "C", "m", "kW", "kW/m2"
	Value []float64 `json:"value"` // one a FireResult.TimeS
}

// Arrival is the predicted response of a detector, in seconds after ignition.
type Arrival struct {
	Detector string  `json:"detector"`
	Reached  bool    `json:"reached"` // false: not within the simulated time
	TimeS    float64 `json:"time_s"`
	// EarlyS and LateS bound the time at about 95 %: model bias and spread and the
	// fuel's spread, by simulation of both ends. LateS is +Inf-free: when the slow
	// end is never reached, LateOpen is true and LateS is the simulated time.
	EarlyS   float64 `json:"early_s"`
	LateS    float64 `json:"late_s"`
	LateOpen bool    `json:"late_open"`
	Model    string  `json:"model"` // which correlation, with its source
	// FuelLogSD and ModelLogSD are the two parts of the interval as standard
	// deviations of ln(time): the fuels' spread, common to all detectors of one
	// fire, and that of the model.
	FuelLogSD  float64 `json:"fuel_log_sd"`
	ModelLogSD float64 `json:"model_log_sd"`
	// Uncovered says why the engine predicts nothing for this detector; empty when
	// it does. An uncovered detector is silent, not "not reached".
	Uncovered string `json:"uncovered,omitempty"`
}

// Warning says that a prediction was made outside the range its source covers.
type Warning struct {
	Where, What string
}

// FireResult is what a simulation of one hypothesis gives.
type FireResult struct {
	HypothesisID string    `json:"hypothesis"`
	Tier         string    `json:"tier"` // which engine, and its validated bias and spread in words
	TimeS        []float64 `json:"time_s"`
	Series       []Series  `json:"series"`
	Arrivals     []Arrival `json:"arrivals"`
	Warnings     []Warning `json:"warnings"`
	// Exposures are what it does to surfaces, devices and gauges that observations
	// name, by observation.
	Exposures []Exposure `json:"exposures,omitempty"`
}

// Find returns the series of that name and room, or nil.
func (r *FireResult) Find(name, room string) *Series {
	for i := range r.Series {
		if r.Series[i].Name == name && r.Series[i].Room == room {
			return &r.Series[i]
		}
	}
	return nil
}

// ObservationKind says what an observation measures.
type ObservationKind string

// The kinds of observation that can be tested.
const (
	ObsArrival     ObservationKind = "arrival"      // a detector or camera responded at a time; Target names the detector
	ObsNoArrival   ObservationKind = "no_arrival"   // a working detector stayed silent until Time
	ObsPattern     ObservationKind = "pattern"      // a burn pattern points at a place: At with RadiusM (one sigma)
	ObsSmokeHeight ObservationKind = "smoke_height" // soot line: the layer came down to HeightM above the floor of Target (a room)
	ObsSeenAt      ObservationKind = "seen_at"      // a person or camera saw fire at At within RadiusM at Time
)

// Observation is a fact that a hypothesis must explain.
type Observation struct {
	ID      string          `yaml:"id" json:"id"`
	Kind    ObservationKind `yaml:"kind" json:"kind"`
	Text    string          `yaml:"text" json:"text"`
	Target  string          `yaml:"target" json:"target"`
	At      *Vec            `yaml:"at_m" json:"at_m"`
	RadiusM float64         `yaml:"radius_m" json:"radius_m"`
	HeightM float64         `yaml:"height_m" json:"height_m"`
	SigmaM  float64         `yaml:"sigma_m" json:"sigma_m"`
	// Time is true time (already corrected by the clock model) with its standard
	// uncertainty. Both come from an event when Event is set.
	Time     time.Time   `yaml:"time" json:"time"`
	SigmaS   float64     `yaml:"sigma_s" json:"sigma_s"`
	Event    *EventMatch `yaml:"event" json:"event,omitempty"`
	Locators []string    `yaml:"locators" json:"locators"` // printable, back to bytes
	// Weak observations (witness memory, arc mapping) count with less weight.
	Weak bool `yaml:"weak" json:"weak"`
	// From and Until bound a time that is known as an interval; reading turns them
	// into Time and SigmaS.
	From  *time.Time `yaml:"from" json:"from,omitempty"`
	Until *time.Time `yaml:"until" json:"until,omitempty"`
	// Reliability is the stated probability that the observation is true at all; 0
	// means that it is taken as it is. Otherwise its likelihood is a mixture with even
	// ignorance.
	Reliability float64         `yaml:"reliability" json:"reliability,omitempty"`
	Surface     *SurfaceFinding `yaml:"surface" json:"surface,omitempty"`
	Device      *DeviceFinding  `yaml:"device" json:"device,omitempty"`
	Arc         *ArcFinding     `yaml:"arc" json:"arc,omitempty"`
	Record      *RecordFinding  `yaml:"record" json:"record,omitempty"`
}

// EventMatch names the recorded event that gives an observation its time: the
// first event of Exhibit (or of any) whose message contains Contains.
type EventMatch struct {
	Exhibit  string `yaml:"exhibit" json:"exhibit"`
	Contains string `yaml:"contains" json:"contains"`
}

// Answer is how a hypothesis stands to one observation.
type Answer string

// The three answers.
const (
	Agrees    Answer = "agrees"
	Conflicts Answer = "conflicts"
	Silent    Answer = "silent" // the hypothesis says nothing about it
)

// Verdict is the answer to one observation with the numbers that gave it.
type Verdict struct {
	HypothesisID  string  `json:"hypothesis"`
	ObservationID string  `json:"observation"`
	Answer        Answer  `json:"answer"`
	Predicted     string  `json:"predicted"` // value with unit and interval
	Observed      string  `json:"observed"`
	Deviation     float64 `json:"deviation_sigma"` // |difference| over combined standard uncertainty; 0 when silent
	LogLikelihood float64 `json:"log_likelihood"`
	Why           string  `json:"why"` // one sentence with the numbers
	// GivenOthers is a predicted time once the other observed times have settled
	// what they share with it (ignition, growth, clock), "103 s ± 14 s"; empty when
	// no other time bears on it. Deviation is the larger of that from Predicted and
	// that from GivenOthers.
	GivenOthers string `json:"given_others,omitempty"`
}

// RankedHypothesis is one line of the comparison.
type RankedHypothesis struct {
	HypothesisID    string    `json:"hypothesis"`
	Posterior       float64   `json:"posterior"` // share among the hypotheses compared, equal priors
	LogLikelihood   float64   `json:"log_likelihood"`
	AgreesN         int       `json:"agrees"`
	ConflictsN      int       `json:"conflicts"`
	SilentN         int       `json:"silent"`
	EliminationOnly bool      `json:"elimination_only"` // no agreeing observation and no basis of its own
	Rejected        bool      `json:"rejected"`
	Verdicts        []Verdict `json:"verdicts"`
	Why             string    `json:"why"`
}

// Ranking compares hypotheses against the same observations.
type Ranking struct {
	Hypotheses []RankedHypothesis `json:"hypotheses"` // best first
	// Determined is false when the best does not stand clear of the next: the
	// report then says "undetermined" and names no cause.
	Determined bool   `json:"determined"`
	Why        string `json:"why"`
}
