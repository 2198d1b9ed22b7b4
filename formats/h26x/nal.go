// Package h26x checks streams of H.264 and H.265: units of the network
// abstraction layer, parameter sets and slice headers, as far as that tells a
// stream from other data and finds its end. It decodes no pictures.
//
// Specifications: ITU-T H.264 (08/2021), sections 7.3, 7.4 and annex B; ITU-T
// H.265 (08/2021), the same sections.
package h26x

import "bytes"

// Codec is one of the two codings.
type Codec int

// The codings.
const (
	AVC  Codec = iota // H.264
	HEVC              // H.265
)

func (c Codec) String() string { return [...]string{"H.264", "H.265"}[c] }

// Types of AVC units, table 7-1.
const (
	avcSlice = 1
	avcIDR   = 5
	avcSEI   = 6
	avcSPS   = 7
	avcPPS   = 8
	avcAUD   = 9
)

// Types of HEVC units, table 7-1.
const (
	hevcIDRW  = 19
	hevcCRA   = 21
	hevcVPS   = 32
	hevcSPS   = 33
	hevcPPS   = 34
	hevcAUD   = 35
	hevcEOS   = 36
	hevcFD    = 38
	hevcSEI   = 39
	hevcSEI2  = 40
	hevcSlice = 31 // types up to it are of slices
)

// HeaderB is the length of a unit's header.
func (c Codec) HeaderB() int { return 1 + int(c) }

// UnitType is the type of the unit that begins with b, and whether its header is
// one that an encoder writes. b has at least HeaderB bytes.
func (c Codec) UnitType(b []byte) (int, bool) {
	if len(b) < c.HeaderB() || b[0]&0x80 != 0 {
		return 0, false
	}
	if c == AVC {
		t, ref := int(b[0]&0x1F), b[0]>>5
		switch t {
		case avcIDR, avcSPS, avcPPS:
			return t, ref != 0
		case avcSEI, avcAUD, 10, 11, 12:
			return t, ref == 0
		}
		return t, t != 0
	}
	t := int(b[0] >> 1)
	temporal := int(b[1] & 7)
	if temporal == 0 {
		return t, false
	}
	switch {
	case t >= 16 && t <= 23, t == hevcVPS, t == hevcSPS, t == hevcEOS, t == 37:
		return t, temporal == 1
	case t >= 10 && t <= 15, t >= 22 && t <= 31, t >= 41 && t <= 47:
		return t, false // reserved
	}
	return t, true
}

// Forbidden returns where in b a byte sequence begins that can not stand inside a
// unit, as emulation prevention breaks it up (7.4.1): two zeros and a byte of 0
// to 2. It is -1 when there is none.
func Forbidden(b []byte) int {
	for at := 0; ; {
		i := bytes.Index(b[at:], zeros)
		if i < 0 || at+i+2 >= len(b) {
			return -1
		}
		if b[at+i+2] <= 2 {
			return at + i
		}
		at += i + 2
	}
}

var zeros = []byte{0, 0}
