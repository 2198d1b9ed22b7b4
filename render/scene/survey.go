package scene

import (
	"cmp"
	"math"
	"slices"

	"firescene/recon"
	"firescene/render/splat"

	"gonum.org/v1/gonum/spatial/r3"
)

// Extent is where a place's body lies: an upright box turned along the walls, with
// the floor and the ceiling. Stray points, such as what a scanner saw through a
// window, are left out.
type Extent struct {
	Centre, HalfM  r3.Vec  // HalfM along the box's own axes; Z spans floor to ceiling
	YawDeg         float64 // direction of the box's X axis, -45 to 45 degrees
	FloorZ, CeilZ  float64
	HasFloor, Roof bool // a floor, a ceiling stood out clearly
	// KeyShare is the share of a picture's width, at its left, that views from
	// above and from the side keep free for the title and the key; Survey and
	// ExtentOfBox set it to a quarter.
	KeyShare float64
}

// ExtentOfBox is the extent of a known box, such as a room's.
func ExtentOfBox(b r3.Box) Extent {
	return Extent{
		Centre: r3.Scale(0.5, r3.Add(b.Min, b.Max)), HalfM: r3.Scale(0.5, r3.Sub(b.Max, b.Min)),
		FloorZ: b.Min.Z, CeilZ: b.Max.Z, HasFloor: true, Roof: true, KeyShare: keyShare,
	}
}

const (
	surveyPoints = 40000 // looked at; evenly through the cloud
	strayShare   = 0.012 // of points left out at each end of an axis
	keyShare     = 0.25
)

// Survey finds the extent of a cloud with Z up. The same cloud always gives the
// same extent. A cloud without points has the zero extent.
func Survey(c *recon.Cloud) Extent {
	pts := sample(c, uint32(max(c.Len()/surveyPoints, 1)))
	if len(pts) == 0 {
		pts = sample(c, 1) // few different points
	}
	if len(pts) == 0 {
		return Extent{}
	}
	e := Extent{YawDeg: wallYaw(pts), KeyShare: keyShare}
	s, cs := math.Sincos(e.YawDeg * math.Pi / 180)
	var u, v, z []float64
	for _, p := range pts {
		u = append(u, cs*p.X+s*p.Y)
		v = append(v, -s*p.X+cs*p.Y)
		z = append(z, p.Z)
	}
	u0, u1 := middle(u)
	v0, v1 := middle(v)
	z0, z1 := middle(z)
	e.FloorZ, e.CeilZ = z0, z1
	if f, ok := densest(z, z0-0.1*(z1-z0), z0+0.35*(z1-z0)); ok {
		e.FloorZ, e.HasFloor = f, true
	}
	if f, ok := densest(z, z0+0.65*(z1-z0), z1+0.1*(z1-z0)); ok {
		e.CeilZ, e.Roof = f, true
	}
	mu, mv := (u0+u1)/2, (v0+v1)/2
	e.Centre = r3.Vec{X: cs*mu - s*mv, Y: s*mu + cs*mv, Z: (e.FloorZ + e.CeilZ) / 2}
	e.HalfM = r3.Vec{X: (u1 - u0) / 2, Y: (v1 - v0) / 2, Z: (e.CeilZ - e.FloorZ) / 2}
	least := 1e-3 * max(e.HalfM.X, e.HalfM.Y, e.HalfM.Z, 1e-6)
	e.HalfM = r3.Vec{X: max(e.HalfM.X, least), Y: max(e.HalfM.Y, least), Z: max(e.HalfM.Z, least)}
	return e
}

// sample takes about one point in step, the same ones in whatever order they are
// stored.
func sample(c *recon.Cloud, step uint32) []r3.Vec {
	var pts []r3.Vec
	for i := range c.Len() {
		if splat.Lot(c.XYZ[3*i], c.XYZ[3*i+1], c.XYZ[3*i+2])%step != 0 {
			continue
		}
		if p := c.At(i); !math.IsNaN(p.X+p.Y+p.Z) && !math.IsInf(p.X+p.Y+p.Z, 0) {
			pts = append(pts, p)
		}
	}
	slices.SortFunc(pts, func(a, b r3.Vec) int {
		return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y), cmp.Compare(a.Z, b.Z))
	})
	return pts
}

// middle is the range of the values without strays; v is sorted.
func middle(v []float64) (lo, hi float64) {
	slices.Sort(v)
	k := int(strayShare * float64(len(v)))
	return v[k], v[len(v)-1-k]
}

// wallYaw is the turn at which the points, projected on two horizontal axes, pile
// up most: walls seen edge-on make peaks.
func wallYaw(pts []r3.Vec) float64 {
	var mean r3.Vec
	for _, p := range pts {
		mean = r3.Add(mean, p)
	}
	mean = r3.Scale(1/float64(len(pts)), mean)
	var far []float64
	for _, p := range pts {
		far = append(far, math.Hypot(p.X-mean.X, p.Y-mean.Y))
	}
	slices.Sort(far)
	reach := far[len(far)*95/100]
	if reach <= 0 {
		return 0
	}
	const bins = 256
	peak := func(deg float64, every int) float64 {
		s, cs := math.Sincos(deg * math.Pi / 180)
		var hu, hv [bins]float64
		for i := 0; i < len(pts); i += every {
			x, y := pts[i].X-mean.X, pts[i].Y-mean.Y
			if k := int(math.Floor((cs*x+s*y)/reach*bins/2 + bins/2)); k >= 0 && k < bins {
				hu[k]++
			}
			if k := int(math.Floor((-s*x+cs*y)/reach*bins/2 + bins/2)); k >= 0 && k < bins {
				hv[k]++
			}
		}
		sum := 0.0
		for k := range bins {
			sum += hu[k]*hu[k] + hv[k]*hv[k]
		}
		return sum
	}
	best, at := -1.0, 0.0
	for d := -45.0; d < 45; d++ {
		if p := peak(d, 8); p > best {
			best, at = p, d
		}
	}
	coarse := at
	best = -1
	for k := -10; k <= 10; k++ {
		if p := peak(coarse+float64(k)/10, 2); p > best {
			best, at = p, coarse+float64(k)/10
		}
	}
	return at
}

// densest is the middle of the fullest 3 cm slice (or 1/100 of the range) between
// lo and hi, if it stands out from the mean slice four times.
func densest(z []float64, lo, hi float64) (float64, bool) {
	const slices_ = 48
	if !(hi > lo) {
		return 0, false
	}
	var h [slices_]int
	n := 0
	for _, v := range z {
		if k := int((v - lo) / (hi - lo) * slices_); v >= lo && k < slices_ {
			h[k]++
			n++
		}
	}
	best := 0
	for k := range h {
		if h[k] > h[best] {
			best = k
		}
	}
	return lo + (float64(best)+0.5)*(hi-lo)/slices_, n > 0 && h[best]*slices_ > 4*n
}
