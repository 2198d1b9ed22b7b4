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

// SurfacePatch is a flat rectangle of a room's surface in cells, with a value each at one
// moment: cell (i, j) is at j*N[0]+i, its middle at Origin + U (i+1/2) CellM[0] + V (j+1/2)
// CellM[1]. NaN stands for a value that is not known.
type SurfacePatch struct {
	Room, Kind   string // "wall", "floor" or "ceiling"
	Origin, U, V r3.Vec // U and V are unit vectors
	CellM        [2]float64
	N            [2]int
	Value        []float32
}

// Middle is the middle of a cell.
func (p *SurfacePatch) Middle(i, j int) r3.Vec {
	at := r3.Add(p.Origin, r3.Scale((float64(i)+0.5)*p.CellM[0], p.U))
	return r3.Add(at, r3.Scale((float64(j)+0.5)*p.CellM[1], p.V))
}
