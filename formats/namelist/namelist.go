// Package namelist reads Fortran namelists as the fire models CFAST (version 7)
// and FDS use them: records "&NAME key = values ... /" between which any text is
// comment.
//
// A record begins with an & that is the first mark of its line and ends with the
// first slash outside a string; the rest of that line is comment. Values are
// numbers, strings in either quote (a doubled quote stands for itself), logicals
// (.TRUE., T, .FALSE., F in either case), repeat counts (3*0.) and nulls (two
// commas), parted by blanks or commas. An exclamation mark outside a string
// begins a comment. Keys may have subscripts: A(2)=, A(1:3)=, A(1:2,3)=.
//
// Sources: ISO/IEC 1539-1:2010 (Fortran), 10.11; K. McGrattan et al., Fire
// Dynamics Simulator User's Guide, NIST SP 1019 (2013), ch. 5.
package namelist

import (
	"fmt"
	"io"
	"math"

	"firescene/formats"
)

// Format is the name that errors carry.
const Format = "namelist"

// Kind tells what a value is.
type Kind uint8

// The kinds of value.
const (
	Null Kind = iota // nothing between two commas: what was before stays
	Number
	Text
	Logical
)

// Value is one value of a field.
type Value struct {
	Kind Kind
	Num  float64 // Number; finite
	Text string  // Text without its quotes; of a Number or Logical as it was written
	Bool bool    // Logical
	Line int     // from 1
}

// Field is one "key = values" of a record. Name is in capitals.
type Field struct {
	Name   string
	Line   int
	Sub    []Range // subscripts as written, one a dimension; nil without
	Values []Value
}

// Range is one subscript: A(From) has To = From; A(:) has All set and both 0. Some
// arrays of fire models begin at 0.
type Range struct {
	From, To int
	All      bool
}

// Record is one namelist record. Name is in capitals, without the &. Fields are
// in the order of the file; the same key may come more than once.
type Record struct {
	Name   string
	Line   int
	Fields []Field
}

// Bounds on what a file may hold. A larger claim is a FormatError.
const (
	MaxBytes  = 64 << 20
	MaxValues = 4 << 20 // in one file, repeats counted out
	MaxRepeat = 1 << 16
)

// Read returns the records of a file in their order. Errors are
// *formats.FormatError with the line in their reason.
func Read(r io.Reader) ([]Record, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxBytes {
		return nil, &formats.FormatError{Format: Format, Offset: MaxBytes, Reason: fmt.Sprintf("the file is larger than %d MiB", MaxBytes>>20), Next: "check that it is an input file"}
	}
	p := &parser{data: data, line: 1}
	var out []Record
	for p.toRecord() {
		rec, err := p.record()
		if err != nil {
			return nil, err
		}
		out = append(out, rec)
	}
	return out, nil
}

// Float is the first number of the last field of that name; ok is false when
// there is none.
func (r *Record) Float(name string) (v float64, ok bool) {
	f := r.Find(name)
	if f == nil || len(f.Values) == 0 || f.Values[0].Kind != Number {
		return 0, false
	}
	return f.Values[0].Num, true
}

// Str is the first text of the last field of that name.
func (r *Record) Str(name string) (s string, ok bool) {
	f := r.Find(name)
	if f == nil || len(f.Values) == 0 || f.Values[0].Kind != Text {
		return "", false
	}
	return f.Values[0].Text, true
}

// Find is the last field of that name, or nil.
func (r *Record) Find(name string) *Field {
	for i := len(r.Fields) - 1; i >= 0; i-- {
		if r.Fields[i].Name == name {
			return &r.Fields[i]
		}
	}
	return nil
}

// Floats lays the numbers of all fields of one name into one list, each at its
// subscript of the first dimension; what is not given is NaN. A value that is
// not a number, and a subscript below 1 or above most, is a FormatError.
func (r *Record) Floats(name string, most int) ([]float64, error) {
	var out []float64
	err := r.lay(name, most, Number, func(i int, v Value) {
		for len(out) <= i {
			out = append(out, math.NaN())
		}
		out[i] = v.Num
	})
	return out, err
}

// Strs is Floats for texts; what is not given is empty.
func (r *Record) Strs(name string, most int) ([]string, error) {
	var out []string
	err := r.lay(name, most, Text, func(i int, v Value) {
		for len(out) <= i {
			out = append(out, "")
		}
		out[i] = v.Text
	})
	return out, err
}

func (r *Record) lay(name string, most int, kind Kind, put func(i int, v Value)) error {
	for i := range r.Fields {
		f := &r.Fields[i]
		if f.Name != name {
			continue
		}
		at := 0
		if len(f.Sub) > 0 && !f.Sub[0].All {
			at = f.Sub[0].From - 1
		}
		for _, v := range f.Values {
			if at < 0 || at >= most {
				return Errorf(v.Line, "give at most that many values", "%s: %s has a value at place %d, and at most %d are possible", r.Name, name, at+1, most)
			}
			if v.Kind == kind {
				put(at, v)
			} else if v.Kind != Null {
				return Errorf(v.Line, "see the user's guide for the kind of value", "%s: %s is given %q, which is not a %s", r.Name, name, v.Text, kind)
			}
			at++
		}
	}
	return nil
}

func (k Kind) String() string {
	switch k {
	case Number:
		return "number"
	case Text:
		return "text in quotes"
	case Logical:
		return "logical"
	}
	return "null"
}

// Errorf is a FormatError that names a line.
func Errorf(line int, next, format string, args ...any) error {
	return &formats.FormatError{Format: Format, Offset: -1, Reason: fmt.Sprintf("line %d: ", line) + fmt.Sprintf(format, args...), Next: next}
}
