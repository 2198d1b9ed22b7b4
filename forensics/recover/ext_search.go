package recover

import (
	"context"

	"firescene/forensics"
	"firescene/formats/ext"
)

// strayMaps looks for the maps of deleted files that no copy of an inode tells
// of: deletion empties the inode, but the blocks of a larger extent tree are only
// freed, and stay until they are used again. Their check sums name inode and
// generation, so it is known whose they are. Without check sums nothing is
// claimed.
func (f *extFinder) strayMaps(ctx context.Context, h *ext.History, past []extPast, names *extNames, claims extClaims) error {
	if !f.vol.HasSums() {
		return nil
	}
	type use struct{ number, generation uint32 }
	have := make(map[use]bool, len(past))
	for i := range past {
		have[use{past[i].Number, past[i].Generation}] = true
	}
	bySeed := map[uint32]*ext.Inode{}
	for i := range f.lost {
		n := &f.lost[i]
		if u := (use{n.Number, n.Generation}); !have[u] {
			have[u] = true
			bySeed[f.vol.InodeSeed(n.Number, n.Generation)] = n
		}
	}
	if len(bySeed) == 0 {
		return nil
	}
	leaves := map[*ext.Inode][]ext.Leaf{}
	var order []*ext.Inode
	take := func(l ext.Leaf) {
		if n := bySeed[l.Seed]; n != nil {
			if len(leaves[n]) == 0 {
				order = append(order, n)
			}
			leaves[n] = append(leaves[n], l)
		}
	}
	h.Leaves(take)
	var err error
	if f.opts.Strays {
		err = f.vol.EachFree(ctx, func(block int64, b []byte) error {
			if b[0] != 0x0A || b[1] != 0xF3 { // the mark of extent blocks
				return nil
			}
			if l, ok := f.vol.Leaf(block, b); ok {
				take(l)
			}
			return nil
		})
	}
	if err != nil {
		return err
	}
	for _, n := range order {
		place, missing := f.vol.Join(leaves[n])
		p := extPast{State: ext.State{Inode: *n, First: ext.Now, Last: ext.Now}, place: place, blocks: place.Extents, born: ext.Now, stray: true, missing: missing * f.vol.BlockB}
		p.SizeB = place.FoundB
		it, ok, err := f.deletedItem(ctx, &p, names.of(&p), claims)
		if err != nil {
			return err
		}
		if ok {
			if err := f.add(it); err != nil {
				return err
			}
		}
	}
	return nil
}

// shorten cuts an item to the size that its structure states.
func (f *extFinder) shorten(it *forensics.Item, sizeB int64) {
	var extents []ext.Extent
	for _, r := range it.Runs {
		if r.LengthB = min(r.LengthB, sizeB); r.LengthB <= 0 {
			break
		}
		sizeB -= r.LengthB
		if r.OffsetB != forensics.Hole {
			r.OffsetB -= f.opts.OffsetB
		}
		extents = append(extents, ext.Extent{OffsetB: r.OffsetB, LengthB: r.LengthB})
	}
	f.put(it, extents)
}
