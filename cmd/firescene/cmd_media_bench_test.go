package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// benchImage is an image of 256 MiB, half of it random, a quarter text, a fifth
// zeros, with a picture in each of its 4 MiB; or the image that
// FIRESCENE_BENCH_IMAGE names.
func benchImage(b *testing.B) string {
	if p := os.Getenv("FIRESCENE_BENCH_IMAGE"); p != "" {
		return p
	}
	const size, part = 256 << 20, 4 << 20
	p := filepath.Join(b.TempDir(), "bench.img")
	f, err := os.Create(p)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	words := []string{"alarm ", "zone ", "panel ", "smoke ", "detector ", "restart ", "value ", "login ", "error\n"}
	buf := make([]byte, part)
	for at := 0; at < size; at += part {
		clear(buf)
		for i := 0; i < part/2; i += 8 {
			v := rng.Uint64()
			for k := range 8 {
				buf[i+k] = byte(v >> (8 * k))
			}
		}
		for i := part / 2; i < part*3/4; {
			i += copy(buf[i:part*3/4], words[rng.IntN(len(words))])
		}
		copy(buf[part*7/8:], mediaPhoto(b, uint64(at), 640, 480))
		if _, err := f.Write(buf); err != nil {
			b.Fatal(err)
		}
	}
	return p
}

// BenchmarkMediaRecover is the whole job: hash, scan, check, write, hash again.
func BenchmarkMediaRecover(b *testing.B) {
	image := benchImage(b)
	st, err := os.Stat(image)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(st.Size())
	for b.Loop() {
		if _, err := runMediaRecover(context.Background(), mediaOptions{Image: image, Out: b.TempDir(), Workers: 2}, quiet); err != nil {
			b.Fatal(err)
		}
	}
}
