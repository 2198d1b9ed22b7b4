package ntfs

import (
	"fmt"
	"sort"
)

// place is where a stream's bytes lie, as far as its attributes tell.
type place struct {
	sizeB   int64 // as recorded
	foundB  int64 // bytes that the extents hold, or that can be decompressed
	validB  int64 // bytes that were ever written; what is behind reads as zeros
	extents []Extent
	unit    int64    // clusters of a compression unit; 0 for not compressed
	runs    []mapped // of a compressed stream
	crypt   bool
	inside  bool // in the record itself
	fault   string
}

// part is an attribute with the record that it came from.
type part struct {
	attribute
	rec *record
}

func sortParts(parts []part) {
	sort.SliceStable(parts, func(i, j int) bool { return parts[i].lowVCN < parts[j].lowVCN })
}

// stream puts a $DATA stream together from its attributes, one for each extension
// record that continues its run list.
func (v *Volume) stream(parts []part) place {
	sortParts(parts)
	first := parts[0]
	p := place{crypt: first.flags&flagEncrypted != 0}
	if !first.nonResident {
		p.sizeB, p.foundB, p.validB, p.inside = int64(len(first.value)), int64(len(first.value)), int64(len(first.value)), true
		p.extents = v.resident(first.rec, first.valueB, len(first.value))
		return p
	}
	var runs []mapped
	runs, p.fault = v.joinRuns(parts)
	if first.lowVCN != 0 {
		return p
	}
	p.sizeB, p.validB = first.sizeB, min(first.initB, first.sizeB)
	runs, p.foundB = v.bounded(runs, &p)
	stored := min(p.validB, p.foundB)
	if first.flags&flagCompressed != 0 && first.unit > 0 {
		p.unit, p.runs = first.unit, runs
		for _, x := range v.extents(runs, v.mappedB(runs)) {
			if x.OffsetB != Hole {
				p.extents = appendExtent(p.extents, x)
			}
		}
		return p
	}
	p.extents = v.extents(runs, stored)
	p.extents = appendExtent(p.extents, Extent{Hole, p.foundB - stored})
	return p
}

// joinRuns puts the run lists of a stream's attributes together, which are in
// their order.
func (v *Volume) joinRuns(parts []part) (runs []mapped, fault string) {
	next := int64(0)
	for _, a := range parts {
		if !a.nonResident || a.lowVCN < next {
			continue
		}
		if a.lowVCN > next {
			if next == 0 {
				return nil, "the beginning of its run list is lost"
			}
			return runs, fmt.Sprintf("its run list has a gap from byte %d on", next*v.ClusterB)
		}
		more, fault := v.decodeRuns(a.runs, next)
		runs = append(runs, more...)
		if k := len(runs); k > 0 {
			next = runs[k-1].vcn + runs[k-1].n
		}
		if fault != "" {
			return runs, fault
		}
	}
	return runs, ""
}

// bounded cuts runs where the image ends, and where holes would make a file that
// the volume could not hold. It returns how many of the stream's bytes they give.
func (v *Volume) bounded(runs []mapped, p *place) ([]mapped, int64) {
	holes := int64(0)
	cut := func(i int, keep int64, fault string) []mapped {
		if p.fault = fault; keep > 0 {
			runs[i].n = keep
			i++
		}
		return runs[:i]
	}
	for i, m := range runs {
		if m.vcn*v.ClusterB >= p.sizeB {
			break
		}
		if m.lcn == Hole {
			if holes += m.n; holes > v.Clusters {
				runs = cut(i, 0, fmt.Sprintf("from byte %d on it is a hole larger than the volume", m.vcn*v.ClusterB))
				break
			}
			continue
		}
		need := min(m.n*v.ClusterB, p.sizeB-m.vcn*v.ClusterB)
		if m.lcn*v.ClusterB+need > v.size {
			runs = cut(i, max(0, v.size/v.ClusterB-m.lcn), "the image ends inside it")
			break
		}
	}
	found := min(p.sizeB, v.mappedB(runs))
	if found < p.sizeB && p.fault == "" {
		p.fault = "its run list ends early"
	}
	return runs, found
}

// resident is where n bytes at a place in a record lie: the bytes that the update
// sequence replaced are kept in the record's head.
func (v *Volume) resident(rec *record, at, n int) (out []Extent) {
	for end := at + n; at < end; {
		inStride := at % rec.usa.strideB
		if body := rec.usa.strideB - 2; inStride < body {
			k := min(end-at, body-inStride)
			out = v.recordExtents(out, rec, at, k)
			at += k
			continue
		}
		saved := rec.usa.atB + 2*(at/rec.usa.strideB) + inStride - (rec.usa.strideB - 2)
		out = v.recordExtents(out, rec, saved, 1)
		at++
	}
	return out
}

// recordExtents appends where n raw bytes of a record lie.
func (v *Volume) recordExtents(out []Extent, rec *record, at, n int) []Extent {
	if !rec.table {
		return appendExtent(out, Extent{rec.atB + int64(at), int64(n)})
	}
	for off, end := rec.num*v.RecordB+int64(at), rec.num*v.RecordB+int64(at+n); off < end; {
		k := min(end-off, v.ClusterB-off%v.ClusterB)
		out = appendExtent(out, Extent{v.placeOf(off), k})
		off += k
	}
	return out
}
