package sqlitefile_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"firescene/formats/sqlitefile"
)

func rowsOf(t testing.TB, b []byte, o sqlitefile.RowOptions) (rows []sqlitefile.Row) {
	t.Helper()
	err := sqlitefile.Rows(context.Background(), bytes.NewReader(b), int64(len(b)), o, func(r sqlitefile.Row) error {
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// dump reads a table by SQLite itself: row number to the other values in words.
func dump(t testing.TB, name, table string) map[int64]string {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rs, err := db.Query("select rowid, * from " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer rs.Close()
	out := map[int64]string{}
	cols, _ := rs.Columns()
	for rs.Next() {
		v := make([]any, len(cols))
		p := make([]any, len(cols))
		for i := range v {
			p[i] = &v[i]
		}
		if err := rs.Scan(p...); err != nil {
			t.Fatal(err)
		}
		out[v[0].(int64)] = fmt.Sprint(v[1:]...)
	}
	return out
}

func TestLiveRows(t *testing.T) {
	dir := t.TempDir()
	for i, first := range []string{"pragma page_size=512", "pragma encoding='UTF-16be'", "pragma auto_vacuum=1"} {
		name := filepath.Join(dir, fmt.Sprint(i))
		run(t, name, first, "create table e(id integer primary key, a text, \"b c\" real, [d] blob, e numeric default 3, check(a<>''))",
			fill("e", 700, "i*3, 'row '||i||' 火', i/7.0, randomblob(i*3), case i%3 when 0 then null when 1 then -i*100000 else 1 end"))
		want := dump(t, name, "e")
		b, _ := os.ReadFile(name)
		n := 0
		for _, r := range rowsOf(t, b, sqlitefile.RowOptions{Live: true}) {
			if r.Deleted || r.Table != "e" {
				continue
			}
			n++
			r.Values[0] = r.RowID
			if got := fmt.Sprint(r.Values...); got != want[r.RowID] {
				t.Fatalf("%s: row %d: %.200s; want %.200s", first, r.RowID, got, want[r.RowID])
			}
		}
		if n != len(want) {
			t.Errorf("%s: %d rows of %d", first, n, len(want))
		}
	}
}

// Deleted rows come back, and every row that is reported was there.
func TestDeletedRows(t *testing.T) {
	cases := []struct {
		name, table string
		before      []string
		delete      []string
		least       float64 // share of the deleted rows
	}{
		{"single rows", "e", nil, []string{"delete from e where id%5=0"}, 0.95},
		{"neighbours", "e", nil, []string{"delete from e where id%20<6"}, 0.9},
		{"whole pages", "e", nil, []string{"delete from e where id between 300 and 1200"}, 0.85},
		{"all", "e", nil, []string{"delete from e"}, 0.9},
		{"dropped", "e", nil, []string{"drop table e"}, 0.9},
		{"reused", "e", nil, []string{"delete from e where id%4=0", fill("e", 100, "5000+i, i, 'new', 'shorter '||i, 1.5")}, 0.5},
		{"one at a time", "e", nil, []string{"delete from e where id=17", "delete from e where id=16", "delete from e where id=18", "delete from e where id=1900"}, 0.95},
	}
	for _, c := range cases {
		for _, size := range []int{1024, 4096} {
			name := filepath.Join(t.TempDir(), "d")
			run(t, name, fmt.Sprintf("pragma page_size=%d", size), "pragma secure_delete=0",
				"create table e(id integer primary key, ts integer, dev text, msg text, val real)", "create table o(a text, b)",
				fill("e", 2000, "i, 1700000000+i*7, 'DEV-'||(i%17), 'message '||hex(randomblob(6))||' number '||i, i*0.37"), fill("o", 30, "'note '||i, i"))
			was := dump(t, name, "e")
			run(t, name, append([]string{"pragma secure_delete=0"}, c.delete...)...)
			live := map[int64]string{}
			if c.name != "dropped" {
				live = dump(t, name, "e")
			}
			gone := map[string]bool{}
			for id, s := range was {
				if live[id] != s {
					gone[s[len(fmt.Sprint(id)):]] = true
				}
			}
			b, _ := os.ReadFile(name)
			found, invented := 0, 0
			for _, r := range rowsOf(t, b, sqlitefile.RowOptions{}) {
				if r.Table != "e" || len(r.Missing) > 0 {
					continue
				}
				r.Values[0] = ""
				s := fmt.Sprint(r.Values...)
				if len(s) > 0 && s[0] != ' ' {
					s = " " + s
				}
				if gone[s] {
					found++
					delete(gone, s)
				} else {
					invented++
					t.Logf("%s: not a deleted row: %d %q %s", c.name, r.RowID, s, r.How)
				}
			}
			if total := found + len(gone); float64(found) < c.least*float64(total) || invented*100 > found {
				t.Errorf("%s, pages of %d: %d of %d deleted rows found, %d invented", c.name, size, found, total, invented)
			}
		}
	}
}

// Space that holds anything else gives no rows.
func TestNoInventedRows(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	b := build(t, "pragma secure_delete=1", "create table e(id integer primary key, ts integer, dev text, msg text, val real)", "create table f(a text, b text)",
		"create table w(a, b, c, d integer)", "create table z(x integer, y integer)",
		fill("e", 3000, "i, 1700000000+i, 'DEV', 'message '||i, i*0.5"), fill("f", 50, "'a'||i, 'b'||i"), fill("w", 50, "i, 'x', i*0.5, i"), fill("z", 90, "i, i*i"),
		"delete from e where id>200")
	text := bytes.Repeat([]byte("fire alarm zone 7, detector\n restarted (value = 12.5); user \"admin\"\t"), 3000)
	for name, noise := range map[string]func(p []byte){
		"random": func(p []byte) {
			for i := range p {
				p[i] = byte(r.Uint32())
			}
		},
		"zeros": func(p []byte) { clear(p) },
		"text":  func(p []byte) { copy(p, text[r.IntN(1000):]) },
		"low": func(p []byte) {
			for i := range p {
				p[i] = byte(r.Uint32() & 15)
			}
		},
		"counted": func(p []byte) {
			for i := range p {
				p[i] = byte(i / 4 * (i & 3 / 3))
			}
		},
	} {
		for range 6 {
			file := append([]byte{}, b...)
			// All pages that hold nothing are filled: they are of the free list.
			for at := 40 * 4096; at+4096 <= len(file); at += 4096 {
				noise(file[at : at+4096])
			}
			for _, row := range rowsOf(t, file, sqlitefile.RowOptions{}) {
				t.Errorf("%s: row of %q invented: %q, %s", name, row.Table, row.Values, row.How)
			}
		}
	}
}

func FuzzRows(f *testing.F) {
	for _, b := range variants(f) {
		if len(b) < 200_000 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		err := sqlitefile.Rows(context.Background(), bytes.NewReader(b), int64(len(b)), sqlitefile.RowOptions{Live: true}, func(r sqlitefile.Row) error {
			if len(r.Names) != len(r.Values) || r.OffsetB < 0 || r.OffsetB+r.LengthB > int64(len(b)) {
				t.Fatalf("%+v of %d bytes", r, len(b))
			}
			return nil
		})
		_ = err
	})
}

// Of a file that is cut all rows that are there are given.
func TestRowsOfCutFile(t *testing.T) {
	b := build(t, "create table e(id integer primary key, msg text)", fill("e", 3000, "i, 'message number '||i"))
	cut := b[:len(b)/2]
	n := 0
	for _, r := range rowsOf(t, cut, sqlitefile.RowOptions{}) {
		if r.Table == "e" && !r.Deleted && r.Values[1] == fmt.Sprintf("message number %d", r.RowID) && r.Values[0] == r.RowID {
			n++
		}
	}
	if n < 1000 {
		t.Errorf("%d rows", n)
	}
}
