package jpeg

import (
	"bytes"
	"fmt"

	"firescene/formats"
)

// component is one colour component of the frame.
type component struct {
	id, h, v, tq int
	blocksW      int // blocks across and down that hold samples (scan of one component)
	blocksH      int
	paddedW      int      // blocks across including those that fill the last MCU
	nonzero      []uint64 // progressive: a bit for each coefficient known not to be zero
	index        int      // its place in the frame header
	dcSeen       bool
	dcOnly       bool // a preview needs nothing else of it
	pred         int
}

// walker follows the markers of one picture.
type walker struct {
	src         *source
	limits      formats.Limits
	start       int64
	rep         Report
	comps       []component // of room
	room        [4]component
	hMax, vMax  int
	mcusW       int
	mcusH       int
	precision   int
	quant       [4][64]uint16 // quantisation tables in zigzag order; a DC entry of 0 is a table not defined
	huff        [2][4]*huffman
	restartMCUs int
	markersOnly bool
	mpf         *mpIndex
	begun       bool  // the start of image was read
	scanning    bool  // cur is under way
	skipping    bool  // the coded data of a scan that is not followed is being stepped over
	ended       bool  // the end of image was read
	pending     bool  // a table was read that only the marker behind it confirms
	unit        int64 // where the marker began that was read last
	cur         scan
	park        parked
	parking     bool      // park is kept up to date
	journal     *[]change // of the components' nonzero bits; nil when nobody goes back
	tap         *tap
	previews    bool // no picture is too large: the preview judges that
	adobe       int  // colour transform that the Adobe segment names, for previews; -1 without one
	jfif        bool
}

func (w *walker) damaged(at int64, format string, args ...any) error {
	return &stop{Damaged, at, fmt.Sprintf(format, args...)}
}

func (w *walker) truncated() error {
	return &stop{Truncated, w.src.size, "the data ends before the end of the picture"}
}

// begin steps over the start of image when it was not read yet.
func (w *walker) begin() error {
	if w.begun {
		return nil
	}
	head := w.src.peek(4)
	if head == nil || !Head(head) {
		return &stop{NotJPEG, w.start, "no start of image"}
	}
	w.src.skip(2)
	w.begun = true
	return nil
}

// walk reads from where it stands to EOI. The order of work is that of the file.
func (w *walker) walk() error {
	if err := w.begin(); err != nil {
		return err
	}
	for !w.ended {
		if err := w.step(); err != nil {
			return err
		}
	}
	return nil
}

// step reads one segment, or the rest of a scan's coded data.
func (w *walker) step() error {
	switch {
	case w.scanning:
		return w.runScan(&w.cur)
	case w.skipping:
		return w.skipScan()
	}
	w.unit = w.src.offset()
	at := w.unit
	m, err := w.marker()
	if err != nil {
		return err
	}
	w.rep.SureB = at
	if w.pending {
		w.rep.Known++
		w.pending = false
	}
	switch {
	case m == mEOI:
		w.ended = true
		return w.atEnd(at)
	case m == mSOI, m >= mRST0 && m <= mRST7, m <= 0x01:
		return w.damaged(at, "marker FF%02X where a segment was due", m)
	}
	seg, err := w.segment(at, m)
	if err != nil {
		return err
	}
	return w.apply(at, m, seg)
}

// atEnd judges whether a picture may end here.
func (w *walker) atEnd(at int64) error {
	if w.rep.Components == 0 || w.rep.Scans == 0 {
		return w.damaged(at, "end of image without picture data")
	}
	if !w.markersOnly {
		for _, c := range w.comps {
			if !c.dcSeen {
				return w.damaged(at, "end of image without data of component %d", c.id)
			}
		}
	}
	return nil
}

// marker reads the next marker code; fill bytes before it are skipped.
func (w *walker) marker() (byte, error) {
	b, ok := w.src.byte()
	if !ok {
		return 0, w.truncated()
	}
	if b != 0xFF {
		return 0, w.damaged(w.src.offset()-1, "byte %02X where a marker was due", b)
	}
	for n := 0; ; n++ {
		if b, ok = w.src.byte(); !ok {
			return 0, w.truncated()
		}
		if b != 0xFF {
			break
		}
		if n > 4096 {
			return 0, w.damaged(w.src.offset(), "more than 4096 fill bytes")
		}
	}
	if b == 0 {
		return 0, w.damaged(w.src.offset()-2, "FF00 where a marker was due")
	}
	return b, nil
}

// segment returns the content of a segment that is needed later, and steps over
// it. Application data is returned only as far as it is looked at.
func (w *walker) segment(at int64, m byte) ([]byte, error) {
	l := w.src.peek(2)
	if l == nil {
		return nil, w.truncated()
	}
	n := int(l[0])<<8 | int(l[1])
	if n < 2 {
		return nil, w.damaged(at, "segment FF%02X claims length %d", m, n)
	}
	begin := w.src.offset()
	if begin+int64(n) > w.src.size {
		return nil, w.truncated()
	}
	b := w.src.peek(n)
	if b == nil {
		return nil, w.truncated()
	}
	seg := bytes.Clone(b[2:])
	w.src.seek(begin + int64(n))
	return seg, nil
}

func (w *walker) apply(at int64, m byte, seg []byte) error {
	if m >= mAPP0 && m <= 0xEF && isKnown(seg) {
		w.rep.Known++
	}
	switch {
	case m == 0xEE && len(seg) >= 12 && string(seg[:5]) == "Adobe":
		w.adobe = int(seg[11])
	case m == mAPP0 && len(seg) >= 5 && string(seg[:5]) == "JFIF\x00":
		w.jfif = true
	}
	switch {
	case m == mDQT:
		return w.quantTables(at, seg)
	case m == mDHT:
		return w.huffTables(at, seg)
	case m == mDRI:
		if len(seg) != 2 {
			return w.damaged(at, "restart interval of %d bytes", len(seg))
		}
		w.restartMCUs = int(seg[0])<<8 | int(seg[1])
	case m == mSOS:
		return w.scan(at, seg)
	case m >= 0xC0 && m <= 0xCF && m != mDAC && m != 0xC8:
		return w.frame(at, m, seg)
	case m == mAPP1 || m == mAPP0:
		w.rep.HasThumb = w.rep.HasThumb || bytes.Contains(seg, []byte{0xFF, 0xD8, 0xFF})
	case m == mAPP2 && bytes.HasPrefix(seg, []byte("MPF\x00")):
		w.mpf = parseMPF(seg[4:], at+4+4)
	case m == mDNL:
		return w.damaged(at, "number of lines is not where it belongs")
	case m >= mAPP0 && m <= 0xEF, m == mCOM, m == mDAC, m >= 0xDE && m <= 0xDF:
	default:
		return w.damaged(at, "reserved marker FF%02X", m)
	}
	return nil
}

// isKnown reports whether application data begins with a name too long for chance:
// capture data with its TIFF header, XMP, ICC, Photoshop.
func isKnown(seg []byte) bool {
	for _, name := range []string{"Exif\x00\x00II*\x00", "Exif\x00\x00MM\x00*", "http://ns.adobe.com/xap/1.0/\x00", "ICC_PROFILE\x00", "Photoshop 3.0\x00"} {
		if len(seg) >= len(name) && string(seg[:len(name)]) == name {
			return true
		}
	}
	return false
}

// quantTables checks DQT, T.81 B.2.4.1.
func (w *walker) quantTables(at int64, seg []byte) error {
	if len(seg) == 0 {
		return w.damaged(at, "empty quantisation segment")
	}
	for len(seg) > 0 {
		p, id := seg[0]>>4, seg[0]&15
		n := 64 * (1 + int(p))
		if p > 1 || id > 3 || len(seg) < 1+n {
			return w.damaged(at, "quantisation table is not valid")
		}
		for i := range 64 {
			if p == 0 {
				w.quant[id][i] = uint16(seg[1+i])
			} else {
				w.quant[id][i] = uint16(seg[1+2*i])<<8 | uint16(seg[2+2*i])
			}
		}
		seg = seg[1+n:]
	}
	w.pending = true
	return nil
}

// huffTables reads DHT, T.81 B.2.4.2.
func (w *walker) huffTables(at int64, seg []byte) error {
	if len(seg) == 0 {
		return w.damaged(at, "empty Huffman segment")
	}
	for len(seg) > 0 {
		if len(seg) < 17 || seg[0]>>4 > 1 || seg[0]&15 > 3 {
			return w.damaged(at, "Huffman table is not valid")
		}
		class, id := seg[0]>>4, seg[0]&15
		n := 0
		for _, c := range seg[1:17] {
			n += int(c)
		}
		if n > 256 || len(seg) < 17+n {
			return w.damaged(at, "Huffman table is longer than its segment")
		}
		h := newHuffman([16]byte(seg[1:17]), seg[17:17+n])
		if h == nil {
			return w.damaged(at, "Huffman code lengths are not a code")
		}
		w.huff[class][id] = h
		seg = seg[17+n:]
	}
	w.pending = true
	return nil
}

// frame reads a frame header, T.81 B.2.2.
func (w *walker) frame(at int64, m byte, seg []byte) error {
	if w.rep.Components != 0 {
		return w.damaged(at, "second frame header")
	}
	if len(seg) < 6 || len(seg) != 6+3*int(seg[5]) || seg[5] == 0 {
		return w.damaged(at, "frame header of %d bytes", len(seg))
	}
	w.precision = int(seg[0])
	w.rep.Height = int(seg[1])<<8 | int(seg[2])
	w.rep.Width = int(seg[3])<<8 | int(seg[4])
	w.rep.Progressive = m == mSOF2
	w.markersOnly = m > mSOF2
	nc := int(seg[5])
	if w.rep.Width == 0 || nc > 4 {
		return w.damaged(at, "frame of width %d with %d components", w.rep.Width, nc)
	}
	if !w.markersOnly && w.precision != 8 && (m == mSOF0 || w.precision != 12) {
		return w.damaged(at, "%d bits a sample", w.precision)
	}
	w.comps = w.room[:nc]
	for i := range w.comps {
		s := seg[6+3*i:]
		c := component{id: int(s[0]), h: int(s[1] >> 4), v: int(s[1] & 15), tq: int(s[2]), index: i}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.tq > 3 {
			return w.damaged(at, "component %d has sampling %dx%d, table %d", c.id, c.h, c.v, c.tq)
		}
		for _, o := range w.comps[:i] {
			if o.id == c.id {
				return w.damaged(at, "component %d twice", c.id)
			}
		}
		w.comps[i] = c
		w.hMax, w.vMax = max(w.hMax, c.h), max(w.vMax, c.v)
	}
	w.rep.Components = nc
	w.layOut()
	if w.rep.Height == 0 && w.rep.Progressive {
		w.markersOnly = true // the height comes with DNL after the first scan
	}
	return w.reserve()
}

// layOut computes the block grid of every component, T.81 A.1.1 and A.2.
func (w *walker) layOut() {
	div := func(a, b int) int { return (a + b - 1) / b }
	w.mcusW = div(w.rep.Width, 8*w.hMax)
	w.mcusH = div(w.rep.Height, 8*w.vMax)
	for i := range w.comps {
		c := &w.comps[i]
		c.blocksW = div(div(w.rep.Width*c.h, w.hMax), 8)
		c.blocksH = div(div(w.rep.Height*c.v, w.vMax), 8)
		c.paddedW = w.mcusW * c.h
	}
}

// reserve checks that the coefficient map of a progressive picture fits. Its
// memory is taken at the first scan that needs it.
func (w *walker) reserve() error {
	if !w.rep.Progressive || w.markersOnly || w.previews {
		return nil
	}
	var need int64
	for _, c := range w.comps {
		need += 8 * int64(c.paddedW) * int64(w.mcusH*c.v)
	}
	if need > w.limits.MaxAllocB {
		w.markersOnly = true
	}
	return nil
}
