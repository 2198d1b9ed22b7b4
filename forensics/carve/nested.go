package carve

// layerSign is a pattern that may begin a layer.
type layerSign struct {
	sign    string
	skip    int // bytes of sign before the layer
	decoder string
	head    func(b []byte) bool
}

const layerBase64 = "BASE64"

var layerSigns []layerSign

func base64Runs(b []byte, at int64, limit int) []int { return nil }

func (c *carver) peek(k *candidate) Find { return Find{} }

func (s *settler) layer(k *candidate) error { return nil }
