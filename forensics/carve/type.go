package carve

import (
	"bytes"
	"io"

	"firescene/forensics"
)

// Signature is a pattern that every file of a type has at one place.
type Signature struct {
	OffsetB int    // of Bytes from the beginning of the file, at most 1024
	Bytes   []byte // 3 to 16, not beginning with two zero bytes, which empty areas are full of
}

// at0 lists signatures that stand at the beginning of a file.
func at0(patterns ...string) (out []Signature) {
	for _, p := range patterns {
		out = append(out, Signature{Bytes: []byte(p)})
	}
	return out
}

// Type is one kind of file that can be found by content.
type Type struct {
	Name       string // as forensics.Item.Type
	Ext        string // for the names of output files
	Signatures []Signature
	Footer     []byte // how a file without foreign data behind it ends; may be empty
	MaxB       int64  // largest size believed
	// Piece says that the type is a part of files that is worth keeping by itself
	// (a chunk of an event log, frames of a recorder): its finds are fragments.
	Piece bool
	// Head is a cheap check of the first HeadB bytes, before Walk.
	Head func(b []byte) bool
	// Walk follows the structure from offset 0 of r, which holds at most size
	// bytes, and judges it. The error is an error of r.
	Walk func(r io.ReaderAt, size int64) (Verdict, error)
}

// HeadB is how many bytes Head may look at. Fewer are given at the end of data.
const HeadB = 64

// Proof says how much a Whole verdict rests on, so that a file that was put
// together from pieces is believed only as far as its format can tell a wrong
// piece from a right one.
type Proof int

// The kinds of proof, weakest first.
const (
	ByLength Proof = iota // lengths and counts agree; content is not looked at
	ByCode                // all content follows codes or structures that foreign data soon breaks
	BySum                 // check sums over the content agree
)

// Verdict is what a walk found.
type Verdict struct {
	State   forensics.ItemState // Whole; Partial when it does not reach its end; Fragment for a Piece
	LengthB int64               // Whole: the true length; Partial: the good prefix, 0 when nothing is worth keeping
	Proof   Proof               // Whole: on what it rests
	// For a Partial verdict, where it went wrong: bytes before SureB are proved to
	// belong together; FailB is where the walk saw that something is foreign, so
	// that a first fragment ends in (SureB, FailB]. Zero when not known. A Whole
	// verdict with a SureB before its end is proved only up to there.
	SureB, FailB int64
	NeedB        int64 // length of the whole file as its own structure states it; 0 when it does not
	Confidence   float64
	Reason       string
	Kind         string // more exact than the type's name, as "docx" for a zip; also the extension; empty for none
	Times        []forensics.ItemTime
}

// Types lists all types.
func Types() []Type {
	var all []Type
	for _, group := range [][]Type{{jpegType(), pngType()}, pictureTypes(), documentTypes(), videoTypes(), recordTypes()} {
		all = append(all, group...)
	}
	return all
}

// Identify returns the type whose signature and head the bytes have, or nil. head
// should hold at least 2 KiB when there are so many.
func Identify(types []Type, head []byte) *Type {
	for i := range types {
		for _, s := range types[i].Signatures {
			if len(head) >= s.OffsetB && bytes.HasPrefix(head[s.OffsetB:], s.Bytes) && types[i].Head(head[:min(len(head), HeadB)]) {
				return &types[i]
			}
		}
	}
	return nil
}

// ExtOf is the extension for an output file of a type or a Verdict's Kind.
func ExtOf(name string) string {
	for _, t := range Types() {
		if t.Name == name {
			return t.Ext
		}
	}
	switch {
	case name == "" || name == "data":
		return "bin"
	case name == "text":
		return "txt"
	case name == "thumbsdb":
		return "thumbs.db"
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return "bin"
		}
	}
	return name
}
