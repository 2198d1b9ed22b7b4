package exif

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// typeSizes are the bytes of one value by TIFF 6.0 field type.
var typeSizes = [...]uint64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8}

const (
	maxDirectories = 16
	entrySize      = 12
	tagExif        = 0x8769
	tagGPS         = 0x8825
	tagInterop     = 0xA005
	typeByte       = 1
)

// bound walks the directories of a TIFF structure and returns a copy in which
// every entry whose values would lie outside the block is turned into a single
// zero byte, which the library reads as nothing. Without this the library
// allocates whatever count a damaged entry claims, up to 32 GiB. A directory
// that is reached twice, or that lies outside the block, is an error.
func bound(block []byte) ([]byte, error) {
	if len(block) < 8 {
		return nil, fmt.Errorf("a block of %d bytes", len(block))
	}
	var order binary.ByteOrder = binary.LittleEndian
	if block[0] == 'M' {
		order = binary.BigEndian
	}
	b := bytes.Clone(block)
	size := uint64(len(b))
	queue := []uint64{uint64(order.Uint32(b[4:]))}
	seen := map[uint64]bool{}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if at == 0 {
			continue
		}
		if seen[at] || len(seen) == maxDirectories {
			return nil, fmt.Errorf("directories form a loop at byte %d of the block", at)
		}
		seen[at] = true
		if at+2 > size {
			return nil, fmt.Errorf("a directory at byte %d of a block of %d", at, size)
		}
		n := uint64(order.Uint16(b[at:]))
		if at+2+n*entrySize > size {
			return nil, fmt.Errorf("a directory of %d entries at byte %d runs past the block", n, at)
		}
		for i := range n {
			e := b[at+2+i*entrySize:][:entrySize]
			tag, typ, count := order.Uint16(e), order.Uint16(e[2:]), uint64(order.Uint32(e[4:]))
			var need uint64
			if int(typ) < len(typeSizes) {
				need = count * typeSizes[typ]
			}
			if need == 0 || need > 4 && uint64(order.Uint32(e[8:]))+need > size {
				order.PutUint16(e[2:], typeByte)
				order.PutUint32(e[4:], 1)
				order.PutUint32(e[8:], 0)
				continue
			}
			if tag == tagExif || tag == tagGPS || tag == tagInterop {
				queue = append(queue, uint64(order.Uint32(e[8:])))
			}
		}
		if next := at + 2 + n*entrySize; next+4 <= size {
			queue = append(queue, uint64(order.Uint32(b[next:])))
		}
	}
	return b, nil
}
