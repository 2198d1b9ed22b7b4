//go:build !(goexperiment.simd && amd64)

package lanes

import "math"

// Vec is eight numbers.
type Vec [8]float32

// Available reports whether this processor runs what this build holds.
func Available() bool { return true }

// Splat is one number eight times.
func Splat(x float32) Vec { return Vec{x, x, x, x, x, x, x, x} }

// Load reads s[i:i+8].
func Load(s []float32, i int) Vec { return Vec(s[i : i+8]) }

// Put writes s[i:i+8].
func Put(s []float32, i int, v Vec) { copy(s[i:i+8], v[:]) }

// Pick is a where by is above 0, else b.
func Pick(by, a, b Vec) Vec {
	for k, v := range by {
		if v > 0 {
			b[k] = a[k]
		}
	}
	return b
}

// Done ends a kernel.
func Done() {}

// Add is x + y.
func (x Vec) Add(y Vec) Vec {
	for k := range x {
		x[k] += y[k]
	}
	return x
}

// Sub is x - y.
func (x Vec) Sub(y Vec) Vec {
	for k := range x {
		x[k] -= y[k]
	}
	return x
}

// Mul is x times y.
func (x Vec) Mul(y Vec) Vec {
	for k := range x {
		x[k] = float32(x[k] * y[k])
	}
	return x
}

// Div is x over y.
func (x Vec) Div(y Vec) Vec {
	for k := range x {
		x[k] /= y[k]
	}
	return x
}

// Max is the larger of both, y where they are alike or either is no number.
func (x Vec) Max(y Vec) Vec {
	for k := range x {
		if !(x[k] > y[k]) {
			x[k] = y[k]
		}
	}
	return x
}

// Min is the smaller of both, y where they are alike or either is no number.
func (x Vec) Min(y Vec) Vec {
	for k := range x {
		if !(x[k] < y[k]) {
			x[k] = y[k]
		}
	}
	return x
}

// Sqrt is the square root.
func (x Vec) Sqrt() Vec {
	for k := range x {
		x[k] = float32(math.Sqrt(float64(x[k])))
	}
	return x
}
