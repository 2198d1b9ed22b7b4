package records_test

import (
	"bytes"
	"context"
	"testing"

	"firescene/forensics"
	"firescene/forensics/records"
	"firescene/formats"
)

// FuzzExtract gives any bytes to every kind of records: it ends with no error but
// that of damage, and every record lies in the item and has its columns.
func FuzzExtract(f *testing.F) {
	for kind, head := range []string{"SQLite format 3\x00\x02\x00\x01\x01\x00\x40\x20\x20", "\x37\x7f\x06\x82\x00\x2d\xe2\x18", "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", "\x0d\x00\x00\x00\x01\x01\xf0\x00\x01\xf0",
		"ElfFile\x00", "ElfChnk\x00", "LPKSHHRH", "May  1 20:00:17 PANEL fire: a\n", "{\"ts\":1,\"msg\":\"a\",\"x\":[1]}\n", "1;24.05.2024;06:01:28;\"a;b\"\n"} {
		b := make([]byte, 1024)
		copy(b, head)
		f.Add(uint8(kind), b)
		f.Add(uint8(kind), []byte(head))
	}
	kinds := records.Kinds()
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		typ := kinds[int(kind)%len(kinds)]
		if len(b) > 1<<17 {
			return
		}
		n := 0
		locate := func(off, n int64) forensics.Locator {
			if off < 0 || n < 0 || off+n > int64(len(b)) {
				t.Fatalf("%s of %d bytes: a record of %d bytes at %d", typ, len(b), n, off)
			}
			return forensics.At("E1", off, n)
		}
		tables := records.Tables(context.Background(), typ, bytes.NewReader(b), int64(len(b)))
		err := records.Extract(context.Background(), typ, bytes.NewReader(b), int64(len(b)), records.Options{Live: true, Tables: tables}, locate, func(r forensics.Record) error {
			if n++; len(r.Columns) == 0 || r.State == forensics.Partial && r.Reason == "" && r.Kind == "sqlite" {
				t.Fatalf("%+v", r)
			}
			return nil
		})
		if err != nil && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Fatalf("%s: %v", typ, err)
		}
		if n > len(b)+1 {
			t.Fatalf("%s: %d records in %d bytes", typ, n, len(b))
		}
	})
}
