package h26x

// sps is what of a sequence parameter set the checks need.
type sps struct {
	profile        uint32
	width, height  int // in samples
	wideMB, highMB int
	chroma         uint32
	separate       bool
	frameNumBits   int
	pocType        uint32
	pocBits        int
	deltaPOCZero   bool
	frameOnly      bool
	direct8x8      bool
	bitDepth       uint32
}

// pps is what of a picture parameter set the checks need.
type pps struct {
	sps          uint32
	cabac        bool
	bottomPOC    bool
	groups       uint32
	refs         [2]uint32
	weighted     bool
	bipred       uint32
	deblocking   bool
	redundant    bool
	transform8x8 bool
}

// parseSPS reads an AVC sequence parameter set behind its header (7.3.2.1.1).
func parseSPS(b []byte) (id uint32, s sps, ok bool) {
	r := newBits(b)
	s.profile = r.bits(8)
	r.bits(8) // constraints
	level := r.bits(8)
	id = r.ue()
	s.chroma, s.bitDepth = 1, 8
	switch s.profile {
	case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135:
		if s.chroma = r.ue(); s.chroma == 3 {
			s.separate = r.flag()
		}
		s.bitDepth = 8 + r.ue()
		if s.chroma > 3 || s.bitDepth > 14 || r.ue() > 6 {
			return 0, s, false
		}
		r.flag()
		if r.flag() { // scaling matrix
			n := 8
			if s.chroma == 3 {
				n = 12
			}
			for i := range n {
				if r.flag() {
					skipScaling(r, 16+48*min(1, i/6))
				}
			}
		}
	case 66, 77, 88:
	default:
		return 0, s, false
	}
	s.frameNumBits = int(r.ue()) + 4
	if s.pocType = r.ue(); s.pocType == 0 {
		s.pocBits = int(r.ue()) + 4
	} else if s.pocType == 1 {
		s.deltaPOCZero = r.flag()
		r.se()
		r.se()
		n := r.ue()
		for i := uint32(0); i < n && i < 256 && !r.over; i++ {
			r.se()
		}
	}
	refs := r.ue()
	r.flag()
	s.wideMB = int(r.ue()) + 1
	s.highMB = int(r.ue()) + 1
	if s.frameOnly = r.flag(); !s.frameOnly {
		s.highMB *= 2
		r.flag()
	}
	s.direct8x8 = r.flag()
	s.width, s.height = s.wideMB*16, s.highMB*16
	if r.flag() { // cropping, in units of chroma samples
		l, rt, t, bt := r.ue(), r.ue(), r.ue(), r.ue()
		if l > 4096 || rt > 4096 || t > 4096 || bt > 4096 {
			return 0, s, false
		}
		w, h := 2, 2
		if s.chroma == 3 || s.chroma == 0 {
			w = 1
		}
		if s.chroma != 1 {
			h = 1
		}
		if !s.frameOnly {
			h *= 2
		}
		s.width -= int(l+rt) * w
		s.height -= int(t+bt) * h
	}
	ok = !r.over && level >= 9 && level <= 62 && id <= 31 && s.frameNumBits <= 16 && s.pocType <= 2 && s.pocBits <= 16 && refs <= 16 &&
		s.wideMB <= 1024 && s.highMB <= 1024 && s.width > 0 && s.height > 0
	return id, s, ok
}

func skipScaling(r *bitReader, n int) {
	last, next := int32(8), int32(8)
	for i := 0; i < n && !r.over; i++ {
		if next != 0 {
			next = (last + r.se() + 256) % 256
		}
		if next != 0 {
			last = next
		}
	}
}

// parsePPS reads an AVC picture parameter set behind its header (7.3.2.2).
func parsePPS(b []byte) (id uint32, p pps, ok bool) {
	r := newBits(b)
	id, p.sps = r.ue(), r.ue()
	p.cabac, p.bottomPOC = r.flag(), r.flag()
	p.groups = r.ue() + 1
	if p.groups > 1 {
		return id, p, !r.over && id <= 255 && p.sps <= 31 && p.groups <= 8
	}
	p.refs[0], p.refs[1] = r.ue()+1, r.ue()+1
	p.weighted, p.bipred = r.flag(), r.bits(2)
	qp, qs, cqp := r.se(), r.se(), r.se()
	p.deblocking = r.flag()
	r.flag()
	p.redundant = r.flag()
	if r.more() {
		p.transform8x8 = r.flag()
	}
	ok = !r.over && id <= 255 && p.sps <= 31 && p.refs[0] <= 32 && p.refs[1] <= 32 && p.bipred <= 2 &&
		qp >= -62 && qp <= 25 && qs >= -26 && qs <= 25 && cqp >= -12 && cqp <= 12
	return id, p, ok
}

// parseHEVCSPS reads an HEVC sequence parameter set behind its header (7.3.2.2.1)
// up to the size of pictures.
func parseHEVCSPS(b []byte) (id uint32, width, height int, ok bool) {
	r := newBits(b)
	r.bits(4)
	layers := r.bits(3)
	r.flag()
	r.bits(8) // profile
	r.bits(32)
	r.bits(32)
	r.bits(16)
	level := r.bits(8)
	var profile, lev [8]bool
	for i := range layers {
		profile[i], lev[i] = r.flag(), r.flag()
	}
	if layers > 0 {
		for range 8 - layers {
			r.bits(2)
		}
	}
	for i := range layers {
		if profile[i] {
			r.bits(32)
			r.bits(32)
			r.bits(24)
		}
		if lev[i] {
			r.bits(8)
		}
	}
	id = r.ue()
	chroma := r.ue()
	if chroma == 3 {
		r.flag()
	}
	w, h := r.ue(), r.ue()
	ok = !r.over && layers <= 6 && level > 0 && id <= 15 && chroma <= 3 && w > 0 && h > 0 && w <= 16888 && h <= 16888
	return id, int(w), int(h), ok
}
