package h26x

// Following is what came of following the codes of a slice.
type Following int

// What following a slice can come to.
const (
	NotFollowed Following = iota // coded in a way that is not read here
	Followed                     // every code valid up to the stop bit, behind the picture's last macroblock
	Part                         // the same, but further slices of the picture must follow
	Wrong                        // a code is invalid, or the picture does not end where the data does
)

// follower reads the macroblocks of one slice coded with CAVLC (7.3.4, 7.3.5).
type follower struct {
	*bitReader
	s       sps
	p       pps
	codes   *cavlcCodes
	inter   bool
	refs    uint32
	first   int
	at      int
	left    int        // macroblock on the left, of this slice; -1 for none
	above   int        // the same
	luma    [][16]byte // coefficients of the blocks of each macroblock
	chroma  [][2][4]byte
	decoded []bool
}

// followSlice follows an I or P slice of frames coded with CAVLC. body is the unit
// behind its header. endB is where the slice ends in body when it was followed,
// else about where it went wrong.
func followSlice(s sps, p pps, unitType int, ref byte, body []byte) (f Following, endB int) {
	if p.cabac || !s.frameOnly || s.chroma != 1 || s.bitDepth != 8 || p.groups != 1 || s.wideMB*s.highMB > 1<<16 {
		return NotFollowed, 0
	}
	x := &follower{bitReader: newBits(body), s: s, p: p, codes: cavlc()}
	ok, read := x.header(unitType, ref)
	if !read {
		return NotFollowed, 0
	}
	if !ok || x.first >= s.wideMB*s.highMB {
		return Wrong, x.place(body)
	}
	n := s.wideMB * s.highMB
	x.luma, x.chroma, x.decoded = make([][16]byte, n), make([][2][4]byte, n), make([]bool, n)
	if !x.data(n) {
		return Wrong, x.place(body)
	}
	// the stop bit and zeros to the end of its byte
	if !x.flag() || x.bits(x.n%8) != 0 || x.over {
		return Wrong, x.place(body)
	}
	if x.at < n {
		return Part, x.place(body)
	}
	return Followed, x.place(body)
}

// place is how many bytes of body were read.
func (x *follower) place(body []byte) int {
	n := x.loaded - x.n/8
	zero := 0
	for i, c := range body {
		if n == 0 {
			return i
		}
		if zero >= 2 && c == 3 {
			zero = 0
			continue
		}
		if zero++; c != 0 {
			zero = 0
		}
		n--
	}
	return len(body)
}

// header reads the slice header (7.3.3). read is false for slices of other kinds.
func (x *follower) header(unitType int, ref byte) (ok, read bool) {
	x.first = int(x.ue())
	kind := x.ue() % 5
	x.ue()
	if kind != 0 && kind != 2 {
		return true, false
	}
	x.inter = kind == 0
	x.bits(x.s.frameNumBits)
	if unitType == avcIDR {
		x.ue()
	}
	if x.s.pocType == 0 {
		x.bits(x.s.pocBits)
		if x.p.bottomPOC {
			x.se()
		}
	} else if x.s.pocType == 1 && !x.s.deltaPOCZero {
		x.se()
		if x.p.bottomPOC {
			x.se()
		}
	}
	if x.p.redundant {
		x.ue()
	}
	if x.inter {
		if x.refs = x.p.refs[0]; x.flag() {
			x.refs = x.ue() + 1
		}
		if x.refs > 32 || !x.reorder() {
			return false, true
		}
		if x.p.weighted {
			x.weights()
		}
	}
	if ref != 0 && !x.marking(unitType == avcIDR) {
		return false, true
	}
	if qp := x.se(); qp < -51 || qp > 51 {
		return false, true
	}
	if x.p.deblocking {
		switch d := x.ue(); {
		case d > 2:
			return false, true
		case d != 1:
			if a, b := x.se(), x.se(); a < -6 || a > 6 || b < -6 || b > 6 {
				return false, true
			}
		}
	}
	return !x.over, true
}

func (x *follower) reorder() bool {
	if !x.flag() {
		return true
	}
	for range 66 {
		op := x.ue()
		if op == 3 {
			return true
		}
		if op > 2 || x.over {
			return false
		}
		x.ue()
	}
	return false
}

func (x *follower) weights() {
	x.ue()
	x.ue()
	for range x.refs {
		if x.flag() {
			x.se()
			x.se()
		}
		if x.flag() {
			for range 4 {
				x.se()
			}
		}
	}
}

func (x *follower) marking(idr bool) bool {
	if idr {
		x.bits(2)
		return true
	}
	if !x.flag() {
		return true
	}
	for range 66 {
		op := x.ue()
		switch {
		case op == 0:
			return true
		case op > 6 || x.over:
			return false
		case op == 3:
			x.ue()
			x.ue()
		case op != 5:
			x.ue()
		}
	}
	return false
}

// data reads the macroblocks up to the last one of the picture, or to where the
// unit ends.
func (x *follower) data(n int) bool {
	for x.at = x.first; x.at < n; x.at++ {
		if x.inter {
			run := x.ue()
			if x.over || run > uint32(n-x.at) {
				return false
			}
			for range run {
				x.decoded[x.at] = true
				x.at++
			}
			if x.at == n {
				return true
			}
			if run > 0 && !x.more() {
				return true
			}
		}
		if !x.macroblock() {
			return false
		}
		x.decoded[x.at] = true
		if x.at+1 < n && !x.more() {
			return true // at the last macroblock of the slice
		}
	}
	return true
}

// macroblock reads one (7.3.5).
func (x *follower) macroblock() bool {
	kind := x.ue()
	if x.inter {
		if kind < 5 {
			return x.interBlock(kind)
		}
		kind -= 5
	}
	switch {
	case kind == 0:
		return x.intraBlock()
	case kind <= 24:
		if x.ue() > 3 { // chroma prediction
			return false
		}
		pattern := (kind - 1) / 4 % 3 << 4
		if kind > 12 {
			pattern |= 15
		}
		return x.residual(pattern, true)
	case kind == 25: // samples as they are
		x.skip(x.n % 8)
		for range 384 {
			x.bits(8)
		}
		for i := range x.luma[x.at] {
			x.luma[x.at][i] = 16
		}
		x.chroma[x.at] = [2][4]byte{{16, 16, 16, 16}, {16, 16, 16, 16}}
		return !x.over
	}
	return false
}

func (x *follower) intraBlock() bool {
	blocks := 16
	if x.p.transform8x8 && x.flag() {
		blocks = 4
	}
	for range blocks {
		if !x.flag() {
			x.bits(3)
		}
	}
	if x.ue() > 3 {
		return false
	}
	code := x.ue()
	if code > 47 {
		return false
	}
	return x.residual(uint32(intraPattern[code]), false)
}

func (x *follower) interBlock(kind uint32) bool {
	parts, vectors, whole := 2, 2, true
	switch kind {
	case 0:
		parts, vectors = 1, 1
	case 3, 4:
		parts, vectors = 4, 0
		for range 4 {
			sub := x.ue()
			if sub > 3 {
				return false
			}
			vectors += [...]int{1, 2, 2, 4}[sub]
			whole = whole && sub == 0
		}
	}
	if x.refs > 1 && kind != 4 {
		for range parts {
			if x.refs == 2 {
				x.flag()
			} else if x.ue() >= x.refs {
				return false
			}
		}
	}
	for range 2 * vectors {
		if v := x.se(); v < -1<<15 || v > 1<<15 {
			return false
		}
	}
	code := x.ue()
	if code > 47 {
		return false
	}
	pattern := uint32(interPattern[code])
	if pattern&15 != 0 && x.p.transform8x8 && whole {
		x.flag()
	}
	return x.residual(pattern, false)
}

// residual reads the coefficients of a macroblock (7.3.5.3).
func (x *follower) residual(pattern uint32, sixteen bool) bool {
	if pattern == 0 && !sixteen {
		return !x.over
	}
	if qp := x.se(); qp < -26 || qp > 25 || x.over {
		return false
	}
	x.beside()
	if sixteen {
		if _, ok := x.block(x.near(0), 16); !ok {
			return false
		}
	}
	for b := range 16 {
		if pattern>>(b/4)&1 == 0 {
			continue
		}
		limit := 16
		if sixteen {
			limit = 15
		}
		n, ok := x.block(x.near(b), limit)
		if !ok {
			return false
		}
		x.luma[x.at][b] = byte(n)
	}
	if pattern>>4 != 0 {
		for range 2 {
			if _, ok := x.block(-1, 4); !ok {
				return false
			}
		}
	}
	if pattern>>5 != 0 {
		for c := range 2 {
			for b := range 4 {
				n, ok := x.block(x.nearChroma(c, b), 15)
				if !ok {
					return false
				}
				x.chroma[x.at][c][b] = byte(n)
			}
		}
	}
	return true
}

// Blocks of a macroblock in coding order by place, and places of blocks (6.4.3).
var (
	blockX = [16]int{0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3}
	blockY = [16]int{0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3}
	blockN = [4][4]int{{0, 1, 4, 5}, {2, 3, 6, 7}, {8, 9, 12, 13}, {10, 11, 14, 15}} // [y][x]
)

// beside finds the neighbours of the macroblock.
func (x *follower) beside() {
	x.left, x.above = -1, -1
	if x.at%x.s.wideMB > 0 && x.decoded[x.at-1] {
		x.left = x.at - 1
	}
	if x.at >= x.s.wideMB && x.decoded[x.at-x.s.wideMB] {
		x.above = x.at - x.s.wideMB
	}
}

// near is nC of a luma block: the mean of what its neighbours have (9.2.1).
func (x *follower) near(b int) int {
	bx, by := blockX[b], blockY[b]
	a, t := -1, -1
	if bx > 0 {
		a = int(x.luma[x.at][blockN[by][bx-1]])
	} else if m := x.left; m >= 0 {
		a = int(x.luma[m][blockN[by][3]])
	}
	if by > 0 {
		t = int(x.luma[x.at][blockN[by-1][bx]])
	} else if m := x.above; m >= 0 {
		t = int(x.luma[m][blockN[3][bx]])
	}
	return mean(a, t)
}

func (x *follower) nearChroma(c, b int) int {
	a, t := -1, -1
	if b&1 == 1 {
		a = int(x.chroma[x.at][c][b-1])
	} else if m := x.left; m >= 0 {
		a = int(x.chroma[m][c][b+1])
	}
	if b >= 2 {
		t = int(x.chroma[x.at][c][b-2])
	} else if m := x.above; m >= 0 {
		t = int(x.chroma[m][c][b+2])
	}
	return mean(a, t)
}

func mean(a, b int) int {
	switch {
	case a >= 0 && b >= 0:
		return (a + b + 1) / 2
	case a >= 0:
		return a
	case b >= 0:
		return b
	}
	return 0
}

// block reads one block of coefficients (7.3.5.3.2, 9.2). near is nC, -1 for the
// chroma DC. It returns how many coefficients it has.
func (x *follower) block(near, limit int) (total int, ok bool) {
	ones := 0
	if near >= 8 {
		v := int(x.bits(6))
		if total, ones = v>>2+1, v&3; v == 3 {
			total, ones = 0, 0
		}
		if ones > total {
			return 0, false
		}
	} else {
		i := 3
		if near >= 0 {
			i = [...]int{0, 0, 1, 1, 2, 2, 2, 2}[near]
		}
		v, ok := x.codes.token[i].get(x.bitReader)
		if !ok {
			return 0, false
		}
		total, ones = v>>2, v&3
	}
	if total > limit {
		return 0, false
	}
	if total == 0 {
		return 0, !x.over
	}
	if !x.levels(total, ones) {
		return 0, false
	}
	left := 0
	if total < limit {
		t := &x.codes.zeros[total-1]
		if near < 0 {
			t = &x.codes.chromaZeros[total-1]
		}
		if left, ok = t.get(x.bitReader); !ok || left > limit-total {
			return 0, false
		}
	}
	for i := 1; i < total && left > 0; i++ {
		run, ok := x.codes.run[min(left, 7)-1].get(x.bitReader)
		if !ok || run > left {
			return 0, false
		}
		left -= run
	}
	return total, !x.over
}

// levels reads the values of coefficients (9.2.2).
func (x *follower) levels(total, ones int) bool {
	x.bits(ones)
	most := 25
	if x.s.profile < 100 {
		most = 15
	}
	suffixB := 0
	if total > 10 && ones < 3 {
		suffixB = 1
	}
	for i := ones; i < total; i++ {
		prefix, ok := x.zeros(most)
		if !ok {
			return false
		}
		code := min(prefix, 15) << suffixB
		n := suffixB
		if prefix == 14 && suffixB == 0 {
			n = 4
		} else if prefix >= 15 {
			n = prefix - 3
		}
		code += int(x.bits(n))
		if prefix >= 15 && suffixB == 0 {
			code += 15
		}
		if prefix >= 16 {
			code += 1<<(prefix-3) - 4096
		}
		if i == ones && ones < 3 {
			code += 2
		}
		size := (code + 2) / 2
		if code&1 == 1 {
			size = (code + 1) / 2
		}
		if suffixB == 0 {
			suffixB = 1
		}
		if size > 3<<(suffixB-1) && suffixB < 6 {
			suffixB++
		}
	}
	return !x.over
}
