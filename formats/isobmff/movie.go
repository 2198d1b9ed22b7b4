package isobmff

import (
	"encoding/binary"
	"fmt"
	"time"

	"firescene/formats/h26x"
)

// Track is one track of a movie with where its samples lie.
type Track struct {
	ID      uint32
	Handler string // "vide", "soun", ...
	Coding  string // of the first sample entry: "avc1", "mp4a", ...
	Samples int64

	unitLengthB int // of a unit's length field: 1, 2 or 4; 0 when samples are no units
	codec       h26x.Codec
	sets        h26x.Sets
	sizeB       uint32   // of every sample, when all have the same
	sizes       []uint32 // else of each
	chunks      []chunk
	external    bool // its data is in another file
}

// chunk is a run of samples in the file.
type chunk struct {
	at    int64
	first int64 // sample
	n     int64
}

// fault is where and how a movie's boxes are wrong.
type fault struct {
	at   int64
	text string
}

func (c *checker) wrong(at int64, format string, args ...any) bool {
	if c.bad == nil {
		c.bad = &fault{at, fmt.Sprintf(format, args...)}
	}
	return false
}

// movie reads moov.
func (c *checker) movie(moov Box) bool {
	seen := map[string]int{}
	ok, at := Children(c.w, moov, 0, func(b Box) bool {
		seen[b.Type]++
		switch b.Type {
		case "mvhd":
			h := c.w.At(b.BodyB(), 20)
			if len(h) < 20 || h[0] > 1 {
				return c.wrong(b.OffsetB, "the movie header is none")
			}
			if h[0] == 1 {
				c.created(binary.BigEndian.Uint64(h[4:]))
			} else {
				c.created(uint64(binary.BigEndian.Uint32(h[4:])))
			}
		case "trak":
			return c.track(b)
		case "mvex":
			c.rep.Fragmented = true
			_, _ = Children(c.w, b, 0, func(x Box) bool {
				if h := c.w.At(x.BodyB(), 24); x.Type == "trex" && len(h) == 24 {
					c.defaults[binary.BigEndian.Uint32(h[4:])] = binary.BigEndian.Uint32(h[16:])
				}
				return true
			})
		}
		return true
	})
	if !ok {
		return c.wrong(at, "the boxes in moov do not fill it")
	}
	if seen["cmov"] > 0 {
		c.rep.Compressed = true
		return true
	}
	if seen["mvhd"] != 1 {
		return c.wrong(moov.OffsetB, "moov has %d movie headers", seen["mvhd"])
	}
	return true
}

// created keeps a time in seconds since 1904.
func (c *checker) created(s uint64) {
	if s == 0 || s > 1<<33 {
		return
	}
	c.rep.Created = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(s) * time.Second).Format("2006-01-02 15:04:05")
}

// tables are the boxes of one stbl.
type tables struct{ stsd, stts, stsc, stsz, stz2, stco, co64 Box }

func (c *checker) track(trak Box) bool {
	t := Track{}
	var tb tables
	var inside func(b Box) bool
	inside = func(b Box) bool {
		switch b.Type {
		case "mdia", "minf", "stbl", "dinf":
			ok, at := Children(c.w, b, 0, inside)
			return ok || c.wrong(at, "the boxes in %s do not fill it", b.Type)
		case "tkhd":
			h := c.w.At(b.BodyB(), 24)
			if len(h) < 24 {
				return c.wrong(b.OffsetB, "the track header is cut")
			}
			if t.ID = binary.BigEndian.Uint32(h[12:]); h[0] == 1 {
				t.ID = binary.BigEndian.Uint32(h[20:])
			}
		case "hdlr":
			if h := c.w.At(b.BodyB(), 12); len(h) == 12 && t.Handler == "" {
				t.Handler = string(h[8:12])
			}
		case "dref":
			_, _ = Children(c.w, b, 8, func(x Box) bool {
				h := c.w.At(x.BodyB(), 4)
				t.external = len(h) == 4 && h[3]&1 == 0 && x.Type != "imdt"
				return true
			})
		case "stsd":
			tb.stsd = b
		case "stts":
			tb.stts = b
		case "stsc":
			tb.stsc = b
		case "stsz":
			tb.stsz = b
		case "stz2":
			tb.stz2 = b
		case "stco":
			tb.stco = b
		case "co64":
			tb.co64 = b
		}
		return true
	}
	if ok, at := Children(c.w, trak, 0, inside); !ok {
		return c.wrong(at, "the boxes in trak do not fill it")
	}
	if tb.stsd.LengthB == 0 || tb.stsc.LengthB == 0 || tb.stsz.LengthB+tb.stz2.LengthB == 0 || tb.stco.LengthB+tb.co64.LengthB == 0 {
		return c.wrong(trak.OffsetB, "a track lacks its sample tables")
	}
	c.coding(&t, tb.stsd)
	if !c.sizes(&t, tb) || !c.durations(&t, tb.stts) || !c.chunks(&t, tb) {
		return false
	}
	c.rep.Tracks = append(c.rep.Tracks, t)
	return true
}

// coding reads how the samples of a track are coded.
func (c *checker) coding(t *Track, stsd Box) {
	entry, ok := ReadBox(c.w, stsd.BodyB()+8, stsd.EndB())
	if !ok || entry.EndB() > stsd.EndB() {
		return
	}
	t.Coding = entry.Type
	codec, config, at := h26x.AVC, "avcC", 4
	switch entry.Type {
	case "avc1", "avc2", "avc3", "avc4":
	case "hvc1", "hev1", "hvc2", "hev2":
		codec, config, at = h26x.HEVC, "hvcC", 21
	default:
		return
	}
	_, _ = Children(c.w, entry, 78, func(b Box) bool { // 78: VisualSampleEntry
		if h := c.w.At(b.BodyB(), at+1); b.Type == config && len(h) == at+1 && h[0] == 1 {
			if n := int(h[at]&3) + 1; n != 3 {
				t.unitLengthB, t.codec = n, codec
				if codec == h26x.AVC {
					c.parameterSets(t, b)
				}
			}
		}
		return true
	})
}

// parameterSets reads those of an avcC box (14496-15, 5.3.3.1.2).
func (c *checker) parameterSets(t *Track, b Box) {
	h := c.w.At(b.BodyB(), int(min(b.LengthB-b.HeaderB, 8192)))
	if len(h) < 7 {
		return
	}
	n := int(h[5] & 31)
	h = h[6:]
	for kind := range 2 {
		for ; n > 0 && len(h) >= 2; n-- {
			k := int(binary.BigEndian.Uint16(h))
			if len(h) < 2+k {
				return
			}
			t.sets.Add(h[2 : 2+k])
			h = h[2+k:]
		}
		if kind == 0 && len(h) > 0 {
			n, h = int(h[0]), h[1:]
		}
	}
}

// table reads a table of n entries of entryB bytes behind skip bytes of the box
// and gives it in pieces.
func (c *checker) table(b Box, skip int64, n, entryB int64, f func(i int64, e []byte) bool) bool {
	if n < 0 || b.BodyB()+skip+n*entryB > b.EndB() {
		return c.wrong(b.OffsetB, "%s claims %d entries, more than it holds", b.Type, n)
	}
	per := int64(windowB) / entryB
	for i := int64(0); i < n; i += per {
		k := min(per, n-i)
		p := c.w.At(b.BodyB()+skip+i*entryB, int(k*entryB))
		if int64(len(p)) < k*entryB {
			return c.wrong(b.OffsetB, "%s is cut", b.Type)
		}
		for j := range k {
			if !f(i+j, p[j*entryB:(j+1)*entryB]) {
				return false
			}
		}
	}
	return true
}

func (c *checker) count(b Box, at int64) int64 {
	h := c.w.At(b.BodyB()+at, 4)
	if len(h) < 4 {
		return -1
	}
	return int64(binary.BigEndian.Uint32(h))
}

// sizes reads stsz or stz2.
func (c *checker) sizes(t *Track, tb tables) bool {
	if b := tb.stz2; b.LengthB > 0 {
		field := c.count(b, 4) & 0xFF
		n := c.count(b, 8)
		if field != 8 && field != 16 || !c.room(n) {
			return c.wrong(b.OffsetB, "sample sizes of %d bits are not read", field)
		}
		t.Samples = n
		t.sizes = make([]uint32, 0, min(n, b.LengthB))
		return c.table(b, 12, n, field/8, func(_ int64, e []byte) bool {
			v := uint32(e[0])
			if len(e) == 2 {
				v = v<<8 | uint32(e[1])
			}
			t.sizes = append(t.sizes, v)
			return true
		})
	}
	b := tb.stsz
	t.sizeB, t.Samples = uint32(c.count(b, 4)), c.count(b, 8)
	if t.sizeB != 0 {
		return t.Samples >= 0 || c.wrong(b.OffsetB, "stsz is cut")
	}
	if !c.room(t.Samples) {
		return c.wrong(b.OffsetB, "stsz claims %d samples", t.Samples)
	}
	t.sizes = make([]uint32, 0, max(0, min(t.Samples, b.LengthB/4)))
	return c.table(b, 12, t.Samples, 4, func(_ int64, e []byte) bool {
		t.sizes = append(t.sizes, binary.BigEndian.Uint32(e))
		return true
	})
}

// room reports whether n more table entries are within the limits.
func (c *checker) room(n int64) bool {
	c.entries += n
	return n >= 0 && c.entries <= min(c.lim.MaxItems, c.lim.MaxAllocB/8)
}

// durations holds stts to the number of samples.
func (c *checker) durations(t *Track, b Box) bool {
	if b.LengthB == 0 {
		return true
	}
	sum := int64(0)
	if !c.table(b, 8, c.count(b, 4), 8, func(_ int64, e []byte) bool {
		sum += int64(binary.BigEndian.Uint32(e))
		return true
	}) {
		return false
	}
	return sum == t.Samples || t.sizeB != 0 || c.wrong(b.OffsetB, "%d durations for %d samples", sum, t.Samples)
}

// chunks reads stco or co64 and stsc.
func (c *checker) chunks(t *Track, tb tables) bool {
	b, wide := tb.stco, int64(4)
	if b.LengthB == 0 {
		b, wide = tb.co64, 8
	}
	n := c.count(b, 4)
	if !c.room(n * 3) {
		return c.wrong(b.OffsetB, "%s claims %d chunks", b.Type, n)
	}
	t.chunks = make([]chunk, 0, max(0, min(n, b.LengthB/wide)))
	if !c.table(b, 8, n, wide, func(_ int64, e []byte) bool {
		at := uint64(0)
		for _, x := range e {
			at = at<<8 | uint64(x)
		}
		if at > 1<<62 {
			return c.wrong(b.OffsetB, "a chunk lies at %d", at)
		}
		t.chunks = append(t.chunks, chunk{at: int64(at)})
		return true
	}) {
		return false
	}
	// stsc: from its first chunk on, each chunk has so many samples
	from, per, sample := int64(1), int64(0), int64(0)
	fill := func(to int64) {
		for k := from; k < to; k++ {
			x := &t.chunks[k-1]
			x.first, x.n = sample, min(per, max(0, t.Samples-sample))
			sample += per
		}
		from = to
	}
	if !c.table(tb.stsc, 8, c.count(tb.stsc, 4), 12, func(i int64, e []byte) bool {
		first := int64(binary.BigEndian.Uint32(e))
		if i == 0 && first != 1 || i > 0 && first <= from || first > n {
			return c.wrong(tb.stsc.OffsetB, "stsc goes to chunk %d of %d", first, n)
		}
		fill(first)
		per = int64(binary.BigEndian.Uint32(e[4:]))
		return true
	}) {
		return false
	}
	fill(n + 1)
	if t.Samples > 0 && t.sizeB == 0 && sample != t.Samples {
		return c.wrong(tb.stsc.OffsetB, "%d samples in chunks, %d in all", sample, t.Samples)
	}
	return true
}

// sample is the length of one sample.
func (t *Track) sample(i int64) int64 {
	if t.sizeB != 0 {
		return int64(t.sizeB)
	}
	if i < int64(len(t.sizes)) {
		return int64(t.sizes[i])
	}
	return 0
}
