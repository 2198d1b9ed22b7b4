package evtx

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// node is an element of an event's XML.
type node struct {
	name  string
	attrs []Field
	text  string
	value any // of the text when it is one value and no string
	nodes []*node
}

var errXML = errors.New("its binary XML is broken")

// Bounds of what one event may unfold to.
const (
	maxNodes = 4096
	maxTextB = 1 << 20
	maxNest  = 24
	maxSteps = 1 << 16
)

// xmlReader unfolds binary XML. Offsets of names and templates count from the
// beginning of the chunk.
type xmlReader struct {
	chunk []byte
	nodes int
	textB int
	steps int
}

// values are what a template instance fills its holes with.
type values struct {
	kinds []byte
	parts [][]byte
	ats   []int // of each part in the chunk
}

// fragment reads tokens in chunk[at:end] and adds what they make to parent.
func (x *xmlReader) fragment(at, end int, v *values, parent *node, deps bool, depth int) (int, error) {
	if depth > maxNest {
		return at, errXML
	}
	stack := []*node{parent}
	var attr *Field
	put := func(val any, s string) {
		x.textB += len(s)
		top := stack[len(stack)-1]
		switch {
		case attr != nil:
			attr.Value = fmt.Sprint(attr.Value) + s
		case top.text == "" && top.value == nil:
			top.text, top.value = s, val
		default:
			top.text, top.value = top.text+s, nil
		}
	}
	for at < end {
		if x.steps++; x.steps > maxSteps || x.textB > maxTextB || len(stack) > maxNest {
			return at, errXML
		}
		top := stack[len(stack)-1]
		tok := x.chunk[at]
		switch tok &^ 0x40 {
		case 0x00:
			return at + 1, nil
		case 0x0f:
			at += 4
		case 0x01:
			p := at + 5
			if deps {
				p += 2
			}
			name, next, ok := x.nameAt(p, end)
			if !ok {
				return at, errXML
			}
			if tok&0x40 != 0 {
				next += 4
			}
			if x.nodes++; x.nodes > maxNodes {
				return at, errXML
			}
			n := &node{name: name}
			top.nodes = append(top.nodes, n)
			stack, attr, at = append(stack, n), nil, next
		case 0x02:
			attr = nil
			at++
		case 0x03, 0x04:
			if len(stack) == 1 {
				return at, errXML
			}
			stack, attr = stack[:len(stack)-1], nil
			at++
		case 0x06:
			name, next, ok := x.nameAt(at+1, end)
			if !ok || len(top.attrs) > 256 {
				return at, errXML
			}
			top.attrs = append(top.attrs, Field{Name: name, Value: ""})
			attr, at = &top.attrs[len(top.attrs)-1], next
		case 0x05, 0x07:
			p := at + 1
			if tok&^0x40 == 0x05 {
				p++ // the kind of value, always a string
			}
			s, next, ok := x.counted(p, end)
			if !ok {
				return at, errXML
			}
			put(nil, s)
			at = next
		case 0x08:
			if at+3 > end {
				return at, errXML
			}
			put(nil, string(rune(binary.LittleEndian.Uint16(x.chunk[at+1:]))))
			at += 3
		case 0x09:
			name, next, ok := x.nameAt(at+1, end)
			if !ok {
				return at, errXML
			}
			put(nil, entity(name))
			at = next
		case 0x0a:
			_, next, ok := x.nameAt(at+1, end)
			if !ok {
				return at, errXML
			}
			at = next
		case 0x0b:
			_, next, ok := x.counted(at+1, end)
			if !ok {
				return at, errXML
			}
			at = next
		case 0x0c:
			next, err := x.template(at, end, top, depth)
			if err != nil {
				return at, err
			}
			at = next
		case 0x0d, 0x0e:
			if at+4 > end || v == nil {
				return at, errXML
			}
			i := int(binary.LittleEndian.Uint16(x.chunk[at+1:]))
			at += 4
			if i >= len(v.kinds) {
				continue // a hole without a value stays empty
			}
			if v.kinds[i] == 0x21 {
				if err := x.embedded(v, i, top, depth); err != nil {
					return at, err
				}
				continue
			}
			val := plainValue(v.kinds[i], v.parts[i])
			if val != nil {
				put(val, textOf(val))
			}
		default:
			return at, errXML
		}
	}
	return at, nil
}

// embedded unfolds a value that is binary XML itself. Whether its elements carry
// dependency numbers is not recorded; what fits is taken.
func (x *xmlReader) embedded(v *values, i int, top *node, depth int) error {
	at, end := v.ats[i], v.ats[i]+len(v.parts[i])
	for _, deps := range []bool{true, false} {
		n := &node{}
		if _, err := x.fragment(at, end, nil, n, deps, depth+1); err == nil {
			top.nodes = append(top.nodes, n.nodes...)
			return nil
		}
	}
	return errXML
}

// template reads a template instance, its definition and its values.
func (x *xmlReader) template(at, end int, top *node, depth int) (int, error) {
	if at+10 > end {
		return at, errXML
	}
	def := int(binary.LittleEndian.Uint32(x.chunk[at+6:]))
	next := at + 10
	if def > len(x.chunk)-24 || def < 128 {
		def = -1
	}
	// Where the definition of an old record was written over, another may lie.
	if def >= 0 && !bytes.Equal(x.chunk[at+2:at+6], x.chunk[def+4:def+8]) {
		if def == next {
			return at, errXML
		}
		def = x.known(binary.LittleEndian.Uint32(x.chunk[at+2:]))
	}
	size := 0
	if def >= 0 {
		size = int(binary.LittleEndian.Uint32(x.chunk[def+20:]))
		if size < 0 || def+24+size > len(x.chunk) {
			if def == next {
				return at, errXML
			}
			def = -1
		}
	}
	if def == next {
		next += 24 + size
	}
	v, next, ok := x.valuesAt(next, end)
	if !ok {
		return at, errXML
	}
	if def >= 0 {
		n := &node{}
		if _, err := x.fragment(def+24, def+24+size, v, n, true, depth+1); err == nil && len(n.nodes) > 0 {
			top.nodes = append(top.nodes, n.nodes...)
			return next, nil
		}
	}
	// Without its template the values are left.
	n := &node{name: lostTemplate}
	for i := range v.kinds {
		if v.kinds[i] == 0x21 {
			if err := x.embedded(v, i, n, depth); err == nil {
				continue
			}
		}
		if val := plainValue(v.kinds[i], v.parts[i]); val != nil {
			n.attrs = append(n.attrs, Field{"value" + strconv.Itoa(i+1), val})
		}
	}
	top.nodes = append(top.nodes, n)
	return next, nil
}

// known finds the definition with an identifier, which is made from its content,
// among those that the chunk's header leads to; -1 when there is none.
func (x *xmlReader) known(id uint32) int {
	if len(x.chunk) < recordsAt {
		return -1
	}
	le := binary.LittleEndian
	for i, steps := 384, 0; i < recordsAt; i += 4 {
		for def := int(le.Uint32(x.chunk[i:])); def >= recordsAt && def <= len(x.chunk)-24 && steps < 1024; steps++ {
			if le.Uint32(x.chunk[def+4:]) == id {
				return def
			}
			def = int(le.Uint32(x.chunk[def:]))
		}
	}
	return -1
}

// lostTemplate names the element that stands for an instance of a template that
// is not there.
const lostTemplate = "\x00template"

func (x *xmlReader) valuesAt(at, end int) (*values, int, bool) {
	if at+4 > end {
		return nil, at, false
	}
	n := int(binary.LittleEndian.Uint32(x.chunk[at:]))
	if n < 0 || n > (end-at-4)/4 {
		return nil, at, false
	}
	v := &values{}
	data := at + 4 + 4*n
	for i := range n {
		d := x.chunk[at+4+4*i:]
		size := int(binary.LittleEndian.Uint16(d))
		if data+size > end {
			return nil, at, false
		}
		v.kinds, v.parts, v.ats = append(v.kinds, d[2]), append(v.parts, x.chunk[data:data+size]), append(v.ats, data)
		data += size
	}
	return v, data, true
}

// nameAt reads a name by the offset at p. The name may follow right behind.
func (x *xmlReader) nameAt(p, end int) (s string, next int, ok bool) {
	if p+4 > end {
		return "", p, false
	}
	off := int(binary.LittleEndian.Uint32(x.chunk[p:]))
	next = p + 4
	if off < 128 || off+8 > len(x.chunk) {
		return "", p, false
	}
	n := int(binary.LittleEndian.Uint16(x.chunk[off+6:]))
	if n == 0 || n > 512 || off+10+2*n > len(x.chunk) || x.chunk[off+8+2*n] != 0 || x.chunk[off+9+2*n] != 0 {
		return "", p, false
	}
	s = utf16Text(x.chunk[off+8 : off+8+2*n])
	if off == next {
		next = off + 10 + 2*n
	}
	return s, next, next <= end
}

// counted reads a text behind its number of characters.
func (x *xmlReader) counted(p, end int) (string, int, bool) {
	if p+2 > end {
		return "", p, false
	}
	n := int(binary.LittleEndian.Uint16(x.chunk[p:]))
	if p+2+2*n > end {
		return "", p, false
	}
	return utf16Text(x.chunk[p+2 : p+2+2*n]), p + 2 + 2*n, true
}

func entity(name string) string {
	switch name {
	case "lt":
		return "<"
	case "gt":
		return ">"
	case "amp":
		return "&"
	case "quot":
		return "\""
	case "apos":
		return "'"
	}
	return "&" + name + ";"
}

func utf16Text(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return strings.TrimRight(string(utf16.Decode(u)), "\x00")
}

// plainValue reads a value: nil, an int64, a float64, a string or bytes.
func plainValue(kind byte, b []byte) any {
	if kind&0x80 != 0 {
		return arrayValue(kind&0x7f, b)
	}
	le := binary.LittleEndian
	switch kind {
	case 0x01:
		return utf16Text(b)
	case 0x02:
		return strings.TrimRight(string(b), "\x00")
	case 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0d, 0x10, 0x14, 0x15:
		return number(kind, b)
	case 0x0b:
		if len(b) == 4 {
			return float64(math.Float32frombits(le.Uint32(b)))
		}
	case 0x0c:
		if len(b) == 8 {
			return math.Float64frombits(le.Uint64(b))
		}
	case 0x0f:
		if len(b) == 16 {
			return fmt.Sprintf("{%08X-%04X-%04X-%X-%X}", le.Uint32(b), le.Uint16(b[4:]), le.Uint16(b[6:]), b[8:10], b[10:])
		}
	case 0x11:
		if len(b) == 8 {
			return stamp(le.Uint64(b))
		}
	case 0x12:
		if len(b) == 16 {
			w := func(i int) int { return int(le.Uint16(b[2*i:])) }
			return fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", w(0), w(1), w(3), w(4), w(5), w(6), w(7))
		}
	case 0x13:
		if s, ok := sid(b); ok {
			return s
		}
	case 0x00: // no value, whatever its bytes
		return nil
	}
	if len(b) == 0 {
		return nil
	}
	return append([]byte(nil), b...)
}

func number(kind byte, b []byte) any {
	var u uint64
	if len(b) != 1 && len(b) != 2 && len(b) != 4 && len(b) != 8 {
		if len(b) == 0 {
			return nil
		}
		return append([]byte(nil), b...)
	}
	for i := len(b) - 1; i >= 0; i-- {
		u = u<<8 | uint64(b[i])
	}
	switch kind {
	case 0x03, 0x05, 0x07, 0x09:
		shift := 64 - 8*len(b)
		return int64(u<<shift) >> shift
	case 0x0d:
		return strconv.FormatBool(u != 0)
	case 0x10, 0x14, 0x15:
		return "0x" + strconv.FormatUint(u, 16)
	}
	if u > math.MaxInt64 {
		return strconv.FormatUint(u, 10)
	}
	return int64(u)
}

// arrayValue reads an array into one text, its members apart by line ends.
func arrayValue(kind byte, b []byte) any {
	if kind == 0x01 {
		return strings.ReplaceAll(utf16Text(b), "\x00", "\n")
	}
	size := map[byte]int{0x03: 1, 0x04: 1, 0x05: 2, 0x06: 2, 0x07: 4, 0x08: 4, 0x09: 8, 0x0a: 8, 0x0b: 4, 0x0c: 8, 0x0d: 4, 0x0f: 16, 0x11: 8, 0x12: 16, 0x14: 4, 0x15: 8}[kind]
	if size == 0 || len(b)%size != 0 || len(b) == 0 {
		return plainValue(0x0e, b)
	}
	var parts []string
	for ; len(b) > 0; b = b[size:] {
		parts = append(parts, textOf(plainValue(kind, b[:size])))
	}
	return strings.Join(parts, "\n")
}

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return strings.ToUpper(hex.EncodeToString(v))
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}

// sid prints a security identifier.
func sid(b []byte) (string, bool) {
	if len(b) < 8 || b[0] != 1 || len(b) != 8+4*int(b[1]) {
		return "", false
	}
	var authority uint64
	for _, c := range b[2:8] {
		authority = authority<<8 | uint64(c)
	}
	s := "S-1-" + strconv.FormatUint(authority, 10)
	for i := 8; i < len(b); i += 4 {
		s += "-" + strconv.FormatUint(uint64(binary.LittleEndian.Uint32(b[i:])), 10)
	}
	return s, true
}

// fileTime reads 100 ns since 1601.
func fileTime(v uint64) time.Time {
	const epoch = 11644473600
	return time.Unix(int64(v/1e7)-epoch, int64(v%1e7)*100).UTC()
}

// stamp prints a time as the event viewer's XML has it.
func stamp(v uint64) string {
	if v > 1<<62 {
		return strconv.FormatUint(v, 10)
	}
	return fileTime(v).Format("2006-01-02T15:04:05.0000000Z")
}
