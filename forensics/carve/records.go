package carve

import (
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats/evtx"
	"firescene/formats/sqlitefile"
)

// recordTypes lists data bases and logs.
func recordTypes() []Type { return []Type{sqliteType(), evtxType(), evtxChunkType()} }

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
		return Verdict{State: forensics.Whole, LengthB: rep.EndB, Proof: ByCode, NeedB: rep.NeedB, Confidence: 0.98, Reason: what + ", every page reached and valid"}, nil
	case rep.Whole:
		return Verdict{State: forensics.Whole, LengthB: rep.EndB, Proof: ByCode, Confidence: 0.85, Reason: what + ", every page reached and valid; its writer kept no page count, so unused pages behind may be missing"}, nil
	case rep.EndB == 0:
		return Verdict{State: forensics.Partial, Reason: rep.Reason}, nil
	}
	return Verdict{
		State: forensics.Partial, LengthB: rep.EndB, SureB: rep.SureB, FailB: rep.FailB, NeedB: rep.NeedB,
		Confidence: 0.6, Reason: what + "; " + rep.Reason,
	}, nil
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
		if rep.Dirty {
			v.Confidence, v.Reason = 0.9, what+"; it was not closed, so that its header may be older than its end"
		}
		return v, nil
	}
	v := Verdict{State: forensics.Partial, LengthB: rep.EndB, SureB: rep.SureB, FailB: rep.FailB, NeedB: rep.NeedB, Confidence: 0.8, Reason: what + "; " + rep.Reason}
	if rep.Chunks == 0 && rep.EndB <= 4096+512 {
		v.LengthB, v.Confidence = 0, 0.2 // no event
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
