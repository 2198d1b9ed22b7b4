package scene

import (
	"image/color"
	"math"
	"strconv"

	"firescene/render"
)

// bar is a scale of the key: a colour for each share 0..1 of its length, and what is
// written below it. A stepped bar has one colour a mark.
type bar struct {
	title   string
	colour  func(share float64) [3]float32
	marks   []string
	stepped bool
	hatched bool                   // as paint is
	at      func(mark int) float64 // where a mark stands, 0..1; nil: evenly
	steps   []color.NRGBA
}

// barsOf are the scales that the pictures of a scene are read by.
func (p *page) barsOf(s *render.Scene) []bar {
	var out []bar
	temperature := func(title string) {
		b := bar{title: title + " °C", colour: func(t float64) [3]float32 { return gasColour(hottestC * t) }}
		for t := 0; t <= hottestC; t += 200 {
			b.marks = append(b.marks, strconv.Itoa(t))
		}
		out = append(out, b)
	}
	gas := len(s.Gas) > 0
	switch {
	case gas && s.ShowGas.Temperature:
		temperature(p.words.gasTemp)
	case len(s.HotLayers) > 0:
		temperature(p.words.hotLayer)
	}
	if gas && s.ShowGas.Heat {
		b := bar{title: p.words.heat, colour: func(t float64) [3]float32 { return heatColour(heatFullKWM3 * t) }}
		for q := 0; q <= heatFullKWM3; q += 300 {
			b.marks = append(b.marks, strconv.Itoa(q))
		}
		out = append(out, b)
	}
	if gas && s.ShowGas.Smoke {
		out = append(out, smokeBar(p.words.smoke))
	}
	return append(out, p.paintBars(s)...)
}

// visibilities are what the key shows of smoke.
var visibilities = []float64{30, 10, 5, 3, 1, 0.5}

// VisibilityM is how far signs that reflect light are seen through smoke of an
// extinction coefficient in 1/m: T. Jin, Visibility through fire smoke, J. Fire and
// Flammability 9 (1978) 135: a contrast of 3 over K.
func VisibilityM(extinctionM float64) float64 { return 3 / extinctionM }

// smokeBar shows white paper behind 2 m of smoke of each visibility.
func smokeBar(title string) bar {
	const behindM = 2
	b := bar{title: title, stepped: true, colour: func(t float64) [3]float32 {
		v := visibilities[min(int(t*float64(len(visibilities))), len(visibilities)-1)]
		through := float32(math.Exp(-3 / v * behindM))
		var c [3]float32
		for k := range c {
			c[k] = through + (1-through)*smokeRGB[k]
		}
		return c
	}}
	for _, v := range visibilities {
		b.marks = append(b.marks, strconv.FormatFloat(v, 'g', -1, 64))
	}
	return b
}

func (p *page) bar(b bar, x, y, w float64, fs int) {
	u := p.ui
	p.text(p.face, b.title, x, y+0.95*float64(fs), fs, ink, color.RGBA{})
	y += 1.34 * float64(fs)
	x = math.Round(x) // whole pixels: columns that share one would mix with the ground
	w = math.Round(w)
	n := int(w)
	for i := range n {
		c := b.colour((float64(i) + 0.5) / float64(n))
		p.fill(box(x+float64(i), y, 1, 10*u), color.RGBA{uint8(255 * c[0]), uint8(255 * c[1]), uint8(255 * c[2]), 255})
	}
	if b.hatched {
		for i := range n + int(10*u) {
			if i%max(int(9*u+0.5), 4) < max(int(2.7*u), 1) {
				for j := range int(10 * u) {
					if at := i - j; at >= 0 && at < n {
						p.fill(box(x+float64(at), y+float64(j), 1, 1), panelEdge)
					}
				}
			}
		}
	}
	small := p.px(11)
	for i, s := range b.marks {
		tw := p.face.width(s, small)
		tx := x + w*float64(i)/float64(max(len(b.marks)-1, 1))
		if b.at != nil {
			tx = x + w*b.at(i)
		}
		if b.stepped {
			tx = x + w*(float64(i)+0.5)/float64(len(b.marks))
		}
		p.text(p.face, s, min(max(tx-tw/2, x), x+w-tw), y+12*u+float64(small), small, faintInk, color.RGBA{})
		if !b.stepped {
			p.fill(box(min(tx, x+w-u), y+7*u, u, 5*u), ink)
		}
	}
}
