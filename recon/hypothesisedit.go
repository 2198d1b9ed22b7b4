package recon

// HypothesisPart is a kind of thing of a hypothesis that has a place.
type HypothesisPart string

// The parts of a hypothesis that have places.
const (
	PartOrigin   HypothesisPart = "origin"
	PartFuel     HypothesisPart = "fuel"
	PartOpening  HypothesisPart = "opening"
	PartDetector HypothesisPart = "detector"
)

// EditAction is what an edit does.
type EditAction string

// The actions of an edit.
const (
	EditMove   EditAction = "move"   // puts a part at At
	EditAdd    EditAction = "add"    // adds a fuel, opening or detector at At
	EditRemove EditAction = "remove" // takes one out
	EditSet    EditAction = "set"    // sets Field to Value
)

// HypothesisEdit is one change that a person makes to a hypothesis.
type HypothesisEdit struct {
	Do    EditAction
	Part  HypothesisPart
	Index int // of the part among its kind
	At    Vec
	// Kind is of an added detector: "smoke", "heat", "sprinkler" or "gas_temperature".
	Kind string
	// Field and Value are for EditSet: the name of a field that holds one value, below
	// the part ("radius_m", "width_m"), and what it is set to. With an empty Part they
	// are of the hypothesis itself ("title", "ignition.time").
	Field, Value string
}
