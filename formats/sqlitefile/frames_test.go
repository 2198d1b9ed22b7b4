package sqlitefile_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"firescene/formats/sqlitefile"
)

// during runs statements and returns a file that SQLite keeps beside the data
// base while it is open.
func during(t testing.TB, suffix string, statements ...string) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "t.db")
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	b, err := os.ReadFile(name + suffix)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var walStatements = []string{
	"pragma journal_mode=wal", "pragma wal_autocheckpoint=0",
	"create table e(id integer primary key, msg text, val real)",
	fill("e", 300, "i, 'message number '||i, i*0.5"), "delete from e where id between 100 and 139", "update e set msg='changed to '||id where id=7",
}

func TestWAL(t *testing.T) {
	b := during(t, "-wal", walStatements...)
	if !sqlitefile.WALHead(b) {
		t.Fatal("no head")
	}
	file := append(b[:len(b):len(b)], bytes.Repeat([]byte{7}, 30_000)...)
	l, err := sqlitefile.CheckWAL(bytes.NewReader(file), int64(len(file)))
	if err != nil || l.EndB != int64(len(b)) || !l.Closed {
		t.Fatalf("%+v, %v; want %d bytes", l, err, len(b))
	}
	live, gone := map[string]bool{}, map[string]bool{}
	err = sqlitefile.WALRows(context.Background(), bytes.NewReader(b), int64(len(b)), func(r sqlitefile.Row) error {
		if r.Table != "e" {
			return nil
		}
		s := fmt.Sprint(r.Values[1])
		if r.OffsetB <= 0 || r.OffsetB+r.LengthB > int64(len(b)) || !bytes.Contains(b[r.OffsetB:r.OffsetB+r.LengthB], []byte(s)) {
			t.Fatalf("%q is not at %d+%d", s, r.OffsetB, r.LengthB)
		}
		if r.Deleted {
			gone[s] = true
		} else {
			live[s] = true
		}
		return nil
	})
	if err != nil || len(live) != 260 || len(gone) != 41 || !gone["message number 7"] || !live["changed to 7"] || !gone["message number 110"] {
		t.Errorf("%d live, %d deleted, %v", len(live), len(gone), err)
	}
	b[len(b)-5]++
	if l, _ := sqlitefile.CheckWAL(bytes.NewReader(b), int64(len(b))); l.EndB >= int64(len(b)) || l.FailB != int64(len(b)) {
		t.Errorf("a changed frame: %+v", l)
	}
}

func TestJournal(t *testing.T) {
	b := during(t, "-journal", "create table e(id integer primary key, msg text, val real)", fill("e", 3000, "i, 'message number '||i, i*0.5"),
		"pragma cache_size=5", "begin", "update e set msg='changed'")
	l, err := sqlitefile.CheckJournal(bytes.NewReader(b), int64(len(b)))
	if err != nil || !sqlitefile.JournalHead(b) || l.Frames < 10 || l.EndB > int64(len(b)) {
		t.Fatalf("%+v, %v", l, err)
	}
	n := 0
	err = sqlitefile.JournalRows(context.Background(), bytes.NewReader(b), int64(len(b)), func(r sqlitefile.Row) error {
		if !r.Deleted && len(r.Values) == 3 && fmt.Sprint(r.Values[1]) == fmt.Sprintf("message number %d", r.RowID) {
			n++
		}
		return nil
	})
	if err != nil || n < 1000 {
		t.Errorf("%d rows, %v", n, err)
	}
}

func TestPages(t *testing.T) {
	for _, size := range []int{1024, 4096} {
		b := build(t, fmt.Sprintf("pragma page_size=%d", size), "create table e(id integer primary key, ts integer, msg text)", "create table f(x text, y)", fill("e", 2000, "i, 1700000000+i, 'message number '||i"))
		for at := 2 * size; at < len(b); at += size {
			if !sqlitefile.PagesHead(b[at:]) || at+2*size > len(b) {
				continue
			}
			piece := b[at : len(b)-size/2]
			p, end, err := sqlitefile.CheckPages(bytes.NewReader(piece), int64(len(piece)))
			if err != nil || p != size || end < int64(size) || end > int64(len(piece)) {
				t.Fatalf("page at %d: %d, %d, %v", at, p, end, err)
			}
			tables, err := sqlitefile.Tables(context.Background(), bytes.NewReader(b[:size]), int64(size))
			if err != nil || len(tables) != 2 {
				t.Fatalf("%v, %v", tables, err)
			}
			for _, known := range [][]sqlitefile.Table{nil, tables} {
				n := 0
				err = sqlitefile.PageRows(context.Background(), bytes.NewReader(piece), int64(len(piece)), known, func(r sqlitefile.Row) error {
					if (r.Table == "e" && r.Names[2] == "msg") == (known != nil) && r.Values[2] == fmt.Sprintf("message number %d", r.RowID) && bytes.Contains(piece[r.OffsetB:r.OffsetB+r.LengthB], []byte("message number")) {
						n++
					}
					return nil
				})
				if err != nil || n < 5 {
					t.Fatalf("page at %d: %d rows, %v", at, n, err)
				}
			}
		}
	}
}

func FuzzFrames(f *testing.F) {
	f.Add(during(f, "-wal", walStatements...))
	f.Add(during(f, "-journal", "create table e(id integer primary key, msg text)", fill("e", 50, "i, i"), "begin", "update e set msg='changed'"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, n := bytes.NewReader(b), int64(len(b))
		emit := func(sqlitefile.Row) error { return nil }
		_ = sqlitefile.WALRows(context.Background(), r, n, emit)
		_ = sqlitefile.JournalRows(context.Background(), r, n, emit)
		_ = sqlitefile.PageRows(context.Background(), r, n, nil, emit)
		_ = sqlitefile.PageRows(context.Background(), r, n, []sqlitefile.Table{{Name: "e", SQL: "create table e(id integer primary key, msg text)"}}, emit)
	})
}
