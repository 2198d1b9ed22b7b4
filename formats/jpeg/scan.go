package jpeg

import (
	"bytes"
	"math"
)

// scanComponent is a component's part in a scan.
type scanComponent struct {
	*component
	dc, ac *huffman
}

// scan is the decoding of one scan, T.81 B.2.3.
type scan struct {
	bits
	comps                  []scanComponent // of room
	room                   [4]scanComponent
	progressive            bool
	ss, se, ah, al         uint
	maxCat                 uint // largest category of an AC coefficient
	dcLimit                int  // bound of a dequantised DC coefficient
	quant                  *[4][64]uint16
	eobRun                 int
	mcuIdx                 int64
	blocksAcross, mcusDown int
	sinceRestart           int
	rst                    byte // the restart marker that is due next
	closing                bool // all blocks are read, what ends the scan is not
	journal                *[]change
	tap                    *tap
	low                    *low // takes the coefficients of the block; nil when their values do not matter
}

// scan reads a scan header and the entropy-coded data that follows it.
func (w *walker) scan(at int64, seg []byte) error {
	if w.rep.Components == 0 {
		return w.damaged(at, "scan before a frame header")
	}
	if len(seg) < 1 || seg[0] < 1 || int(seg[0]) > w.rep.Components || len(seg) != 4+2*int(seg[0]) {
		return w.damaged(at, "scan header of %d bytes", len(seg))
	}
	if w.rep.DataB == 0 {
		w.rep.DataB = w.src.offset()
	}
	if w.markersOnly {
		w.skipping = true
		return nil
	}
	return w.scanHeader(at, seg)
}

func (w *walker) scanHeader(at int64, seg []byte) error {
	n := int(seg[0])
	p := seg[1+2*n:]
	w.cur = scan{
		progressive: w.rep.Progressive,
		ss:          uint(p[0]), se: uint(p[1]), ah: uint(p[2] >> 4), al: uint(p[2] & 15),
		maxCat:  uint(w.precision + 2),
		dcLimit: 1 << (w.precision + 3),
		quant:   &w.quant,
		journal: w.journal,
	}
	s := &w.cur
	s.src = w.src
	if s.progressive {
		if s.ss > s.se || s.se > 63 || s.ss == 0 && s.se != 0 || s.ss > 0 && n != 1 || s.ah > 13 || s.al > 13 || s.ah != 0 && s.ah != s.al+1 {
			return w.damaged(at, "scan of coefficients %d-%d, bits %d-%d", s.ss, s.se, s.ah, s.al)
		}
	} else {
		s.ss, s.se, s.ah, s.al = 0, 63, 0, 0 // some encoders write other values; they mean nothing here
	}
	blocks := 0
	for i := range n {
		id, td, ta := int(seg[1+2*i]), seg[2+2*i]>>4, seg[2+2*i]&15
		c := w.component(id)
		if c == nil || td > 3 || ta > 3 {
			return w.damaged(at, "scan of component %d with tables %d and %d", id, td, ta)
		}
		for _, o := range s.comps {
			if o.component == c {
				return w.damaged(at, "component %d twice in a scan", id)
			}
		}
		sc := scanComponent{c, w.huff[0][td], w.huff[1][ta]}
		needDC := s.ss == 0 && s.ah == 0
		needAC := s.se > 0
		if needDC && sc.dc == nil || needAC && sc.ac == nil {
			return w.damaged(at, "scan uses a Huffman table that is not defined")
		}
		if w.quant[c.tq][0] == 0 {
			return w.damaged(at, "component %d uses quantisation table %d, which is not defined", id, c.tq)
		}
		if s.progressive && s.ss > 0 && c.dcOnly {
			w.skipping = true
			return nil
		}
		if s.progressive && s.se > 0 && c.nonzero == nil {
			c.nonzero = make([]uint64, c.paddedW*w.mcusH*c.v)
		}
		blocks += c.h * c.v
		s.room[i] = sc
		s.comps = s.room[:i+1]
	}
	if n > 1 && blocks > 10 {
		return w.damaged(at, "%d blocks in an MCU", blocks)
	}
	s.blocksAcross, s.mcusDown = w.mcusW, w.mcusH
	if n == 1 {
		s.blocksAcross, s.mcusDown = s.comps[0].blocksW, s.comps[0].blocksH
	}
	if s.comps[0].index == 0 && s.ss == 0 && s.ah == 0 {
		s.tap = w.tap
		s.tap.begin(s)
	}
	s.restart()
	w.scanning = true
	return nil
}

func (w *walker) component(id int) *component {
	for i := range w.comps {
		if w.comps[i].id == id {
			return &w.comps[i]
		}
	}
	return nil
}

// runScan decodes the MCUs of a scan from where it stands, with their restart
// markers, and leaves the source at the marker behind it.
func (w *walker) runScan(s *scan) error {
	total := int64(s.blocksAcross) * int64(s.mcusDown)
	openEnd := w.rep.Height == 0
	if openEnd {
		total = math.MaxInt64 // DNL after the scan says how many lines there were
	}
	for ; s.mcuIdx < total && !s.closing; s.mcuIdx++ {
		if w.parking {
			w.park.keep(s)
		}
		if openEnd && s.mcuIdx > 0 {
			if s.fill(); s.end && s.n < 8 && !w.restartNext() {
				s.closing = true
				break
			}
		}
		if w.restartMCUs > 0 && s.sinceRestart == w.restartMCUs {
			if err := w.expectRestart(s, s.rst); err != nil {
				return err
			}
			s.rst, s.sinceRestart = (s.rst+1)&7, 0
			w.rep.SureB = w.src.offset()
		}
		if o := s.mcu(); o != fine {
			return w.broken(s, o)
		}
		s.sinceRestart++
	}
	if w.parking {
		w.park.keep(s)
	}
	if s.eobRun > 0 {
		return w.broken(s, overrun)
	}
	if err := w.intervalEnd(s); err != nil {
		return err
	}
	if b := w.src.peek(2); w.restartMCUs > 0 && b[0] == 0xFF && b[1] == mRST0+s.rst {
		w.src.skip(2) // some cameras close the last interval with a restart marker too
	}
	if openEnd {
		if err := w.numberOfLines(s); err != nil {
			return err
		}
	}
	w.scanning = false
	for _, c := range s.comps {
		c.dcSeen = c.dcSeen || s.ss == 0
	}
	w.rep.Scans++
	return nil
}

// broken places an error of the coded data.
func (w *walker) broken(s *scan, o outcome) error {
	at := w.src.offset() - int64(s.n/8)
	if o == noData && !w.src.need(2) {
		return w.truncated()
	}
	return w.damaged(at, "%v (block group %d of scan %d)", o, s.mcuIdx, w.rep.Scans+1)
}

// intervalEnd checks that the coded data ends here but for padding bits.
func (w *walker) intervalEnd(s *scan) error {
	s.fill()
	if s.n < 8 && s.end {
		if !w.src.need(2) {
			return w.truncated()
		}
		return nil
	}
	return w.damaged(w.src.offset()-int64(s.n/8), "coded data goes on after the last block of an interval")
}

func (w *walker) restartNext() bool {
	b := w.src.peek(2)
	return b != nil && b[0] == 0xFF && b[1] >= mRST0 && b[1] <= mRST7
}

// expectRestart reads RSTm in its order, T.81 F.2.2.5.
func (w *walker) expectRestart(s *scan, m byte) error {
	if s.eobRun > 0 {
		return w.broken(s, overrun)
	}
	if err := w.intervalEnd(s); err != nil {
		return err
	}
	at := w.src.offset()
	got, err := w.marker()
	if err != nil {
		return err
	}
	if got != mRST0+m {
		return w.damaged(at, "marker FF%02X where restart %d was due", got, m)
	}
	s.restart()
	return nil
}

// numberOfLines reads DNL, T.81 B.2.5.
func (w *walker) numberOfLines(s *scan) error {
	at := w.src.offset()
	m, err := w.marker()
	if err != nil {
		return err
	}
	if m != mDNL {
		return w.damaged(at, "picture of unknown height without number of lines")
	}
	seg, err := w.segment(at, m)
	if err != nil {
		return err
	}
	if len(seg) != 2 {
		return w.damaged(at, "number of lines of %d bytes", len(seg))
	}
	w.rep.Height = int(seg[0])<<8 | int(seg[1])
	w.layOut()
	if want := int64(w.mcusW) * int64(w.mcusH); len(s.comps) > 1 && want != s.mcuIdx {
		return w.damaged(at, "%d block groups where %d lines need %d", s.mcuIdx, w.rep.Height, want)
	}
	return nil
}

// skipScan steps over coded data that is not followed code by code.
func (w *walker) skipScan() error {
	src := w.src
	for {
		w.unit = src.offset()
		if !src.need(1) {
			return w.truncated()
		}
		i := bytes.IndexByte(src.buf[src.pos:], 0xFF)
		if i < 0 {
			src.pos = len(src.buf)
			continue
		}
		src.pos += i
		w.unit = src.offset()
		m := src.peek(2)
		if m == nil {
			src.skip(1)
			return w.truncated()
		}
		if m[1] == 0 || m[1] >= mRST0 && m[1] <= mRST7 {
			src.skip(2)
			continue
		}
		w.rep.Scans++
		w.skipping = false
		return nil
	}
}

func (s *scan) restart() {
	s.reset()
	s.eobRun = 0
	for _, c := range s.comps {
		c.pred = 0
	}
}

// mcu decodes one MCU: one block in a scan of one component, else h x v blocks
// of each, T.81 A.2.3.
func (s *scan) mcu() outcome {
	if len(s.comps) == 1 {
		c := &s.comps[0]
		x, y := int(s.mcuIdx)%max(s.blocksAcross, 1), int(s.mcuIdx)/max(s.blocksAcross, 1)
		o := s.block(c, y*c.paddedW+x)
		if s.tap != nil && o == fine {
			s.tap.luma(s, c, x, y == 0)
			s.tap.close(s)
		}
		return o
	}
	mx, my := int(s.mcuIdx)%s.blocksAcross, int(s.mcuIdx)/s.blocksAcross
	for i := range s.comps {
		c := &s.comps[i]
		for v := range c.v {
			for h := range c.h {
				if o := s.block(c, (my*c.v+v)*c.paddedW+mx*c.h+h); o != fine {
					return o
				}
				if s.tap != nil {
					s.tap.block(s, c, i, mx*c.h+h, v, my == 0)
				}
			}
		}
	}
	if s.tap != nil {
		s.tap.close(s)
	}
	return fine
}

func (s *scan) block(c *scanComponent, idx int) outcome {
	switch {
	case !s.progressive:
		if o := s.dcFirst(c); o != fine {
			return o
		}
		if s.tap != nil {
			return s.acValues(c)
		}
		return s.acSequential(c.ac)
	case s.ss == 0 && s.ah == 0:
		if s.tap != nil {
			s.tap.edges.reset()
		}
		return s.dcFirst(c)
	case s.ss == 0:
		if _, ok := s.take(1); !ok {
			return noData
		}
		return fine
	}
	// The bits are noted when the block is complete, so that it can be read again.
	was := c.nonzero[idx]
	now, o := was, fine
	if s.ah == 0 {
		o = s.acFirst(c.ac, &now)
	} else {
		o = s.acRefine(c.ac, &now)
	}
	if o == fine && now != was {
		if s.journal != nil {
			*s.journal = append(*s.journal, change{c.index, idx, was})
		}
		c.nonzero[idx] = now
	}
	return o
}

// dcFirst decodes a DC difference and holds the prediction to its range.
func (s *scan) dcFirst(c *scanComponent) outcome {
	t, o := s.symbol(c.dc)
	if o != fine {
		return o
	}
	if uint(t) > s.maxCat+1 {
		return badRange
	}
	v, ok := s.take(uint(t))
	if !ok {
		return noData
	}
	c.pred += extend(v, uint(t))
	q := int(s.quant[c.tq][0])
	if d := c.pred << s.al * q; d > s.dcLimit+q || -d > s.dcLimit+q {
		return badRange
	}
	return fine
}

// acSequential decodes the 63 AC coefficients of a block; their values do not
// matter, only that they fit.
func (s *scan) acSequential(h *huffman) outcome {
	acc, n := s.acc, s.n
	for k := uint(1); k <= 63; {
		if n < 32 {
			s.acc, s.n = acc, n
			s.fill()
			acc, n = s.acc, s.n
		}
		e := h.look[acc>>(64-lookBits)]
		l, sym := uint(e>>8), uint(e&0xFF)
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
		if l += cat; l > n {
			s.acc, s.n = acc, n
			return noData
		}
		acc <<= l
		n -= l
		if cat == 0 {
			if r != 15 {
				if r != 0 {
					s.acc, s.n = acc, n
					return outOfTurn
				}
				break
			}
			k += 16
			if k > 63 {
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
		k++
	}
	s.acc, s.n = acc, n
	return fine
}
