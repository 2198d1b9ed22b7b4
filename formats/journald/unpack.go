package journald

import (
	"encoding/binary"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"firescene/formats"
)

// maxUnpackedB bounds a field after decompression.
const maxUnpackedB = 4 << 20

var zstdReader = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxUnpackedB), zstd.WithDecoderMaxWindow(8<<20))
})

// unpack decompresses the payload of a data object: ZSTD and LZ4. Old journals'
// XZ is not read.
func unpack(flags byte, b []byte) ([]byte, error) {
	switch flags {
	case 4:
		d, err := zstdReader()
		if err != nil {
			return nil, err
		}
		return d.DecodeAll(b, nil)
	case 2:
		if len(b) < 8 {
			break
		}
		n := binary.LittleEndian.Uint64(b)
		if n == 0 || n > maxUnpackedB || n > uint64(len(b))*255 {
			break
		}
		out := make([]byte, n)
		k, err := lz4.UncompressBlock(b[8:], out)
		return out[:max(k, 0)], err
	}
	return nil, &formats.UnsupportedError{Format: "journald", Offset: -1, Feature: "this compression of a field"}
}
