package casefile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"firescene/forensics"
	"firescene/formats"
)

// testNow gives times that rise by a second a call.
func testNow() func() time.Time {
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	return func() time.Time { at = at.Add(time.Second); return at }
}

var testMeta = Meta{Number: "消火认字〔2026〕第0001号", Title: "某仓库火灾", Place: "仓库", FireDate: "2026-02-28",
	Agency: "消防救援大队", Investigators: []string{"甲", "乙"}, Language: "zh", Zone: "+08:00"}

func newCase(t testing.TB) *Case {
	t.Helper()
	c, err := Init(t.Context(), filepath.Join(t.TempDir(), "case 火#1%20"), testMeta, Options{By: "甲", Now: testNow()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func reopen(t testing.TB, c *Case, readOnly bool) *Case {
	t.Helper()
	c.Close()
	again, err := Open(t.Context(), c.dir, Options{By: "乙", Now: testNow(), ReadOnly: readOnly})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { again.Close() })
	return again
}

// sourceFile writes a file of pseudo-random bytes.
func sourceFile(t testing.TB, name string, sizeB int, seed uint64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	b := make([]byte, sizeB)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	r.Read(b)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func add(t testing.TB, c *Case, r AddRequest) forensics.Exhibit {
	t.Helper()
	if r.Kind == "" {
		r.Kind = forensics.KindLog
	}
	e, err := c.AddExhibit(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func verifyClean(t testing.TB, c *Case) VerifyReport {
	t.Helper()
	rep, err := c.Verify(t.Context(), VerifyOptions{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Changes) > 0 {
		t.Fatalf("changes in an untouched case: %+v", rep.Changes)
	}
	return rep
}

func TestCaseKeepsWhatItIsGiven(t *testing.T) {
	ctx := t.Context()
	c := newCase(t)
	path := filepath.Join(t.TempDir(), "abc.log")
	os.WriteFile(path, []byte("abc"), 0o644)
	clock := forensics.Clock{ID: "dvr", Zone: "+08:00", OffsetS: 312, SigmaS: 2, CheckedAt: time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC), Method: "photo beside a phone"}
	passage := forensics.Statement{Speaker: "张三", Time: "21:14", Text: "看到火光", Locator: forensics.Locator{Runs: []forensics.ByteRun{{OffsetB: 0, LengthB: 3}}}}
	e := add(t, c, AddRequest{SourcePath: path, Copy: true, Clock: "dvr", Note: "n", Statements: []forensics.Statement{passage},
		Clocks:       []forensics.Clock{clock},
		Observations: []Observation{{ID: "O1", Body: []byte(`{"id":"O1"}`)}}, Pose: &ScanPose{Verdict: "stated"}})
	// Hashes of "abc" as FIPS 180-4 and GB/T 32905-2016 print them.
	if e.SHA256 != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("SHA-256 of abc is %s", e.SHA256)
	}
	if e.SM3 != "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" {
		t.Errorf("SM3 of abc is %s", e.SM3)
	}
	if e.ID != "E001" || e.Label != "abc.log" || e.AddedBy != "甲" || e.Path != "00-evidence/E001-abc.log" {
		t.Errorf("exhibit %+v", e)
	}
	if info, err := os.Stat(c.ExhibitPath(e)); err != nil || info.Mode().Perm()&0o222 != 0 {
		t.Errorf("the copy is not read-only: %v %v", info, err)
	}
	ref := add(t, c, AddRequest{Kind: forensics.KindMedia, SourcePath: sourceFile(t, "disk.img", 3<<20+5, 1), Label: "硬盘"})
	if ref.ID != "E002" || ref.Copied || !filepath.IsAbs(ref.Path) {
		t.Errorf("referenced exhibit %+v", ref)
	}

	c = reopen(t, c, true)
	meta, err := c.Meta(ctx)
	if err != nil || !reflect.DeepEqual(meta, testMeta) {
		t.Errorf("meta %+v, %v", meta, err)
	}
	all, err := c.Exhibits(ctx)
	if err != nil || !reflect.DeepEqual(all, []forensics.Exhibit{e, ref}) {
		t.Errorf("exhibits %+v, %v", all, err)
	}
	if clocks, err := c.Clocks(ctx); err != nil || !reflect.DeepEqual(clocks, []forensics.Clock{clock}) {
		t.Errorf("clocks %+v, %v", clocks, err)
	}
	passages, err := c.Statements(ctx, "E001")
	if err != nil || len(passages) != 1 || passages[0].Text != "看到火光" || passages[0].Locator.String() != "E001/0+3" {
		t.Errorf("statements %+v, %v", passages, err)
	}
	if obs, err := c.Observations(ctx); err != nil || len(obs) != 1 || obs[0].Exhibit != "E001" || string(obs[0].Body) != `{"id":"O1"}` {
		t.Errorf("observations %s, %v", obs, err)
	}
	if poses, err := c.ScanPoses(ctx); err != nil || poses["E001"].Verdict != "stated" {
		t.Errorf("poses %+v, %v", poses, err)
	}
	log, err := c.Log(ctx)
	if err != nil || len(log) != 3 || log[1].Action != "add" || log[1].Exhibit != "E001" || log[1].Who != "甲" {
		t.Errorf("log %+v, %v", log, err)
	}
	if rep := verifyClean(t, c); rep.Exhibits != 2 || rep.Bytes != 3+3<<20+5 || rep.Head != log[2].Hash {
		t.Errorf("verify %+v", rep)
	}
	if _, err := c.AddExhibit(ctx, AddRequest{SourcePath: path}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("adding to a case opened for reading: %v", err)
	}
	if err := c.PutClock(ctx, forensics.Clock{ID: "x"}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("writing to a case opened for reading: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	c := newCase(t)
	first := sourceFile(t, "a.bin", 5000, 7)
	add(t, c, AddRequest{SourcePath: first, Copy: true, Clocks: []forensics.Clock{{ID: "dvr"}}})
	tests := []struct {
		name string
		r    AddRequest
		want string
	}{
		{"same bytes", AddRequest{SourcePath: sourceFile(t, "b.bin", 5000, 7), Copy: true}, "same bytes as exhibit E001"},
		{"same bytes by reference", AddRequest{SourcePath: first}, "same bytes as exhibit E001"},
		{"a folder", AddRequest{SourcePath: t.TempDir()}, "not a regular file"},
		{"nothing there", AddRequest{SourcePath: filepath.Join(t.TempDir(), "no")}, "no such file"},
		{"known clock", AddRequest{SourcePath: sourceFile(t, "c", 10, 1), Copy: true, Clocks: []forensics.Clock{{ID: "dvr"}}}, "recorded already (from E001)"},
		{"clock twice", AddRequest{SourcePath: sourceFile(t, "c", 10, 1), Copy: true, Clocks: []forensics.Clock{{ID: "x"}, {ID: "x"}}}, "stated twice"},
		{"negative sigma", AddRequest{SourcePath: sourceFile(t, "c", 10, 1), Copy: true, Clocks: []forensics.Clock{{ID: "x", SigmaS: -1}}}, "can not be negative"},
		{"drift without check", AddRequest{SourcePath: sourceFile(t, "c", 10, 1), Copy: true, Clocks: []forensics.Clock{{ID: "x", DriftPPM: 3}}}, "checked_at"},
	}
	for _, tt := range tests {
		_, err := c.AddExhibit(t.Context(), tt.r)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q in it", tt.name, err, tt.want)
		}
	}
	if rep := verifyClean(t, c); rep.Exhibits != 1 || rep.Entries != 2 || len(rep.Notes) != 0 {
		t.Errorf("after refusals: %+v", rep)
	}
	e := add(t, c, AddRequest{SourcePath: sourceFile(t, "c", 10, 1), Clocks: []forensics.Clock{{ID: "dvr", OffsetS: 4}}, Replace: true})
	clocks, _ := c.Clocks(t.Context())
	log, _ := c.Log(t.Context())
	if e.ID != "E002" || clocks[0].OffsetS != 4 || !strings.Contains(string(log[2].Details), "clock dvr from E001") {
		t.Errorf("replacing a clock: %+v %+v %s", e, clocks, log[2].Details)
	}
	if _, err := Init(t.Context(), c.dir, testMeta, Options{}); err == nil || !strings.Contains(err.Error(), "is a case already") {
		t.Errorf("second init: %v", err)
	}
	if _, err := Open(t.Context(), t.TempDir(), Options{}); err == nil || !strings.Contains(err.Error(), "firescene case init") {
		t.Errorf("opening a plain folder: %v", err)
	}
}

func TestSourceThatChangesWhileRead(t *testing.T) {
	c := newCase(t)
	path := sourceFile(t, "growing.log", 3<<20, 3)
	grown := false
	_, err := c.AddExhibit(t.Context(), AddRequest{SourcePath: path, Copy: true, Progress: func(done, _ int64) {
		if !grown {
			grown = true
			f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			f.WriteString("one more line\n")
			f.Close()
		}
	}})
	if err == nil || !strings.Contains(err.Error(), "changed while it was read") {
		t.Errorf("error %v", err)
	}
	if rep := verifyClean(t, c); rep.Exhibits != 0 || len(rep.Notes) != 0 {
		t.Errorf("something was left: %+v", rep)
	}
}

func TestCancelLeavesNothing(t *testing.T) {
	c := newCase(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := c.AddExhibit(ctx, AddRequest{SourcePath: sourceFile(t, "a", 8<<20, 3), Copy: true, Progress: func(done, _ int64) {
		if done > 3<<20 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if rep := verifyClean(t, c); rep.Exhibits != 0 || len(rep.Notes) != 0 {
		t.Errorf("something was left: %+v", rep)
	}
}

func TestNewerAndForeignDatabases(t *testing.T) {
	c := newCase(t)
	if _, err := c.db.Exec("PRAGMA user_version=7"); err != nil {
		t.Fatal(err)
	}
	c.Close()
	before, _ := os.ReadFile(filepath.Join(c.dir, databaseName))
	for _, readOnly := range []bool{true, false} {
		_, err := Open(t.Context(), c.dir, Options{ReadOnly: readOnly})
		if !formats.IsUnsupported(err) || !strings.Contains(err.Error(), "reads case version 7") {
			t.Errorf("newer case, readOnly=%v: %v", readOnly, err)
		}
	}
	if after, _ := os.ReadFile(filepath.Join(c.dir, databaseName)); !bytes.Equal(before, after) {
		t.Error("a case of a newer version was written to")
	}
	for name, content := range map[string][]byte{
		"not SQLite": []byte(strings.Repeat("no database ", 100)),
		"truncated":  before[:len(before)/2+100],
		"headless":   append([]byte("x"), before[1:]...),
	} {
		dir := t.TempDir()
		os.WriteFile(filepath.Join(dir, databaseName), content, 0o644)
		c, err := Open(t.Context(), dir, Options{ReadOnly: true})
		if err == nil {
			_, err = c.Verify(t.Context(), VerifyOptions{})
			c.Close()
		}
		if !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Errorf("%s: error %v, want a FormatError", name, err)
		}
	}
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, databaseName), nil, 0o644)
	if _, err := Open(t.Context(), dir, Options{}); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("empty database: %v", err)
	}
	c, err := Init(t.Context(), dir, testMeta, Options{})
	if err != nil {
		t.Fatalf("init goes on after an interrupted one: %v", err)
	}
	c.Close()
}

// A damaged database gives an error or is seen by Verify; it never panics. Bytes
// that SQLite does not use (free space in pages) may change unseen.
func TestDamagedDatabaseDoesNotPanic(t *testing.T) {
	c := newCase(t)
	add(t, c, AddRequest{SourcePath: sourceFile(t, "a", 100, 1), Copy: true})
	c.Close()
	clean, err := os.ReadFile(filepath.Join(c.dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	seen := 0
	for range 150 {
		b := bytes.Clone(clean)
		for range 1 + r.IntN(4) {
			b[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
		}
		os.WriteFile(filepath.Join(c.dir, databaseName), b, 0o644)
		c, err := Open(t.Context(), c.dir, Options{ReadOnly: true})
		if err != nil {
			seen++
			continue
		}
		if rep, err := c.Verify(t.Context(), VerifyOptions{}); err != nil || len(rep.Changes) > 0 {
			seen++
		}
		c.Close()
	}
	if seen < 5 {
		t.Errorf("only %d of 150 damaged databases were noticed", seen)
	}
}

func TestSafeName(t *testing.T) {
	for in, want := range map[string]string{
		"火灾 照片.jpg": "火灾 照片.jpg", "a/b\\c:d.txt": "a_b_c_d.txt", "x\x00y\n": "x_y_", "bad\xff.jpg": "bad_.jpg", "dots...": "dots",
		strings.Repeat("火", 100) + ".jpeg": strings.Repeat("火", 38) + ".jpeg",
	} {
		if got := safeName(in); got != want {
			t.Errorf("safeName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestExhibitOrderIsNumeric(t *testing.T) {
	var all []forensics.Exhibit
	for i := range 1200 {
		id := nextExhibitID(all)
		if want := fmt.Sprintf("E%03d", i+1); id != want {
			t.Fatalf("ID %s, want %s", id, want)
		}
		all = append(all, forensics.Exhibit{ID: id})
	}
}
