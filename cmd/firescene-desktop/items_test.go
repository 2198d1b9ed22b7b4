//go:build cgo && linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"firescene/forensics"
)

// TestReadItems reads a list of several blocks in the order of its lines, up to the
// first damaged one.
func TestReadItems(t *testing.T) {
	const n = 6000
	var list bytes.Buffer
	enc := json.NewEncoder(&list)
	for i := range n {
		if err := enc.Encode(forensics.Item{ID: fmt.Sprint("I", i), Exhibit: "E001", Type: "text", Name: strings.Repeat("n", 300+i%200), Reason: "r", Locators: []forensics.Locator{forensics.At("E001", int64(i), 5)}}); err != nil {
			t.Fatal(err)
		}
	}
	if list.Len() < 3*itemBlockB {
		t.Fatal("the list is too short to have blocks")
	}
	whole := list.Bytes()
	items, err := readItems(bytes.NewReader(whole))
	if err != nil || len(items) != n {
		t.Fatalf("%d of %d items, %v", len(items), n, err)
	}
	for i, it := range items {
		if it.ID != fmt.Sprint("I", i) || it.Locators[0].String() != forensics.At("E001", int64(i), 5).String() {
			t.Fatalf("item %d is %+v", i, it)
		}
	}
	last := bytes.LastIndexByte(whole[:len(whole)-1], '\n')
	items, err = readItems(bytes.NewReader(whole[:last+20]))
	if err == nil || len(items) != n-1 {
		t.Errorf("cut off within its last line: %d items, %v", len(items), err)
	}
	if items, err := readItems(strings.NewReader("")); err != nil || len(items) != 0 {
		t.Errorf("an empty list: %d items, %v", len(items), err)
	}
}
