// Package mvs makes a dense cloud from a sparse model and its photos.
//
// Each photo gets a depth map by PatchMatch stereo against the photos that see
// the same place (matcher), from coarse to fine. After the first pass the maps
// of the other photos take part: a depth that does not come back from them costs
// more. Walls without texture lean on planes through the pixels around them
// (expect). Depths that several photos agree on are merged into points with
// normal, colour, number of views and standard deviation (fuse).
package mvs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"firescene/recon"
)

// Photo is one photo of the model.
type Photo struct {
	Name string
	// Open gives the upright picture. It is called twice, for matching and for the
	// colours, from any goroutine.
	Open func() (image.Image, error)
	// Mask gives the pixels of the picture, which Open gave, that are not to be
	// used, or nil. A nil Mask leaves all in use.
	Mask func(image.Image) (*recon.Mask, error)
}

// Cache keeps finished depth maps, so that a run that was cut off goes on where
// it was. Keys are short and plain; a key stands for the photos, the model and
// the options as well as for the map. What Get returns is checked.
type Cache interface {
	Get(key string) ([]byte, bool)
	Put(key string, value []byte) error
}

// Options sets a run. The zero value of a field means the default named with it.
type Options struct {
	Workers int // goroutines; the result does not depend on it (1)
	// MaxSidePx is the longer side of the pictures that are matched, 64 to 4096
	// (1600, or less where the photos together would have more than 80 million
	// pixels).
	MaxSidePx int
	MinViews  int    // photos that must agree on a point, itself included, 2 to 9 (3)
	Seed      uint64 // of the random hypotheses
	Cache     Cache  // nil: nothing is kept
	// Progress is told how far a stage is; it may be called from any goroutine.
	Progress func(stage string, done, total int64)

	coarsestSidePx int // smallest longer side that is matched, for tests
}

const (
	defaultSidePx  = 1600
	mostOpen       = 2
	maxTotalPixels = 80e6
	minSidePx      = 64
	maxSidePx      = 4096
)

func (o Options) withDefaults(views int) (Options, error) {
	if o.Workers <= 0 {
		o.Workers = 1
	}
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	if o.coarsestSidePx == 0 {
		o.coarsestSidePx = coarsestSidePx
	}
	if o.MinViews == 0 {
		o.MinViews = 3
	}
	if o.MinViews < 2 || o.MinViews > maxSources+1 {
		return o, fmt.Errorf("mvs: %d views a point: give 2 to %d", o.MinViews, maxSources+1)
	}
	if o.MaxSidePx == 0 {
		o.MaxSidePx = defaultSidePx
		if fit := int(math.Sqrt(maxTotalPixels / (0.75 * float64(max(views, 1))))); fit < o.MaxSidePx {
			o.MaxSidePx = max(fit, minSidePx)
		}
	}
	if o.MaxSidePx < minSidePx || o.MaxSidePx > maxSidePx {
		return o, fmt.Errorf("mvs: pictures of %d pixels: give %d to %d", o.MaxSidePx, minSidePx, maxSidePx)
	}
	return o, nil
}

// PhotoReport says what one photo gave.
type PhotoReport struct {
	Photo string
	// Coverage is the share of the photo's usable pixels whose depth MinViews
	// photos agree on.
	Coverage float64
	Points   int      // points that were made of its pixels first
	Sources  []string // photos it was matched with, best first
	Why      string   // why it gave no depth; empty when it did
}

// Report says what became of the photos, in order of name.
type Report struct {
	Photos []PhotoReport
	// MatchPx is the disagreement of depths between photos, as the median
	// distance in pixels at which points come back to where they set out.
	MatchPx float64
}

// NoDepthError says why there is no dense cloud.
type NoDepthError struct {
	Reason, Next string
	Report       *Report
}

func (e *NoDepthError) Error() string { return e.Reason + "; " + e.Next }

// Dense gives the points that at least MinViews photos agree on, in the model's
// frame and unit, with colours, normals towards the cameras, Views and Sigma.
// Photos that are not in the model are left out, and so are views without a
// photo. The result depends on model, photos, seed and limits, not on the number
// of workers or the order of photos. Errors are the context's, those of Cache,
// *NoDepthError, and one about the options.
func Dense(ctx context.Context, model *recon.SparseModel, photos []Photo, opt Options) (*recon.Cloud, *Report, error) {
	opt, err := opt.withDefaults(len(model.Views))
	if err != nil {
		return nil, nil, err
	}
	stations, err := open(ctx, model, photos, &opt)
	if err != nil {
		return nil, nil, err
	}
	if len(stations) == 0 {
		return nil, nil, &NoDepthError{Reason: "none of the photos is in the model", Report: &Report{}, Next: "give the photos that the model was made from"}
	}
	choose(model, stations)
	run := &run{stations: stations, opt: &opt}
	if opt.Cache != nil {
		run.key = fingerprint(stations, &opt)
	}
	report := &Report{Photos: make([]PhotoReport, len(stations))}
	for i, s := range stations {
		report.Photos[i] = PhotoReport{Photo: s.name, Why: s.why}
		for _, j := range s.sources {
			report.Photos[i].Sources = append(report.Photos[i].Sources, stations[j].name)
		}
	}
	if err := run.match(ctx); err != nil {
		return nil, nil, err
	}
	cloud, err := fuse(ctx, stations, photos, &opt, report)
	if err != nil {
		return nil, nil, err
	}
	if cloud.Len() == 0 {
		return nil, nil, &NoDepthError{Reason: "no point that enough photos agree on", Report: report,
			Next: "take photos that overlap by two thirds, each from another place, in good light"}
	}
	cloud.Scaled = model.Scaled
	return cloud, report, nil
}

// open makes the stations of the photos that are in the model, in order of name.
func open(ctx context.Context, model *recon.SparseModel, photos []Photo, opt *Options) ([]*station, error) {
	byName := map[string]int{}
	for i, p := range photos {
		byName[p.Name] = i
	}
	var out []*station
	for v := range model.Views {
		view := &model.Views[v]
		i, ok := byName[view.Photo]
		if !ok {
			continue
		}
		if view.CameraIdx < 0 || view.CameraIdx >= len(model.Cameras) {
			return nil, errors.New("mvs: a view names a camera that is not there")
		}
		s := &station{name: view.Photo, view: v, photo: i, cam: &model.Cameras[view.CameraIdx], pose: view.CamFromWorld, centre: view.Centre()}
		s.rot = s.pose.Matrix()
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *station) int { return cmp.Compare(a.name, b.name) })
	// Decoded photos are large: few at a time.
	var wg sync.WaitGroup
	var done atomic.Int64
	next := make(chan *station, len(out))
	for _, s := range out {
		next <- s
	}
	close(next)
	for range min(opt.Workers, mostOpen) {
		wg.Go(func() {
			for s := range next {
				if ctx.Err() == nil {
					s.read(&photos[s.photo], opt)
					opt.Progress("reading photos", done.Add(1), int64(len(out)))
				}
			}
		})
	}
	wg.Wait()
	return out, ctx.Err()
}

// read rectifies the photo and makes its smaller sizes.
func (s *station) read(photo *Photo, opt *Options) {
	img, err := photo.Open()
	if err != nil {
		s.why = "cannot be read: " + err.Error()
		return
	}
	b := img.Bounds()
	if b.Dx() != s.cam.WidthPx || b.Dy() != s.cam.HeightPx {
		s.why = fmt.Sprintf("is %d x %d pixels, but its camera in the model is for %d x %d", b.Dx(), b.Dy(), s.cam.WidthPx, s.cam.HeightPx)
		return
	}
	var mask *recon.Mask
	if photo.Mask != nil {
		if mask, err = photo.Mask(img); err != nil {
			s.why = "its mask cannot be read: " + err.Error()
			return
		}
	}
	if mask != nil && (mask.WidthPx != b.Dx() || mask.HeightPx != b.Dy()) {
		s.why = "its mask has another size"
		return
	}
	p, _ := rectify(img, mask, s.cam, opt.MaxSidePx)
	s.levels = append(s.levels, p)
	for range maxLevels - 1 {
		if max(p.w, p.h) < 2*opt.coarsestSidePx || min(p.w, p.h) < 32 {
			break
		}
		p = p.halved()
		s.levels = append(s.levels, p)
	}
	if min(p.w, p.h) < 2*windowReach+2 {
		s.levels, s.why = nil, "is too small"
	}
}
