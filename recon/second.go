package recon

// Ways to place photos.
const (
	MethodIncremental = "incremental"
	MethodGlobal      = "global"
)

// SecondOpinion compares a model with what another method gives from the same
// matches. Differences are those left after the similarity that fits best.
type SecondOpinion struct {
	Method    string   `json:"method"`
	Views     int      `json:"views"`  // photos that it placed
	Common    int      `json:"common"` // of them, that the model has too
	Points    int      `json:"points"`
	MeanPx    float64  `json:"meanPx"`
	MeanDeg   float64  `json:"meanDeg"` // between the rotations of common photos
	MaxDeg    float64  `json:"maxDeg"`
	MeanShare float64  `json:"meanShare"` // distance of common stations, over the longest between two
	MaxShare  float64  `json:"maxShare"`
	Differ    []string `json:"differ"` // common photos that the two place differently
	// OnlyFirst and OnlySecond are the photos that only the model and only the second
	// one holds: of their places there is one opinion.
	OnlyFirst  []string `json:"onlyFirst,omitempty"`
	OnlySecond []string `json:"onlySecond,omitempty"`
	// Agrees says that both placed the same photos and none differently.
	Agrees bool `json:"agrees"`
}
