package casefile

import (
	"os"
	"slices"
	"testing"

	"firescene/forensics"
)

// Reading a case leaves no file in its folder, and takes none away that another
// process works with.
func TestReadingLeavesTheFolder(t *testing.T) {
	c := newCase(t)
	add(t, c, AddRequest{SourcePath: sourceFile(t, "a", 100, 1), Copy: true})
	names := func() (out []string) {
		entries, err := os.ReadDir(c.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			out = append(out, e.Name())
		}
		return out
	}
	read := func() {
		r, err := Open(t.Context(), c.dir, Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		if all, err := r.Exhibits(t.Context()); err != nil || len(all) == 0 {
			t.Errorf("%d exhibits, %v", len(all), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	working := names()
	read() // while it is open for writing
	if got := names(); !slices.Equal(got, working) {
		t.Errorf("beside a writer: %q became %q", working, got)
	}
	add(t, c, AddRequest{SourcePath: sourceFile(t, "b", 100, 2), Copy: true})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	closed := names()
	read()
	if got := names(); !slices.Equal(got, closed) {
		t.Errorf("%q became %q", closed, got)
	}
	verifyClean(t, reopen(t, c, true))
}

func TestClockExhibits(t *testing.T) {
	c := newCase(t)
	e := add(t, c, AddRequest{Kind: forensics.KindClock, SourcePath: sourceFile(t, "clocks", 100, 1), Copy: true,
		Clocks: []forensics.Clock{{ID: "dvr", SigmaS: 1, Method: "m"}, {ID: "panel", SigmaS: 1, Method: "m"}}})
	if err := c.PutClock(t.Context(), forensics.Clock{ID: "estimated", SigmaS: 3, Method: "from events"}); err != nil {
		t.Fatal(err)
	}
	got, err := c.ClockExhibits(t.Context())
	if err != nil || len(got) != 2 || got["dvr"] != e.ID || got["panel"] != e.ID {
		t.Errorf("%v, %v", got, err)
	}
}
