//go:build !(goexperiment.simd && amd64)

package mvs

func windowSums(p *patch, s *source, h *[9]float32) (mean, square, cov float32) {
	return windowSumsPlain(p, s, h)
}

func normalise(p *patch, win *window) { normalisePlain(p, win) }
