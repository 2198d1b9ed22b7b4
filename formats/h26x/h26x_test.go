package h26x

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// bitWriter writes bits and units, apart from how they are read.
type bitWriter struct {
	b []byte
	n int
}

func (w *bitWriter) bits(v uint32, n int) {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[len(w.b)-1] |= byte(v>>i&1) << (7 - w.n%8)
		w.n++
	}
}

func (w *bitWriter) ue(v uint32) {
	n := 0
	for (v+1)>>(n+1) > 0 {
		n++
	}
	w.bits(0, n)
	w.bits(v+1, n+1)
}

// unit ends the bits and makes a unit of a byte stream of them.
func (w *bitWriter) unit(head ...byte) []byte {
	w.bits(1, 1)
	out := append([]byte{0, 0, 0, 1}, head...)
	zeros := 0
	for _, c := range w.b {
		if zeros >= 2 && c <= 3 {
			out, zeros = append(out, 3), 0
		}
		out = append(out, c)
		if zeros++; c != 0 {
			zeros = 0
		}
	}
	return out
}

const wideMB, highMB = 4, 3

// avcStream makes n pictures: the first of plain samples, the rest of skipped
// macroblocks and some that move.
func avcStream(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var s bitWriter
	s.bits(66<<16|0xC0<<8|30, 24)
	for _, v := range []uint32{0, 0, 2, 1} {
		s.ue(v) // set, frame numbers of 4 bits, order 2, one reference
	}
	s.bits(0, 1)
	s.ue(wideMB - 1)
	s.ue(highMB - 1)
	s.bits(0b1100, 4)
	var p bitWriter
	p.ue(0)
	p.ue(0)
	p.bits(0, 2)
	p.ue(0)
	p.ue(0)
	p.ue(0)
	p.bits(0, 3)
	p.ue(0)
	p.ue(0)
	p.ue(0)
	p.bits(0, 3)
	out := append(s.unit(0x67), p.unit(0x68)...)
	for k := range n {
		var w bitWriter
		w.ue(0)
		if k == 0 {
			w.ue(7)
			w.ue(0)
			w.bits(0, 4)
			w.ue(0)      // picture
			w.bits(0, 2) // marking
			w.ue(0)      // qp
			for range wideMB * highMB {
				w.ue(25)
				w.bits(0, (8-w.n%8)%8)
				for range 384 {
					w.bits(uint32(rng.IntN(256)), 8)
				}
			}
			out = append(out, w.unit(0x65)...)
			continue
		}
		w.ue(5)
		w.ue(0)
		w.bits(uint32(k&15), 4)
		w.bits(0, 3) // references, order, marking
		w.ue(0)      // qp
		for at := 0; at < wideMB*highMB; at++ {
			run := min(rng.IntN(3), wideMB*highMB-at)
			w.ue(uint32(run))
			if at += run; at < wideMB*highMB {
				w.ue(0)
				w.ue(uint32(rng.IntN(4000)))
				w.ue(uint32(rng.IntN(4000)))
				w.ue(0) // no coefficients
			}
		}
		out = append(out, w.unit(0x41)...)
	}
	return out
}

func check(t *testing.T, b []byte) Report {
	t.Helper()
	r, err := Check(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func tails() map[string][]byte {
	rng := rand.New(rand.NewPCG(5, 6))
	random := make([]byte, 5000)
	for i := range random {
		random[i] = byte(rng.IntN(256))
	}
	return map[string][]byte{"nothing": nil, "zeros": make([]byte, 5000), "random": random, "text": bytes.Repeat([]byte("a line of text\n"), 300)}
}

func TestEnd(t *testing.T) {
	b := avcStream(20)
	if !Head(b) {
		t.Error("no head")
	}
	for name, tail := range tails() {
		r := check(t, append(bytes.Clone(b), tail...))
		if r.State != Whole || r.EndB != int64(len(b)) || r.Parsed != 20 || r.Slices != 20 || r.Width != 16*wideMB {
			t.Errorf("%s behind: %+v, want end %d", name, r, len(b))
		}
	}
	if r := check(t, b[27:]); r.State == Whole {
		t.Errorf("without its first set: %+v", r)
	}
}

func TestOrphan(t *testing.T) {
	b := avcStream(20)
	i := bytes.Index(b, []byte{0, 0, 0, 1, 0x65})
	if !HeadOrphan(b[i:]) {
		t.Fatal("no head of a group")
	}
	if r := check(t, append(bytes.Clone(b[i:]), make([]byte, 4096)...)); r.State != Orphan || r.Slices != 20 {
		t.Errorf("%+v", r)
	}
}

// TestCodesArePrefixFree holds the tables to what codes must be: none begins
// another, and together they leave no more than a few bits patterns over.
func TestCodesArePrefixFree(t *testing.T) {
	t.Parallel()
	try := func(name string, lengths, values []byte) {
		for i := range lengths {
			for j := range lengths {
				if a, b := lengths[i], lengths[j]; i != j && a > 0 && b >= a && values[j]>>(b-a) == values[i] {
					t.Errorf("%s: code %d begins code %d", name, i, j)
				}
			}
		}
		sum := 0
		for _, n := range lengths {
			if n > 0 {
				sum += 1 << (16 - n)
			}
		}
		if sum > 1<<16 || sum < 1<<16*7/8 {
			t.Errorf("%s: codes fill %d of 65536", name, sum)
		}
	}
	for i := range tokenLen {
		try("token", tokenLen[i][:], tokenCode[i][:])
	}
	try("chroma token", chromaLen[:], chromaCode[:])
	for i := range zerosLen {
		try("zeros", zerosLen[i], zerosCode[i])
	}
	for i := range chromaZerosLen {
		try("chroma zeros", chromaZerosLen[i], chromaZerosCode[i])
	}
	for i := range runLen {
		try("run", runLen[i], runCode[i])
	}
	for name, m := range map[string][48]byte{"intra": intraPattern, "inter": interPattern} {
		var seen [48]bool
		for _, v := range m {
			if seen[v] {
				t.Errorf("%s pattern %d twice", name, v)
			}
			seen[v] = true
		}
	}
}

// TestEncoded follows what a real encoder writes, code by code.
func TestEncoded(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("no ffmpeg")
	}
	for _, o := range []string{"cabac=0:bframes=0:ref=3:8x8dct=1:weightp=2", "cabac=0:bframes=0:slices=3:qp=1", "cabac=0:bframes=0:crf=40"} {
		f := filepath.Join(t.TempDir(), "x.h264")
		out, err := exec.Command(ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=162x122:r=12:d=1,noise=alls=20:allf=t", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-x264opts", o, "-f", "h264", f).CombinedOutput()
		if err != nil {
			t.Skipf("ffmpeg does not encode: %v %s", err, out)
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for name, tail := range tails() {
			if r := check(t, append(bytes.Clone(b), tail...)); r.State != Whole || r.EndB != int64(len(b)) || r.Parsed != r.Slices {
				t.Errorf("%s with %s behind: %+v, want end %d", o, name, r, len(b))
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(avcStream(4))
	f.Add([]byte("\x00\x00\x00\x01\x40\x01\x0c\x01\xff\xff\x00\x00\x01\x42\x01\x01\x01\x60"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Check(bytes.NewReader(b), int64(len(b)))
		if err != nil || r.EndB > int64(len(b)) || r.SureB > int64(len(b)) {
			t.Fatalf("%v %+v", err, r)
		}
	})
}
