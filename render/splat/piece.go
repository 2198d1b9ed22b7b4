package splat

import "math"

// Piece is a part of a cloud that was made ready apart from the rest, so that parts
// of an octree can be put together into a Cloud within milliseconds.
type Piece struct {
	xyz    []float32 // relative to the cloud's origin; filled up to whole blocks
	rgb    []uint8
	blocks []block
	points int
	gapM   float32
}

// NewPiece makes a piece of points relative to the origin of the cloud to be, with 3
// coordinates and 3 colour values a point; rgb nil stands for one grey. Points that
// are not finite are left out.
func NewPiece(xyz []float32, rgb []uint8) *Piece {
	if len(xyz) < 3 {
		return &Piece{}
	}
	cell, corner := grid(xyz)
	order := sortByCell(xyz, cell, corner)
	n := len(order)
	full := (n + blockPoints - 1) / blockPoints * blockPoints
	if n == 0 {
		return &Piece{}
	}
	p := &Piece{points: n, gapM: meanGap(order, cell), xyz: make([]float32, 0, 3*full), rgb: make([]uint8, 0, 3*full)}
	for _, o := range order {
		i := 3 * int(o.index)
		p.xyz = append(p.xyz, xyz[i:i+3]...)
		if len(rgb) == len(xyz) {
			p.rgb = append(p.rgb, rgb[i:i+3]...)
		} else {
			p.rgb = append(p.rgb, plainGrey, plainGrey, plainGrey)
		}
	}
	// The last point again and again: drawn twice it looks the same.
	for i := n; i < full; i++ {
		p.xyz = append(p.xyz, p.xyz[3*n-3:3*n]...)
		p.rgb = append(p.rgb, p.rgb[3*n-3:3*n]...)
	}
	p.blocks = makeBlocks(p.xyz)
	return p
}

// Len is the number of points of the piece.
func (p *Piece) Len() int { return p.points }

// GapM is about the gap between the points of the piece by itself, in the cloud's
// unit.
func (p *Piece) GapM() float32 { return p.gapM }

// meanGap takes the points to lie on surfaces: the cells of 4 x 4 x 4 grid cells that
// hold points are pieces of these, and the points share their area evenly.
func meanGap(order []keyed, cell float32) float32 {
	taken, last := 0, ^uint32(0)
	for _, o := range order {
		if k := o.key >> 6; k != last {
			taken, last = taken+1, k
		}
	}
	const crossed = 1.5 // cells that a surface crosses at a slant, for each one that it fills
	return 4 * cell * float32(math.Sqrt(float64(taken)/crossed/float64(len(order))))
}

// MaxGaps is how many different gaps Join can tell apart.
const MaxGaps = 128

// Gap is which of the gaps between points a piece is drawn to close. Behind says that
// finer points are drawn in the same place: then it only closes holes between them.
type Gap struct {
	Index  uint8
	Behind bool
}

// Part is a piece of a cloud that Join put together, with the index of its size in
// SizeM.
type Part struct {
	Piece *Piece
	Size  uint8
}

// XYZ is the coordinates of the piece's points relative to the cloud's origin, 3 each.
// It may repeat the last point to fill a block; the slice is not to be changed.
func (p *Piece) XYZ() []float32 { return p.xyz }

// RGB is the colours of the same points, 3 bytes each; not to be changed.
func (p *Piece) RGB() []uint8 { return p.rgb }

// Join puts pieces about one origin together. gaps are the gaps between points that
// occur, at most MaxGaps of them, and gapOf says for each piece which of them its
// points are drawn to close. The points are copied when the CPU first draws them.
func Join(origin [3]float64, pieces []*Piece, gapsM []float32, gapOf []Gap) *Cloud {
	c := &Cloud{Origin: origin, steepFrom: MaxGaps}
	copy(c.SizeM[:MaxGaps], gapsM)
	copy(c.SizeM[MaxGaps:], gapsM)
	for i, p := range pieces {
		index := min(gapOf[i].Index, MaxGaps-1)
		if gapOf[i].Behind {
			index += MaxGaps
		}
		c.parts = append(c.parts, Part{p, index})
	}
	return c
}

// Parts are the pieces that the cloud was joined from; none when it was prepared whole.
func (c *Cloud) Parts() []Part { return c.parts }

// flatten copies the points of the parts one behind the other, once.
func (c *Cloud) flatten() {
	if c.parts == nil {
		return
	}
	c.flat.Do(func() {
		n, blocks := 0, 0
		for _, p := range c.parts {
			n, blocks = n+len(p.Piece.xyz)/3, blocks+len(p.Piece.blocks)
		}
		c.XYZ, c.RGB, c.Size, c.blocks = make([]float32, 0, 3*n), make([]uint8, 0, 3*n), make([]uint8, n), make([]block, 0, blocks)
		at := 0
		for _, p := range c.parts {
			c.XYZ, c.RGB, c.blocks = append(c.XYZ, p.Piece.xyz...), append(c.RGB, p.Piece.rgb...), append(c.blocks, p.Piece.blocks...)
			size := c.Size[at : at+len(p.Piece.xyz)/3]
			for k := range size {
				size[k] = p.Size
			}
			at += len(size)
		}
	})
}
