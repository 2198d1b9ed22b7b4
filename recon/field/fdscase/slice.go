package fdscase

import "firescene/recon/field"

// Slice is a plane across an axis in which a quantity is asked for.
type Slice struct {
	Quantity string // of FDS: TEMPERATURE, U-VELOCITY, HRRPUV ...
	Species  string
	Axis     int
	AtM      float64
}

// slices takes the planes that the input asks for. A slab is taken at its middle; a
// whole body of values is not written.
func (b *builder) slices() error {
	for i := range b.in.Slices {
		v := &b.in.Slices[i]
		s := Slice{Quantity: v.Quantity, Species: v.Species, Axis: v.Axis, AtM: v.AtM}
		if v.Axis < 0 {
			box := field.Box(v.Box)
			for a := range 3 {
				if box[2*a] == box[2*a+1] {
					s.Axis, s.AtM = a, box[2*a]
				}
			}
			if s.Axis < 0 {
				b.note(v.Line, "&SLCF", "values are written in planes, not in a body: this one is left out")
				continue
			}
		}
		if s.Quantity != "" {
			b.c.Slices = append(b.c.Slices, s)
		}
		if v.Vector {
			for _, q := range []string{"U-VELOCITY", "V-VELOCITY", "W-VELOCITY"} {
				b.c.Slices = append(b.c.Slices, Slice{Quantity: q, Axis: s.Axis, AtM: s.AtM})
			}
		}
	}
	return nil
}
