package carve

import (
	"firescene/formats/bmp"
	"firescene/formats/gif"
	"firescene/formats/heif"
	"firescene/formats/riff"
	"firescene/formats/tiff"
)

// pictureTypes lists the still pictures other than JPEG and PNG.
func pictureTypes() []Type {
	return []Type{
		{
			Name: "gif", Ext: "gif",
			Signatures: at0("GIF87a", "GIF89a"),
			Footer:     []byte{0, 0x3B},
			MaxB:       1 << 30,
			Head:       gif.Head,
			Walk:       follows(gif.Check),
		},
		{
			Name: "bmp", Ext: "bmp",
			Signatures: bmpSignatures(),
			MaxB:       1 << 32,
			Head:       bmp.Head,
			Walk:       follows(bmp.Check),
		},
		{
			Name: "tiff", Ext: "tif",
			Signatures: at0("II*\x00", "MM\x00*", "II+\x00\x08\x00", "MM\x00+\x00\x08", "IIRO", "IIRS", "MMOR", "IIU\x00"),
			MaxB:       1 << 34,
			Head:       tiff.Head,
			Walk:       follows(tiff.Check),
		},
		{
			Name: "heic", Ext: "heic",
			Signatures: heifSignatures(),
			MaxB:       1 << 32,
			Head:       heif.Head,
			Walk:       follows(heif.Check),
		},
		{
			Name: "webp", Ext: "webp",
			Signatures: []Signature{{OffsetB: 8, Bytes: []byte("WEBPVP8")}},
			MaxB:       1 << 32,
			Head:       riff.WebPHead,
			Walk:       follows(riff.CheckWebP),
		},
	}
}

// heifSignatures are the file type boxes of the brands.
func heifSignatures() (out []Signature) {
	for _, b := range heif.Brands() {
		out = append(out, Signature{OffsetB: 4, Bytes: []byte("ftyp" + b)})
	}
	return out
}

// bmpSignatures are the sizes of the picture header with their zero bytes, as
// the two letters at the beginning are met everywhere.
func bmpSignatures() (out []Signature) {
	for _, headB := range []byte{12, 16, 40, 52, 56, 64, 108, 124} {
		out = append(out, Signature{OffsetB: 14, Bytes: []byte{headB, 0, 0, 0}})
	}
	return out
}
