package sqlitefile_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"firescene/formats/sqlitefile"
)

// build makes a data base by SQLite itself and returns its bytes.
func build(t testing.TB, statements ...string) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "t.db")
	run(t, name, statements...)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func run(t testing.TB, name string, statements ...string) {
	t.Helper()
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
}

const series = "with recursive n(i) as (select 1 union all select i+1 from n where i<%d) "

func fill(table string, n int, values string) string {
	return "insert into " + table + " " + fmt.Sprintf(series, n) + "select " + values + " from n"
}

// variants are data bases of every structure that the checker follows.
func variants(t testing.TB) map[string][]byte {
	if built == nil {
		built = buildVariants(t)
	}
	return built
}

var built map[string][]byte

func buildVariants(t testing.TB) map[string][]byte {
	many := []string{
		"create table e(id integer primary key, ts integer, dev text, msg text, val real)",
		"create index e_dev on e(dev, ts)",
		fill("e", 4000, "i, 1700000000+i, 'DEV'||(i%17), printf('message %d of %s', i, hex(randomblob(12))), i*0.25"),
	}
	more := func(first []string, s ...string) []string { return append(append([]string{}, first...), s...) }
	return map[string][]byte{
		"empty table":   build(t, "create table a(x)"),
		"rows":          build(t, many...),
		"page 512":      build(t, more([]string{"pragma page_size=512"}, many...)...),
		"page 65536":    build(t, more([]string{"pragma page_size=65536"}, many...)...),
		"deleted":       build(t, more(many, "delete from e where id%3=0", "delete from e where id between 1000 and 2500")...),
		"dropped":       build(t, more(many, "create table f as select * from e", "drop table e")...),
		"auto vacuum":   build(t, more([]string{"pragma auto_vacuum=1"}, more(many, "create table z(b)", fill("z", 30, "randomblob(9000)"), "delete from e where id<900")...)...),
		"incremental":   build(t, more([]string{"pragma auto_vacuum=2"}, more(many, "delete from e where id<1900")...)...),
		"overflow":      build(t, "create table a(x blob, y text)", fill("a", 40, "randomblob(i*700), hex(randomblob(i*100))"), "create index ay on a(y)"),
		"without rowid": build(t, "create table a(k text primary key, v) without rowid", fill("a", 3000, "hex(randomblob(9)), i")),
		"utf-16":        build(t, "pragma encoding='UTF-16le'", "create table 报警(x text)", fill("报警", 500, "'火警 '||i"), "create view v as select * from 报警"),
		"views":         build(t, more(many, "create view v as select * from e", "create trigger tr after delete on e begin select 1; end")...),
	}
}

func TestCheckWhole(t *testing.T) {
	r := rand.NewChaCha8([32]byte{7})
	for name, b := range variants(t) {
		noise := make([]byte, 100_000)
		r.Read(noise)
		for what, tail := range map[string][]byte{"nothing": nil, "noise": noise, "zeros": make([]byte, 100_000), "text": bytes.Repeat([]byte("fire alarm "), 9000)} {
			file := append(append([]byte{}, b...), tail...)
			rep, err := sqlitefile.Check(bytes.NewReader(file), int64(len(file)))
			if err != nil || !rep.Whole || rep.EndB != int64(len(b)) || rep.NeedB != int64(len(b)) {
				t.Fatalf("%s with %s behind: %+v, %v; want whole, %d bytes", name, what, rep, err, len(b))
			}
			if rep.Reached != rep.Pages {
				t.Errorf("%s: %d of %d pages reached", name, rep.Reached, rep.Pages)
			}
		}
	}
}

// Foreign bytes in the middle are seen, and the place lies where Check says.
func TestCheckSplice(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	seen, close := 0, 0
	for name, b := range variants(t) {
		if len(b) < 40_000 {
			continue
		}
		for n := range 16 {
			at := (1 + r.IntN(len(b)/4096-2)) * 4096
			gap := make([]byte, 4096*(1+r.IntN(8)))
			switch n % 4 {
			case 0:
				for i := range gap {
					gap[i] = byte(r.Uint32())
				}
			case 1:
				copy(gap, bytes.Repeat([]byte("restart network login session "), len(gap)/30+1))
			case 2:
				from := r.IntN(len(b)/4096) * 4096 // other pages of the same file
				copy(gap, b[from:])
			}
			file := append(append(append([]byte{}, b[:at]...), gap...), b[at:]...)
			rep, err := sqlitefile.Check(bytes.NewReader(file), int64(len(file)))
			if err != nil {
				t.Fatal(err)
			}
			if n%4 == 2 || name == "dropped" {
				continue // pages of the same file may fit; pages out of use have no place that could be told
			}
			if rep.Whole {
				t.Errorf("%s spliced at %d (%d): whole", name, at, n%4)
				continue
			}
			if rep.SureB >= int64(at) || rep.FailB > 0 && rep.FailB < int64(at) {
				t.Errorf("%s spliced at %d (kind %d, gap %d): sure %d, fail %d (%s)", name, at, n%4, len(gap), rep.SureB, rep.FailB, rep.Reason)
			}
			seen++
			if rep.FailB-rep.SureB <= 16384 {
				close++
			}
		}
	}
	t.Logf("%d of %d splices within 16 KiB", close, seen)
	if close*2 < seen {
		t.Errorf("only %d of %d splices are told within 16 KiB", close, seen)
	}
}

// A first fragment that ends within the file is not whole, and nothing of it is
// called foreign.
func TestCheckCut(t *testing.T) {
	for name, b := range variants(t) {
		if len(b) < 20_000 {
			continue
		}
		cut := b[:len(b)/2/512*512]
		rep, err := sqlitefile.Check(bytes.NewReader(cut), int64(len(cut)))
		if err != nil || rep.Whole || rep.FailB != 0 || rep.EndB > int64(len(cut)) || rep.NeedB != int64(len(b)) {
			t.Errorf("%s cut: %+v, %v", name, rep, err)
		}
	}
}

func TestCheckStaleCount(t *testing.T) {
	b := bytes.Clone(variants(t)["rows"])
	b[27]++ // the change counter, as a writer before 3.7.0 leaves it
	file := append(b[:len(b):len(b)], make([]byte, 50_000)...)
	rep, err := sqlitefile.Check(bytes.NewReader(file), int64(len(file)))
	if err != nil || !rep.Whole || rep.EndB != int64(len(b)) || rep.NeedB != 0 {
		t.Errorf("%+v, %v; want %d", rep, err, len(b))
	}
}

func FuzzCheck(f *testing.F) {
	for _, b := range variants(f) {
		if len(b) < 300_000 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rep, err := sqlitefile.Check(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if rep.EndB > int64(len(b)) || rep.SureB < 0 || rep.FailB > 0 && rep.SureB > rep.FailB {
			t.Fatalf("%+v of %d bytes", rep, len(b))
		}
	})
}

// A header that counts four thousand million pages costs neither memory nor time.
func TestCheckAbsurdCount(t *testing.T) {
	b := bytes.Clone(variants(t)["auto vacuum"][:100_000])
	copy(b[28:], []byte{0xff, 0xff, 0xff, 0xf0})
	n := testing.AllocsPerRun(1, func() {
		rep, err := sqlitefile.Check(bytes.NewReader(b), int64(len(b)))
		if err != nil || rep.Whole || rep.Reached > 100 {
			t.Fatalf("%+v, %v", rep, err)
		}
	})
	if n > 2000 {
		t.Errorf("%.0f allocations", n)
	}
}
