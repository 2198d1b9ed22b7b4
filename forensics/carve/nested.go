package carve

import (
	"bytes"
	"io"
	"sync"

	"firescene/forensics"
	"firescene/formats/follow"
	"firescene/formats/layers"
)

// layerSign is a pattern that stands before or at the beginning of a layer.
type layerSign struct {
	sign    string
	skip    int64 // bytes of sign before the layer
	decoder string
	host    string
	head    func(b []byte) bool // check of what is from sign on
}

// layerSigns lists them. A zlib stream has no signature of its own; only those of
// PDF files are looked for, whose keyword stands before them. A stored ZIP member
// needs no decoding.
var layerSigns = []layerSign{
	{"\x1F\x8B\x08", 0, layers.Gzip, "gzip", func(b []byte) bool {
		return len(b) >= 18 && b[3]&0xE0 == 0 && (b[8] == 0 || b[8] == 2 || b[8] == 4) && (b[9] <= 13 || b[9] == 255)
	}},
	{"PK\x03\x04", 0, layers.Zip, hostZIP, func(b []byte) bool {
		deflated, ok := layers.MemberHead(b)
		return ok && deflated
	}},
	pdfStream("stream\r\n", "x"), pdfStream("stream\n", "x"),
	pdfStream("stream\r\n", "H\x89"), pdfStream("stream\n", "H\x89"),
	pdfStream("stream\r\n", "h\xDE"), pdfStream("stream\n", "h\xDE"),
}

// base64Sign is what a run of base64 text stands for, which has no signature.
var base64Sign = layerSign{decoder: layers.Base64, host: "base64 text"}

func pdfStream(keyword, header string) layerSign {
	skip := len(keyword)
	return layerSign{keyword + header, int64(skip), layers.Zlib, hostPDF, func(b []byte) bool {
		return len(b) > skip+1 && (int(b[skip])<<8|int(b[skip+1]))%31 == 0
	}}
}

const (
	// peekB is how much of a layer is decoded to see what it holds.
	peekB = 4096
	// maxLayerB bounds what is decoded of one layer.
	maxLayerB = 32 << 20
	// regionB and maxSpentB bound what is decoded of all layers in one region of
	// the image: compressed bombs can claim a thousand times their size.
	regionB, maxSpentB = 64 << 20, 1 << 30
	// maxChildren bounds the layers that are looked for in one layer.
	maxChildren = 256
)

// peek tells whether a layer begins with something known.
func (c *carver) peek(k *candidate) bool {
	b, _ := peeks.Get().(*[peekB]byte)
	if b == nil {
		b = new([peekB]byte)
	}
	defer peeks.Put(b)
	head := head(c, c.src.SizeB, k.off+k.layer.skip, k.layer.decoder, b[:])
	return c.scanner.matches(head) || isTar(head) || c.opts.Depth > 1 && c.scanner.holdsLayer(head)
}

var peeks sync.Pool

// head decodes the beginning of a layer into b.
func head(r io.ReaderAt, size, off int64, decoder string, b []byte) []byte {
	d, err := layers.Open(decoder, r, off, size)
	if err != nil {
		return nil
	}
	defer d.Close()
	n, _ := io.ReadFull(d, b)
	return b[:n]
}

func (s *scanner) matches(b []byte) bool { return Identify(s.types, b) != nil }

// match lists the types whose signature and head the bytes have.
func (s *scanner) match(b []byte) (out []*Type) {
	for i := range s.types {
		if Identify(s.types[i:i+1], b) != nil {
			out = append(out, &s.types[i])
		}
	}
	return out
}

// holdsLayer reports whether a layer begins with another one, or is text with
// base64 in it.
func (s *scanner) holdsLayer(b []byte) bool {
	for _, l := range layerSigns {
		if bytes.HasPrefix(b, []byte(l.sign)) && l.head(b) {
			return true
		}
	}
	return len(base64Runs(b, 0, len(b), true)) > 0
}

// layer settles a candidate that is a layer: what is in it is found. Data that
// the layers can not be read through further is no error of the image.
func (s *settler) layer(k *candidate) error {
	if r := k.off / regionB; r != s.region {
		s.region, s.spentB = r, 0
	}
	u := unwrapper{s: s.c.scanner, left: maxSpentB - s.spentB}
	covered := !s.c.wanted(k.off)
	var in *Find
	for _, a := range s.open {
		if a.State == forensics.Whole && a.holds() {
			in = a
		}
	}
	used := u.unwrap(s.c, s.c.src.SizeB, k.off+k.layer.skip, *k.layer, nil, s.c.opts.Depth, covered || in != nil)
	s.spentB = maxSpentB - u.left
	if n := len(s.out); n > 0 && len(u.finds) == 1 && u.finds[0].State == forensics.Whole && len(u.finds[0].Path) == 1 && u.finds[0].OffsetB == 0 {
		if z := s.out[n-1]; z.State == forensics.Whole && len(z.Path) == 0 && z.OffsetB == k.off && !z.holds() {
			z.Wraps = true
		}
	}
	for i := range u.finds {
		f := &u.finds[i]
		f.Inside, f.in = covered || isPart(k.layer.host) || f.Inside && in == nil, in
		s.out = append(s.out, f)
		s.heldB += int64(len(f.Data))
	}
	if used > 0 {
		// what seems to begin in the coded bytes does not
		whole := &Find{OffsetB: k.off, Verdict: Verdict{State: forensics.Whole, Proof: ByCode, LengthB: k.layer.skip + used}}
		s.open, s.since = append(s.open, whole), append(s.since, whole)
	}
	return s.c.ctx.Err()
}

// unwrapper goes through layers.
type unwrapper struct {
	s     *scanner
	left  int64 // bytes that may still be decoded
	finds []Find
}

// layerData is the data of a layer, in which coded data counts as decoded too.
type layerData struct {
	*bytes.Reader
	left *int64
}

func (u *unwrapper) meter(b []byte) layerData { return layerData{bytes.NewReader(b), &u.left} }

func (d layerData) Inflated(n int64) error {
	if *d.left -= n; *d.left < 0 {
		*d.left = 0
		return follow.ErrSpent
	}
	return nil
}

// unwrap decodes the layer at off and notes what it begins with; depth layers may
// be gone into, this one included. Inside a file that holds it only whole pictures
// count. It returns the length of the layer's source if something whole is in it.
func (u *unwrapper) unwrap(r io.ReaderAt, size, off int64, l layerSign, path []forensics.Layer, depth int, inside bool) (used int64) {
	known := head(r, size, off, l.decoder, make([]byte, peekB))
	types := u.s.match(known)
	deeper := depth > 1 && u.s.holdsLayer(known)
	if len(types) == 0 && !deeper && !isTar(known) {
		return 0
	}
	d, err := layers.Open(l.decoder, r, off, size)
	if err != nil {
		return 0
	}
	defer d.Close()
	var w bytes.Buffer
	limit := min(maxLayerB, u.left)
	n, err := io.Copy(&w, io.LimitReader(d, limit))
	u.left -= n
	data, complete := w.Bytes(), err == nil && n < limit
	path = append(path[:len(path):len(path)], forensics.Layer{OffsetB: off, Decoder: l.decoder})
	f := Find{Path: path, Host: l.host, Inside: inside}
	for _, t := range types {
		v, err := t.Walk(u.meter(data[:min(n, t.MaxB)]), min(n, t.MaxB))
		if err != nil {
			continue
		}
		if f.Type == nil || v.State == forensics.Whole || v.LengthB > f.LengthB {
			f.Type, f.Verdict = t, v
		}
		if v.State == forensics.Whole {
			break
		}
	}
	whole := f.Type != nil && f.LengthB > 0 && f.State == forensics.Whole
	if f.Type != nil && f.LengthB > 0 && (!inside || whole && pictures[f.Type.Name]) {
		if whole && complete && f.LengthB < n && l.decoder != layers.Zlib {
			f.LengthB = n
			f.Reason += "; with bytes behind the end of its structure up to the end of the " + l.host
		}
		f.Data = data[:f.LengthB:f.LengthB]
		u.finds = append(u.finds, f)
	}
	if whole {
		used = d.UsedB()
	}
	if isTar(data) && u.tar(data, l, path, inside) {
		used = d.UsedB()
	}
	if deeper && !(whole && !f.holds() && f.Type.Name != "gzip") {
		if u.children(data, path, depth-1, inside || whole && f.holds()) {
			used = d.UsedB()
		}
	}
	return used
}

// children goes through the layers in data, and reports whether anything whole
// was in one.
func (u *unwrapper) children(data []byte, path []forensics.Layer, depth int, inside bool) (any bool) {
	past := int64(0)
	for i, k := range u.s.window(data, 0, len(data), true, func(int64) bool { return false }) {
		if i == maxChildren {
			break
		}
		if k.off < past {
			continue
		}
		if used := u.unwrap(bytes.NewReader(data), int64(len(data)), k.off+k.layer.skip, *k.layer, path, depth, inside); used > 0 {
			past, any = k.off+k.layer.skip+used, true
		}
	}
	return any
}
