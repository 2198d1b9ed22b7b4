package carve

import (
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats/mpegts"
)

func mpegTSType() Type {
	return Type{
		Name: "mpegts", Ext: "ts",
		// tables of programs, of services and of selection, as muxers begin with them
		Signatures: []Signature{
			{0, []byte("\x47\x40\x00")}, {0, []byte("\x47\x40\x11")}, {0, []byte("\x47\x40\x1F")},
			{4, []byte("\x47\x40\x00")}, {4, []byte("\x47\x40\x11")}, {4, []byte("\x47\x40\x1F")},
		},
		MaxB: 1 << 40,
		Head: mpegts.Head,
		Walk: walkMPEGTS,
	}
}

func walkMPEGTS(r io.ReaderAt, size int64) (Verdict, error) {
	rep, err := mpegts.Check(r, size)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{State: forensics.Partial, SureB: rep.SureB, FailB: rep.FailB, Confidence: 0.6}
	if rep.PacketB == 192 {
		v.Kind = "m2ts"
	}
	if rep.State == mpegts.NotTS {
		v.Reason = rep.Reason
		return v, nil
	}
	v.Reason = fmt.Sprintf("transport stream of %d packets of %d bytes with %d programs", rep.Packets, rep.PacketB, rep.Programs)
	if rep.Breaks > 0 {
		v.Reason += fmt.Sprintf("; %d times packets are missing", rep.Breaks)
	}
	if rep.State != mpegts.Whole {
		v.LengthB = rep.SureB
		v.Reason += fmt.Sprintf(", %v: %s", rep.State, rep.Reason)
		return v, nil
	}
	v.State, v.LengthB, v.Confidence, v.FailB = forensics.Whole, rep.EndB, 0.85, 0
	v.Reason += " to its last packet; it does not state its end, and what the packets hold was not decoded"
	return v, nil
}
