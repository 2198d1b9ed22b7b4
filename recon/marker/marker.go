// Package marker finds coded targets in photos: the square codes of the family
// 36h11 (E. Olson, AprilTag: a robust and flexible visual fiducial system, ICRA
// 2011; J. Wang and E. Olson, AprilTag 2, IROS 2016) and rings of twelve segments
// about a dot (C. Schneider, 3-D Vermessung von Oberflaechen und Bauteilen durch
// Photogrammetrie und Bildverarbeitung, 1991; S. Ahn, Kreisfoermige Zielmarken,
// 1997). A target's place is the projection of its centre, not the middle of its
// picture: for squares where the diagonals meet, for rings by the homography that
// explains dot and ring together.
package marker

import (
	"cmp"
	"context"
	"slices"

	"firescene/recon/feature"
)

// Found is a target in a photo. X and Y are pixels with (0,0) at the corner of the
// photo; SigmaPx is the standard deviation of each.
type Found struct {
	Name    string
	X, Y    float64
	SigmaPx float64
	SizePx  float64 // side of the square or outer diameter of the ring, about
}

// Bounds on what is looked at in one photo, so that none takes long.
const (
	minSidePx    = 16   // of a black square: two pixels a cell
	minDotPx     = 7.0  // diameter of a ring's dot across its narrow side
	maxDotPx     = 600  // diameter of a ring's dot
	minContrast  = 0.04 // of black and white, of the full range
	mostContrast = 0.12 // that a noisy photo may ask for
	leastSigma   = 0.1  // standard deviation of a centre that is believed at best: the camera's model is no better
)

// Detect finds the targets of a photo, by name. A name that is seen at two places
// of one photo is at neither: one of them is a copy or a reflection, and nothing
// says which. The error is the context's.
func Detect(ctx context.Context, g feature.Gray) ([]Found, error) {
	if g.W < minSidePx || g.H < minSidePx || len(g.Pix) < g.W*g.H {
		return nil, nil
	}
	smooth := smoothed(g)
	bits := threshold(smooth)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	parts := darkParts(bits, g.W, g.H)
	var out []Found
	var walk tracer
	for i := range parts.list {
		if i%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		p := &parts.list[i]
		if f, ok := ringAt(g, p); ok {
			out = append(out, f)
			continue
		}
		if !p.maySquare() {
			continue
		}
		if f, ok := squareAt(g, walk.around(parts, p)); ok {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Found) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(b.SizePx, a.SizePx))
	})
	return unique(out), nil
}

// unique drops names that are at two places. Two finds within a tenth of a
// target's size are one.
func unique(all []Found) []Found {
	var out []Found
	for i := 0; i < len(all); {
		to := i + 1
		same := true
		for to < len(all) && all[to].Name == all[i].Name {
			dx, dy, r := all[to].X-all[i].X, all[to].Y-all[i].Y, 0.1*all[i].SizePx
			same = same && dx*dx+dy*dy < r*r
			to++
		}
		if same {
			out = append(out, all[i])
		}
		i = to
	}
	return out
}
