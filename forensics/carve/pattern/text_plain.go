//go:build !(goexperiment.simd && amd64)

package pattern

func controlWide([]byte) (int, bool) { return 0, false }

func digitsWide([]byte) (i, n int, signs bool) { return 0, 0, false }

func textWide([]byte) (n, high int, found bool) { return 0, 0, false }
