package tiff

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"os"
	"testing"

	"firescene/formats/follow"
	"firescene/formats/follow/followtest"
)

// file builds a TIFF: parts in the order they were added, with a header before.
type file struct {
	bo   binary.AppendByteOrder
	wide bool
	b    []byte
}

func begin(bo binary.AppendByteOrder, wide bool) *file {
	f := &file{bo: bo, wide: wide}
	f.b = []byte("II")
	if bo == binary.AppendByteOrder(binary.BigEndian) {
		f.b = []byte("MM")
	}
	if wide {
		f.b = bo.AppendUint16(bo.AppendUint16(bo.AppendUint16(f.b, 43), 8), 0)
		f.b = bo.AppendUint64(f.b, 0)
	} else {
		f.b = bo.AppendUint32(bo.AppendUint16(f.b, 42), 0)
	}
	return f
}

func (f *file) add(d []byte) int64 {
	at := int64(len(f.b))
	f.b = append(f.b, d...)
	return at
}

func (f *file) number(b []byte, v int64) []byte {
	if f.wide {
		return f.bo.AppendUint64(b, uint64(v))
	}
	return f.bo.AppendUint32(b, uint32(v))
}

// dir adds a directory of whole numbers, arrays of them before it.
func (f *file) dir(tags []uint16, values ...[]int64) int64 {
	places := make([]int64, len(tags))
	for i, vs := range values {
		if len(vs) > 1 {
			var d []byte
			for _, v := range vs {
				d = f.bo.AppendUint32(d, uint32(v))
			}
			places[i] = f.add(d)
		}
	}
	var d []byte
	if f.wide {
		d = f.bo.AppendUint64(d, uint64(len(tags)))
	} else {
		d = f.bo.AppendUint16(d, uint16(len(tags)))
	}
	for i, tag := range tags {
		d = f.bo.AppendUint16(f.bo.AppendUint16(d, tag), 4)
		d = f.number(d, int64(len(values[i])))
		if places[i] > 0 {
			d = f.number(d, places[i])
		} else {
			d = f.bo.AppendUint32(d, uint32(values[i][0]))
			if f.wide {
				d = append(d, 0, 0, 0, 0)
			}
		}
	}
	return f.add(f.number(d, 0))
}

func (f *file) first(at int64) []byte {
	if f.wide {
		copy(f.b[8:], f.bo.AppendUint64(nil, uint64(at)))
	} else {
		copy(f.b[4:], f.bo.AppendUint32(nil, uint32(at)))
	}
	return f.b
}

// picture is a file of 100 lines of 90 samples in strips of 20 lines.
func picture(bo binary.AppendByteOrder, wide bool, compression int64, dirFirst bool) []byte {
	f := begin(bo, wide)
	var at, n []int64
	for i := range 5 {
		d := code(compression, followtest.Noise(uint64(i), 1800))
		at, n = append(at, f.add(d)), append(n, int64(len(d)))
	}
	tags := []uint16{tagWidth, tagHeight, tagBits, tagCompression, tagStrips, tagSamples, tagRows, tagStripBytes, tagSubDirs}
	sub := f.dir([]uint16{tagWidth, tagJPEG, tagJPEGBytes}, []int64{5}, []int64{at[0]}, []int64{n[0]})
	main := f.dir(tags, []int64{90}, []int64{100}, []int64{8}, []int64{compression}, at, []int64{1}, []int64{20}, n, []int64{sub})
	return f.first(main)
}

func code(compression int64, d []byte) []byte {
	var b bytes.Buffer
	switch compression {
	case 1:
		return d
	case deflate:
		w := zlib.NewWriter(&b)
		w.Write(d)
		w.Close()
	case packBits:
		for ; len(d) > 0; d = d[min(100, len(d)):] {
			b.WriteByte(byte(min(100, len(d)) - 1))
			b.Write(d[:min(100, len(d))])
		}
	case lzw: // literals, with the table cleared before it grows the codes
		acc, have := uint32(0), 0
		put := func(code int) {
			acc, have = acc<<9|uint32(code), have+9
			for have >= 8 {
				b.WriteByte(byte(acc >> (have - 8)))
				have -= 8
			}
		}
		for i, x := range d {
			if i%200 == 0 {
				put(256)
			}
			put(int(x))
		}
		put(257)
		if have > 0 {
			b.WriteByte(byte(acc << (8 - have)))
		}
	}
	return b.Bytes()
}

func TestCheck(t *testing.T) {
	for _, compression := range []int64{1, lzw, deflate, packBits} {
		for name, b := range map[string][]byte{
			"little": picture(binary.LittleEndian, false, compression, false), "big": picture(binary.BigEndian, false, compression, false),
			"wide": picture(binary.LittleEndian, true, compression, false),
		} {
			followtest.Whole(t, name, b, Check, Head)
			followtest.Cuts(t, name, b, Check)
			if r, _ := Check(bytes.NewReader(b), int64(len(b))); (r.Depth == follow.Codes) != (compression != 1) {
				t.Errorf("%s, %d: %+v", name, compression, r)
			}
			for _, foreign := range followtest.Foreign(2048) {
				d := append(append(bytes.Clone(b[:4096]), foreign...), b[4096:]...)
				if r, _ := Check(bytes.NewReader(d), int64(len(d))); r.State == follow.Whole || r.SureB > 4096 || r.FailB != 0 && r.FailB < 4096 {
					t.Errorf("%s, %d, foreign data: %+v", name, compression, r)
				}
			}
			followtest.Decoys(t, b, Check, 4)
		}
	}
}

// The Exif block of a JPEG file has directories and a thumbnail, but is no file.
func TestExif(t *testing.T) {
	f := begin(binary.LittleEndian, false)
	thumb := f.add([]byte{0xFF, 0xD8, 0xFF, 0xD9})
	b := f.first(f.dir([]uint16{tagJPEG, tagJPEGBytes}, []int64{thumb}, []int64{4}))
	if r, _ := Check(bytes.NewReader(b), int64(len(b))); r.State != follow.Not {
		t.Errorf("%+v", r)
	}
}

// One damaged value leads the list of places into the list of sizes: what it says
// is not believed, and the file ends with its directory all the same.
func TestStrayedList(t *testing.T) {
	b := picture(binary.LittleEndian, false, 1, false)
	places := bytes.LastIndex(b, binary.LittleEndian.AppendUint16(nil, tagStrips)) + 8
	sizes := bytes.LastIndex(b, binary.LittleEndian.AppendUint16(nil, tagStripBytes)) + 8
	binary.LittleEndian.PutUint32(b[places:], binary.LittleEndian.Uint32(b[sizes:])-4)
	d := append(bytes.Clone(b), followtest.Noise(9, 1<<20)...)
	if r, _ := Check(bytes.NewReader(d), int64(len(d))); r.State != follow.Whole || r.EndB != int64(len(b)) || !r.Faulty {
		t.Errorf("%+v, want the end at %d", r, len(b))
	}
}

func TestLoop(t *testing.T) {
	f := begin(binary.LittleEndian, false)
	strip := f.add(make([]byte, 100))
	at := f.dir([]uint16{tagStrips, tagStripBytes, tagSubDirs}, []int64{strip}, []int64{100}, []int64{int64(len(f.b))})
	b := f.first(at)
	copy(b[len(b)-4:], binary.LittleEndian.AppendUint32(nil, uint32(at)))
	if r, _ := Check(bytes.NewReader(b), int64(len(b))); r.State != follow.Whole || r.EndB != int64(len(b)) {
		t.Errorf("%+v", r)
	}
}

func TestPool(t *testing.T) {
	followtest.Pool(t, os.DirFS("../../../shared/data/media-pool"), "tiff", map[string]string{
		"ffdcc26e075776c9.tif": "its header leads to no directory", "5c3e2c3d77bb629c.tif": "its header leads to no directory",
		"90e54f7e2c8ca4bf.tif": "the length of the last value is damaged", "92007680a58d9d89.tif": "47 bytes that nothing leads to",
		"3a69a172d7e67d75.tif": "the place of the last value is damaged", "92effd6df6bb7297.tif": "the lengths of its strips are damaged",
		"6b18a4867d7fb56d.tif": "the length of the last value is damaged", "0a6675d32ed4463a.tif": "the lengths of its strips are damaged",
	}, Check, Head)
}

func FuzzCheck(f *testing.F) {
	f.Add(picture(binary.LittleEndian, false, lzw, false)[:])
	f.Add(picture(binary.BigEndian, true, packBits, false))
	f.Fuzz(func(t *testing.T, b []byte) { followtest.Bounds(t, b, Check) })
}
