package scene

import (
	"image/color"
	"math"

	"firescene/forensics"
)

// look is how a standing is drawn everywhere: its colour, its line and its fill.
// Colour and pattern say the same, so that a black and white print or a
// colour-blind reader loses nothing. The colours are those of Okabe and Ito,
// Color universal design, 2008, a little darkened.
type look struct {
	colour color.RGBA
	line   lineStyle
	fill   fillStyle
}

type lineStyle int

const (
	solidLine lineStyle = iota
	dashDotLine
	dashedLine
	dottedLine
)

type fillStyle int

const (
	solidFill fillStyle = iota
	ringedFill
	hatchedFill
	hollowFill
)

// lookOf never fails: what has no known standing is drawn as supposed, the
// weakest.
func lookOf(k forensics.FindingKind) look {
	switch k {
	case forensics.Measured:
		return look{color.RGBA{0, 96, 160, 255}, solidLine, solidFill}
	case forensics.Recovered:
		return look{color.RGBA{0, 128, 92, 255}, dashDotLine, ringedFill}
	case forensics.Inferred:
		return look{color.RGBA{204, 122, 0, 255}, dashedLine, hatchedFill}
	default:
		return look{color.RGBA{190, 50, 110, 255}, dottedLine, hollowFill}
	}
}

// standings is the order of the key, firmest first.
var standings = [...]forensics.FindingKind{forensics.Measured, forensics.Recovered, forensics.Inferred, forensics.Supposed}

// Colours of the page.
var (
	skyTop    = [3]float32{0.955, 0.965, 0.975}
	skyBottom = [3]float32{0.800, 0.825, 0.850}
	ink       = color.RGBA{28, 33, 40, 255}
	faintInk  = color.RGBA{96, 104, 114, 255}
	paper     = color.RGBA{255, 255, 255, 255}
	panel     = color.RGBA{238, 238, 238, 238} // premultiplied white at 93 %
	panelEdge = color.RGBA{150, 158, 168, 255}
)

// hottestC is the end of the temperature scale. The scale is the same in every
// picture, so that two pictures can be compared by eye.
const hottestC = 1000

// ramp is the colour of gas at a temperature, on the fixed scale 0 to hottestC.
var ramp = []struct {
	tempC   float64
	r, g, b float64
}{
	{0, 130, 172, 212}, {60, 246, 222, 128}, {150, 252, 188, 64}, {300, 246, 134, 44},
	{500, 224, 74, 40}, {700, 172, 28, 44}, {hottestC, 98, 10, 52},
}

func gasColour(tempC float64) [3]float32 {
	if !(tempC > ramp[0].tempC) {
		tempC = ramp[0].tempC
	}
	for i := 1; i < len(ramp); i++ {
		a, b := ramp[i-1], ramp[i]
		if tempC <= b.tempC || i == len(ramp)-1 {
			t := min((tempC-a.tempC)/(b.tempC-a.tempC), 1)
			return [3]float32{float32(a.r+t*(b.r-a.r)) / 255, float32(a.g+t*(b.g-a.g)) / 255, float32(a.b+t*(b.b-a.b)) / 255}
		}
	}
	return [3]float32{}
}

// deep is the gas colour darkened for lines and edges.
func deep(tempC float64) color.RGBA {
	c := gasColour(tempC)
	return color.RGBA{uint8(165 * c[0]), uint8(165 * c[1]), uint8(165 * c[2]), 255}
}

// gasDensity is how fast gas at a temperature hides what is behind it, a metre:
// nothing at 25 degrees, half of the most at 120, most from 400 on. A layer that
// is barely warm must still be seen.
func gasDensity(tempC float64) float32 {
	t := min(max((tempC-25)/375, 0), 1)
	return float32(0.55 * math.Sqrt(t))
}
