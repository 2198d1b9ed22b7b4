package smokeview

import (
	"bytes"
	"testing"
)

// BenchmarkSliceReader reads a slice of 500 x 300 values, 50 frames.
func BenchmarkSliceReader(b *testing.B) {
	var file bytes.Buffer
	w, err := NewSliceWriter(&file, SliceHead{Grid: [6]int{0, 499, 3, 3, 0, 299}})
	if err != nil {
		b.Fatal(err)
	}
	v := make([]float32, 500*300)
	for k := range 50 {
		if err := w.Frame(float64(k), v); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		r, err := NewSliceReader(bytes.NewReader(file.Bytes()))
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, _, err := r.Next(); err != nil {
				break
			}
		}
	}
}
