package carve

import (
	"bytes"
	"context"
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"firescene/forensics"
)

func dataBase(t *testing.T) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "t.db")
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(`create table e(id integer primary key, ts integer, msg text);
		with recursive n(i) as (select 1 union all select i+1 from n where i<4000) insert into e select i, 1700000000+i, 'message number '||i from n`)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func carveRecords(t *testing.T, b []byte) (finds []Find) {
	t.Helper()
	err := Run(context.Background(), Source{R: bytes.NewReader(b), SizeB: int64(len(b))}, Options{Types: recordTypes(), Unaligned: true, Workers: 2}, func(f Find) error {
		finds = append(finds, f)
		return nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return finds
}

func TestCarveDataBase(t *testing.T) {
	db := dataBase(t)
	r := rand.New(rand.NewPCG(1, 9))
	noise := make([]byte, 64<<10)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	image := bytes.Join([][]byte{noise, db, noise[:4096], db[40960:90112], noise}, nil)
	finds := carveRecords(t, image)
	if len(finds) != 2 {
		t.Fatalf("%+v", finds)
	}
	if f := finds[0]; f.Type.Name != "sqlite" || f.State != forensics.Whole || f.OffsetB != 64<<10 || f.LengthB != int64(len(db)) {
		t.Errorf("%+v", f)
	}
	if f := finds[1]; f.Type.Name != "sqlite-page" || f.State != forensics.Fragment || f.OffsetB != int64(64<<10+len(db)+4096) || f.LengthB != 49152 {
		t.Errorf("%+v", f)
	}
}

// Signatures before anything else give nothing.
func TestRecordDecoys(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	var image []byte
	for _, typ := range recordTypes() {
		for _, s := range typ.Signatures {
			for k := range 12 {
				b := make([]byte, 4096)
				switch k % 3 {
				case 0:
					for i := range b {
						b[i] = byte(r.Uint32())
					}
				case 1:
					copy(b, bytes.Repeat([]byte("session open network zone "), 200))
				}
				copy(b, s.Bytes)
				image = append(image, b...)
			}
		}
	}
	for _, f := range carveRecords(t, image) {
		if f.LengthB > 0 {
			t.Errorf("%s at %d: %+v", f.Type.Name, f.OffsetB, f.Verdict)
		}
	}
}
