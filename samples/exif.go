package samples

import (
	"bytes"
	"encoding/binary"
	"sort"
)

// exifFields is what the sample camera writes into a photograph.
type exifFields struct {
	make, model  string
	dateTime     string // "2006:01:02 15:04:05" by the camera's clock
	focalMM      [2]uint32
	focal35MM    uint16
	widthPx      uint32
	heightPx     uint32
	exposure     [2]uint32
	iso          uint16
	gps          bool
	latDMS       [3][2]uint32
	lonDMS       [3][2]uint32
	bodySerialNo string
}

// tag is one field of a TIFF folder: type and value in its bytes.
type tag struct {
	id, kind uint16
	count    uint32
	value    []byte
}

func ascii(id uint16, s string) tag {
	b := append([]byte(s), 0)
	return tag{id, 2, uint32(len(b)), b}
}

func short(id, v uint16) tag { return tag{id, 3, 1, binary.LittleEndian.AppendUint16(nil, v)} }
func long(id uint16, v uint32) tag {
	return tag{id, 4, 1, binary.LittleEndian.AppendUint32(nil, v)}
}

func rational(id uint16, v ...[2]uint32) tag {
	var b []byte
	for _, r := range v {
		b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, r[0]), r[1])
	}
	return tag{id, 5, uint32(len(v)), b}
}

// app1 lays the fields out as an Exif segment: CIPA DC-008 (Exif 2.32), sections
// 4.5 and 4.6, in a little-endian TIFF structure.
func (f exifFields) app1() []byte {
	ifd0 := []tag{ascii(0x010F, f.make), ascii(0x0110, f.model), short(0x0112, 1), rational(0x011A, [2]uint32{72, 1}),
		rational(0x011B, [2]uint32{72, 1}), short(0x0128, 2), ascii(0x0132, f.dateTime)}
	sub := []tag{rational(0x829A, f.exposure), rational(0x829D, [2]uint32{8, 1}), short(0x8827, f.iso),
		{0x9000, 7, 4, []byte("0232")}, ascii(0x9003, f.dateTime), ascii(0x9004, f.dateTime), rational(0x920A, f.focalMM),
		short(0xA001, 1), long(0xA002, f.widthPx), long(0xA003, f.heightPx), short(0xA405, f.focal35MM), ascii(0xA431, f.bodySerialNo)}
	var gps []tag
	if f.gps {
		gps = []tag{{0, 1, 4, []byte{2, 3, 0, 0}}, ascii(1, "N"), rational(2, f.latDMS[:]...), ascii(3, "E"), rational(4, f.lonDMS[:]...)}
	}
	size := func(tags []tag) int {
		n := 2 + 12*len(tags) + 4
		for _, t := range tags {
			if len(t.value) > 4 {
				n += (len(t.value) + 1) &^ 1
			}
		}
		return n
	}
	ifd0 = append(ifd0, long(0x8769, 0))
	if gps != nil {
		ifd0 = append(ifd0, long(0x8825, 0))
	}
	subAt := 8 + size(ifd0)
	for i := range ifd0 {
		switch ifd0[i].id {
		case 0x8769:
			ifd0[i] = long(0x8769, uint32(subAt))
		case 0x8825:
			ifd0[i] = long(0x8825, uint32(subAt+size(sub)))
		}
	}
	tiff := []byte{'I', 'I', 42, 0, 8, 0, 0, 0}
	for _, tags := range [][]tag{ifd0, sub, gps} {
		if tags != nil {
			tiff = appendIFD(tiff, tags)
		}
	}
	seg := []byte{0xFF, 0xE1, 0, 0, 'E', 'x', 'i', 'f', 0, 0}
	seg = append(seg, tiff...)
	binary.BigEndian.PutUint16(seg[2:], uint16(len(seg)-2))
	return seg
}

func appendIFD(b []byte, tags []tag) []byte {
	sort.SliceStable(tags, func(i, j int) bool { return tags[i].id < tags[j].id })
	le := binary.LittleEndian
	b = le.AppendUint16(b, uint16(len(tags)))
	at := len(b) + 12*len(tags) + 4
	var heap []byte
	for _, t := range tags {
		b = le.AppendUint32(le.AppendUint16(le.AppendUint16(b, t.id), t.kind), t.count)
		if len(t.value) <= 4 {
			b = append(b, append(t.value, make([]byte, 4-len(t.value))...)...)
			continue
		}
		b = le.AppendUint32(b, uint32(at+len(heap)))
		heap = append(heap, t.value...)
		if len(heap)%2 == 1 {
			heap = append(heap, 0)
		}
	}
	return append(le.AppendUint32(b, 0), heap...)
}

// withExif puts the segment right after the start of image.
func withExif(jpeg []byte, f exifFields) []byte {
	var out bytes.Buffer
	out.Write(jpeg[:2])
	out.Write(f.app1())
	out.Write(jpeg[2:])
	return out.Bytes()
}
