package room

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// Textures are drawn in tiles when something looks at them: a third of the room
// is never photographed, and a tile's bytes do not depend on who looks first.
const (
	tileTexels = 32
	tileLevels = 6
)

// tile is a square part of a texture with its own chain of halved levels: the
// light that leaves the surface, square root encoded, red in the lowest byte.
// Level 0 has one more row and column, the neighbour's first, so that it is
// interpolated across tiles; coarser levels end at the tile's edge, which is far
// below a pixel where they are used.
type tile struct {
	levels int
	w, h   [tileLevels]int
	pix    [tileLevels][]uint32
}

// layOut sets the size of the texture.
func (f *surface) layOut(texelM float64) {
	if f.texelM == 0 {
		f.texelM = texelM
	}
	f.nx, f.ny = max(2, int(math.Ceil(f.w/f.texelM))), max(2, int(math.Ceil(f.h/f.texelM)))
	f.tiles = make([]lazy[tile], f.tilesAcross()*((f.ny-1)/tileTexels+1))
}

func (f *surface) tilesAcross() int { return (f.nx-1)/tileTexels + 1 }

// draw makes the tile whose first texel is x0, y0.
func (f *surface) draw(s *Scene, x0, y0 int) *tile {
	su, sv := f.w/float64(f.nx), f.h/float64(f.ny)
	w, h := min(tileTexels+1, f.nx-x0), min(tileTexels+1, f.ny-y0)
	// Rows are computed one ahead, so that the relief's slope is known.
	var rows [2][tileTexels + 2]texel
	row := func(dst *[tileTexels + 2]texel, j int) {
		for i := range w + 1 {
			u, v := (float64(x0+i)+0.5)*su, (float64(y0+j)+0.5)*sv
			dst[i] = f.mat(s, f.place(u, v))
			if f.relief != nil {
				dst[i].h += f.relief(u, v)
			}
		}
	}
	t := &tile{}
	pix := make([]uint32, w*h)
	row(&rows[0], 0)
	for j := range h {
		cur, next := &rows[j&1], &rows[(j+1)&1]
		row(next, j+1)
		for i := range w {
			u, v := (float64(x0+i)+0.5)*su, (float64(y0+j)+0.5)*sv
			gu, gv := (cur[i+1].h-cur[i].h)/su, (next[i].h-cur[i].h)/sv
			gu, gv = max(-2, min(2, gu)), max(-2, min(2, gv))
			n := r3.Unit(r3.Sub(f.n, r3.Add(r3.Scale(gu, f.ux), r3.Scale(gv, f.uy))))
			c := s.leaving(cur[i].c, f.place(u, v).p, n, f.shadeAt(s, u, v))
			pix[j*w+i] = encode(c[0]) | encode(c[1])<<8 | encode(c[2])<<16
		}
	}
	t.pix[0], t.w[0], t.h[0], t.levels = pix, w, h, 1
	cw, ch := min(tileTexels, w), min(tileTexels, h) // without the neighbours' texels
	for t.levels < tileLevels && cw >= 2 && ch >= 2 {
		l := t.levels
		cw, ch = cw/2, ch/2
		t.pix[l], t.w[l], t.h[l] = halve(t.pix[l-1], t.w[l-1], cw, ch), cw, ch
		t.levels++
	}
	return t
}

// halve averages squares of four of a picture with rows of stride texels.
func halve(pix []uint32, stride, w, h int) []uint32 {
	out := make([]uint32, w*h)
	for j := range h {
		for i := range w {
			k := 2*j*stride + 2*i
			var c uint32
			for q := uint32(0); q < 24; q += 8 {
				sum := pix[k]>>q&255 + pix[k+1]>>q&255 + pix[k+stride]>>q&255 + pix[k+stride+1]>>q&255
				c |= (sum + 2) / 4 << q
			}
			out[j*w+i] = c
		}
	}
	return out
}

const encodeMax = 3.0

func encode(x float64) uint32 { return uint32(min(255, 255*math.Sqrt(max(0, x)/encodeMax)+0.5)) }

// look returns the light that leaves a surface at u, v, averaged over a footprint
// of that many metres.
func (f *surface) look(s *Scene, u, v, footM float64) [3]float64 {
	x, y := u/f.w*float64(f.nx)-0.5, v/f.h*float64(f.ny)-0.5
	x, y = min(max(x, 0), float64(f.nx-1)-1e-6), min(max(y, 0), float64(f.ny-1)-1e-6)
	tx, ty := int(x)/tileTexels, int(y)/tileTexels
	lz := &f.tiles[ty*f.tilesAcross()+tx]
	t := lz.p.Load()
	if t == nil {
		t = lz.get(func() *tile { return f.draw(s, tx*tileTexels, ty*tileTexels) })
	}
	level := 0
	for size := 2 * f.texelM; level < t.levels-1 && size <= footM; size *= 2 {
		level++
	}
	x, y = x-float64(tx*tileTexels), y-float64(ty*tileTexels)
	w, h, pix := t.w[level], t.h[level], t.pix[level]
	if level > 0 {
		k := 1 / float64(int(1)<<level)
		x, y = min(max((x+0.5)*k-0.5, 0), float64(w-1)), min(max((y+0.5)*k-0.5, 0), float64(h-1))
	}
	i, j := int(x), int(y)
	a, b := float32(x-float64(i)), float32(y-float64(j))
	i1, j1 := min(i+1, w-1), min(j+1, h-1)
	p00, p10, p01, p11 := pix[j*w+i], pix[j*w+i1], pix[j1*w+i], pix[j1*w+i1]
	var c [3]float64
	for q := range 3 {
		t := (float32(p00&255)*(1-a)+float32(p10&255)*a)*(1-b) + (float32(p01&255)*(1-a)+float32(p11&255)*a)*b
		c[q] = float64(t*t) * (encodeMax / (255 * 255))
		p00, p10, p01, p11 = p00>>8, p10>>8, p01>>8, p11>>8
	}
	return c
}
