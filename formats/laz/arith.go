package laz

import "math/bits"

// Limits of the arithmetic coder (Said 2004): the interval's length stays within
// minLength..maxLength, probabilities have symBits or bitBits bits.
const (
	minLength = 1 << 24
	maxLength = 1<<32 - 1
	symBits   = 15
	symMax    = 1 << symBits
	bitBits   = 13
	bitMax    = 1 << bitBits
)

// model is the adaptive distribution of a set of symbols, refreshed from the
// counts ever more rarely.
type model struct {
	cells []cell   // by symbol, and one behind the last whose dist no value reaches
	table []uint16 // decoder only: first symbol by the upper bits of the value; nil for two symbols
	last  uint32
	until uint32 // symbols until the next refresh
	cycle uint32
	total uint32
	shift uint32 // of a value to its entry of table
}

// cell keeps what belongs to a symbol in one place.
type cell struct {
	dist  uint16 // cumulative, symBits wide
	count uint16
}

// ready sets the model to equal probabilities of n symbols.
func (m *model) ready(n int, decode bool) {
	if len(m.cells) != n+1 {
		m.cells = make([]cell, n+1)
		m.cells[n].dist = 0xffff
		m.last = uint32(n - 1)
		if decode && n > 2 {
			// About four entries a symbol: few need a step further.
			width := min(uint32(bits.Len(uint(n-1)))+2, 10)
			m.shift = symBits - width
			// A value may exceed symMax by 63, as lengths are rounded down.
			m.table = make([]uint16, (symMax+64)>>m.shift+2)
		}
	}
	for i := range n {
		m.cells[i].count = 1
	}
	m.total, m.cycle = 0, uint32(n)
	m.refresh()
	m.cycle = uint32(n+6) >> 1
	m.until = m.cycle
}

// refresh takes the counts over into the distribution.
func (m *model) refresh() {
	cells := m.cells[:len(m.cells)-1]
	n := uint32(len(cells))
	if m.total += m.cycle; m.total > symMax {
		m.total = 0
		for i := range cells {
			c := (cells[i].count + 1) >> 1
			cells[i].count = c
			m.total += uint32(c)
		}
	}
	scale, sum := 0x80000000/m.total, uint32(0)
	for i := range cells {
		cells[i].dist = uint16((scale * sum) >> (31 - symBits))
		sum += uint32(cells[i].count)
	}
	if table := m.table; table != nil {
		s, shift := uint32(0), m.shift&31
		for i := range cells {
			for w := uint32(cells[i].dist) >> shift; s < w; {
				s++
				table[s] = uint16(i - 1)
			}
		}
		table[0] = 0
		for s < uint32(len(table))-1 {
			s++
			table[s] = uint16(n - 1)
		}
	}
	m.cycle = min(5*m.cycle>>2, (n+6)<<3)
	m.until = m.cycle
}

// bitModel is the adaptive probability of one bit.
type bitModel struct {
	prob0, count0, total, until, cycle uint32
}

func (m *bitModel) ready() {
	*m = bitModel{prob0: 1 << (bitBits - 1), count0: 1, total: 2, until: 4, cycle: 4}
}

func (m *bitModel) refresh() {
	if m.total += m.cycle; m.total > bitMax {
		m.total = (m.total + 1) >> 1
		m.count0 = (m.count0 + 1) >> 1
		if m.count0 == m.total {
			m.total++
		}
	}
	m.prob0 = m.count0 * (0x80000000 / m.total) >> (31 - bitBits)
	m.cycle = min(5*m.cycle>>2, 64)
	m.until = m.cycle
}
