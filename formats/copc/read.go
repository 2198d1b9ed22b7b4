package copc

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"firescene/formats"
	"firescene/formats/las"
	"firescene/formats/laz"
	"firescene/formats/points"
)

// File is an open COPC file. Its methods may be called concurrently, but a Reader
// belongs to one goroutine.
type File struct {
	Header las.Header
	Info   Info

	r      io.ReaderAt
	size   int64
	lim    formats.Limits
	layout laz.Layout
	wide   bool
}

// Open reads the head of a COPC file. A LAZ file that is not COPC gives an
// *formats.UnsupportedError.
func Open(r io.ReaderAt, size int64, lim formats.Limits) (*File, error) {
	h, err := las.ReadHeader(r, size)
	if err != nil {
		return nil, err
	}
	f := &File{Header: h, r: r, size: size, lim: lim}
	vlrs, err := las.ReadVLRs(r, &h, lim, func(user string, record int) bool {
		return user == vlrUser && record == infoRecord || user == laz.VLRUser && record == laz.VLRRecord
	})
	if err != nil {
		return nil, err
	}
	for _, v := range vlrs {
		if v.User == laz.VLRUser {
			f.layout, err = laz.ParseLayout(v.Data)
		} else {
			f.Info, err = parseInfo(v.Data)
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case !f.Info.declared:
		return nil, &formats.UnsupportedError{Format: "COPC", Offset: headerB, Feature: "a LAZ or LAS file without the COPC record", Next: "build the octree: firescene cloud convert FILE -o OUT.copc.laz"}
	case h.Minor != 4 || h.PointFormat < 6 || h.PointFormat > 8 || !h.Compressed:
		return nil, damaged(104, "version 1.%d with point format %d can not be COPC", h.Minor, h.PointFormat)
	case f.layout.RecordB != h.RecordB || f.layout.Compressor != laz.LayeredChunked:
		return nil, damaged(104, "the compression does not suit point format %d with %d bytes a point", h.PointFormat, h.RecordB)
	}
	if h.PointFormat >= 7 {
		f.wide, err = f.wideColour()
	}
	return f, err
}

// wideColour looks at the root's points, which lie everywhere.
func (f *File) wideColour() (bool, error) {
	nodes, err := f.Nodes(nil, 0)
	if err != nil || len(nodes) == 0 {
		return false, err
	}
	b, err := f.NewReader(laz.NeedColour).Records(nodes[0])
	if err != nil {
		return false, err
	}
	for ; len(b) >= f.Header.RecordB; b = b[f.Header.RecordB:] {
		if b[31]|b[33]|b[35] != 0 {
			return true, nil
		}
	}
	return false, nil
}

// Nodes returns the cells with points that overlap within, nil for all, down to a
// level, coarse levels first and in a fixed order. Only the pages of the hierarchy
// that are needed are read.
func (f *File) Nodes(within *Box, level int) ([]Node, error) {
	var out []Node
	todo := []page{{f.Info.RootAtB, f.Info.RootB, Key{}}}
	seen := map[int64]bool{}
	for len(todo) > 0 {
		p := todo[0]
		todo = todo[1:]
		if seen[p.at] {
			return nil, damaged(p.at, "a page of the hierarchy is named twice")
		}
		seen[p.at] = true
		entries, err := f.page(p)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Level > int32(level) || within != nil && !f.Info.Bounds(e.Key).Overlaps(*within) {
				continue
			}
			if e.Points < 0 {
				todo = append(todo, page{e.OffsetB, e.SizeB, e.Key})
			} else if e.Points > 0 {
				out = append(out, e)
			}
		}
		if int64(len(out)+len(todo)) > f.lim.MaxItems {
			return nil, damaged(f.Info.RootAtB, "more than %d nodes", f.lim.MaxItems)
		}
	}
	slices.SortFunc(out, compareNodes)
	return out, nil
}

func compareNodes(a, b Node) int {
	for _, d := range [4]int{int(a.Level) - int(b.Level), int(a.Z) - int(b.Z), int(a.Y) - int(b.Y), int(a.X) - int(b.X)} {
		if d != 0 {
			return d
		}
	}
	return 0
}

type page struct {
	at, sizeB int64
	key       Key
}

// page reads one page of the hierarchy. Entries that point to another page have
// -1 points.
func (f *File) page(p page) ([]Node, error) {
	if p.sizeB < entryB || p.sizeB%entryB != 0 || p.at < headerB || p.at > f.size || p.sizeB > f.size-p.at || p.sizeB > f.lim.MaxAllocB {
		return nil, damaged(p.at, "a page of the hierarchy is said to take %d bytes at byte %d of %d", p.sizeB, p.at, f.size)
	}
	b := make([]byte, p.sizeB)
	if n, err := f.r.ReadAt(b, p.at); n < len(b) {
		if err == nil || err == io.EOF {
			err = damaged(p.at+int64(n), "the file ended while it was read")
		}
		return nil, err
	}
	le := binary.LittleEndian
	out := make([]Node, 0, len(b)/entryB)
	for at := p.at; len(b) > 0; b, at = b[entryB:], at+entryB {
		i := func(k int) int32 { return int32(le.Uint32(b[k:])) }
		n := Node{Key: Key{i(0), i(4), i(8), i(12)}, OffsetB: int64(le.Uint64(b[16:])), SizeB: int64(i(24)), Points: int64(i(28))}
		switch {
		case !n.valid():
			return nil, damaged(at, "cell %v is not in the octree", n.Key)
		case n.Points == 0:
		case n.Points < -1:
			return nil, damaged(at, "cell %v is said to hold %d points", n.Key, n.Points)
		case n.OffsetB < headerB || n.SizeB <= 0 || n.OffsetB > f.size || n.SizeB > f.size-n.OffsetB:
			return nil, damaged(at, "cell %v is said to take %d bytes at byte %d of %d", n.Key, n.SizeB, n.OffsetB, f.size)
		case n.Points > f.Header.Count || n.Points*int64(f.Header.RecordB) > f.lim.MaxAllocB || n.SizeB > f.lim.MaxAllocB:
			return nil, damaged(at, "cell %v is said to hold %d points in %d bytes", n.Key, n.Points, n.SizeB)
		}
		out = append(out, n)
	}
	return out, nil
}

// Reader decompresses nodes in its own memory.
type Reader struct {
	f       *File
	dec     *laz.ChunkDecoder
	raw     []byte
	records []byte
	rec     *las.RecordReader
}

// NewReader returns a reader that decompresses the layers named and leaves the
// others as the node's first point has them.
func (f *File) NewReader(need laz.Need) *Reader {
	dec, err := laz.NewChunkDecoder(f.layout, need)
	if err != nil {
		panic("copc: " + err.Error()) // Open has checked the layout
	}
	return &Reader{f: f, dec: dec, rec: las.NewRecordReader(&f.Header, f.wide)}
}

// Records returns the records of a node, valid until the next call.
func (r *Reader) Records(n Node) ([]byte, error) {
	size := r.f.Header.RecordB
	if n.SizeB <= 0 || n.Points <= 0 || n.OffsetB < 0 || n.SizeB > r.f.size-n.OffsetB || n.Points*int64(size) > r.f.lim.MaxAllocB {
		return nil, fmt.Errorf("copc: node %v is not of this file", n.Key)
	}
	r.raw, r.records = sized(r.raw, int(n.SizeB)), sized(r.records, int(n.Points)*size)
	if k, err := r.f.r.ReadAt(r.raw, n.OffsetB); k < len(r.raw) {
		if err == nil || err == io.EOF {
			err = damaged(n.OffsetB+int64(k), "the file ended while it was read")
		}
		return nil, err
	}
	if err := r.dec.Start(r.raw, n.Points); err != nil {
		return nil, err
	}
	const step = 1024
	for b := r.records; len(b) > 0 && !r.dec.Over(); {
		b = b[r.dec.Read(b[:min(len(b), step*size)])*size:]
	}
	return r.records, r.dec.Check(n.SizeB)
}

// Chunk fills c with the points of a node, in world coordinates; it is valid until
// the next call.
func (r *Reader) Chunk(n Node, c *points.Chunk) error {
	b, err := r.Records(n)
	if err != nil {
		return err
	}
	r.rec.Chunk(c, b)
	return nil
}

func sized(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n, n+n/8)
	}
	return b[:n]
}
