package photo

import (
	"encoding/binary"
	"fmt"
	"io"

	"firescene/formats"
)

// jpegNeeds gives the bytes a pixel that image/jpeg takes, from the frame header
// (ITU-T T.81 B.2.2). A progressive picture keeps every coefficient, four bytes
// each, until its last scan.
func jpegNeeds(r io.ReadSeeker) (float64, error) {
	var b [4]byte
	if _, err := r.Seek(2, io.SeekStart); err != nil {
		return 0, err
	}
	for {
		if _, err := io.ReadFull(r, b[:2]); err != nil {
			return 0, err
		}
		for b[0] == 0xFF && b[1] == 0xFF {
			if _, err := io.ReadFull(r, b[1:2]); err != nil {
				return 0, err
			}
		}
		marker := b[1]
		switch {
		case b[0] != 0xFF, marker == 0xDA, marker == 0xD9:
			return 0, &formats.FormatError{Format: "JPEG", Offset: -1, Reason: "no frame header before the picture", Next: "copy it again from the camera or its card"}
		case marker == 0x01, marker >= 0xD0 && marker <= 0xD8:
			continue
		}
		if _, err := io.ReadFull(r, b[:2]); err != nil {
			return 0, err
		}
		n := int64(binary.BigEndian.Uint16(b[:2])) - 2
		if n < 0 {
			return 0, &formats.FormatError{Format: "JPEG", Offset: -1, Reason: "a segment with a length below 2"}
		}
		if marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC {
			return jpegFrame(r, marker, n)
		}
		if _, err := r.Seek(n, io.SeekCurrent); err != nil {
			return 0, err
		}
	}
}

func jpegFrame(r io.Reader, marker byte, n int64) (float64, error) {
	f := make([]byte, min(n, 6+3*4))
	if _, err := io.ReadFull(r, f); err != nil {
		return 0, err
	}
	if len(f) < 9 {
		return 0, &formats.FormatError{Format: "JPEG", Offset: -1, Reason: "a frame header too short"}
	}
	const next = "save the photo as an ordinary 8-bit JPEG"
	switch {
	case marker > 0xC2:
		return 0, unsupported("JPEG", "lossless, hierarchical or arithmetic coding", next)
	case f[0] != 8:
		return 0, unsupported("JPEG", fmt.Sprintf("%d bits a sample", f[0]), next)
	case f[1] == 0 && f[2] == 0:
		return 0, unsupported("JPEG", "a number of lines that is given after the picture", next)
	}
	// samples a pixel, from the sampling factors
	most, samples := 1.0, 0.0
	for c := 6; c+2 < len(f); c += 3 {
		most = max(most, float64(f[c+1]>>4)*float64(f[c+1]&15))
	}
	for c := 6; c+2 < len(f); c += 3 {
		samples += float64(f[c+1]>>4) * float64(f[c+1]&15) / most
	}
	perPx := samples
	if f[5] == 4 {
		perPx = 4 + samples + 4 // CMYK, and its conversion
	}
	if marker == 0xC2 {
		perPx += 4 * samples
	}
	return perPx, nil
}

// pngNeeds gives the bytes a pixel that image/png takes, from the head (W3C PNG,
// 11.2.1); an interlaced picture is put together from parts beside it.
func pngNeeds(head []byte) float64 {
	if len(head) < 29 {
		return 8
	}
	perPx := map[byte]float64{0: 1, 2: 4, 3: 1 + 4, 4: 4, 6: 4}[head[25]]
	if head[24] == 16 {
		perPx = map[byte]float64{0: 2, 2: 8, 4: 8, 6: 8}[head[25]]
	}
	if perPx == 0 {
		perPx = 8
	}
	if head[28] == 1 {
		perPx *= 1.5
	}
	return perPx
}

// Tags of TIFF 6.0, of Supplement 1 and of DNG that decide what a file is.
const (
	tagSubfile     = 254
	tagBits        = 258
	tagCompression = 259
	tagPhotometric = 262
	tagSamples     = 277
	tagPlanar      = 284
	tagFormat      = 339
	tagSubIFDs     = 330
	tagDNG         = 50706
	maxEntries     = 4096
)

// tiffNeeds gives the bytes a pixel that decoding takes and refuses files whose
// first directory is not the photo (raw files keep a preview there) or that are
// coded in a way that is not read.
func tiffNeeds(r io.ReaderAt, size int64) (float64, error) {
	tags, err := firstDirectory(r, size)
	if err != nil {
		return 0, err
	}
	const next = "save it as an uncompressed RGB or grey TIFF with 8 or 16 bits, or as JPEG"
	at := func(tag uint16, otherwise uint32) uint32 {
		if v, ok := tags[tag]; ok {
			return v
		}
		return otherwise
	}
	_, dng := tags[tagDNG]
	_, subs := tags[tagSubIFDs]
	compression := at(tagCompression, 1)
	switch photometric := at(tagPhotometric, 1); {
	case dng, photometric == 32803, photometric == 34892, at(tagSubfile, 0)&1 == 1 && subs:
		return 0, unsupported("TIFF", "raw sensor data", rawNext)
	case photometric == 5:
		return 0, unsupported("TIFF", "CMYK colours", "save it as RGB: the inks of a print are not what the camera saw")
	case photometric > 3:
		return 0, unsupported("TIFF", fmt.Sprintf("colours of kind %d", photometric), next)
	case compression == 6, compression == 7, compression == 34892:
		return 0, unsupported("TIFF", "JPEG coding within TIFF", next)
	case at(tagPlanar, 1) != 1 && at(tagSamples, 1) > 1:
		return 0, unsupported("TIFF", "colours in separate planes", next)
	case at(tagFormat, 1) != 1:
		return 0, unsupported("TIFF", "samples that are not whole numbers", next)
	}
	perPx := 4.0
	if at(tagSamples, 1) == 1 {
		perPx = 1
	}
	if at(tagBits, 1) == 16 {
		perPx *= 2
	}
	return perPx + 1, nil // and one strip
}

// firstDirectory gives the first value of each entry of a TIFF's first directory
// that is a whole number.
func firstDirectory(r io.ReaderAt, size int64) (map[uint16]uint32, error) {
	damaged := func(reason string) error {
		return &formats.FormatError{Format: "TIFF", Offset: -1, Reason: reason, Next: "copy it again from the camera or its card"}
	}
	var h [8]byte
	if n, err := r.ReadAt(h[:], 0); n < 8 {
		if err != nil && err != io.EOF {
			return nil, err
		}
		return nil, damaged("the file ends within its head")
	}
	var order binary.ByteOrder = binary.LittleEndian
	if h[0] == 'M' {
		order = binary.BigEndian
	}
	switch order.Uint16(h[2:]) {
	case 42:
	case 43:
		return nil, unsupported("TIFF", "BigTIFF", "save it as an ordinary TIFF or as JPEG")
	default:
		return nil, unsupported("TIFF", "raw sensor data", rawNext) // Olympus and Panasonic
	}
	at := int64(order.Uint32(h[4:]))
	var count [2]byte
	if at < 8 || at+2 > size {
		return nil, damaged("its directory lies outside the file")
	}
	if _, err := r.ReadAt(count[:], at); err != nil && err != io.EOF {
		return nil, err
	}
	n := int64(order.Uint16(count[:]))
	if n == 0 || n > maxEntries || at+2+12*n > size {
		return nil, damaged(fmt.Sprintf("a directory of %d entries that the file does not hold", n))
	}
	b := make([]byte, 12*n)
	if _, err := r.ReadAt(b, at+2); err != nil && err != io.EOF {
		return nil, err
	}
	tags := map[uint16]uint32{}
	for ; len(b) >= 12; b = b[12:] {
		tag, typ, values := order.Uint16(b), order.Uint16(b[2:]), order.Uint32(b[4:])
		sizeB := map[uint16]int{1: 1, 3: 2, 4: 4, 13: 4}[typ]
		if values == 0 || sizeB == 0 {
			continue
		}
		v := b[8:12]
		if int64(values)*int64(sizeB) > 4 {
			v = make([]byte, 4)
			if _, err := r.ReadAt(v, int64(order.Uint32(b[8:]))); err != nil && err != io.EOF {
				return nil, err
			}
		}
		switch sizeB {
		case 1:
			tags[tag] = uint32(v[0])
		case 2:
			tags[tag] = uint32(order.Uint16(v))
		default:
			tags[tag] = order.Uint32(v)
		}
	}
	return tags, nil
}
