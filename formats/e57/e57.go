// Package e57 reads and writes point clouds in the ASTM E57 format.
//
// Specification: ASTM E2807-11, "Standard Specification for 3D Imaging Data
// Exchange"; described in D. Huber, "The ASTM E57 file format for 3D imaging
// data exchange", Proc. SPIE 7864, 2011. A file is cut into pages of 1024 bytes,
// the last four of which are a checksum. Offsets in headers and XML are physical
// (checksums counted), lengths are logical (checksums left out).
package e57

import "hash/crc32"

const (
	headerSize   = 48   // file header, ASTM E2807 section 6.2
	pageSize     = 1024 // the only page size that is in use
	pagePayload  = pageSize - 4
	sectionSize  = 32 // header of a compressed vector section
	packetMaxB   = 1 << 16
	signature    = "ASTM-E57"
	namespaceE57 = "http://www.astm.org/COMMIT/E57/2010-e57-v1.0"
	namespaceNor = "http://www.libe57.org/E57_NOR_surface_normals.txt"
)

// Packet types within a compressed vector section.
const (
	packetIndex  = 0
	packetData   = 1
	packetIgnore = 2
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)
