package lanes

import (
	"math"
	"math/rand"
	"testing"
)

// Each operation gives, in this build, the bits that single-precision arithmetic
// asks for, so that kernels written with Vec give the same bits in all builds.
func TestOperationsGiveScalarBits(t *testing.T) {
	if !Available() {
		t.Skip("this processor has no AVX2")
	}
	r := rand.New(rand.NewSource(1))
	scalar := map[string]func(a, b float32) float32{
		"add": func(a, b float32) float32 { return a + b },
		"sub": func(a, b float32) float32 { return a - b },
		"mul": func(a, b float32) float32 { return a * b },
		"div": func(a, b float32) float32 { return a / b },
		"max": func(a, b float32) float32 {
			if a > b {
				return a
			}
			return b
		},
		"min": func(a, b float32) float32 {
			if a < b {
				return a
			}
			return b
		},
		"sqrt": func(a, _ float32) float32 { return float32(math.Sqrt(math.Abs(float64(a)))) },
		"pick": func(a, b float32) float32 {
			if a > 0 {
				return b
			}
			return a
		},
	}
	x, y, out := make([]float32, 9), make([]float32, 9), make([]float32, 9)
	for range 2000 {
		for k := range x {
			x[k] = float32((r.Float64() - .5) * math.Pow(10, float64(r.Intn(12)-6)))
			y[k] = float32((r.Float64() - .5) * math.Pow(10, float64(r.Intn(12)-6)))
			if r.Intn(10) == 0 {
				x[k] = y[k]
			}
			if r.Intn(20) == 0 {
				x[k] = 0
			}
		}
		a, b := Load(x, 1), Load(y, 1)
		zero := Splat(0)
		for name, got := range map[string]Vec{"add": a.Add(b), "sub": a.Sub(b), "mul": a.Mul(b), "div": a.Div(b), "max": a.Max(b), "min": a.Min(b),
			"sqrt": a.Max(zero.Sub(a)).Sqrt(), "pick": Pick(a, b, a)} {
			Put(out, 1, got)
			for k := 1; k < 9; k++ {
				want := scalar[name](x[k], y[k])
				if math.Float32bits(out[k]) != math.Float32bits(want) && !(want != want && out[k] != out[k]) {
					t.Fatalf("%s of %g and %g: %g, want %g", name, x[k], y[k], out[k], want)
				}
			}
		}
	}
}
