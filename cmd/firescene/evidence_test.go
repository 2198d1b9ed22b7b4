package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestChangedEvidenceEndsTheRun changes one byte of a log after it was
// added: the stage that would read it must refuse, and must
// leave what was made of it before as it was.
func TestChangedEvidenceEndsTheRun(t *testing.T) {
	dir := copyCase(t)
	logs, err := filepath.Glob(filepath.Join(dir, "00-evidence", "*alarm_panel.csv"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("%v %v", logs, err)
	}
	b, err := os.ReadFile(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-3] ^= 1
	if err := os.Chmod(logs[0], 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(logs[0], b, 0o644); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(dir, filepath.FromSlash(timelineDir), timelineFile)
	before, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	// Without its record the stage has to read its evidence again.
	if err := os.Remove(filepath.Join(dir, filepath.FromSlash(timelineDir), stepFile)); err != nil {
		t.Fatal(err)
	}
	_, err = runCase(context.Background(), runOptions{Case: dir, By: demoInvestigator, SparseOnly: true, Workers: 1}, quiet)
	if err == nil || !strings.Contains(err.Error(), "alarm_panel.csv is not what was added") {
		t.Fatalf("the run on changed evidence said %v", err)
	}
	if after, err := os.ReadFile(made); err != nil || string(after) != string(before) {
		t.Errorf("the earlier time line is gone or changed (%v)", err)
	}
}

// TestChangedMediumEndsTheRun changes one byte of an image after it was added.
func TestChangedMediumEndsTheRun(t *testing.T) {
	dir := copyCase(t)
	images, err := filepath.Glob(filepath.Join(dir, "00-evidence", "*recorder.img"))
	if err != nil || len(images) != 1 {
		t.Fatalf("%v %v", images, err)
	}
	if err := os.Chmod(images[0], 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(images[0], os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{0x5A}, 300); err != nil { // in the boot code, which nothing else checks
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	steps, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(itemsDir), "*", stepFile))
	if err != nil || len(steps) != 1 {
		t.Fatalf("%v %v", steps, err)
	}
	if err := os.Remove(steps[0]); err != nil {
		t.Fatal(err)
	}
	_, err = runCase(context.Background(), runOptions{Case: dir, By: demoInvestigator, SparseOnly: true, Workers: 1}, quiet)
	if err == nil || !strings.Contains(err.Error(), "recorder.img is not what was added") {
		t.Fatalf("the run on a changed medium said %v", err)
	}
}
