package sqlitefile

import (
	"encoding/binary"
	"math"
)

// unreached looks at the pages before a fault whose owners lie behind it.
func (c *checker) unreached() error {
	if c.failB == math.MaxInt64 {
		return nil
	}
	for no := uint32(2); no <= c.avail && int64(no-1)*int64(c.h.PageB) < c.failB; no++ {
		if int(no) < len(c.role) && c.role[no] != unseen || c.h.mapPage(no) || no == c.h.lockPage() {
			continue
		}
		if err := c.anyPage(no); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) freeList() error {
	trunk, from, off := c.h.FreeTrunk, uint32(1), 36
	for trunk != 0 {
		if !c.claim(trunk, from, off, roleTrunk) {
			return nil
		}
		if err := c.read(trunk, c.buf); err != nil {
			return err
		}
		next, n := binary.BigEndian.Uint32(c.buf), int(binary.BigEndian.Uint32(c.buf[4:]))
		if next > c.pages || n < 0 || n > c.h.UsableB/4-2 {
			c.fail(trunk, 8, "not a page of the free list")
			return nil
		}
		c.free++
		ok := true
		for i := range n {
			leaf := binary.BigEndian.Uint32(c.buf[8+4*i:])
			if leaf < 2 || leaf > c.pages {
				c.fail(trunk, 12+4*i, "not a page of the free list")
				return nil
			}
			c.free++
			if c.claim(leaf, trunk, 12+4*i, roleFreeLeaf) {
				if err := c.anyPage(leaf); err != nil {
					return err
				}
			}
			ok = ok && int64(trunk)*int64(c.h.PageB) <= c.failB
		}
		c.proved[trunk] = ok && (n > 0 || next != 0)
		from, off, trunk = trunk, 4, next
	}
	if c.free != c.h.FreePages && c.failB == math.MaxInt64 && !c.missing {
		c.fail(max(from, 1), c.h.PageB, "the free list is not as long as the header says")
	}
	return nil
}

// anyPage checks that a page holds what pages of data bases hold: it is or was a
// page of a tree, or an overflow or free list page and begins with a page number,
// or is empty.
func (c *checker) anyPage(no uint32) error {
	if err := c.read(no, c.leaf); err != nil {
		return err
	}
	first := binary.BigEndian.Uint32(c.leaf)
	if _, _, ok := parsePage(c.leaf[:c.h.UsableB], 0); !ok && first > max(c.pages, 1<<24-1) {
		c.fail(no, 4, "not a page of a data base")
	}
	return nil
}

// pointerMap compares the pointer map with the structures that were followed.
func (c *checker) pointerMap() error {
	if c.h.LargestRoot == 0 {
		return nil
	}
	last := c.pages
	if !c.h.Counted() {
		last = c.last()
	}
	per := c.h.UsableB / 5
	for no := uint32(2); no <= last; no += uint32(per) + 1 {
		at := no
		if at == c.h.lockPage() {
			at++
		}
		if at > c.avail {
			break
		}
		if int64(at-1)*int64(c.h.PageB) >= c.failB {
			continue
		}
		if err := c.read(at, c.buf); err != nil {
			return err
		}
		right, wrong, high := 0, uint32(0), uint32(0)
		for i := range per {
			pg := at + 1 + uint32(i)
			if pg > last || int(pg) >= len(c.role) || c.role[pg] == unseen || pg == c.h.lockPage() {
				continue
			}
			kind, parent := c.buf[5*i], binary.BigEndian.Uint32(c.buf[5*i+1:])
			if want := mapKind(c.role[pg]); kind == want && (want < 3 || parent == c.owner[pg]) {
				right++
			} else if wrong == 0 {
				wrong, high = pg, max(at, pg, c.owner[pg])
			}
		}
		// When nothing agrees the map is foreign, else what led to the page may be.
		if wrong != 0 && right == 0 {
			c.fail(at, 5, "not the pointer map")
		} else if wrong != 0 {
			c.fail(high, c.h.PageB, "the pointer map disagrees about page %d", wrong)
		}
		for int(at) >= len(c.proved) {
			c.proved = append(c.proved, false)
		}
		c.proved[at] = wrong == 0 && right > 1
	}
	return nil
}

func mapKind(role byte) byte {
	switch role {
	case roleRoot:
		return 1
	case roleTrunk, roleFreeLeaf:
		return 2
	case roleFirstOverflow:
		return 3
	case roleNextOverflow:
		return 4
	}
	return 5
}
