package carve

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"firescene/forensics"
)

// fakeType is a format for tests: signature, a length of 4 bytes, a length of the
// sure part of 4 bytes, a byte that says how the walk judges it, and anything.
func fakeType(name, sign string, signAt int) Type {
	return Type{Name: name, Signatures: []Signature{{signAt, []byte(sign)}}, MaxB: 1 << 30,
		Head: func(b []byte) bool { return len(b) > signAt },
		Walk: func(r io.ReaderAt, size int64) (Verdict, error) {
			h := make([]byte, fakeHeadB)
			if _, err := r.ReadAt(h, 16); err != nil {
				if err == io.EOF {
					err = nil
				}
				return Verdict{}, err
			}
			v := Verdict{State: forensics.Whole, LengthB: int64(binary.LittleEndian.Uint32(h)), SureB: int64(binary.LittleEndian.Uint32(h[4:])), Confidence: 1}
			switch h[8] {
			case 'p':
				v.State = forensics.Partial
			case 'l':
			case 'c':
				v.Proof = ByCode
			case 's':
				v.Proof = BySum
			default:
				return Verdict{}, nil
			}
			if v.LengthB > size {
				return Verdict{}, nil
			}
			// touch all of it, as a walk does
			_, err := io.Copy(io.Discard, io.NewSectionReader(r, 0, v.LengthB))
			return v, err
		}}
}

const fakeHeadB = 9

func fakeTypes() []Type {
	return []Type{fakeType("plain", "PLN!", 0), fakeType("bmp", "BMP!", 0), fakeType("jpeg", "JPG!", 4), fakeType("zip", "ZIP!", 0), fakeType("pdf", "PDF!", 0), fakeType("tiff", "TIF!", 0)}
}

func fake(sign string, signAt, length, sure int, how byte) []byte {
	b := bytes.Repeat([]byte{0xA5}, length)
	copy(b[signAt:], sign)
	binary.LittleEndian.PutUint32(b[16:], uint32(length))
	binary.LittleEndian.PutUint32(b[20:], uint32(sure))
	b[24] = how
	return b
}

func list(t *testing.T, img []byte, o Options) (out []string) {
	t.Helper()
	if o.Types == nil {
		o.Types = fakeTypes()
	}
	err := Run(context.Background(), Source{R: bytes.NewReader(img), SizeB: int64(len(img))}, o, func(f Find) error {
		s := fmt.Sprintf("%s %s %d+%d", f.State, f.Type.Name, f.OffsetB, f.LengthB)
		for _, p := range f.Path {
			s += fmt.Sprintf(" %d-%s", p.OffsetB, p.Decoder)
		}
		if f.Wraps {
			s += " around"
		}
		if f.Inside {
			s += " in " + f.Host
		}
		out = append(out, s)
		return nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatMayBeginInAnother(t *testing.T) {
	type put struct {
		at int
		b  []byte
	}
	for name, c := range map[string]struct {
		puts []put
		want []string
	}{
		"a thumbnail stays with its picture": {
			[]put{{512, fake("JPG!", 4, 3000, 0, 'c')}, {1024, fake("JPG!", 4, 500, 0, 'c')}},
			[]string{"whole jpeg 512+3000"}},
		"a proved file ends one that is whole by length alone": {
			[]put{{512, fake("BMP!", 0, 9000, 0, 'l')}, {4096, fake("JPG!", 4, 500, 0, 'c')}},
			[]string{"partial bmp 512+3584", "whole jpeg 4096+500"}},
		"also where no sector begins": {
			[]put{{512, fake("BMP!", 0, 9000, 0, 'l')}, {4097, fake("JPG!", 4, 500, 0, 's')}, {5000, fake("JPG!", 4, 500, 0, 's')}},
			[]string{"partial bmp 512+3585", "whole jpeg 4097+500", "whole jpeg 5000+500"}},
		"a file that is whole by length does not": {
			[]put{{512, fake("BMP!", 0, 9000, 0, 'l')}, {4096, fake("PLN!", 0, 500, 0, 'l')}},
			[]string{"whole bmp 512+9000"}},
		"an archive holds its pictures and nothing else": {
			[]put{{512, fake("ZIP!", 0, 9000, 0, 'l')}, {4096, fake("JPG!", 4, 900, 0, 'c')}, {4196, fake("JPG!", 4, 100, 0, 'c')}, {6000, fake("PLN!", 0, 500, 0, 's')}},
			[]string{"whole zip 512+9000", "whole jpeg 4096+900 in zip at byte 512"}},
		"a picture that is whole by length holds a preview": {
			[]put{{512, fake("TIF!", 0, 9000, 0, 'l')}, {4096, fake("JPG!", 4, 900, 0, 'c')}},
			[]string{"whole tiff 512+9000", "whole jpeg 4096+900 in tiff at byte 512"}},
		"but no other file": {
			[]put{{512, fake("TIF!", 0, 9000, 0, 'l')}, {1024, fake("JPG!", 4, 200, 0, 'c')}, {4096, fake("PLN!", 0, 900, 0, 's')}},
			[]string{"partial tiff 512+3584", "whole jpeg 1024+200", "whole plain 4096+900"}},
		"and not many pictures": {
			[]put{{512, fake("TIF!", 0, 9000, 0, 'l')}, {1024, fake("JPG!", 4, 200, 0, 'c')}, {2048, fake("JPG!", 4, 200, 0, 'c')}, {3072, fake("JPG!", 4, 200, 0, 'c')}, {4096, fake("JPG!", 4, 200, 0, 'c')}, {5120, fake("JPG!", 4, 200, 0, 'c')}},
			[]string{"partial tiff 512+4608", "whole jpeg 1024+200", "whole jpeg 2048+200", "whole jpeg 3072+200", "whole jpeg 4096+200", "whole jpeg 5120+200"}},
		"a whole file in the gap of a fragmented one": {
			[]put{{512, fake("JPG!", 4, 9000, 2000, 'p')}, {1024, fake("JPG!", 4, 500, 0, 'c')}, {4096, fake("JPG!", 4, 500, 0, 'c')}, {5120, fake("BMP!", 0, 500, 0, 'l')}},
			[]string{"partial jpeg 512+3584", "whole jpeg 4096+500", "whole bmp 5120+500"}},
		"the beginning of another fragmented file": {
			[]put{{512, fake("JPG!", 4, 9000, 2000, 'p')}, {4096, fake("JPG!", 4, 5000, 1000, 'p')}, {8192, fake("JPG!", 4, 400, 0, 'p')}},
			[]string{"partial jpeg 512+3584", "partial jpeg 4096+5000"}},
		"an embedded picture does not end the broken document that it is in": {
			[]put{{512, fake("PDF!", 0, 9000, 600, 'p')}, {4097, fake("JPG!", 4, 500, 0, 'c')}},
			[]string{"partial pdf 512+9000", "whole jpeg 4097+500"}},
	} {
		img := make([]byte, 16<<10)
		for _, p := range c.puts {
			copy(img[p.at:], p.b)
		}
		if got := list(t, img, Options{Unaligned: true, Workers: 2}); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

// crowd is an image with files of all kinds, near, over and inside each other.
func crowd(seed uint64, size int) []byte {
	rng := rand.New(rand.NewPCG(seed, 3))
	img := make([]byte, size)
	signs := []struct {
		s  string
		at int
	}{{"PLN!", 0}, {"BMP!", 0}, {"JPG!", 4}, {"ZIP!", 0}, {"PDF!", 0}, {"TIF!", 0}}
	for range size / 20000 {
		n := 30 + rng.IntN(8000)
		if rng.IntN(200) == 0 {
			n = rng.IntN(3 * windowB)
		}
		n = max(n, 30)
		at := rng.IntN(size)
		if rng.IntN(2) == 0 {
			at = at / 512 * 512
		}
		s := signs[rng.IntN(len(signs))]
		h := fake(s.s, s.at, 30, 0, "plcs"[rng.IntN(4)])
		binary.LittleEndian.PutUint32(h[16:], uint32(n))
		binary.LittleEndian.PutUint32(h[20:], uint32(rng.IntN(n)))
		copy(img[at:], h)
	}
	return img
}

func TestAnyNumberOfWorkersFindsTheSame(t *testing.T) {
	img := crowd(1, 3*windowB+12345)
	want := list(t, img, Options{Unaligned: true, Workers: 1})
	if len(want) < 100 {
		t.Fatalf("only %d finds", len(want))
	}
	for workers := 2; workers <= 6; workers++ {
		if got := list(t, img, Options{Unaligned: true, Workers: workers}); !reflect.DeepEqual(got, want) {
			t.Errorf("%d workers find something else", workers)
		}
	}
}

// A run that is stopped and goes on from what it reported finds the same.
func TestGoesOn(t *testing.T) {
	for seed := range uint64(3) {
		img := crowd(10+seed, 4*windowB+777)
		opts := Options{Types: fakeTypes(), Unaligned: true, Workers: 2}
		src := Source{R: bytes.NewReader(img), SizeB: int64(len(img))}
		var all []Find
		var places []int64
		collect := func(to *[]Find) func(Find) error {
			return func(f Find) error {
				f.Type = nil
				*to = append(*to, f)
				return nil
			}
		}
		if err := Run(context.Background(), src, opts, collect(&all), func(done int64) { places = append(places, done) }); err != nil {
			t.Fatal(err)
		}
		moved := int64(0)
		for _, at := range places {
			if at < moved {
				t.Errorf("report went back from %d to %d", moved, at)
			}
			moved = at
			var rest []Find
			opts.StartB = at
			if err := Run(context.Background(), src, opts, collect(&rest), nil); err != nil {
				t.Fatal(err)
			}
			var want []Find
			for _, f := range all {
				if f.ImageB() >= at {
					want = append(want, f)
				}
			}
			if !reflect.DeepEqual(rest, want) {
				t.Errorf("seed %d: from byte %d: %d finds, want %d", seed, at, len(rest), len(want))
			}
		}
		if moved == 0 {
			t.Error("no place to go on from was reported")
		}
	}
}

func TestTee(t *testing.T) {
	img := crowd(5, 9*windowB+99)
	var got bytes.Buffer
	list(t, img, Options{Workers: 3, Tee: func(b []byte) { got.Write(b) }})
	if !bytes.Equal(got.Bytes(), img) {
		t.Error("other bytes came through")
	}
	got.Reset()
	list(t, img, Options{Workers: 2, StartB: 12345, Tee: func(b []byte) { got.Write(b) }})
	if !bytes.Equal(got.Bytes(), img[12345:]) {
		t.Error("other bytes came through from a place on")
	}
}

// counting counts the bytes that are read.
type counting struct {
	io.ReaderAt
	mu sync.Mutex
	n  int
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.mu.Lock()
	c.n += len(p)
	c.mu.Unlock()
	return c.ReaderAt.ReadAt(p, off)
}

func TestReadsOnce(t *testing.T) {
	img := make([]byte, 2*windowB)
	for at := 0; at+8192 < len(img); at += 8192 {
		copy(img[at:], fake("JPG!", 4, 8000, 0, 'c'))
	}
	r := &counting{ReaderAt: bytes.NewReader(img)}
	n := 0
	err := Run(context.Background(), Source{R: r, SizeB: int64(len(img))}, Options{Types: fakeTypes(), Workers: 2}, func(Find) error { n++; return nil }, nil)
	if err != nil || n != len(img)/8192-1 {
		t.Fatalf("%d finds, %v", n, err)
	}
	if r.n > len(img)+len(img)/50 {
		t.Errorf("%d bytes read of %d", r.n, len(img))
	}
}

func TestSignatureAcrossWindows(t *testing.T) {
	img := make([]byte, 2*windowB)
	for _, off := range []int{windowB - 6, windowB - 5, windowB - 4, windowB - 1, windowB} {
		clear(img)
		copy(img[off:], fake("JPG!", 4, 100, 0, 'c'))
		if got := list(t, img, Options{Unaligned: true}); len(got) != 1 {
			t.Errorf("at %d: %v", off, got)
		}
	}
}

func TestFarSignature(t *testing.T) {
	types := []Type{fakeType("tar", "ustar", 1000)}
	types[0].Head = nil
	img := make([]byte, windowB+8192)
	for _, off := range []int{0, 77, windowB - 500, windowB - 1} {
		clear(img)
		copy(img[off:], fake("ustar", 1000, 1100, 0, 's'))
		if got := list(t, img, Options{Types: types, Unaligned: true}); len(got) != 1 || !strings.HasSuffix(got[0], fmt.Sprintf("%d+1100", off)) {
			t.Errorf("at %d: %v", off, got)
		}
	}
}

// Heads without number, close by each other, cost bounded reading, wherever a run
// begins; a file among heads that are not so close is found as ever.
func TestCrowdedHeads(t *testing.T) {
	png := picture(t, 31, 60, 60, true)
	for _, c := range []struct {
		every int
		found bool
	}{{24, false}, {4096, true}} {
		img := make([]byte, 5<<20)
		for i := 0; i+16 < len(img); i += c.every {
			copy(img[i:], "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00")
		}
		copy(img[3<<20:], png)
		for _, start := range []int64{0, 1 << 20, 2 << 20} {
			r := &counted{r: bytes.NewReader(img)}
			found := false
			err := Run(context.Background(), Source{R: r, SizeB: int64(len(img))}, Options{Unaligned: true, Workers: 2, StartB: start}, func(f Find) error {
				found = found || f.OffsetB == 3<<20 && f.State == forensics.Whole
				return nil
			}, nil)
			if err != nil || found != c.found {
				t.Errorf("heads every %d bytes from %d on: found %v, %v", c.every, start, found, err)
			}
			if n := r.n.Load(); n > 40*int64(len(img)) {
				t.Errorf("heads every %d bytes: %d bytes read of %d", c.every, n, len(img))
			}
		}
	}
}

// counted counts the bytes that are read.
type counted struct {
	r io.ReaderAt
	n atomic.Int64
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	c.n.Add(int64(n))
	return n, err
}
