// Package riff walks the chunks of RIFF files and checks WebP pictures.
//
// Specification: Microsoft and IBM, Multimedia Programming Interface and Data
// Specifications 1.0 (1991); for WebP, RFC 9649 (2024).
package riff

import (
	"encoding/binary"

	"firescene/formats/follow"
)

// Chunk is one chunk of a RIFF file. Offsets are absolute.
type Chunk struct {
	ID    string
	At    int64 // of its header
	DataB int64 // where its data begins
	SizeB int64 // of its data, as its header states it
	NextB int64 // where the next chunk begins: behind the padding to an even length
}

// Header reads the twelve bytes that a RIFF file begins with. end is one past
// its data as its length states it.
func Header(b []byte) (form string, end int64, ok bool) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || !validID(b[8:12]) {
		return "", 0, false
	}
	n := int64(binary.LittleEndian.Uint32(b[4:]))
	return string(b[8:12]), 8 + n, n >= 4
}

// ChunkAt reads the chunk header at an offset. A list's data begins with its
// four byte type. ok is false when no valid header is there; c.At is left behind
// the header.
func ChunkAt(c *follow.Cursor, at int64) (ch Chunk, ok bool) {
	b := c.PeekAt(at, 8)
	if b == nil || !validID(b[:4]) {
		return Chunk{}, false
	}
	n := int64(binary.LittleEndian.Uint32(b[4:]))
	ch = Chunk{ID: string(b[:4]), At: at, DataB: at + 8, SizeB: n, NextB: at + 8 + n + n&1}
	c.Skip(8)
	return ch, true
}

// validID reports whether b can be a four character code: letters, digits and
// punctuation, filled up behind with blanks or, by some writers, one zero.
func validID(b []byte) bool {
	for i, x := range b[:4] {
		if (x < ' ' || x > '~' || x == ' ' && i == 0) && (x != 0 || i < 3) {
			return false
		}
	}
	return true
}
