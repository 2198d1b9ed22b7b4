// Package las reads and writes LAS and LAZ point clouds.
//
// Specification: ASPRS, "LAS Specification 1.4 - R16", 2025, and its
// predecessors 1.0 to 1.3; for LAZ see package laz. Read are point data record
// formats 0 to 10; written are formats 0 to 3, 6 and 7 of versions 1.2 and 1.4.
package las

// Sizes of the public header block, by minor version (LAS 1.4 R16, table 3).
const (
	headerSize12 = 227
	headerSize14 = 375
)

// recordSize is the least length of a point data record by its format (LAS 1.4
// R16, tables 7 to 17). A file may store more bytes a point; the rest is skipped.
var recordSize = [11]int{20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67}

// rgbOffset is where Red begins in a record of each format; 0 means no colour.
var rgbOffset = [11]int{2: 20, 3: 28, 5: 28, 7: 30, 8: 30, 10: 30}

// RecordB is the least length of a record of a point data record format, 0 to 10.
func RecordB(format int) int { return recordSize[format] }
