package carve

import (
	"io"

	"firescene/forensics"
)

// walk judges a candidate: of several types that its head could be, the first
// that makes it whole, or else the one that goes farthest.
func (c *carver) walk(k *candidate) *result {
	if k.isLayer() {
		if c.peek(k) {
			return something
		}
		return nothing
	}
	best := &result{}
	for _, t := range k.types {
		f := Find{Type: t, OffsetB: k.off, Aligned: k.off%c.opts.SectorB == 0}
		if err := c.walkAs(&f, k.reach); err != nil {
			return &result{err: err}
		}
		if best.find.Type == nil || f.State == forensics.Whole || f.LengthB > best.find.LengthB {
			best.find = f
		}
		if f.State == forensics.Whole {
			break
		}
	}
	if best.find.LengthB == 0 {
		return nothing
	}
	return best
}

// nothing is the result of most candidates, something that of a layer that must be
// gone into. They are read only.
var nothing, something = &result{}, &result{find: Find{Verdict: Verdict{LengthB: 1}}}

// walkAs judges a candidate as one type. Unread sectors end the data that it may
// use, and reach when it is not 0.
func (c *carver) walkAs(f *Find, reach int64) error {
	end := min(c.src.SizeB, f.OffsetB+f.Type.MaxB)
	if reach > 0 {
		end = min(end, f.OffsetB+reach)
	}
	unread := end
	if c.src.NextUnread != nil {
		unread = c.src.NextUnread(f.OffsetB, end)
	}
	size := unread - f.OffsetB
	if size <= 0 {
		return nil
	}
	sec := io.NewSectionReader(c, f.OffsetB, size)
	v, err := f.Type.Walk(sec, size)
	if err != nil {
		return err
	}
	if v.State != forensics.Whole && unread < end && v.LengthB == size {
		v.Reason = "the image has unread sectors from there on"
	}
	v.LengthB = min(max(v.LengthB, 0), size)
	f.Verdict = v
	if !f.Aligned && v.LengthB > 0 {
		f.Host = host(c, f.OffsetB)
		f.Inside = isPart(f.Host)
		if f.Host == hostExif {
			f.Verdict = Verdict{} // a directory of the picture's properties looks like a TIFF
			return nil
		}
	}
	if v.State == forensics.Whole && v.LengthB > 0 && f.Aligned {
		return c.addTail(f, sec, size)
	}
	return nil
}
