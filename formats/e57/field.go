package e57

import (
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// role is what a field means to a point cloud.
type role uint8

const (
	roleNone role = iota
	roleX
	roleY
	roleZ
	roleRange
	roleAzimuth
	roleElevation
	roleRed
	roleGreen
	roleBlue
	roleIntensity
	roleNormalX
	roleNormalY
	roleNormalZ
	roleInvalid
	roleSphericalInvalid
	roleRow
	roleColumn
	roleCount
)

// roles names the fields that are read, ASTM E2807 table 13 and the surface
// normals extension.
var roles = map[string]role{
	"cartesianX": roleX, "cartesianY": roleY, "cartesianZ": roleZ,
	"sphericalRange": roleRange, "sphericalAzimuth": roleAzimuth, "sphericalElevation": roleElevation,
	"colorRed": roleRed, "colorGreen": roleGreen, "colorBlue": roleBlue,
	"intensity": roleIntensity,
	"normalX":   roleNormalX, "normalY": roleNormalY, "normalZ": roleNormalZ,
	"cartesianInvalidState": roleInvalid, "sphericalInvalidState": roleSphericalInvalid,
	"rowIndex": roleRow, "columnIndex": roleColumn,
}

// field is one leaf of the prototype: how it is stored, and the values that have
// been decoded and not yet delivered. The bits of consecutive packets form one
// stream, so a value may begin in one packet and end in the next.
type field struct {
	name          string
	role          role
	kind          kind
	bits          int
	min, max      int64
	scale, offset float64
	used          bool

	values   []float64 // decoded, in record order
	leftover []byte    // bytes from the first one that is not fully decoded
	firstBit int       // bits of leftover[0] that are done
}

// newField reads a field's definition. A field of a type that can not hold
// numbers is kept without a role, so that its bytestream is passed over.
// extension is true for a field that is not of E57's own namespace: of those
// only surface normals have a role.
func newField(e xml.StartElement, extension bool) (field, error) {
	f := field{name: e.Name.Local, scale: 1, role: roles[e.Name.Local]}
	if extension && !(strings.HasPrefix(f.name, "normal") && strings.Contains(strings.ToLower(e.Name.Space), "nor")) {
		f.role = roleNone
	}
	switch t := attr(e, "type"); t {
	case "Float":
		f.kind, f.bits = kindDouble, 64
		if attr(e, "precision") == "single" {
			f.kind, f.bits = kindSingle, 32
		}
		return f, nil
	case "Integer", "ScaledInteger":
		f.kind = kindInteger
		var err error
		if f.min, err = intAttr(e, "minimum", math.MinInt64); err != nil {
			return f, err
		}
		if f.max, err = intAttr(e, "maximum", math.MaxInt64); err != nil {
			return f, err
		}
		if f.max < f.min {
			return f, fmt.Errorf("field %.40q has minimum %d above maximum %d", f.name, f.min, f.max)
		}
		f.bits = bits.Len64(uint64(f.max) - uint64(f.min))
		if t == "ScaledInteger" {
			f.kind = kindScaled
			if f.scale, err = floatAttr(e, "scale", 1); err != nil {
				return f, err
			}
			if f.offset, err = floatAttr(e, "offset", 0); err != nil {
				return f, err
			}
		}
		return f, nil
	default:
		f.role = roleNone
		return f, nil
	}
}

func intAttr(e xml.StartElement, name string, otherwise int64) (int64, error) {
	s := attr(e, name)
	if s == "" {
		return otherwise, nil
	}
	if v, err := strconv.ParseInt(s, 10, 64); err == nil {
		return v, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v != math.Trunc(v) || math.Abs(v) > 1<<62 {
		return 0, fmt.Errorf("%s %.40q of field %.40q is not a whole number", name, s, e.Name.Local)
	}
	return int64(v), nil
}

func floatAttr(e xml.StartElement, name string, otherwise float64) (float64, error) {
	s := attr(e, name)
	if s == "" {
		return otherwise, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%s %.40q of field %.40q is not a number", name, s, e.Name.Local)
	}
	return v, nil
}

// drop removes the first n values, which have been delivered.
func (f *field) drop(n int) {
	if f.bits > 0 {
		f.values = f.values[:copy(f.values, f.values[n:])]
	} else {
		f.values = f.values[:0]
	}
}

// The conversions float64(a*b)+c in this file keep the product and the sum apart,
// so that processors with a fused instruction give the same coordinates.

// repeat fills values with n copies of a field that takes no bits.
func (f *field) repeat(n int) {
	v := float64(float64(f.min)*f.scale) + f.offset
	f.values = f.values[:0]
	for range n {
		f.values = append(f.values, v)
	}
}

// decode appends the values of a packet's bytestream, at most limit.
func (f *field) decode(b []byte, limit int64) {
	if limit <= 0 {
		return // bytes after the last record
	}
	if len(f.leftover) > 0 {
		f.leftover = append(f.leftover, b...)
		b = f.leftover
	}
	n := int(min((int64(len(b))*8-int64(f.firstBit))/int64(f.bits), limit))
	have := len(f.values)
	if need := have + n; need > cap(f.values) {
		grown := make([]float64, have, need+need/4)
		copy(grown, f.values)
		f.values = grown
	}
	f.values = f.values[:have+n]
	out := f.values[have:]
	switch {
	case f.kind == kindSingle:
		for i := range out {
			out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
		}
	case f.kind == kindDouble:
		for i := range out {
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		}
	case f.firstBit == 0 && f.bits == 8:
		for i, v := range b[:n] {
			out[i] = float64(float64(int64(v)+f.min)*f.scale) + f.offset
		}
	case f.firstBit == 0 && f.bits == 32:
		for i := range out {
			out[i] = float64(float64(int64(binary.LittleEndian.Uint32(b[4*i:]))+f.min)*f.scale) + f.offset
		}
	default:
		f.unpack(b, out)
	}
	endBit := f.firstBit + n*f.bits
	rest := b[endBit/8:]
	f.firstBit = endBit % 8
	f.leftover = append(f.leftover[:0], rest...) // overlapping moves towards the front are fine
}

// unpack reads bit-packed integers, lowest bit first.
func (f *field) unpack(b []byte, out []float64) {
	var (
		mask = ^uint64(0) >> (64 - f.bits)
		bit  = f.firstBit
		i    = 0
	)
	if f.bits <= 57 { // one 8-byte load holds a value wherever in a byte it begins
		for ; i < len(out) && bit>>3+8 <= len(b); i++ {
			raw := binary.LittleEndian.Uint64(b[bit>>3:]) >> (bit & 7) & mask
			out[i] = float64(float64(int64(raw)+f.min)*f.scale) + f.offset
			bit += f.bits
		}
	}
	for ; i < len(out); i++ {
		var last [16]byte
		copy(last[:], b[bit>>3:])
		lo, hi := binary.LittleEndian.Uint64(last[:]), uint64(last[8])
		raw := (lo>>(bit&7) | hi<<(63-bit&7)<<1) & mask
		out[i] = float64(float64(int64(raw+uint64(f.min)))*f.scale) + f.offset
		bit += f.bits
	}
}
