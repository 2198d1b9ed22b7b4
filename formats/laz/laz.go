// Package laz compresses and decompresses the point records of LAZ files: the
// codec alone, without the LAS header around it.
//
// Format: M. Isenburg, "LASzip: lossless compression of LiDAR data",
// Photogrammetric Engineering and Remote Sensing 79(2), 2013, and "LAZ
// Specification 1.4", rapidlasso, 2019; where both are silent, what the reference
// implementation LASzip 3.4 writes. The entropy coder is the one of A. Said,
// "Introduction to arithmetic coding: theory and practice", HPL-2004-76, 2004.
//
// Read are items of versions 1 and 2, point by point, chunked or not (point data
// record formats 0 to 5), and of versions 3 and 4 in layers (formats 6 to 10).
// Written are versions 2 and 3 without wave packets.
package laz

import (
	"encoding/binary"
	"fmt"

	"firescene/formats"
)

// Kind is what an item of a record holds, by the number that the file uses.
type Kind int

// The kinds of items.
const (
	Byte         Kind = 0
	Point10      Kind = 6
	GPSTime11    Kind = 7
	RGB12        Kind = 8
	WavePacket13 Kind = 9
	Point14      Kind = 10
	RGB14        Kind = 11
	RGBNIR14     Kind = 12
	WavePacket14 Kind = 13
	Byte14       Kind = 14
)

// Item is one part of a point record and how it is compressed.
type Item struct {
	Kind    Kind
	SizeB   int
	Version int
}

// Compressor is how points are grouped.
type Compressor int

// The groupings that are read.
const (
	Pointwise        Compressor = 1 // one stream to the end of the file
	PointwiseChunked Compressor = 2
	LayeredChunked   Compressor = 3
)

// VariableChunks as Layout.ChunkPoints says that the chunk table gives each
// chunk's count.
const VariableChunks = 1<<32 - 1

// Layout is what the record "laszip encoded" of a file tells.
type Layout struct {
	Compressor  Compressor
	ChunkPoints uint32 // points a chunk, or VariableChunks
	Items       []Item
	RecordB     int // sum of the items' sizes
}

// VLRUser and VLRRecord name the variable length record that holds a Layout.
const (
	VLRUser   = "laszip encoded"
	VLRRecord = 22204
	// DefaultChunkPoints is how many points a chunk has when nothing else is said.
	DefaultChunkPoints = 50000
	headB              = 34
	itemB              = 6
)

// ParseLayout reads the content of the record "laszip encoded".
func ParseLayout(b []byte) (Layout, error) {
	le := binary.LittleEndian
	if len(b) < headB {
		return Layout{}, damaged(-1, "the LASzip record has %d bytes, fewer than %d", len(b), headB)
	}
	l := Layout{Compressor: Compressor(le.Uint16(b)), ChunkPoints: le.Uint32(b[12:])}
	if l.Compressor < Pointwise || l.Compressor > LayeredChunked {
		return l, unsupported("compressor %d", l.Compressor)
	}
	if coder := le.Uint16(b[2:]); coder != 0 {
		return l, unsupported("entropy coder %d", coder)
	}
	n := int(le.Uint16(b[32:]))
	if n == 0 || len(b) < headB+itemB*n {
		return l, damaged(-1, "the LASzip record names %d items in %d bytes", n, len(b))
	}
	for i := range n {
		p := b[headB+itemB*i:]
		it := Item{Kind(le.Uint16(p)), int(le.Uint16(p[2:])), int(le.Uint16(p[4:]))}
		if err := it.check(l.Compressor == LayeredChunked); err != nil {
			return l, err
		}
		if first := it.Kind == Point10 || it.Kind == Point14; first != (i == 0) {
			return l, unsupported("item %d of kind %d", i+1, it.Kind)
		}
		l.Items = append(l.Items, it)
		l.RecordB += it.SizeB
	}
	if l.Compressor == Pointwise || l.ChunkPoints == 0 {
		l.ChunkPoints = VariableChunks
	}
	return l, nil
}

// sizes of items; 0 where any is allowed.
var itemSizes = map[Kind]int{Byte: 0, Point10: 20, GPSTime11: 8, RGB12: 6, WavePacket13: 29,
	Point14: 30, RGB14: 6, RGBNIR14: 8, WavePacket14: 29, Byte14: 0}

func (it Item) check(layered bool) error {
	size, known := itemSizes[it.Kind]
	switch {
	case !known:
		return unsupported("item of unknown kind %d, size %d, version %d", it.Kind, it.SizeB, it.Version)
	case size != 0 && it.SizeB != size, it.SizeB == 0:
		return damaged(-1, "an item of kind %d has %d bytes", it.Kind, it.SizeB)
	case layered != (it.Kind >= Point14):
		return unsupported("item of kind %d in this grouping of points", it.Kind)
	case layered && it.Version != 3 && it.Version != 4,
		!layered && it.Kind == WavePacket13 && it.Version != 1,
		!layered && it.Version != 1 && it.Version != 2:
		return unsupported("item of kind %d in version %d", it.Kind, it.Version)
	}
	return nil
}

// LayoutOf is the layout in which records of a point data record format are
// written. Formats with wave packets are not written.
func LayoutOf(pointFormat, recordB int, chunkPoints uint32) (Layout, error) {
	var items []Item
	switch pointFormat {
	case 0, 1, 2, 3:
		items = append(items, Item{Point10, 20, 2})
		if pointFormat&1 != 0 {
			items = append(items, Item{GPSTime11, 8, 2})
		}
		if pointFormat&2 != 0 {
			items = append(items, Item{RGB12, 6, 2})
		}
	case 6:
		items = append(items, Item{Point14, 30, 3})
	case 7:
		items = append(items, Item{Point14, 30, 3}, Item{RGB14, 6, 3})
	case 8:
		items = append(items, Item{Point14, 30, 3}, Item{RGBNIR14, 8, 3})
	default:
		return Layout{}, unsupported("writing point data record format %d", pointFormat)
	}
	l := Layout{Compressor: PointwiseChunked, ChunkPoints: chunkPoints, RecordB: recordB}
	rest := recordB
	for _, it := range items {
		rest -= it.SizeB
	}
	extra := Item{Byte, rest, 2}
	if pointFormat >= 6 {
		l.Compressor, extra.Kind, extra.Version = LayeredChunked, Byte14, 3
	}
	if rest < 0 {
		return l, fmt.Errorf("laz: records of %d bytes are too short for format %d", recordB, pointFormat)
	}
	if rest > 0 {
		items = append(items, extra)
	}
	l.Items = items
	return l, nil
}

// Bytes is the content of the record "laszip encoded".
func (l Layout) Bytes() []byte {
	le := binary.LittleEndian
	b := make([]byte, headB+itemB*len(l.Items))
	le.PutUint16(b, uint16(l.Compressor))
	b[4], b[5] = 3, 4 // the LASzip version whose streams these are
	le.PutUint16(b[6:], 3)
	le.PutUint32(b[12:], l.ChunkPoints)
	le.PutUint64(b[16:], ^uint64(0))
	le.PutUint64(b[24:], ^uint64(0))
	le.PutUint16(b[32:], uint16(len(l.Items)))
	for i, it := range l.Items {
		p := b[headB+itemB*i:]
		le.PutUint16(p, uint16(it.Kind))
		le.PutUint16(p[2:], uint16(it.SizeB))
		le.PutUint16(p[4:], uint16(it.Version))
	}
	return b
}

func damaged(offsetB int64, format string, args ...any) error {
	return &formats.FormatError{Format: "LAZ", Offset: offsetB, Reason: fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) error {
	return &formats.UnsupportedError{Format: "LAZ", Offset: -1, Feature: fmt.Sprintf(format, args...),
		Next: "write the file again with a current version of its program, or as LAS"}
}
