package carve

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"

	"firescene/forensics"
)

// archive is a ZIP with one stored member, its directory's place counted from so
// many bytes before it.
func archive(from int) []byte {
	z := zipWith([]byte("appended"))
	i := bytes.LastIndex(z, []byte("PK\x05\x06"))
	binary.LittleEndian.PutUint32(z[i+16:], binary.LittleEndian.Uint32(z[i+16:])+uint32(from))
	return z
}

// zipType is whole when its end record agrees with it.
func zipType() Type {
	t := fakeType("zip", "PK\x03\x04", 0)
	t.Walk = func(r io.ReaderAt, size int64) (Verdict, error) {
		end, err := directoryEnd(r, size, 0)
		if err != nil || end == 0 {
			return Verdict{}, err
		}
		return Verdict{State: forensics.Whole, LengthB: end, Proof: BySum}, nil
	}
	return t
}

func TestTails(t *testing.T) {
	const at, length = 4096, 700 // the file's last sector has 324 bytes left
	const left = 1024 - length
	filled := func(b []byte) []byte { return append(b, make([]byte, 4096-length-len(b))...) }
	table := make([]byte, 0, 8192)
	for i := 0; len(table) < 8192; i++ {
		table = binary.LittleEndian.AppendUint32(table, uint32(i*7%90))
	}
	text := []byte(strings.Repeat("zone 4 smoke detector alarm\n", 400))
	gap := make([]byte, left)
	inner, own := archive(0), archive(0)
	counted := archive(length + left)
	placed := func(at uint32) []byte {
		return append(binary.BigEndian.AppendUint32(append(noise(7, left), make([]byte, 2044)...), at), noise(8, 1024)...)
	}
	each := noise(9, left-4)
	for at := uint32(512); at < 2560; at += 512 {
		each = append(binary.BigEndian.AppendUint32(each, at), make([]byte, 508)...)
	}
	behindHead := placed(1024 + 1536)
	copy(behindHead[left:], fake("JPG!", 4, 90, 0, 'd'))
	for name, c := range map[string]struct {
		behind []byte
		want   int // bytes that belong to the file
	}{
		"bytes and filling":                   {filled([]byte{1, 0, 2}), 3},
		"the end of an older file":            {filled(append(noise(6, 40), "TFAR"...)), 0},
		"the end mark twice":                  {filled([]byte("TFAR")), 4},
		"filling alone":                       {filled(nil), 0},
		"noise":                               {noise(3, 8192), 0},
		"noise in the sector":                 {append(noise(4, left), make([]byte, 4096)...), 0},
		"text":                                {text, 0},
		"one byte over and over":              {bytes.Repeat([]byte{0xFF}, 8192), 0},
		"a table to the end of the cluster":   {append(table[:4096-length:4096-length], noise(5, 4096)...), 4096 - length},
		"a table to the end of the sector":    {append(table[:left:left], noise(5, 8192)...), 0},
		"zeros to the sector, then left-over": {append(gap[:left:left], table...), 0},
		"bytes that end with their sector":    {placed(1024 + 1536), left + 2048},
		"bytes that end with their length":    {placed(1024 + 2048), left + 2048},
		"sectors that each end so":            {each, left + 3*512},
		"bytes that end with another number":  {placed(1024 + 2049), 0},
		"the same behind another head":        {behindHead, 0},
		"an archive behind it":                {filled(inner), len(inner)},
		"an archive behind zeros, no sector":  {filled(append(make([]byte, 100), inner...)), 100 + len(inner)},
		"a file of its own at the sector":     {append(gap[:left:left], append(own, make([]byte, 2048)...)...), 0},
		"one counted from the file":           {append(gap[:left:left], append(counted, make([]byte, 2048)...)...), left + len(counted)},
	} {
		img := make([]byte, 32<<10)
		copy(img[at:], fake("JPG!", 4, length, 0, 'c'))
		copy(img[at+length:], c.behind)
		types := append(fakeTypes()[:3], zipType())
		types[2].Footer = []byte("TFAR")
		got := list(t, img, Options{Types: types, Unaligned: true})
		if want := fmt.Sprintf("whole jpeg %d+%d", at, length+c.want); len(got) == 0 || got[0] != want {
			t.Errorf("%s: %q, want %s", name, got, want)
		}
	}
}

// What a cluster goes on with behind a picture's filled last sector is told.
func TestLeftoverNoted(t *testing.T) {
	for _, left := range []bool{true, false} {
		img := make([]byte, 16<<10)
		copy(img[4096:], fake("JPG!", 4, 700, 0, 'c'))
		if left {
			copy(img[4096+1024:], noise(3, 3072))
		}
		finds := carved(t, img)
		if len(finds) != 1 || finds[0].LengthB != 700 || strings.Contains(finds[0].Reason, "3072 bytes from byte 1024 on") != left {
			t.Errorf("%v: %+v", left, finds)
		}
	}
}

func carved(t *testing.T, img []byte) (finds []Find) {
	t.Helper()
	err := Run(t.Context(), Source{R: bytes.NewReader(img), SizeB: int64(len(img))}, Options{Types: fakeTypes()}, func(f Find) error {
		finds = append(finds, f)
		return nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return finds
}
