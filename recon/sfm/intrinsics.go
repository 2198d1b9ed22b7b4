package sfm

import (
	"firescene/recon"
	"firescene/recon/bundle"
)

const (
	exifSigma     = 0.05 // relative standard deviation of a focal length from EXIF
	guessSigma    = 1.0
	refineFrom    = 3 // placed photos of a camera from which its intrinsics are refined
	refineAllFrom = 5
	// centreSigma is the standard deviation of a principal point about the middle
	// of the picture, in parts of its longer side.
	centreSigma = 0.003
	// centreSupport is the part of that standard deviation to which the sightings
	// alone must hold a principal point before it is refined: along with a focal
	// length and a distortion that are weakly held it would hide their errors.
	centreSupport = 0.5
)

// freeIntrinsics frees those of cameras that were not given, once enough photos
// hold them.
func (g *growing) freeIntrinsics(p *bundle.Problem) {
	for c := range g.cams {
		f := g.freedom(c)
		p.Free[c] = bitsOf(f)
		p.FocalPrior[c], p.FocalSigma[c] = f.FocalPx, f.FocalSigma
		p.CentrePrior[c], p.CentreSigma[c] = f.CentrePx, f.CentreSigmaPx
	}
}

// freedom is what of a camera the placed photos may refine.
func (g *growing) freedom(c int) (f recon.CameraFreedom) {
	views := 0
	for i := range g.photos {
		if g.placed[i] && g.photos[i].cam == c {
			views++
		}
	}
	start := g.scene.cams[c]
	if start.Source == sourceGiven || views == 0 {
		return f
	}
	f.FocalPx, f.FocalSigma = start.FxPx, guessSigma
	if start.Source == sourceEXIF {
		f.FocalSigma = exifSigma
	}
	f.Focal, f.K1 = views >= refineFrom, views >= refineFrom
	// Of a camera of which nothing is known even one photo tells the focal length,
	// where the others hold the points that it sees.
	if start.Source == sourceGuess && g.count() >= views+refineFrom {
		f.Focal = true
	}
	f.K2 = views >= refineAllFrom
	if f.Centre = g.centre[c]; f.Centre {
		f.CentrePx = [2]float64{start.CxPx, start.CyPx}
		f.CentreSigmaPx = centreSigma * float64(max(start.WidthPx, start.HeightPx))
	}
	return f
}

// judgeCentres lets the principal points be refined that the sightings hold
// well. It reports whether one was let go.
func (g *growing) judgeCentres() bool {
	p, _, _ := g.problem(g.placedPhotos(), true)
	any := false
	for c := range p.Cameras {
		if p.Free[c]&bundle.Radial2 != 0 && !g.centre[c] {
			p.Free[c] |= bundle.Principal
			any = true
		}
	}
	if !any {
		return false
	}
	sigma, err := bundle.CentreSigma(p, fine.options(g.opt.Workers))
	if err != nil {
		return false
	}
	any = false
	for c, v := range sigma {
		most := centreSupport * centreSigma * float64(max(g.cams[c].WidthPx, g.cams[c].HeightPx))
		if p.Free[c]&bundle.Principal != 0 && !g.centre[c] && max(v[0], v[1]) < most {
			g.centre[c], any = true, true
		}
	}
	return any
}

// Sources of a recon.Camera.
const (
	sourceGiven     = "given"
	sourceEXIF      = "exif"
	sourceGuess     = "guess"
	sourceEstimated = "estimated"
)

// finished is a camera as it is written: its source says whether the photos
// themselves changed it.
func (g *growing) finished(c int) recon.Camera {
	cam := g.cams[c]
	if cam != g.scene.cams[c] {
		cam.Source = sourceEstimated
	}
	return cam
}
