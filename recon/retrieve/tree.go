package retrieve

import (
	"context"
	"math"
)

const (
	rounds   = 6  // of k-means
	maxDepth = 12 // of the tree; equal descriptors can not be split
)

// tree is a vocabulary by repeated k-means: a descriptor goes to the child whose
// centre is nearest until it comes to a leaf, which is its word.
type tree struct {
	nodes []node
	words int
}

// node has its children in a row, or none and a word.
type node struct {
	first, count int32
	word         int32
	centre       [dims]uint8
	norm2        int32 // of the centre
}

// sample takes equally many descriptors of every photo, spread over those that
// will be looked up.
func sample(desc [][]uint8, opt Options) []*[dims]uint8 {
	each := max(1, opt.Sample/max(1, len(desc)))
	var out []*[dims]uint8
	for _, d := range desc {
		n := min(len(d)/dims, opt.PerPage)
		for k := range min(each, n) {
			at := k * n / min(each, n)
			out = append(out, (*[dims]uint8)(d[at*dims:]))
		}
	}
	return out
}

// learn splits the sample until the leaves are small. The nodes of a level are
// split side by side, each from its own members alone.
func learn(ctx context.Context, members []*[dims]uint8, opt Options) (*tree, error) {
	t := &tree{nodes: make([]node, 1)}
	type job struct {
		node    int
		members []*[dims]uint8
	}
	level := []job{{0, members}}
	for depth := 0; len(level) > 0 && depth < maxDepth; depth++ {
		split := make([][]cluster, len(level))
		err := parallel(ctx, opt.Workers, len(level), func(i int) {
			if len(level[i].members) >= opt.Leaf {
				split[i] = kmeans(level[i].members, opt.Branch)
			}
		})
		if err != nil {
			return nil, err
		}
		var next []job
		for i, parts := range split {
			if len(parts) < 2 {
				continue
			}
			n := &t.nodes[level[i].node]
			n.first, n.count = int32(len(t.nodes)), int32(len(parts))
			for _, c := range parts {
				next = append(next, job{len(t.nodes), c.members})
				t.nodes = append(t.nodes, node{centre: c.centre, norm2: dot(&c.centre, &c.centre)})
			}
		}
		level = next
	}
	for i := range t.nodes {
		if t.nodes[i].count == 0 {
			t.nodes[i].word = int32(t.words)
			t.words++
		}
	}
	return t, nil
}

// word is the leaf of a descriptor.
func (t *tree) word(d *[dims]uint8) int32 {
	at := &t.nodes[0]
	for at.count > 0 {
		children := t.nodes[at.first : at.first+at.count]
		best, least := 0, int32(math.MaxInt32)
		for c := range children {
			// The distance less the descriptor's own norm.
			if v := children[c].norm2 - 2*dot(d, &children[c].centre); v < least {
				best, least = c, v
			}
		}
		at = &children[best]
	}
	return at.word
}

type cluster struct {
	centre  [dims]uint8
	members []*[dims]uint8
}

// kmeans splits the members into at most k clusters, none empty. Centres start
// at the member that is furthest from all centres so far among a spread few, and
// are rounded to bytes, so that no sum depends on an order.
func kmeans(members []*[dims]uint8, k int) []cluster {
	k = min(k, len(members))
	centres := start(members, k)
	owner := make([]int, len(members))
	var parts []cluster
	for range rounds {
		norm2 := make([]int32, len(centres))
		for c := range centres {
			norm2[c] = dot(&centres[c], &centres[c])
		}
		sum := make([][dims]int64, len(centres))
		count := make([]int64, len(centres))
		for i, m := range members {
			least := int32(math.MaxInt32)
			for c := range centres {
				if v := norm2[c] - 2*dot(m, &centres[c]); v < least {
					owner[i], least = c, v
				}
			}
			count[owner[i]]++
			for j, v := range m {
				sum[owner[i]][j] += int64(v)
			}
		}
		for c := range centres {
			if count[c] == 0 {
				continue
			}
			for j := range centres[c] {
				centres[c][j] = uint8((sum[c][j] + count[c]/2) / count[c])
			}
		}
	}
	at := make([]int, len(centres))
	for c := range centres {
		at[c] = -1
	}
	for i, m := range members {
		c := owner[i]
		if at[c] < 0 {
			at[c] = len(parts)
			parts = append(parts, cluster{centre: centres[c]})
		}
		parts[at[c]].members = append(parts[at[c]].members, m)
	}
	return parts
}

// start chooses k different centres; fewer where the members are equal.
func start(members []*[dims]uint8, k int) [][dims]uint8 {
	const tried = 200
	step := max(1, len(members)/tried)
	centres := [][dims]uint8{*members[0]}
	var pool []*[dims]uint8
	var far []int32 // distance to the nearest centre
	for i := 0; i < len(members); i += step {
		pool, far = append(pool, members[i]), append(far, distance2(members[i], &centres[0]))
	}
	for len(centres) < k {
		best := 0
		for i, d := range far {
			if d > far[best] {
				best = i
			}
		}
		if far[best] == 0 {
			break
		}
		c := *pool[best]
		centres = append(centres, c)
		for i := range pool {
			far[i] = min(far[i], distance2(pool[i], &c))
		}
	}
	return centres
}

func dot(a, b *[dims]uint8) int32 {
	var s0, s1, s2, s3 int32
	for i := 0; i < dims; i += 4 {
		s0 += int32(a[i]) * int32(b[i])
		s1 += int32(a[i+1]) * int32(b[i+1])
		s2 += int32(a[i+2]) * int32(b[i+2])
		s3 += int32(a[i+3]) * int32(b[i+3])
	}
	return s0 + s1 + s2 + s3
}

func distance2(a, b *[dims]uint8) int32 { return dot(a, a) + dot(b, b) - 2*dot(a, b) }
