package ntfs

// lznt1 decompresses src into dst ([MS-XCA] 2.5): chunks of 4096 bytes, each
// stored or as literals and back references whose split between distance and
// length depends on the place in the chunk. What src does not reach stays as it
// is. false says that src is damaged.
func lznt1(dst, src []byte) bool {
	const chunkB = 4096
	for out := 0; len(src) >= 2 && out < len(dst); out += chunkB {
		head := int(le16(src))
		if head == 0 {
			return true
		}
		n := head&0xFFF + 1
		if src = src[2:]; head>>12&7 != 3 || n > len(src) {
			return false
		}
		chunk := dst[out:min(out+chunkB, len(dst))]
		if head&0x8000 == 0 {
			copy(chunk, src[:n])
		} else if !lznt1Chunk(chunk, src[:n]) {
			return false
		}
		src = src[n:]
	}
	return true
}

func lznt1Chunk(dst, src []byte) bool {
	at := 0
	for len(src) > 0 {
		flags := src[0]
		src = src[1:]
		for bit := 0; bit < 8 && len(src) > 0; bit++ {
			if flags>>bit&1 == 0 {
				if at >= len(dst) {
					return false
				}
				dst[at] = src[0]
				at, src = at+1, src[1:]
				continue
			}
			if len(src) < 2 || at == 0 {
				return false
			}
			token := int(le16(src))
			src = src[2:]
			lengthBits := 12
			for x := at - 1; x >= 0x10; x >>= 1 {
				lengthBits--
			}
			n, back := token&(1<<lengthBits-1)+3, token>>lengthBits+1
			if back > at || n > len(dst)-at {
				return false
			}
			for range n {
				dst[at] = dst[at-back]
				at++
			}
		}
	}
	return true
}
