// Package render holds the nouns of everything that shows: what is drawn, from
// where, and the picture that comes out. The packages below it draw, and lay
// out the report.
package render

import (
	"image"

	"firescene/forensics"
	"firescene/recon"

	"gonum.org/v1/gonum/spatial/r3"
)

// View is a camera that looks at a scene.
type View struct {
	Name            string
	Eye, Target, Up r3.Vec
	FovYDeg         float64 // vertical; ignored when OrthoHeightM > 0
	OrthoHeightM    float64 // height of the picture in scene units for a parallel projection; 0 means perspective
	WidthPx         int
	HeightPx        int
	Clip            *Clip // cuts the cloud open, so that a room is seen into; nil shows all of it
}

// Clip is an upright box turned about the vertical. Points of the cloud outside
// are not drawn, nor are hot layers beyond its sides. Markers and outlines always
// are, so that cutting never hides evidence.
type Clip struct {
	Centre, HalfM r3.Vec  // HalfM along the box's own axes
	YawDeg        float64 // turn of the box's axes from the world's, counter-clockwise seen from above
}

// Marker is a place in the scene with a name. Its look follows from Standing
// alone, so that what is measured, recovered, inferred and supposed never looks
// alike.
type Marker struct {
	At       r3.Vec
	RadiusM  float64 // drawn as a translucent ball of this size; 0 means a pin only
	Label    string
	Symbol   string // "origin", "detector", "camera", "exhibit"
	Standing forensics.FindingKind
}

// HotLayer is the hot upper layer of a room at one moment, drawn as a volume.
type HotLayer struct {
	Min, Max   r3.Vec  // the room
	InterfaceM float64 // height of the layer's underside above the room's floor
	UpperC     float64 // its temperature
	LowerC     float64
}

// GasShown says which quantities of gas a picture shows.
type GasShown struct{ Smoke, Temperature, Heat bool }

// Paint is what surfaces were predicted to meet, painted hatched on the points and
// triangles that lie on them.
type Paint struct {
	Patches []recon.SurfacePatch
	// Marks says that values are classes of burn marks by their number (recon/marks), 0
	// clean; else they are exposures in MJ/m2.
	Marks bool
	// FromShare is the share of the picture's width from which on it is painted: with 0.5
	// what was observed is seen beside it.
	FromShare float64
}

// Outline is an edge drawn in the scene: rooms, openings.
type Outline struct {
	Points   []r3.Vec
	Closed   bool
	Standing forensics.FindingKind
}

// Legend is one line of the picture's key.
type Legend struct {
	Text     string
	Symbol   string
	Standing forensics.FindingKind
}

// Scene is everything that one picture shows.
type Scene struct {
	Cloud     *recon.Cloud
	Mesh      *recon.Mesh // drawn among the points; must not change between pictures
	Markers   []Marker
	HotLayers []HotLayer
	Gas       []recon.Gas // simulated; slices must not change between pictures
	ShowGas   GasShown
	Paint     *Paint // nil: surfaces show their own colours
	Outlines  []Outline
	Legend    []Legend
	Title     string  // printed in the picture's corner
	NorthDeg  float64 // direction of north, degrees counter-clockwise from +Y
	HasNorth  bool    // false: no north arrow is drawn, since none is known
	Metric    bool    // false: no scale bar is drawn, since the scene has no scale
}

// Frame is a finished picture.
type Frame struct {
	Image    *image.RGBA
	Renderer string // the OpenGL renderer that drew it, or "software splatter" with it
}
