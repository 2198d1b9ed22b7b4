package ext

// Reused reports whether the copies of the bitmap of blocks show that a block was
// free in a transaction or behind it and in use again later: whatever had the
// block at that time need not be known.
func (h *History) Reused(block int64, order int) bool {
	v := h.v
	n := block - int64(v.sb.firstDataBlock)
	g := n / int64(v.sb.perGroup)
	if n < 0 || g >= v.Groups || len(h.copies[v.groups[g].blockBits]) < 2 {
		return false
	}
	taken, ok := h.taken[g]
	if !ok {
		if len(h.taken) >= maxTaken {
			clear(h.taken)
		}
		taken = h.lastTaken(g)
		h.taken[g] = taken
	}
	bit := n % int64(v.sb.perGroup) / (v.sb.clusterB / v.sb.blockB)
	free := taken[bit] - 1
	return free >= 0 && int(free) >= order
}

// maxTaken bounds the groups whose bitmaps are followed at once.
const maxTaken = 256

// lastTaken gives for each bit of a group one more than the last transaction in
// which it was free before it was taken, 0 when it was not seen to be taken.
func (h *History) lastTaken(g int64) []int32 {
	v := h.v
	out := make([]int32, 8*v.BlockB)
	before, b := make([]byte, v.BlockB), make([]byte, v.BlockB)
	last := -1
	for _, c := range h.copies[v.groups[g].blockBits] {
		if !v.journal.Read(c, b) {
			continue
		}
		if last >= 0 {
			for i := range b {
				for x := b[i] &^ before[i]; x != 0; x &= x - 1 {
					k := 0
					for x>>k&1 == 0 {
						k++
					}
					out[8*i+k] = int32(last) + 1
				}
			}
		}
		before, b, last = b, before, c.Order
	}
	return out
}
