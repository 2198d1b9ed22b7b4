// Package audit measures what makes a photo fit or unfit for measuring on it:
// sharpness, exposure, noise and whether it repeats another. Each measure has a
// unit and a limit, so that a finding can be checked and acted on at the scene.
package audit

import (
	"math"
	"slices"

	"firescene/recon/feature"
)

// Measures are the figures of one photo, taken from its brightness at the size at
// which features are searched.
type Measures struct {
	// BlurPx is the standard deviation of the blur at the sharper edges, across the
	// direction in which they are widest; -1 where there are too few edges to say.
	BlurPx float64
	// Edges is how many places the sharpness was measured at.
	Edges int
	// MovedPx is how far the picture seems to have moved while it was taken, and
	// MovedDeg in which direction, 0 along the rows and 90 along the columns; both 0
	// when edges in several directions do not say.
	MovedPx, MovedDeg float64
	// NoiseLevels is the standard deviation of the noise where the photo is even, in
	// levels of 255.
	NoiseLevels float64
	// Black and White are the parts of the photo in which the brightness is at its
	// end, 0..1; Mean is the mean brightness, 0..1.
	Black, White, Mean float64
	Print              Print
}

const (
	tileSide = 224
	tiles    = 4 // across and down
	// Brightness at the ends of its range: JPEG and the averaging of pixels leave
	// some levels beside 0 and 255.
	blackBelow = 6.0 / 255
	whiteAbove = 250.0 / 255
)

// Measure gives the figures of a photo. They depend on the picture alone.
func Measure(img feature.Gray) Measures {
	m := Measures{BlurPx: -1, Print: printOf(img)}
	if img.W < minSide || img.H < minSide {
		return m
	}
	black, white, sum := 0, 0, 0.0
	for y := range img.H {
		row := img.Pix[y*img.W:][:img.W]
		part := float32(0)
		for _, v := range row {
			if v < blackBelow {
				black++
			}
			if v > whiteAbove {
				white++
			}
			part += v
		}
		sum += float64(part)
	}
	n := float64(img.W) * float64(img.H)
	m.Black, m.White, m.Mean = float64(black)/n, float64(white)/n, sum/n

	var noise []float64
	var edges []edge
	var t tile
	across, down := min(tiles, max(1, img.W/tileSide)), min(tiles, max(1, img.H/tileSide))
	w, h := min(tileSide, img.W), min(tileSide, img.H)
	for ty := range down {
		for tx := range across {
			t.cut(img, spread(tx, across, img.W-w), spread(ty, down, img.H-h), w, h)
			noise = t.noise(noise)
		}
	}
	m.NoiseLevels = 255 * quantile(noise, 0.1)
	for ty := range down {
		for tx := range across {
			t.cut(img, spread(tx, across, img.W-w), spread(ty, down, img.H-h), w, h)
			edges = t.edges(edges, m.NoiseLevels/255)
		}
	}
	m.sharpness(edges)
	return m
}

// minSide is the least side of a photo that is measured.
const minSide = 32

// spread puts the i-th of n tiles where their distances are even.
func spread(i, n, room int) int {
	if n == 1 {
		return room / 2
	}
	return i * room / (n - 1)
}

// quantile gives the value below which a part q of the values lies; 0 for none.
// It reorders v.
func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[min(len(v)-1, int(q*float64(len(v))))]
}

// sharpness takes the edges' widths, direction by direction: a hand that shakes
// widens the edges across its movement and leaves those along it sharp.
func (m *Measures) sharpness(edges []edge) {
	m.Edges = len(edges)
	if len(edges) < leastEdges {
		return
	}
	var all []float64
	var bins [directions][]float64
	for _, e := range edges {
		all = append(all, e.variance)
		b := int(e.direction/math.Pi*directions) % directions
		bins[b] = append(bins[b], e.variance)
	}
	m.BlurPx = math.Sqrt(max(0, quantile(all, sharper)))
	// variance = a + b cos 2d + c sin 2d by least squares over the directions that
	// have enough edges
	var s [3][4]float64
	used := 0
	for i, v := range bins {
		if len(v) < leastEdges/4 {
			continue
		}
		used++
		d := (float64(i) + 0.5) * math.Pi / directions
		row := [3]float64{1, math.Cos(2 * d), math.Sin(2 * d)}
		value := max(0, quantile(v, sharper))
		for r := range 3 {
			for c := range 3 {
				s[r][c] += row[r] * row[c]
			}
			s[r][3] += row[r] * value
		}
	}
	if used < directions-2 || !solve3(&s) {
		return
	}
	swing := math.Hypot(s[1][3], s[2][3])
	if worst := s[0][3] + swing; worst > 0 {
		m.BlurPx = math.Sqrt(worst)
	}
	// A movement of L pixels at even speed adds L^2/12 to the variance along it.
	if moved := math.Sqrt(24 * swing); moved >= leastMovedPx && 2*swing > s[0][3]-swing {
		m.MovedPx = moved
		m.MovedDeg = math.Mod(math.Atan2(s[2][3], s[1][3])/2*180/math.Pi+180, 180)
	}
}

const (
	directions   = 8
	leastEdges   = 120
	sharper      = 0.25 // the part of edges that is taken for what the lens can show
	leastMovedPx = 3
)

// solve3 solves three equations in place; the answers are the last column.
func solve3(s *[3][4]float64) bool {
	for i := range 3 {
		p := i
		for r := i + 1; r < 3; r++ {
			if math.Abs(s[r][i]) > math.Abs(s[p][i]) {
				p = r
			}
		}
		s[i], s[p] = s[p], s[i]
		if math.Abs(s[i][i]) < 1e-9 {
			return false
		}
		for r := range 3 {
			if r == i {
				continue
			}
			f := s[r][i] / s[i][i]
			for c := i; c < 4; c++ {
				s[r][c] -= f * s[i][c]
			}
		}
	}
	for i := range 3 {
		s[i][3] /= s[i][i]
	}
	return true
}
