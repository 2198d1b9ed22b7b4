package audit

import (
	"math"
	"testing"

	"firescene/recon/feature"
)

var sharp = scene(400, 300, 1)

// TestBlurRises holds the measure to the true blur: it rises with it, and by about
// as much, whatever the scene.
func TestBlurRises(t *testing.T) {
	for seed := range uint64(2) {
		img := scene(400, 300, 10+seed)
		last := -1.0
		for _, sigma := range []float64{0, 0.7, 1.4, 2, 3, 4} {
			m := Measure(defocused(img, sigma))
			if m.BlurPx <= last {
				t.Errorf("scene %d: blur of %.1f px is measured as %.2f, less blur as %.2f", seed, sigma, m.BlurPx, last)
			}
			if math.Abs(m.BlurPx-sigma) > 0.25+0.15*sigma || m.MovedPx != 0 {
				t.Errorf("scene %d: blur of %.1f px is measured as %.2f, moved by %.1f", seed, sigma, m.BlurPx, m.MovedPx)
			}
			last = m.BlurPx
			blurred := hasCode(m, Blurred)
			if sigma >= 2 && !blurred || sigma <= 0.7 && len(m.Findings()) > 0 {
				t.Errorf("scene %d: blur of %.1f px gives %v", seed, sigma, m.Findings())
			}
		}
	}
}

func hasCode(m Measures, c Code) bool {
	for _, f := range m.Findings() {
		if f.Code == c {
			return true
		}
	}
	return false
}

func TestShakenDirection(t *testing.T) {
	for _, deg := range []float64{0, 30, 90, 130} {
		m := Measure(shaken(sharp, 8, deg))
		d := math.Abs(m.MovedDeg - deg)
		if d = min(d, 180-d); d > 10 || m.MovedPx < 5 || m.MovedPx > 13 || !hasCode(m, Shaken) {
			t.Errorf("moved 8 px at %.0f degrees: measured %.1f at %.0f, %v", deg, m.MovedPx, m.MovedDeg, m.Findings())
		}
	}
}

func TestNoise(t *testing.T) {
	for _, levels := range []float64{2, 5, 12} {
		m := Measure(noisy(sharp, levels, 4))
		if math.Abs(m.NoiseLevels-levels) > 0.15*levels || hasCode(m, Noisy) != (levels > 8) {
			t.Errorf("noise of %.0f levels is measured as %.2f, %v", levels, m.NoiseLevels, m.Findings())
		}
	}
	if m := Measure(sharp); m.NoiseLevels > 0.5 {
		t.Errorf("noise of %.2f levels in a picture without any", m.NoiseLevels)
	}
}

func scaled(g feature.Gray, by, add float32) feature.Gray {
	out := feature.Gray{W: g.W, H: g.H, Pix: make([]float32, len(g.Pix))}
	for i, v := range g.Pix {
		out.Pix[i] = max(0, min(1, by*v+add))
	}
	return out
}

func TestExposure(t *testing.T) {
	for _, c := range []struct {
		name string
		g    feature.Gray
		code Code
	}{
		{"as it is", sharp, ""},
		{"one part dark", scaled(sharp, 0.4, 0), ""},
		{"dim", scaled(sharp, 0.1, 0.02), Dim},
		{"black", scaled(sharp, 0.02, 0), Dark},
		{"nothing", scaled(sharp, 0, 0), Dark},
		{"burnt out", scaled(sharp, 1, 0.6), Clipped},
		{"even", scaled(sharp, 0, 0.5), Edgeless},
	} {
		m := Measure(c.g)
		if c.code == "" && len(m.Findings()) > 0 || c.code != "" && !hasCode(m, c.code) {
			t.Errorf("%s: %+v", c.name, m.Findings())
		}
		for _, f := range m.Findings() {
			if math.IsNaN(f.Value) || f.Limit == 0 {
				t.Errorf("%s: %+v", c.name, f)
			}
		}
	}
	if m := Measure(feature.Gray{W: 3, H: 2, Pix: make([]float32, 6)}); m.BlurPx != -1 || m.Print.Small != nil {
		t.Errorf("a picture of six pixels: %+v", m)
	}
}

// TestLikeness tells the same picture, whatever was done to its levels and size,
// from one that is a hundredth of its width beside it.
func TestLikeness(t *testing.T) {
	p := Measure(sharp).Print
	for name, g := range map[string]feature.Gray{
		"itself": sharp, "darker": scaled(sharp, 0.5, 0.02), "noisy": noisy(sharp, 5, 1), "softer": defocused(sharp, 1),
		"smaller": reducedGray(sharp, 200, 150),
	} {
		if l := Likeness(p, Measure(g).Print); l < LikenessLimit {
			t.Errorf("%s: likeness %.5f", name, l)
		}
	}
	moved := filtered(sharp, [][3]float64{{4, 0, 1}})
	if l := Likeness(p, Measure(moved).Print); l > 0.99 || l < 0.5 {
		t.Errorf("moved by a hundredth: likeness %.5f", l)
	}
	if l := Likeness(p, Measure(scene(400, 300, 77)).Print); l > 0.5 {
		t.Errorf("another scene: likeness %.5f", l)
	}
	if l := Likeness(Measure(scaled(sharp, 0, 0)).Print, Measure(scaled(sharp, 0, 0)).Print); l != 0 {
		t.Errorf("two black pictures: likeness %v", l)
	}
}

func reducedGray(g feature.Gray, w, h int) feature.Gray {
	return feature.Gray{W: w, H: h, Pix: reduced(g, w, h)}
}

func BenchmarkMeasure(b *testing.B) {
	g := scene(1600, 1200, 2)
	for b.Loop() {
		Measure(g)
	}
}
