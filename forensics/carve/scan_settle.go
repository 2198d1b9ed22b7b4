package carve

import (
	"fmt"
	"slices"

	"firescene/forensics"
)

// settler takes the candidates in order of place and decides which are finds.
type settler struct {
	c    *carver
	emit func(Find) error
	out  []*Find // in order; not emitted, as one before may still be cut
	open []*Find // accepted and reaching to the place that is looked at
	// since are the accepted finds that reach past the last safe place.
	since []*Find
	last  int64 // the last safe place
	heldB int64 // data of the finds in out
	// spentB is what was decoded of layers in the region of the image that is
	// looked at.
	spentB, region int64
}

// next settles one candidate.
func (s *settler) next(k *candidate) error {
	if err := s.c.ctx.Err(); err != nil {
		return err
	}
	if err := s.flush(k.off); err != nil {
		return err
	}
	if !s.needed(k) {
		s.c.skip(k)
		return nil
	}
	res := s.c.result(k)
	if res.err != nil {
		return res.err
	}
	if k.isLayer() {
		if res.find.LengthB == 0 {
			return nil
		}
		return s.layer(k)
	}
	if res.find.LengthB > 0 {
		s.place(&res.find)
	}
	return nil
}

// needed reports whether a candidate could become a find.
func (s *settler) needed(k *candidate) bool {
	for _, a := range s.open {
		if k.off >= a.OffsetB+a.hardB() || k.isLayer() && k.off == a.OffsetB {
			continue
		}
		if a.State != forensics.Whole || !a.holds() {
			return false
		}
		if a.unsure() && !k.isLayer() && k.off%s.c.opts.SectorB == 0 {
			continue
		}
		if !k.mayBePicture() {
			return false
		}
	}
	return true
}

// place accepts a find or drops it, by the finds that it begins in.
func (s *settler) place(f *Find) {
	var cut []*Find
	var in *Find
	for _, a := range s.open {
		switch {
		case a.unsure() && f.refutes(a):
			cut = append(cut, a)
		case f.OffsetB < a.OffsetB+a.hardB():
			if !f.strong() || !pictures[f.Type.Name] {
				return
			}
			in = a
		case a.State == forensics.Whole:
			if !f.strong() {
				return
			}
			cut = append(cut, a)
		case f.State == forensics.Whole || f.Aligned && f.SureB > 0:
			// an embedded file does not end the file that it may be embedded in
			if f.Aligned || !a.Aligned {
				cut = append(cut, a)
			}
		default:
			return
		}
	}
	for _, a := range cut {
		a.cut(f)
		for _, x := range s.out {
			if x.in == a {
				x.in = nil
			}
		}
	}
	if in != nil {
		f.in = in
		if f.Aligned {
			in.previews++
		}
	}
	s.open = append(s.open, f)
	s.since = append(s.since, f)
	s.out = append(s.out, f)
}

// cut ends a find where another one begins in its unproved part.
func (a *Find) cut(by *Find) {
	n := by.OffsetB - a.OffsetB
	what := fmt.Sprintf("; a %s begins at byte %d of it", by.Type.Name, n)
	if a.State == forensics.Whole {
		a.State, a.SureB = forensics.Partial, 0
		a.NeedB = a.LengthB
		a.Confidence = min(a.Confidence, 0.4)
	}
	a.Reason += what
	a.LengthB = n
	if a.FailB == 0 || a.FailB > n {
		a.FailB = n
	}
	a.SureB = min(a.SureB, n)
}

// flush emits what can not change any more once the candidates before at are
// settled.
func (s *settler) flush(at int64) error {
	keep := s.open[:0]
	for _, a := range s.open {
		if a.OffsetB+a.LengthB > at {
			keep = append(keep, a)
		}
	}
	clear(s.open[len(keep):])
	s.open = keep
	n := 0
	for _, f := range s.out {
		if f.ImageB() >= at {
			break // a layer that begins there, too, tells what it holds
		}
		if s.heldB <= maxHeldB && len(f.Path) == 0 && f.OffsetB+f.LengthB > at && (f.hardB() < f.LengthB || f.unsure()) {
			break
		}
		if err := s.emit(f.finished()); err != nil {
			return err
		}
		s.heldB -= int64(len(f.Data))
		n++
	}
	clear(s.out[:n])
	if s.out = s.out[n:]; len(s.out) == 0 {
		s.out = nil
	}
	return nil
}

// maxHeldB bounds the data of finds in layers that wait for a find before them to
// be decided. Past it, that find is taken as it is.
const maxHeldB = 64 << 20

// finished is the find as it is emitted.
func (f *Find) finished() Find {
	out := *f
	out.bare, out.in, out.previews = nil, nil, 0
	if f.in == nil {
		return out
	}
	out.Inside = true
	if f.bare != nil {
		out.Verdict = *f.bare // what follows is its host's
	}
	if out.Host == "" {
		out.Host = fmt.Sprintf("%s at byte %d", f.in.Type.Name, f.in.OffsetB)
	}
	return out
}

// safeStepB is what safe places are multiples of.
const safeStepB = 1 << 20

// safe returns the last place up to end that no find reaches over and before
// which all have been emitted; a multiple of safeStepB unless it is end.
func (s *settler) safe(end int64) int64 {
	for moved := true; moved; {
		moved = false
		for _, list := range [2][]*Find{s.since, s.out} {
			for _, f := range list {
				if f.ImageB() < end && (f.OffsetB+f.LengthB > end || len(s.out) > 0 && f.ImageB() >= s.out[0].ImageB()) {
					end, moved = f.ImageB()/safeStepB*safeStepB, true
				}
			}
		}
	}
	s.last = max(s.last, end)
	s.since = slices.DeleteFunc(s.since, func(f *Find) bool { return f.OffsetB+f.LengthB <= s.last })
	return s.last
}
