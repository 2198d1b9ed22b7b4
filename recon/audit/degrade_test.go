package audit

import (
	"math"
	"math/rand/v2"

	"firescene/recon/feature"
)

// scene is a sharp picture of overlapping discs and rotated boxes with a little
// texture: edges in all directions, each averaged over its pixels.
func scene(w, h int, seed uint64) feature.Gray {
	rng := rand.New(rand.NewPCG(seed, 5))
	const over = 3
	big := make([]float32, w*over*h*over)
	for i := range big {
		big[i] = 0.5
	}
	for range w * h / 900 {
		cx, cy := rng.Float64()*float64(w*over), rng.Float64()*float64(h*over)
		size := (8 + 40*rng.Float64()*rng.Float64()) * over
		turn, level := rng.Float64()*math.Pi, float32(0.15+0.7*rng.Float64())
		disc := rng.Float64() < 0.5
		c, s := math.Cos(turn), math.Sin(turn)
		for y := max(0, int(cy-1.5*size)); y < min(h*over, int(cy+1.5*size)); y++ {
			for x := max(0, int(cx-1.5*size)); x < min(w*over, int(cx+1.5*size)); x++ {
				dx, dy := float64(x)-cx, float64(y)-cy
				u, v := c*dx+s*dy, c*dy-s*dx
				if disc && u*u+v*v < size*size || !disc && math.Abs(u) < size && math.Abs(v) < 0.6*size {
					big[y*w*over+x] = level
				}
			}
		}
	}
	g := feature.Gray{W: w, H: h, Pix: make([]float32, w*h)}
	for y := range h {
		for x := range w {
			sum := float32(0)
			for j := range over {
				for i := range over {
					sum += big[(y*over+j)*w*over+x*over+i]
				}
			}
			g.Pix[y*w+x] = sum / (over * over)
		}
	}
	return g
}

// filtered gives the picture with each pixel replaced by the weighted mean of
// others, whose places are given from it; places between pixels are interpolated.
func filtered(g feature.Gray, places [][3]float64) feature.Gray {
	out := feature.Gray{W: g.W, H: g.H, Pix: make([]float32, len(g.Pix))}
	at := func(x, y int) float64 {
		return float64(g.Pix[max(0, min(g.H-1, y))*g.W+max(0, min(g.W-1, x))])
	}
	for y := range g.H {
		for x := range g.W {
			sum := 0.0
			for _, p := range places {
				u, v := float64(x)+p[0], float64(y)+p[1]
				i, j := int(math.Floor(u)), int(math.Floor(v))
				a, b := u-float64(i), v-float64(j)
				sum += p[2] * ((1-b)*((1-a)*at(i, j)+a*at(i+1, j)) + b*((1-a)*at(i, j+1)+a*at(i+1, j+1)))
			}
			out.Pix[y*g.W+x] = float32(sum)
		}
	}
	return out
}

// defocused blurs by a Gaussian of the given standard deviation.
func defocused(g feature.Gray, sigma float64) feature.Gray {
	if sigma == 0 {
		return g
	}
	var across, down [][3]float64
	sum := 0.0
	r := int(math.Ceil(3 * sigma))
	for i := -r; i <= r; i++ {
		k := math.Exp(-float64(i*i) / (2 * sigma * sigma))
		sum += k
		across, down = append(across, [3]float64{float64(i), 0, k}), append(down, [3]float64{0, float64(i), k})
	}
	for i := range across {
		across[i][2] /= sum
		down[i][2] /= sum
	}
	return filtered(filtered(g, across), down)
}

// shaken moves the camera by so many pixels while the shutter is open.
func shaken(g feature.Gray, px, deg float64) feature.Gray {
	n := int(4*px) + 1
	var places [][3]float64
	for i := range n {
		d := px * (float64(i)/float64(n-1) - 0.5)
		places = append(places, [3]float64{d * math.Cos(deg*math.Pi/180), d * math.Sin(deg*math.Pi/180), 1 / float64(n)})
	}
	return filtered(g, places)
}

// noisy adds noise of the given standard deviation in levels of 255.
func noisy(g feature.Gray, levels float64, seed uint64) feature.Gray {
	rng := rand.New(rand.NewPCG(seed, 9))
	out := feature.Gray{W: g.W, H: g.H, Pix: make([]float32, len(g.Pix))}
	for i, v := range g.Pix {
		out.Pix[i] = max(0, min(1, v+float32(levels/255*rng.NormFloat64())))
	}
	return out
}
