//go:build goexperiment.simd && amd64

package mvs

import (
	"math/rand/v2"
	"testing"

	"simd/archsimd"
)

func noisePicture(w, h int, rng *rand.Rand) *picture {
	p := &picture{w: w, h: h, grey: make([]uint8, w*h), k: pinhole{100, 100, 50, 50}}
	for i := range p.grey {
		p.grey[i] = uint8(rng.IntN(256))
	}
	p.measureNoise()
	return p
}

// The vector forms must give the bits of the plain form.
func TestWindowSumsSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	g := noisePicture(97, 61, rng)
	s := &source{quad: g.quads(make([]uint32, g.w*g.h)), stride: 97, maxX: 96 - 1.0/256, maxY: 60 - 1.0/256}
	var p patch
	for range 3000 {
		p.fill(g, rng.IntN(g.w), rng.IntN(g.h))
		h := [9]float32{1 + rng.Float32(), rng.Float32() - 0.5, rng.Float32() * 120, rng.Float32() - 0.5, 1, rng.Float32()*80 - 10, rng.Float32() * 0.02, rng.Float32() * 0.02, 1 + rng.Float32()}
		var win window
		for k := range taps {
			win.grey[k], win.weight[k] = float32(rng.IntN(256)), rng.Float32()
		}
		var a, b patch
		normalisePlain(&a, &win)
		if normalise(&b, &win); a != b {
			t.Fatalf("normalise gives %v, plain %v", b, a)
		}
		m, q, c := windowSumsPlain(&p, s, &h)
		if archsimd.X86.AVX512() {
			if m5, q5, c5 := windowSums512(&p, s, &h); m5 != m || q5 != q || c5 != c {
				t.Fatalf("512 bits: %v %v %v, plain %v %v %v", m5, q5, c5, m, q, c)
			}
		}
		if archsimd.X86.AVX2() {
			if m2, q2, c2 := windowSums256(&p, s, &h); m2 != m || q2 != q || c2 != c {
				t.Fatalf("256 bits: %v %v %v, plain %v %v %v", m2, q2, c2, m, q, c)
			}
		}
	}
}

func BenchmarkWindow(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	g := noisePicture(640, 480, rng)
	s := &source{quad: g.quads(make([]uint32, g.w*g.h)), stride: 640, maxX: 639 - 1.0/256, maxY: 479 - 1.0/256}
	var p patch
	b.Run("fill", func(b *testing.B) {
		for i := range b.N {
			p.fill(g, 10+i%600, 10+i%400)
		}
	})
	h := [9]float32{1.02, 0.01, 100, 0.01, 0.99, 90, 0.0001, 0.0001, 1.01}
	for name, f := range map[string]func(*patch, *source, *[9]float32) (float32, float32, float32){"plain": windowSumsPlain, "256": windowSums256, "512": windowSums512} {
		b.Run(name, func(b *testing.B) {
			for i := range b.N {
				h[2] = float32(20 + i%600)
				f(&p, s, &h)
			}
		})
	}
}
