//go:build goexperiment.simd && amd64

package lanes

import "simd/archsimd"

// Vec is eight numbers.
type Vec = archsimd.Float32x8

// Available reports whether this processor runs what this build holds.
func Available() bool { return archsimd.X86.AVX2() }

// Splat is one number eight times.
func Splat(x float32) Vec { return archsimd.BroadcastFloat32x8(x) }

// Load reads s[i:i+8].
func Load(s []float32, i int) Vec { return archsimd.LoadFloat32x8((*[8]float32)(s[i:])) }

// Put writes s[i:i+8].
func Put(s []float32, i int, v Vec) { v.Store((*[8]float32)(s[i:])) }

// Pick is a where by is above 0, else b.
func Pick(by, a, b Vec) Vec { return a.Merge(b, by.Greater(archsimd.Float32x8{})) }

// Done ends a kernel.
func Done() { archsimd.ClearAVXUpperBits() }
