// Package smokeview reads and writes results of fire models in the files that the
// viewer Smokeview opens: the index ".smv", slices ".sf", boundaries ".bf", smoke
// ".s3d" with its ".sz", surfaces of equal value ".iso", Plot3D ".q", and the
// tables "_devc.csv" and "_hrr.csv".
//
// The index is small and is read whole into a Case. The others are streams: a
// reader holds one frame, whatever the file's length, and never believes a length
// before the bytes are there. A file that ends within a frame, as that of a run
// that was killed does, gives its whole frames and then a *formats.FormatError.
//
// Places are metres in the model's frame, temperatures are in the units the file
// states, times are seconds. Grid lines are counted from 0.
//
// Sources: G. P. Forney, Smokeview User's Guide, NIST SP 1017-1 (2013), appendix;
// K. McGrattan et al., Fire Dynamics Simulator User's Guide, NIST SP 1019 (2013),
// ch. 22 (output file formats); for zone models the layout that CFAST 7 writes.
package smokeview

import (
	"fmt"

	"firescene/formats"
)

// Format is the name that errors carry.
const Format = "Smokeview"

// Case is what an index says. Meshes, surfaces and vents are counted from 1 where
// the file names them by number, as it does.
type Case struct {
	Title, CHID, Version string
	Input                string // file that was run
	Tables               []Table
	EndS                 float64
	Frames               int
	Surfaces             []Surface
	DefaultSurface       string
	Props                []Prop
	Devices              []Device
	Meshes               []Mesh
	Slices               []File // SLCF and its relatives
	Boundaries           []File // BNDF, BNDC
	Smoke                []File // SMOKF3D
	Isos                 []File // ISOG, ISOF, TISOG
	Particles            []File // PRT5
	Plots                []File // PL3D
	Events               []Event

	HRRPUVCut float64 // kW/m3 from which flames show; 0: not stated
	HeatKJKg  float64 // of the fuel; 0: not stated
	FuelName  string
	ZoneFile  string // table of a zone model
	AmbientPa float64
	AmbientK  float64
	Rooms     []Room
	Fires     []Fire
	Openings  []Opening
	NotRead   []NotRead
}

// NotRead is a keyword that the package passes over.
type NotRead struct {
	Line    int
	Keyword string
}

// Table is a CSVF: a table of values over time beside the index.
type Table struct {
	Kind string // hrr, devc, steps, zone ...
	File string
}

// Surface is a SURFACE.
type Surface struct {
	Name       string
	IgnitionC  float64
	Emissivity float64
	Kind       int // 0 regular, 2 open, -2 mirror as FDS writes them
	Size       [2]float64
	RGBA       [4]float64
	Texture    string
}

// Prop is a PROP: how a device looks.
type Prop struct {
	Name   string
	Shapes []string
}

// Device is a DEVICE: a place where something is measured.
type Device struct {
	Label, Quantity string
	At, Normal      [3]float64
	State           int
	Box             *[6]float64 // x, y, z of one corner and then of the other; nil: a point
	Prop            string
}

// Mesh is one grid. X, Y and Z are its grid lines, one more than cells.
type Mesh struct {
	Name    string
	Cells   [3]int
	Box     [6]float64 // x0, x1, y0, y1, z0, z1
	X, Y, Z []float64
	Obsts   []Obst
	Vents   []Vent
	DummyN  int // of Vents the last, made by the model and not of the input
}

// Obst is one block. Surfaces are by number from 0, of x0, x1, y0, y1, z0, z1.
type Obst struct {
	Box      [6]float64
	ID       int
	Surfaces [6]int
	Grid     [6]int
	Colour   int // -1: by surface, -3: RGBA
	Shape    int // -1: block, 2: outline
	RGBA     *[4]float64
	Label    string // what stands behind the mark
}

// Vent is one vent; Surface is by number from 0.
type Vent struct {
	Box     [6]float64
	ID      int
	Surface int
	Grid    [6]int
	Colour  int
	Shape   int
	RGBA    *[4]float64
}

// File is a file of values with what it holds.
type File struct {
	Keyword   string // SLCF, SLCC, BNDF ...
	Mesh      int    // from 1
	Name      string
	Quantity  string
	Short     string
	Units     string
	Grid      [6]int  // SLCF: i0, i1, j0, j1, k0, k1
	HasGrid   bool    // SLCF: Grid is stated
	Number    float64 // SMOKF3D: extinction, m2/kg; PL3D: time, s; ISOG: cell shift
	Variables [][3]string
	Classes   []int  // PRT5
	Second    string // TISOG: file of the colouring values
}

// Event is a thing that shows or hides, or a device that changes its state.
type Event struct {
	Keyword     string // SHOW_OBST, HIDE_OBST, OPEN_VENT, CLOSE_VENT, DEVICE_ACT
	Mesh, Index int
	Device      string
	TimeS       float64
	State       int
}

// Room is a ROOM of a zone model.
type Room struct {
	Size, Origin [3]float64
}

// Fire is a FIRE of a zone model; Room is from 1, At from the room's origin.
type Fire struct {
	Room int
	At   [3]float64
}

// Opening is a HVENTPOS, VVENTPOS or MVENTPOS of a zone model: Box is x0, x1, y0,
// y1, z0, z1 from the origin of the first room. Rooms are from 1; one more than
// there are rooms is the open air. Numbers of HVENTGEOM and its relatives, which
// name a face and not a place, are in Loose.
type Opening struct {
	Keyword string
	Rooms   [2]int
	Box     [6]float64
	Loose   []float64
}

// Bounds on what a file may hold. A larger claim is a FormatError.
const (
	MaxIndexBytes  = 1 << 30
	MaxLineBytes   = 1 << 16
	MaxCells       = 1 << 28 // of one frame
	MaxGridLines   = 1 << 16 // of one axis
	MaxPatches     = 1 << 22
	MaxRecordBytes = 1<<31 - 9 // of a Fortran record in one piece
)

// bad is a FormatError at a line.
func bad(line int, next, format string, args ...any) error {
	return &formats.FormatError{Format: Format, Offset: -1, Reason: fmt.Sprintf("line %d: ", line) + fmt.Sprintf(format, args...), Next: next}
}

// cut is a FormatError at a byte.
func cut(off int64, format string, args ...any) error {
	return &formats.FormatError{Format: Format, Offset: off, Reason: fmt.Sprintf(format, args...), Next: "what lies before it can be used"}
}
