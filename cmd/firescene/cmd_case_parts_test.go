package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/forensics/casefile"
)

// An image in parts with a map of unread sectors is one medium of a case: all its
// files are exhibits, what the map calls unread is unread in the items, and a
// changed part ends the run.
func TestCaseMediumInParts(t *testing.T) {
	img, _ := mediaCard(t)
	in := t.TempDir()
	var names []string
	for i, at := 0, 0; at < len(img); i, at = i+1, at+500_000 {
		names = append(names, filepath.Join(in, fmt.Sprintf("card.%03d", i+1)))
		if err := os.WriteFile(names[i], img[at:min(at+500_000, len(img))], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	items, err := runMediaRecover(context.Background(), mediaOptions{Image: names[0], Out: t.TempDir()}, quiet)
	if err != nil || items.Files != len(names) || items.UnreadB != 0 {
		t.Fatalf("%+v, %v", items, err)
	}
	hole := int64(900_000)
	mapText := fmt.Sprintf("# Mapfile\n0 + 1\n0 %d +\n%d 4096 -\n%d %d +\n", hole, hole, hole+4096, int64(len(img))-hole-4096)
	if err := os.WriteFile(filepath.Join(in, "card.map"), []byte(mapText), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "case")
	if _, err := casefile.Init(t.Context(), dir, casefile.Meta{Number: "1", Title: "t", Zone: "+08:00"}, casefile.Options{By: "t"}); err != nil {
		t.Fatal(err)
	}
	// The parts are given too, as a shell pattern does.
	sum, err := runCaseAdd(t.Context(), caseAddOptions{dir: dir, kind: "media", files: names, by: "t"}, quiet)
	if err != nil || len(sum.Added) != len(names)+1 {
		t.Fatalf("%d added, %v, %+v", len(sum.Added), err, sum.Failed)
	}
	for i, e := range sum.Added {
		if (i == 0) != (e.Kind == forensics.KindMedia) || (i > 0) != (e.PartOf == "E001") {
			t.Errorf("%s is %s, part of %q", e.ID, e.Kind, e.PartOf)
		}
	}
	status, stdout, stderr := run(t, "run", dir, "--by", "t", "--lang", "en", "--quiet")
	if status != exitDone && status != exitSomeFailed {
		t.Fatalf("run: %d\n%s%s", status, stdout, stderr)
	}
	var got recoveredMedium
	if err := readJSON(filepath.Join(dir, itemsDir, "E001", resultFile), &got); err != nil || got.Media.UnreadB != 4096 || got.Media.Items < 5 {
		t.Errorf("%+v, %v", got, err)
	}
	traced := traceSummary{}
	status, stdout, stderr = run(t, "trace", dir, "F001", "--json")
	if err := json.Unmarshal([]byte(stdout), &traced); err != nil || status != exitDone || len(traced.Findings) != 1 || len(traced.Findings[0].To) == 0 {
		t.Fatalf("trace: %d, %v, %s%s", status, err, stdout, stderr)
	}
	for _, b := range traced.Findings[0].To {
		if !b.Intact || b.Why != "" || b.SizeB == 0 {
			t.Errorf("a locator of a medium in parts: %+v", b)
		}
	}
	part := filepath.Join(dir, filepath.FromSlash(sum.Added[1].Path))
	b, err := os.ReadFile(part)
	if err != nil {
		t.Fatal(err)
	}
	b[7] ^= 1
	os.Chmod(part, 0o644)
	if err := os.WriteFile(part, b, 0o444); err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(filepath.Join(dir, itemsDir, "E001"))
	if status, _, stderr := run(t, "run", dir, "--by", "t", "--lang", "en", "--quiet"); status != exitFailed || !strings.Contains(stderr, "E002") {
		t.Errorf("a changed part: %d, %s", status, stderr)
	}
}
