package ntfs

import (
	"context"
	"strings"

	"firescene/formats"
)

// Change is a record of the change journal, $Extend/$UsnJrnl.
type Change struct {
	USN        int64
	Path       string // from the root, with the folder that the record states
	Orphan     bool   // that folder is lost; Path begins with "$Orphan/"
	Record     int64
	Seq        uint16
	Time       string // as Times
	Reason     uint32
	Attributes uint32
	Gone       bool  // the master file table has no live file for it any more
	OffsetB    int64 // in the volume
	LengthB    int64
}

// reasons are the bits of Reason (Windows SDK, USN_RECORD_V2).
var reasons = []struct {
	bit  uint32
	name string
}{
	{0x1, "data overwrite"}, {0x2, "data extend"}, {0x4, "data truncation"}, {0x10, "named data overwrite"}, {0x20, "named data extend"},
	{0x40, "named data truncation"}, {0x100, "file create"}, {0x200, "file delete"}, {0x400, "extended attribute change"}, {0x800, "security change"},
	{0x1000, "rename old name"}, {0x2000, "rename new name"}, {0x4000, "indexable change"}, {0x8000, "basic info change"}, {0x10000, "hard link change"},
	{0x20000, "compression change"}, {0x40000, "encryption change"}, {0x80000, "object id change"}, {0x100000, "reparse point change"},
	{0x200000, "stream change"}, {0x400000, "transacted change"}, {0x800000, "integrity change"}, {0x80000000, "close"},
}

// Reasons says in words why the record was written.
func (c Change) Reasons() string {
	var out []string
	for _, r := range reasons {
		if c.Reason&r.bit != 0 {
			out = append(out, r.name)
		}
	}
	return strings.Join(out, ", ")
}

const (
	usnMaxB   = 1024 // a record with the longest name, and to spare
	usnChunkB = 256 << 10
)

// Changes visits the records of the change journal in their order, as far as they
// are stored. A volume without a journal has none.
func (v *Volume) Changes(ctx context.Context, limits formats.Limits, visit func(Change) error) error {
	if err := v.load(ctx, limits); err != nil {
		return err
	}
	return v.eachRecord(limits, func(num int64, rec *record) error {
		if rec == nil || rec.base != (ref{}) {
			return nil
		}
		journal := false
		for _, n := range rec.names() {
			journal = journal || n.name == "$UsnJrnl" && n.parent.num == recExtend
		}
		if !journal {
			return nil
		}
		all, _ := v.allOf(rec)
		var parts []part
		for _, r := range all {
			for _, a := range r.attrs {
				if a.kind == attrData && a.name == "$J" {
					parts = append(parts, part{a, r})
				}
			}
		}
		sortParts(parts)
		runs, fault := v.joinRuns(parts)
		if fault != "" {
			v.warn("the change journal: %s", fault)
		}
		for _, m := range runs {
			if m.lcn != Hole {
				if err := v.journalRun(ctx, m, visit); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// journalRun reads the records of one stored run of the journal.
func (v *Volume) journalRun(ctx context.Context, m mapped, visit func(Change) error) error {
	buf := make([]byte, usnChunkB+usnMaxB)
	end := min(m.n*v.ClusterB, v.size-m.lcn*v.ClusterB)
	for at := int64(0); at < end; at += usnChunkB {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, _ := v.r.ReadAt(buf[:min(int64(len(buf)), end-at)], m.lcn*v.ClusterB+at)
		b := buf[:n]
		for p := 0; p < min(usnChunkB, len(b)-56); {
			c, k := parseChange(b[p:])
			if k == 0 {
				p += 8
				continue
			}
			c.OffsetB, c.LengthB = m.lcn*v.ClusterB+at+int64(p), int64(k)
			if err := visit(v.placeChange(c)); err != nil {
				return err
			}
			p += k
		}
	}
	return nil
}

// change is a record before its folder is looked up.
type change struct {
	Change
	parent ref
	name   string
}

// parseChange reads the record that b begins with; n is its length, 0 for none.
func parseChange(b []byte) (c change, n int) {
	if len(b) < 60 {
		return c, 0
	}
	n = int(le32(b))
	major, minor := le16(b[4:]), le16(b[6:])
	if n < 60 || n > usnMaxB || n&7 != 0 || n > len(b) || minor != 0 || major != 2 && major != 3 {
		return c, 0
	}
	at := 8
	id := func() ref {
		r := refOf(le64(b[at:]))
		if at += 8; major == 3 {
			at += 8
		}
		return r
	}
	file := id()
	c.parent = id()
	if at+36 > n {
		return c, 0
	}
	c.USN, c.Record, c.Seq = int64(le64(b[at:])), file.num, file.seq
	t := filetime(le64(b[at+8:]))
	c.Time, c.Reason, c.Attributes = t.String(), le32(b[at+16:]), le32(b[at+28:])
	nameB, nameAt := int(le16(b[at+32:])), int(le16(b[at+34:]))
	if t < year1980 || t >= year2100 || nameB == 0 || nameB&1 != 0 || nameAt != at+36 || nameAt+nameB > n || nameAt+nameB+8 <= n || c.USN < 0 || c.Reason == 0 {
		return c, 0
	}
	c.name = cleanName(utf16Text(b[nameAt : nameAt+nameB]))
	return c, n
}

func (v *Volume) placeChange(c change) Change {
	folder, orphan := v.tree.path(c.parent)
	c.Path, c.Orphan = join(folder, c.name), orphan
	c.Gone = !v.tree.match(ref{c.Record, c.Seq}) || !v.tree.is(c.Record, isUsed)
	return c.Change
}
