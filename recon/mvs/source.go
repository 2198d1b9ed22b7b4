package mvs

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// source is another photo as the reference sees it at one level. A reference
// pixel (x, y) with inverse depth w lies at the homogeneous source pixel
// m (x, y, 1) + t w, whose last coordinate is also the ratio of the depths.
type source struct {
	quad       []uint32
	stride     int32
	maxX, maxY float32
	m          [9]float32
	t          [3]float32
	// back and backT take the source's pixels to the reference's in the same way.
	back  [9]float32
	backT [3]float32
	// invDepth is the source's own depth map, whose pixels are step times as
	// large; nil before there is one.
	invDepth       []float32
	slope          []int16
	depthW, depthH int
	step, perPx    float32 // perPx takes a packed slope to a share of the inverse depth a pixel
}

// transfer gives the m and t that take pixels of one camera to another's.
func transfer(a, b *station, ka, kb pinhole) (m [9]float32, t [3]float32) {
	var rel [9]float64 // b from a
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				rel[3*i+j] += b.rot[3*i+k] * a.rot[3*j+k]
			}
		}
	}
	ta := a.pose.T
	rt := r3.Vec{
		X: rel[0]*ta.X + rel[1]*ta.Y + rel[2]*ta.Z,
		Y: rel[3]*ta.X + rel[4]*ta.Y + rel[5]*ta.Z,
		Z: rel[6]*ta.X + rel[7]*ta.Y + rel[8]*ta.Z,
	}
	d := r3.Sub(b.pose.T, rt)
	kr := [9]float64{}
	for j := range 3 {
		kr[j] = kb.f*rel[j] + kb.cx*rel[6+j]
		kr[3+j] = kb.g*rel[3+j] + kb.cy*rel[6+j]
		kr[6+j] = rel[6+j]
	}
	for i := range 3 {
		c0, c1, c2 := kr[3*i]/ka.f, kr[3*i+1]/ka.g, kr[3*i+2]
		m[3*i], m[3*i+1], m[3*i+2] = float32(c0), float32(c1), float32(c2-c0*ka.cx-c1*ka.cy)
	}
	t = [3]float32{float32(kb.f*d.X + kb.cx*d.Z), float32(kb.g*d.Y + kb.cy*d.Z), float32(d.Z)}
	return m, t
}

// newGeometry prepares a source for a reference at one level, without its
// picture.
func newGeometry(ref, src *station, level int) source {
	rp, sp := ref.levels[level], src.levels[level]
	s := source{stride: int32(sp.w)}
	s.maxX, s.maxY = float32(sp.w-1)-1.0/256, float32(sp.h-1)-1.0/256
	s.m, s.t = transfer(ref, src, rp.k, sp.k)
	s.back, s.backT = transfer(src, ref, sp.k, rp.k)
	if d := src.depth; d != nil {
		s.invDepth, s.slope, s.depthW, s.depthH = d.w, d.slope, d.width, d.height
		s.perPx = float32(1 / (slopeUnit * src.levels[d.level].k.f))
		s.step = float32(int(1) << (d.level - level))
	}
	return s
}

// place is the source pixel and the inverse depth there.
func (s *source) place(x, y, w float32) (sx, sy, sw float32, ok bool) {
	z := s.m[6]*x + s.m[7]*y + s.m[8] + s.t[2]*w
	if !(z > 1e-6) {
		return 0, 0, 0, false
	}
	iz := 1 / z
	sx = (s.m[0]*x + s.m[1]*y + s.m[2] + s.t[0]*w) * iz
	sy = (s.m[3]*x + s.m[4]*y + s.m[5] + s.t[1]*w) * iz
	return sx, sy, w * iz, sx >= 0 && sy >= 0 && sx <= s.maxX && sy <= s.maxY
}

// returnError is how far, in reference pixels, a place lands from where it set
// out when it goes to the source and comes back by the source's own depth.
func (s *source) returnError(x, y, w float32) float32 {
	sx, sy, _, ok := s.place(x, y, w)
	if !ok {
		return noReturn
	}
	dx, dy := int((sx+0.5)/s.step), int((sy+0.5)/s.step)
	if dx >= s.depthW || dy >= s.depthH {
		return noReturn
	}
	at := dy*s.depthW + dx
	own := s.invDepth[at]
	if own <= 0 {
		return noReturn
	}
	offX, offY := (sx+0.5)/s.step-0.5-float32(dx), (sy+0.5)/s.step-0.5-float32(dy)
	own *= 1 + (float32(s.slope[2*at])*offX+float32(s.slope[2*at+1])*offY)*s.perPx
	z := s.back[6]*sx + s.back[7]*sy + s.back[8] + s.backT[2]*own
	if !(z > 1e-6) {
		return noReturn
	}
	iz := 1 / z
	ex := (s.back[0]*sx+s.back[1]*sy+s.back[2]+s.backT[0]*own)*iz - x
	ey := (s.back[3]*sx+s.back[4]*sy+s.back[5]+s.backT[1]*own)*iz - y
	return min(float32(math.Sqrt(float64(ex*ex+ey*ey))), noReturn)
}

// pixelStep is the inverse depth that moves the picture of a surface by one
// pixel in the sources, on average.
func (m *matcher) pixelStep() float32 {
	x, y := float32(m.ref.w)/2, float32(m.ref.h)/2
	w := float32(math.Sqrt(float64(m.wFar * m.wNear)))
	d := 0.01 * w
	var sum float32
	for j := range m.sources {
		s := &m.sources[j]
		ax, ay, _, _ := s.place(x, y, w)
		bx, by, _, _ := s.place(x, y, w+d)
		sum += float32(math.Hypot(float64(bx-ax), float64(by-ay))) / d
	}
	if !(sum > 0) {
		return (m.wNear - m.wFar) / 100
	}
	return float32(len(m.sources)) / sum
}

// noReturn is the return error of a place that does not come back.
const noReturn = 3
