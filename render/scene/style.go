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

// rampStops lead through CIELAB: by temperature the two axes of colour. Lightness falls
// evenly from coldL to hotL, so that equal steps of temperature look equally far apart,
// in grey too.
var rampStops = []struct{ tempC, a, b float64 }{
	{0, -8, -14}, {60, -4, 30}, {150, 8, 62}, {300, 34, 66}, {500, 60, 52}, {700, 56, 22}, {hottestC, 34, -8},
}

const coldL, hotL = 90.0, 22.0

// ramp is the scale in steps of rampStepC.
var ramp = makeRamp()

const rampStepC = 2.0

func makeRamp() (out [hottestC/int(rampStepC) + 1][3]float32) {
	for i := range out {
		t := float64(i) * rampStepC
		k := 0
		for k+2 < len(rampStops) && t > rampStops[k+1].tempC {
			k++
		}
		p, q := rampStops[k], rampStops[k+1]
		w := (t - p.tempC) / (q.tempC - p.tempC)
		out[i] = fromLab(coldL+(hotL-coldL)*t/hottestC, p.a+w*(q.a-p.a), p.b+w*(q.b-p.b))
	}
	return out
}

// fromLab is a colour of CIELAB (D65) in sRGB, 0..1, what lies outside brought to its
// edge: CIE 15:2004; IEC 61966-2-1.
func fromLab(l, a, b float64) [3]float32 {
	f := func(t float64) float64 {
		if t > 6.0/29 {
			return t * t * t
		}
		return 3 * 36.0 / 841 * (t - 4.0/29)
	}
	y := (l + 16) / 116
	x, z := 0.95047*f(y+a/500), 1.08883*f(y-b/200)
	y = f(y)
	encode := func(v float64) float32 {
		v = min(max(v, 0), 1)
		if v <= 0.0031308 {
			return float32(12.92 * v)
		}
		return float32(1.055*math.Pow(v, 1/2.4) - 0.055)
	}
	return [3]float32{encode(3.2406*x - 1.5372*y - 0.4986*z), encode(-0.9689*x + 1.8758*y + 0.0415*z), encode(0.0557*x - 0.2040*y + 1.0570*z)}
}

// gasColour is the colour of gas at a temperature, on the fixed scale 0 to hottestC.
func gasColour(tempC float64) [3]float32 {
	if !(tempC > 0) {
		tempC = 0
	}
	x := min(tempC/rampStepC, float64(len(ramp)-1))
	i := min(int(x), len(ramp)-2)
	w := float32(x) - float32(i)
	a, b := ramp[i], ramp[i+1]
	return [3]float32{a[0] + w*(b[0]-a[0]), a[1] + w*(b[1]-a[1]), a[2] + w*(b[2]-a[2])}
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
