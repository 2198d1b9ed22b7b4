package carve

import (
	"firescene/formats/gzip"
	"firescene/formats/ole2"
	"firescene/formats/pdf"
	"firescene/formats/thumbcache"
	"firescene/formats/zip"
)

// documentTypes lists documents and archives.
func documentTypes() []Type {
	return []Type{
		{
			Name: "pdf", Ext: "pdf",
			Signatures: at0("%PDF-1.", "%PDF-2."),
			Footer:     []byte("%%EOF"),
			MaxB:       1 << 32,
			Head:       pdf.Head,
			Walk:       follows(pdf.Check),
		},
		{
			Name: "zip", Ext: "zip",
			Signatures: at0("PK\x03\x04"),
			MaxB:       1 << 34,
			Head:       zip.Head,
			Walk:       follows(zip.Check),
		},
		{
			Name: "gzip", Ext: "gz",
			Signatures: at0("\x1F\x8B\x08"),
			MaxB:       1 << 32,
			Head:       gzip.Head,
			Walk:       follows(gzip.Check),
		},
		{
			Name: "thumbcache", Ext: "thumbcache.db",
			Signatures: at0("CMMM\x14\x00\x00\x00", "CMMM\x15\x00\x00\x00", "CMMM\x1A\x00\x00\x00", "CMMM\x1C\x00\x00\x00",
				"CMMM\x1E\x00\x00\x00", "CMMM\x1F\x00\x00\x00", "CMMM\x20\x00\x00\x00"),
			MaxB: 1 << 32,
			Head: thumbcache.Head,
			Walk: follows(thumbcache.Check),
		},
		{
			Name: "ole2", Ext: "ole2",
			Signatures: at0("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
			MaxB:       ole2.MaxB,
			Head:       ole2.Head,
			Walk:       follows(ole2.Check),
		},
	}
}
