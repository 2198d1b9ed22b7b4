package e57

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// kind is how a field of the prototype is stored.
type kind uint8

const (
	kindDouble kind = iota
	kindSingle
	kindInteger
	kindScaled
)

// stream is one field of the prototype under writing: its definition and the
// bytes of the packet under way.
type stream struct {
	name          string
	kind          kind
	bits          int
	min, max      int64 // of the raw integer
	scale, offset float64

	bytes []byte
	acc   uint64 // bits not yet in bytes, lowest first
	accN  int
}

// scaledStream lays out a coordinate stored as a whole number of steps.
func scaledStream(name string, step, offset, lo, hi float64, unbounded bool) (stream, error) {
	st := stream{name: name, kind: kindScaled, scale: step, offset: offset, min: math.MinInt32, max: math.MaxInt32}
	if !(step > 0) || math.IsInf(step, 0) {
		return st, fmt.Errorf("e57: step %g of %s is not a positive number", step, name)
	}
	if !unbounded {
		rawLo, rawHi := math.RoundToEven((lo-offset)/step), math.RoundToEven((hi-offset)/step)
		if !(rawLo <= rawHi && rawLo >= -1<<52 && rawHi <= 1<<52) {
			return st, fmt.Errorf("e57: %s from %g to %g can not be stored in steps of %g", name, lo, hi, step)
		}
		st.min, st.max = int64(rawLo), int64(rawHi)
	}
	st.bits = bits.Len64(uint64(st.max - st.min))
	return st, nil
}

// indexStream lays out numbers of rows or columns below count.
func indexStream(name string, count int64) stream {
	st := stream{name: name, kind: kindInteger, max: math.MaxInt32}
	if count > 1 && count <= math.MaxInt32 {
		st.max = count - 1
	}
	st.bits = bits.Len64(uint64(st.max))
	return st
}

// putFloats appends a column and returns its least and greatest value as stored.
func (st *stream) putFloats(col []float64) (lo, hi float64, err error) {
	lo, hi = math.Inf(1), math.Inf(-1)
	switch st.kind {
	case kindDouble:
		for _, v := range col {
			lo, hi = min(lo, v), max(hi, v)
			st.bytes = binary.LittleEndian.AppendUint64(st.bytes, math.Float64bits(v))
		}
	case kindSingle:
		for _, v := range col {
			f := float32(v)
			lo, hi = min(lo, float64(f)), max(hi, float64(f))
			st.bytes = binary.LittleEndian.AppendUint32(st.bytes, math.Float32bits(f))
		}
	default:
		inv := 1 / st.scale
		rawLo, rawHi := int64(math.MaxInt64), int64(math.MinInt64)
		for _, v := range col {
			q := math.RoundToEven((v - st.offset) * inv)
			if !(q >= float64(st.min) && q <= float64(st.max)) {
				return 0, 0, fmt.Errorf("%s %g lies outside the range given for scaled integers", st.name, v)
			}
			raw := int64(q)
			rawLo, rawHi = min(rawLo, raw), max(rawHi, raw)
			st.putBits(uint64(raw - st.min))
		}
		if len(col) > 0 {
			lo, hi = float64(rawLo)*st.scale+st.offset, float64(rawHi)*st.scale+st.offset
		}
	}
	return lo, hi, nil
}

// putBits appends one value of st.bits bits, lowest bit first.
func (st *stream) putBits(v uint64) {
	st.acc |= v << st.accN
	n := st.accN + st.bits
	if n >= 64 {
		st.bytes = binary.LittleEndian.AppendUint64(st.bytes, st.acc)
		n -= 64
		st.acc = v >> (st.bits - n)
	}
	st.accN = n
}

// flushBits ends the packet's bytes at a whole byte.
func (st *stream) flushBits() {
	for st.accN > 0 {
		st.bytes = append(st.bytes, byte(st.acc))
		st.acc >>= 8
		st.accN -= 8
	}
	st.acc, st.accN = 0, 0
}
