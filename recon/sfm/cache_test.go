package sfm

import (
	"bytes"
	"context"
	"errors"
	"image"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"

	"firescene/recon"
)

// store is a cache in memory that can run full.
type store struct {
	mu      sync.Mutex
	entries map[string][]byte
	room    int // further entries that are taken; below zero: any number
	got     int // entries that were found
}

var errFull = errors.New("no room left")

func (c *store) Get(key string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, ok := c.entries[key]
	if ok {
		c.got++
	}
	return b, ok
}

func (c *store) Put(key string, b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.room == 0 {
		return errFull
	}
	c.room--
	c.entries[key] = bytes.Clone(b)
	return nil
}

// cachedPhotos are three small photos of the corner, with keys; opened counts how
// often one was opened.
func cachedPhotos() (photos []Photo, opened *int) {
	photos, _ = roomPhotos(3, sourceGiven)
	opened = new(int)
	var mu sync.Mutex
	for i := range photos {
		open := photos[i].Open
		pic, err := open()
		photos[i].Key = "content of " + photos[i].Name
		photos[i].Open = func() (image.Image, error) {
			mu.Lock()
			defer mu.Unlock()
			*opened++
			return pic, err
		}
	}
	return photos, opened
}

// TestCacheChangesNothing: without a cache, with an empty one, cut off after any
// number of entries, with a full one and with every entry damaged, the result is
// the same.
func TestCacheChangesNothing(t *testing.T) {
	photos, opened := cachedPhotos()
	run := func(c Cache) (*recon.SparseModel, error) {
		return Reconstruct(context.Background(), photos, Options{Workers: 2, Cache: c})
	}
	want, err := run(nil)
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string, c Cache) {
		t.Helper()
		got, err := run(c)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: another model", when)
		}
	}
	c := &store{entries: map[string][]byte{}, room: -1}
	check("empty cache", c)
	if n := len(c.entries); n != 3+3+3 {
		t.Errorf("%d entries of 3 photos and 3 pairs", n)
	}
	full := maps.Clone(c.entries)
	*opened = 0
	check("full cache", c)
	if *opened != 0 {
		t.Errorf("%d photos were opened though all was known", *opened)
	}
	for _, room := range []int{1, 5, 8} {
		cut := &store{entries: map[string][]byte{}, room: room}
		if _, err := run(cut); !errors.Is(err, errFull) {
			t.Fatalf("a cache without room: %v", err)
		}
		cut.room = -1
		check("after an end", cut)
		if cut.got < room {
			t.Errorf("of %d entries %d were used again", room, cut.got)
		}
	}
	for _, damage := range []func(b []byte) []byte{
		func(b []byte) []byte { return b[:len(b)/2] },
		func(b []byte) []byte { return nil },
		func(b []byte) []byte { b[len(b)/3] ^= 4; return b },
		func(b []byte) []byte { return append(b, 0) },
	} {
		for k, b := range full {
			c.entries[k] = damage(bytes.Clone(b))
		}
		check("damaged entries", c)
	}
	// Entries under each other's keys.
	keys := slices.Sorted(maps.Keys(full))
	for i, k := range keys {
		c.entries[k] = full[keys[(i+1)%len(keys)]]
	}
	check("exchanged entries", c)
}

// TestCacheKnowsItsOptions: other options, another camera or another picture
// under the same name must not find the old entries.
func TestCacheKnowsItsOptions(t *testing.T) {
	photos, _ := cachedPhotos()
	c := &store{entries: map[string][]byte{}, room: -1}
	run := func(opt Options) int {
		c.got = 0
		opt.Cache = c
		if _, err := Reconstruct(context.Background(), photos, opt); err != nil {
			t.Fatal(err)
		}
		return c.got
	}
	run(Options{})
	if n := run(Options{Workers: 3}); n != 9 {
		t.Errorf("%d of 9 entries were used again", n)
	}
	if n := run(Options{MaxFeatures: 500}); n != 0 {
		t.Errorf("%d entries were used for another number of features", n)
	}
	if n := run(Options{Seed: 8}); n != 6 {
		t.Errorf("%d entries were used for another seed, want features and matches", n)
	}
	photos[0].Key = "another picture"
	if n := run(Options{}); n != 2+1+1 {
		t.Errorf("%d entries were used after one photo changed", n)
	}
	for i := range photos {
		photos[i].Prior.FxPx++
	}
	if n := run(Options{}); n != 6 {
		t.Errorf("%d entries were used for another camera, want features and matches", n)
	}
	for i := range photos {
		photos[i].Key = ""
	}
	before := len(c.entries)
	if n := run(Options{}); n != 0 || len(c.entries) != before {
		t.Errorf("photos without a key: %d entries used, %d made", n, len(c.entries)-before)
	}
}

// FuzzCacheEntries holds that no entry makes the reading panic or take memory
// that it does not have.
func FuzzCacheEntries(f *testing.F) {
	f.Add([]byte{4, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add(appendMatches(nil, [][2]int32{{1, 2}, {3, 1}}))
	f.Add([]byte{255, 255, 255, 255, 1})
	two := &photo{keys: make([]key, 5)}
	f.Fuzz(func(t *testing.T, b []byte) {
		var p found
		p.decode(b)
		r := &reader{b: b}
		r.matches(two, two)
	})
}
