// Package sfm recovers cameras and a sparse cloud from photos of one place:
// incremental structure from motion, after J. Schoenberger and J.-M. Frahm,
// Structure-from-motion revisited, CVPR 2016, with the start chosen by
// progressively lower demands, so that a set without an ideal pair still gives
// a model.
package sfm

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"slices"
	"strings"
	"sync"
	"time"

	"firescene/recon"
)

// Photo is one input. Open gives the upright picture; it may be called from any
// goroutine, once, or not at all where the Cache knows the photo.
type Photo struct {
	Name string
	Open func() (image.Image, error)
	// Prior is what is known of the camera: Source "given" keeps its intrinsics
	// as they are, "exif" holds the focal length near the value, and the zero
	// value lets it be guessed from the picture's size. A Prior for another size
	// than the picture's is an error of the caller.
	Prior recon.Camera
	// Group names the camera: photos of one group and size share intrinsics.
	Group string
	// Time is when the camera says the photo was taken, by its own clock, the zero
	// time when it does not say. GPS is where, as latitude and longitude in degrees
	// (north and east positive) and altitude in metres; nil when it does not say.
	// Both only help to choose pairs.
	Time time.Time
	GPS  *[3]float64
	// Mask gives the pixels of the upright picture, which Open gave, that are not to
	// be used, or nil; no features are taken there. A nil Mask leaves all in use.
	Mask func(image.Image) (*recon.Mask, error)
	// Key names what Open and Mask give: a hash of the file, of how it is decoded
	// and of the mask. Empty: nothing of the photo is cached.
	Key string
}

// Cache keeps what was worked out of photos and pairs, by key, from run to run.
// Values are checked when they are read: one that is damaged is worked out
// again. It may be called from any goroutine. The result is the same with and
// without.
type Cache interface {
	// Get gives the value that was put under key, and whether there is one.
	Get(key string) ([]byte, bool)
	// Put stores a value. Its error ends the reconstruction.
	Put(key string, b []byte) error
}

// Options sets a reconstruction. The zero value of a field means the default
// named with it.
type Options struct {
	Workers     int    // goroutines; the result does not depend on it (1)
	Seed        uint64 // of the random samples
	MaxFeatures int    // most keypoints a photo (8192)
	MaxSidePx   int    // larger photos are searched at a reduced size (3200)
	Cache       Cache  // of features and verified pairs (none)
	// Progress is told how far a stage is; it may be called from any goroutine.
	Progress func(stage string, done, total int64)
}

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = 1
	}
	if o.MaxFeatures <= 0 {
		o.MaxFeatures = 8192
	}
	if o.MaxSidePx <= 0 {
		o.MaxSidePx = 3200
	}
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	return o
}

// NoModelError says why photos gave no model, and what became of each.
type NoModelError struct {
	Reason, Next string
	Rejected     []recon.Rejected
}

func (e *NoModelError) Error() string { return fmt.Sprintf("%s; %s", e.Reason, e.Next) }

// Reconstruct gives the largest connected model of the photos, with those of the
// photos that do not connect with it as further models. Photos that are not in
// the largest are listed as rejected, with the reason. The result depends on the
// photos, the seed and the limits of opt, not on the order of photos or the
// number of workers; names must differ. Errors are a *NoModelError or the
// context's.
func Reconstruct(ctx context.Context, photos []Photo, opt Options) (*recon.SparseModel, error) {
	s := &scene{opt: opt.withDefaults()}
	photos = slices.Clone(photos)
	slices.SortFunc(photos, func(a, b Photo) int { return cmp.Compare(a.Name, b.Name) })

	if err := s.detect(ctx, photos); err != nil {
		return nil, err
	}
	if usable := s.usable(); usable < 2 {
		return nil, s.noModel(fmt.Sprintf("%d usable photo(s), at least 2 are needed", usable),
			"give two or more sharp photos of the same place taken from different positions")
	}
	if err := s.matchAll(ctx); err != nil {
		return nil, err
	}
	m, err := s.mapMatches(ctx)
	if err == nil {
		m.Detections = s.detections()
	}
	return m, err
}

// mapMatches goes from matched pairs to the model.
func (s *scene) mapMatches(ctx context.Context) (*recon.SparseModel, error) {
	if err := s.verifyAll(ctx); err != nil {
		return nil, err
	}
	s.dropFalsePairs()
	s.buildTracks()
	models, err := s.build(ctx)
	if err != nil {
		return nil, err
	}
	if len(models) == 0 {
		return nil, s.noModel(s.whyNoModel())
	}
	return s.result(models), nil
}

// scene is what is known of the photos before any camera is placed.
type scene struct {
	opt     Options
	photos  []photo
	cams    []recon.Camera
	pairs   []pair             // of photos that share a verified view, by photo indices
	matched map[candidate]bool // pairs whose descriptors were matched
	tracks  []track            // of keypoints that are taken to be one point
	// trackOf is the track of each keypoint of each photo, or -1.
	trackOf [][]int32
}

func (s *scene) usable() int {
	n := 0
	for i := range s.photos {
		if s.photos[i].failed == nil {
			n++
		}
	}
	return n
}

// noModel is the error with every photo's own reason where it has one.
func (s *scene) noModel(reason, next string) error {
	e := &NoModelError{Reason: reason, Next: next}
	for i := range s.photos {
		e.Rejected = append(e.Rejected, s.reject(i))
	}
	return e
}

// whyNoModel tells photos without overlap from photos without a baseline.
func (s *scene) whyNoModel() (reason, next string) {
	widest, pairs := 0.0, 0
	for i := range s.pairs {
		if p := &s.pairs[i]; p.verified() {
			widest = max(widest, degrees(p.angle))
			pairs++
		}
	}
	if pairs > 0 && widest < minAngleDeg {
		return fmt.Sprintf("the photos overlap, but were taken from one place: no pair sees its points at more than %.1f deg, so nothing has a depth", widest),
			"step sideways between photos by at least a tenth of the distance to what they show; turning on the spot is not enough"
	}
	return "no two photos show enough of the same place from different positions",
		"take photos that overlap by two thirds, stepping sideways between them"
}

// reject says why a photo is in no model.
func (s *scene) reject(i int) recon.Rejected {
	p := &s.photos[i]
	if p.failed != nil {
		return *p.failed
	}
	r := recon.Rejected{Photo: p.name}
	var partners []string
	most, widest := 0, 0.0
	for k := range s.pairs {
		if q := &s.pairs[k]; q.verified() && (q.a == i || q.b == i) {
			partners = append(partners, s.photos[q.a+q.b-i].name)
			most, widest = max(most, len(q.matches)), max(widest, degrees(q.angle))
		}
	}
	names := strings.Join(partners[:min(3, len(partners))], ", ")
	switch {
	case len(p.keys) < minFeatures:
		r.Reason = fmt.Sprintf("only %d features found: dark, blurred or without texture", len(p.keys))
		r.Next = "take it again with more light and a steady camera"
	case len(partners) == 0:
		r.Reason = "no other photo shows the same place well enough"
		r.Next = "add photos taken between this position and the others"
	case widest < minAngleDeg:
		r.Reason = fmt.Sprintf("it was taken from the place of %s: what they share has no depth", names)
		r.Next = "add a photo of the same things from a step aside, at least a tenth of their distance"
	default:
		r.Reason = fmt.Sprintf("too few of its points are in the model; it overlaps with %s (at most %d matches)", names, most)
		r.Next = "add photos that overlap by two thirds with this one and with the placed ones"
	}
	return r
}

// forEach runs f for 0..n-1 on the workers and reports progress. It returns the
// first error in the order of the indices that ran, or the context's.
func (s *scene) forEach(ctx context.Context, stage string, n int, f func(worker, i int) error) error {
	return s.forEachOn(ctx, s.opt.Workers, stage, n, f)
}

func (s *scene) forEachOn(ctx context.Context, workers int, stage string, n int, f func(worker, i int) error) error {
	var (
		mu   sync.Mutex
		next int
		done int64
		errs = make([]error, n)
		wg   sync.WaitGroup
	)
	s.opt.Progress(stage, 0, int64(n))
	for w := range min(workers, n) {
		wg.Go(func() {
			for ctx.Err() == nil {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= n {
					return
				}
				errs[i] = f(w, i)
				mu.Lock()
				done++
				now := done
				mu.Unlock()
				s.opt.Progress(stage, now, int64(n))
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
