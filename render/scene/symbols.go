package scene

import (
	"image/color"
	"math"
)

// pin draws a map pin whose tip is at x, y and reports the area it takes. Its look
// tells the standing, the sign in it the kind of thing.
func (c *canvas) pin(x, y float64, symbol string, l look, opacity float64) rect {
	u := c.ui
	if symbol == SymbolFlame { // its outline is in the scene: a dot holds the name
		c.fill(disc(x, y, 3.6*u), faded(paper, opacity))
		c.fill(disc(x, y, 2.6*u), faded(l.colour, opacity))
		return rect{x - 4*u, y - 4*u, x + 4*u, y + 4*u}
	}
	r, up := 10.5*u, 25*u
	cx, cy := x, y-up
	col, white := faded(l.colour, opacity), faded(paper, opacity)
	// Casing, body, then the inside.
	c.fill(drop(cx, cy, r+2*u, x, y+2.2*u), white)
	c.fill(drop(cx, cy, r+0.4*u, x, y), col)
	sign := white
	switch l.fill {
	case ringedFill:
		c.fill(ring(cx, cy, r-0.8*u, r-2.3*u), white)
	case hatchedFill:
		c.fill(disc(cx, cy, r-1.6*u), white)
		c.fill(hatching(cx, cy, r-1.6*u, 3.1*u, 1.1*u), faded(l.colour, 0.75*opacity))
		c.fill(disc(cx, cy, r-4.2*u), white)
		sign = col
	case hollowFill:
		c.fill(disc(cx, cy, r-1.6*u), white)
		c.fill(ringDashes(cx, cy, r+0.6*u, r-1.8*u, 11, 0.42), white)
		sign = col
	}
	c.sign(cx, cy, 5.2*u, symbol, sign)
	return rect{cx - r - 2*u, cy - r - 2*u, cx + r + 2*u, y + 2*u}
}

// drop is a disc with a tip.
func drop(cx, cy, r, tx, ty float64) path {
	d := math.Hypot(tx-cx, ty-cy)
	if d <= r {
		return disc(cx, cy, r)
	}
	a := math.Atan2(ty-cy, tx-cx)
	half := math.Acos(r/d) * 0.86
	return path{append(arc(cx, cy, r, a+half, a+2*math.Pi-half), pt{tx, ty})}
}

// sign is the small pictogram of a kind of thing, within radius r.
func (c *canvas) sign(cx, cy, r float64, symbol string, col color.RGBA) {
	at := func(p ...float64) []pt {
		var out []pt
		for i := 0; i+1 < len(p); i += 2 {
			out = append(out, pt{cx + p[i]*r, cy + p[i+1]*r})
		}
		return out
	}
	switch symbol {
	case "origin": // a flame
		c.fill(path{curve(at(0.05, -1.15, 0.75, -0.25, 0.72, 0.35, 0.45, 0.9, 0, 1.05, -0.45, 0.9, -0.72, 0.4, -0.6, -0.1, -0.32, -0.42, -0.28, 0.05, -0.1, -0.5))}, col)
	case "detector": // a sounding disc
		c.fill(disc(cx, cy, 0.30*r), col)
		c.fill(ring(cx, cy, 0.70*r, 0.50*r), col)
		c.fill(ring(cx, cy, 1.08*r, 0.90*r), col)
	case "camera":
		c.fill(append(roundBox(cx-r, cy-0.55*r, 2*r, 1.3*r, 0.2*r), arc(cx, cy+0.1*r, 0.42*r, 2*math.Pi, 0)), col)
		c.fill(box(cx-0.4*r, cy-0.85*r, 0.8*r, 0.35*r), col)
		c.fill(disc(cx, cy+0.1*r, 0.2*r), col)
	case "exhibit": // a tag
		c.fill(path{at(-1, -0.65, 0.35, -0.65, 1.05, 0, 0.35, 0.65, -1, 0.65), arc(cx+0.35*r, cy, 0.2*r, 2*math.Pi, 0)}, col)
	default:
		c.fill(disc(cx, cy, 0.5*r), col)
	}
}

// curve rounds the corners of a closed outline (Chaikin, 1974, three times).
func curve(p []pt) []pt {
	for range 3 {
		var q []pt
		for i, a := range p {
			b := p[(i+1)%len(p)]
			q = append(q, pt{0.75*a.x + 0.25*b.x, 0.75*a.y + 0.25*b.y}, pt{0.25*a.x + 0.75*b.x, 0.25*a.y + 0.75*b.y})
		}
		p = q
	}
	return p
}
