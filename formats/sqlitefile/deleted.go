package sqlitefile

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
)

// candidate is a deleted row that is still to be held against the live ones.
type candidate struct {
	t      *template
	row    Row
	drop   bool
	before bool // another version of it is live
}

func plainName(i int) string { return "c" + strconv.Itoa(i+1) }

func plainNames(n int) (out []string) {
	for i := range n {
		out = append(out, plainName(i))
	}
	return out
}

// deleted looks through all space that is not in use.
func (f *finder) deleted() error {
	if err := f.dropped(); err != nil {
		return err
	}
	s := newScanner(&f.h, f.templates)
	buf := make([]byte, f.h.PageB)
	for no := uint32(1); no <= f.pages; no++ {
		switch f.role[no] {
		case roleNextOverflow:
			continue
		}
		if f.h.mapPage(no) || no == f.h.lockPage() {
			continue
		}
		ok, err := f.readPage(no, buf)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := f.searchPage(s, no, buf[:f.h.UsableB]); err != nil {
			return err
		}
		if f.batchB > batchB {
			if err := f.flush(); err != nil {
				return err
			}
		}
	}
	return f.flush()
}

// dropped finds the definitions of dropped tables in the pages of the schema.
func (f *finder) dropped() error {
	s := newScanner(&f.h, []*template{f.schema})
	s.schema = true
	known := map[string]bool{}
	for _, t := range f.templates {
		known[t.name] = true
	}
	buf := make([]byte, f.h.PageB)
	var found []*template
	for no := uint32(1); no <= f.pages; no++ {
		if f.table[no] != 1 && f.role[no] != roleFreeLeaf && f.role[no] != unseen || f.h.mapPage(no) {
			continue
		}
		ok, err := f.readPage(no, buf)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		f.spaces(no, buf[:f.h.UsableB], func(h hit) {
			values, _, _, _ := f.take(buf[:f.h.UsableB], h, no)
			if len(values) != 5 {
				return
			}
			kind, _ := values[0].(string)
			name, _ := values[1].(string)
			sql, _ := values[4].(string)
			if kind == "table" && sql != "" && !known[name] {
				if t, ok := parseTable(object{Type: kind, Name: name, SQL: sql}); ok {
					t.dropped, known[name] = true, true
					found = append(found, t)
				}
			}
		}, s, f.schema)
		if len(found) > 1000 {
			break
		}
	}
	f.templates = append(f.templates, found...)
	return nil
}

// spaces runs a scanner over all space of a page that is not in use.
func (f *finder) spaces(no uint32, b []byte, each func(hit), s *scanner, own *template) {
	region := func(from, to int, block bool) {
		for _, h := range s.region(b, from, to, own, block) {
			each(h)
		}
	}
	head := headOf(no)
	if f.role[no] == roleTrunk {
		n := int(min(binary.BigEndian.Uint32(b[4:]), uint32(len(b)/4-2)))
		region(8+4*n, len(b), false)
		return
	}
	p, _, ok := parsePage(b, head)
	if !ok {
		region(head, len(b), false)
		return
	}
	if p.kind == indexLeaf || p.kind == indexInterior {
		s.extra = 12 // its own entries are records, too, that a row can be read from by mistake
		defer func() { s.extra = 0 }()
	}
	region(p.body+2*p.cells, p.content, false)
	for at, n := p.free, 0; at != 0 && n < len(b)/4; n++ {
		next, size := int(binary.BigEndian.Uint16(b[at:])), int(binary.BigEndian.Uint16(b[at+2:]))
		if size < 4 || at+size > len(b) {
			break
		}
		region(at, at+size, true)
		if next != 0 && (next < at+size || next+4 > len(b)) {
			break
		}
		at = next
	}
}

// worth reports whether a row holds more than NULL and single numbers.
func worth(values []any) bool {
	n := 0
	for _, v := range values {
		switch v := v.(type) {
		case int64, float64:
			n++
		case string:
			n += min(len(v), 2)
		case []byte:
			n += min(len(v), 2)
		}
	}
	return n > 1 || n == 1 && len(values) < 3
}

func (f *finder) searchPage(s *scanner, no uint32, b []byte) error {
	var own *template
	if k := f.table[no]; k > 0 {
		own = f.templates[k-1]
	}
	where := "unused space of a page in use"
	switch f.role[no] {
	case roleTrunk, roleFreeLeaf:
		where = "a page of the free list"
	case unseen:
		where = "a page that no structure leads to"
		if f.latest > 0 && no > f.latest {
			where = "an older state of a page"
		}
	}
	if f.journal {
		where = "a rollback journal"
	}
	base := int64(no-1) * int64(f.h.PageB)
	if f.role[no] == roleFreeLeaf || f.role[no] == unseen {
		if err := f.oldPage(s, no, b, where); err != nil {
			return err
		}
	}
	f.spaces(no, b, func(h hit) {
		values, missing, told, ok := f.take(b, h, no)
		if !ok || !worth(values) || h.t == f.schema && (own != f.schema || !isOf(fmt.Sprint(values[0]), "table", "index", "view", "trigger")) {
			return
		}
		row := f.row(h.t, values, base+int64(h.off), int64(h.end-h.off))
		row.Missing, row.Deleted, row.Placed = missing, true, true
		row.RowID, row.HasRowID = h.rowid, h.form == formCell
		row.How = "in " + where + "; " + formTold[h.form] + told
		if h.t.dropped {
			row.How += "; its table was dropped"
		}
		if h.also != nil {
			row.How += fmt.Sprintf("; it may be of table %q as well", h.also.name)
		}
		f.add(candidate{t: h.t, row: row})
	}, s, own)
	return nil
}

// oldPage takes the cells of a page that is no longer, or not yet, part of a tree.
func (f *finder) oldPage(s *scanner, no uint32, b []byte, where string) error {
	p, _, ok := parsePage(b, headOf(no))
	if !ok || p.kind != tableLeaf || p.cells == 0 {
		return nil
	}
	cells, all := cellsOf(&p)
	if len(cells) == 0 || len(cells) < 2 && !all {
		return nil
	}
	for _, c := range cells {
		payload, complete, err := f.freed(c)
		if err != nil {
			return err
		}
		values, missing, ok := decodeRecord(payload, f.h.Encoding)
		if !ok {
			continue
		}
		head, n := varint(c.local)
		if head > uint64(len(c.local)) {
			continue
		}
		s.types, _, _ = recordTypes(c.local[n:head], s.types)
		var t *template
		for _, k := range s.byColumns[len(s.types)] {
			if k != f.schema && k.fits(s.types) && (t == nil || k.learned > 0 && t.learned == 0) {
				t = k
			}
		}
		row := f.row(t, values, int64(no-1)*int64(f.h.PageB)+int64(c.off), int64(c.sizeB))
		row.RowID, row.HasRowID, row.How = c.rowid, true, "in "+where+"; "+formTold[formCell]
		row.Deleted = !f.journal && (f.role[no] == roleFreeLeaf || f.whole || f.latest > 0 && no > f.latest)
		row.Placed = row.Deleted
		if !row.Placed {
			row.How = "in " + where + ", as the file is not complete; may be live or deleted"
		}
		if t == nil {
			row.How += "; no table has such columns"
		}
		if !complete || missing > 0 {
			row.Missing = missingOf(values, missing)
			row.How += "; its overflow pages were used again"
		}
		f.add(candidate{t: t, row: row})
	}
	return nil
}

// freed reads the payload of a cell that is no longer live: its overflow pages
// count only while nothing else uses them.
func (f *finder) freed(c cell) (payload []byte, complete bool, err error) {
	payload = append(payload, c.local...)
	left := min(c.payloadB, maxValueB) - int64(len(payload))
	buf := make([]byte, f.h.UsableB)
	for next := c.overflow; left > 0; {
		if next < 2 || next > f.pages || f.role[next] != roleFreeLeaf && f.role[next] != unseen {
			return payload, false, nil
		}
		ok, err := f.readPage(next, buf)
		if err != nil || !ok {
			return payload, false, err
		}
		after := binary.BigEndian.Uint32(buf)
		n := min(left, int64(len(buf)-4))
		if left > n == (after < 2 || after > f.pages) && c.payloadB <= maxValueB {
			return payload, false, nil // not the link that its length asks for
		}
		payload = append(payload, buf[4:4+n]...)
		left -= n
		next = after
	}
	return payload, true, nil
}

// take reads the values of a hit. missing lists the columns that are not there,
// or only their beginning.
func (f *finder) take(b []byte, h hit, no uint32) (values []any, missing []int, told string, ok bool) {
	var sum int64
	for _, t := range h.types {
		sum += serialB(t)
	}
	head := h.payloadB - sum
	local := int64(localB(tableLeaf, f.h.UsableB, h.payloadB)) - head
	data := b[h.body:min(h.end, h.body+int(max(local, 0)))]
	if local < sum && !h.cut {
		c := cell{local: data, payloadB: sum, overflow: binary.BigEndian.Uint32(b[h.end-4:])}
		all, complete, err := f.freed(c)
		if err != nil {
			return nil, nil, "", false
		}
		data = all
		if !complete {
			told = "; its overflow pages were used again"
		}
	} else if h.cut {
		told = "; its end was overwritten"
	}
	at := int64(0)
	for i, t := range h.types {
		n := serialB(t)
		if at+n <= int64(len(data)) {
			values = append(values, value(t, data[at:at+n], f.h.Encoding))
			at += n
			continue
		}
		var v any
		if rest := data[min(at, int64(len(data))):]; len(rest) > 0 && class(t) == 3 {
			v = value(13+2*uint64(len(rest)), rest, f.h.Encoding)
		}
		at = math.MaxInt64 / 2
		values, missing = append(values, v), append(missing, i)
	}
	return values, missing, told, true
}
