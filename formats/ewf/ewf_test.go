package ewf

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"io"
	"testing"

	"firescene/formats"
)

const testChunkB = 4 * 512

// build writes an image of one segment; every second chunk is compressed.
func build(medium []byte, bad []uint32) []byte {
	var out bytes.Buffer
	out.WriteString(signature)
	out.Write([]byte{1, 1, 0, 0, 0})
	le := binary.LittleEndian
	sec := func(kind string, data []byte) {
		d := make([]byte, 76)
		copy(d, kind)
		next := out.Len() + 76 + len(data)
		if kind == "done" {
			next = out.Len()
		}
		le.PutUint64(d[16:], uint64(next))
		le.PutUint64(d[24:], uint64(76+len(data)))
		le.PutUint32(d[72:], adler32.Checksum(d[:72]))
		out.Write(d)
		out.Write(data)
	}
	pack := func(b []byte) []byte {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		w.Write(b)
		w.Close()
		return z.Bytes()
	}
	sec("header", pack([]byte("1\nmain\nc\tn\ta\te\tt\tm\n2026-017\tE003\tcard\tdesk 4\tburnt\t1709251200\n\n")))
	chunks := (len(medium) + testChunkB - 1) / testChunkB
	vol := make([]byte, 1052)
	le.PutUint32(vol[4:], uint32(chunks))
	le.PutUint32(vol[8:], 4)
	le.PutUint32(vol[12:], 512)
	le.PutUint64(vol[16:], uint64(len(medium)/512))
	sec("volume", vol)
	base := out.Len()
	var data, entries []byte
	for i := range chunks {
		b := medium[i*testChunkB : min((i+1)*testChunkB, len(medium))]
		e := uint32(76 + len(data))
		if i%2 == 1 {
			e |= 1 << 31
			data = append(data, pack(b)...)
		} else {
			data = le.AppendUint32(append(data, b...), adler32.Checksum(b))
		}
		entries = le.AppendUint32(entries, e)
	}
	sec("sectors", data)
	table := make([]byte, 24)
	le.PutUint32(table, uint32(chunks))
	le.PutUint64(table[8:], uint64(base))
	le.PutUint32(table[20:], adler32.Checksum(table[:20]))
	sec("table", le.AppendUint32(append(table, entries...), adler32.Checksum(entries)))
	if len(bad) > 0 {
		e := make([]byte, 520)
		le.PutUint32(e, uint32(len(bad)/2))
		for _, v := range bad {
			e = le.AppendUint32(e, v)
		}
		sec("error2", e)
	}
	sum := md5.Sum(medium)
	sec("hash", append(sum[:], make([]byte, 20)...))
	sec("done", nil)
	return out.Bytes()
}

func medium(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * i >> 7)
	}
	return b
}

func open(b []byte) (*Image, error) {
	return Open([]Segment{{R: bytes.NewReader(b), SizeB: int64(len(b)), Name: "x.E01"}}, formats.DefaultLimits())
}

func TestRead(t *testing.T) {
	want := medium(7*testChunkB + 3*512)
	im, err := open(build(want, []uint32{5, 2}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(io.NewSectionReader(im, 0, im.SizeB))
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if fmt.Sprint(im.Unreadable) != "[{2560 1024}]" || im.MD5 != fmt.Sprintf("%x", md5.Sum(want)) || len(im.Warnings) != 0 {
		t.Errorf("%+v", im)
	}
	if im.Description != "case: 2026-017\nevidence: E003\ndescription: card\nexaminer: desk 4\nnotes: burnt\nacquired: 1709251200 (2024-03-01 00:00:00 UTC)" {
		t.Errorf("description %q", im.Description)
	}
	c, err := im.Verify(context.Background(), nil)
	if err != nil || !c.Agrees {
		t.Errorf("%+v, %v", c, err)
	}
}

// A check that was cut off goes on from any chunk, with what it has found.
func TestVerifyGoesOn(t *testing.T) {
	b := build(medium(8*testChunkB), nil)
	for _, hurt := range []bool{false, true} {
		if hurt {
			b[len(b)/3] ^= 0x41
		}
		im, err := open(b)
		if err != nil {
			t.Fatal(err)
		}
		var states [][]byte
		want, err := im.VerifyFrom(context.Background(), nil, func(state func() ([]byte, error)) error {
			s, err := state()
			states = append(states, s)
			return err
		}, nil)
		if err != nil || want.Agrees == hurt || len(states) != 8 {
			t.Fatalf("%+v, %d states, %v", want, len(states), err)
		}
		for i, s := range append(states, nil, []byte("{}"), states[2][:40]) {
			first := int64(0)
			got, err := im.VerifyFrom(context.Background(), s, nil, func(done int64) {
				if first == 0 {
					first = done
				}
			})
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("state %d: %+v, want %+v, %v", i, got, want, err)
			}
			if i < 7 && first != int64(i+2)*testChunkB {
				t.Errorf("state %d: the first chunk ends at %d", i, first)
			}
		}
	}
}

func TestDamage(t *testing.T) {
	want := medium(8 * testChunkB)
	good := build(want, nil)
	// Every byte counts: a changed one is an error, a warning, or lies in what is
	// for people to read.
	for at := 13; at < len(good); at += 97 {
		b := bytes.Clone(good)
		b[at] ^= 0x41
		im, err := open(b)
		if err != nil {
			if !formats.IsDamaged(err) {
				t.Fatalf("byte %d: %v", at, err)
			}
			continue
		}
		c, err := im.Verify(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(io.NewSectionReader(im, 0, im.SizeB))
		if c.Agrees && len(im.Warnings) == 0 && !bytes.Equal(got, want) {
			t.Errorf("byte %d: other content passes", at)
		}
	}
	for n := 0; n < len(good); n += 211 {
		if im, err := open(good[:n]); err == nil {
			if got, err := io.ReadAll(io.NewSectionReader(im, 0, im.SizeB)); err == nil && !bytes.Equal(got, want) && len(im.Unreadable) == 0 {
				t.Errorf("cut at %d: other content passes", n)
			}
		} else if !formats.IsDamaged(err) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	if _, err := open([]byte("EVF2\x0d\x0a\x81\x00      ")); !formats.IsUnsupported(err) {
		t.Errorf("version 2: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(build(medium(5*testChunkB), []uint32{1, 1}))
	f.Add([]byte(signature))
	f.Fuzz(func(t *testing.T, b []byte) {
		im, err := open(b)
		if err != nil {
			return
		}
		p := make([]byte, 4096)
		for _, off := range []int64{0, im.SizeB / 2, im.SizeB - 100} {
			if off >= 0 {
				_, _ = im.ReadAt(p, off)
			}
		}
	})
}
