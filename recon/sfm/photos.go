package sfm

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"time"

	"firescene/recon"
	"firescene/recon/feature"
	"firescene/recon/geom"
	"firescene/recon/match"
	"gonum.org/v1/gonum/spatial/r3"
)

// minFeatures is the number of keypoints below which a photo is not tried.
const minFeatures = 30

// maxDetectors bounds the memory of the search: each takes up to 300 MB for the
// largest photos.
const maxDetectors = 6

// guessedFocal is the focal length over the longer side that a photo without any
// word of its camera starts from: a 43 mm lens on 35 mm film.
const guessedFocal = 1.2

// photo is an input with its features, in pixels of the full picture.
type photo struct {
	name    string
	cam     int
	failed  *recon.Rejected // why it can not be used, or nil
	keys    []key
	factor  float64       // pixels of the picture in one of the pixels searched
	packed  *match.Packed // descriptors, the largest scales first; nil once matched
	owner   []int32       // keypoint of each descriptor
	gave    recon.Detection
	content string // names the features in the cache; "" where they are not kept
	time    time.Time
	gps     *[3]float64
}

// key is a keypoint with its colour.
type key struct {
	x, y, sigma float32
	rgb         [3]uint8
}

// found is what the parallel part gives of one photo.
type found struct {
	photo
	w, h int
}

// detect opens every photo and finds its features; photos that fail are marked.
func (s *scene) detect(ctx context.Context, photos []Photo) error {
	all := make([]found, len(photos))
	workers := min(s.opt.Workers, maxDetectors)
	detectors := make([]*feature.Detector, workers)
	buffers := make([][]float32, workers)
	err := s.forEachOn(ctx, workers, "features", len(photos), func(w, i int) error {
		if detectors[w] == nil {
			detectors[w] = feature.NewDetector(feature.Options{MaxFeatures: s.opt.MaxFeatures})
		}
		f := &all[i]
		f.name, f.time, f.gps = photos[i].Name, photos[i].Time, photos[i].GPS
		f.content = s.featuresKey(photos[i].Key)
		if body, ok := s.load(f.content); !ok || !f.decode(body) {
			if err := s.search(ctx, f, &photos[i], detectors[w], &buffers[w]); err != nil || f.failed != nil {
				return err
			}
			if err := s.save(f.content, f.encoded()); err != nil {
				return err
			}
		}
		if p := photos[i].Prior; p.FxPx > 0 && (p.WidthPx != f.w || p.HeightPx != f.h) {
			f.photo = photo{name: f.name, failed: &recon.Rejected{Photo: f.name,
				Reason: fmt.Sprintf("it is %dx%d pixels, its camera was given for %dx%d", f.w, f.h, p.WidthPx, p.HeightPx),
				Next:   "give the camera of this picture size"}}
		}
		return nil
	})
	if err != nil {
		return err
	}
	groups := map[string]int{}
	for i, f := range all {
		if f.failed == nil {
			id := fmt.Sprintf("%s|%dx%d", photos[i].Group, f.w, f.h)
			cam, ok := groups[id]
			if !ok {
				cam = len(s.cams)
				groups[id] = cam
				s.cams = append(s.cams, startCamera(photos[i].Prior, f.w, f.h))
			}
			f.cam = cam
		}
		s.photos = append(s.photos, f.photo)
	}
	return nil
}

// search opens a photo and finds its features; it marks a photo that can not be
// used.
func (s *scene) search(ctx context.Context, f *found, p *Photo, d *feature.Detector, buffer *[]float32) error {
	img, err := p.Open()
	if err != nil {
		f.failed = &recon.Rejected{Photo: f.name, Reason: err.Error(), Next: "give a whole JPEG or PNG file"}
		return nil
	}
	f.w, f.h = img.Bounds().Dx(), img.Bounds().Dy()
	gray, factor := feature.GrayFrom(img, s.opt.MaxSidePx, *buffer)
	*buffer = gray.Pix
	set, err := d.Detect(ctx, gray)
	if err != nil {
		return err
	}
	var mask *recon.Mask
	if p.Mask != nil {
		if mask, err = p.Mask(img); err != nil {
			f.failed = &recon.Rejected{Photo: f.name, Reason: err.Error(), Next: "correct the mask or take it away"}
			return nil
		}
	}
	f.take(unmasked(set, mask, factor), img, float64(factor))
	return nil
}

// detections lists what the search gave in each photo.
func (s *scene) detections() []recon.Detection {
	var out []recon.Detection
	for i := range s.photos {
		if s.photos[i].failed == nil {
			out = append(out, s.photos[i].gave)
		}
	}
	return out
}

// startCamera is the prior, or a guess from the picture's size.
func startCamera(prior recon.Camera, w, h int) recon.Camera {
	if prior.FxPx > 0 {
		return prior
	}
	f := guessedFocal * float64(max(w, h))
	return recon.Camera{WidthPx: w, HeightPx: h, FxPx: f, FyPx: f, CxPx: float64(w) / 2, CyPx: float64(h) / 2, Source: sourceGuess}
}

// take keeps a photo's features in pixels of the full picture.
func (p *photo) take(set *feature.Set, img image.Image, factor float64) {
	p.factor = factor
	p.gave = recon.Detection{Photo: p.name, Keypoints: len(set.Points), Weak: set.Weak(), Equalised: set.Equalised}
	b := img.Bounds()
	for _, k := range set.Points {
		x, y := k.X*float32(factor), k.Y*float32(factor)
		c := color.NRGBAModel.Convert(img.At(b.Min.X+min(int(x), b.Dx()-1), b.Min.Y+min(int(y), b.Dy()-1))).(color.NRGBA)
		p.keys = append(p.keys, key{x, y, k.SigmaPx * float32(factor), [3]uint8{c.R, c.G, c.B}})
	}
	p.owner = set.Owner
	p.packed = match.Pack(set.Desc)
}

// pixel is a keypoint's place.
func (p *photo) pixel(k int32) (x, y float64) { return float64(p.keys[k].x), float64(p.keys[k].y) }

// normalised takes a pixel to the image plane and removes the distortion.
func normalised(c *recon.Camera, x, y float64) geom.Point2 {
	r := c.Ray(x, y)
	return geom.Point2{r.X, r.Y}
}

// angleAt is the angle at a point between two centres.
func angleAt(p, a, b r3.Vec) float64 { return geom.AngleBetween(r3.Sub(a, p), r3.Sub(b, p)) }
