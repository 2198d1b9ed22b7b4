package sqlitefile

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"io"
	"sort"
)

// Row is a row of a table.
type Row struct {
	Table   string // empty when the table is not known: the columns are c1, c2, ...
	Names   []string
	Values  []any // nil, int64, float64, string or []byte
	Deleted bool
	// Placed says that the place of its page in the file is known. A row of a page
	// that no structure leads to, in a file that is not complete, may be either
	// live or deleted.
	Placed   bool
	RowID    int64
	HasRowID bool
	// Missing lists the columns whose values are not there, or only their beginning.
	Missing []int
	OffsetB int64 // of what is left of it, in the file
	LengthB int64
	How     string
}

// RowOptions say which rows are wanted.
type RowOptions struct {
	// Live asks for rows that are not deleted, too. Of a file that is not complete
	// they are always given: no data base program opens it.
	Live bool
}

const (
	maxValueB = 1 << 20  // of one value that is kept
	batchB    = 32 << 20 // of candidates that are held against the live rows at once
)

// Rows finds rows of a data base in r, which holds size bytes; the file may be
// broken or cut. Deleted rows are looked for in free blocks and unused space of
// pages, in pages of the free list and in what is left of dropped tables. A row
// that is the same as a live one is not reported: it was only moved. Rows come in
// order of their place, live ones first. Errors are of r, of emit, or a
// *formats.FormatError when there is no header.
func Rows(ctx context.Context, r io.ReaderAt, size int64, o RowOptions, emit func(Row) error) error {
	var head [headerB]byte
	n, err := r.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	h, err := ParseHeader(head[:n])
	if err != nil {
		return err
	}
	f := &finder{ctx: ctx, r: r, h: h, emit: emit, seed: maphash.MakeSeed()}
	f.pages = uint32(min(size/int64(h.PageB), maxPages))
	if h.Counted() {
		f.whole = f.pages >= h.Pages
		f.pages = min(f.pages, h.Pages)
	}
	f.role = make([]byte, f.pages+1)
	f.table = make([]int32, f.pages+1)
	if err := f.follow(); err != nil {
		return err
	}
	if o.Live || h.Counted() && !f.whole {
		err := f.live(func(t *template, c cell, off int64, values []any, missing int64) error {
			row := f.row(t, values, off, int64(c.sizeB))
			row.RowID, row.HasRowID, row.Placed, row.How = c.rowid, true, true, "live row"
			row.name(t)
			if missing > 0 {
				row.How += "; part of it lies in pages that are not there"
				row.Missing = missingOf(values, missing)
			}
			return emit(row)
		})
		if err != nil {
			return err
		}
	}
	return f.deleted()
}

type finder struct {
	ctx       context.Context
	r         io.ReaderAt
	h         Header
	pages     uint32
	whole     bool
	latest    uint32 // of frames: pages behind it are older states; 0 for a data base
	journal   bool   // pages are of a rollback journal
	role      []byte
	table     []int32 // of a tree's page: index of its template + 1
	templates []*template
	schema    *template
	emit      func(Row) error
	batch     []candidate
	batchB    int
	seed      maphash.Seed
}

func (f *finder) readPage(no uint32, b []byte) (bool, error) {
	if err := f.ctx.Err(); err != nil {
		return false, err
	}
	n, err := f.r.ReadAt(b, int64(no-1)*int64(f.h.PageB))
	if n < len(b) {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return false, err
	}
	return true, nil
}

func headOf(no uint32) int {
	if no == 1 {
		return headerB
	}
	return 0
}

// cellsOf returns the cells of a page whose pointers and records are right.
func cellsOf(p *page) (cells []cell, all bool) {
	all = true
	for i := range p.cells {
		c, ok := p.cellAt(p.pointer(i))
		if !ok || p.kind != tableInterior && !recordFits(c.local, c.payloadB) {
			all = false
			continue
		}
		cells = append(cells, c)
	}
	return cells, all
}

// learnRows is how many live rows of a table tell what its columns hold.
const learnRows = 5000

// follow walks the trees of all tables and the free list as far as they are
// there.
func (f *finder) follow() error {
	f.schema = &template{name: "sqlite_schema", alias: -1, columns: []column{
		{name: "type", wants: textAffinity, notNull: true}, {name: "name", wants: textAffinity}, {name: "tbl_name", wants: textAffinity},
		{name: "rootpage", wants: integerAffinity}, {name: "sql", wants: textAffinity},
	}}
	f.schema.fewest = 5
	f.templates = []*template{f.schema}
	var objects []object
	err := f.tree(1, 1, func(c cell) error {
		payload, err := readPayload(f.r, &f.h, c, f.pages, maxSchemaB)
		if o, ok := schemaOf(payload, f.h.Encoding); ok {
			objects = append(objects, o)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, o := range objects {
		at := int32(-1)
		if t, ok := parseTable(o); ok && o.Type == "table" && o.Root != 0 {
			f.templates = append(f.templates, t)
			at = int32(len(f.templates))
		}
		if err := f.tree(o.Root, at, nil); err != nil {
			return err
		}
	}
	return f.freeList()
}

// tree walks a tree whose pages belong to a template, -1 for none.
func (f *finder) tree(root uint32, table int32, each func(cell) error) error {
	stack := []uint32{root}
	buf := make([]byte, f.h.PageB)
	var types []uint64
	for len(stack) > 0 {
		no := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if no == 0 || no > f.pages || f.role[no] != unseen {
			continue
		}
		ok, err := f.readPage(no, buf)
		if err != nil {
			return err
		}
		p, _, is := parsePage(buf[:f.h.UsableB], headOf(no))
		if !ok || !is || table > 0 && p.kind != tableLeaf && p.kind != tableInterior {
			continue // not there, or overwritten
		}
		f.role[no], f.table[no] = roleTree, table
		cells, _ := cellsOf(&p)
		for _, c := range cells {
			if p.interior() {
				stack = append(stack, c.child)
			}
			if err := f.chain(c); err != nil {
				return err
			}
			if p.kind != tableLeaf {
				continue
			}
			if table > 0 {
				if t := f.templates[table-1]; t.learned < learnRows {
					if head, n := varint(c.local); n > 0 && head <= uint64(len(c.local)) {
						if types, _, ok = recordTypes(c.local[n:head], types); ok {
							t.learn(types)
						}
					}
				}
			}
			if each != nil {
				if err := each(c); err != nil {
					return err
				}
			}
		}
		if p.interior() {
			stack = append(stack, p.right)
		}
	}
	return nil
}

// chain marks the overflow pages of a live cell.
func (f *finder) chain(c cell) error {
	var b [4]byte
	left := c.payloadB - int64(len(c.local))
	for next := c.overflow; left > 0 && next > 1 && next <= f.pages && f.role[next] == unseen; left -= int64(f.h.UsableB - 4) {
		f.role[next] = roleNextOverflow
		if ok, err := f.readPage(next, b[:]); err != nil || !ok {
			return err
		}
		next = binary.BigEndian.Uint32(b[:])
	}
	return nil
}

func (f *finder) freeList() error {
	buf := make([]byte, f.h.PageB)
	for trunk := f.h.FreeTrunk; trunk > 1 && trunk <= f.pages && f.role[trunk] == unseen; {
		ok, err := f.readPage(trunk, buf)
		if err != nil {
			return err
		}
		n := int64(binary.BigEndian.Uint32(buf[4:]))
		if !ok || n > int64(f.h.UsableB/4-2) {
			return nil
		}
		f.role[trunk] = roleTrunk
		for i := range int(n) {
			if leaf := binary.BigEndian.Uint32(buf[8+4*i:]); leaf > 1 && leaf <= f.pages && f.role[leaf] == unseen {
				f.role[leaf] = roleFreeLeaf
			}
		}
		trunk = binary.BigEndian.Uint32(buf)
	}
	return nil
}

// live calls each for the rows of all tables, in order of their pages.
func (f *finder) live(each func(t *template, c cell, off int64, values []any, missing int64) error) error {
	buf := make([]byte, f.h.PageB)
	for no := uint32(1); no <= f.pages; no++ {
		if f.role[no] != roleTree || f.table[no] < 1 {
			continue
		}
		ok, err := f.readPage(no, buf)
		if err != nil {
			return err
		}
		p, _, is := parsePage(buf[:f.h.UsableB], headOf(no))
		if !ok || !is || p.kind != tableLeaf {
			continue
		}
		t := f.templates[f.table[no]-1]
		cells, _ := cellsOf(&p)
		for _, c := range cells {
			payload, err := readPayload(f.r, &f.h, c, f.pages, maxValueB)
			if err != nil {
				return err
			}
			values, missing, ok := decodeRecord(payload, f.h.Encoding)
			if !ok {
				continue
			}
			if err := each(t, c, int64(no-1)*int64(f.h.PageB)+int64(c.off), values, missing); err != nil {
				return err
			}
		}
	}
	return nil
}

// missingOf lists the columns at the end of a record of which bytes are missing.
func missingOf(values []any, missing int64) (out []int) {
	for i := len(values) - 1; i >= 0 && values[i] == nil && missing > 0; i-- {
		out = append([]int{i}, out...)
	}
	return out
}

// row names the values of a row.
func (f *finder) row(t *template, values []any, off, n int64) Row {
	r := Row{Values: values, OffsetB: off, LengthB: n}
	if t == nil {
		r.Names = plainNames(len(values))
		return r
	}
	r.Table = t.name
	for i := range values {
		if i < len(t.columns) {
			r.Names = append(r.Names, t.columns[i].name)
		} else {
			r.Names = append(r.Names, plainName(i))
		}
	}
	return r
}

// name gives the column that stands for the row number its value.
func (r *Row) name(t *template) {
	if t != nil && t.alias >= 0 && t.alias < len(r.Values) {
		r.Values[t.alias] = nil
		if r.HasRowID {
			r.Values[t.alias] = r.RowID
		}
	}
}

// sortRows puts candidates in the order of their place.
func sortRows(c []candidate) {
	sort.SliceStable(c, func(i, j int) bool { return c[i].row.OffsetB < c[j].row.OffsetB })
}
