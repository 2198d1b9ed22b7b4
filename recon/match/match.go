// Package match finds, for every descriptor of one photo, the nearest descriptor
// of another: exhaustively, by integer products, both directions in one pass.
package match

import (
	"context"
	"encoding/binary"
	"math"
	"slices"

	"firescene/recon/feature"
)

const (
	dims      = feature.DescriptorLen
	quads     = dims / 4
	blockCols = 16            // descriptors side by side in a packed block
	blockLen  = blockCols * 4 // bytes of one quad of dimensions of a block
	rowsStep  = 4             // rows that the kernels take at a time
	indexBits = 15            // of a key: the low bits hold the index, the high bits the product
	indexMask = 1<<indexBits - 1
)

// MaxDescriptors is the largest number of descriptors of one photo.
const MaxDescriptors = indexMask

// Packed is a photo's descriptors as they are matched: the bytes themselves and
// their squared norms.
type Packed struct {
	n     int
	desc  []uint8
	norm2 []int32
}

// Pack prepares descriptors, dims bytes each with values up to
// feature.DescriptorMax and squared norms up to feature.DescriptorNorm2Max, as
// feature makes them. Those past MaxDescriptors are left out. It keeps desc,
// which must not be changed afterwards.
func Pack(desc []uint8) *Packed {
	p := &Packed{n: min(len(desc)/dims, MaxDescriptors)}
	p.desc = desc[:p.n*dims]
	p.norm2 = make([]int32, p.n)
	for i := range p.n {
		for _, v := range desc[i*dims : (i+1)*dims] {
			p.norm2[i] += int32(v) * int32(v)
		}
	}
	return p
}

// Prefix is the first n descriptors, or all where there are fewer. It shares
// their memory.
func (p *Packed) Prefix(n int) *Packed {
	n = min(n, p.n)
	return &Packed{n: n, desc: p.desc[:n*dims], norm2: p.norm2[:n]}
}

// Descriptors gives the bytes, dims each. They must not be changed.
func (p *Packed) Descriptors() []uint8 { return p.desc }

// asRows appends the descriptors as words of four dimensions, quads each, with
// zeros to whole blocks.
func (p *Packed) asRows(rows []uint32) []uint32 {
	for i := 0; i < len(p.desc); i += 4 {
		rows = append(rows, binary.LittleEndian.Uint32(p.desc[i:]))
	}
	for len(rows)%(blockCols*quads) != 0 {
		rows = append(rows, 0)
	}
	return rows
}

// asBlocks appends the descriptors by block, by quad, by descriptor and by
// dimension of the quad.
func (p *Packed) asBlocks(blocks []uint8) []uint8 {
	size := (p.n + blockCols - 1) / blockCols * quads * blockLen
	blocks = slices.Grow(blocks[:0], size)[:size]
	if p.n%blockCols != 0 {
		clear(blocks[size-quads*blockLen:])
	}
	for i := range p.n {
		d := p.desc[i*dims : (i+1)*dims]
		at := blocks[i/blockCols*quads*blockLen+i%blockCols*4:]
		for q := range quads {
			binary.LittleEndian.PutUint32(at[q*blockLen:], binary.LittleEndian.Uint32(d[4*q:]))
		}
	}
	return blocks
}

// Len is the number of descriptors.
func (p *Packed) Len() int { return p.n }

// Pair is a match: descriptor A of the first photo with B of the second.
type Pair struct{ A, B int32 }

// Options sets which nearest neighbours are matches.
type Options struct {
	Ratio    float64 // largest ratio of the nearest to the second nearest angle (0.8)
	MaxAngle float64 // largest angle between descriptors, radians (0.7)
}

func (o Options) withDefaults() Options {
	if o.Ratio <= 0 {
		o.Ratio = 0.8
	}
	if o.MaxAngle <= 0 {
		o.MaxAngle = 0.7
	}
	return o
}

// Matcher keeps the working memory of a match, about 400 bytes a descriptor, and
// the layouts of the last two photos. It must not be used by two goroutines at
// once.
type Matcher struct {
	opt    Options
	best   tops
	a, b   *Packed // of rows and blocks
	rows   []uint32
	blocks []uint8
}

// New returns a matcher.
func New(opt Options) *Matcher { return &Matcher{opt: opt.withDefaults()} }

// tops holds the two largest keys of each row, sixteen lanes apart that are
// joined at the end, and of each column. A key is the product of two descriptors
// with the index of the other one below it, counted down, so that of equal
// products the lower index wins and no two keys are equal.
type tops struct {
	row1, row2 []int32 // blockCols a row
	col1, col2 []int32
}

func (t *tops) reset(rows, cols int) {
	grow := func(s []int32, n int) []int32 {
		if cap(s) < n {
			return make([]int32, n)
		}
		s = s[:n]
		clear(s)
		return s
	}
	t.row1, t.row2 = grow(t.row1, rows*blockCols), grow(t.row2, rows*blockCols)
	t.col1, t.col2 = grow(t.col1, cols), grow(t.col2, cols)
}

// Match appends to out the pairs that are each other's nearest neighbours and
// pass the ratio test in both directions, in the order of a. The only error is
// that of the context.
func (m *Matcher) Match(ctx context.Context, out []Pair, a, b *Packed) ([]Pair, error) {
	if a.n == 0 || b.n == 0 {
		return out, ctx.Err()
	}
	if m.a != a {
		m.a, m.rows = a, a.asRows(m.rows[:0])
	}
	if m.b != b {
		m.b, m.blocks = b, b.asBlocks(m.blocks)
	}
	rows, cols := len(m.rows)/quads, len(m.blocks)/(quads*4)
	m.best.reset(rows, cols)
	// Columns in groups that stay in the first-level cache while all rows pass.
	const group = 16 // blocks
	for from := 0; from < cols/blockCols; from += group {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		products(&m.best, m.rows, m.blocks, from, min(from+group, cols/blockCols))
	}
	for i := range a.n {
		k1, k2 := topTwo(m.best.row1[i*blockCols:(i+1)*blockCols], m.best.row2[i*blockCols:(i+1)*blockCols])
		j := indexOf(k1)
		if k1>>indexBits == 0 || j >= b.n || indexOf(m.best.col1[j]) != i {
			continue
		}
		if m.distinct(k1, k2, a.norm2[i], b.norm2) && m.distinct(m.best.col1[j], m.best.col2[j], b.norm2[j], a.norm2) {
			out = append(out, Pair{int32(i), int32(j)})
		}
	}
	return out, nil
}

// distinct applies the angle and ratio tests to the two best keys of one
// descriptor.
func (m *Matcher) distinct(k1, k2, norm2 int32, others []int32) bool {
	d1 := angle(k1, norm2, others)
	return d1 <= m.opt.MaxAngle && d1 < m.opt.Ratio*angle(k2, norm2, others)
}

func angle(key, norm2 int32, others []int32) float64 {
	j := indexOf(key)
	dot := float64(key >> indexBits)
	if dot == 0 || j >= len(others) {
		return math.Pi / 2
	}
	return math.Acos(min(dot/math.Sqrt(float64(norm2)*float64(others[j])), 1))
}

func indexOf(key int32) int { return indexMask - int(key&indexMask) }

// topTwo joins the lanes of one row.
func topTwo(l1, l2 []int32) (k1, k2 int32) {
	for i, v := range l1 {
		k1, k2 = max(k1, v), max(k2, min(k1, v), l2[i])
	}
	return k1, k2
}

// productsPlain does what the vector kernels do, one product at a time.
func productsPlain(t *tops, rows []uint32, blocks []uint8, from, to int) {
	for r := range len(rows) / quads {
		row := rows[r*quads : (r+1)*quads]
		for b := from; b < to; b++ {
			block := blocks[b*quads*blockLen : (b+1)*quads*blockLen]
			var sum [blockCols]int32
			for q, w := range row {
				w0, w1, w2, w3 := int32(w&255), int32(w>>8&255), int32(w>>16&255), int32(w>>24)
				quad := block[q*blockLen : (q+1)*blockLen]
				for c := range sum {
					v := quad[4*c : 4*c+4]
					sum[c] += w0*int32(v[0]) + w1*int32(v[1]) + w2*int32(v[2]) + w3*int32(v[3])
				}
			}
			for c, dot := range sum {
				lane, col := r*blockCols+c, b*blockCols+c
				key := dot<<indexBits | int32(indexMask-min(col, indexMask))
				t.row2[lane] = max(t.row2[lane], min(t.row1[lane], key))
				t.row1[lane] = max(t.row1[lane], key)
				key = dot<<indexBits | int32(indexMask-min(r, indexMask))
				t.col2[col] = max(t.col2[col], min(t.col1[col], key))
				t.col1[col] = max(t.col1[col], key)
			}
		}
	}
}
