package samples

import (
	"math"
	"math/rand/v2"
	"time"

	"firescene/samples/room"

	"gonum.org/v1/gonum/spatial/r3"
)

// realFire is the fire that did it: its own small model, with correlations and
// coefficients other than those of the engine that is tested on it, and with
// detectors that scatter as real ones do.
//
// Sources: the ceiling jet of a fire that grows with time squared, G. Heskestad
// and M. A. Delichatsios, "The initial convective flow in fire", 17th Symposium
// (International) on Combustion (1979), with the coefficients for total heat
// release that R. L. Alpert's chapter "Ceiling jet flows" of the SFPE Handbook
// gives; smoke filling of a closed room, NFPA 92, unsteady form; flame height, G. Heskestad, "Luminous
// heights of turbulent diffusion flames", Fire Safety Journal 5 (1983).
type realFire struct {
	alphaKWs2 float64
	peakKW    float64
	heightM   float64 // from the fuel to the ceiling
	layout    room.Layout
	ambientK  float64
	rti       float64 // of the heat detector, (m s)^1/2
	heatC     float64
	at        moments
	smokeRise [2]float64 // temperature rises at which the two smoke detectors alarm
}

func newFire(l room.Layout, seed int64) *realFire {
	rng := rand.New(rand.NewPCG(uint64(seed), 0xf13e))
	f := &realFire{
		alphaKWs2: 0.0034 * (0.93 + 0.14*rng.Float64()), peakKW: 620, heightM: l.Size.Z - l.Origin.Z, layout: l, ambientK: 293,
		rti: 52 + 10*rng.Float64(), heatC: 57, smokeRise: [2]float64{10 + 3*rng.Float64(), 10 + 3*rng.Float64()},
	}
	f.at = f.moments()
	return f
}

// hrrKW is the heat release rate t seconds after ignition.
func (f *realFire) hrrKW(t float64) float64 { return min(f.peakKW, f.alphaKWs2*t*t) }

// jet is the temperature rise and speed of the ceiling jet at radius r.
func (f *realFire) jet(t, r float64) (riseK, speed float64) {
	const g, cp, rho = 9.81, 1.007, 1.2
	a := g / (cp * f.ambientK * rho)
	h := f.heightM
	k := math.Pow(a, 0.2) * math.Pow(f.alphaKWs2, 0.2)
	ts := t * k * math.Pow(h, -0.8)
	if ts <= 0.813*(1+r/h) {
		return 0, 0
	}
	rise := math.Pow((ts-0.813*(1+r/h))/(0.126+0.210*r/h), 4.0/3)
	u := 0.59 * math.Pow(max(r/h, 0.1), -0.63) * math.Sqrt(rise)
	return rise * math.Pow(a, 0.4) * f.ambientK / g * math.Pow(f.alphaKWs2, 0.4) * math.Pow(h, -0.6), u * k * math.Pow(h, 0.2)
}

// layerM is the height of the smoke's underside above the floor.
func (f *realFire) layerM(t float64) float64 {
	l := f.layout
	if t < 1 {
		return l.Size.Z
	}
	area := l.Size.X * l.Size.Y
	h := l.Size.Z
	growth := math.Sqrt(1055 / f.alphaKWs2)
	z := 0.91 * h * math.Pow(t*math.Pow(growth, -0.4)*math.Pow(h, -0.8)*math.Pow(area/(h*h), -0.6), -1.45)
	return min(h, max(l.SootLineM, z)) // the door's flow stops it at the soot line
}

// moments of the fire in seconds after ignition.
type moments struct {
	flameSeen, smokeNear, smokeFar, heat, whiteOut, powerLoss float64
}

func (f *realFire) moments() moments {
	var m moments
	l := f.layout
	radius := func(d r3.Vec) float64 { return math.Hypot(d.X-l.Origin.X, d.Y-l.Origin.Y) }
	link := f.ambientK - 273.15
	const dt = 0.25
	for t := dt; t < 1200; t += dt {
		first := func(at *float64, yes bool) {
			if *at == 0 && yes {
				*at = t
			}
		}
		near, _ := f.jet(t, radius(l.SmokeNear))
		far, _ := f.jet(t, radius(l.SmokeFar))
		rise, u := f.jet(t, radius(l.Heat))
		link += dt * math.Sqrt(u) * (f.ambientK - 273.15 + rise - link) / f.rti
		first(&m.flameSeen, f.flameM(t) > 0.22)
		first(&m.smokeNear, near > f.smokeRise[0])
		first(&m.smokeFar, far > f.smokeRise[1])
		first(&m.heat, link > f.heatC)
		first(&m.whiteOut, f.layerM(t) < l.CCTV.Z-0.9 && f.hrrKW(t) > 95)
		over, _ := f.jet(t, 0.2)
		first(&m.powerLoss, over > 300) // cable insulation on the ceiling above the fire fails
		if min(m.flameSeen, m.smokeNear, m.smokeFar, m.heat, m.whiteOut, m.powerLoss) > 0 {
			break
		}
	}
	return m
}

// flameM is the height of the flames above the fuel.
func (f *realFire) flameM(t float64) float64 {
	q := f.hrrKW(t)
	d := 0.18 + 0.0016*q
	return max(0, 0.235*math.Pow(q, 0.4)-1.02*d)
}

// moment is what the surveillance camera sees t seconds after ignition.
func (f *realFire) moment(t float64, caption string, n int) room.Moment {
	if t < 0 {
		return room.Moment{Caption: caption, LayerM: f.layout.Size.Z, FlickerNo: uint32(n)}
	}
	q := f.hrrKW(t)
	m := room.Moment{Caption: caption, FlameM: f.flameM(t), PlumeK: min(2.2, 0.25+0.03*q), LayerM: f.layerM(t), FlickerNo: uint32(n)}
	if m.LayerM < f.layout.Size.Z-0.02 {
		m.LayerK = 0.05 + 0.010*q
	}
	if f.at.whiteOut <= t {
		m.LayerK = 4.5
	}
	return m
}

// Clock errors of the sample, reading minus true time.
const (
	cameraOffsetS   = 184.0
	recorderOffsetS = -462.0
	panelOffsetS    = 95.0
	gatewayOffsetS  = 0.0
)

var zone = time.FixedZone("+08:00", 8*3600)

// ignition is the true time of the first flame.
func ignition(seed int64) time.Time {
	rng := rand.New(rand.NewPCG(uint64(seed), 0x7e))
	return time.Date(2026, 3, 14, 21, 46, 20, 0, zone).Add(time.Duration(rng.IntN(40)) * time.Second)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
