package matroska

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"testing"
)

// el makes an element with a length of eight bytes.
func el(id uint32, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	return slices.Concat(ident(id), []byte{1}, binary.BigEndian.AppendUint64(nil, uint64(len(body)))[1:], body)
}

func ident(id uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, id)
	return bytes.TrimLeft(b, "\x00")
}

// summed puts a check sum before the content of an element.
func summed(id uint32, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	return el(id, el(idCRC, binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(body))), body)
}

func blocks(n int) (out []byte) {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	for range n {
		b := make([]byte, 300+rng.IntN(2000))
		for i := range b {
			b[i] = byte(rng.IntN(256))
		}
		b[0] = 0x81
		out = append(out, el(idSimpleBlock, b)...)
	}
	return out
}

// file makes a file of three clusters: live ones state no lengths.
func file(crc, live bool) []byte {
	head := el(idEBML, el(idDocType, []byte("matroska")), el(0x4286, []byte{1}))
	make := el
	if crc {
		make = summed
	}
	body := slices.Concat(make(idInfo, el(0x2AD7B1, []byte{1, 2})), make(idTracks, el(0xAE, []byte{0xD7, 0x81, 1})))
	for i := range 3 {
		if live {
			body = slices.Concat(body, ident(idCluster), []byte{0xFF}, el(0xE7, []byte{byte(i)}), blocks(20+i))
		} else {
			body = slices.Concat(body, make(idCluster, el(0xE7, []byte{byte(i)}), blocks(20+i)))
		}
	}
	if live {
		return slices.Concat(head, ident(idSegment), []byte{1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, body)
	}
	return slices.Concat(head, el(idSegment, body))
}

func check(t *testing.T, b []byte) Report {
	t.Helper()
	r, err := Check(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhole(t *testing.T) {
	for _, k := range []struct{ crc, live bool }{{false, false}, {true, false}, {false, true}} {
		b := file(k.crc, k.live)
		for _, tail := range []string{"", "\x00\x00\x00\x00", "some text behind it", "\x1A\x45\xDF\xA3\x80"} {
			r := check(t, append(bytes.Clone(b), tail...))
			if r.State != Whole || r.EndB != int64(len(b)) || r.Blocks != 63 || (r.Summed > 0) != k.crc || r.EndKnown == k.live {
				t.Errorf("%+v with %q behind: %+v, want end %d", k, tail, r, len(b))
			}
		}
	}
}

func TestSplice(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	gap := make([]byte, 4096)
	for i := range gap {
		gap[i] = byte(rng.IntN(256))
	}
	for _, crc := range []bool{false, true} {
		b := file(crc, false)
		for range 60 {
			cut := 200 + rng.IntN(len(b)-3000)
			r := check(t, slices.Concat(b[:cut], gap, b[cut:]))
			if r.State != Damaged || r.SureB > int64(cut) || r.FailB <= int64(cut) {
				t.Fatalf("cut at %d of %d: %v, sure %d, fail %d: %s", cut, len(b), r.State, r.SureB, r.FailB, r.Reason)
			}
			if r := check(t, b[:cut]); r.State != Truncated || r.SureB > int64(cut) || r.NeedB != int64(len(b)) {
				t.Fatalf("cut short at %d: %+v", cut, r)
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(file(true, false)[:9000])
	f.Add(file(false, true)[:9000])
	f.Add(file(false, false))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Check(bytes.NewReader(b), int64(len(b)))
		if err != nil || r.State == Whole && (r.EndB <= 0 || r.EndB > int64(len(b))) || r.SureB < 0 || r.SureB > int64(len(b)) {
			t.Fatalf("%v %+v", err, r)
		}
	})
}
