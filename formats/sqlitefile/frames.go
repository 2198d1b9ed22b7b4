package sqlitefile

import (
	"context"
	"hash/maphash"
	"io"
	"math"

	"firescene/formats"
)

// WALRows finds rows in a write-ahead log by itself, without its data base. Those
// of the last frame of a page are what was written last; those that only older
// frames hold are reported as deleted. Tables are told when the log holds the
// schema.
func WALRows(ctx context.Context, r io.ReaderAt, size int64, emit func(Row) error) error {
	l, err := CheckWAL(r, size)
	if err != nil {
		return err
	}
	if l.Frames == 0 {
		return &formats.FormatError{Format: format + " WAL", Offset: 0, Reason: "no frame with a right check sum"}
	}
	return frameRows(ctx, r, l, true, emit)
}

// JournalRows finds rows in a rollback journal: its pages are as they were before
// a transaction, so that a row may be live or deleted.
func JournalRows(ctx context.Context, r io.ReaderAt, size int64, emit func(Row) error) error {
	l, err := CheckJournal(r, size)
	if err != nil {
		return err
	}
	if l.Frames == 0 {
		return &formats.FormatError{Format: format + " journal", Offset: 0, Reason: "no page with a right check sum"}
	}
	return frameRows(ctx, r, l, false, emit)
}

// frameRows reads frames as a data base of their last pages, the older ones
// behind them.
func frameRows(ctx context.Context, r io.ReaderAt, l Log, wal bool, emit func(Row) error) error {
	last := map[uint32]int64{}
	v := &framed{r: r, pageB: int64(l.PageB)}
	top := uint32(0)
	current := l.frames[:len(l.frames)-l.Older]
	for _, f := range current {
		if wal || last[f.no] == 0 {
			last[f.no] = f.dataB
		}
		top = max(top, f.no)
	}
	// Page numbers of an absurd height are kept as pages out of order.
	limit := uint32(min(int64(top), 4*int64(len(l.frames))+1<<20))
	v.at = make([]int64, limit+1, int(limit)+1+len(l.frames))
	for i := range l.frames {
		f := l.frames[i]
		if f.no <= limit && last[f.no] == f.dataB {
			v.at[f.no] = f.dataB
		} else {
			v.at = append(v.at, f.dataB)
		}
	}
	h := Header{PageB: l.PageB, UsableB: l.PageB, Encoding: 1, SchemaFormat: 4}
	head := make([]byte, headerB)
	if ok, err := readAll(v, head, 0); err != nil {
		return err
	} else if ok {
		if p, err := ParseHeader(head); err == nil && p.PageB == l.PageB {
			h = p
		}
	}
	h.FreeTrunk, h.LargestRoot = 0, 0
	f := &finder{ctx: ctx, r: v, h: h, seed: maphash.MakeSeed(), pages: uint32(len(v.at) - 1), latest: limit, journal: !wal}
	f.emit = func(row Row) error {
		row.OffsetB = v.place(row.OffsetB)
		return emit(row)
	}
	f.role = make([]byte, f.pages+1)
	f.table = make([]int32, f.pages+1)
	if err := f.follow(); err != nil {
		return err
	}
	err := f.live(func(t *template, c cell, off int64, values []any, missing int64) error {
		row := f.row(t, values, off, int64(c.sizeB))
		row.RowID, row.HasRowID, row.Placed, row.How = c.rowid, true, true, "in the last frame of its page"
		if f.journal {
			row.Placed, row.How = false, "in a rollback journal: as it was before a transaction; may be live or deleted"
		}
		row.Missing = missingOf(values, missing)
		row.name(t)
		return f.emit(row)
	})
	if err != nil {
		return err
	}
	return f.deleted()
}

// framed gives the pages of frames at the places that they have in a data base.
type framed struct {
	r     io.ReaderAt
	pageB int64
	at    []int64 // by page number; 0 for none
}

func (v *framed) place(off int64) int64 {
	if no := off/v.pageB + 1; no < int64(len(v.at)) {
		return v.at[no] + off%v.pageB
	}
	return 0
}

func (v *framed) ReadAt(p []byte, off int64) (int, error) {
	no := off/v.pageB + 1
	if off < 0 || no >= int64(len(v.at)) || v.at[no] == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), v.pageB-off%v.pageB)
	k, err := v.r.ReadAt(p[:n], v.at[no]+off%v.pageB)
	if k < len(p) && (err == nil || k == int(n)) {
		err = io.EOF
	}
	return k, err
}

// PagesHead reports whether b can begin a leaf page of a table that was never
// changed but by adding rows.
func PagesHead(b []byte) bool {
	return len(b) >= 12 && b[0] == tableLeaf && b[1] == 0 && b[2] == 0 && b[7] == 0 && (b[3] != 0 || b[4] > 1) && (b[5] != 0 || b[6] != 0)
}

// CheckPages finds pages of a data base whose header is not there: a leaf page of
// a table at the beginning of r, and the pages of the same size behind it that are
// right by themselves. pageB is 0 when there are none.
func CheckPages(r io.ReaderAt, size int64) (pageB int, endB int64, err error) {
	b := make([]byte, 65536)
	n, err := r.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return 0, 0, err
	}
	used := make([]byte, 65536)
	for p := 512; p <= n; p *= 2 {
		if soundPage(b[:p], used, true) {
			pageB = p
			break
		}
	}
	if pageB == 0 {
		return 0, 0, nil
	}
	endB = int64(pageB)
	for endB+int64(pageB) <= size {
		if ok, err := readAll(r, b[:pageB], endB); err != nil {
			return 0, 0, err
		} else if !ok || !soundPage(b[:pageB], used, false) {
			break
		}
		endB += int64(pageB)
	}
	return pageB, endB, nil
}

// soundPage reports whether a page of a tree is right by itself and holds rows.
func soundPage(b, used []byte, leaf bool) bool {
	p, _, ok := parsePage(b, 0)
	if !ok || p.cells == 0 || leaf && (p.kind != tableLeaf || p.cells < 2) {
		return false
	}
	cells, all := cellsOf(&p)
	if !all {
		return false
	}
	prev, end, body := int64(math.MinInt64), 0, int64(0)
	for i, c := range cells {
		if (p.kind == tableLeaf || p.kind == tableInterior) && i > 0 && c.rowid <= prev {
			return false
		}
		prev, end = c.rowid, max(end, c.off+c.sizeB)
		body += c.payloadB
	}
	if _, ok := p.extents(cells, used); !ok {
		return false
	}
	return !leaf || end == len(b) && body > 16
}
