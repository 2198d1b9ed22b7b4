// Package carve finds files by their content alone, in one pass over an image.
// Each type has four parts: the signature that finds candidates, the walk that
// grows a candidate along its own structure and checks it, and the largest size
// that is believed. The types are one file each and listed in Types.
//
// Based on the four-part carver of PhotoRec (C. Grenier) and on in-place
// structural validation (S. Garfinkel, "Carving contiguous and fragmented files
// with fast object validation", DFRWS 2007).
package carve

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sort"
	"sync"

	"firescene/forensics"
)

// Source is an image to carve.
type Source struct {
	R     io.ReaderAt
	SizeB int64
	// NextUnread returns the first byte in [off, end) that was not read from the
	// medium, or end. nil when all was read.
	NextUnread func(off, end int64) int64
}

// Options say what to look for.
type Options struct {
	Types     []Type
	SectorB   int64               // heads are looked for at multiples of it
	Unaligned bool                // and everywhere between
	Covered   []forensics.ByteRun // in order: ranges that need no carving, as whole files lie there
	Workers   int
}

// Find is one carved file.
type Find struct {
	Type    *Type
	OffsetB int64 // in the innermost layer
	// Path is how the layer that the find lies in is decoded; empty for the image
	// itself. Data holds the find's LengthB bytes when Path is not empty.
	Path []forensics.Layer
	Data []byte
	// Runs are the find's bytes when it is not one range of the image: a file put
	// together from pieces. Offsets are of the image. nil otherwise.
	Runs []forensics.ByteRun
	// Aligned says that it begins at a sector, as every file of a file system
	// does. What does not is embedded in other data.
	Aligned bool
	Host    string // for an embedded one: what holds it, as far as the bytes before it tell
	Verdict
}

const (
	windowB = 8 << 20
	sectorB = 512
)

// Run carves an image and emits what it finds in order of offset. The result
// does not depend on the number of workers. A head inside a whole find, or
// inside the good part of a partial one, is not looked at: thumbnails stay with
// their pictures. report is told the bytes done.
func Run(ctx context.Context, src Source, opts Options, emit func(Find) error, report func(done int64)) error {
	if opts.SectorB <= 0 {
		opts.SectorB = sectorB
	}
	if opts.Types == nil {
		opts.Types = Types()
	}
	c := &carver{src: src, opts: opts}
	buf := make([]byte, windowB+HeadB)
	for at := int64(0); at < src.SizeB; at += windowB {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := src.R.ReadAt(buf[:min(int64(len(buf)), src.SizeB-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		finds, err := c.window(ctx, buf[:n], at)
		if err != nil {
			return err
		}
		for _, f := range finds {
			if err := emit(f); err != nil {
				return err
			}
		}
		if report != nil {
			report(min(at+windowB, src.SizeB))
		}
	}
	return nil
}

type carver struct {
	src  Source
	opts Options
	done int64 // everything before it belongs to a find already
}

// window carves the heads that begin in one window: first those at sectors, then
// those between that the first did not cover.
func (c *carver) window(ctx context.Context, b []byte, at int64) ([]Find, error) {
	limit := min(len(b), windowB)
	finds, err := c.walkAll(ctx, c.alignedHeads(b, at, limit))
	if err != nil {
		return nil, err
	}
	finds = c.settle(finds)
	if c.opts.Unaligned {
		var heads []Find
		for _, h := range c.unalignedHeads(b, at, limit) {
			if !inside(finds, h.OffsetB) {
				heads = append(heads, h)
			}
		}
		more, err := c.walkAll(ctx, heads)
		if err != nil {
			return nil, err
		}
		finds = c.settle(append(finds, more...))
	}
	for _, f := range finds {
		c.done = max(c.done, f.OffsetB+f.LengthB)
	}
	return finds, nil
}

// wanted reports whether a head at off is to be looked at.
func (c *carver) wanted(off int64) bool {
	if off < c.done {
		return false
	}
	k := c.opts.Covered
	i := sort.Search(len(k), func(i int) bool { return k[i].OffsetB+k[i].LengthB > off })
	return i == len(k) || k[i].OffsetB > off
}

func (c *carver) head(b []byte, i int, at int64, aligned bool) (Find, bool) {
	t := Identify(c.opts.Types, b[i:])
	if t == nil || !c.wanted(at+int64(i)) {
		return Find{}, false
	}
	return Find{Type: t, OffsetB: at + int64(i), Aligned: aligned}, true
}

func (c *carver) alignedHeads(b []byte, at int64, limit int) (heads []Find) {
	var first [256]bool
	for _, t := range c.opts.Types {
		for _, s := range t.Signatures {
			first[s.Bytes[0]] = true
		}
	}
	for i := int((c.opts.SectorB - at%c.opts.SectorB) % c.opts.SectorB); i < limit; i += int(c.opts.SectorB) {
		if first[b[i]] {
			if f, ok := c.head(b, i, at, true); ok {
				heads = append(heads, f)
			}
		}
	}
	return heads
}

// unalignedHeads searches one signature after the other: with few signatures
// that is faster than any search for all of them at once.
func (c *carver) unalignedHeads(b []byte, at int64, limit int) (heads []Find) {
	for _, t := range c.opts.Types {
		for _, sig := range t.Signatures {
			s := sig.Bytes
			for i := 0; i < limit; i++ {
				k := bytes.Index(b[i:min(len(b), limit+len(s)-1)], s)
				if k < 0 {
					break
				}
				i += k
				if (at+int64(i))%c.opts.SectorB == 0 {
					continue
				}
				if f, ok := c.head(b, i, at, false); ok && f.Type.Name == t.Name {
					heads = append(heads, f)
				}
			}
		}
	}
	return heads
}

// walkAll judges candidates in parallel and keeps their order.
func (c *carver) walkAll(ctx context.Context, heads []Find) ([]Find, error) {
	errs := make([]error, len(heads))
	next := make(chan int)
	var wg sync.WaitGroup
	for range max(1, min(c.opts.Workers, len(heads))) {
		wg.Go(func() {
			for i := range next {
				if errs[i] = ctx.Err(); errs[i] == nil {
					errs[i] = c.walk(&heads[i])
				}
			}
		})
	}
	for i := range heads {
		next <- i
	}
	close(next)
	wg.Wait()
	return heads, errors.Join(errs...)
}

// walk judges one candidate. Unread sectors end the data that it may use.
func (c *carver) walk(f *Find) error {
	end := min(c.src.SizeB, f.OffsetB+f.Type.MaxB)
	unread := end
	if c.src.NextUnread != nil {
		unread = c.src.NextUnread(f.OffsetB, end)
	}
	size := unread - f.OffsetB
	if size <= 0 {
		return nil
	}
	sec := io.NewSectionReader(c.src.R, f.OffsetB, size)
	v, err := f.Type.Walk(sec, size)
	if err != nil {
		return err
	}
	if v.State != forensics.Whole && unread < end && v.LengthB == size {
		v.Reason = "the image has unread sectors from there on"
	}
	f.Verdict = v
	if !f.Aligned && v.LengthB > 0 {
		f.Host = host(c.src.R, f.OffsetB)
	}
	if v.State == forensics.Whole && f.Aligned {
		return f.addTail(sec, size, c.opts.SectorB)
	}
	return nil
}

// addTail extends a whole file over bytes behind its end that must be its own:
// systems fill the last sector of a file with zeros, so bytes other than zero
// between the end of the structure and such zeros were written with the file.
// Without zeros behind them they may be left from what lay there before, and are
// not taken.
func (f *Find) addTail(r io.ReaderAt, size, sectorB int64) error {
	rest := min(size, (f.LengthB+sectorB-1)/sectorB*sectorB) - f.LengthB
	if rest <= minZeros {
		return nil
	}
	b := make([]byte, rest)
	n, err := r.ReadAt(b, f.LengthB)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	tail := bytes.TrimRight(b[:n], "\x00")
	if len(tail) == 0 || n-len(tail) < minZeros {
		return nil
	}
	f.LengthB += int64(len(tail))
	f.Reason += "; with bytes behind the end of its structure up to the filling of its last sector"
	f.Confidence = min(f.Confidence, 0.9)
	return nil
}

// minZeros is how much filling must follow a tail: fewer zeros end random bytes
// by chance.
const minZeros = 16

// settle orders finds, drops candidates that came to nothing and those inside
// another find.
func (c *carver) settle(finds []Find) []Find {
	sort.SliceStable(finds, func(i, j int) bool { return finds[i].OffsetB < finds[j].OffsetB })
	var out []Find
	end := c.done
	for _, f := range finds {
		if f.LengthB == 0 || f.OffsetB < end {
			continue
		}
		end = f.OffsetB + f.LengthB
		out = append(out, f)
	}
	return out
}

// inside reports whether off lies in one of the finds, which are in order.
func inside(finds []Find, off int64) bool {
	i := sort.Search(len(finds), func(i int) bool { return finds[i].OffsetB+finds[i].LengthB > off })
	return i < len(finds) && finds[i].OffsetB <= off
}
