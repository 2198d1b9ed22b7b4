package align

import "math"

const (
	reach = 7 // samples from a patch's middle to its sides
	side  = 2*reach + 1
	wide  = side + 2 // with a rim for its gradients
	// windowSigma is the spread, in samples, of the weights over a patch.
	windowSigma = 4.0
	params      = 6     // of an affine change
	leastSpread = 0.006 // of a patch's values, image range 0..1: less is noise
	maxSteps    = 20
	settledPx   = 0.03 // a step that is shorter is the last
)

// weights falls off from a patch's middle, so that what lies at its rim, which
// may be another surface, counts little. It sums to one.
var weights = func() (w [side * side]float32) {
	sum := 0.0
	var v [side * side]float64
	for y := range side {
		for x := range side {
			dx, dy := float64(x-reach), float64(y-reach)
			v[y*side+x] = math.Exp(-(dx*dx + dy*dy) / (2 * windowSigma * windowSigma))
			sum += v[y*side+x]
		}
	}
	for i := range v {
		w[i] = float32(v[i] / sum)
	}
	return w
}()

// template is the patch about a place of its reference picture, at one level.
type template struct {
	level int
	pix   [wide * wide]float32
}

// cut fills a template about a place of the level; false where it would leave the
// picture.
func (t *template) cut(p *plane, level int, x, y float64) bool {
	if !p.holds(x, y, reach+1) {
		return false
	}
	t.level = level
	for j := range wide {
		for i := range wide {
			t.pix[j*wide+i] = p.bilinear(float32(x+float64(i-reach-1)), float32(y+float64(j-reach-1)))
		}
	}
	return true
}

// prepared is a template ready to be compared: its values with zero mean and unit
// spread, the change of each sample by the parameters, and their normal matrix.
type prepared struct {
	value   [side * side]float32
	descent [side * side][params]float32 // times the weight
	inverse [params][params]float64
	spread  float32 // of the values as they were
	// sigma is the standard deviation, in samples, of the place in its least
	// certain direction for values with unit noise relative to their spread.
	sigma float64
}

// prepare works out what all comparisons with a template share: the inverse
// compositional form of S. Baker and I. Matthews, Lucas-Kanade 20 years on, IJCV
// 2004, with the values normalised as B. Pan, K. Li and W. Tong do, Fast, robust
// and accurate digital image correlation calculation without redundant
// computations, Experimental Mechanics 2013. False where there is no texture.
func (q *prepared) prepare(t *template) bool {
	var mean, square float32
	for y := range side {
		for x := range side {
			v, w := t.pix[(y+1)*wide+x+1], weights[y*side+x]
			mean += w * v
			square += w * v * v
		}
	}
	variance := square - mean*mean
	if !(variance > leastSpread*leastSpread) {
		return false
	}
	q.spread = float32(math.Sqrt(float64(variance)))
	inv := 1 / q.spread
	var normal [params][params]float64
	for y := range side {
		for x := range side {
			i, c := y*side+x, (y+1)*wide+x+1
			q.value[i] = (t.pix[c] - mean) * inv
			gx, gy := (t.pix[c+1]-t.pix[c-1])*inv/2, (t.pix[c+wide]-t.pix[c-wide])*inv/2
			sx, sy := float32(x-reach), float32(y-reach)
			g := [params]float32{gx, gy, gx * sx, gx * sy, gy * sx, gy * sy}
			w := weights[i]
			for a := range g {
				q.descent[i][a] = w * g[a]
				for b := a; b < params; b++ {
					normal[a][b] += float64(w * g[a] * g[b])
				}
			}
		}
	}
	for a := range normal {
		for b := range a {
			normal[a][b] = normal[b][a]
		}
	}
	if !invert(&normal, &q.inverse) {
		return false
	}
	xx, xy, yy := q.inverse[0][0], q.inverse[0][1], q.inverse[1][1]
	q.sigma = math.Sqrt((xx+yy)/2 + math.Hypot((xx-yy)/2, xy))
	return true
}

// warp takes a place of the patch, in samples from its middle, to the picture it
// is compared with: (x, y) + m (sx, sy), in pixels of the level.
type warp struct {
	x, y float64
	m    [4]float64
}

// outcome is what a comparison came to.
type outcome struct {
	warp
	correlation float64
	// sigma is the standard deviation of the place in pixels of the level, by what
	// is left between the patches.
	sigma float64
}

// align improves a warp until the patch under it is most like the template; false
// where that does not settle.
func (q *prepared) align(p *plane, w warp) (o outcome, ok bool) {
	var value [side * side]float32
	for range maxSteps {
		half := reach * max(math.Abs(w.m[0])+math.Abs(w.m[1]), math.Abs(w.m[2])+math.Abs(w.m[3]))
		if !(half < 4*reach) || !p.holds(w.x, w.y, half) {
			return o, false
		}
		var mean, square float32
		m0, m1, m2, m3 := float32(w.m[0]), float32(w.m[1]), float32(w.m[2]), float32(w.m[3])
		for y := range side {
			sy := float32(y - reach)
			bx, by := float32(w.x)+m1*sy, float32(w.y)+m3*sy
			row := value[y*side : y*side+side]
			for x := range row {
				sx := float32(x - reach)
				v := p.bilinear(bx+m0*sx, by+m2*sx)
				row[x] = v
				k := weights[y*side+x]
				mean += k * v
				square += k * v * v
			}
		}
		variance := square - mean*mean
		if !(variance > leastSpread*leastSpread) {
			return o, false
		}
		inv := 1 / float32(math.Sqrt(float64(variance)))
		var right [params]float32
		var left float32
		for i := range value {
			r := (value[i]-mean)*inv - q.value[i]
			left += weights[i] * r * r
			d := &q.descent[i]
			for a := range right {
				right[a] += d[a] * r
			}
		}
		var d [params]float64
		for a := range d {
			for b := range right {
				d[a] += q.inverse[a][b] * float64(right[b])
			}
		}
		// The patch's own change undone: the warp after the inverse of it.
		a, b, c, e := 1+d[2], d[3], d[4], 1+d[5]
		det := a*e - b*c
		if !(det > 0.2 && det < 5) {
			return o, false
		}
		n := [4]float64{
			(w.m[0]*e - w.m[1]*c) / det, (w.m[1]*a - w.m[0]*b) / det,
			(w.m[2]*e - w.m[3]*c) / det, (w.m[3]*a - w.m[2]*b) / det,
		}
		dx, dy := n[0]*d[0]+n[1]*d[1], n[2]*d[0]+n[3]*d[1]
		w = warp{w.x - dx, w.y - dy, n}
		o = outcome{w, 1 - float64(left)/2, q.sigma * math.Sqrt(float64(left)) * math.Sqrt(math.Abs(n[0]*n[3]-n[1]*n[2]))}
		if dx*dx+dy*dy < settledPx*settledPx {
			return o, true
		}
	}
	return o, false
}

// invert gives the inverse of a symmetric positive matrix by Cholesky; false where
// it is not well enough conditioned.
func invert(m, out *[params][params]float64) bool {
	var l [params][params]float64
	for i := range params {
		for j := range i + 1 {
			sum := m[i][j]
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			if i != j {
				l[i][j] = sum / l[j][j]
				continue
			}
			if !(sum > 1e-6*m[i][i]) {
				return false
			}
			l[i][i] = math.Sqrt(sum)
		}
	}
	for c := range params {
		var y [params]float64
		for i := range params {
			if i == c {
				y[i] = 1
			}
			for k := range i {
				y[i] -= l[i][k] * y[k]
			}
			y[i] /= l[i][i]
		}
		for i := params - 1; i >= 0; i-- {
			for k := i + 1; k < params; k++ {
				y[i] -= l[k][i] * y[k]
			}
			y[i] /= l[i][i]
			out[i][c] = y[i]
		}
	}
	return true
}
