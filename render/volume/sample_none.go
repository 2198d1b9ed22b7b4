//go:build !(goexperiment.simd && amd64)

package volume

func (f *Field) sample(x, y, z float32, out *[4]float32) { f.samplePlain(x, y, z, out) }

func (f *Field) gather(s *span, t0, step float32, n int, dl float32, c *[4]float32, through float32) float32 {
	return f.gatherPlain(s, t0, step, n, dl, c, through)
}
