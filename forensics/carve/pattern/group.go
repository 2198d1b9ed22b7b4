package pattern

import "math/bits"

// model holds how often each byte occurs in the kinds of data that fill media.
// The figures are rough; they only rank anchors and buckets.
var model = makeModel()

// weights is the share of each kind of model.
var weights = [...]float64{0.4, 0.25, 0.25, 0.1}

func makeModel() (m [len(weights)][256]float64) {
	const random, text, sparse, wide = 0, 1, 2, 3
	for b := range 256 {
		m[random][b] = 1.0 / 256
		m[text][b] = 0.0002
		m[sparse][b] = 0.3 / 256
	}
	for i, c := range "etaoinsrhldcumfpgwybvkxjqz" {
		f := 0.09 / (1 + 0.25*float64(i))
		m[text][c] += f
		m[text][c-'a'+'A'] += f / 20
	}
	m[text][' '] += 0.15
	for _, c := range "0123456789.,-/:;\"'()[]{}=<>_\r\n\t" {
		m[text][c] += 0.008
	}
	m[sparse][0] += 0.5
	m[sparse][0xFF] += 0.06
	for b := range 16 {
		m[sparse][1+b] += 0.14 / 16
	}
	for k := range m {
		sum := 0.0
		for _, p := range m[k] {
			sum += p
		}
		for b := range m[k] {
			m[k][b] /= sum
		}
	}
	for b := range 256 {
		m[wide][b] = m[text][b] / 2
	}
	m[wide][0] += 0.5
	return m
}

// rarest returns where the three bytes of p begin that occur least in the model.
func rarest(p []byte) int {
	best, at := 2.0, 0
	for i := 0; i+MinB <= len(p); i++ {
		if c := single([3]byte(p[i:])).cost(); c < best {
			best, at = c, i
		}
	}
	return at
}

// class is what a bucket of the filter passes: for each of three bytes, sets of
// low and of high nibbles.
type class struct {
	low, high [3]uint16
	passes    float64 // cost, once known
}

func single(a [3]byte) (c class) {
	for i, b := range a {
		c.low[i], c.high[i] = 1<<(b&15), 1<<(b>>4)
	}
	return c
}

func (c class) merge(o class) class {
	for i := range 3 {
		c.low[i] |= o.low[i]
		c.high[i] |= o.high[i]
	}
	return c
}

// cost is the share of places in data that the class passes.
func (c class) cost() float64 {
	sum := 0.0
	for k := range model {
		p := weights[k]
		for i := range 3 {
			q := 0.0
			for h := c.high[i]; h != 0; h &= h - 1 {
				row := model[k][bits.TrailingZeros16(h)*16:][:16]
				for l := c.low[i]; l != 0; l &= l - 1 {
					q += row[bits.TrailingZeros16(l)]
				}
			}
			p *= q
		}
		sum += p
	}
	return sum
}

// group puts anchors into buckets: it merges, step by step, the two groups that
// together pass the least more than apart.
func group(anchors [][3]byte) []class {
	groups := make([]class, len(anchors))
	for i, a := range anchors {
		groups[i] = single(a)
		groups[i].passes = groups[i].cost()
	}
	// partner[i] is the best group behind i to merge with, and what that costs more.
	type partner struct {
		with int
		more float64
	}
	find := func(i int) partner {
		best := partner{-1, 0}
		for j := i + 1; j < len(groups); j++ {
			if more := groups[i].merge(groups[j]).cost() - groups[i].passes - groups[j].passes; best.with < 0 || more < best.more {
				best = partner{j, more}
			}
		}
		return best
	}
	var partners []partner
	for i := range groups {
		partners = append(partners, find(i))
	}
	for len(groups) > buckets {
		best := 0
		for i, p := range partners {
			if p.with >= 0 && p.more < partners[best].more {
				best = i
			}
		}
		with, last := partners[best].with, len(groups)-1
		groups[best] = groups[best].merge(groups[with])
		groups[best].passes = groups[best].cost()
		groups[with] = groups[last]
		groups, partners = groups[:last], partners[:last]
		for i := range groups {
			// what a group was paired with may have changed or moved, and the
			// two changed groups may be better partners than the ones so far
			w := partners[i].with
			if i == best || i == with || w < 0 || w == best || w == with || w >= last {
				partners[i] = find(i)
				continue
			}
			for _, j := range [2]int{best, with} {
				if j > i && j < last {
					if more := groups[i].merge(groups[j]).cost() - groups[i].passes - groups[j].passes; more < partners[i].more {
						partners[i] = partner{j, more}
					}
				}
			}
		}
	}
	return groups
}
