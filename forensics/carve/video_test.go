package carve

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/forensics"
)

// poolTypes are the types of the pool of real files that this file's types find.
var poolTypes = map[string]bool{"mp4": true, "mov": true, "mpegps": true, "mkv": true, "avi": true, "mpegts": true, "h264": true}

// TestVideoPool holds every real file of a pool beside the repository to its
// exact end with other data behind it.
func TestVideoPool(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "media-pool")
	b, err := os.ReadFile(filepath.Join(dir, "pool.json"))
	if err != nil {
		t.Skip("no pool of real files beside the repository")
	}
	var files []struct{ File, Type string }
	if err := json.Unmarshal(b, &files); err != nil {
		t.Fatal(err)
	}
	types := videoTypes()
	for _, f := range files {
		if !poolTypes[f.Type] {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, f.File))
		if err != nil {
			t.Fatal(err)
		}
		for name, tail := range tails() {
			all := append(bytes.Clone(data), tail...)
			ty := Identify(types, all[:2048])
			if ty == nil {
				t.Errorf("%s: not identified", f.File)
				break
			}
			v, err := ty.Walk(bytes.NewReader(all), int64(len(all)))
			if err != nil {
				t.Fatal(err)
			}
			if v.State != forensics.Whole || v.LengthB != int64(len(data)) {
				t.Errorf("%s with %s behind: %v, %d of %d bytes: %s", f.File, name, v.State, v.LengthB, len(data), v.Reason)
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
