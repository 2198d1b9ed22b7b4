package carve

import (
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/isobmff"
)

// mp4Type finds movies of the ISO base media family. Pictures of the family have
// their own type, so their brands are not taken here.
func mp4Type() Type {
	return Type{
		Name: "mp4", Ext: "mp4",
		Signatures: []Signature{
			{4, []byte("ftyp")}, {4, []byte("moov")}, {4, []byte("wide")}, {4, []byte("mdat")}, {4, []byte("pnot")},
		},
		MaxB: 1 << 40,
		Head: func(b []byte) bool { return isobmff.Head(b) && !isPictureBrand(b) },
		Walk: walkMP4,
	}
}

// isPictureBrand reports whether the major brand is one of still pictures or of
// sequences of them.
func isPictureBrand(b []byte) bool {
	if string(b[4:8]) != "ftyp" {
		return false
	}
	switch string(b[8:12]) {
	case "mif1", "mif2", "msf1", "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "avif", "avis", "avci", "avcs", "jpeg", "jpgs", "crx ":
		return true
	}
	return false
}

func walkMP4(r io.ReaderAt, size int64) (Verdict, error) {
	rep, err := isobmff.Check(r, size, formats.DefaultLimits(), nil)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Kind: rep.Kind(), SureB: rep.SureB, FailB: rep.FailB, NeedB: rep.NeedB}
	if rep.Created != "" {
		v.Times = []forensics.ItemTime{{What: "movie created", Raw: rep.Created}}
	}
	switch {
	case rep.State == isobmff.Whole:
		v.State, v.LengthB, v.Confidence = forensics.Whole, rep.EndB, 0.9
		v.Reason = fmt.Sprintf("%s with %d tracks, every box and every sample of its tables is there", v.Kind, len(rep.Tracks))
		if rep.Units > 0 {
			v.Proof = ByCode
			v.Reason += fmt.Sprintf("; the lengths and headers of %d units of its pictures agree", rep.Units)
			if rep.Slices > 0 {
				v.Confidence = 0.97
				v.Reason += fmt.Sprintf(", %d of them were followed code by code", rep.Slices)
			} else {
				v.Reason += ", their codes were not followed"
			}
		} else {
			v.Reason += "; their content was not decoded"
		}
		if !rep.EndKnown {
			v.Confidence = 0.85
			v.Reason += "; no more of it follows, but it does not state its end"
		}
	case rep.State != isobmff.NotBMFF && len(rep.Boxes) > 0 && rep.Boxes[0].Type == "ftyp" && rep.SureB > rep.Boxes[0].EndB():
		// two boxes in their places are no chance
		v.State, v.LengthB, v.Confidence = forensics.Partial, rep.SureB, 0.6
		v.Reason = fmt.Sprintf("%s, %v: %s", v.Kind, rep.State, rep.Reason)
	default:
		v.State, v.Reason = forensics.Partial, rep.Reason
	}
	return v, nil
}
