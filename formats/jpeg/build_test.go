package jpeg

import (
	"bytes"
	"encoding/binary"
)

// builder writes small JPEG files symbol by symbol, so that tests hold the
// checker against cases that no encoder at hand writes.
type builder struct {
	bytes.Buffer
	acc  uint64
	n    uint
	code map[byte][2]int // symbol to code and length of the one table in use
}

// symbols of the table: an end of block, sizes 1 to 3 after runs of 0 and 1, a
// run of 16 zeros, end-of-band runs, and one symbol that overruns a block.
var tableSymbols = []byte{0x00, 0x01, 0x02, 0x03, 0x11, 0xF0, 0x10, 0x20, 0xF1, 0x0B}

func newBuilder() *builder {
	b := &builder{code: map[byte][2]int{}}
	b.Write([]byte{0xFF, 0xD8})
	for i, s := range tableSymbols {
		b.code[s] = [2]int{i, 4}
	}
	return b
}

func (b *builder) segment(m byte, data ...byte) {
	b.Write([]byte{0xFF, m})
	b.Write(binary.BigEndian.AppendUint16(nil, uint16(len(data)+2)))
	b.Write(data)
}

// tables writes quantisation table 0 and Huffman tables DC 0 and AC 0.
func (b *builder) tables() {
	q := append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)
	b.segment(mDQT, q...)
	for _, class := range []byte{0x00, 0x10} {
		d := make([]byte, 17)
		d[0] = class
		d[4] = byte(len(tableSymbols)) // all codes have 4 bits
		b.segment(mDHT, append(d, tableSymbols...)...)
	}
}

func (b *builder) frame(m byte, w, h int, sampling ...byte) {
	d := []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), byte(len(sampling))}
	for i, s := range sampling {
		d = append(d, byte(i+1), s, 0)
	}
	b.segment(m, d...)
}

func (b *builder) scan(ss, se, ahal byte, comps ...byte) {
	d := []byte{byte(len(comps))}
	for _, c := range comps {
		d = append(d, c, 0)
	}
	b.segment(mSOS, append(d, ss, se, ahal)...)
}

func (b *builder) bits(v uint64, n uint) {
	for i := int(n) - 1; i >= 0; i-- {
		b.acc, b.n = b.acc<<1|v>>uint(i)&1, b.n+1
		if b.n == 8 {
			b.WriteByte(byte(b.acc))
			if byte(b.acc) == 0xFF {
				b.WriteByte(0)
			}
			b.acc, b.n = 0, 0
		}
	}
}

// sym writes a symbol and the bits that follow it.
func (b *builder) sym(s byte, extra uint64, n uint) {
	c := b.code[s]
	b.bits(uint64(c[0]), uint(c[1]))
	b.bits(extra, n)
}

// flush pads with ones.
func (b *builder) flush() {
	for b.n != 0 {
		b.bits(1, 1)
	}
}

func (b *builder) marker(m byte) { b.flush(); b.Write([]byte{0xFF, m}) }

// block writes a sequential block: DC difference +1, one AC coefficient, end.
func (b *builder) block() {
	b.sym(0x01, 1, 1)
	b.sym(0x02, 3, 2)
	b.sym(0x00, 0, 0)
}

// baseline is a valid picture of w x h samples in components of the given
// sampling, with a restart interval when restart is not 0.
func baseline(w, h, restart int, sampling ...byte) []byte {
	b := newBuilder()
	b.tables()
	b.frame(mSOF0, w, h, sampling...)
	if restart > 0 {
		b.segment(mDRI, byte(restart>>8), byte(restart))
	}
	ids := make([]byte, len(sampling))
	hm, vm, blocks := 1, 1, 0
	for i, s := range sampling {
		ids[i] = byte(i + 1)
		hm, vm = max(hm, int(s>>4)), max(vm, int(s&15))
		blocks += int(s>>4) * int(s&15)
	}
	if len(sampling) == 1 {
		hm, vm, blocks = 1, 1, 1
	}
	b.scan(0, 63, 0, ids...)
	mcus := ((w + 8*hm - 1) / (8 * hm)) * ((h + 8*vm - 1) / (8 * vm))
	for i := range mcus {
		if restart > 0 && i > 0 && i%restart == 0 {
			b.marker(mRST0 + byte(i/restart-1)&7)
		}
		for range blocks {
			b.block()
		}
	}
	b.marker(mEOI)
	return b.Bytes()
}

// progressive is a valid progressive picture of one component, 16 x 8 samples,
// with all four kinds of scan.
func progressive() []byte {
	b := newBuilder()
	b.tables()
	b.frame(mSOF2, 16, 8, 0x11)
	b.scan(0, 0, 0x01, 1) // DC, first
	b.sym(0x01, 1, 1)
	b.sym(0x00, 0, 0)
	b.flush()
	b.scan(1, 63, 0x01, 1) // AC, first: coefficient 1 of block 0, then end-of-band run over both
	b.sym(0x01, 1, 1)
	b.sym(0x10, 0, 1) // run of 2 blocks from here
	b.flush()
	b.scan(0, 0, 0x10, 1) // DC, refined: a bit a block
	b.bits(2, 2)
	b.flush()
	b.scan(1, 63, 0x10, 1) // AC, refined
	b.sym(0x01, 1, 1)      // a new coefficient behind the known one ...
	b.bits(0, 1)           // ... whose correction bit comes first
	b.sym(0x10, 0, 1)      // end-of-band run over the rest; nothing known is left in block 1
	b.marker(mEOI)
	return b.Bytes()
}
