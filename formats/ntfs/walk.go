package ntfs

import (
	"context"
	"fmt"
	"math"
	"sort"

	"firescene/formats"
)

// Entry is a stream of a file, or a folder, live or deleted.
type Entry struct {
	Path      string   // from the root, with forward slashes; a named stream follows a colon
	Links     []string // further paths of the same file: its hard links
	Stream    string   // name of an alternate data stream; empty for the file's content
	Record    int64    // number in the master file table
	Seq       uint16
	Dir       bool
	Deleted   bool
	Orphan    bool // the folder it was in is lost; Path begins with "$Orphan/"
	System    bool // the file system's own, not a user's
	NameGuess bool // the name was found in what is left of a deleted one in the record
	Stray     bool // its record was found outside the master file table

	Attributes uint32 // Windows file attributes
	Times      Times  // of $STANDARD_INFORMATION
	NameTimes  Times  // of $FILE_NAME, which programs can not set at will
	// ChangedAt orders files by when their record last changed: 100 ns from 1601.
	ChangedAt uint64

	SizeB      int64  // as recorded
	FoundB     int64  // of SizeB, bytes that can be read
	ValidB     int64  // of SizeB, bytes ever written; the rest reads as zeros
	Resident   bool   // the content lies in the record
	Compressed bool   // read it through Content
	Encrypted  bool   // by EFS, which is not read: the extents hold cipher text
	Elsewhere  string // for content that is not in the stream, what holds it; empty otherwise
	Extents    []Extent
	Metadata   []Extent // what else the file's record keeps outside: its index, its attribute list
	Fault      string   // why FoundB is less than SizeB or other streams are missing; empty when nothing is
	RecordAtB  int64    // of the record in the volume

	place place
}

// Walk visits every stream of every file and every folder, live and deleted, in
// the order of the master file table, with the records behind its used part.
// Damage is noted in Warnings and the rest goes on. It stops at the first error of
// visit or of the context.
func (v *Volume) Walk(ctx context.Context, limits formats.Limits, visit func(Entry) error) error {
	if err := v.load(ctx, limits); err != nil {
		return err
	}
	return v.eachRecord(limits, func(num int64, rec *record) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if rec == nil || rec.base != (ref{}) || !v.tree.is(num, isRecord) {
			return nil
		}
		for _, e := range v.entries(rec) {
			if err := visit(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// maxExtensions bounds the extension records of one file.
const maxExtensions = 1 << 14

// entries makes the entries of one base record.
func (v *Volume) entries(rec *record) (out []Entry) {
	all, fault := v.allOf(rec)
	e := Entry{Record: rec.num, Seq: rec.seq, Dir: rec.dir, RecordAtB: rec.atB, Stray: !rec.table && rec.num >= 4}
	e.Deleted = e.Stray || rec.num >= 4 && !v.tree.is(rec.num, isUsed)
	streams := map[string][]part{}
	var order []string
	var names []fileName
	for _, r := range all {
		names = append(names, r.names()...)
		for _, a := range r.attrs {
			switch {
			case a.kind == attrStandard && len(a.value) >= 36:
				e.Times, e.Attributes, e.ChangedAt = times(a.value), le32(a.value[32:]), le64(a.value[16:])
			case a.kind == attrReparse && len(a.value) >= 4:
				e.Elsewhere = elsewhere(le32(a.value))
			case a.kind != attrData && a.nonResident:
				runs, _ := v.decodeRuns(a.runs, a.lowVCN)
				for _, x := range v.extents(runs, math.MaxInt64) {
					if x.OffsetB != Hole {
						e.Metadata = append(e.Metadata, x)
					}
				}
			case a.kind == attrData:
				if streams[a.name] == nil {
					order = append(order, a.name)
				}
				streams[a.name] = append(streams[a.name], part{a, r})
			}
		}
	}
	if len(names) == 0 {
		for _, r := range all {
			names = append(names, r.slackNames()...)
		}
		e.NameGuess = len(names) > 0
	}
	e.setNames(v, names)
	if rec.dir {
		dir := e
		dir.Elsewhere = ""
		dir.Fault = fault
		out = append(out, dir)
	}
	sort.SliceStable(order, func(i, j int) bool { return order[i] == "" && order[j] != "" })
	for _, name := range order {
		s := e
		s.Dir, s.Stream = false, name
		if name != "" {
			s.Elsewhere = ""
			s.Path += ":" + cleanName(name)
			s.Links = nil
		}
		s.setPlace(v.stream(streams[name]), fault)
		if len(out) > 0 {
			s.Metadata = nil
		}
		out = append(out, s)
	}
	if len(out) == 0 && (len(names) > 0 || len(e.Metadata) > 0) {
		if e.Fault = fault; fault == "" && !e.System { // which have other attributes than $DATA
			e.Fault = "its record names no content"
		}
		out = append(out, e)
	}
	return out
}

func (e *Entry) setPlace(p place, fault string) {
	e.place = p
	e.SizeB, e.FoundB, e.ValidB, e.Extents = p.sizeB, p.foundB, p.validB, p.extents
	e.Resident, e.Compressed, e.Encrypted = p.inside, p.unit > 0, p.crypt
	if e.Fault = p.fault; e.Fault == "" {
		e.Fault = fault
	}
	for _, x := range p.extents {
		if x.OffsetB != Hole {
			e.Elsewhere = "" // a copy is stored here
		}
	}
}

// setNames chooses among a record's names: the long ones, each a hard link, or
// the short one when there is no other.
func (e *Entry) setNames(v *Volume, names []fileName) {
	path := v.tree.path
	if e.Stray {
		path = v.strays.path
	}
	var parent ref
	for pass := 0; pass < 2 && e.Path == ""; pass++ {
		for _, n := range names {
			if (n.space == nameDOS) != (pass == 1) {
				continue
			}
			folder, orphan := path(n.parent)
			p := join(folder, n.name)
			if e.Path != "" {
				if p != e.Path {
					e.Links = append(e.Links, p)
				}
				continue
			}
			e.Path, e.Orphan, e.NameTimes, parent = p, orphan, n.times(), n.parent
			if e.ChangedAt == 0 {
				e.ChangedAt = uint64(n.stamps[2])
			}
		}
	}
	if e.Path == "" {
		e.Path, e.Orphan = join(orphans, nameless(e.Record)), true
	}
	if e.Stray {
		e.System = e.Record < firstUser || parent.num == recExtend
		return
	}
	e.System = v.tree.system(e.Record, parent)
}

// allOf is a base record with its extension records.
func (v *Volume) allOf(rec *record) (all []*record, fault string) {
	all, fault = []*record{rec}, rec.fault
	if rec.table {
		more, f := v.extensions(rec)
		if all = append(all, more...); fault == "" {
			fault = f
		}
	}
	return all, fault
}

// extensions reads the extension records of a file. fault says that one is lost.
func (v *Volume) extensions(rec *record) (out []*record, fault string) {
	used := v.tree.is(rec.num, isUsed)
	have := map[int64]bool{rec.num: true}
	for _, x := range v.tree.more[rec.num] {
		s := recordState{seq: rec.seq, flags: isRecord}
		if used {
			s.flags |= isUsed
		}
		if x.inUse != used || !s.matches(x.baseSeq) || len(out) >= maxExtensions {
			continue
		}
		r, err := v.readRecord(x.num)
		if err != nil {
			continue
		}
		have[x.num] = true
		out = append(out, r)
		if r.fault != "" {
			fault = fmt.Sprintf("its extension record %d: %s", x.num, r.fault)
		}
	}
	for _, p := range v.attributeList(rec) {
		if !have[p.ref.num] {
			return out, fmt.Sprintf("its extension record %d is lost", p.ref.num)
		}
	}
	return out, fault
}

// elsewhere names what holds a file's content when a reparse tag says that the
// stream does not (Microsoft, [MS-FSCC] 2.1.2.1).
func elsewhere(tag uint32) string {
	switch {
	case tag == 0x80000017:
		return "compressed by Windows in its stream WofCompressedData"
	case tag == 0x80000013:
		return "in the store of Windows data deduplication"
	case tag&0xFFFF0FFF == 0x9000001A:
		return "in a cloud store"
	case tag == 0xC0000004, tag == 0x80000006:
		return "in a hierarchical store"
	}
	return ""
}
