package ntfs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"firescene/formats"
)

// orphans is the folder of files whose own folder is lost.
const orphans = "$Orphan"

// tree is what the master file table says of its records, kept small: two words a
// record, and names of folders only.
type tree struct {
	state []recordState         // by record number
	dirs  map[int64]folder      // live and deleted
	more  map[int64][]extension // extension records, by their base
	paths map[int64]string      // of folders, once made
	named []uint64              // keys of all names of records, in order
	torn  int
}

type recordState struct {
	seq   uint16
	flags uint8
}

const (
	isRecord = 1 << iota
	isUsed
	isDir
)

type folder struct {
	parent ref
	name   string
	space  byte
}

type extension struct {
	num     int64
	baseSeq uint16
	inUse   bool
}

// load reads the table once for its tree.
func (v *Volume) load(ctx context.Context, limits formats.Limits) error {
	if v.tree != nil {
		return nil
	}
	t := &tree{dirs: map[int64]folder{}, more: map[int64][]extension{}, paths: map[int64]string{}}
	inUse := v.mftB / v.RecordB
	late := map[int64]folder{} // names that stand in extension records
	err := v.eachRecord(limits, func(num int64, rec *record) error {
		if num&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if rec == nil || rec.fault != "" {
			t.torn++
		}
		if rec == nil {
			return nil
		}
		for _, a := range rec.attrs {
			if k := a.value; a.kind == attrFileName && len(k) >= fileNameB && len(k) >= fileNameB+2*int(k[64]) {
				t.named = append(t.named, nameKey(refOf(le64(k)).num, k[fileNameB:fileNameB+2*int(k[64])]))
			}
		}
		for int64(len(t.state)) <= num {
			t.state = append(t.state, recordState{})
		}
		s := recordState{seq: rec.seq, flags: isRecord}
		if rec.inUse && num < inUse {
			s.flags |= isUsed
		}
		if rec.base != (ref{}) {
			if rec.base.num != num {
				t.more[rec.base.num] = append(t.more[rec.base.num], extension{num, rec.base.seq, s.flags&isUsed != 0})
			}
			if f, ok := rec.folder(); ok {
				late[rec.base.num] = f
			}
			t.state[num] = recordState{seq: rec.seq, flags: s.flags &^ isRecord}
			return nil
		}
		if rec.dir {
			s.flags |= isDir
			if f, ok := rec.folder(); ok {
				t.dirs[num] = f
			}
		}
		t.state[num] = s
		return nil
	})
	if err != nil {
		return err
	}
	for num, f := range late {
		if _, ok := t.dirs[num]; !ok && t.is(num, isDir) {
			t.dirs[num] = f
		}
	}
	slices.Sort(t.named)
	if t.torn > 0 {
		v.warn("%d records of the master file table are damaged or torn", t.torn)
	}
	v.tree = t
	return nil
}

// bears reports whether some record, live or deleted, bears a name in its folder.
func (t *tree) bears(f fileName) bool {
	_, ok := slices.BinarySearch(t.named, f.key())
	return ok
}

func (t *tree) is(num int64, flag uint8) bool {
	return num >= 0 && num < int64(len(t.state)) && t.state[num].flags&flag != 0
}

// folder is the best name of a folder's record.
func (rec *record) folder() (f folder, ok bool) {
	for _, n := range rec.names() {
		if !ok || f.space == nameDOS {
			f, ok = folder{n.parent, n.name, n.space}, true
		}
	}
	return f, ok
}

// names lists the names of a record.
func (rec *record) names() (out []fileName) {
	for _, a := range rec.attrs {
		if a.kind == attrFileName && !a.nonResident {
			if n, ok := parseFileName(a.value); ok {
				out = append(out, n)
			}
		}
	}
	return out
}

// match reports whether a reference still means the record with its number: the
// record is used and has the same sequence number, or it was freed, which counts
// the sequence number up, and not used since.
func (t *tree) match(r ref) bool {
	if r.num < 0 || r.num >= int64(len(t.state)) {
		return false
	}
	return t.state[r.num].matches(r.seq)
}

func (s recordState) matches(seq uint16) bool {
	switch {
	case s.flags&isRecord == 0:
		return false
	case s.seq == seq:
		return true
	case s.flags&isUsed != 0:
		return false
	}
	next := seq + 1
	if next == 0 {
		next = 1
	}
	return s.seq == next
}

// maxPathB bounds a path, as Windows does.
const maxPathB = 32767 * 3

// path is the path of the folder that a reference means, "" for the root. orphan
// is true when the way up to the root is broken: the path begins at orphans then.
func (t *tree) path(r ref) (path string, orphan bool) {
	p := t.pathOf(r)
	return p, p == orphans || strings.HasPrefix(p, orphans+"/")
}

func (t *tree) pathOf(r ref) string {
	var chain []int64 // from r up, those without a path yet
	top := orphans
	onWay := map[int64]bool{}
	for {
		if r.num == recRoot {
			top = ""
			break
		}
		if !t.match(r) || !t.is(r.num, isDir) || onWay[r.num] {
			break
		}
		if p, ok := t.paths[r.num]; ok {
			top = p
			break
		}
		f, ok := t.dirs[r.num]
		if !ok {
			break
		}
		onWay[r.num] = true
		chain = append(chain, r.num)
		r = f.parent
	}
	for i := len(chain) - 1; i >= 0; i-- {
		if top = join(top, t.dirs[chain[i]].name); len(top) > maxPathB {
			top = orphans + "/" + t.dirs[chain[i]].name
		}
		t.paths[chain[i]] = top
	}
	return top
}

func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

// system reports whether a record is the file system's own: one of the reserved
// ones, or in the folder $Extend.
func (t *tree) system(num int64, parent ref) bool {
	if num < firstUser && num != recRoot {
		return true
	}
	p, _ := t.path(parent)
	return (p == "$Extend" || strings.HasPrefix(p, "$Extend/")) && t.is(recExtend, isUsed)
}

func nameless(num int64) string { return fmt.Sprintf("record %d", num) }
