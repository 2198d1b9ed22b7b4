package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/formats/layers"
)

func TestHosts(t *testing.T) {
	whole := func(name, kind string, off, sizeB int64) forensics.Item {
		return forensics.Item{Name: name, Type: kind, State: forensics.Whole, SizeB: sizeB, Confidence: 0.8, Runs: []forensics.ByteRun{{OffsetB: off, LengthB: sizeB}}}
	}
	types := map[string]*carve.Type{}
	for _, x := range carve.Types() {
		types[x.Name] = &x
	}
	member := func(off int64, path ...string) carve.Find {
		f := carve.Find{Type: types["jpeg"], Host: "ZIP member", Verdict: carve.Verdict{State: forensics.Whole, LengthB: 50}}
		for _, d := range path {
			f.Path = append(f.Path, forensics.Layer{OffsetB: off, Decoder: d})
		}
		return f
	}
	at := func(name string, off, sizeB int64) carve.Find {
		return carve.Find{Type: types[name], OffsetB: off, Verdict: carve.Verdict{State: forensics.Whole, LengthB: sizeB}}
	}
	var h hosts
	h.add(0, whole("a/album.ZIP", "zip", 1000, 500))
	h.add(1, whole("a/one.zip", "zip", 2000, 500))
	h.add(2, whole("a/hidden.dll", "zip", 3000, 500))
	h.add(3, whole("a/long.jpg", "jpeg", 4000, 500))
	h.add(4, whole("of a volume that fails.jpg", "jpeg", 6000, 500))
	h.add(5, whole("of a volume that fails.zip", "zip", 7000, 500))
	h.cut(4, 2)
	finds := []carve.Find{
		member(1000, layers.Zip), member(1200, layers.Zip), // several
		member(2000, layers.Zip),                           // the only one
		member(3000, layers.Zip), member(3200, layers.Zip), // under another name
		member(1300, layers.Zip, layers.Zip), // deeper
		at("jpeg", 4000, 400), at("jpeg", 4000, 600), at("png", 4000, 400),
		at("zip", 5000, 300), member(5000, layers.Zip), member(5100, layers.Zip), member(5300, layers.Zip),
		at("jpeg", 6000, 400), member(7000, layers.Zip), member(7100, layers.Zip),
	}
	want := []string{"ZIP member", "ZIP member", "", "", "", "", "the beginning of a/long.jpg", "", "", "", "ZIP member", "ZIP member", "", "", "", ""}
	h.carved(finds)
	for i := range finds {
		if got := h.of(&finds[i]); got != want[i] {
			t.Errorf("find %d: %q, want %q", i, got, want[i])
		}
	}
}

// A picture that stands alone behind an archive that holds it is a file, and its
// place in the archive a further one.
func TestMediaPartThatIsAFileToo(t *testing.T) {
	one, two := mediaPhoto(t, 1, 200, 150), mediaPhoto(t, 2, 200, 150)
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for i, p := range [][]byte{one, two} {
		w, err := z.Create(fmt.Sprintf("%d.jpg", i))
		if err != nil {
			t.Fatal(err)
		}
		w.Write(p)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	img := make([]byte, 1<<20)
	copy(img[64<<10:], archive.Bytes())
	copy(img[512<<10:], two)
	out := t.TempDir()
	if _, err := runMediaRecover(context.Background(), mediaOptions{Image: mediaFile(t, img), Out: out, Workers: 2}, quiet); err != nil {
		t.Fatal(err)
	}
	items, err := readItems(filepath.Join(out, itemsFile))
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]int{}
	for _, it := range items {
		places[it.File] = len(it.Locators)
	}
	want := map[string]int{"files/IMG_000000065536.zip": 1, "files/IMG_000000524288.jpg": 2, "embedded/IMG_000000065536-ZIP-000000000000.jpg": 1}
	if !reflect.DeepEqual(places, want) {
		t.Errorf("%v, want %v", places, want)
	}
}
