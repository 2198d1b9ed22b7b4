package carve

import (
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats/mpegps"
)

func mpegPSType() Type {
	return Type{
		Name: "mpegps", Ext: "mpg",
		Signatures: at0("\x00\x00\x01\xBA"),
		MaxB:       1 << 38,
		Head:       mpegps.Head,
		Walk:       walkMPEGPS,
	}
}

// leastPackets is how many packets must follow each other for a stream to be
// believed: markers of fewer are met by chance.
const leastPackets = 4

func walkMPEGPS(r io.ReaderAt, size int64) (Verdict, error) {
	rep, err := mpegps.Check(r, size)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{State: forensics.Partial, SureB: rep.SureB, FailB: rep.FailB, Confidence: 0.6}
	if rep.Packs+rep.Packets < leastPackets {
		v.Reason = rep.Reason
		return v, nil
	}
	if !rep.First.IsZero() {
		v.Times = []forensics.ItemTime{{What: "recorded from", Raw: rep.First.Format(clockLayout)}, {What: "recorded to", Raw: rep.Last.Format(clockLayout)}}
	}
	v.Reason = fmt.Sprintf("MPEG program stream of %d packs and %d packets", rep.Packs, rep.Packets)
	if rep.State != mpegps.Whole {
		v.LengthB = rep.SureB
		v.Reason += fmt.Sprintf(", %v: %s", rep.State, rep.Reason)
		return v, nil
	}
	if v.LengthB = rep.EndB; !rep.Marked {
		v.Reason += fmt.Sprintf("; what follows byte %d is no packet, but nothing shows that the stream ends there", rep.EndB)
		return v, nil
	}
	v.State, v.Confidence, v.FailB = forensics.Whole, 0.85, 0
	if rep.EndCode {
		v.Confidence = 0.9
		v.Reason += " to its end code"
	} else {
		v.Reason += " to its last packet; it has no end code"
	}
	v.Reason += "; what the packets hold was not decoded"
	return v, nil
}

// clockLayout prints times as a recorder's clock showed them: no zone is known.
const clockLayout = "2006-01-02 15:04:05"
