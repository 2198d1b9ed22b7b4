package jpeg

// low takes in the coefficients of one block that a preview uses.
type low struct {
	slot *[64]int8
	at   []int16
}

func (l *low) set(k uint, v int) {
	if i := l.slot[k&63]; i >= 0 {
		l.at[i] = int16(v)
	}
}

// refine adds a bit to a coefficient that is not zero.
func (l *low) refine(k uint, al uint) {
	i := l.slot[k&63]
	if i < 0 {
		return
	}
	if l.at[i] >= 0 {
		l.at[i] += 1 << al
	} else {
		l.at[i] -= 1 << al
	}
}

// scan decodes a scan for the preview, from its first MCU on.
func (p *preview) scan(s *scan) error {
	w := &p.w
	total := int64(s.blocksAcross) * int64(s.mcusDown)
	first := s.ss == 0 && s.ah == 0
	if first {
		for _, c := range s.comps {
			pl := &p.planes[c.index]
			pl.done, pl.total, pl.interleaved, pl.al = 0, total, len(s.comps) > 1, s.al
		}
	}
	var o outcome
	for ; s.mcuIdx < total; s.mcuIdx++ {
		if w.restartMCUs > 0 && s.sinceRestart == w.restartMCUs {
			if err := w.expectRestart(s, s.rst); err != nil {
				return err
			}
			s.rst, s.sinceRestart = (s.rst+1)&7, 0
		}
		if o = p.mcu(s); o != fine {
			break
		}
		s.sinceRestart++
		if first {
			for i := range s.comps {
				p.planes[s.comps[i].index].done = s.mcuIdx + 1
			}
		}
	}
	if o != fine {
		return w.broken(s, o)
	}
	if s.progressive && s.ss == 0 {
		for _, c := range s.comps {
			p.planes[c.index].al = s.al
		}
	}
	if p.enough() {
		return nil
	}
	if err := w.intervalEnd(s); err != nil {
		return err
	}
	if b := w.src.peek(2); w.restartMCUs > 0 && b[0] == 0xFF && b[1] == mRST0+s.rst {
		w.src.skip(2)
	}
	if b := w.src.peek(2); b != nil && b[0] == 0xFF && b[1] == mDNL {
		if err := w.numberOfLines(s); err != nil {
			return err
		}
	}
	for _, c := range s.comps {
		c.dcSeen = c.dcSeen || s.ss == 0
	}
	w.rep.Scans++
	return nil
}

func (p *preview) mcu(s *scan) outcome {
	if len(s.comps) == 1 {
		c := &s.comps[0]
		return p.block(s, c, int(s.mcuIdx)%s.blocksAcross, int(s.mcuIdx)/s.blocksAcross)
	}
	mx, my := int(s.mcuIdx)%s.blocksAcross, int(s.mcuIdx)/s.blocksAcross
	for i := range s.comps {
		c := &s.comps[i]
		for v := range c.v {
			for h := range c.h {
				if o := p.block(s, c, mx*c.h+h, my*c.v+v); o != fine {
					return o
				}
			}
		}
	}
	return fine
}

// block decodes block x of row y of a component.
func (p *preview) block(s *scan, c *scanComponent, x, y int) outcome {
	pl := &p.planes[c.index]
	if y >= pl.rows {
		return noData // there is memory for more than the data can hold
	}
	if !s.progressive {
		return p.sequential(s, c, pl, pl.pix[y*pl.n*pl.stride+x*pl.n:])
	}
	idx := y*c.paddedW + x
	nn := pl.n * pl.n
	at := pl.coef[idx*nn : idx*nn+nn]
	switch {
	case s.ss == 0 && s.ah == 0:
		o := s.dcFirst(c)
		if o == fine {
			at[0] = int16(c.pred << s.al)
		}
		return o
	case s.ss == 0:
		bit, ok := s.take(1)
		if !ok {
			return noData
		}
		at[0] |= int16(bit << s.al)
		return fine
	}
	s.low = &p.low
	p.low.slot, p.low.at = pl.slot, at
	if s.ah == 0 {
		return s.acFirst(c.ac, &c.nonzero[idx])
	}
	return s.acRefine(c.ac, &c.nonzero[idx])
}

// sequential decodes a block of a sequential scan and writes its samples.
func (p *preview) sequential(s *scan, c *scanComponent, pl *plane, pix []uint8) outcome {
	if o := s.dcFirst(c); o != fine {
		return o
	}
	q := &s.quant[c.tq]
	shift := uint(p.w.precision - 8)
	if pl.n == 1 {
		o := s.acSequential(c.ac)
		if o == fine {
			pix[0] = sample(float32(c.pred*int(q[0]))/8, shift)
		}
		return o
	}
	f := &p.block64
	clear(f[:pl.n*pl.n])
	f[0] = float32(c.pred * int(q[0]))
	flat, o := s.acLow(c.ac, pl, q, f)
	if o == fine {
		writeBlock(f, pl.n, flat, shift, pix, pl.stride)
	}
	return o
}

// acLow decodes the AC coefficients of a block like acSequential and keeps those
// that pl uses, dequantised, in f; flat says that all of them are zero.
func (s *scan) acLow(h *huffman, pl *plane, q *[64]uint16, f *[64]float32) (flat bool, o outcome) {
	flat = true
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
					return flat, noData
				}
				return flat, badCode
			}
			sym = uint(b)
		}
		r, cat := sym>>4, sym&15
		if l+cat > n {
			s.acc, s.n = acc, n
			return flat, noData
		}
		if cat == 0 {
			acc <<= l
			n -= l
			if r == 15 {
				if k += 16; k > 63 {
					s.acc, s.n = acc, n
					return flat, overrun
				}
				continue
			}
			if r != 0 {
				s.acc, s.n = acc, n
				return flat, outOfTurn
			}
			break
		}
		if k += r; k > 63 || cat > s.maxCat {
			s.acc, s.n = acc, n
			if k > 63 {
				return flat, overrun
			}
			return flat, badRange
		}
		if i := pl.slot[k]; i >= 0 {
			v := uint32(acc << l >> 32 >> (32 - cat))
			f[i&63] = float32(extend(v, cat) * int(q[k]))
			flat = false
		}
		acc <<= l + cat
		n -= l + cat
		k++
	}
	s.acc, s.n = acc, n
	return flat, fine
}

// transform makes the samples of a progressive picture from its coefficients.
func (p *preview) transform() {
	w := &p.w
	for i := range w.comps {
		c, pl := &w.comps[i], &p.planes[i]
		if pl.coef == nil {
			continue
		}
		q, nn := &w.quant[c.tq], pl.n*pl.n
		var scale [64]float32
		for k := range 64 {
			if j := pl.slot[k]; j >= 0 {
				scale[j] = float32(q[k])
			}
		}
		f := &p.block64
		for y := range pl.rows {
			for x := range c.paddedW {
				at := pl.coef[(y*c.paddedW+x)*nn:][:nn]
				flat := true
				for j, v := range at {
					f[j] = float32(v) * scale[j]
					flat = flat && (j == 0 || v == 0)
				}
				writeBlock(f, pl.n, flat, uint(w.precision-8), pl.pix[y*pl.n*pl.stride+x*pl.n:], pl.stride)
			}
		}
	}
}

// reach is how many blocks of row y were decoded, from its beginning on: blocks
// come in the order of rows, or of rows of MCUs.
func (pl *plane) reach(c *component, mcusW, y int) int {
	switch {
	case pl.total == 0 || y >= pl.rows:
		return 0
	case pl.interleaved:
		return int(max(0, min(int64(mcusW), pl.done-int64(y/c.v)*int64(mcusW)))) * c.h
	}
	n := max(0, pl.done-int64(y)*int64(c.blocksW))
	if n >= int64(c.blocksW) {
		return c.paddedW // those that fill the last MCU are outside the picture
	}
	return int(n)
}
