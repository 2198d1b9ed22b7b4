package sqlitefile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"firescene/formats/sqlitefile"
)

// poolFiles lists real files of a kind beside the repository.
func poolFiles(t *testing.T, kind string) []string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "data", "media-pool", kind, "*"))
	if len(files) == 0 {
		t.Skip("there is no pool of real files")
	}
	return files
}

func TestCheckRealFiles(t *testing.T) {
	for _, name := range poolFiles(t, "sqlite") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file := append(b[:len(b):len(b)], bytes.Repeat([]byte{0xa5}, 70_000)...)
		rep, err := sqlitefile.Check(bytes.NewReader(file), int64(len(file)))
		if err != nil || !rep.Whole || rep.EndB != int64(len(b)) || rep.Reached != rep.Pages {
			t.Errorf("%s (%d): %+v, %v", filepath.Base(name), len(b), rep, err)
		}
	}
}
