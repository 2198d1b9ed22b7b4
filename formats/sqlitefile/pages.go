package sqlitefile

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"

	"firescene/formats"
)

// Table is the definition of a table, from the schema of a data base.
type Table struct{ Name, SQL string }

// Tables reads the definitions of a data base's tables, as far as its schema is
// there. The error is an error of r, or a *formats.FormatError when there is no
// header.
func Tables(ctx context.Context, r io.ReaderAt, size int64) ([]Table, error) {
	var head [headerB]byte
	n, err := r.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	h, err := ParseHeader(head[:n])
	if err != nil {
		return nil, err
	}
	f := &finder{ctx: ctx, r: r, h: h, pages: uint32(min(size/int64(h.PageB), maxPages))}
	f.role, f.table = make([]byte, f.pages+1), make([]int32, f.pages+1)
	f.templates = []*template{{}}
	var out []Table
	err = f.tree(1, -1, func(c cell) error {
		payload, err := readPayload(r, &h, c, f.pages, maxSchemaB)
		if o, ok := schemaOf(payload, h.Encoding); ok && o.Type == "table" && len(out) < 10000 {
			out = append(out, Table{o.Name, o.SQL})
		}
		return err
	})
	return out, err
}

// PageRows finds rows in pages without a header, as CheckPages tells them. known
// are tables of data bases found elsewhere: where all rows of a page are of the
// shape of one of them alone, its columns give their names and what was deleted
// from the page is looked for, too. A row may be live or deleted.
func PageRows(ctx context.Context, r io.ReaderAt, size int64, known []Table, emit func(Row) error) error {
	pageB, end, err := CheckPages(r, size)
	if err != nil {
		return err
	}
	if pageB == 0 {
		return &formats.FormatError{Format: format, Offset: 0, Reason: "no page of a table"}
	}
	var templates []*template
	for _, k := range known {
		if t, ok := parseTable(object{Type: "table", Name: k.Name, SQL: k.SQL}); ok {
			templates = append(templates, t)
		}
	}
	b := make([]byte, pageB)
	for at := int64(0); at < end; at += int64(pageB) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if ok, err := readAll(r, b, at); err != nil || !ok {
			return err
		}
		if p, _, ok := parsePage(b, 0); ok && p.kind == tableLeaf {
			if err := lonePage(ctx, r, &p, at, templates, emit); err != nil {
				return err
			}
		}
	}
	return nil
}

// lonePage gives the rows of one page that lies at an offset of the file.
func lonePage(ctx context.Context, r io.ReaderAt, p *page, at int64, templates []*template, emit func(Row) error) error {
	h := Header{PageB: len(p.b), UsableB: len(p.b), SchemaFormat: 4, Encoding: 1}
	// The page is the second of a data base of which nothing else is there.
	f := &finder{ctx: ctx, r: r, h: h, seed: maphash.MakeSeed(), role: []byte{0, 0, roleTree}, table: make([]int32, 3)}
	f.emit = func(row Row) error {
		row.OffsetB += at - int64(h.PageB)
		row.Placed = false
		row.How += "; the page lies apart from its data base"
		return emit(row)
	}
	cells, _ := cellsOf(p)
	t, also := shapeOf(cells, templates)
	var types []uint64
	for _, c := range cells {
		values, missing, ok := decodeRecord(c.local, h.Encoding)
		if !ok {
			continue
		}
		row := f.row(t, values, int64(h.PageB)+int64(c.off), int64(c.sizeB))
		row.RowID, row.HasRowID, row.Missing = c.rowid, true, missingOf(values, missing)
		row.How = "may be live or deleted"
		switch {
		case t != nil:
			row.How += "; its columns are those of a table of this name in another data base"
			types, _, _ = typesOf(c, types)
			t.learn(types)
			row.name(t)
		case also > 1:
			row.How += fmt.Sprintf("; %d known tables have such columns", also)
		}
		if err := f.emit(row); err != nil {
			return err
		}
	}
	if t == nil {
		return nil
	}
	f.templates, f.table[2] = []*template{t}, 1
	if err := f.searchPage(newScanner(&f.h, f.templates), 2, p.b); err != nil {
		return err
	}
	return f.flush()
}

func typesOf(c cell, into []uint64) ([]uint64, int64, bool) {
	head, n := varint(c.local)
	if n == 0 || head > uint64(len(c.local)) {
		return into[:0], 0, false
	}
	return recordTypes(c.local[n:head], into)
}

// shapeOf returns the only one of the tables that all cells can be rows of, and
// how many there are.
func shapeOf(cells []cell, templates []*template) (*template, int) {
	var only *template
	n := 0
	var types []uint64
	for _, t := range templates {
		if only != nil && sameColumns(only, t) {
			continue
		}
		fits := len(cells) > 0
		for _, c := range cells {
			var ok bool
			if types, _, ok = typesOf(c, types); !ok || !t.fits(types) {
				fits = false
				break
			}
		}
		if fits {
			c := *t
			c.columns, c.learned, c.fewest = append([]column(nil), t.columns...), 0, len(t.columns)
			only, n = &c, n+1
		}
	}
	if n != 1 {
		return nil, n
	}
	return only, 1
}

func sameColumns(a, b *template) bool {
	if a.name != b.name || len(a.columns) != len(b.columns) {
		return false
	}
	for i := range a.columns {
		if a.columns[i].name != b.columns[i].name {
			return false
		}
	}
	return true
}
