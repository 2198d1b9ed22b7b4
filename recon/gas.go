package recon

import "gonum.org/v1/gonum/spatial/r3"

// Gas is the gas of an upright box at one moment, as a simulation has it: in cells of
// one size, with values at their middles, x fastest, then y, then z. A quantity that is
// not known is nil; the others have as many values as there are cells.
type Gas struct {
	Name        string
	Box         r3.Box // scene coordinates
	Cells       [3]int
	TempC       []float32
	ExtinctionM []float32 // of light, 1/m: what is seen through a length l is exp(-l) of it
	HRRKWM3     []float32 // heat release, kW/m3
}

// Len is the number of cells, 0 when the counts are impossible.
func (g *Gas) Len() int {
	n := 1
	for _, c := range g.Cells {
		if c < 1 || c > 1<<20 || n > 1<<30/c {
			return 0
		}
		n *= c
	}
	return n
}

// Flame is the flame of one burning item at one moment: the mean height of the flame
// over its base follows from its heat release and is inferred, not seen.
type Flame struct {
	Item      string
	Foot      r3.Vec // middle of the base
	DiameterM float64
	HeightM   float64
	HRRKW     float64
}

// OpeningPlace is where an opening of a hypothesis lies in its wall.
type OpeningPlace struct {
	Name     string
	Corners  [4]r3.Vec // one after the other around it, the first two at its foot
	OpensS   float64   // seconds after ignition; 0: from the start
	Supposed bool      // its place is not stated
}
