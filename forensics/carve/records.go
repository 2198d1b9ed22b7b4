package carve

import (
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats/evtx"
	"firescene/formats/journald"
	"firescene/formats/sqlitefile"
)

// recordTypes lists data bases and logs.
func recordTypes() []Type {
	return []Type{sqliteType(), walType(), journalType(), pagesType(), evtxType(), evtxChunkType(), journaldType()}
}

func sqliteType() Type {
	return Type{
		Name: "sqlite", Ext: "db",
		Signatures: at0("SQLite format 3\x00"),
		MaxB:       1 << 40,
		Head:       sqlitefile.Head,
		Walk:       walkSQLite,
	}
}

func walkSQLite(r io.ReaderAt, size int64) (Verdict, error) {
	rep, err := sqlitefile.Check(r, size)
	if err != nil {
		return Verdict{}, err
	}
	h := rep.Header
	what := fmt.Sprintf("SQLite data base, %d pages of %d bytes", rep.Pages, h.PageB)
	switch {
	case rep.Whole && h.Counted():
		return Verdict{State: forensics.Whole, LengthB: rep.EndB, Proof: ByCode, NeedB: rep.NeedB, Confidence: 0.98, Reason: what + ", every page reached and its structure valid"}, nil
	case rep.Whole:
		return Verdict{State: forensics.Whole, LengthB: rep.EndB, Proof: ByCode, Confidence: 0.85, Reason: what + ", every page reached and its structure valid; its writer kept no page count, so unused pages behind may be missing"}, nil
	case rep.EndB == 0:
		return Verdict{State: forensics.Partial, Reason: rep.Reason}, nil
	}
	return Verdict{
		State: forensics.Partial, LengthB: rep.EndB, SureB: rep.SureB, FailB: rep.FailB, NeedB: rep.NeedB,
		Confidence: 0.6, Reason: what + "; " + rep.Reason,
	}, nil
}

func walType() Type {
	return Type{
		Name: "sqlite-wal", Ext: "db-wal",
		Signatures: at0("\x37\x7f\x06\x82\x00\x2d\xe2\x18", "\x37\x7f\x06\x83\x00\x2d\xe2\x18"),
		MaxB:       1 << 36,
		Head:       sqlitefile.WALHead,
		Walk: func(r io.ReaderAt, size int64) (Verdict, error) {
			l, err := sqlitefile.CheckWAL(r, size)
			return frames(l, "write-ahead log of SQLite", BySum), err
		},
	}
}

func journalType() Type {
	return Type{
		Name: "sqlite-journal", Ext: "db-journal",
		Signatures: at0("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"),
		MaxB:       1 << 36,
		Head:       sqlitefile.JournalHead,
		Walk: func(r io.ReaderAt, size int64) (Verdict, error) {
			l, err := sqlitefile.CheckJournal(r, size)
			return frames(l, "rollback journal of SQLite", ByLength), err
		},
	}
}

func frames(l sqlitefile.Log, what string, proof Proof) Verdict {
	reason := fmt.Sprintf("%s, %d pages of %d bytes with right check sums", what, l.Frames, l.PageB)
	if proof == ByLength {
		reason += " that look at every 200th byte"
	}
	switch {
	case l.Frames == 0:
		return Verdict{State: forensics.Partial, Reason: what + " without a page"}
	case l.Closed:
		return Verdict{State: forensics.Whole, LengthB: l.EndB, Proof: proof, Confidence: 0.8, Reason: reason + "; it ends as a writer leaves it, but has no end mark"}
	}
	return Verdict{State: forensics.Partial, LengthB: l.EndB, SureB: l.EndB - 1, FailB: l.FailB, Confidence: 0.6, Reason: reason}
}

// pagesType is a row of pages of a data base whose header is not there.
func pagesType() Type {
	return Type{
		Name: "sqlite-page", Ext: "dbpage",
		Signatures: at0("\x0d\x00\x00\x00", "\x0d\x00\x00\x01", "\x0d\x00\x00\x02"),
		MaxB:       1 << 36,
		Piece:      true,
		Head:       sqlitefile.PagesHead,
		Walk: func(r io.ReaderAt, size int64) (Verdict, error) {
			pageB, end, err := sqlitefile.CheckPages(r, size)
			if pageB == 0 {
				return Verdict{State: forensics.Fragment, Reason: "no page of a data base"}, err
			}
			return Verdict{State: forensics.Fragment, LengthB: end, Proof: ByCode, Confidence: 0.8, Reason: fmt.Sprintf("%d pages of %d bytes of a SQLite data base, each right by itself", end/int64(pageB), pageB)}, err
		},
	}
}

func evtxType() Type {
	return Type{
		Name: "evtx", Ext: "evtx",
		Signatures: at0("ElfFile\x00"),
		MaxB:       4096 + 65535*evtx.ChunkB,
		Head:       evtx.Head,
		Walk:       walkEVTX,
	}
}

func walkEVTX(r io.ReaderAt, size int64) (Verdict, error) {
	rep, err := evtx.Check(r, size)
	if err != nil || rep.EndB == 0 {
		return Verdict{State: forensics.Partial, Reason: rep.Reason}, err
	}
	what := fmt.Sprintf("event log, %d chunks with right check sums", rep.Chunks)
	if rep.Whole {
		v := Verdict{State: forensics.Whole, LengthB: rep.EndB, Proof: BySum, NeedB: rep.NeedB, Confidence: 0.98, Reason: what}
		if rep.Loose {
			v.Proof = ByCode
			what += "; they do not cover what was left in the unused ends of chunks"
			v.Reason = what
		}
		if rep.Dirty {
			v.Confidence, v.Reason = 0.9, what+"; it was not closed, so that its header may be older than its end"
		}
		return v, nil
	}
	v := Verdict{State: forensics.Partial, LengthB: rep.EndB, SureB: rep.SureB, FailB: rep.FailB, NeedB: rep.NeedB, Confidence: 0.8, Reason: what + "; " + rep.Reason}
	if rep.Chunks == 0 && rep.EndB <= 4096+512 {
		v.Confidence, v.Reason = 0.3, "header of an event log; "+rep.Reason // but its events may lie elsewhere
	}
	return v, nil
}

// evtxChunkType is a chunk of an event log whose file is not there: it holds all
// that its events need.
func evtxChunkType() Type {
	return Type{
		Name: "evtx-chunk", Ext: "evtxchunk",
		Signatures: at0("ElfChnk\x00"),
		MaxB:       evtx.ChunkB,
		Piece:      true,
		Head:       evtx.ChunkHead,
		Walk: func(r io.ReaderAt, size int64) (Verdict, error) {
			b := make([]byte, min(size, evtx.ChunkB))
			n, err := r.ReadAt(b, 0)
			if err != nil && err != io.EOF {
				return Verdict{}, err
			}
			c := evtx.CheckChunk(b[:n])
			switch {
			case c.Sound && c.Records > 0:
				return Verdict{State: forensics.Fragment, LengthB: evtx.ChunkB, Proof: BySum, Confidence: 0.95, Reason: fmt.Sprintf("chunk of an event log, %d events, check sums right", c.Records)}, nil
			case c.Records > 0:
				return Verdict{State: forensics.Fragment, LengthB: int64(c.GoodB), SureB: int64(c.SureB), FailB: int64(c.FailB), Confidence: 0.7, Reason: fmt.Sprintf("beginning of a chunk of an event log, %d events; %s", c.Records, c.Reason)}, nil
			}
			return Verdict{State: forensics.Fragment, Reason: c.Reason}, nil
		},
	}
}

func journaldType() Type {
	return Type{
		Name: "journald", Ext: "journal",
		Signatures: at0("LPKSHHRH"),
		MaxB:       1 << 36,
		Head:       journald.Head,
		Walk: func(r io.ReaderAt, size int64) (Verdict, error) {
			rep, err := journald.Check(r, size)
			if err != nil || rep.Objects == 0 {
				return Verdict{State: forensics.Partial, Reason: rep.Reason}, err
			}
			what := fmt.Sprintf("journal of systemd, %d objects, %d entries", rep.Objects, rep.Entries)
			if rep.Whole {
				v := Verdict{State: forensics.Whole, LengthB: rep.EndB, Proof: ByCode, NeedB: rep.NeedB, Confidence: 0.95, Reason: what + ", right to its last object"}
				if rep.Online {
					v.Confidence, v.Reason = 0.85, v.Reason+"; it was not closed"
				}
				return v, nil
			}
			return Verdict{State: forensics.Partial, LengthB: rep.EndB, SureB: rep.SureB, FailB: rep.FailB, NeedB: rep.NeedB, Confidence: 0.7, Reason: what + "; " + rep.Reason}, nil
		},
	}
}
