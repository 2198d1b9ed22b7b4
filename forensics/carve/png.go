package carve

import (
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats/png"
)

func pngType() Type {
	return Type{
		Name: "png", Ext: "png",
		Signatures: at0("\x89PNG\r\n\x1a\n"),
		Footer:     []byte("IEND\xAE\x42\x60\x82"),
		MaxB:       1 << 30,
		Head:       png.Head,
		Walk:       walkPNG,
	}
}

func walkPNG(r io.ReaderAt, size int64) (Verdict, error) {
	rep, err := png.Check(r, size)
	if err != nil {
		return Verdict{}, err
	}
	switch {
	case rep.State == png.Whole && rep.PictureFault == "":
		return Verdict{State: forensics.Whole, LengthB: rep.EndB, Proof: BySum, Confidence: 0.99, Reason: fmt.Sprintf("PNG %dx%d, every chunk valid to its end", rep.Width, rep.Height)}, nil
	case rep.State == png.Whole:
		return Verdict{State: forensics.Whole, LengthB: rep.EndB, Proof: BySum, Confidence: 0.9, Reason: fmt.Sprintf("PNG %dx%d; %s", rep.Width, rep.Height, rep.Reason)}, nil
	case rep.DataB > 0:
		return Verdict{State: forensics.Partial, LengthB: rep.GoodB, SureB: rep.SureB, FailB: rep.FailB, Confidence: 0.6, Reason: fmt.Sprintf("PNG %dx%d, %v at byte %d: %s", rep.Width, rep.Height, rep.State, rep.GoodB, rep.Reason)}, nil
	}
	return Verdict{State: forensics.Partial, SureB: rep.SureB, FailB: rep.FailB, Reason: rep.Reason}, nil
}
