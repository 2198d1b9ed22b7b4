// Package formats holds what every decoder of firescene shares: the two kinds of
// error that a file can earn, and the bounds within which a decoder may believe
// a length that the data claims.
//
// The packages below it turn bytes into plain structs and back. They take
// readers, never paths, and import nothing of the rest of the program.
package formats

import (
	"errors"
	"fmt"
)

// FormatError says that data is damaged: it claims to be of a format and breaks
// that format's rules. The bytes can not be read further without guessing.
type FormatError struct {
	Format string // short name of the format, for example "E57"
	Offset int64  // byte offset in the input at which the damage was seen; -1 when not known
	Reason string // what is wrong, in one clause
	Next   string // what the user can do next; may be empty
}

func (e *FormatError) Error() string {
	return message(e.Format, "damaged", e.Offset, e.Reason, e.Next)
}

// UnsupportedError says that data is valid, as far as it was read, but uses
// something this program does not read.
type UnsupportedError struct {
	Format  string // short name of the format
	Offset  int64  // byte offset of the feature; -1 when not known
	Feature string // what is not read, for example "LAZ compression"
	Next    string // what the user can do next; may be empty
}

func (e *UnsupportedError) Error() string {
	return message(e.Format, "not supported", e.Offset, e.Feature, e.Next)
}

func message(format, kind string, offset int64, what, next string) string {
	s := format + ": " + kind
	if offset >= 0 {
		s += fmt.Sprintf(" at byte %d", offset)
	}
	s += ": " + what
	if next != "" {
		s += " (" + next + ")"
	}
	return s
}

// IsDamaged reports whether err is, or wraps, a FormatError.
func IsDamaged(err error) bool {
	var e *FormatError
	return errors.As(err, &e)
}

// IsUnsupported reports whether err is, or wraps, an UnsupportedError.
func IsUnsupported(err error) bool {
	var e *UnsupportedError
	return errors.As(err, &e)
}

// Limits bounds what a decoder does on the word of its input. A decoder that
// meets a larger claim returns a FormatError and allocates nothing for it.
type Limits struct {
	MaxAllocB int64 // largest single allocation in bytes
	MaxItems  int64 // most directory entries, scans, chunks or similar in one file
	MaxDepth  int   // deepest nesting of folders, elements or containers
}

// DefaultLimits suits an ordinary PC: 256 MiB, 2^31 items, 64 levels.
func DefaultLimits() Limits {
	return Limits{MaxAllocB: 256 << 20, MaxItems: 1 << 31, MaxDepth: 64}
}
