package isobmff

import (
	"io"

	"firescene/formats"
)

// Expected is a place in a file at which a unit of its pictures must begin, as its
// sample tables say.
type Expected struct {
	AtB         int64 // of the unit's length field
	sampleB     int64
	unitLengthB int
	t           Track
}

// SizeB is how many bytes Fits looks at.
func (e Expected) SizeB() int { return e.unitLengthB + e.t.codec.HeaderB() }

// Fits reports whether b, SizeB bytes, may stand there. Other data does once in
// many thousand times.
func (e Expected) Fits(b []byte) bool {
	if len(b) < e.SizeB() {
		return false
	}
	n := int64(0)
	for _, x := range b[:e.unitLengthB] {
		n = n<<8 | int64(x)
	}
	_, ok := e.t.codec.UnitType(b[e.unitLengthB:])
	return ok && n > 0 && n <= e.sampleB-int64(e.unitLengthB)
}

// Expect returns the first place behind which the file that begins at offset 0 of
// r goes wrong at which its tables, if they stand before, tell what must be there.
func Expect(r io.ReaderAt, size int64, lim formats.Limits) (e Expected, ok bool) {
	c := &checker{w: formats.NewWindow(r, size, windowB), size: size, lim: lim, defaults: map[uint32]uint32{}}
	c.noCodes = true
	c.run()
	if c.rep.State != Damaged || c.w.Err() != nil {
		return e, false
	}
	for _, t := range c.rep.Tracks {
		if t.external || t.unitLengthB != 4 {
			continue
		}
		for _, k := range t.chunks {
			at := k.at
			if e.unitLengthB > 0 && at >= e.AtB || at+t.length(k) <= c.rep.FailB {
				continue
			}
			for i := range k.n {
				n := t.sample(k.first + i)
				if at >= c.rep.FailB && n > 8 {
					e = Expected{AtB: at, sampleB: n, unitLengthB: t.unitLengthB, t: t}
					break
				}
				at += n
			}
		}
	}
	return e, e.unitLengthB > 0
}
