package ntfs

import "io"

// Content reads the FoundB bytes of a stream, also a compressed one. It is valid
// while the volume is open, and not for several goroutines at once.
func (v *Volume) Content(e Entry) io.ReaderAt {
	if e.Compressed {
		return &unitReader{v: v, p: e.place, at: -1}
	}
	return &extentReader{v, e.Extents}
}

type extentReader struct {
	v       *Volume
	extents []Extent
}

func (r *extentReader) ReadAt(p []byte, off int64) (int, error) {
	done := 0
	for _, x := range r.extents {
		if off >= x.LengthB {
			off -= x.LengthB
			continue
		}
		if done == len(p) {
			return done, nil
		}
		part := p[done : done+int(min(int64(len(p)-done), x.LengthB-off))]
		if x.OffsetB == Hole {
			clear(part)
		} else if n, err := r.v.r.ReadAt(part, x.OffsetB+off); n < len(part) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return done + n, err
		}
		done, off = done+len(part), 0
	}
	if done < len(p) {
		return done, io.EOF
	}
	return done, nil
}

// unitReader decompresses a stream, one compression unit at a time, of which it
// keeps the last.
type unitReader struct {
	v   *Volume
	p   place
	at  int64 // unit in buf; -1 for none
	buf []byte
	raw []byte
	err error
}

func (r *unitReader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= r.p.foundB {
		return 0, io.EOF
	}
	unitB := r.p.unit * r.v.ClusterB
	done := 0
	for done < len(p) && off < r.p.foundB {
		if k := off / unitB; k != r.at {
			r.fill(k, unitB)
		}
		if r.err != nil {
			return done, r.err
		}
		in := off % unitB
		n := copy(p[done:], r.buf[in:min(unitB, r.p.foundB-off+in)])
		done, off = done+n, off+int64(n)
	}
	if done < len(p) {
		return done, io.EOF
	}
	return done, nil
}

// fill reads one unit: stored in full, not stored at all, or compressed, which
// shows in clusters that are missing at its end.
func (r *unitReader) fill(k, unitB int64) {
	r.at, r.err = k, nil
	if r.buf == nil {
		r.buf, r.raw = make([]byte, unitB), make([]byte, unitB)
	}
	clear(r.buf)
	if k*unitB >= r.p.validB {
		return
	}
	var stored int64
	first := k * r.p.unit
	for i := findRun(r.p.runs, first); i < len(r.p.runs) && r.p.runs[i].vcn < first+r.p.unit; i++ {
		m := r.p.runs[i]
		if m.lcn == Hole {
			continue
		}
		from, to := max(m.vcn, first), min(m.vcn+m.n, first+r.p.unit)
		part := r.raw[stored*r.v.ClusterB : (stored+to-from)*r.v.ClusterB]
		if n, err := r.v.r.ReadAt(part, (m.lcn+from-m.vcn)*r.v.ClusterB); n < len(part) {
			if r.err = err; err == nil || err == io.EOF {
				r.err = io.ErrUnexpectedEOF
			}
			return
		}
		stored += to - from
	}
	switch {
	case stored == 0:
	case stored == r.p.unit || (first+stored)*r.v.ClusterB >= r.v.mappedB(r.p.runs):
		copy(r.buf, r.raw[:stored*r.v.ClusterB])
	default:
		if !lznt1(r.buf, r.raw[:stored*r.v.ClusterB]) {
			r.err = damaged(-1, "compressed data breaks off in the unit at byte %d of the stream", k*unitB)
		}
	}
	if past := (k+1)*unitB - r.p.validB; past > 0 && past < unitB {
		clear(r.buf[unitB-past:])
	}
}
