package splice

import (
	"bytes"
	"errors"
	"io"
	"sort"
	"sync"

	"firescene/forensics"
	"firescene/forensics/carve/pattern"
)

// class is what a block looks like by itself.
type class uint8

const (
	unread  class = iota // not looked at yet
	taken                // not free
	empty                // all bytes the same
	text                 // printable bytes alone
	coded                // every FF is followed by what may follow it in a JPEG scan
	between              // coded, with the segments that stand between two scans
	ending               // coded up to an end of image
	other                // anything else
)

// isJPEG reports whether a block can hold the coded data of a JPEG.
func (c class) isJPEG() bool { return c == coded || c == between || c == ending }

// classify looks at a block.
func classify(b []byte) class {
	c := coded
	for i := 0; ; {
		k := bytes.IndexByte(b[i:], 0xFF)
		if k < 0 || i+k+1 >= len(b) {
			break
		}
		i += k + 1
		switch m := b[i]; {
		case m == 0 || m >= 0xD0 && m <= 0xD7:
		case m == 0xD9:
			return ending
		case m == 0xC4 || m == 0xDA || m == 0xDB || m == 0xDD:
			// A segment's length is believed, its content may hold any byte.
			c = between
			if i+2 >= len(b) {
				return c
			}
			n := int(b[i+1])<<8 | int(b[i+2])
			if n < 3 || n > 1024 {
				return other
			}
			if i += n; i >= len(b) {
				return c
			}
		case m == 0xFF && uniform(b):
			return empty
		default:
			return other
		}
	}
	switch {
	case c != coded:
		return c
	case uniform(b):
		return empty
	case isText(b):
		return text
	}
	return c
}

func uniform(b []byte) bool {
	for i := 1; i < len(b); i *= 2 {
		if !bytes.Equal(b[:min(i, len(b)-i)], b[i:min(2*i, len(b))]) {
			return false
		}
	}
	return true
}

// isText reports whether a block has no control characters but those of text and
// hardly a byte from 80 on.
func isText(b []byte) bool {
	i, high := pattern.Text(b)
	return i == len(b) && high <= len(b)/100
}

// chunkBlocks is how many blocks are looked at together.
const chunkBlocks = 1 << 12

// maxChunks bounds what is remembered of the blocks.
const maxChunks = 1 << 10

// grid is the blocks of a space that begin at one phase.
type grid struct {
	s      *Space
	origin int64
	blocks int64 // whole ones
	mu     sync.Mutex
	chunks map[int64][]class
	err    error               // the first error of the reader other than an early end
	used   []forensics.ByteRun // taken since the space was made, in order
}

func (s *Space) gridAt(off int64) *grid {
	o := (off - s.OriginB) % s.BlockB
	if o < 0 {
		o += s.BlockB
	}
	o = (s.OriginB + o) % s.BlockB
	return &grid{s: s, origin: o, blocks: max(0, s.SizeB-o) / s.BlockB, chunks: map[int64][]class{}}
}

func (g *grid) offset(block int64) int64 { return g.origin + block*g.s.BlockB }
func (g *grid) block(off int64) int64    { return (off - g.origin) / g.s.BlockB }

// class returns what block i looks like; taken outside of the space.
func (g *grid) class(i int64) class {
	if i < 0 || i >= g.blocks {
		return taken
	}
	return g.chunk(i / chunkBlocks)[i%chunkBlocks]
}

// chunk classifies the blocks of a chunk at its first use. The slice is replaced,
// never changed, while searches run.
func (g *grid) chunk(k int64) []class {
	g.mu.Lock()
	c := g.chunks[k]
	g.mu.Unlock()
	if c != nil {
		return c
	}
	c = g.classes(k*chunkBlocks, (k+1)*chunkBlocks)
	g.mu.Lock()
	if len(g.chunks) >= maxChunks {
		clear(g.chunks)
	}
	g.chunks[k] = c
	g.mu.Unlock()
	return c
}

// classes looks at the blocks [first, behind).
func (g *grid) classes(first, behind int64) []class {
	c := make([]class, behind-first)
	for i := range c {
		c[i] = taken
	}
	b := g.s.BlockB
	buf := make([]byte, 0, max(b, 1<<18/b*b))
	for _, r := range g.freeIn(g.offset(first), g.offset(min(g.blocks, behind))) {
		at := (r.OffsetB - g.origin + b - 1) / b
		end := (r.OffsetB + r.LengthB - g.origin) / b
		for at < end {
			n := min(end-at, int64(cap(buf))/b)
			buf = buf[:n*b]
			if m, err := g.s.R.ReadAt(buf, g.offset(at)); int64(m) < n*b {
				g.note(err)
				break
			}
			for i := range n {
				c[at+i-first] = classify(buf[i*b : (i+1)*b])
			}
			at += n
		}
	}
	return c
}

func (g *grid) note(err error) {
	if err == nil || errors.Is(err, io.EOF) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil {
		g.err = err
	}
}

// failed returns the error of the reader that ended a search, if there was one.
func (g *grid) failed() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

// freeIn returns the free ranges within [from, to) less what was taken since and
// what could not be read.
func (g *grid) freeIn(from, to int64) []forensics.ByteRun {
	var out []forensics.ByteRun
	f := g.s.Free
	for i := sort.Search(len(f), func(i int) bool { return f[i].OffsetB+f[i].LengthB > from }); i < len(f) && f[i].OffsetB < to; i++ {
		a, b := max(from, f[i].OffsetB), min(to, f[i].OffsetB+f[i].LengthB)
		u := g.used
		for j := sort.Search(len(u), func(j int) bool { return u[j].OffsetB+u[j].LengthB > a }); j < len(u) && u[j].OffsetB < b; j++ {
			if u[j].OffsetB > a {
				out = g.readable(out, a, u[j].OffsetB)
			}
			a = u[j].OffsetB + u[j].LengthB
		}
		if a < b {
			out = g.readable(out, a, b)
		}
	}
	return out
}

// freeBlocks returns how many blocks from q on are free and readable, apart from
// what runs hold already.
func (g *grid) freeBlocks(q int64, runs []forensics.ByteRun) int64 {
	off := g.offset(q)
	f := g.s.Free
	i := sort.Search(len(f), func(i int) bool { return f[i].OffsetB+f[i].LengthB > off })
	if i == len(f) || f[i].OffsetB > off {
		return 0
	}
	end := f[i].OffsetB + f[i].LengthB
	u := g.used
	if j := sort.Search(len(u), func(j int) bool { return u[j].OffsetB+u[j].LengthB > off }); j < len(u) {
		end = min(end, max(off, u[j].OffsetB))
	}
	for _, r := range runs {
		if r.OffsetB+r.LengthB > off {
			end = min(end, max(off, r.OffsetB))
		}
	}
	if g.s.NextUnread != nil {
		end = g.s.NextUnread(off, end)
	}
	return (end - off) / g.s.BlockB
}

func (g *grid) readable(out []forensics.ByteRun, a, b int64) []forensics.ByteRun {
	next := g.s.NextUnread
	if next == nil {
		return append(out, forensics.ByteRun{OffsetB: a, LengthB: b - a})
	}
	for a < b {
		e := next(a, b)
		if e > a {
			out = append(out, forensics.ByteRun{OffsetB: a, LengthB: e - a})
		}
		// Step over the unread bytes a sector at a time: their end is not told.
		for a = e; a < b && next(a, min(a+512, b)) < min(a+512, b); a = min(a+512, b) {
		}
	}
	return out
}

// take removes ranges from the free space. No search may run meanwhile.
func (g *grid) take(runs []forensics.ByteRun) {
	b := g.s.BlockB
	for _, r := range runs {
		// A block that holds the end of a file holds nothing else.
		from := (r.OffsetB - g.origin) / b
		to := (r.OffsetB + r.LengthB - g.origin + b - 1) / b
		g.used = append(g.used, forensics.ByteRun{OffsetB: g.offset(from), LengthB: (to - from) * b})
		for i := from; i < to; i++ {
			if c := g.chunks[i/chunkBlocks]; c != nil {
				c[i%chunkBlocks] = taken
			}
		}
	}
	sort.Slice(g.used, func(i, j int) bool { return g.used[i].OffsetB < g.used[j].OffsetB })
}
