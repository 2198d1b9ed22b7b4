package sqlitefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Report is what Check found.
type Report struct {
	Header Header
	// Whole says that every structure of the file is right to its last page.
	Whole bool
	EndB  int64 // length of a whole file; else of the part that is proved right
	NeedB int64 // length as the header states it; 0 when that can not be believed
	// SureB and FailB enclose the place where the file goes wrong, when foreign
	// bytes were seen: it holds at least SureB bytes from its beginning and at most
	// FailB. Both are zero when nothing foreign was seen.
	SureB, FailB int64
	Pages        uint32 // of the file, as far as known
	Reached      uint32 // pages that a structure of the file leads to
	Reason       string // of what is wrong
}

// The role that a page has in the structures that lead to it.
const (
	unseen byte = iota
	roleRoot
	roleTree
	roleFirstOverflow
	roleNextOverflow
	roleTrunk
	roleFreeLeaf
	roleMap
	roleLock
)

// Check follows every structure of a data base in r, which holds size bytes: the
// schema, every b-tree with the order of its row numbers, overflow chains, the
// free list and the pointer map. The error is an error of r.
func Check(r io.ReaderAt, size int64) (Report, error) {
	var head [headerB]byte
	n, err := r.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Report{}, err
	}
	h, err := ParseHeader(head[:n])
	if err != nil {
		return Report{Reason: err.Error()}, nil
	}
	c := &checker{r: r, h: h, failB: math.MaxInt64, buf: make([]byte, h.PageB), leaf: make([]byte, h.PageB), over: make([]byte, 4), used: make([]byte, h.PageB)}
	c.avail = uint32(min(size/int64(h.PageB), maxPages))
	c.pages = c.avail
	if h.Counted() {
		c.pages = h.Pages
	}
	if c.avail == 0 {
		return Report{Header: h, Reason: "shorter than one page"}, nil
	}
	if err := c.run(); err != nil {
		return Report{}, err
	}
	return c.report(), nil
}

type checker struct {
	r            io.ReaderAt
	h            Header
	pages, avail uint32 // of the file; there to be read
	role         []byte // by page number
	owner        []uint32
	proved       []bool
	stack        []visit
	objects      []object
	from         []place // where each object is defined
	failB        int64
	why          string
	missing      bool   // a structure leads to a page that is not there to be read
	buf, leaf    []byte // a page each
	over         []byte
	used         []byte
	cells        []cell
	free         uint32
	pagesOf      []uint32 // scratch: an overflow chain
}

// visit is a b-tree page to look at.
type visit struct {
	no     uint32
	index  bool
	either bool // a root that may be of either kind
	root   bool
	schema bool
	lo, hi int64 // row numbers are above lo and at most hi
	// The keys of an index lie between first and last, nil for no bound, when its
	// order is plain.
	plain       bool
	first, last []byte
	depth       int
}

type place struct {
	no  uint32
	off int
}

// maxPages bounds what is kept account of, at six bytes a page: 64 GiB at the
// usual page size.
const maxPages = 1 << 24

const maxDepth = 40 // a b-tree of 2^32 pages is less deep

// fail notes that something is wrong in a page, seen at an offset of it.
func (c *checker) fail(no uint32, off int, why string, args ...any) {
	if at := int64(no-1)*int64(c.h.PageB) + int64(off); at < c.failB {
		c.failB, c.why = at, fmt.Sprintf("page %d: ", no)+fmt.Sprintf(why, args...)
	}
}

// claim gives a page its role. from is the page that leads to it, and off where
// in that page.
func (c *checker) claim(no, from uint32, off int, role byte) bool {
	if no < 2 && role != roleRoot || no > c.pages || c.h.mapPage(no) || no == c.h.lockPage() {
		c.fail(from, off, "it leads to page %d, which can not be", no)
		return false
	}
	if no > c.avail { // what is not there is not kept account of: its number may be absurd
		c.missing = true
		return false
	}
	for int(no) >= len(c.role) {
		c.role = append(c.role, make([]byte, len(c.role)+64)...)
		c.owner = append(c.owner, make([]uint32, len(c.role)-len(c.owner))...)
		c.proved = append(c.proved, make([]bool, len(c.role)-len(c.proved))...)
	}
	if c.role[no] != unseen {
		c.fail(max(from, c.owner[no]), c.h.PageB, "page %d has two owners", no)
		return false
	}
	c.role[no], c.owner[no] = role, from
	// What lies behind a fault does not matter any more.
	return int64(no-1)*int64(c.h.PageB) < c.failB
}

func (c *checker) read(no uint32, b []byte) error {
	n, err := c.r.ReadAt(b, int64(no-1)*int64(c.h.PageB))
	if n == len(b) || errors.Is(err, io.EOF) {
		clear(b[n:])
		return nil
	}
	return err
}

func (c *checker) run() error {
	if c.claim(1, 1, 0, roleRoot) {
		c.stack = append(c.stack, visit{no: 1, root: true, schema: true, lo: math.MinInt64, hi: math.MaxInt64})
	}
	if err := c.trees(); err != nil {
		return err
	}
	c.roots()
	if err := c.trees(); err != nil {
		return err
	}
	if err := c.freeList(); err != nil {
		return err
	}
	if err := c.pointerMap(); err != nil {
		return err
	}
	return c.unreached()
}

func (c *checker) trees() error {
	for len(c.stack) > 0 {
		v := c.stack[len(c.stack)-1]
		c.stack = c.stack[:len(c.stack)-1]
		if int64(v.no-1)*int64(c.h.PageB) >= c.failB {
			continue
		}
		if err := c.visit(v); err != nil {
			return err
		}
	}
	return nil
}

// visit checks one page and puts its children on the stack.
func (c *checker) visit(v visit) error {
	if err := c.read(v.no, c.buf); err != nil {
		return err
	}
	head := 0
	if v.no == 1 {
		head = headerB
	}
	p, bad, ok := parsePage(c.buf[:c.h.UsableB], head)
	if !ok {
		c.fail(v.no, bad, "not a page of a tree")
		return nil
	}
	index := p.kind == indexLeaf || p.kind == indexInterior
	if index != v.index && !v.either || v.depth > maxDepth {
		c.fail(v.no, head, "a page of another tree")
		return nil
	}
	if p.cells == 0 && (!v.root || p.interior() && v.no != 1) {
		c.fail(v.no, head+3, "an empty page inside a tree")
		return nil
	}
	v.index, v.either = index, false
	c.cells = c.cells[:0]
	firstBad := len(p.b) + 1
	why := "a cell that can not be"
	prev, key, prevEnd := v.lo, v.first, 0
	for i := range p.cells {
		off := p.pointer(i)
		cl, ok := p.cellAt(off)
		if !ok || off < p.content {
			// The pointer or the cell may be foreign: the one that lies first is told by the others.
			firstBad = min(firstBad, max(min(cl.off+9, len(p.b)), p.body+2*i+2))
			continue
		}
		if p.kind != tableInterior && !recordFits(cl.local, cl.payloadB) {
			firstBad = min(firstBad, off+cl.sizeB)
			continue
		}
		if !index {
			// Row numbers of a leaf are above the one before; keys of an interior page too.
			if cl.rowid > v.hi || cl.rowid <= prev && !(prev == math.MinInt64 && i == 0) {
				firstBad, why = min(firstBad, max(off+cl.sizeB, prevEnd)), "row numbers are not those of its place in the tree"
			}
			prev = cl.rowid
		} else if v.plain {
			if key != nil && compareKeys(key, cl.local) > 0 || v.last != nil && compareKeys(cl.local, v.last) > 0 {
				firstBad, why = min(firstBad, max(off+cl.sizeB, prevEnd)), "keys are not those of its place in the tree"
			}
			key = cl.local
		}
		prevEnd = off + cl.sizeB
		c.cells = append(c.cells, cl)
	}
	if firstBad <= len(p.b) {
		c.fail(v.no, firstBad, "%s", why)
		return nil
	}
	if bad, ok := p.extents(c.cells, c.used); !ok {
		c.fail(v.no, bad, "its cells and free blocks do not make up the page")
		return nil
	}
	if p.interior() {
		n := v
		n.root, n.depth = false, v.depth+1
		for _, cl := range c.cells {
			n.no, n.hi = cl.child, cl.rowid
			if v.plain {
				n.last = append([]byte(nil), cl.local...)
			}
			if c.claim(n.no, v.no, cl.off+4, roleTree) {
				c.stack = append(c.stack, n)
			}
			n.lo, n.first = n.hi, n.last
		}
		n.no, n.hi, n.last = p.right, v.hi, v.last
		if c.claim(n.no, v.no, head+12, roleTree) {
			c.stack = append(c.stack, n)
		}
	}
	// Without their order, keys do not tell the place of a page in its tree.
	c.proved[v.no] = !index || v.plain || p.interior()
	for _, cl := range c.cells {
		if cl.overflow != 0 || int64(len(cl.local)) < cl.payloadB {
			if err := c.chain(cl, v.no); err != nil {
				return err
			}
		}
		if v.schema && p.kind == tableLeaf {
			if err := c.schemaRow(cl, v.no); err != nil {
				return err
			}
		}
	}
	return nil
}

// chain follows the overflow pages of a cell. Their number follows from the
// payload's length, so every link must be there and the last must be zero.
func (c *checker) chain(cl cell, from uint32) error {
	per := int64(c.h.UsableB - 4)
	left := cl.payloadB - int64(len(cl.local))
	next, role, off, high := cl.overflow, roleFirstOverflow, cl.off+cl.sizeB, from
	pages := c.pagesOf[:0]
	defer func() { c.pagesOf = pages }()
	for ; left > 0; left -= per {
		if !c.claim(next, from, off, role) {
			return nil
		}
		if err := c.read(next, c.over); err != nil {
			return err
		}
		from, next, role, off = next, binary.BigEndian.Uint32(c.over), roleNextOverflow, 4
		if from > high {
			high = from
		} else {
			off = c.h.PageB // a page before may be right, and the one that led to it foreign
		}
		if left <= per && next != 0 || left > per && (next < 2 || next > c.pages) {
			c.fail(high, off, "an overflow chain that is not as long as its cell says")
			return nil
		}
		pages = append(pages, from)
		if left > per && next == from+1 {
			c.proved[from] = true // a page that names the one behind it is at its place
		}
	}
	for _, no := range pages[:max(len(pages)-1, 0)] { // the last holds a zero, too common to prove anything
		c.proved[no] = true
	}
	return nil
}

// schemaRow takes the root of a table or index from a row of the schema.
func (c *checker) schemaRow(cl cell, from uint32) error {
	payload, err := readPayload(c.r, &c.h, cl, c.avail, maxSchemaB)
	if err != nil {
		return err
	}
	s, ok := schemaOf(payload, c.h.Encoding)
	if !ok {
		if !c.missing { // else its text may only not be there
			c.fail(from, cl.off+cl.sizeB, "not a row of a schema")
		}
		return nil
	}
	if s.Root != 0 {
		c.objects, c.from = append(c.objects, s), append(c.from, place{from, cl.off + cl.sizeB})
	}
	return nil
}

// roots puts the roots of all tables and indices on the stack.
func (c *checker) roots() {
	sorted := map[string]bool{} // tables whose definition names another order
	for _, o := range c.objects {
		if o.Type == "table" && !plainOrder(o.SQL) {
			sorted[o.Table] = true
		}
	}
	for i, o := range c.objects {
		if c.claim(o.Root, c.from[i].no, c.from[i].off, roleRoot) {
			c.stack = append(c.stack, visit{
				no: o.Root, root: true, index: o.Type == "index", either: o.WithoutRowid, lo: math.MinInt64, hi: math.MaxInt64,
				plain: plainOrder(o.SQL) && !sorted[o.Table],
			})
		}
	}
}

// last returns the highest page that something leads to.
func (c *checker) last() uint32 {
	for no := len(c.role) - 1; no > 0; no-- {
		if c.role[no] != unseen {
			return uint32(no)
		}
	}
	return 0
}

// company reports whether most pages before a page belong to the file too: a
// single one far behind them may fit its place by chance.
func (c *checker) company(no uint32) bool {
	n := 0
	for i := uint32(1); i <= 8; i++ {
		if no <= i || c.role[no-i] != unseen || c.h.mapPage(no-i) {
			n++
		}
	}
	return n >= 4
}

func (c *checker) report() Report {
	h := &c.h
	rep := Report{Header: *h, Pages: c.pages}
	if !h.Counted() {
		rep.Pages = c.last()
	} else {
		rep.NeedB = int64(h.Pages) * int64(h.PageB)
	}
	there := min(rep.Pages, c.avail)
	known := min(there, uint32(len(c.role)-1))
	for no := uint32(1); no <= known; no++ {
		if c.role[no] != unseen || h.mapPage(no) || no == h.lockPage() {
			rep.Reached++
		}
	}
	rep.Reached += h.fixed(known, there) // not page by page: absurd numbers are met over and over
	fail := c.failB
	if fail == math.MaxInt64 && !c.missing && rep.Pages <= c.avail {
		rep.EndB = int64(rep.Pages) * int64(h.PageB)
		if rep.Whole = rep.Reached == rep.Pages; !rep.Whole {
			rep.Reason = fmt.Sprintf("nothing leads to %d of its %d pages", rep.Pages-rep.Reached, rep.Pages)
		}
		return rep
	}
	for no := min(uint32(len(c.proved)), c.avail+1); no > 1; no-- {
		if c.proved[no-1] && int64(no-1)*int64(h.PageB) <= fail && c.company(no-1) {
			rep.EndB = int64(no-1) * int64(h.PageB)
			break
		}
	}
	if fail == math.MaxInt64 {
		rep.Reason = fmt.Sprintf("%d of %d pages are there", c.avail, rep.Pages)
		return rep
	}
	rep.Reason, rep.FailB = c.why, fail
	rep.SureB = max(rep.EndB-1, 0) // the end of the last page that is proved may be the place itself
	return rep
}
