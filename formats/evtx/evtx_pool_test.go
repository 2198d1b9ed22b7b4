package evtx_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"firescene/formats/evtx"
)

func poolFiles(t *testing.T) []string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "data", "media-pool", "evtx", "*"))
	if len(files) == 0 {
		t.Skip("there is no pool of real files")
	}
	return files
}

func TestCheckRealFiles(t *testing.T) {
	for _, name := range poolFiles(t) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file := append(b[:len(b):len(b)], bytes.Repeat([]byte{0xa5}, 70_000)...)
		rep, err := evtx.Check(bytes.NewReader(file), int64(len(file)))
		if err != nil || !rep.Whole || rep.EndB != int64(len(b)) {
			t.Errorf("%s (%d): %+v, %v", filepath.Base(name), len(b), rep, err)
		}
	}
}

func TestEventsRealFiles(t *testing.T) {
	all, broken := 0, 0
	for _, name := range poolFiles(t) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		err = evtx.Events(context.Background(), bytes.NewReader(b), int64(len(b)), func(e evtx.Event) error {
			if e.OffsetB+e.LengthB > int64(len(b)) {
				t.Fatalf("%s: %+v", name, e)
			}
			has := map[string]bool{}
			for _, f := range e.Fields {
				has[f.Name] = true
			}
			if e.Old {
				return nil
			}
			all++
			if e.Partial || e.Provider == "" || !has["EventID"] || !has["TimeCreated"] || !has["Computer"] || !has["Channel"] {
				if broken++; broken < 5 {
					t.Logf("%s: %+v", filepath.Base(name), e)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d events, %d not complete", all, broken)
	if broken*1000 > all {
		t.Errorf("%d of %d events are not complete", broken, all)
	}
}
