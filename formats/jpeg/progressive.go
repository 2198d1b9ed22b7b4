package jpeg

import bits64 "math/bits"

// acFirst decodes the first scan of a band, T.81 G.1.2.2, and notes which
// coefficients are not zero: later scans depend on it.
func (s *scan) acFirst(h *huffman, nonzero *uint64) outcome {
	if s.eobRun > 0 {
		s.eobRun--
		return fine
	}
	for k := s.ss; k <= s.se; k++ {
		sym, o := s.symbol(h)
		if o != fine {
			return o
		}
		r, cat := uint(sym>>4), uint(sym&15)
		if cat == 0 {
			if r < 15 {
				v, ok := s.take(r)
				if !ok {
					return noData
				}
				s.eobRun = 1<<r + int(v) - 1
				return fine
			}
			k += 15
			if k > s.se {
				return overrun
			}
			continue
		}
		if cat > s.maxCat {
			return badRange
		}
		if k += r; k > s.se {
			return overrun
		}
		v, ok := s.take(cat)
		if !ok {
			return noData
		}
		if s.low != nil {
			s.low.set(k, extend(v, cat)<<s.al)
		}
		*nonzero |= 1 << k
	}
	return fine
}

// acRefine decodes a refinement scan of a band, T.81 G.1.2.3.
func (s *scan) acRefine(h *huffman, nonzero *uint64) outcome {
	k := s.ss
	if s.eobRun == 0 {
		for k <= s.se {
			sym, o := s.symbol(h)
			if o != fine {
				return o
			}
			r, cat := uint(sym>>4), sym&15
			value := 1
			switch {
			case cat > 1:
				return outOfTurn
			case cat == 1:
				v, ok := s.take(1)
				if !ok {
					return noData
				}
				value = extend(v, 1)
			case r < 15:
				v, ok := s.take(r)
				if !ok {
					return noData
				}
				s.eobRun = 1<<r + int(v)
			}
			if s.eobRun > 0 {
				break
			}
			if k, o = s.correct(k, r, *nonzero); o != fine {
				return o
			}
			if k > s.se {
				return overrun
			}
			if cat == 1 {
				if s.low != nil {
					s.low.set(k, value*(1<<s.al))
				}
				*nonzero |= 1 << k
			}
			k++
		}
	}
	if s.eobRun > 0 && s.low != nil {
		if _, o := s.correct(k, 64, *nonzero); o != fine {
			return o
		}
		s.eobRun--
		return fine
	}
	if s.eobRun > 0 {
		// A correction bit for every coefficient left that is not zero.
		n := uint(bits64.OnesCount64(*nonzero >> k & (1<<(s.se+1-min(k, s.se+1)) - 1)))
		for n > 0 {
			m := min(n, 16)
			if _, ok := s.take(m); !ok {
				return noData
			}
			n -= m
		}
		s.eobRun--
	}
	return fine
}

// correct reads the correction bits of the coefficients from k on that are
// already not zero, and stops at the zero one after skipping zeros of them, or
// past the band.
func (s *scan) correct(k, zeros uint, nonzero uint64) (uint, outcome) {
	for ; k <= s.se; k++ {
		if nonzero>>k&1 != 0 {
			bit, ok := s.take(1)
			if !ok {
				return k, noData
			}
			if bit == 1 && s.low != nil {
				s.low.refine(k, s.al)
			}
			continue
		}
		if zeros == 0 {
			break
		}
		zeros--
	}
	return k, fine
}
