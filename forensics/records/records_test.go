package records_test

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"firescene/forensics"
	"firescene/forensics/records"
)

func extract(t *testing.T, typ string, b []byte, o records.Options) (out []forensics.Record) {
	t.Helper()
	locate := func(off, n int64) forensics.Locator { return forensics.At("E007", 1000+off, n) }
	err := records.Extract(context.Background(), typ, bytes.NewReader(b), int64(len(b)), o, locate, func(r forensics.Record) error {
		out = append(out, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func value(r forensics.Record, name string) any {
	for _, c := range r.Columns {
		if c.Name == name {
			return c.Value
		}
	}
	return nil
}

func TestDataBase(t *testing.T) {
	name := filepath.Join(t.TempDir(), "t.db")
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`pragma secure_delete=0; create table alarm(id integer primary key, ts integer, msg text);
		with recursive n(i) as (select 1 union all select i+1 from n where i<50) insert into alarm select i, 1700000000+i, 'zone '||i||' 火警' from n;
		delete from alarm where id=20`)
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	got := extract(t, "sqlite", b, records.Options{})
	if len(got) != 1 || !got[0].Deleted || got[0].Kind != "sqlite" || got[0].Table != "alarm" || value(got[0], "msg") != "zone 20 火警" || got[0].Reason == "" {
		t.Fatalf("%+v", got)
	}
	at := got[0].Locator.Runs[0]
	if !bytes.Contains(b[at.OffsetB-1000:at.OffsetB-1000+at.LengthB], []byte("zone 20 火警")) {
		t.Errorf("the locator %v leads elsewhere", got[0].Locator)
	}
	if got := extract(t, "sqlite", b, records.Options{Live: true}); len(got) < 50 {
		t.Errorf("%d rows with the live ones", len(got))
	}
}

func TestTextLogs(t *testing.T) {
	cases := []struct{ kind, text, column, want string }{
		{"log", "May  1 20:00:17 PANEL fire: a\nMay  1 20:00:18 PANEL fire: b\n", "time", "May  1 20:00:18"},
		{"jsonl", "{\"ts\":1,\"msg\":\"a\"}\n{\"ts\":2,\"msg\":\"b \\\"c\\\"\",\"more\":{\"x\":[1]}}\n", "msg", "b \"c\""},
		{"csv", "1;24.05.2024;06:01:28;MAINS FAIL\n2;24.05.2024;06:01:29;\"a;b\"", "c4", "a;b"},
		{"csv", "time,zone\n2024-05-24 06:01:28,7\n", "zone", "7"},
	}
	for _, c := range cases {
		got := extract(t, c.kind, []byte(c.text), records.Options{})
		last := got[len(got)-1]
		if len(got) != 2 || last.Table != c.kind || value(last, c.column) != c.want {
			t.Errorf("%s: %+v", c.kind, got)
		}
		at := last.Locator.Runs[0]
		if at.OffsetB-1000 != int64(strings.Index(c.text, "\n")+1) || at.OffsetB-1000+at.LengthB != int64(len(c.text)) {
			t.Errorf("%s: %v", c.kind, last.Locator)
		}
	}
}

func TestNoRecords(t *testing.T) {
	if got := extract(t, "jpeg", []byte("x"), records.Options{}); got != nil || records.Has("jpeg") || !records.Has("evtx-chunk") {
		t.Errorf("%+v", got)
	}
	err := records.Extract(context.Background(), "sqlite", strings.NewReader("nothing"), 7, records.Options{}, nil, nil)
	if err == nil {
		t.Error("no error for what is no data base")
	}
}
