package carve

import (
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/jpeg"
)

// minCodedB is how much valid coded data a picture must have to be kept when it
// does not reach its end: less is met by chance in random data.
const minCodedB = 512

func jpegType() Type {
	return Type{
		Name: "jpeg", Ext: "jpg",
		Signatures: at0("\xFF\xD8\xFF"),
		Footer:     []byte{0xFF, 0xD9},
		MaxB:       1 << 30,
		Head:       jpeg.Head,
		Walk:       walkJPEG,
	}
}

func walkJPEG(r io.ReaderAt, size int64) (Verdict, error) {
	rep, err := jpeg.Check(r, size, formats.DefaultLimits())
	if err != nil {
		return Verdict{}, err
	}
	switch {
	case rep.State == jpeg.Whole && rep.EntropyChecked:
		v := Verdict{State: forensics.Whole, LengthB: rep.EndB, Proof: ByCode, Confidence: 0.99, Reason: fmt.Sprintf("JPEG %dx%d, every code valid to the end of image", rep.Width, rep.Height)}
		if rep.Frames > 1 {
			v.Reason += fmt.Sprintf(", %d pictures", rep.Frames)
		}
		if rep.Reason != "" {
			v.Reason += "; " + rep.Reason
		}
		return v, nil
	case rep.State == jpeg.Whole:
		return Verdict{State: forensics.Whole, LengthB: rep.EndB, Confidence: 0.8, Reason: fmt.Sprintf("JPEG %dx%d, its markers valid to the end of image; its coding was not followed", rep.Width, rep.Height)}, nil
	case rep.DataB > 0 && rep.GoodB-rep.DataB >= minCodedB:
		return Verdict{State: forensics.Partial, LengthB: rep.GoodB, SureB: rep.SureB, FailB: rep.SeenB, Confidence: 0.6, Reason: fmt.Sprintf("JPEG %dx%d, %v at byte %d: %s", rep.Width, rep.Height, rep.State, rep.GoodB, rep.Reason)}, nil
	case rep.Known > 0 && rep.State != jpeg.NotJPEG:
		// The header alone. What its last segment claims to hold was not seen to be
		// its own beyond the first sector.
		return Verdict{State: forensics.Partial, LengthB: max(rep.SureB, min(rep.GoodB, sectorB)), SureB: rep.SureB, FailB: rep.SeenB, Confidence: 0.3, Reason: fmt.Sprintf("JPEG header, %v at byte %d: %s", rep.State, rep.GoodB, rep.Reason)}, nil
	}
	return Verdict{State: forensics.Partial, Reason: rep.Reason}, nil
}
