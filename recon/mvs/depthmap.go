package mvs

import (
	"encoding/binary"
	"math"
)

// depthMap is a photo's depth at one level: for each pixel a plane, as inverse
// depth there and its slope to the right and down. An inverse depth of 0 means
// that nothing is known.
type depthMap struct {
	level, width, height int
	w                    []float32
	slope                []int16 // 2 a pixel: change a pixel times focal length over inverse depth, in 1/slopeUnit
	cost                 []uint8 // in 1/costUnit
}

const (
	slopeUnit = 4096
	costUnit  = 100
)

func packSlope(s float32) int16 { return int16(min(max(s*slopeUnit, -32767), 32767)) }

// load takes the planes of an earlier map, of this level or a coarser one.
func (m *matcher) load(d *depthMap, k pinhole, level int) {
	up := float32(int(1) << (d.level - level))
	kf, kg := float32(k.f)*slopeUnit, float32(k.g)*slopeUnit
	for y := range m.ref.h {
		for x := range m.ref.w {
			i := y*m.ref.w + x
			m.views[i] = 0xff
			if m.ref.unused != nil && m.ref.unused[i] {
				m.cost[i] = maxCost
				continue
			}
			px, py := (float32(x)+0.5)/up-0.5, (float32(y)+0.5)/up-0.5
			cx, cy := min(int(px+0.5), d.width-1), min(int(py+0.5), d.height-1)
			at := cy*d.width + cx
			w := d.w[at]
			wx, wy := float32(d.slope[2*at])*w/kf, float32(d.slope[2*at+1])*w/kg
			m.planes[i] = plane{w + wx*(px-float32(cx)) + wy*(py-float32(cy)), wx / up, wy / up}
			m.cost[i] = float32(d.cost[at]) / costUnit
		}
	}
}

// store gives the planes as a map, in the memory of an older one where it fits.
func (m *matcher) store(old *depthMap, level int) *depthMap {
	n := len(m.planes)
	d := old
	if d == nil || d.level != level {
		d = newMap(level, m.ref.w, m.ref.h)
	}
	for i := range n {
		p := m.planes[i]
		if !(p.w > 0) {
			d.w[i], d.slope[2*i], d.slope[2*i+1], d.cost[i] = 0, 0, 0, 0
			continue
		}
		d.w[i] = p.w
		d.slope[2*i] = packSlope(p.wx * float32(m.ref.k.f) / p.w)
		d.slope[2*i+1] = packSlope(p.wy * float32(m.ref.k.g) / p.w)
		d.cost[i] = uint8(min(m.cost[i]*costUnit, 255))
	}
	return d
}

func newMap(level, w, h int) *depthMap {
	n := w * h
	return &depthMap{level: level, width: w, height: h, w: make([]float32, n), slope: make([]int16, 2*n), cost: make([]uint8, n)}
}

const bytesPerPixel = 4 + 2*2 + 1

func (d *depthMap) encode() []byte {
	out := make([]byte, 0, len(d.w)*bytesPerPixel)
	for _, w := range d.w {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(w))
	}
	for _, s := range d.slope {
		out = binary.LittleEndian.AppendUint16(out, uint16(s))
	}
	return append(out, d.cost...)
}

// decodeMap gives nil for bytes that are not a map of that size.
func decodeMap(b []byte, level, w, h int) *depthMap {
	n := w * h
	if len(b) != n*bytesPerPixel {
		return nil
	}
	d := newMap(level, w, h)
	for i := range d.w {
		v := math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		if !(v >= 0 && v <= math.MaxFloat32) {
			return nil
		}
		d.w[i] = v
	}
	for i := range d.slope {
		d.slope[i] = int16(binary.LittleEndian.Uint16(b[4*n+2*i:]))
	}
	copy(d.cost, b[8*n:])
	return d
}
