package room

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// flames are the tongues of a fire in its upright plane, each with its own
// height, width, lean and age; the middle ones stand highest.
type flames struct {
	m       Moment
	half    float64 // of the fire's width
	tongues [9]tongue
}

type tongue struct{ x, height, width, sway, phase float64 }

func newFlames(m Moment) *flames {
	f := &flames{m: m, half: 0.04 + 0.30*m.FlameM}
	for i := range f.tongues {
		r := func(k uint32) float64 { return unit(int32(i), int32(m.FlickerNo), 300+k) }
		at := (float64(i)+0.5+0.8*(r(1)-0.5))/float64(len(f.tongues))*2 - 1
		f.tongues[i] = tongue{x: at * f.half, height: m.FlameM * (1 - 0.55*math.Abs(at)) * (0.55 + 0.65*r(2)),
			width: f.half * (0.16 + 0.22*r(3)), sway: 0.35 * (r(4) - 0.5), phase: 40 * r(5)}
	}
	return f
}

// at is the brightness of the fire, and of the lens's haze about it, x to the
// right of the origin and z above the fuel.
func (f *flames) at(x, z float64) (e, halo float64) {
	size := f.m.FlameM
	if size <= 0 || z < -0.5*size-0.1 || z > 2.5*size+0.1 || math.Abs(x) > 2.5*size+0.1 {
		return 0, 0
	}
	halo = size * math.Exp(-(x*x+0.6*(z-0.4*size)*(z-0.4*size))/(0.25*size*size+0.003))
	foot := z + 0.05*f.half + 0.35*f.half*(1-x*x/(f.half*f.half)) // the fuel bed is round
	if foot < 0 || z > 1.3*size {
		return 0, halo
	}
	ragged := fbm(x*7/size, z*5/size-3.1*float64(f.m.FlickerNo), 4, 95) - 0.5
	for i := range f.tongues {
		t := &f.tongues[i]
		up := (z + 0.1*size) / (t.height + 0.1*size)
		if up < -0.3 || up > 1 {
			continue
		}
		up = max(0, up)
		mid := t.x*(1-0.45*up) + size*up*(t.sway*up+0.30*(noise(z*4/size+t.phase, t.phase, 96)-0.5))
		wide := t.width * (0.55 + 1.3*up) * math.Pow(1-up, 0.75)
		if wide <= 0 {
			continue
		}
		off := (x - mid) / wide
		if body := 1 - off*off + 1.4*ragged*(0.3+up); body > 0 {
			e += (0.35 + 0.5*(1-up)) * step(0, 0.9, body)
		}
	}
	return (1 - math.Exp(-1.5*e)) * step(0, 0.12*f.half+0.01, foot), halo
}

// plume is how much of the light behind it the rising smoke takes away: billows
// about an axis that widens and wanders as it rises.
func plume(x, z float64, m Moment) float64 {
	if m.PlumeK <= 0 || z <= 0 {
		return 0
	}
	wide := 0.10 + 0.15*z + m.FlameM*0.10
	n := float64(m.FlickerNo)
	x += 0.25 * z * (noise(z*1.6-n*0.9, n*5.3, 90) - 0.5)
	if math.Abs(x) > 2.6*wide {
		return 0
	}
	billow := fbm(x*5/wide*0.25+n*3.1, z*4-n*1.7, 5, 91)
	k := m.PlumeK * math.Exp(-x*x/(wide*wide)) * (0.1 + 1.9*step(0.28, 0.72, billow)) * step(0, 0.3, z)
	return 1 - math.Exp(-2.2*k*wide)
}

// layer is the smoke under the ceiling: thin strata that fray at the underside,
// denser toward the ceiling.
type layer struct {
	m     Moment
	under float64
	top   float64
	lamps float64 // what is left of the ceiling light below it
	grey  float64
	clear float64 // what is left of the fire's light after some metres in it
}

func newLayer(m Moment, ceilingM float64) *layer {
	l := &layer{m: m, under: min(m.LayerM, ceilingM), top: ceilingM, lamps: 1}
	l.lamps = max(0.18, math.Exp(-0.45*m.LayerK*(ceilingM-l.under)))
	l.grey = 0.026 + 0.10*step(1.8, 4.4, m.LayerK) // the camera's own lamps light near smoke
	l.clear = math.Exp(-0.7 * m.LayerK)
	return l
}

const layerSteps = 6

// along returns the opacity of the smoke on the ray from eye along d for t, and
// how light its nearest part is. jitter shifts the samples, in 0..1.
func (l *layer) along(eye, d r3.Vec, t, jitter float64) (opacity, shade float64) {
	from, to := l.span(eye.Z, d.Z, t)
	if to <= from {
		return 0, 1
	}
	n := float64(l.m.FlickerNo)
	width := (to - from) / layerSteps
	length := width * math.Sqrt(r3.Norm2(d))
	depth, tint := 0.0, 0.0
	for i := range layerSteps {
		s := from + (float64(i)+jitter)*width
		x, y, z := eye.X+s*d.X, eye.Y+s*d.Y, eye.Z+s*d.Z
		swirl := noise(x*1.1+0.6*y+n*0.31, z*6+0.4*y, 92)
		swirl += 0.5*noise(x*2.6-y*1.3, z*15+n*0.73, 93) - 0.25
		k := step(l.under-0.10, l.under+0.14, z+0.34*(swirl-0.5)) * (0.35 + 0.75*step(l.under, l.top, z)) * (0.25 + 1.5*swirl)
		tint += math.Exp(-depth) * k * length * (0.6 + 0.8*swirl)
		if depth += l.m.LayerK * k * length; depth > 7 {
			break
		}
	}
	opacity = 1 - math.Exp(-depth)
	if opacity < 1e-6 {
		return 0, 1
	}
	return opacity, min(2, tint*l.m.LayerK/opacity)
}

// span is the part of the ray from height z0 with slope dz over t that may lie in
// the layer, in units of t.
func (l *layer) span(z0, dz, t float64) (from, to float64) {
	level := l.under - 0.3
	if math.Abs(dz) < 1e-9 {
		if z0 < level {
			return 0, 0
		}
		return 0, t
	}
	cross := (level - z0) / dz
	if dz < 0 {
		return 0, min(t, max(0, cross))
	}
	return min(t, max(0, cross)), t
}
