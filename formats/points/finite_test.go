package points

import (
	"math"
	"reflect"
	"testing"
)

func TestDropNonFinite(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	c := Chunk{N: 5, X: []float64{1, nan, 3, 4, 5}, Y: []float64{1, 2, inf, 4, 5}, Z: []float64{1, 2, 3, -inf, 5},
		RGB: [][3]uint8{{1}, {2}, {3}, {4}, {5}}, Intensity: []float32{1, 2, 3, 4, 5}, Normal: [][3]float32{{1}, {2}, {3}, {4}, {5}}, Invalid: 7}
	c.DropNonFinite()
	want := Chunk{N: 2, X: []float64{1, 5}, Y: []float64{1, 5}, Z: []float64{1, 5},
		RGB: [][3]uint8{{1}, {5}}, Intensity: []float32{1, 5}, Normal: [][3]float32{{1}, {5}}, Invalid: 10}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, want %+v", c, want)
	}
	plain := Chunk{N: 1, X: []float64{nan}, Y: []float64{0}, Z: []float64{0}}
	plain.DropNonFinite()
	if plain.N != 0 || plain.Invalid != 1 || plain.RGB != nil {
		t.Errorf("%+v", plain)
	}
}

func TestColourByte(t *testing.T) {
	for v, want := range map[float64]uint8{-1: 0, 0: 0, 0.4: 0, 0.6: 1, 127.5: 128, 254.4: 254, 254.5: 255, 255: 255, 1e9: 255, math.Inf(-1): 0} {
		if got := ColourByte(v); got != want {
			t.Errorf("%g gives %d, want %d", v, got, want)
		}
	}
	if ColourByte(math.NaN()) != 0 {
		t.Error("NaN")
	}
}
