package heif

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"firescene/formats/follow"
	"firescene/formats/follow/followtest"
)

func box(kind string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

func be(n int, vs ...uint64) (out []byte) {
	for _, v := range vs {
		for i := n - 1; i >= 0; i-- {
			out = append(out, byte(v>>(8*i)))
		}
	}
	return out
}

// unit makes a unit of H.265 of n bytes with its length before it.
func unit(seed uint64, n int) []byte {
	b := followtest.Noise(seed, n)
	for i := range b {
		b[i] |= 4 // no zeros
	}
	b[0], b[1] = 19<<1, 1
	return append(be(4, uint64(n)), b...)
}

// picture makes a HEIC file of items with the coding, each with one unit.
func picture(brand, coding string, items ...[]byte) []byte {
	ftyp := box("ftyp", []byte(brand), be(4, 0), []byte("mif1"+brand))
	make := func(base int) []byte {
		var iloc, infe []byte
		at := base
		for i, d := range items {
			iloc = append(iloc, slices.Concat(be(2, uint64(i+1), 0, 1), be(4, uint64(at), uint64(len(d))))...)
			infe = append(infe, box("infe", be(4, 2<<24), be(2, uint64(i+1), 0), []byte(coding), be(1, 0))...)
			at += len(d)
		}
		return box("meta", be(4, 0), box("hdlr", be(4, 0, 0), []byte("pict"), be(4, 0, 0, 0), be(1, 0)),
			box("iinf", be(4, 0), be(2, uint64(len(items))), infe),
			box("iloc", be(4, 0), be(2, 0x4400, uint64(len(items))), iloc))
	}
	base := len(ftyp) + len(make(0)) + 8
	return slices.Concat(ftyp, make(base), box("mdat", items...))
}

func TestCheck(t *testing.T) {
	heic := picture("heic", "hvc1", unit(1, 3000), unit(2, 50000), slices.Concat(unit(3, 900), unit(4, 700)))
	obu := append([]byte{6<<3 | 2, 0x80, 0x04}, followtest.Noise(1, 512)...)
	avif := picture("avif", "av01", obu, obu)
	for name, b := range map[string][]byte{"heic": heic, "avif": avif} {
		followtest.Whole(t, name, b, Check, Head)
		followtest.Cuts(t, name, b, Check)
		if r, _ := Check(bytes.NewReader(b), int64(len(b))); r.Kind != name || r.Depth != follow.Lengths {
			t.Errorf("%+v", r)
		}
	}
	if r, _ := Check(bytes.NewReader(append(bytes.Clone(heic), make([]byte, 512)...)), 1<<20); r.Depth != follow.Codes {
		t.Errorf("with its last sector filled: %+v", r)
	}
	followtest.Splices(t, "heic", heic, Check, -1, 4096, 8192, 40960)
	// foreign data in the middle, and then the rest of the file
	d := slices.Concat(heic[:8192], make([]byte, 4096), heic[12288:])
	if r, _ := Check(bytes.NewReader(d), int64(len(d))); r.State != follow.Damaged || r.FailB <= 8192 || r.FailB > 8192+4 || r.NeedB != int64(len(d)) {
		t.Errorf("%+v", r)
	}
	followtest.Decoys(t, heic, Check, 12)
	followtest.Decoys(t, heic, Check, 24)
}

func TestPool(t *testing.T) {
	followtest.Pool(t, os.DirFS("../../../shared/data/media-pool"), "heic", nil, Check, Head)
}

func FuzzCheck(f *testing.F) {
	f.Add(picture("heic", "hvc1", unit(1, 30), unit(2, 50)))
	f.Add(picture("avif", "av01", []byte{6<<3 | 2, 1, 9}))
	f.Fuzz(func(t *testing.T, b []byte) { followtest.Bounds(t, b, Check) })
}
