package room

import "math"

// hash32 mixes two integer coordinates and a seed into 32 well-spread bits
// (the finaliser of MurmurHash3, Appleby 2011).
func hash32(x, y int32, seed uint32) uint32 {
	h := uint32(x)*0x9E3779B1 ^ uint32(y)*0x85EBCA77 ^ seed*0xC2B2AE3D
	h ^= h >> 16
	h *= 0x85EBCA6B
	h ^= h >> 13
	h *= 0xC2B2AE35
	h ^= h >> 16
	return h
}

// unit is a pseudo-random number in [0, 1) that depends on its arguments only.
func unit(x, y int32, seed uint32) float64 { return float64(hash32(x, y, seed)) / (1 << 32) }

// lattice holds the random numbers of noise, 256 by 256 with the first row and
// column repeated at the end; points holds the bits of cells.
var lattice, points = func() (l [257 * 257]float32, p [256 * 256]uint32) {
	for y := range int32(257) {
		for x := range int32(257) {
			l[y*257+x] = float32(unit(x&255, y&255, 0x51ed))
			p[y&255<<8|x&255] = hash32(x&255, y&255, 0xce11)
		}
	}
	return
}()

// floor splits a number into the integer below it and the rest.
func floor(x float64) (int32, float64) {
	i := int32(x)
	if float64(i) > x {
		i--
	}
	return i, x - float64(i)
}

// noise is value noise in [0, 1) with lattice spacing 1. It repeats after 256;
// the seed says where in the lattice it begins.
func noise(x, y float64, seed uint32) float64 {
	ix, u := floor(x)
	iy, v := floor(y)
	h := seed * 0x9E3779B1
	k := int(uint32(iy)+h>>16&255)&255*257 + int(uint32(ix)+h>>24)&255
	g := lattice[k : k+259 : k+259]
	a, b, c, d := float64(g[0]), float64(g[1]), float64(g[257]), float64(g[258])
	u, v = u*u*(3-2*u), v*v*(3-2*v)
	a += (b - a) * u
	c += (d - c) * u
	return a + (c-a)*v
}

// fbm sums octaves of noise, each half as strong and half as wide, scaled to
// about [0, 1] with mean 0.5.
func fbm(x, y float64, octaves int, seed uint32) float64 {
	sum, amp, norm := 0.0, 1.0, 0.0
	for i := range octaves {
		sum += amp * noise(x, y, seed+uint32(i)*101)
		norm += amp
		amp *= 0.5
		x, y = x*2.03+13.7, y*2.03-7.1
	}
	return sum / norm
}

// cell is what cellular noise says about a point.
type cell struct {
	f1, f2 float64 // distance to the nearest and second feature point
	id     uint32  // of the nearest
}

// cells is cellular noise (Worley, "A cellular texture basis function", 1996)
// with one feature point a unit square.
func cells(x, y float64, seed uint32) cell {
	ix, u := floor(x)
	iy, v := floor(y)
	at := seed * 0x85EBCA77
	jx, jy := uint32(ix)+at>>24, uint32(iy)+at>>16
	best := cell{f1: 9, f2: 9}
	for dy := int32(-1); dy <= 1; dy++ {
		row := points[(jy+uint32(dy))&255<<8:][:256]
		for dx := int32(-1); dx <= 1; dx++ {
			h := row[(jx+uint32(dx))&255]
			px := float64(dx) + float64(h&0xffff)/65536 - u
			py := float64(dy) + float64(h>>16)/65536 - v
			d := px*px + py*py
			if d < best.f1 {
				best.f2, best.f1, best.id = best.f1, d, h
			} else if d < best.f2 {
				best.f2 = d
			}
		}
	}
	best.f1, best.f2 = math.Sqrt(best.f1), math.Sqrt(best.f2)
	return best
}

// step is the smooth step from 0 at a to 1 at b; a may be above b.
func step(a, b, x float64) float64 {
	t := (x - a) / (b - a)
	if t <= 0 {
		return 0
	}
	if t >= 1 {
		return 1
	}
	return t * t * (3 - 2*t)
}

func clamp01(x float64) float64 { return min(1, max(0, x)) }
