// Package followtest holds what the tests of all structure checkers ask: the
// exact end of whole files whatever lies behind them, no whole verdict for cut
// ones, nothing kept of chance data, and reports inside the data.
package followtest

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"firescene/formats/follow"
)

// Check is a structure checker.
type Check func(r io.ReaderAt, size int64) (follow.Report, error)

// Noise returns n random bytes, the same for a seed.
func Noise(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 77))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// Foreign returns what may lie behind a file or a fragment.
func Foreign(n int) [][]byte {
	text := []byte(strings.Repeat("2026-03-01 10:20:30 zone 4 smoke detector alarm\n", n/40+1))[:n]
	return [][]byte{Noise(11, n), text, make([]byte, n), bytes.Repeat([]byte{0xFF}, n)}
}

// Whole asks that a file is whole with its exact end, alone and with foreign
// data behind it, and that its head is taken.
func Whole(t *testing.T, name string, b []byte, check Check, head func([]byte) bool) {
	t.Helper()
	if !head(b[:min(64, len(b))]) {
		t.Errorf("%s: its head is not taken", name)
	}
	for i, tail := range append([][]byte{nil}, Foreign(4096)...) {
		d := append(bytes.Clone(b), tail...)
		r, err := check(bytes.NewReader(d), int64(len(d)))
		if err != nil || r.State != follow.Whole || r.EndB != int64(len(b)) {
			t.Errorf("%s, tail %d: %+v, %v; want the end at %d", name, i, r, err, len(b))
		}
	}
}

// Cuts asks that no cut of a file is called whole and that what is said to be
// good lies in it.
func Cuts(t *testing.T, name string, b []byte, check Check) {
	t.Helper()
	for n := 0; n < len(b); n += 1 + n/25 {
		r, err := check(bytes.NewReader(b[:n]), int64(n))
		if err != nil || r.State == follow.Whole || r.GoodB > int64(n) || r.SureB > int64(n) {
			t.Fatalf("%s cut at %d: %+v, %v", name, n, r, err)
		}
	}
}

// Splices asks, for foreign data from each of the offsets on, that nothing
// foreign is taken for sure and that the foreign data is seen within slack bytes;
// a slack below 0 asks only for the first.
func Splices(t *testing.T, name string, b []byte, check Check, slack int64, offsets ...int) {
	t.Helper()
	for _, at := range offsets {
		for i, f := range Foreign(len(b) + 1<<16) {
			d := append(bytes.Clone(b[:at]), f...)
			r, err := check(bytes.NewReader(d), int64(len(d)))
			if err != nil || r.State == follow.Whole || r.SureB > int64(at) || r.FailB != 0 && r.FailB < int64(at) {
				t.Errorf("%s, foreign data %d from %d: %+v, %v", name, i, at, r, err)
			}
			if slack >= 0 && (r.FailB == 0 || r.FailB > int64(at)+slack) {
				t.Errorf("%s, foreign data %d from %d: fails only at %d", name, i, at, r.FailB)
			}
		}
	}
}

// Decoys asks that nothing is kept of a file's first n bytes with foreign data behind.
func Decoys(t *testing.T, b []byte, check Check, n int) {
	t.Helper()
	for i := range 40 {
		d := append(bytes.Clone(b[:n]), Noise(uint64(i), 64<<10)...)
		if r, err := check(bytes.NewReader(d), int64(len(d))); err != nil || r.State == follow.Whole || r.GoodB != 0 {
			t.Errorf("decoy %d: %+v, %v", i, r, err)
		}
	}
}

// Bounds asks what holds for any data.
func Bounds(t *testing.T, b []byte, check Check) {
	n := int64(len(b))
	r, err := check(bytes.NewReader(b), n)
	if err != nil {
		t.Fatal(err)
	}
	if r.EndB > n || r.GoodB > n || r.SureB > n || r.FailB > n || r.EndB < 0 || r.GoodB < 0 || r.SureB < 0 || r.FailB < 0 || r.NeedB < 0 {
		t.Fatalf("outside the data of %d bytes: %+v", n, r)
	}
	if r.State == follow.Whole && (r.EndB == 0 || r.GoodB != r.EndB) {
		t.Fatalf("%+v", r)
	}
}

// Pool holds a checker against real files of a type when they are there: each
// must be whole with its exact end, alone and with foreign data behind, but for
// those excepted with a reason, and those known to carry foreign data behind.
func Pool(t *testing.T, pool fs.FS, kind string, except map[string]string, check Check, head func([]byte) bool) {
	t.Helper()
	raw, err := fs.ReadFile(pool, "pool.json")
	if err != nil {
		t.Skip("measuring data is not here: " + err.Error())
	}
	if testing.Short() {
		t.Skip("reads real files")
	}
	var files []struct {
		File, Type string
		Tags       []string
	}
	if err := json.Unmarshal(raw, &files); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		if f.Type != kind {
			continue
		}
		b, err := fs.ReadFile(pool, f.File)
		if err != nil {
			t.Fatal(err)
		}
		n++
		if why := except[path.Base(f.File)]; why != "" || slices.Contains(f.Tags, "trailer") {
			t.Logf("%s: %s", f.File, why)
			continue
		}
		Whole(t, f.File, b, check, head)
	}
	t.Logf("%d files", n)
}
