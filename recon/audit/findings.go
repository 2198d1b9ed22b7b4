package audit

// Code names a finding; the words for it are the business of who shows it.
type Code string

const (
	Blurred  Code = "blurred"   // Value: blur in pixels
	Shaken   Code = "shaken"    // Value: movement in pixels, AngleDeg its direction
	Edgeless Code = "edgeless"  // Value: places with a clear edge
	Dark     Code = "dark"      // Value: part of the photo that is black
	Dim      Code = "dim"       // Value: mean brightness
	Clipped  Code = "clipped"   // Value: part of the photo that is white
	Noisy    Code = "noisy"     // Value: noise in levels of 255
	Copy     Code = "copy"      // Other: the photo of which this is a copy; left out
	SameView Code = "same-view" // Value: likeness to Other
)

// Limits beyond which a measure is a finding. They were set on sharp and on
// purposely spoilt photos: sharp ones of four cameras reach 0.8 px of blur, and a
// blur of 2 px (of 3200 and fewer across) takes half of the features.
const (
	BlurLimitPx      = 1.5
	MovedLimitPx     = 4
	EdgesLimit       = leastEdges
	BlackLimit       = 0.5
	MeanLimit        = 0.08
	WhiteLimit       = 0.35
	NoiseLimitLevels = 8
	// LikenessLimit is reached by two photos whose views differ by about a
	// five-hundredth of their width.
	LikenessLimit = 0.998
)

// Finding is a measure beyond its limit.
type Finding struct {
	Code     Code    `json:"code"`
	Value    float64 `json:"value"`
	Limit    float64 `json:"limit"`
	AngleDeg float64 `json:"angleDeg,omitempty"`
	Other    string  `json:"other,omitempty"` // another photo
}

// Findings lists what is wrong with a photo, the gravest first; it is empty for a
// photo that is fit.
func (m Measures) Findings() []Finding {
	var out []Finding
	add := func(bad bool, f Finding) {
		if bad {
			out = append(out, f)
		}
	}
	add(m.Black > BlackLimit, Finding{Code: Dark, Value: m.Black, Limit: BlackLimit})
	add(m.Black <= BlackLimit && m.Mean < MeanLimit, Finding{Code: Dim, Value: m.Mean, Limit: MeanLimit})
	add(m.White > WhiteLimit, Finding{Code: Clipped, Value: m.White, Limit: WhiteLimit})
	switch {
	case m.Edges < EdgesLimit:
		add(true, Finding{Code: Edgeless, Value: float64(m.Edges), Limit: EdgesLimit})
	case m.MovedPx > MovedLimitPx && m.BlurPx > MovedLimitPx/3.4641:
		add(true, Finding{Code: Shaken, Value: m.MovedPx, Limit: MovedLimitPx, AngleDeg: m.MovedDeg})
	default:
		add(m.BlurPx > BlurLimitPx, Finding{Code: Blurred, Value: m.BlurPx, Limit: BlurLimitPx})
	}
	add(m.NoiseLevels > NoiseLimitLevels, Finding{Code: Noisy, Value: m.NoiseLevels, Limit: NoiseLimitLevels})
	return out
}
