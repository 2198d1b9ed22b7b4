package carve

import (
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats/follow"
)

// minKeptB is how long the good beginning of a file must be to be kept when the
// file does not reach its end.
const minKeptB = 512

// follows turns a structure checker into the walk of a type.
func follows(check func(io.ReaderAt, int64) (follow.Report, error)) func(io.ReaderAt, int64) (Verdict, error) {
	return func(r io.ReaderAt, size int64) (Verdict, error) {
		rep, err := check(r, size)
		if err != nil {
			return Verdict{}, err
		}
		return verdictOf(rep), nil
	}
}

// verdictOf says what a checker's report means for a carved file.
func verdictOf(rep follow.Report) Verdict {
	v := Verdict{Kind: rep.Kind, SureB: rep.SureB, FailB: rep.FailB, NeedB: rep.NeedB}
	if rep.State == follow.Whole {
		v.State, v.LengthB = forensics.Whole, rep.EndB
		switch rep.Depth {
		case follow.Sums:
			v.Proof, v.Confidence, v.Reason = BySum, 0.99, rep.What+", its check sums agree"
		case follow.Codes:
			v.Proof, v.Confidence, v.Reason = ByCode, 0.97, rep.What+", its structure and every code valid to its end"
			if rep.Checked != "" {
				v.Confidence, v.Reason = 0.9, rep.What+", its structure valid to its end; "+rep.Checked
			}
		default:
			v.Proof, v.Confidence, v.Reason = ByLength, 0.8, rep.What+", its structure valid to its end; its content was not decoded"
		}
		switch {
		case rep.Faulty:
			v.Confidence, v.Reason = 0.5, rep.Reason+"; "+v.Reason
		case rep.Reason != "":
			v.Reason += "; " + rep.Reason
			if v.Proof == ByLength {
				v.Confidence = 0.5
			}
		}
		return v
	}
	v.State, v.Reason = forensics.Partial, rep.Reason
	if rep.GoodB >= minKeptB {
		v.LengthB, v.Confidence = rep.GoodB, 0.5
		v.Reason = fmt.Sprintf("%v: %s", rep.State, rep.Reason)
	}
	return v
}
