package carve

import (
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats/sqlitefile"
)

// recordTypes lists data bases and logs.
func recordTypes() []Type { return []Type{sqliteType()} }

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
