package recover

import (
	"context"
	"fmt"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/formats/ext"
)

// strayPointers looks for blocks of pointers that deleted files of ext2 and ext3
// left: deletion clears the pointers in the inode and frees the blocks that they
// lead to, which keep what is in them. The first twelve blocks of the file lie
// before its first block of pointers as a rule; a file is given only when its
// format proves that they belong together.
func (f *extFinder) strayPointers(ctx context.Context, claims extClaims) error {
	if !f.opts.Strays || !f.vol.UsesPointers() || len(f.lost) == 0 {
		return nil
	}
	var at []int64
	err := f.vol.EachFree(ctx, func(block int64, b []byte) error {
		if b[3] != 0 && f.vol.Blocks < 1<<24 || len(at) >= maxLost {
			return nil // a pointer beyond the volume
		}
		if _, ok := f.vol.Pointers(b); ok && !claims.proved.has(block) {
			at = append(at, block)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, block := range at {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.byPointers(ctx, block, claims); err != nil {
			return err
		}
	}
	return nil
}

// maxHeadBlocks is how far before its block of pointers a file may begin.
const maxHeadBlocks = 64

// direct is how many blocks an inode points to itself.
const direct = 12

// byPointers tries the beginnings of a file that a block of pointers goes on.
func (f *extFinder) byPointers(ctx context.Context, block int64, claims extClaims) error {
	b := make([]byte, f.vol.BlockB)
	if !f.vol.Block(block, b) {
		return nil
	}
	list, ok := f.vol.Pointers(b)
	if !ok {
		return nil
	}
	list = f.further(list)
	for head := block - direct; head >= block-direct-maxHeadBlocks && head > 0; head-- {
		if f.vol.Used(head) || claims.proved.has(head) || !f.vol.Block(head, b) {
			continue
		}
		t := carve.Identify(f.opts.Types, b)
		if t == nil {
			continue
		}
		var blocks []int64
		for n := head; len(blocks) < direct && n < block; n++ {
			if !f.vol.Used(n) {
				blocks = append(blocks, n)
			}
		}
		if len(blocks) < direct {
			continue
		}
		var extents []ext.Extent
		for _, n := range append(blocks, list...) {
			if k := len(extents) - 1; k >= 0 && extents[k].OffsetB+extents[k].LengthB == n*f.vol.BlockB {
				extents[k].LengthB += f.vol.BlockB
				continue
			}
			extents = append(extents, ext.Extent{OffsetB: n * f.vol.BlockB, LengthB: f.vol.BlockB})
		}
		it := forensics.Item{Exhibit: f.opts.Exhibit, Name: fmt.Sprintf("%s$OrphanFiles/block-%d", f.opts.Prefix, head), Origin: forensics.FromDeleted, Type: t.Name}
		f.put(&it, extents)
		whole, v, err := f.holds(ctx, &it, t)
		if err != nil {
			return err
		}
		// a file that ends before the pointers are needed proves nothing about them
		if !whole || v.Proof == carve.ByLength || v.LengthB <= direct*f.vol.BlockB || v.LengthB+f.vol.BlockB <= it.SizeB {
			continue
		}
		f.shorten(&it, v.LengthB)
		it.State, it.Confidence = forensics.Whole, min(v.Confidence, 0.9)
		it.Reason = fmt.Sprintf("deleted; its blocks are from a freed block of pointers and the twelve free blocks before it, its size from its structure; %s", v.Reason)
		f.cutOff(&it)
		f.markUnread(&it)
		f.claim(extents, claims.proved)
		return f.add(it)
	}
	return nil
}

// further follows a file that fills its first block of pointers to the block of
// pointers to such blocks, which lies behind the last of its data as a rule.
func (f *extFinder) further(list []int64) []int64 {
	b := make([]byte, f.vol.BlockB)
	if int64(len(list)) < f.vol.BlockB/4 {
		return list
	}
	double := list[len(list)-1] + 1
	if f.vol.Used(double) || !f.vol.Block(double, b) {
		return list
	}
	single, ok := f.vol.Pointers(b)
	if !ok {
		return list
	}
	for _, n := range single {
		if !f.vol.Block(n, b) {
			return list
		}
		more, ok := f.vol.Pointers(b)
		if !ok {
			return list
		}
		list = append(list, more...)
	}
	return list
}
