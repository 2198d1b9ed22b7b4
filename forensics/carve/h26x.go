package carve

import (
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats/h26x"
)

// streamSignatures are what the units look like that a stream begins with, behind
// the zeros of a start code of four bytes or of three: parameter sets with the
// profile, delimiters, messages.
func streamSignatures() (out []Signature) {
	for _, u := range []string{"\x67\x42", "\x67\x4D", "\x67\x58", "\x67\x64", "\x67\x6E", "\x67\x7A", "\x27\x42", "\x27\x4D", "\x27\x64", "\x47\x42", "\x47\x4D", "\x47\x64",
		"\x09\x10", "\x09\x30", "\x09\x50", "\x09\xF0", "\x06\x05", "\x40\x01", "\x42\x01", "\x46\x01"} {
		out = append(out, Signature{3, []byte("\x01" + u)}, Signature{2, []byte("\x01" + u)})
	}
	return out
}

// h264Type finds byte streams of H.264 and H.265 that begin with their parameter
// sets.
func h264Type() Type {
	return Type{
		Name: "h264", Ext: "h264",
		Signatures: streamSignatures(),
		MaxB:       1 << 38,
		Head:       h26x.Head,
		Walk:       walkH26x,
	}
}

// h264PartType finds groups of pictures whose parameter sets are lost.
func h264PartType() Type {
	return Type{
		Name: "h264part", Ext: "h264",
		Signatures: []Signature{
			{3, []byte("\x01\x65\x88")}, {3, []byte("\x01\x65\xB8")}, {3, []byte("\x01\x25\x88")}, {3, []byte("\x01\x25\xB8")},
			{3, []byte("\x01\x26\x01")}, {3, []byte("\x01\x28\x01")},
			{2, []byte("\x01\x65\x88")}, {2, []byte("\x01\x65\xB8")}, {2, []byte("\x01\x25\x88")}, {2, []byte("\x01\x25\xB8")},
			{2, []byte("\x01\x26\x01")}, {2, []byte("\x01\x28\x01")},
		},
		MaxB:  1 << 38,
		Piece: true,
		Head:  h26x.HeadOrphan,
		Walk:  walkH26x,
	}
}

// leastSlices is how many slices a stream must have: start codes of fewer are met
// by chance.
const leastSlices = 3

func walkH26x(r io.ReaderAt, size int64) (Verdict, error) {
	rep, err := h26x.Check(r, size)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{State: forensics.Partial, SureB: rep.SureB, FailB: rep.FailB, Confidence: 0.6}
	if rep.State == h26x.NotStream || rep.Slices < leastSlices {
		v.Reason = rep.Reason
		return v, nil
	}
	if rep.Codec == h26x.HEVC {
		v.Kind = "h265"
	}
	v.Reason = fmt.Sprintf("%v stream, %dx%d, of %d slices, %d of them of key pictures", rep.Codec, rep.Width, rep.Height, rep.Slices, rep.Keys)
	switch rep.State {
	case h26x.Orphan:
		v.State, v.LengthB, v.Confidence = forensics.Fragment, max(rep.EndB, rep.SureB), 0.5
		v.Reason = fmt.Sprintf("%d slices of %v without the parameter sets that they need to be played: those of another stream of the same camera may do", rep.Slices, rep.Codec)
		if rep.Slices < 2*leastSlices {
			v.LengthB = 0
		}
	case h26x.Truncated:
		v.LengthB = rep.SureB
		if rep.EndB > rep.SureB {
			v.LengthB = rep.EndB
		}
		v.Reason += "; " + rep.Reason
	default:
		v.State, v.LengthB, v.FailB, v.Confidence = forensics.Whole, rep.EndB, 0, 0.85
		if rep.Parsed == rep.Slices {
			v.Proof, v.Confidence = ByCode, 0.98
			v.Reason += ", every code of them followed to its end"
		} else {
			v.Reason += fmt.Sprintf("; %d of them were followed code by code, of the others the headers alone", rep.Parsed)
		}
	}
	return v, nil
}
