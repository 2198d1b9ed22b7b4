package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestWorkStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out", "work")
	s := openWorkStore(dir)
	if _, ok := s.Get("a"); ok {
		t.Error("something out of nothing")
	}
	for key, value := range map[string]string{"a": "one", "b": "", "c": "three"} {
		must(t, s.Put(key, []byte(value)))
	}
	must(t, s.Put("a", []byte("two"))) // a later result of the same part
	again := openWorkStore(dir)
	for key, want := range map[string]string{"a": "two", "b": "", "c": "three"} {
		if got, ok := again.Get(key); !ok || string(got) != want {
			t.Errorf("%s: %q %v", key, got, ok)
		}
	}
	whole, err := os.ReadFile(s.path("c"))
	must(t, err)
	for i := range whole { // every bit counts
		bad := bytes.Clone(whole)
		bad[i] ^= 1
		put(t, s.path("c"), bad)
		if _, ok := s.Get("c"); ok {
			t.Fatalf("a change of byte %d is not seen", i)
		}
		put(t, s.path("c"), whole[:i])
		if _, ok := s.Get("c"); ok {
			t.Fatalf("a file cut at %d is taken", i)
		}
	}
	must(t, os.Rename(s.path("a"), s.path("b"))) // another part's result
	if _, ok := s.Get("b"); ok {
		t.Error("taken for another key")
	}
	must(t, s.remove())
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(dir)); !os.IsNotExist(err) {
		t.Error("the empty folder around it is left:", err)
	}
	must(t, os.Mkdir(filepath.Dir(dir), 0o755))
	put(t, dir, []byte("in the way"))
	if s.Put("a", nil) == nil {
		t.Error("kept nowhere")
	}
}
