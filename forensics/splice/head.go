package splice

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/jpeg"
)

// softCut is a splice in a segment of a picture's header whose content the walk
// steps over: every place in the segment leads to the same picture.
type softCut struct {
	atB      int64 // where the first piece ends, in the file
	leastB   int64 // the first piece ends behind it
	from, to int64 // the segment
}

// nextOfHead tries the blocks that may follow a piece that begins at length begin
// of the file and ends in a header, at length cut.
func (j *jpegSearch) nextOfHead(runs []forensics.ByteRun, begin, cut, after int64, fragments int) {
	m := j.mark(2*fragments - 1)
	j.d.Save(m)
	from, to := j.d.Segment()
	if to <= cut {
		return
	}
	j.cuts = append(j.cuts, 0)
	j.soft = append(j.soft, softCut{cut, max(begin, from+4), from, to})
	defer func() { j.cuts, j.soft = j.cuts[:len(j.cuts)-1], j.soft[:len(j.soft)-1] }()
	b := j.g.s.BlockB
	blocks := (to - cut + b) / b // up to the one that the next marker begins in
	var next [2]byte
	try := func(q int64) {
		if q == after || j.g.class(q+blocks-1) == taken {
			return
		}
		at := j.g.offset(q) + to - cut
		j.workB += 16
		if _, err := j.g.s.R.ReadAt(next[:], at); err != nil || next[0] != 0xFF || next[1] < 0xC0 || next[1] > 0xFE || next[1] == 0xD8 || next[1] == 0xD9 {
			return
		}
		j.d.Restore(m, j.view(runs, q))
		st := j.advance(to + 2)
		for n := blocks; st == jpeg.Waiting && !j.d.InData(); n++ {
			if c := j.g.class(q + n - 1); c == taken || n > blocks+segmentB/b {
				return
			}
			st = j.advance(cut + n*b)
		}
		if st == jpeg.Failed || j.spent() {
			return
		}
		j.d.Restore(m, j.view(runs, q))
		j.follow(runs, cut, q, fragments+1)
	}
	for i := int64(0); i < j.effort.reach && !j.spent() && len(j.found) < 4; i++ {
		try(after + i)
		try(after - 1 - i)
	}
}

// segmentB is the length of the longest segment.
const segmentB = 1 << 16

// harden finds the place of each soft cut. It is the one that lies inside a thing
// that is sound by its own rules, a thumbnail for example, or else the one with
// foreign blocks on the far sides of both pieces. ok is false when there is no such
// place or more than one.
func (j *jpegSearch) harden(a arrangement) (arrangement, bool) {
	b := j.g.s.BlockB
	for _, s := range a.soft {
		var inside, bounded [][]forensics.ByteRun
		for at := s.atB; at > s.leastB; at -= b {
			runs, ok := j.moveCut(a.runs, s.atB, s.atB-at)
			if !ok {
				break
			}
			for _, e := range sound(&rope{j.g.s.R, runs}, s.from+4, s.to) {
				if e.OffsetB < at && at < e.OffsetB+e.LengthB {
					inside = append(inside, runs)
					break
				}
			}
			if j.bounded(runs, at) {
				bounded = append(bounded, runs)
			}
		}
		switch {
		case len(inside) == 1:
			a.runs = inside[0]
		case len(inside) == 0 && len(bounded) == 1:
			a.runs = bounded[0]
		default:
			return a, false
		}
	}
	return a, true
}

// bounded reports whether the blocks behind the first piece and before the second
// of the splice at length cut belong to something else.
func (j *jpegSearch) bounded(runs []forensics.ByteRun, cut int64) bool {
	for i, r := range runs {
		if cut -= r.LengthB; cut == 0 {
			return j.foreign(j.g.block(r.OffsetB+r.LengthB)) && j.foreign(j.g.block(runs[i+1].OffsetB)-1)
		}
	}
	return false
}

// foreign reports whether a block is of a kind that the middle of a picture's
// header is not.
func (j *jpegSearch) foreign(q int64) bool {
	switch j.g.class(q) {
	case taken, empty, text:
		return true
	}
	b := make([]byte, j.g.s.BlockB)
	n, _ := j.g.s.R.ReadAt(b, j.g.offset(q))
	// A signature may stand before text or noise.
	return n < len(b) || isText(b[min(64, n):]) || isNoise(b)
}

// isNoise reports whether the bytes of a block are as evenly spread as random or
// compressed ones: chi square with 255 degrees of freedom within five of its
// standard deviations.
func isNoise(b []byte) bool {
	var count [256]int
	for _, c := range b {
		count[c]++
	}
	want, chi := float64(len(b))/256, 0.0
	for _, n := range count {
		chi += (float64(n) - want) * (float64(n) - want) / want
	}
	return chi < 255+5*22.6
}

// moveCut moves the splice at length cut of a file forward by back bytes: the
// second piece begins earlier by what the first loses.
func (j *jpegSearch) moveCut(runs []forensics.ByteRun, cut, back int64) ([]forensics.ByteRun, bool) {
	out := append([]forensics.ByteRun(nil), runs...)
	at := int64(0)
	for i := range out[:len(out)-1] {
		if at += out[i].LengthB; at != cut {
			continue
		}
		out[i].LengthB -= back
		out[i+1].OffsetB -= back
		out[i+1].LengthB += back
		if out[i].LengthB <= 0 {
			return nil, false
		}
		for n := out[i+1].OffsetB; n < out[i+1].OffsetB+back; n += j.g.s.BlockB {
			if j.g.class(j.g.block(n)) == taken || covers(out[:i+1], n) {
				return nil, false
			}
		}
		return out, true
	}
	return nil, false
}

// sound lists what is in order in the content [from, to) of an application
// segment, every byte of it looked at: pictures and XML.
func sound(r io.ReaderAt, from, to int64) (out []forensics.ByteRun) {
	b := make([]byte, to-from)
	if n, _ := r.ReadAt(b, from); n < len(b) {
		return nil
	}
	for at := 0; ; {
		k := bytes.Index(b[at:], []byte{0xFF, 0xD8, 0xFF})
		if k < 0 {
			break
		}
		at += k
		rep, err := jpeg.Check(bytes.NewReader(b[at:]), int64(len(b)-at), formats.DefaultLimits())
		if err == nil && rep.State == jpeg.Whole {
			out = append(out, forensics.ByteRun{OffsetB: from + int64(at), LengthB: rep.EndB})
			at += int(rep.EndB)
		} else {
			at += 3
		}
	}
	if k := bytes.IndexByte(b, 0); k > 0 && bytes.HasPrefix(b, []byte("http://ns.adobe.com/")) && soundXML(b[k+1:]) {
		out = append(out, forensics.ByteRun{OffsetB: from, LengthB: to - from})
	}
	return out
}

func soundXML(b []byte) bool {
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := d.Token(); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}
