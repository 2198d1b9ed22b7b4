package ntfs

import (
	"io"
	"math"
)

// mapped is a run of clusters of a stream: n clusters from vcn on lie at lcn, or
// nowhere when lcn is Hole.
type mapped struct{ vcn, lcn, n int64 }

// decodeRuns reads a run list (NTFS Documentation, "Data Runs") whose first
// cluster is vcn. What was right before a fault is returned with it.
func (v *Volume) decodeRuns(b []byte, vcn int64) (runs []mapped, fault string) {
	lcn := int64(0)
	for len(b) > 0 && b[0] != 0 {
		nl, no := int(b[0]&15), int(b[0]>>4)
		if nl == 0 || nl > 8 || no > 8 || 1+nl+no > len(b) {
			return runs, "its run list is damaged"
		}
		n := signed(b[1 : 1+nl])
		if n <= 0 || n > math.MaxInt64/v.ClusterB-vcn {
			return runs, "its run list has a run of no possible length"
		}
		at := int64(Hole)
		if no > 0 {
			lcn += signed(b[1+nl : 1+nl+no])
			if at = lcn; !v.inVolume(lcn, n) {
				return runs, "its run list leads out of the volume"
			}
		}
		if k := len(runs) - 1; k >= 0 && (at == Hole && runs[k].lcn == Hole || at != Hole && runs[k].lcn != Hole && runs[k].lcn+runs[k].n == at) {
			runs[k].n += n
		} else {
			runs = append(runs, mapped{vcn, at, n})
		}
		vcn += n
		b = b[1+nl+no:]
	}
	if len(b) == 0 {
		return runs, "its run list has no end"
	}
	return runs, ""
}

// signed reads a little-endian number of 1 to 8 bytes.
func signed(b []byte) int64 {
	x := int64(int8(b[len(b)-1]))
	for i := len(b) - 2; i >= 0; i-- {
		x = x<<8 | int64(b[i])
	}
	return x
}

// readMapped reads at a place of a stream. What the image or the runs do not hold
// ends the reading early with io.ErrUnexpectedEOF or the image's error.
func (v *Volume) readMapped(runs []mapped, p []byte, off int64) (int, error) {
	done := 0
	for i := findRun(runs, off/v.ClusterB); i < len(runs) && done < len(p); i++ {
		in := off - runs[i].vcn*v.ClusterB
		if in < 0 {
			return done, io.ErrUnexpectedEOF
		}
		want := min(int64(len(p)-done), runs[i].n*v.ClusterB-in)
		if want <= 0 {
			continue
		}
		part := p[done : done+int(want)]
		if runs[i].lcn == Hole {
			clear(part)
		} else if n, err := v.r.ReadAt(part, runs[i].lcn*v.ClusterB+in); n < len(part) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return done + n, err
		}
		done += int(want)
		off += want
	}
	if done < len(p) {
		return done, io.ErrUnexpectedEOF
	}
	return done, nil
}

// findRun is the index of the run that holds vcn, or of the next one.
func findRun(runs []mapped, vcn int64) int {
	lo, hi := 0, len(runs)
	for lo < hi {
		if m := (lo + hi) / 2; runs[m].vcn+runs[m].n > vcn {
			hi = m
		} else {
			lo = m + 1
		}
	}
	return lo
}

// stored reports whether n bytes at a place of a stream lie on the volume, none of
// them in a hole.
func (v *Volume) stored(runs []mapped, off, n int64) bool {
	for i := findRun(runs, off/v.ClusterB); i < len(runs); i++ {
		if runs[i].lcn == Hole {
			return false
		}
		if (runs[i].vcn+runs[i].n)*v.ClusterB >= off+n {
			return true
		}
	}
	return false
}

// extents turns the first n bytes of runs into ranges of the volume.
func (v *Volume) extents(runs []mapped, n int64) (out []Extent) {
	for _, m := range runs {
		if n <= 0 {
			break
		}
		x := Extent{Hole, min(n, m.n*v.ClusterB)}
		if m.lcn != Hole {
			x.OffsetB = m.lcn * v.ClusterB
		}
		n -= x.LengthB
		out = appendExtent(out, x)
	}
	return out
}

func appendExtent(list []Extent, x Extent) []Extent {
	if x.LengthB <= 0 {
		return list
	}
	if k := len(list) - 1; k >= 0 {
		last := &list[k]
		if x.OffsetB == Hole && last.OffsetB == Hole || x.OffsetB != Hole && last.OffsetB != Hole && last.OffsetB+last.LengthB == x.OffsetB {
			last.LengthB += x.LengthB
			return list
		}
	}
	return append(list, x)
}
