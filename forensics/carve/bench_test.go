package carve

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"firescene/forensics/carve/pattern"
)

// benchImage is noise, text and zeros with pictures among them, as a medium that
// was much used holds them.
func benchImage(b *testing.B, size int) []byte {
	img := make([]byte, size)
	text := []byte(strings.Repeat("the report of zone 4: smoke detector alarm, user restarted the panel at 10:20:30; cable = 912345\n", 1<<20/98))
	dull := noise(9, 1<<20)
	for at, k := 0, 0; at < size; at, k = at+1<<20, k+1 {
		switch k % 4 {
		case 0, 1:
			copy(img[at:], dull)
		case 2:
			copy(img[at:], text)
		}
	}
	photo := picture(b, 1, 1200, 800, false)
	for at := 1 << 20; at+len(photo) < size; at += 16 << 20 {
		copy(img[at:], photo)
	}
	b.SetBytes(int64(size))
	b.ResetTimer()
	return img
}

func allPatterns() (out [][]byte) {
	for _, t := range Types() {
		for _, s := range t.Signatures {
			out = append(out, s.Bytes)
		}
	}
	for _, l := range layerSigns {
		out = append(out, []byte(l.sign))
	}
	return out
}

// BenchmarkSignatures is the search for the signatures of all types alone.
func BenchmarkSignatures(b *testing.B) {
	m := pattern.New(allPatterns())
	img := benchImage(b, 64<<20)
	var hits []pattern.Hit
	for b.Loop() {
		hits = m.Scan(img, len(img), hits[:0])
	}
	b.ReportMetric(float64(len(allPatterns())), "patterns")
}

// BenchmarkRun is the whole of carving, by the number of workers.
func BenchmarkRun(b *testing.B) {
	for workers := 1; workers <= 4; workers *= 2 {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			img := benchImage(b, 64<<20)
			for b.Loop() {
				runAll(b, Source{R: bytes.NewReader(img), SizeB: int64(len(img))}, workers)
			}
		})
	}
}

// BenchmarkRunImage carves the image that the environment variable
// FIRESCENE_BENCH_IMAGE names.
func BenchmarkRunImage(b *testing.B) {
	f, err := os.Open(os.Getenv("FIRESCENE_BENCH_IMAGE"))
	if err != nil {
		b.Skip("FIRESCENE_BENCH_IMAGE names no image")
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(st.Size())
	for b.Loop() {
		runAll(b, Source{R: f, SizeB: st.Size()}, 0)
	}
}

func runAll(b *testing.B, src Source, workers int) {
	n := 0
	err := Run(context.Background(), src, Options{Unaligned: true, Workers: workers, Depth: MaxDepth}, func(Find) error { n++; return nil }, nil)
	if err != nil || n == 0 {
		b.Fatalf("%d finds, %v", n, err)
	}
}
