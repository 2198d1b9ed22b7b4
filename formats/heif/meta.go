package heif

import (
	"encoding/binary"

	"firescene/formats/isobmff"
)

// maxItems and maxExtents bound what a meta box may list.
const (
	maxItems   = 1 << 16
	maxExtents = 1 << 18
)

// meta reads where the items of a meta box lie and returns the end of the
// furthest. What can not be read is noted and passed over: the boxes give the
// file's end all the same.
func (c *checker) meta(meta isobmff.Box) (endB int64) {
	c.lengthB, c.kinds = 4, map[uint32]string{}
	ok, _ := isobmff.Children(c.w, meta, 4, func(b isobmff.Box) bool {
		switch b.Type {
		case "iloc":
			endB = max(endB, c.locations(b))
		case "iinf":
			c.infos(b)
		case "iprp":
			isobmff.Children(c.w, b, 0, func(p isobmff.Box) bool {
				if p.Type == "ipco" {
					isobmff.Children(c.w, p, 0, func(q isobmff.Box) bool {
						if h := c.w.At(q.BodyB(), 22); q.Type == "hvcC" && len(h) == 22 {
							c.lengthB = 1 + int64(h[21]&3)
						}
						return true
					})
				}
				return true
			})
		}
		return true
	})
	if !ok {
		c.odd = "its meta box is damaged"
	}
	return endB
}

// locations reads the item location box, 8.11.3.
func (c *checker) locations(b isobmff.Box) (endB int64) {
	f := fields{c: c, at: b.BodyB(), end: b.EndB()}
	version := f.uint(4) >> 24
	sizes := f.uint(2)
	offsetB, lengthB, baseB, indexB := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if version == 0 {
		indexB = 0
	}
	wide := 2
	if version == 2 {
		wide = 4
	}
	n := f.uint(wide)
	extents := 0
	for range min(n, maxItems) {
		id, method := uint32(f.uint(wide)), uint64(0)
		if version > 0 {
			method = f.uint(2) & 15
		}
		dataRef := f.uint(2)
		base := f.uint(baseB)
		count := f.uint(2)
		if f.bad {
			break
		}
		for range count {
			f.uint(indexB)
			at, size := base+f.uint(offsetB), f.uint(lengthB)
			if extents++; f.bad || extents > maxExtents {
				c.odd = "its item locations are damaged"
				return endB
			}
			if dataRef != 0 || size == 0 || at > 1<<60 || size > 1<<60 {
				continue
			}
			if method == 1 && count == 1 && len(c.inside) < maxItems {
				c.inside = append(c.inside, item{id: id, at: int64(at), end: int64(at + size)})
			}
			if method != 0 {
				continue
			}
			end := int64(at + size)
			endB = max(endB, end)
			if count == 1 {
				c.items = append(c.items, item{id: id, at: int64(at), end: end})
			}
		}
	}
	if f.bad || n > maxItems {
		c.odd = "its item locations are damaged"
	}
	return endB
}

// infos reads the kinds of the items, 8.11.6.
func (c *checker) infos(b isobmff.Box) {
	h := c.w.At(b.BodyB(), 1)
	skip := int64(6)
	if len(h) == 1 && h[0] > 0 {
		skip = 8
	}
	isobmff.Children(c.w, b, skip, func(e isobmff.Box) bool {
		f := fields{c: c, at: e.BodyB(), end: e.EndB()}
		version := f.uint(4) >> 24
		wide := 2
		if version == 3 {
			wide = 4
		}
		id := uint32(f.uint(wide))
		f.uint(2)
		kind := f.uint(4)
		if e.Type == "infe" && version >= 2 && !f.bad && len(c.kinds) < maxItems {
			c.kinds[id] = string(binary.BigEndian.AppendUint32(nil, uint32(kind)))
		}
		return true
	})
}

// fields reads numbers in order inside a box.
type fields struct {
	c       *checker
	at, end int64
	bad     bool
}

// uint reads a number of n bytes, 0 to 8; bad is set when it is not there.
func (f *fields) uint(n int) (v uint64) {
	if n == 0 || f.bad {
		return 0
	}
	b := f.c.w.At(f.at, n)
	if len(b) < n || n > 8 || f.at+int64(n) > f.end {
		f.bad = true
		return 0
	}
	f.at += int64(n)
	for _, x := range b {
		v = v<<8 | uint64(x)
	}
	return v
}
