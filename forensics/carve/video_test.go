package carve

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"firescene/forensics"
)

// poolTypes are the types of the pool of real files that this file's types find.
var poolTypes = map[string]bool{"mp4": true, "mov": true, "mpegps": true, "mkv": true, "avi": true, "mpegts": true, "h264": true}

// poolFiles reads the real files of the types from a pool beside the repository.
func poolFiles(t *testing.T) map[string][]byte {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", "media-pool")
	b, err := os.ReadFile(filepath.Join(dir, "pool.json"))
	if err != nil {
		t.Skip("no pool of real files beside the repository")
	}
	var files []struct{ File, Type string }
	if err := json.Unmarshal(b, &files); err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		if poolTypes[f.Type] {
			if out[f.File], err = os.ReadFile(filepath.Join(dir, f.File)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// TestVideoPool holds every real file to its exact end with other data behind it.
func TestVideoPool(t *testing.T) {
	types := videoTypes()
	for name, data := range poolFiles(t) {
		for what, tail := range tails() {
			all := append(bytes.Clone(data), tail...)
			ty := Identify(types, all[:2048])
			if ty == nil {
				t.Errorf("%s: not identified", name)
				break
			}
			v, err := ty.Walk(bytes.NewReader(all), int64(len(all)))
			if err != nil {
				t.Fatal(err)
			}
			if v.State != forensics.Whole || v.LengthB != int64(len(data)) {
				t.Errorf("%s with %s behind: %v, %d of %d bytes: %s", name, what, v.State, v.LengthB, len(data), v.Reason)
			}
		}
	}
}

// tails are what may lie behind a file.
func tails() map[string][]byte {
	random := make([]byte, 70000)
	src := rand.NewChaCha8([32]byte{7})
	src.Read(random)
	text := []byte(strings.Repeat("2024-03-01 10:20:30 zone 4 smoke detector value = 311\n", 1300))
	return map[string][]byte{"nothing": nil, "zeros": make([]byte, 70000), "random": random, "text": text,
		"zeros then random": append(make([]byte, 511), random...)}
}

// TestVideoPoolSplice puts foreign data into every real file: no verdict may be
// whole, and what is told of the place must hold.
func TestVideoPoolSplice(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	types := videoTypes()
	for name, data := range poolFiles(t) {
		for kind := range 3 {
			cut := 4096 * (1 + rng.IntN(len(data)/4096-1))
			gap := make([]byte, 4096*(1+rng.IntN(16)))
			for i := range gap {
				switch kind {
				case 0:
					gap[i] = byte(rng.IntN(256))
				case 1:
					gap[i] = byte(' ' + rng.IntN(90))
				}
			}
			all := slices.Concat(data[:cut], gap, data[cut:], make([]byte, 8192))
			v, err := Identify(types, all[:2048]).Walk(bytes.NewReader(all), int64(len(all)))
			if err != nil {
				t.Fatal(err)
			}
			if v.State == forensics.Whole || v.SureB > int64(cut) || v.FailB > 0 && v.FailB <= int64(cut) {
				t.Errorf("%s cut at %d: %v, sure %d, fail %d: %s", name, cut, v.State, v.SureB, v.FailB, v.Reason)
			}
		}
	}
}
