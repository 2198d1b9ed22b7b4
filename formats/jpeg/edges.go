package jpeg

import "math"

// noCost marks an MCU without a row above it.
const noCost = math.MaxUint16

// costUnit is how many units of a cost are one grey level.
const costUnit = 16

// tap watches how well each MCU of the picture fits the row above it: foreign
// data that happens to be valid code shows as a break in the picture. The idea of
// judging a splice by the pixels at its border is from A. Pal, H. Sencar and N.
// Memon, "Detecting file fragmentation point using sequential hypothesis testing",
// DFRWS 2008. Only the rows of samples at the edges of blocks are made.
type tap struct {
	costs  []uint16 // one an MCU of the first scan of the first component
	bottom []int16  // the last row of samples of the block row above, 8 a block
	dcs    [4][]int16
	edges  edges
	stage  [4][8]int16 // bottoms of the MCU under way
	stDC   [4][4]int16
	sum    int32
	parts  int32
	above  bool
}

// edges gathers the coefficients of a block into its first and last row: the
// vertical frequencies that are even have the same sign in both, the odd ones not.
type edges struct {
	even, odd [8]float32 // by horizontal frequency
	used      uint8      // a bit for each horizontal frequency that is not zero
}

func (e *edges) reset() { *e = edges{} }

// zigzag places, T.81 figure 5.
var (
	zigzag  [64]uint8 // place in a block, row by row, of the coefficient k
	weight  [64]float32
	cosines [8][8]float32
)

func init() {
	x, y := 0, 0
	for k := range 64 {
		zigzag[k] = uint8(8*y + x)
		c := 1.0
		if y == 0 {
			c = math.Sqrt2 / 2
		}
		weight[k] = float32(c * math.Cos(float64(y)*math.Pi/16) / 4)
		switch up := (x+y)%2 == 0; {
		case up && x == 7:
			y++
		case up && y == 0:
			x++
		case up:
			x, y = x+1, y-1
		case y == 7:
			x++
		case x == 0:
			y++
		default:
			x, y = x-1, y+1
		}
	}
	for u := range 8 {
		for x := range 8 {
			c := 1.0
			if u == 0 {
				c = math.Sqrt2 / 2
			}
			cosines[u][x] = float32(c * math.Cos(float64((2*x+1)*u)*math.Pi/16))
		}
	}
	fillSlots()
}

// add takes in coefficient k of the dequantised value f.
func (e *edges) add(k uint, f int) {
	z := zigzag[k&63]
	u := z & 7
	v := float32(f) * weight[k&63]
	if z>>3&1 == 0 {
		e.even[u] += v
	} else {
		e.odd[u] += v
	}
	e.used |= 1 << u
}

// rows makes the first and the last row of samples.
func (e *edges) rows(top, bottom *[8]int16) {
	var a, b [8]float32
	for u := range 8 {
		if e.used>>u&1 == 0 {
			continue
		}
		ev, od, c := e.even[u], e.odd[u], &cosines[u]
		for x := range 8 {
			a[x] += ev * c[x]
			b[x] += od * c[x]
		}
	}
	for x := range 8 {
		top[x] = int16(max(-512, min(512, a[x]+b[x])))
		bottom[x] = int16(max(-512, min(512, a[x]-b[x])))
	}
}

// begin makes room for a scan.
func (t *tap) begin(s *scan) {
	if t == nil {
		return
	}
	t.costs = t.costs[:0]
	for i := range s.comps {
		if n := s.comps[i].paddedW + s.comps[i].h; len(t.dcs[i]) < n {
			t.dcs[i] = make([]int16, n)
		}
	}
	if n := 8 * len(t.dcs[0]); len(t.bottom) < n {
		t.bottom = make([]int16, n)
	}
}

func abs(x int32) int32 { return max(x, -x) }

// luma takes in a block of the first component in a scan of it alone.
func (t *tap) luma(s *scan, c *scanComponent, x int, first bool) {
	var top [8]int16
	t.edges.rows(&top, &t.stage[0])
	t.above = !first
	if !first {
		t.match(&top, t.bottom[8*x:8*x+8])
	}
}

func (t *tap) match(top *[8]int16, above []int16) {
	var d int32
	for i, v := range top {
		d += abs(int32(v) - int32(above[i]))
	}
	t.sum += d * (costUnit / 8)
	t.parts++
}

// block takes in block x of component i of an MCU; v is its row in the MCU.
func (t *tap) block(s *scan, c *scanComponent, i, x, v int, first bool) {
	h := x % c.h
	if i == 0 {
		var top, bottom [8]int16
		if v == 0 || v == c.v-1 {
			t.edges.rows(&top, &bottom)
		}
		if v == 0 {
			t.above = !first
			if !first {
				t.match(&top, t.bottom[8*x:8*x+8])
			}
		}
		if v == c.v-1 {
			t.stage[h] = bottom
		}
		return
	}
	if i > 2 {
		return
	}
	dc := int16(max(-512, min(512, c.pred<<s.al*int(s.quant[c.tq][0])/8)))
	if v == 0 && !first {
		t.sum += abs(int32(dc)-int32(t.dcs[i][x])) * costUnit / 2
	}
	t.stDC[i][h] = dc
}

// close notes the cost of an MCU that is complete.
func (t *tap) close(s *scan) {
	cost := uint16(noCost)
	if t.above {
		cost = uint16(min(t.sum/max(t.parts, 1), noCost-1))
	}
	t.costs = append(t.costs, cost)
	t.sum, t.parts = 0, 0
	if len(s.comps) == 1 {
		x := int(s.mcuIdx) % s.blocksAcross
		copy(t.bottom[8*x:], t.stage[0][:])
		return
	}
	mx := int(s.mcuIdx) % s.blocksAcross
	for i := range s.comps {
		c := &s.comps[i]
		for h := range c.h {
			x := mx*c.h + h
			if i == 0 {
				copy(t.bottom[8*x:], t.stage[h][:])
			} else {
				t.dcs[i][x] = t.stDC[i][h]
			}
		}
	}
}

// forget drops what an MCU that was not completed left.
func (t *tap) forget() {
	if t != nil {
		t.sum, t.parts = 0, 0
	}
}

// acValues decodes the AC coefficients of a block like acSequential, and their
// values for the tap. dcFirst came before it.
func (s *scan) acValues(c *scanComponent) outcome {
	e := &s.tap.edges
	e.reset()
	if c.index != 0 {
		return s.acSequential(c.ac)
	}
	q := &s.quant[c.tq]
	e.add(0, c.pred*int(q[0]))
	h := c.ac
	acc, n := s.acc, s.n
	for k := uint(1); k <= 63; {
		if n < 32 {
			s.acc, s.n = acc, n
			s.fill()
			acc, n = s.acc, s.n
		}
		w := h.look[acc>>(64-lookBits)]
		l, sym := uint(w>>8), uint(w&0xFF)
		if l == 0 {
			var b byte
			if b, l = h.long(uint32(acc >> 48)); l == 0 {
				s.acc, s.n = acc, n
				if n < 16 {
					return noData
				}
				return badCode
			}
			sym = uint(b)
		}
		r, cat := sym>>4, sym&15
		if l+cat > n {
			s.acc, s.n = acc, n
			return noData
		}
		acc <<= l
		v := uint32(acc >> 32 >> (32 - cat))
		acc <<= cat
		n -= l + cat
		if cat == 0 {
			if r != 15 {
				if r != 0 {
					s.acc, s.n = acc, n
					return outOfTurn
				}
				break
			}
			if k += 16; k > 63 {
				s.acc, s.n = acc, n
				return overrun
			}
			continue
		}
		if k += r; k > 63 || cat > s.maxCat {
			s.acc, s.n = acc, n
			if k > 63 {
				return overrun
			}
			return badRange
		}
		e.add(k, extend(v, cat)*int(q[k]))
		k++
	}
	s.acc, s.n = acc, n
	return fine
}
