//go:build !(goexperiment.simd && amd64)

package feature

func sumRows(dst, mid []float32, above, below [][]float32, kernel []float32) {
	sumRowsPlain(dst, mid, above, below, kernel, 0)
}

func sumTaps(dst, row []float32, kernel []float32) { sumTapsPlain(dst, row, kernel, 0) }

func gradients(mag, turn, row, up, down []float32) { gradientsPlain(mag, turn, row, up, down, 0) }
