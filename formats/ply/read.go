package ply

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"firescene/formats"
	"firescene/formats/points"
)

// Open reads the header of a PLY file and returns its vertices as one scan.
// Lists and elements other than "vertex" are passed over; an element without
// coordinates gives an *formats.UnsupportedError.
func Open(r io.ReaderAt, size int64, lim formats.Limits) ([]points.Scan, error) {
	h, err := readHeader(r, size, lim)
	if err != nil {
		return nil, err
	}
	s := &Scan{r: r, size: size, head: h, left: h.elements[h.vertexIdx].count}
	if err := s.layOut(); err != nil {
		return nil, err
	}
	return []points.Scan{s}, nil
}

// order is how the body is stored.
type order uint8

const (
	orderASCII order = iota
	orderLittle
	orderBig
)

// scalar is a property type.
type scalar uint8

const (
	typeNone scalar = iota
	typeInt8
	typeUint8
	typeInt16
	typeUint16
	typeInt32
	typeUint32
	typeFloat32
	typeFloat64
)

var scalarNames = map[string]scalar{
	"char": typeInt8, "int8": typeInt8, "uchar": typeUint8, "uint8": typeUint8,
	"short": typeInt16, "int16": typeInt16, "ushort": typeUint16, "uint16": typeUint16,
	"int": typeInt32, "int32": typeInt32, "uint": typeUint32, "uint32": typeUint32,
	"float": typeFloat32, "float32": typeFloat32, "double": typeFloat64, "float64": typeFloat64,
}

var scalarSize = [...]int{0, 1, 1, 2, 2, 4, 4, 4, 8}

// colourRange is the value of full colour for each type: floating point colours
// run from 0 to 1.
var colourRange = [...]float64{1, 127, 255, 32767, 65535, 1<<31 - 1, 1<<32 - 1, 1, 1}

// property is one value, or one list of values, of an element.
type property struct {
	name    string
	kind    scalar // of the value, or of a list's values
	counter scalar // of a list's length; typeNone for a single value
}

type element struct {
	name       string
	count      int64
	properties []property
}

// fixedB is the number of bytes of one binary element; ok is false if it has
// lists.
func (e *element) fixedB() (n int, ok bool) {
	for _, p := range e.properties {
		if p.counter != typeNone {
			return 0, false
		}
		n += scalarSize[p.kind]
	}
	return n, true
}

type headerInfo struct {
	order     order
	elements  []element
	vertexIdx int
	noUnit    bool  // by a comment, see points.NoUnitNote
	bodyB     int64 // where the body begins
}

const (
	maxHeaderB    = 1 << 20
	maxProperties = 1 << 12
)

func readHeader(r io.ReaderAt, size int64, lim formats.Limits) (headerInfo, error) {
	p := headerParser{in: bufio.NewReader(io.NewSectionReader(r, 0, min(size, maxHeaderB))), lim: lim}
	h := headerInfo{vertexIdx: -1}
	err := p.run(&h)
	if err != nil {
		return h, err
	}
	h.bodyB = p.atB
	if h.vertexIdx < 0 {
		return h, &formats.UnsupportedError{Format: "PLY", Offset: 0, Feature: "a file without an element named vertex"}
	}
	return h, nil
}

// headerParser reads the header line by line.
type headerParser struct {
	in     *bufio.Reader
	lim    formats.Limits
	atB    int64
	lineB  int64
	fields int
	crOnly bool // lines end with CR alone, so that LF may begin the body
}

// line returns the next line's words. Lines end with LF, CR LF or, in old files,
// CR alone.
func (p *headerParser) line() ([]string, error) {
	p.lineB = p.atB
	var b []byte
	for {
		c, err := p.in.ReadByte()
		if err == io.EOF {
			return nil, p.damaged("the header has no end_header line")
		}
		if err != nil {
			return nil, err
		}
		p.atB++
		if c == '\n' {
			break
		}
		if c == '\r' {
			if next, err := p.in.Peek(1); err == nil && next[0] == '\n' && !p.crOnly {
				continue
			}
			p.crOnly = true
			break
		}
		b = append(b, c)
	}
	return strings.Fields(string(b)), nil
}

func (p *headerParser) damaged(format string, args ...any) error {
	return &formats.FormatError{Format: "PLY", Offset: p.lineB, Reason: fmt.Sprintf(format, args...)}
}

func (p *headerParser) run(h *headerInfo) error {
	words, err := p.line()
	if err != nil {
		return err
	}
	if len(words) != 1 || words[0] != "ply" {
		return p.damaged(`the file does not begin with "ply"`)
	}
	haveFormat := false
	for {
		words, err := p.line()
		if err != nil {
			return err
		}
		if len(words) == 0 {
			continue
		}
		switch words[0] {
		case "comment", "obj_info":
			h.noUnit = h.noUnit || strings.Join(words[1:], " ") == points.NoUnitNote
		case "format":
			if h.order, err = p.format(words); err != nil {
				return err
			}
			haveFormat = true
		case "element":
			if err := p.element(h, words); err != nil {
				return err
			}
		case "property":
			if err := p.property(h, words); err != nil {
				return err
			}
		case "end_header":
			if !haveFormat {
				return p.damaged("the header names no format")
			}
			return nil
		default:
			return p.damaged("unknown header line %.40q", words[0])
		}
	}
}

func (p *headerParser) format(words []string) (order, error) {
	if len(words) != 3 || words[2] != "1.0" {
		return 0, &formats.UnsupportedError{Format: "PLY", Offset: p.lineB, Feature: fmt.Sprintf("format line %.60q", strings.Join(words, " "))}
	}
	switch words[1] {
	case "ascii":
		return orderASCII, nil
	case "binary_little_endian":
		return orderLittle, nil
	case "binary_big_endian":
		return orderBig, nil
	}
	return 0, &formats.UnsupportedError{Format: "PLY", Offset: p.lineB, Feature: fmt.Sprintf("format %.40q", words[1])}
}

func (p *headerParser) element(h *headerInfo, words []string) error {
	if len(words) != 3 {
		return p.damaged("an element line needs a name and a count")
	}
	count, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil || count < 0 {
		return p.damaged("element count %.40q is not a count", words[2])
	}
	if p.fields++; p.fields > maxProperties {
		return p.damaged("more than %d elements and properties", maxProperties)
	}
	if words[1] == "vertex" && h.vertexIdx < 0 {
		h.vertexIdx = len(h.elements)
	}
	h.elements = append(h.elements, element{name: words[1], count: count})
	return nil
}

func (p *headerParser) property(h *headerInfo, words []string) error {
	if len(h.elements) == 0 {
		return p.damaged("a property stands before the first element")
	}
	var prop property
	switch {
	case len(words) == 5 && words[1] == "list":
		prop = property{name: words[4], counter: scalarNames[words[2]], kind: scalarNames[words[3]]}
		if prop.counter == typeNone || prop.counter >= typeFloat32 {
			return p.damaged("a list's length can not be of type %.40q", words[2])
		}
	case len(words) == 3:
		prop = property{name: words[2], kind: scalarNames[words[1]]}
	default:
		return p.damaged("property line %.60q is not understood", strings.Join(words, " "))
	}
	if prop.kind == typeNone {
		return p.damaged("property %.40q has an unknown type", prop.name)
	}
	if p.fields++; p.fields > maxProperties {
		return p.damaged("more than %d elements and properties", maxProperties)
	}
	e := &h.elements[len(h.elements)-1]
	e.properties = append(e.properties, prop)
	return nil
}
