package copc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"firescene/formats/las"
	"firescene/formats/laz"
)

// WriteOptions describes a file before its nodes are written.
type WriteOptions struct {
	PointFormat   int // 6, 7 or 8
	RecordB       int
	Scale, Offset [3]float64
	Center        [3]float64
	Half, Spacing float64
	VLRs          []las.VLR // further records, for example of extra bytes or a coordinate system
	System        string    // at most 32 bytes ["OTHER"]
	Software      string    // at most 32 bytes ["firescene"]
}

// Writer writes a COPC file node by node, in any order of nodes.
type Writer struct {
	w      io.WriteSeeker
	opts   WriteOptions
	layout laz.Layout
	start  int64
	next   int64 // where the next chunk goes, from start
	nodes  []Node
}

// NewWriter writes the head of a file.
func NewWriter(w io.WriteSeeker, opts WriteOptions) (*Writer, error) {
	if opts.PointFormat < 6 {
		return nil, fmt.Errorf("copc: point format %d: choose 6, 7 or 8", opts.PointFormat)
	}
	if opts.System == "" {
		opts.System = "OTHER"
	}
	if opts.Software == "" {
		opts.Software = "firescene"
	}
	l, err := laz.LayoutOf(opts.PointFormat, opts.RecordB, laz.VariableChunks)
	if err != nil {
		return nil, err
	}
	start, err := w.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	c := &Writer{w: w, opts: opts, layout: l, start: start}
	head := c.head(&las.Summary{}, Info{}, 0)
	c.next = int64(len(head))
	_, err = w.Write(head)
	return c, err
}

// Layout is how nodes must be compressed.
func (c *Writer) Layout() laz.Layout { return c.layout }

// head renders everything before the first chunk.
func (c *Writer) head(sum *las.Summary, info Info, evlrAtB int64) []byte {
	o, le := &c.opts, binary.LittleEndian
	h := make([]byte, headerB)
	copy(h, "LASF")
	le.PutUint16(h[6:], 1<<4) // coordinate systems as WKT
	h[24], h[25] = 1, 4
	copy(h[26:58], o.System)
	copy(h[58:90], o.Software)
	le.PutUint16(h[94:], headerB)
	le.PutUint32(h[100:], uint32(2+len(o.VLRs)))
	h[104] = byte(o.PointFormat) | 0x80
	le.PutUint16(h[105:], uint16(o.RecordB))
	for k := range 3 {
		le.PutUint64(h[131+8*k:], math.Float64bits(o.Scale[k]))
		le.PutUint64(h[155+8*k:], math.Float64bits(o.Offset[k]))
	}
	sum.Put(h, o.PointFormat)
	if evlrAtB > 0 {
		le.PutUint64(h[235:], uint64(evlrAtB))
		le.PutUint32(h[243:], 1)
	}
	h = las.AppendVLR(h, las.VLR{User: vlrUser, Record: infoRecord, Data: info.bytes()})
	h = las.AppendVLR(h, las.VLR{User: laz.VLRUser, Record: laz.VLRRecord, Data: c.layout.Bytes()})
	for _, v := range o.VLRs {
		h = las.AppendVLR(h, v)
	}
	le.PutUint32(h[96:], uint32(len(h)))
	return append(h, make([]byte, 8)...) // the place of the chunk table
}

// Add writes a node that laz.ChunkEncoder has compressed in Layout. Each cell is
// given at most once. A cell without points, of which others are below, is given
// too, with no chunk.
func (c *Writer) Add(k Key, chunk []byte, count int64) error {
	if k.valid() && count == 0 && len(chunk) == 0 {
		c.nodes = append(c.nodes, Node{Key: k})
		return nil
	}
	if !k.valid() || count <= 0 || count > math.MaxInt32 || len(chunk) > math.MaxInt32 {
		return fmt.Errorf("copc: cell %v with %d points in %d bytes", k, count, len(chunk))
	}
	if _, err := c.w.Write(chunk); err != nil {
		return err
	}
	c.nodes = append(c.nodes, Node{k, c.next, int64(len(chunk)), count})
	c.next += int64(len(chunk))
	return nil
}

// Close writes the chunk table, the hierarchy and the header. sum is of all points;
// gpsMin and gpsMax are the range of their times.
func (c *Writer) Close(sum las.Summary, gpsMin, gpsMax float64) error {
	total := int64(0)
	var table []laz.Chunk
	for _, n := range c.nodes {
		if n.Points > 0 {
			total += n.Points
			table = append(table, laz.Chunk{OffsetB: n.OffsetB, SizeB: n.SizeB, Points: n.Points})
		}
	}
	if total != sum.Count {
		return errors.New("copc: the nodes hold other points than were counted")
	}
	tableAt := c.next
	b := laz.AppendChunkTable(nil, table, c.layout)
	evlrAt := c.next + int64(len(b))
	slices.SortFunc(c.nodes, compareNodes)
	for i := 1; i < len(c.nodes); i++ {
		if c.nodes[i].Key == c.nodes[i-1].Key {
			return fmt.Errorf("copc: cell %v was given twice", c.nodes[i].Key)
		}
	}
	rootAt, rootB, pages := hierarchy(c.nodes, evlrAt+evlrHeadB)
	var h [evlrHeadB]byte
	copy(h[2:18], vlrUser)
	binary.LittleEndian.PutUint16(h[18:], pageRecord)
	binary.LittleEndian.PutUint64(h[20:], uint64(len(pages)))
	b = append(append(b, h[:]...), pages...)
	if _, err := c.w.Write(b); err != nil {
		return err
	}
	o := &c.opts
	head := c.head(&sum, Info{Center: o.Center, Half: o.Half, Spacing: o.Spacing, RootAtB: rootAt, RootB: rootB, GPSMin: gpsMin, GPSMax: gpsMax}, evlrAt)
	binary.LittleEndian.PutUint64(head[len(head)-8:], uint64(tableAt))
	if _, err := c.w.Seek(c.start, io.SeekStart); err != nil {
		return err
	}
	if _, err := c.w.Write(head); err != nil {
		return err
	}
	_, err := c.w.Seek(0, io.SeekEnd)
	return err
}

const (
	pageEntries = 4096 // one page holds them all up to here
	pageLevel   = 5    // beyond, each cell of this level has a page of its own
)

// hierarchy renders the pages of nodes that are sorted by level, from byte at on.
func hierarchy(nodes []Node, at int64) (rootAt, rootB int64, pages []byte) {
	put := func(b []byte, n Node) []byte {
		le := binary.LittleEndian
		for _, v := range [4]int32{n.Level, n.X, n.Y, n.Z} {
			b = le.AppendUint32(b, uint32(v))
		}
		b = le.AppendUint64(b, uint64(n.OffsetB))
		b = le.AppendUint32(b, uint32(n.SizeB))
		return le.AppendUint32(b, uint32(n.Points))
	}
	if len(nodes) <= pageEntries {
		for _, n := range nodes {
			pages = put(pages, n)
		}
		return at, int64(len(pages)), pages
	}
	var root []byte
	below := map[Key][]byte{}
	var order []Key
	for _, n := range nodes {
		if n.Level < pageLevel {
			root = put(root, n)
			continue
		}
		up := n.Level - pageLevel
		k := Key{pageLevel, n.X >> up, n.Y >> up, n.Z >> up}
		if below[k] == nil {
			order = append(order, k)
		}
		below[k] = put(below[k], n)
	}
	rootB = int64(len(root) + entryB*len(order))
	next := at + rootB
	for _, k := range order {
		root = put(root, Node{k, next, int64(len(below[k])), -1})
		pages = append(pages, below[k]...)
		next += int64(len(below[k]))
	}
	return at, rootB, append(root, pages...)
}
