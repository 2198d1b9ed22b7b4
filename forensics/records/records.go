// Package records takes rows and log entries out of recovered items: SQLite data
// bases with their logs and lone pages, Windows event logs and their chunks,
// journals of systemd, and text logs. Every record says where its bytes lie.
package records

import (
	"context"
	"io"
	"strings"

	"firescene/forensics"
	"firescene/formats/evtx"
	"firescene/formats/journald"
	"firescene/formats/sqlitefile"
)

// Options say which records are wanted.
type Options struct {
	// Live asks for the rows of a SQLite data base that are not deleted, too. They
	// can be read from the recovered file with any tool, and may be millions; what
	// no other tool shows are the deleted ones, so that is what is given without. Of
	// a data base that is not complete all rows are given: no program opens it.
	// Entries of logs are always given, all of them.
	Live bool
	// Tables are definitions from data bases of the same exhibit, as Tables gives
	// them: lone pages of data bases take the names of their columns from them.
	Tables []sqlitefile.Table
}

// Tables returns the definitions of tables in an item of a type, nil when it is no
// data base or its schema is not there.
func Tables(ctx context.Context, typ string, r io.ReaderAt, sizeB int64) []sqlitefile.Table {
	if typ != "sqlite" {
		return nil
	}
	t, err := sqlitefile.Tables(ctx, r, sizeB)
	if err != nil {
		return nil // no schema, no definitions
	}
	return t
}

// Kinds returns the types of item that hold records.
func Kinds() []string {
	return []string{"sqlite", "sqlite-wal", "sqlite-journal", "sqlite-page", "evtx", "evtx-chunk", "journald", "log", "jsonl", "csv"}
}

// Has reports whether items of a type hold records.
func Has(typ string) bool {
	for _, k := range Kinds() {
		if k == typ {
			return true
		}
	}
	return false
}

// Extract calls emit for every record of an item of a type, of which r holds
// sizeB bytes; the item may be broken or cut. locate gives the locator of a range
// of the item. Memory is bounded whatever the item's size. Exhibit and Item of the
// records are left to the caller, but that Exhibit is taken from the locator.
//
// It returns nil for a type without records. Errors are of r, emit or ctx, or a
// *formats.FormatError when the item is not what its type says; records before it
// have been emitted.
func Extract(ctx context.Context, typ string, r io.ReaderAt, sizeB int64, o Options, locate func(offB, lenB int64) forensics.Locator, emit func(forensics.Record) error) error {
	put := func(rec forensics.Record, offB, lenB int64) error {
		rec.Locator = locate(offB, lenB)
		rec.Exhibit = rec.Locator.Exhibit
		if rec.State == "" {
			rec.State = forensics.Whole
		}
		return emit(rec)
	}
	row := func(s sqlitefile.Row) error { return put(fromRow(s), s.OffsetB, s.LengthB) }
	switch typ {
	case "sqlite":
		return sqlitefile.Rows(ctx, r, sizeB, sqlitefile.RowOptions{Live: o.Live}, row)
	case "sqlite-wal":
		return sqlitefile.WALRows(ctx, r, sizeB, row)
	case "sqlite-journal":
		return sqlitefile.JournalRows(ctx, r, sizeB, row)
	case "sqlite-page":
		return sqlitefile.PageRows(ctx, r, sizeB, o.Tables, row)
	case "evtx", "evtx-chunk":
		return evtx.Events(ctx, r, sizeB, func(e evtx.Event) error { return put(fromEvent(e), e.OffsetB, e.LengthB) })
	case "journald":
		return journald.Entries(ctx, r, sizeB, func(e journald.Entry) error { return put(fromEntry(e), e.OffsetB, e.LengthB) })
	case "log", "jsonl", "csv":
		return textLines(ctx, typ, io.NewSectionReader(r, 0, sizeB), put)
	}
	return nil
}

func fromRow(s sqlitefile.Row) forensics.Record {
	rec := forensics.Record{Kind: "sqlite", Table: s.Table, Deleted: s.Deleted, Reason: s.How}
	alias := false
	for i, v := range s.Values {
		rec.Columns = append(rec.Columns, forensics.Column{Name: s.Names[i], Value: v})
		alias = alias || v == any(s.RowID)
	}
	if s.HasRowID && !alias {
		rec.Columns = append(rec.Columns, forensics.Column{Name: "rowid", Value: s.RowID})
	}
	if len(s.Missing) > 0 {
		rec.State = forensics.Partial
		var names []string
		for _, i := range s.Missing {
			names = append(names, s.Names[i])
		}
		rec.Reason += "; not complete: " + strings.Join(names, ", ")
	}
	return rec
}

func fromEvent(e evtx.Event) forensics.Record {
	rec := forensics.Record{Kind: "evtx", Table: e.Provider, Reason: e.Reason}
	rec.Columns = append(rec.Columns, forensics.Column{Name: "RecordNumber", Value: int64(e.Number)}, forensics.Column{Name: "Written", Value: e.Written})
	for _, f := range e.Fields {
		rec.Columns = append(rec.Columns, forensics.Column{Name: f.Name, Value: f.Value})
	}
	if e.Partial {
		rec.State = forensics.Partial
	}
	rec.Deleted = e.Old
	return rec
}

func fromEntry(e journald.Entry) forensics.Record {
	rec := forensics.Record{Kind: "journald", Table: e.Field("SYSLOG_IDENTIFIER"), Reason: e.Reason}
	rec.Columns = append(rec.Columns, forensics.Column{Name: "__REALTIME_TIMESTAMP", Value: e.Realtime}, forensics.Column{Name: "__SEQNUM", Value: int64(e.Seqnum)})
	for _, f := range e.Fields {
		rec.Columns = append(rec.Columns, forensics.Column{Name: f.Name, Value: f.Value})
	}
	if e.Partial {
		rec.State = forensics.Partial
	}
	return rec
}
