package neighbours

// collectPlain appends to keys[held:] the points of a leaf whose squared distance
// is at most bound and returns the new length. keys has room for a whole leaf.
func collectPlain(keys []uint64, held int, blocks []float32, leaf int32, px, py, pz, bound float32) int {
	b := blocks[int(leaf)*blockLen:][:blockLen]
	slot := leaf * Block
	for i := range Block {
		dx, dy, dz := b[i]-px, b[Block+i]-py, b[2*Block+i]-pz
		d2 := float32(float32(dx*dx)+float32(dy*dy)) + float32(dz*dz)
		if d2 <= bound && d2 < maxD2 {
			keys[held] = key(d2, slot+int32(i))
			held++
		}
	}
	return held
}

// maxD2 keeps the padding of the last leaf out, whose distance is infinite.
const maxD2 = 3.4e38

// collectListPlain is collectPlain over a list of leaves. It stops before a leaf
// for which keys has no room and returns how many leaves it went through.
func collectListPlain(keys []uint64, held int, blocks []float32, leaves []int32, px, py, pz, bound float32) (int, int) {
	for i, leaf := range leaves {
		if held+Block > len(keys) {
			return held, i
		}
		held = collectPlain(keys, held, blocks, leaf, px, py, pz, bound)
	}
	return held, len(leaves)
}
