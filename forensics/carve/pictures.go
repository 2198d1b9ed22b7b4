package carve

import (
	"firescene/formats/riff"
)

// pictureTypes lists the still pictures other than JPEG and PNG.
func pictureTypes() []Type {
	return []Type{
		{
			Name: "webp", Ext: "webp",
			Signatures: []Signature{{OffsetB: 8, Bytes: []byte("WEBPVP8")}},
			MaxB:       1 << 30,
			Head:       riff.WebPHead,
			Walk:       follows(riff.CheckWebP),
		},
	}
}
