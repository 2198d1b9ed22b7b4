// Package heif checks HEIC and AVIF pictures and picture sequences to their true
// end: the boxes, the places of the coded items, and the units that the coded
// data breaks up into. It decodes no samples.
//
// Specifications: ISO/IEC 23008-12:2022 (HEIF), ISO/IEC 14496-12:2022 8.11
// (meta boxes and items), ISO/IEC 14496-15:2022 (units), AV1 Bitstream
// Specification 1.0.0 section 5.3 (units of AV1), AV1 Image File Format 1.1.
package heif

import (
	"encoding/binary"
	"fmt"
	"io"
	"sort"

	"firescene/formats"
	"firescene/formats/follow"
	"firescene/formats/h26x"
	"firescene/formats/isobmff"
)

// brands are the major brands of pictures and picture sequences, with the kind
// that files with them are named for.
var brands = map[string]string{
	"mif1": "heic", "mif2": "heic", "msf1": "heic", "heic": "heic", "heix": "heic", "heim": "heic", "heis": "heic",
	"hevc": "heic", "hevx": "heic", "hevm": "heic", "hevs": "heic", "avif": "avif", "avis": "avif", "avci": "avci", "avcs": "avci",
	"jpeg": "heic", "jpgs": "heic", "miaf": "heic",
}

// Brands lists the major brands that Head takes.
func Brands() []string {
	var out []string
	for b := range brands {
		out = append(out, b)
	}
	sort.Strings(out)
	return out
}

// Head reports whether b begins like a picture of the family.
func Head(b []byte) bool {
	return len(b) >= 16 && isobmff.Head(b) && string(b[4:8]) == "ftyp" && brands[string(b[8:12])] != ""
}

// Check follows the file that begins at offset 0 of r over at most size bytes.
// The error is an error of r.
func Check(r io.ReaderAt, size int64) (follow.Report, error) {
	c := &checker{w: formats.NewWindow(r, size, 64<<10)}
	var rep follow.Report
	b := c.w.At(0, 64)
	if !Head(b) {
		rep.Stop(follow.Not, "no file type box of a picture")
		return rep, c.w.Err()
	}
	rep.Kind = brands[string(b[8:12])]
	base, err := isobmff.Check(r, size, formats.DefaultLimits(), func(_ *formats.Window, meta isobmff.Box) (int64, bool) {
		return c.meta(meta), true
	})
	if err != nil {
		return rep, err
	}
	if base.Is("avif", "avis") {
		rep.Kind = "avif"
	}
	rep.What = fmt.Sprintf("%s, %d items", rep.Kind, len(c.items))
	if len(base.Tracks) > 0 {
		rep.What += fmt.Sprintf(", %d tracks", len(base.Tracks))
	}
	rep.SureB, rep.FailB, rep.NeedB, rep.Reason = base.SureB, min(base.FailB, size), base.NeedB, base.Reason
	end := base.EndB
	switch base.State {
	case isobmff.Whole:
		rep.State = follow.Whole
	case isobmff.Truncated:
		rep.State, end = follow.Truncated, size
		rep.NeedB = max(rep.NeedB, base.DataEndB)
	default:
		rep.State, end = follow.Damaged, min(max(base.FailB, base.SureB), size)
	}
	units := c.content(base.Boxes, min(end, size))
	if c.fail > 0 {
		// the content shows more closely where the file goes wrong than its boxes
		if rep.State == follow.Whole || rep.FailB == 0 || c.fail < rep.FailB {
			rep.NeedB = max(rep.NeedB, base.EndB, base.DataEndB)
			rep.Stop(follow.Damaged, "%s", c.text)
			rep.FailB, rep.SureB = min(c.fail, size), min(c.sure, c.fail)
		}
	}
	rep.SureB = max(rep.SureB, min(c.sure, max(end, 0)))
	if rep.FailB > 0 {
		rep.SureB = min(rep.SureB, rep.FailB)
	}
	if rep.State != follow.Whole {
		switch {
		case len(c.items) == 0 && len(base.Tracks) == 0:
		case rep.FailB > 0:
			rep.GoodB = rep.FailB
		default:
			rep.GoodB = max(rep.SureB, min(size, rep.NeedB))
		}
		return rep, c.w.Err()
	}
	// Random data in a large unit is not seen, so that few units prove no more than
	// lengths do, unless the end that they lead to is one.
	depth := follow.Lengths
	switch {
	case units >= minUnits && units*maxUnitB >= end:
		depth, rep.Checked = follow.Codes, "the lengths and headers of its coded units agree; their codes were not followed"
	case units > 0 && c.odd == "" && follow.FilledBehind(r, size, end):
		depth, rep.Checked = follow.Codes, "its lengths lead to where the last sector is filled with zeros; its codes were not followed"
	}
	rep.Done(end, depth)
	rep.What += fmt.Sprintf(", %d units", units+base.Units)
	rep.Reason = c.odd
	return rep, c.w.Err()
}

// Units of at most maxUnitB on average, and so many, are as good as codes.
const (
	minUnits = 8
	maxUnitB = 16 << 10
)

type checker struct {
	w       *formats.Window
	items   []item
	inside  []item            // those within the meta box's own data, counted from its start
	kinds   map[uint32]string // of items
	lengthB int64             // of the length field before a unit
	odd     string            // what is strange about the meta box

	sure, fail int64
	text       string
}

// item is a coded item in one piece; one in several has no coding.
type item struct {
	id      uint32
	coding  string
	at, end int64
}

// content checks the coded items in the order of the file up to limit and
// returns how many units they held.
func (c *checker) content(boxes []isobmff.Box, limit int64) (units int64) {
	for i := range c.items {
		c.items[i].coding = c.kinds[c.items[i].id]
	}
	sort.SliceStable(c.items, func(i, j int) bool { return c.items[i].at < c.items[j].at })
	last := int64(0)
	for _, it := range c.items {
		if it.end <= last {
			continue // items may share data; each is followed once
		}
		last = it.end
		if !placed(boxes, it) {
			c.odd = "an item's place is not in the picture data"
			continue
		}
		n := int64(0)
		switch it.coding {
		case "hvc1":
			n = c.units(h26x.HEVC, it, limit)
		case "avc1":
			n = c.units(h26x.AVC, it, limit)
		case "av01":
			n = c.obus(it, limit)
		}
		units += n
		if c.fail > 0 || it.at >= limit {
			return units
		}
	}
	return units
}

// placed reports whether an item can lie where it is said to: not across the
// border of a box that was walked, and not before the data.
func placed(boxes []isobmff.Box, it item) bool {
	for _, b := range boxes {
		if it.at < b.EndB() {
			return b.Type == "mdat" && it.at >= b.BodyB() && it.end <= b.EndB()
		}
	}
	return true
}

func (c *checker) wrong(at int64, format string, args ...any) {
	c.fail, c.text = at, fmt.Sprintf(format, args...)
}

// units follows the length-prefixed units of an item.
func (c *checker) units(codec h26x.Codec, it item, limit int64) (n int64) {
	for at := it.at; at < it.end; {
		h := c.w.At(at, int(c.lengthB)+2)
		if at+c.lengthB+2 > limit || int64(len(h)) < c.lengthB+2 {
			return n
		}
		size := int64(0)
		for _, x := range h[:c.lengthB] {
			size = size<<8 | int64(x)
		}
		from := at + c.lengthB
		kind, ok := codec.UnitType(h[c.lengthB:])
		if size == 0 || size > it.end-from || !ok {
			c.wrong(from+2, "no unit of %v at %d in the item that ends at %d", codec, at, it.end)
			return n
		}
		c.sure = max(c.sure, from+2)
		if kind <= lastSlice(codec) {
			if bad := c.textIn(from, min(from+size, limit)); bad >= 0 {
				c.wrong(bad+follow.TextB, "text in the coded picture at %d", bad)
				return n
			}
		}
		if bad := c.forbidden(from, min(from+size, limit), from+size); bad >= 0 {
			c.wrong(bad+3, "bytes at %d that can not stand in a unit", bad)
			return n
		}
		at = from + size
		n++
	}
	return n
}

// lastSlice is the highest type of a unit that holds coded samples.
func lastSlice(codec h26x.Codec) int {
	if codec == h26x.AVC {
		return 5
	}
	return 31
}

// textIn looks for a run of text in [from, to), which holds coded samples; -1 when
// there is none.
func (c *checker) textIn(from, to int64) int64 {
	const pieceB, overlapB = 32 << 10, 256
	for at := from; at < to; at += pieceB - overlapB {
		b := c.w.At(at, int(min(pieceB, to-at)))
		if i := follow.TextIn(b); i >= 0 {
			return at + int64(i)
		}
		if len(b) < pieceB {
			break
		}
	}
	return -1
}

// forbidden looks in [from, to) for bytes that can not stand in a unit that ends
// at end, other than zeros that fill it up. It is -1 when there are none.
func (c *checker) forbidden(from, to, end int64) int64 {
	const pieceB, overlapB = 32 << 10, 2
	for at := from; at < to; {
		b := c.w.At(at, int(min(pieceB, to-at)))
		if i := h26x.Forbidden(b); i >= 0 {
			bad := at + int64(i)
			if end-bad <= 64 && to == end {
				zero := true
				for _, x := range c.w.At(bad, int(end-bad)) {
					zero = zero && x == 0
				}
				if zero {
					return -1
				}
			}
			return bad
		}
		if len(b) <= overlapB || at+int64(len(b)) >= to {
			return -1
		}
		at += int64(len(b)) - overlapB
	}
	return -1
}

// obus follows the units of an AV1 item, section 5.3.
func (c *checker) obus(it item, limit int64) (n int64) {
	for at := it.at; at < it.end; {
		h := c.w.At(at, 10)
		if at+2 > limit || len(h) < 2 {
			return n
		}
		kind, extended, sized := h[0]>>3&15, h[0]>>2&1, h[0]>>1&1
		if h[0]&0x81 != 0 || kind == 0 || kind > 8 && kind < 15 {
			c.wrong(at+1, "no unit of AV1 at %d", at)
			return n
		}
		from, size := at+1+int64(extended), it.end-at-1-int64(extended)
		if sized == 1 {
			v, k := binary.Uvarint(h[1+extended:])
			if k <= 0 || int64(min(v, 1<<62)) > it.end-from-int64(k) {
				c.wrong(from+8, "the unit at %d reaches out of its item", at)
				return n
			}
			from, size = from+int64(k), int64(v)
		}
		c.sure = max(c.sure, min(from, limit))
		at = from + size
		n++
	}
	return n
}
