package recon

// Ways to place photos.
const (
	MethodIncremental = "incremental"
	MethodGlobal      = "global"
)

// SecondOpinion compares a model with what another method gives from the same
// matches. Differences are those left after the similarity that fits best.
type SecondOpinion struct {
	Method    string
	Views     int // photos that it placed
	Common    int // of them, that the model has too
	Points    int
	MeanPx    float64
	MeanDeg   float64 // between the rotations of common photos
	MaxDeg    float64
	MeanShare float64 // distance of common stations, over the longest between two
	MaxShare  float64
	Differ    []string // common photos that the two place differently
	// Agrees says that both placed the same photos and none differently.
	Agrees bool
}
