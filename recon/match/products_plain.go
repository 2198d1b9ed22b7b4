//go:build !(goexperiment.simd && amd64)

package match

func products(t *tops, rows []uint32, blocks []uint8, from, to int) {
	productsPlain(t, rows, blocks, from, to)
}
