//go:build !(goexperiment.simd && amd64)

package neighbours

func collect(keys []uint64, held int, blocks []float32, leaf int32, px, py, pz, bound float32) int {
	return collectPlain(keys, held, blocks, leaf, px, py, pz, bound)
}

func collectList(keys []uint64, held int, blocks []float32, leaves []int32, px, py, pz, bound float32) (int, int) {
	return collectListPlain(keys, held, blocks, leaves, px, py, pz, bound)
}
