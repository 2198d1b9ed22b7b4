//go:build !(goexperiment.simd && amd64)

package pattern

func (m *Matcher) scan(b []byte, limit, from, to int, hits []Hit) []Hit {
	return m.scanPlain(b, limit, from, to, hits)
}
