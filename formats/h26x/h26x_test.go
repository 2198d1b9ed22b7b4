package h26x

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"firescene/formats/h26x/h26xtest"
)

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
	b := h26xtest.AVC(20)
	if !Head(b) {
		t.Error("no head")
	}
	for name, tail := range tails() {
		r := check(t, append(bytes.Clone(b), tail...))
		if r.State != Whole || r.EndB != int64(len(b)) || r.Parsed != 20 || r.Slices != 20 || r.Width != h26xtest.Width {
			t.Errorf("%s behind: %+v, want end %d", name, r, len(b))
		}
	}
	if r := check(t, b[27:]); r.State == Whole {
		t.Errorf("without its first set: %+v", r)
	}
}

func TestOrphan(t *testing.T) {
	b := h26xtest.AVC(20)
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
	f.Add(h26xtest.AVC(4))
	f.Add([]byte("\x00\x00\x00\x01\x40\x01\x0c\x01\xff\xff\x00\x00\x01\x42\x01\x01\x01\x60"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Check(bytes.NewReader(b), int64(len(b)))
		if err != nil || r.EndB > int64(len(b)) || r.SureB > int64(len(b)) {
			t.Fatalf("%v %+v", err, r)
		}
	})
}
