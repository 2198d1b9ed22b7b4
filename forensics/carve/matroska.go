package carve

import (
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats/matroska"
)

func matroskaType() Type {
	return Type{
		Name: "mkv", Ext: "mkv",
		Signatures: at0("\x1A\x45\xDF\xA3"),
		MaxB:       1 << 40,
		Head:       matroska.Head,
		Walk:       walkMatroska,
	}
}

func walkMatroska(r io.ReaderAt, size int64) (Verdict, error) {
	rep, err := matroska.Check(r, size)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{SureB: rep.SureB, FailB: rep.FailB, NeedB: rep.NeedB}
	if rep.DocType == "webm" {
		v.Kind = "webm"
	}
	switch {
	case rep.State == matroska.Whole:
		v.State, v.LengthB, v.Proof, v.Confidence = forensics.Whole, rep.EndB, ByLength, 0.9
		v.Reason = fmt.Sprintf("%s of %d clusters and %d blocks, every element in its place", rep.DocType, rep.Clusters, rep.Blocks)
		if rep.Summed*10 > rep.EndB*9 {
			v.Proof, v.Confidence = BySum, 0.99
			v.Reason += ", check sums right"
		} else {
			v.Reason += "; the blocks were not decoded"
		}
		if !rep.EndKnown {
			v.Confidence = 0.85
			v.Reason += "; no more of it follows, but it does not state its end"
		}
	case rep.State != matroska.NotMatroska && rep.Clusters > 0:
		v.State, v.LengthB, v.Confidence = forensics.Partial, rep.SureB, 0.6
		v.Reason = fmt.Sprintf("%s, %v: %s", rep.DocType, rep.State, rep.Reason)
	default:
		v.State, v.Reason = forensics.Partial, rep.Reason
	}
	return v, nil
}
