package ntfs

import (
	"context"
	"fmt"

	"firescene/formats"
)

// Name is a name of a file that stands outside the file's own record: in the index
// of a folder or in the file system's log.
type Name struct {
	Path    string // from the root, with the folder that the name states
	Orphan  bool   // that folder is lost; Path begins with "$Orphan/"
	Record  int64  // of the file; -1 when not known
	Seq     uint16
	Slack   bool // it stands where the index is not in use
	Renamed bool // the record is the file's still, but under other names
	Dir     bool
	Times   Times
	SizeB   int64
	OffsetB int64 // of the name's structure in the volume
	LengthB int64
}

// maxIndexB bounds what is read of one folder's index.
const maxIndexB = 1 << 30

// IndexNames visits the names in the indexes of folders, live and deleted, that no
// record of the master file table bears: files that are lost but for their name,
// times and size, or that had another name.
func (v *Volume) IndexNames(ctx context.Context, limits formats.Limits, visit func(Name) error) error {
	if err := v.load(ctx, limits); err != nil {
		return err
	}
	return v.eachRecord(limits, func(num int64, rec *record) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if rec == nil || !rec.dir || rec.base != (ref{}) || !v.tree.is(num, isDir) {
			return nil
		}
		return v.folderNames(rec, visit)
	})
}

// index collects the names of one folder.
type index struct {
	v      *Volume
	folder int64
	visit  func(Name) error
	seen   map[string]bool
}

func (v *Volume) folderNames(rec *record, visit func(Name) error) error {
	x := &index{v: v, folder: rec.num, visit: visit, seen: map[string]bool{}}
	var alloc []part
	all, _ := v.allOf(rec)
	for _, r := range all {
		for _, a := range r.attrs {
			if a.name != "$I30" {
				continue
			}
			switch {
			case a.kind == attrIndexRoot && !a.nonResident:
				at := func(off int) int64 { return r.atB + int64(a.valueB+off) }
				if err := x.node(a.value, 16, at, v.tree.is(rec.num, isUsed)); err != nil {
					return err
				}
			case a.kind == attrIndexAlloc && a.nonResident:
				alloc = append(alloc, part{a, r})
			}
		}
	}
	if len(alloc) == 0 {
		return nil
	}
	sortParts(alloc)
	runs, _ := v.joinRuns(alloc)
	b := make([]byte, v.IndexB)
	for off := int64(0); off < min(v.mappedB(runs), maxIndexB); off += v.IndexB {
		if !v.stored(runs, off, v.IndexB) {
			continue
		}
		if n, _ := v.readMapped(runs, b, off); n < len(b) || string(b[:4]) != "INDX" {
			continue
		}
		var fx fixups
		intact, ok := fixup(b, &fx)
		if !ok || intact < 512 {
			continue
		}
		at := func(p int) int64 {
			p64 := off + int64(p)
			k := findRun(runs, p64/v.ClusterB)
			return runs[k].lcn*v.ClusterB + p64 - runs[k].vcn*v.ClusterB
		}
		if err := x.node(b[:intact], 24, at, v.tree.is(rec.num, isUsed) && intact == len(b)); err != nil {
			return err
		}
	}
	return nil
}

// node reads the names of one index node whose header is at head of b. at gives
// the place in the volume of a place in b.
func (x *index) node(b []byte, head int, at func(int) int64, live bool) error {
	if len(b) < head+16 {
		return nil
	}
	first, used := head+int(le32(b[head:])), head+int(le32(b[head+4:]))
	if first < head+16 || first > len(b) || used < first || used > len(b) {
		first, used, live = head+16, head+16, false
	}
	slack := first
	if live {
		for p := first; p+16 <= used; {
			n, key := int(le16(b[p+8:])), int(le16(b[p+10:]))
			if n < 16 || n > used-p || le16(b[p+12:])&2 != 0 {
				break
			}
			if key >= fileNameB && 16+key <= n {
				if err := x.name(b, p, at, false, true); err != nil {
					return err
				}
			}
			p += n
		}
		slack = used
	}
	for p := (slack + 7) &^ 7; p+fileNameB <= len(b); {
		k := b[p:]
		if int64(le64(k)&0xFFFFFFFFFFFF) != x.folder || !looksLikeName(k) {
			p += 8
			continue
		}
		known := p-16 >= head && entryHead(b[p-16:], k)
		if err := x.name(b, p-16, at, true, known); err != nil {
			return err
		}
		p += (fileNameB + 2*int(k[64]) + 7) &^ 7
	}
	return nil
}

// entryHead reports whether the 16 bytes before a name are the head of an index
// entry for it, so that its file reference can be believed.
func entryHead(b, key []byte) bool {
	n, k := int(le16(b[8:])), int(le16(b[10:]))
	return k == fileNameB+2*int(key[64]) && n >= 16+k && n <= 16+k+16 && le64(b) != 0 && le16(b[6:]) != 0
}

// name judges the entry at p and visits it when the table does not bear it.
func (x *index) name(b []byte, p int, at func(int) int64, slack, known bool) error {
	f, ok := parseFileName(b[p+16:])
	if !ok || f.space == nameDOS {
		return nil
	}
	r := ref{-1, 0}
	if known {
		r = refOf(le64(b[p:]))
	}
	key := fmt.Sprintf("%d %d %s", r.num, r.seq, f.name)
	if x.seen[key] || x.seen[f.name] && !known {
		return nil
	}
	x.seen[key], x.seen[f.name] = true, true
	n, lost := x.v.lostName(f, r)
	if !lost || !known && x.v.tree.bears(f) {
		return nil
	}
	n.Slack, n.OffsetB, n.LengthB = slack, at(p+16), int64(fileNameB+2*int(b[p+16+64]))
	return x.visit(n)
}

// lostName makes a Name and reports whether the table does not bear it.
func (v *Volume) lostName(f fileName, r ref) (n Name, lost bool) {
	folder, orphan := v.tree.path(f.parent)
	n = Name{Path: join(folder, f.name), Orphan: orphan, Record: r.num, Seq: r.seq, Times: f.times(), SizeB: f.sizeB, Dir: f.flags&0x10000000 != 0}
	if r.num < 0 {
		return n, true
	}
	if !v.tree.match(r) {
		return n, true
	}
	rec, err := v.readRecord(r.num)
	if err != nil {
		return n, true
	}
	all, _ := v.allOf(rec)
	for _, one := range all {
		for _, have := range one.names() {
			if have.name == f.name && have.parent.num == f.parent.num {
				return n, false
			}
		}
	}
	n.Renamed = v.tree.is(r.num, isUsed)
	return n, true
}
