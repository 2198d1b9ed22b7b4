package carve

import (
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/dhav"
)

// davType finds frames of Dahua recorders that stand one behind the other. On a
// medium that is a recorder's, they are pieces of recordings that go on elsewhere,
// which recover.DHAVStreams puts together.
func davType() Type {
	return Type{
		Name: "dav", Ext: "dav",
		Signatures: at0(dhav.Magic),
		MaxB:       1 << 40,
		Piece:      true,
		Head:       func(b []byte) bool { _, ok := dhav.Parse(b); return ok },
		Walk:       walkDAV,
	}
}

func walkDAV(r io.ReaderAt, size int64) (Verdict, error) {
	w := formats.NewWindow(r, size, 64<<10)
	s := dhav.Walk(w, 0, nil)
	if w.Err() != nil {
		return Verdict{}, w.Err()
	}
	v := Verdict{State: forensics.Fragment, LengthB: s.EndB, SureB: s.EndB, NeedB: s.NeedB, Proof: ByLength, Confidence: 0.8}
	if s.Frames == 0 {
		v.Reason = "a frame header of a recorder without its frame"
		return v, nil
	}
	v.Times = []forensics.ItemTime{{What: "recorded from", Raw: s.First.Time().Format(clockLayout)}, {What: "recorded to", Raw: s.Last.Time().Format(clockLayout)}}
	v.Reason = fmt.Sprintf("%d frames of %s to %s, each with its check sum and trailer", s.Frames, s.First, s.Last.Time().Format(clockLayout))
	return v, nil
}
