package carve

import (
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats/avi"
)

func aviType() Type {
	return Type{
		Name: "avi", Ext: "avi",
		Signatures: []Signature{{8, []byte("AVI LIST")}},
		MaxB:       1 << 40,
		Head:       avi.Head,
		Walk:       walkAVI,
	}
}

func walkAVI(r io.ReaderAt, size int64) (Verdict, error) {
	rep, err := avi.Check(r, size)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{SureB: rep.SureB, FailB: rep.FailB, NeedB: rep.NeedB, Proof: ByLength}
	switch {
	case rep.State == avi.Whole:
		v.State, v.LengthB, v.Confidence = forensics.Whole, rep.EndB, 0.9
		v.Reason = fmt.Sprintf("AVI (%s) of %d frames, every chunk in its place to the end of its %d parts; the frames were not decoded", rep.Codec, rep.Frames, rep.RIFFs)
	case rep.State != avi.NotAVI && rep.Frames > 0:
		v.State, v.LengthB, v.Confidence = forensics.Partial, rep.SureB, 0.6
		v.Reason = fmt.Sprintf("AVI (%s), %v behind %d frames: %s", rep.Codec, rep.State, rep.Frames, rep.Reason)
	default:
		v.State, v.Reason = forensics.Partial, rep.Reason
	}
	return v, nil
}
