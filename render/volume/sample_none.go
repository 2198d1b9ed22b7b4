//go:build !(goexperiment.simd && amd64)

package volume

func (f *Field) sample(x, y, z float32, out *[4]float32) { f.samplePlain(x, y, z, out) }
