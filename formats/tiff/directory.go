package tiff

import "fmt"

// Tags that lead to other parts of the file.
const (
	tagWidth, tagHeight, tagBits, tagCompression   = 256, 257, 258, 259
	tagMake                                        = 271
	tagRW2JPEG                                     = 46 // Panasonic's preview
	tagStrips, tagSamples, tagRows, tagStripBytes  = 273, 277, 278, 279
	tagPlanar, tagPredictor                        = 284, 317
	tagTileWidth, tagTileHeight, tagTiles, tagTile = 322, 323, 324, 325
	tagSubDirs, tagTables                          = 330, 347
	tagJPEG, tagJPEGBytes                          = 513, 514
	tagExif, tagGPS, tagInterop, tagDNG            = 34665, 34853, 40965, 50706
)

// kept are the tags whose values are read.
var kept = map[uint16]bool{tagWidth: true, tagHeight: true, tagBits: true, tagCompression: true, tagStrips: true, tagSamples: true, tagRows: true,
	tagStripBytes: true, tagPlanar: true, tagTileWidth: true, tagTileHeight: true, tagTiles: true, tagTile: true, tagSubDirs: true, tagTables: true,
	tagJPEG: true, tagJPEGBytes: true, tagExif: true, tagGPS: true, tagInterop: true}

// places are the tags whose values are lists of places in the file, or of the sizes
// of what is there.
var places = map[uint16]bool{tagStrips: true, tagStripBytes: true, tagTiles: true, tagTile: true}

// single are tags that have a fixed count of values, TIFF 6.0 section 8 and on.
var single = map[uint16]int64{254: 1, 255: 1, 256: 1, 257: 1, 259: 1, 262: 1, 263: 1, 264: 1, 265: 1, 266: 1, 274: 1, 277: 1, 278: 1, 282: 1, 283: 1,
	284: 1, 286: 1, 287: 1, 290: 1, 292: 1, 293: 1, 296: 1, 297: 2, 306: 20, 317: 1, 318: 2, 319: 6, 321: 2, 322: 1, 323: 1, 332: 1, 334: 1,
	512: 1, 513: 1, 514: 1, 515: 1, 529: 3, 530: 2, 531: 1, 532: 6, 34665: 1, 34853: 1, 40965: 1}

// chain follows a list of directories.
func (w *walker) chain(at int64, depth int) {
	for at != 0 && !w.seen[at] && depth < 8 {
		if len(w.seen) >= maxDirs {
			w.wrong(at, "more directories than are followed")
			return
		}
		w.seen[at] = true
		next, ok := w.directory(at, depth)
		if !ok {
			return
		}
		at = next
	}
}

func (w *walker) wrong(at int64, format string, args ...any) {
	if w.text == "" {
		w.fail, w.text = at, fmt.Sprintf(format, args...)
	}
}

// directory reads one directory and what it leads to, and returns the next one.
func (w *walker) directory(at int64, depth int) (next int64, ok bool) {
	countB, entryB, nextB := int64(2), int64(12), int64(4)
	if w.wide {
		countB, entryB, nextB = 8, 20, 8
	}
	b := w.c.PeekAt(at, int(countB))
	if b == nil {
		w.wrong(at+countB, "the directory at %d is not there", at)
		return 0, false
	}
	n := w.number(b)
	if w.entries += int(n); n <= 0 || n > maxEntries || w.entries > maxAllEntries {
		w.wrong(at+countB, "no directory at %d", at)
		return 0, false
	}
	end := at + countB + n*entryB + nextB
	body := w.c.PeekAt(at+countB, int(n*entryB+nextB))
	if body == nil {
		w.wrong(end, "the directory at %d is cut", at)
		if w.c.PeekAt(at+countB, int(n*entryB)) == nil {
			return 0, false
		}
		body = append([]byte(nil), w.c.Peek(int(n*entryB))...)
		body = append(body, make([]byte, nextB)...)
		w.text, w.fail = "", 0
		end -= nextB
	}
	body = append([]byte(nil), body...) // values are read through the same cursor
	d := dir{values: map[uint16][]int64{}}
	odd, refs := 0, []ref{{at, end - at, true}}
	for i := range n {
		e := body[i*entryB : (i+1)*entryB]
		if !w.entry(&d, e, &refs) {
			odd++
		}
	}
	if 2*int64(odd) > n {
		w.wrong(at+countB+entryB, "no directory at %d", at)
		return 0, false
	}
	if d.astray = strayed(d.lists); d.astray {
		odd++
	}
	w.odd += odd
	w.refs = append(w.refs, refs...)
	if depth == 0 && w.maker == "" {
		w.maker = d.make
	}
	w.data(&d)
	for _, tag := range []uint16{tagSubDirs, tagExif, tagGPS, tagInterop} {
		for _, v := range d.values[tag] {
			w.subDirs = w.subDirs || tag == tagSubDirs
			w.chain(v, depth+1)
		}
	}
	return w.number(body[n*entryB:]), true
}

// number reads a whole field as a number.
func (w *walker) number(b []byte) int64 {
	switch len(b) {
	case 1:
		return int64(b[0])
	case 2:
		return int64(w.bo.Uint16(b))
	case 4:
		return int64(w.bo.Uint32(b))
	}
	return int64(min(w.bo.Uint64(b), 1<<62))
}

// entry reads one entry: where its values lie and, for the tags that lead on,
// what they are. It reports whether the entry is valid.
func (w *walker) entry(d *dir, e []byte, refs *[]ref) bool {
	tag, kind := w.bo.Uint16(e), w.bo.Uint16(e[2:])
	unit := unitB(kind)
	count, inline := w.number(e[4:8]), e[8:12]
	if w.wide {
		count, inline = w.number(e[4:12]), e[12:20]
	}
	if unit == 0 || count > maxValueB/unit {
		return false
	}
	valid := true
	if want := single[tag]; want > 0 && count != want {
		count, valid = want, false
	}
	values := inline
	total := unit * count
	at := int64(-1)
	if total > int64(len(inline)) {
		at = w.number(inline)
		*refs = append(*refs, ref{at: at, n: total})
	} else {
		values = inline[:total]
	}
	switch {
	case tag == tagDNG:
		w.dng = true
	case tag == tagRW2JPEG && kind == 7 && w.kind == "rw2" && at >= 0:
		w.jpegs = append(w.jpegs, ref{at: at, n: total})
	case tag == tagMake && kind == 2:
		if at >= 0 {
			values = w.c.PeekAt(at, int(min(total, 16)))
		}
		d.make = string(values)
	case kept[tag] && (d.values[tag] != nil || w.values > 2*maxRefs):
		return false
	case kept[tag] && (kind == 3 || kind == 4 || kind == 13 || kind == 16 || kind == 18 || kind == 1):
		list := w.numbers(values, at, unit, min(count, maxRefs))
		if w.values += len(list); len(list) > 0 {
			d.values[tag] = list
		}
		if at >= 0 && places[tag] {
			d.lists = append(d.lists, ref{at: at, n: total})
		}
	}
	return valid
}

// numbers reads up to n values: of the entry itself, or where it leads to.
func (w *walker) numbers(inline []byte, at, unit, n int64) []int64 {
	if at >= 0 {
		n = min(n, max(0, w.c.Size()-at)/unit)
	}
	list := make([]int64, 0, n)
	const together = 512 // values at a time
	for int64(len(list)) < n {
		b := inline
		if at >= 0 {
			k := min(n-int64(len(list)), together)
			if b = w.c.PeekAt(at+int64(len(list))*unit, int(k*unit)); b == nil {
				left := max(0, w.c.Size()-at) / unit // the data may have ended before that
				if left >= n {
					break
				}
				n = left
				continue
			}
		}
		for ; len(b) >= int(unit); b = b[unit:] {
			list = append(list, w.number(b[:unit]))
		}
	}
	return list
}

func (d *dir) one(tag uint16, otherwise int64) int64 {
	if v := d.values[tag]; len(v) > 0 {
		return v[0]
	}
	return otherwise
}

// data notes the strips, tiles and pictures that a directory leads to.
func (w *walker) data(d *dir) {
	s := strip{compression: d.one(tagCompression, 1), tables: len(d.values[tagTables]) > 0}
	width, height, samples := d.one(tagWidth, 0), d.one(tagHeight, 0), d.one(tagSamples, 1)
	if d.one(tagPlanar, 1) == 2 {
		samples = 1
	}
	for _, p := range [][2]uint16{{tagStrips, tagStripBytes}, {tagTiles, tagTile}} {
		at, n := d.values[p[0]], d.values[p[1]]
		rows := d.one(tagRows, height)
		across := width
		if p[0] == tagTiles {
			across, rows = d.one(tagTileWidth, width), d.one(tagTileHeight, height)
		}
		rows = min(rows, max(height, 1)+1<<16)
		if across > 0 && rows > 0 && across < 1<<24 && rows < 1<<24 && samples < 1<<10 {
			s.rawB = (across*samples*min(d.one(tagBits, 1), 64) + 7) / 8 * rows
		}
		if len(n) == 0 && len(at) == 1 && s.compression == 1 && s.rawB > 0 {
			n = []int64{s.rawB} // the count may be left out then
		}
		wrong := misplaced(at, n)
		for i := range min(len(at), len(n)) {
			if wrong != nil && wrong[i] {
				w.odd++
				continue
			}
			if n[i] == 0 || at[i] == 1<<32-1 || len(w.strips) >= maxRefs {
				continue
			}
			s.at, s.n = at[i], n[i]
			w.strips = append(w.strips, s)
			if d.astray {
				continue
			}
			w.refs = append(w.refs, ref{s.at, s.n, wrong != nil})
			w.padded = w.padded || i > 0 && s.at == at[i-1]+n[i-1]+1 && s.at%2 == 0
			w.unpadded = w.unpadded || s.at%2 == 1
		}
	}
	at, n := d.values[tagJPEG], d.values[tagJPEGBytes]
	for i := range min(len(at), len(n)) {
		w.refs = append(w.refs, ref{at: at[i], n: n[i]})
		w.jpegs = append(w.jpegs, ref{at: at[i], n: n[i]})
	}
}

// strayed reports whether lists of places or sizes share a part, but not all, of
// their bytes. No writer lays them so: where one of them begins is damaged, and
// what they say is not believed.
func strayed(lists []ref) bool {
	for i, l := range lists {
		for _, r := range lists[:i] {
			if l.at < r.end() && r.at < l.end() && l != r {
				return true
			}
		}
	}
	return false
}

// misplaced tells the strips whose place is damaged: where most follow each other,
// one that follows neither the strip before it nor is followed by the next. It is
// nil when there are none.
func misplaced(at, n []int64) (wrong []bool) {
	const slackB = 16
	k := min(len(at), len(n))
	next := func(i, j int) bool { // j follows i
		if i < 0 || j >= k {
			return false
		}
		gap := at[j] - at[i] - n[i]
		return gap >= 0 && gap <= slackB
	}
	bad := 0
	for i := range k {
		if !next(i-1, i) && !next(i, i+1) {
			bad++
		}
	}
	if bad == 0 || k < 8 || 2*bad > k {
		return nil
	}
	wrong = make([]bool, k)
	for i := range k {
		wrong[i] = !next(i, i+1) && (i < k-1 || !next(i-1, i))
	}
	return wrong
}
