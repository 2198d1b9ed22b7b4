// Package points holds the columns that all point cloud codecs share, so that a
// consumer can stream an E57, LAS or PLY file without knowing which it is.
package points

// ScanInfo describes one scan of a file before its points are read.
type ScanInfo struct {
	Name         string
	GUID         string // as stored; empty when the format has none
	Count        int64  // records that the file claims, invalid ones included; -1 when it does not say
	HasRGB       bool
	HasIntensity bool
	HasNormal    bool
	HasGrid      bool // points have a row and a column in the scanner's grid of directions
	// WorldFromScan is the pose stored in the file, 4x4 row-major; identity when
	// HasPose is false. Chunk coordinates are in the scan's frame: the pose is
	// not applied by codecs.
	WorldFromScan [16]float64
	HasPose       bool
	// NoUnit says that the file states, by NoUnitNote, that nothing fixes its unit:
	// its lengths are no metres.
	NoUnit bool
}

// NoUnitNote is the note of clouds whose unit nothing fixes: a comment of PLY, the end
// of the name of a scan in E57. In LAS, whose system identifier is shorter, it is
// NoUnitSystem.
const (
	NoUnitNote   = "unit unknown: nothing fixed the scale"
	NoUnitSystem = "NO SCALE, UNIT UNKNOWN"
)

// IdentityPose is the WorldFromScan of a scan without a stored pose.
var IdentityPose = [16]float64{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}

// Chunk is a batch of points as columns of equal length N. Optional columns are
// nil when the scan lacks them. A codec reuses the columns' memory from call to
// call: a consumer copies what it keeps.
type Chunk struct {
	N         int
	X, Y, Z   []float64    // metres, or the file's unit, in the scan's frame
	RGB       [][3]uint8   // 16-bit colours are scaled to 8 bits
	Intensity []float32    // as stored, in the file's own range
	Normal    [][3]float32 // unit length when the file's are
	// Row and Column place a point in the scanner's grid of directions, as stored.
	Row, Column []int32
	// Class is a class of each point, for a writer that stores them; readers do not
	// deliver any.
	Class []uint8
	// Extra holds further columns for a writer that is told their names; readers
	// do not deliver any.
	Extra   [][]float32
	Invalid int // records skipped in this chunk because the file flags them invalid
}

// Scan is one scan of a file, read front to back.
type Scan interface {
	Info() ScanInfo
	// Next fills c with at least one valid point, or returns io.EOF after the
	// last one (Chunk.Invalid may then still count skipped records). Any other
	// error is a *formats.FormatError, a *formats.UnsupportedError or a read
	// error; points delivered before it are good.
	Next(c *Chunk) error
}
