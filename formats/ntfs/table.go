package ntfs

import (
	"fmt"
	"math"

	"firescene/formats"
)

// openTable finds the runs of the master file table from its own record, or from
// the copy in its mirror.
func (v *Volume) openTable() error {
	var first *record
	b := make([]byte, v.RecordB)
	for i, lcn := range []int64{v.mftLCN, v.mirLCN} {
		if !v.inVolume(lcn, 1) {
			continue
		}
		n, _ := v.r.ReadAt(b, lcn*v.ClusterB)
		if n < len(b) {
			continue
		}
		if first = parseRecord(b, recMFT, lcn*v.ClusterB); first != nil && first.inUse && first.data() != nil {
			if i == 1 {
				v.warn("the first record of the master file table is damaged; its mirror was read")
			}
			break
		}
		first = nil
	}
	if first == nil {
		return damaged(v.mftLCN*v.ClusterB, "neither the master file table nor its mirror begins with a record that is whole")
	}
	a := first.data()
	if !a.nonResident || a.lowVCN != 0 {
		return damaged(first.atB, "the master file table lies nowhere")
	}
	var fault string
	v.mft, fault = v.decodeRuns(a.runs, 0)
	v.mft = cutHoles(v.mft)
	if len(v.mft) == 0 {
		return damaged(first.atB, "the master file table lies nowhere: %s", fault)
	}
	v.mftB = min(a.sizeB, a.initB)
	v.extendTable(first)
	if end := v.mappedB(v.mft); end < v.mftB {
		v.warn("the master file table has %d bytes, but only %d of them can be found %s", v.mftB, end, fault)
		v.mftB = end
	}
	return nil
}

// data is the unnamed $DATA attribute of a record, or nil.
func (rec *record) data() *attribute {
	for i := range rec.attrs {
		if rec.attrs[i].kind == attrData && rec.attrs[i].name == "" {
			return &rec.attrs[i]
		}
	}
	return nil
}

// extendTable follows the attribute list of the table's own record. Each extension
// record lies in a part of the table that is mapped already, so every round
// maps more or ends.
func (v *Volume) extendTable(first *record) {
	parts := v.attributeList(first)
	seen := map[int64]bool{recMFT: true}
	for again := true; again; {
		again = false
		for _, p := range parts {
			if p.kind != attrData || p.name != "" || seen[p.ref.num] || p.ref.num*v.RecordB >= v.mappedB(v.mft) {
				continue
			}
			seen[p.ref.num] = true
			rec, err := v.readRecord(p.ref.num)
			if err != nil {
				v.warn("part of the master file table is lost: %v", err)
				continue
			}
			for _, a := range rec.attrs {
				if a.kind == attrData && a.name == "" && a.nonResident && a.lowVCN*v.ClusterB == v.mappedB(v.mft) {
					runs, fault := v.decodeRuns(a.runs, a.lowVCN)
					if fault != "" {
						v.warn("the master file table: %s", fault)
					}
					v.mft = append(v.mft, cutHoles(runs)...)
					again = len(runs) > 0
				}
			}
		}
	}
}

// cutHoles cuts runs at the first hole.
func cutHoles(runs []mapped) []mapped {
	for i, m := range runs {
		if m.lcn == Hole {
			return runs[:i]
		}
	}
	return runs
}

// mappedB is how many bytes runs hold.
func (v *Volume) mappedB(runs []mapped) int64 {
	if len(runs) == 0 {
		return 0
	}
	last := runs[len(runs)-1]
	if last.vcn+last.n > math.MaxInt64/v.ClusterB {
		return math.MaxInt64
	}
	return (last.vcn + last.n) * v.ClusterB
}

// placeOf is the offset in the volume of a place in the table.
func (v *Volume) placeOf(off int64) int64 {
	i := findRun(v.mft, off/v.ClusterB)
	if i == len(v.mft) {
		return -1
	}
	return v.mft[i].lcn*v.ClusterB + off - v.mft[i].vcn*v.ClusterB
}

// readRecord reads one record; those of the first four that are damaged come from
// the mirror. A FormatError says that it is damaged or no record at all.
func (v *Volume) readRecord(num int64) (*record, error) {
	if num < 0 || num >= v.mappedB(v.mft)/v.RecordB {
		return nil, damaged(-1, "file record %d lies outside the master file table", num)
	}
	b := make([]byte, v.RecordB)
	at := v.placeOf(num * v.RecordB)
	if _, err := v.readMapped(v.mft, b, num*v.RecordB); err == nil {
		if rec := parseRecord(b, num, at); rec != nil {
			rec.table = true
			return rec, nil
		}
	}
	if num < 4 && v.inVolume(v.mirLCN, 1) {
		at := v.mirLCN*v.ClusterB + num*v.RecordB
		if n, _ := v.r.ReadAt(b, at); n == len(b) {
			if rec := parseRecord(b, num, at); rec != nil {
				return rec, nil
			}
		}
	}
	return nil, damaged(at, "file record %d is damaged", num)
}

// listPart is an entry of an attribute list.
type listPart struct {
	kind   uint32
	name   string
	lowVCN int64
	ref    ref
}

// maxListB bounds an attribute list: NTFS allows no more.
const maxListB = 256 << 10

// attributeList reads the attribute list of a record, as far as it is there.
func (v *Volume) attributeList(rec *record) (parts []listPart) {
	for _, a := range rec.attrs {
		if a.kind != attrList {
			continue
		}
		b := a.value
		if a.nonResident {
			runs, _ := v.decodeRuns(a.runs, a.lowVCN)
			b = make([]byte, min(a.sizeB, a.initB, maxListB))
			n, _ := v.readMapped(runs, b, 0)
			b = b[:n]
		}
		parts = append(parts, parseList(b)...)
	}
	return parts
}

func parseList(b []byte) (parts []listPart) {
	for len(b) >= 26 {
		n := int(le16(b[4:]))
		if n < 26 || n > len(b) {
			return parts
		}
		p := listPart{kind: le32(b), lowVCN: int64(le64(b[8:])), ref: refOf(le64(b[16:]))}
		if at, k := int(b[7]), 2*int(b[6]); k > 0 && at+k <= n {
			p.name = utf16Text(b[at : at+k])
		}
		parts = append(parts, p)
		b = b[n:]
	}
	return parts
}

// eachRecord visits the records of the table in their order, 1 MiB at a time, also
// those between its used and its allocated size. A nil record stands for one that
// has a record's mark and is damaged. The record is valid during the call only.
func (v *Volume) eachRecord(limits formats.Limits, visit func(num int64, rec *record) error) error {
	total := v.mappedB(v.mft) / v.RecordB
	if total > limits.MaxItems {
		v.warn("the master file table claims %d records; %d were read", total, limits.MaxItems)
		total = limits.MaxItems
	}
	per := max(1, int64(1<<20)/v.RecordB)
	buf := make([]byte, per*v.RecordB)
	for num := int64(0); num < total; num += per {
		chunk := buf[:min(per, total-num)*v.RecordB]
		n, err := v.readMapped(v.mft, chunk, num*v.RecordB)
		for i := int64(0); (i+1)*v.RecordB <= int64(n); i++ {
			b := chunk[i*v.RecordB : (i+1)*v.RecordB]
			mark := string(b[:4])
			if mark != "FILE" && mark != "BAAD" && num+i >= 4 {
				continue
			}
			rec := parseRecord(b, num+i, v.placeOf((num+i)*v.RecordB))
			if rec != nil {
				rec.table = true
			} else if num+i < 4 {
				rec, _ = v.readRecord(num + i)
			}
			if err := visit(num+i, rec); err != nil {
				return err
			}
		}
		if err != nil {
			v.warn("the master file table can be read to record %d only: %v", num+int64(n)/v.RecordB, err)
			return nil
		}
	}
	return nil
}

func (x ref) String() string { return fmt.Sprintf("%d-%d", x.num, x.seq) }
