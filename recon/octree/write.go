package octree

import (
	"context"
	"io"
	"math"
	"slices"

	"firescene/formats/copc"
	"firescene/formats/laz"
)

// write sorts the buckets on all processors and writes their cells in order, then
// the levels above them.
func (b *builder) write(ctx context.Context, w io.WriteSeeker) (res BuildResult, err error) {
	half := math.Ldexp(b.lattice.unit, int(b.bits)-1)
	opts := copc.WriteOptions{PointFormat: b.opts.PointFormat, RecordB: b.opts.RecordB, Scale: b.opts.Scale, Offset: b.opts.Offset,
		Half: half, Spacing: 2 * half / spacingCells, VLRs: b.opts.VLRs}
	for k := range 3 {
		opts.Center[k] = b.opts.Offset[k] + float64(b.low[k])*b.lattice.unit + half
	}
	out, err := copc.NewWriter(w, opts)
	if err != nil {
		return res, err
	}
	res = BuildResult{Points: b.sum.Count, SpacingM: opts.Spacing, Summary: b.sum}
	add := func(nodes []packedNode) error {
		for _, n := range nodes {
			if err := out.Add(n.key, n.chunk, n.count); err != nil {
				return err
			}
			if n.count > 0 {
				res.Nodes++
				res.Levels = max(res.Levels, int(n.key.Level)+1)
			}
		}
		return nil
	}
	tops, err := b.newTops()
	if err != nil {
		return res, err
	}
	type result struct {
		top   []byte
		nodes []packedNode
		err   error
	}
	workers := max(1, min(b.opts.Workers, len(b.buckets)))
	free := make(chan *subtree, workers)
	for range workers {
		enc, err := laz.NewChunkEncoder(out.Layout())
		if err != nil {
			return res, err
		}
		free <- &subtree{b: b, enc: enc}
	}
	ahead := make([]chan result, 0, workers)
	wait := func() { // so that no goroutine outlives the scratch files
		for _, c := range ahead {
			<-c
		}
	}
	defer func() { wait() }()
	done := int64(0)
	for i := 0; i < len(b.buckets) || len(ahead) > 0; {
		if err := ctx.Err(); err != nil {
			return res, err
		}
		if i < len(b.buckets) && len(ahead) < workers {
			bk, c, s := b.buckets[i], make(chan result, 1), <-free
			go func() {
				top, nodes, err := s.build(bk)
				free <- s
				c <- result{top, nodes, err}
			}()
			ahead = append(ahead, c)
			i++
			continue
		}
		r := <-ahead[0]
		ahead = ahead[1:]
		if r.err != nil {
			return res, r.err
		}
		if err := add(r.nodes); err != nil {
			return res, err
		}
		bk := b.buckets[i-len(ahead)-1]
		if err := tops.put(bk.key, r.top); err != nil {
			return res, err
		}
		done += bk.count
		b.opts.Report("octree: write", done, b.sum.Count)
	}
	s := <-free
	for level := tops.deepest; level >= 0; level-- {
		if err := tops.finish(ctx, level, s, add); err != nil {
			return res, err
		}
	}
	return res, out.Close(b.sum, b.gps[0], b.gps[1])
}

// tops holds the points of cells whose parents are not sampled yet, in scratch.
type tops struct {
	b       *builder
	room    Scratch
	at      int64
	deepest int32
	levels  map[int32][]pending
}

// pending is a cell's points in scratch.
type pending struct {
	key    copc.Key
	offset int64
	count  int64
}

func (b *builder) newTops() (*tops, error) {
	room, err := b.opts.Scratch()
	return &tops{b: b, room: room, levels: map[int32][]pending{}}, err
}

func (t *tops) put(k copc.Key, records []byte) error {
	_, err := t.room.WriteAt(records, t.at)
	t.levels[k.Level] = append(t.levels[k.Level], pending{k, t.at, int64(len(records) / t.b.opts.RecordB)})
	t.at += int64(len(records))
	t.deepest = max(t.deepest, k.Level)
	return err
}

// finish samples the parents of a level's cells and finishes the cells.
func (t *tops) finish(ctx context.Context, level int32, s *subtree, add func([]packedNode) error) error {
	list := t.levels[level]
	delete(t.levels, level)
	parent := func(k copc.Key) copc.Key { return copc.Key{Level: k.Level - 1, X: k.X >> 1, Y: k.Y >> 1, Z: k.Z >> 1} }
	code := func(k copc.Key) uint64 { return morton(uint64(k.X), uint64(k.Y), uint64(k.Z)) }
	slices.SortFunc(list, func(a, b pending) int { return int(int64(code(a.key)) - int64(code(b.key))) })
	for len(list) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, up := 1, parent(list[0].key)
		for level > 0 && n < len(list) && parent(list[n].key) == up {
			n++
		}
		group := list[:n]
		list = list[n:]
		lists, total, err := s.load(t, group, level)
		if err != nil {
			return err
		}
		s.out = nil
		if level == 0 {
			s.finish(copc.Key{}, lists[0])
		} else {
			s.levels[0].reset()
			kept := s.sample(up, 0, &lists, total)
			if err := t.put(up, s.take(nil, kept)); err != nil {
				return err
			}
		}
		if err := add(s.out); err != nil {
			return err
		}
	}
	return nil
}

// load reads the points of cells with one parent, in the place of a bucket's.
func (s *subtree) load(t *tops, group []pending, level int32) (lists [8][]int32, total int, err error) {
	size := t.b.opts.RecordB
	s.records = s.records[:0]
	at := int32(0)
	for _, p := range group {
		from := len(s.records)
		s.records = slices.Grow(s.records, int(p.count)*size)[:from+int(p.count)*size]
		if _, err := t.room.ReadAt(s.records[from:], p.offset); err != nil && err != io.EOF {
			return lists, 0, err
		}
		list := make([]int32, p.count)
		for i := range list {
			list[i] = at
			at++
		}
		child := 0
		if level > 0 {
			child = int(p.key.X&1 | p.key.Y&1<<1 | p.key.Z&1<<2)
		}
		lists[child] = list
	}
	n := int(at)
	s.order, s.pos = slices.Grow(s.order[:0], n)[:n], slices.Grow(s.pos[:0], n)[:n]
	k := group[0].key
	if level > 0 {
		k = copc.Key{Level: k.Level - 1, X: k.X >> 1, Y: k.Y >> 1, Z: k.Z >> 1}
	}
	edge := t.b.bits - uint(k.Level)
	unit := 1 / float64(int64(1)<<edge)
	for i := range n {
		s.order[i] = uint64(i)
		x, y, z := t.b.lattice.at(s.records[i*size:])
		s.pos[i] = [3]float32{
			float32(float64(x-t.b.low[0]-int64(k.X)<<edge) * unit), float32(float64(y-t.b.low[1]-int64(k.Y)<<edge) * unit), float32(float64(z-t.b.low[2]-int64(k.Z)<<edge) * unit),
		}
	}
	return lists, n, nil
}
