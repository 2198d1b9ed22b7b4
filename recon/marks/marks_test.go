package marks

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
	"firescene/recon/structure"
)

// burnt is a room of 4 x 3 x 2.5 m: smoke down to 1.7 m over a band of 0.3 m, a V of
// 50 degrees with a clean burn on the wall y = 0, black around a crater of 12 mm in
// the ceiling.
type burnt struct {
	paint  float64
	smoke  bool
	colour bool
	gain   func(r float64) float64
	power  float64
}

const (
	vHalf  = 25.0 // degrees
	vApexX = 1.6
	vApexZ = 0.4
	smokeZ = 1.7
	deepM  = 0.012
)

// scan sees the room from places.
func (b *burnt) scan(seed uint64, stepDeg float64, from ...r3.Vec) (structure.Survey, []Class) {
	rng := rand.New(rand.NewPCG(seed, 3))
	s := structure.Survey{Cloud: &recon.Cloud{Scaled: true}, Stations: from, Scan: []uint16{}}
	var truth []Class
	size := [3]float64{4, 3, 2.5}
	for k, o := range from {
		at := [3]float64{o.X, o.Y, o.Z}
		for az := 0.0; az < 360; az += stepDeg {
			for el := -60.0; el < 90; el += stepDeg {
				ca, sa := math.Cos(az*math.Pi/180), math.Sin(az*math.Pi/180)
				ce, se := math.Cos(el*math.Pi/180), math.Sin(el*math.Pi/180)
				d := [3]float64{ce * ca, ce * sa, se}
				t, axis := math.Inf(1), 0
				for i := range 3 {
					wall := 0.0
					if d[i] > 0 {
						wall = size[i]
					}
					if q := (wall - at[i]) / d[i]; q > 0 && q < t {
						t, axis = q, i
					}
				}
				p := [3]float64{at[0] + t*d[0], at[1] + t*d[1], at[2] + t*d[2]}
				rho, class := b.look(axis, p)
				if axis == 2 && p[2] > 1 { // the crater: the ray goes on
					for range 5 {
						r := math.Hypot(p[0]-2, p[1]-1.5)
						z := 2.5 + deepM*max(1-r*r/(0.3*0.3), 0)
						t = (z - at[2]) / d[2]
						p = [3]float64{at[0] + t*d[0], at[1] + t*d[1], z}
					}
				}
				cos := math.Abs(d[axis])
				i := rho * math.Pow(cos, b.power) * b.gain(t) * (1 + 0.05*rng.NormFloat64())
				n := 5e-4 * rng.NormFloat64()
				s.Cloud.XYZ = append(s.Cloud.XYZ, float32(p[0]+n*d[0]), float32(p[1]+n*d[1]), float32(p[2]+n*d[2]))
				if b.colour {
					v := uint8(255 * math.Pow(rho, 1/2.2))
					s.Cloud.RGB = append(s.Cloud.RGB, v, v, v)
				} else {
					s.Cloud.Intensity = append(s.Cloud.Intensity, float32(i))
				}
				s.Scan = append(s.Scan, uint16(k))
				truth = append(truth, class)
			}
		}
	}
	return s, truth
}

// look is the reflectance and class of a place.
func (b *burnt) look(axis int, p [3]float64) (float64, Class) {
	rho, class := b.paint, Clean
	if axis == 2 && p[2] < 1 {
		return 0.4 * b.paint, Clean // the floor, of another material
	}
	if !b.smoke {
		return rho, class
	}
	if t := min(max((p[2]-smokeZ)/0.3, 0), 1); t > 0 {
		rho *= 1 - 0.55*t
		if t > 0.5 {
			class = LightSoot
		}
	}
	if axis == 1 && p[1] < 1 {
		if off := math.Abs(p[0]-vApexX) - math.Tan(vHalf*math.Pi/180)*(p[2]-vApexZ); off < 0 && p[2] > 0.6 {
			rho, class = 0.06*b.paint/0.75, Heavy
			if off < -0.2 && p[2] > 1.1 && p[2] < 1.6 {
				rho, class = 0.93*b.paint, CleanBurn
			}
		}
	}
	if axis == 2 {
		switch r := math.Hypot(p[0]-2, p[1]-1.5); {
		case r < 0.3:
			rho, class = 0.7*b.paint, Spall
		case r < 0.8:
			rho, class = 0.07*b.paint/0.75, Heavy
		}
	}
	return rho, class
}

func places() []r3.Vec {
	return []r3.Vec{{X: 1, Y: 1.9, Z: 1.5}, {X: 3.1, Y: 2.1, Z: 1.6}, {X: 2.2, Y: 1, Z: 1.4}}
}

func read(t *testing.T, s structure.Survey, workers int) *Marks {
	t.Helper()
	found, err := structure.Find(context.Background(), s, structure.Options{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Find(context.Background(), s, found, Options{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// f1 is the mean over classes that occur of the harmonic mean of precision and
// recall.
func f1(got, want []Class) float64 {
	sum, n := 0.0, 0.0
	for k := Clean; k <= Spall; k++ {
		both, g, w := 0.0, 0.0, 0.0
		for i := range got {
			if got[i] == k {
				g++
			}
			if want[i] == k {
				w++
			}
			if got[i] == k && want[i] == k {
				both++
			}
		}
		if w > 0 {
			sum += 2 * both / (g + w)
			n++
		}
	}
	return sum / n
}

// check holds the marks of the burnt room to its truth.
func check(t *testing.T, m *Marks, truth []Class, leastF1 float64) {
	t.Helper()
	if f := f1(m.PointClass, truth); f < leastF1 {
		t.Errorf("F1 %.3f, want %.2f", f, leastF1)
	}
	if len(m.SootLines) != 1 || math.Abs(m.SootLines[0].OnsetM-smokeZ) > 0.02 || math.Abs(m.SootLines[0].FullM-smokeZ-0.3) > 0.03 {
		t.Errorf("soot lines %+v", m.SootLines)
	}
	if len(m.V) != 1 || math.Abs(m.V[0].HalfAngleDeg-vHalf) > 1 || math.Abs(m.V[0].Apex.X-vApexX) > 0.02 || math.Abs(m.V[0].Apex.Z-vApexZ) > 0.05 || math.Abs(m.V[0].LeanDeg) > 1 {
		t.Errorf("V patterns %+v", m.V)
	}
	if len(m.Spalls) != 1 || math.Abs(m.Spalls[0].MaxM-deepM) > 0.001 || m.Spalls[0].Room != "A" {
		t.Errorf("spalls: %d", len(m.Spalls))
	}
}

func TestBurntRoom(t *testing.T) {
	b := &burnt{paint: 0.75, smoke: true, power: 0.8, gain: func(r float64) float64 { return 1 / (1 + 0.2*r) }}
	s, truth := b.scan(1, 0.6, places()...)
	m := read(t, s, 2)
	check(t, m, truth, 0.93)
	if c := m.Calibration; !c.Fitted || math.Abs(c.K-0.8) > 0.08 {
		t.Errorf("calibration %+v", c)
	}
	if again := read(t, s, 5); !reflect.DeepEqual(m.PointClass, again.PointClass) || !reflect.DeepEqual(m.V, again.V) || !reflect.DeepEqual(m.Spalls, again.Spalls) {
		t.Error("another result with 5 workers")
	}
	for i, c := range m.PointConfidence {
		if !(c >= 0 && c <= 1) {
			t.Fatalf("confidence %g of point %d", c, i)
		}
	}
}

// TestOtherUnits has dim paint, intensities of another scale, and colour alone.
func TestOtherUnits(t *testing.T) {
	for _, b := range []*burnt{
		{paint: 0.3, smoke: true, power: 1, gain: func(r float64) float64 { return 0.1 / r }},
		{paint: 0.7, smoke: true, colour: true, gain: func(float64) float64 { return 1 }},
	} {
		s, truth := b.scan(2, 0.7, places()...)
		m := read(t, s, 2)
		check(t, m, truth, 0.9)
		if b.colour != (m.Source == "colour") {
			t.Errorf("source %s", m.Source)
		}
	}
}

// TestClean must find no marks in a room without any.
func TestClean(t *testing.T) {
	b := &burnt{paint: 0.6, power: 1, gain: func(r float64) float64 { return 1 }}
	s, truth := b.scan(3, 0.9, places()...)
	m := read(t, s, 2)
	if len(m.SootLines)+len(m.V) != 0 {
		t.Errorf("soot lines %+v, V %+v", m.SootLines, m.V)
	}
	wrong := 0
	for i := range truth {
		if m.PointClass[i] != Clean && m.PointClass[i] != Spall {
			wrong++
		}
	}
	if wrong*100 > len(truth) {
		t.Errorf("%d of %d places are marked", wrong, len(truth))
	}
}

func TestNothingToSee(t *testing.T) {
	c := &recon.Cloud{Scaled: true, XYZ: []float32{1, 2, 3}}
	if _, err := Find(context.Background(), structure.Survey{Cloud: c}, &structure.Found{}, Options{}); err != ErrNoBrightness {
		t.Errorf("error %v", err)
	}
	c.Intensity = []float32{1}
	if _, err := Find(context.Background(), structure.Survey{Cloud: c}, &structure.Found{}, Options{}); err == nil {
		t.Error("marks without surfaces")
	}
}

func BenchmarkFind(b *testing.B) {
	room := &burnt{paint: 0.75, smoke: true, power: 1, gain: func(r float64) float64 { return 1 }}
	s, _ := room.scan(1, 0.4, places()...)
	found, err := structure.Find(context.Background(), s, structure.Options{Workers: 2})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Find(context.Background(), s, found, Options{Workers: 2}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(s.Cloud.Len())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpoints/s")
}
