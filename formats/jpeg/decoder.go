package jpeg

import (
	"errors"
	"io"

	"firescene/formats"
)

// Status is what a Decoder found of the bytes it was given.
type Status int

// What a Decoder can say.
const (
	Waiting Status = iota // all fits so far; more data is needed
	Ended                 // the end of image was reached where it belongs
	Failed                // the data breaks a rule
)

// change undoes one change of a component's nonzero bits.
type change struct {
	comp, block int
	was         uint64
}

// parked is the state of a scan before an MCU, to which the decoder goes back
// when the data ends inside that MCU.
type parked struct {
	offset       int64
	acc          uint64
	n            uint
	preds        [4]int
	eobRun       int
	mcuIdx       int64
	sinceRestart int
	rst          byte
}

func (p *parked) keep(s *scan) {
	p.offset, p.acc, p.n = s.src.offset(), s.acc, s.n
	for i := range s.comps {
		p.preds[i] = s.comps[i].pred
	}
	p.eobRun, p.mcuIdx, p.sinceRestart, p.rst = s.eobRun, s.mcuIdx, s.sinceRestart, s.rst
}

func (p *parked) restore(s *scan) {
	s.src.seek(p.offset)
	s.acc, s.n, s.end = p.acc&^(1<<(64-p.n)-1), p.n, false
	for i := range s.comps {
		s.comps[i].pred = p.preds[i]
	}
	s.eobRun, s.mcuIdx, s.sinceRestart, s.rst = p.eobRun, p.mcuIdx, p.sinceRestart, p.rst
	s.closing = false // decided anew with what comes
	s.tap.forget()
}

// Decoder walks a JPEG like Check, but as far as the caller lets it, and its
// state can be kept and taken up again with other data behind it. It also tells
// how well the picture fits together.
type Decoder struct {
	w       walker
	journal []change
	status  Status
	failed  *stop
}

// NewDecoder begins at offset 0 of r.
func NewDecoder(r io.ReaderAt, limits formats.Limits) *Decoder {
	d := &Decoder{}
	d.w = walker{src: newSource(r, 0), limits: limits, parking: true, tap: &tap{}}
	d.w.journal = &d.journal
	return d
}

// Advance walks on to limit, an offset in the data, and looks at nothing behind
// it. A Waiting decoder holds exactly what the bytes before limit say. An error
// is one of the reader.
func (d *Decoder) Advance(limit int64) (Status, error) {
	if d.status != Waiting {
		return d.status, nil
	}
	w := &d.w
	w.src.size = limit
	err := w.walk()
	var s *stop
	switch {
	case w.src.err != nil:
		return d.status, w.src.err
	case err == nil:
		d.status = Ended
	case !errors.As(err, &s):
		return d.status, err
	case s.state == Truncated, s.state == NotJPEG && limit < 4:
		if w.scanning {
			w.park.restore(&w.cur)
		} else {
			w.src.seek(w.unit)
		}
	default:
		d.status, d.failed = Failed, s
	}
	return d.status, nil
}

// OffsetB is where the decoder stands: behind the end of image, at the place
// where a rule is broken, or before the block group or segment that is not
// complete.
func (d *Decoder) OffsetB() int64 {
	if d.failed != nil {
		return d.failed.offset
	}
	return d.w.src.offset()
}

// SeenB is up to where the data was looked at: what a failed decoder found wrong
// lies before it.
func (d *Decoder) SeenB() int64 { return max(d.OffsetB(), d.w.src.offset()) }

// Blocks is how many MCUs of the scan under way are complete.
func (d *Decoder) Blocks() int64 { return d.w.cur.mcuIdx }

// Reason says why a decoder failed.
func (d *Decoder) Reason() string {
	if d.failed == nil {
		return ""
	}
	return d.failed.reason
}

// InData reports whether the decoder stands in coded data, not between segments.
func (d *Decoder) InData() bool { return d.w.scanning || d.w.skipping }

// Segment returns where the segment begins that a Waiting decoder stands in, and
// where it ends as its length says. Both are OffsetB in coded data and where the
// length is not known yet.
func (d *Decoder) Segment() (from, to int64) {
	w := &d.w
	from = w.src.offset()
	if d.status != Waiting || w.scanning || w.skipping || !w.begun {
		return from, from
	}
	b := w.src.peek(4)
	if b == nil || b[0] != 0xFF || b[1] == 0xFF {
		w.src.seek(from)
		return from, from
	}
	n := int64(b[2])<<8 | int64(b[3])
	return from, from + 2 + n
}

// Fit returns how many grey levels each MCU of the picture so far differs from
// the samples above it, in sixteenths, 65535 where there is none above; and how
// many MCUs make a row. The slice is the decoder's own. It is empty before the
// picture's first scan of its first component.
func (d *Decoder) Fit() (costs []uint16, across int) {
	w := &d.w
	if w.rep.DataB == 0 {
		return nil, 0
	}
	across = w.mcusW
	if len(w.tap.costs) > 0 && w.cur.tap != nil {
		across = w.cur.blocksAcross
	}
	return w.tap.costs, across
}

// Mark is a kept state of one decoder. The zero value is ready for use.
type Mark struct {
	w       walker
	journal int
	status  Status
	failed  *stop
	costs   int
	bottom  []int16
	dcs     [4][]int16
	offset  int64
}

// Save keeps the decoder's state in m, reusing its memory.
func (d *Decoder) Save(m *Mark) {
	m.w, m.journal, m.status, m.failed = d.w, len(d.journal), d.status, d.failed
	m.offset = d.w.src.offset()
	t := d.w.tap
	m.costs = len(t.costs)
	m.bottom = append(m.bottom[:0], t.bottom...)
	for i := range t.dcs {
		m.dcs[i] = append(m.dcs[i][:0], t.dcs[i]...)
	}
}

// Restore goes back to a state kept before and reads on from r. What was kept
// after m was is of no use any more.
func (d *Decoder) Restore(m *Mark, r io.ReaderAt) {
	for i := len(d.journal) - 1; i >= m.journal; i-- {
		c := d.journal[i]
		d.w.comps[c.comp].nonzero[c.block] = c.was
	}
	d.journal = d.journal[:m.journal]
	src, t := d.w.src, d.w.tap
	d.w, d.status, d.failed = m.w, m.status, m.failed
	src.r, src.base, src.pos, src.buf, src.err = r, m.offset, 0, src.buf[:0], nil
	d.w.src, d.w.tap = src, t
	t.costs = t.costs[:m.costs]
	copy(t.bottom, m.bottom)
	for i := range t.dcs {
		copy(t.dcs[i], m.dcs[i])
	}
	t.forget()
}

// Report is what is known of the picture so far; State, EndB and GoodB are not set.
func (d *Decoder) Report() Report {
	r := d.w.rep
	r.EntropyChecked = r.DataB > 0 && !d.w.markersOnly
	return r
}
