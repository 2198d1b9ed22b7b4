// Package feature finds SIFT features: points of a photo that can be found again
// in other photos of the same place, each with a descriptor of its surroundings.
//
// Based on: D. Lowe, Distinctive image features from scale-invariant keypoints,
// IJCV 2004; descriptors are square-rooted as in R. Arandjelovic and
// A. Zisserman, Three things everyone should know to improve object retrieval,
// CVPR 2012.
package feature

import (
	"cmp"
	"context"
	"slices"
)

// DescriptorLen is the number of bytes in one descriptor.
const DescriptorLen = 128

// DescriptorNorm2Max bounds the squared Euclidean norm of every descriptor, so
// that by Cauchy and Schwarz the product of any two fits in 16 bits.
const DescriptorNorm2Max = 65535

// DescriptorMax is the largest value of a descriptor byte. Seven bits leave room
// for products of two pairs in a signed 16-bit lane.
const DescriptorMax = 127

// Keypoint is a distinct place in a photo. Coordinates are pixels of the photo
// given to Detect, with (0,0) at the corner of its first pixel.
type Keypoint struct {
	X, Y     float32
	SigmaPx  float32 // scale at which it was found
	Response float32 // absolute value of the difference of Gaussians, image range 0..1
}

// Set is the features of one photo. A keypoint with two dominant orientations
// has two descriptors.
type Set struct {
	Points []Keypoint
	Desc   []uint8 // DescriptorLen a descriptor
	Owner  []int32 // index in Points of each descriptor
	// Equalised says that the photo gave few features as it is and that its
	// contrast was brought up before the search.
	Equalised bool
	Peak      float32 // that of the options; points of less response are weak
}

// Weak is the number of points below the usual contrast.
func (s *Set) Weak() int {
	n := 0
	for _, p := range s.Points {
		if p.Response < s.Peak {
			n++
		}
	}
	return n
}

// Options sets how many features are found, and which. The zero value means the
// defaults named with each field.
type Options struct {
	MaxFeatures int     // most keypoints; the largest scales are kept (8192)
	Peak        float32 // contrast of a keypoint that is kept as such, image range 0..1 (0.02/3)
	// Enough is the number of keypoints up to which weaker ones, down to a fifth
	// of Peak, are taken in by contrast: dark rooms and plain walls (3000).
	Enough int
	// Few is the number of keypoints, weak ones too, below which the search is
	// done again with the contrast brought up locally: a photo that is almost
	// black, or taken through smoke (600). More keypoints come at the price of
	// their precision, so photos that give enough as they are stay so.
	Few       int
	EdgeRatio float32 // largest ratio of principal curvatures (10)
	// DoubleBelowPx doubles photos of fewer pixels before the search, which finds
	// about four times the features at four times the cost (2,000,000).
	DoubleBelowPx int
}

const (
	weakPeak     = 0.2 // the smallest contrast, as a share of Options.Peak
	equalisedFor = 1.5 // times as many keypoints as before, that bringing up the contrast must give
)

func (o Options) withDefaults() Options {
	if o.MaxFeatures <= 0 {
		o.MaxFeatures = 8192
	}
	if o.Peak <= 0 {
		o.Peak = 0.02 / scalesPerOctave
	}
	if o.Enough <= 0 {
		o.Enough = min(3000, o.MaxFeatures)
	}
	if o.Few <= 0 {
		o.Few = 600
	}
	if o.EdgeRatio <= 0 {
		o.EdgeRatio = 10
	}
	if o.DoubleBelowPx <= 0 {
		o.DoubleBelowPx = 2_000_000
	}
	return o
}

// Detector finds features and keeps its working memory from photo to photo:
// about 32 bytes a pixel of the finest octave. It must not be used by two
// goroutines at once.
type Detector struct {
	opt     Options
	octaves []octave
	doubled []float32
	equal   []float32
	columns []float32
	blur    blurrer
}

// NewDetector returns a detector with the given options.
func NewDetector(opt Options) *Detector { return &Detector{opt: opt.withDefaults()} }

// Detect finds the features of a photo, from coarse to fine. The result depends
// on the photo and the options alone. The only error is that of the context.
func (d *Detector) Detect(ctx context.Context, img Gray) (*Set, error) {
	if img.W < minOctaveSide || img.H < minOctaveSide {
		return &Set{Peak: d.opt.Peak}, nil
	}
	if err := d.build(ctx, img); err != nil {
		return nil, err
	}
	found, err := d.searchAll(ctx, d.opt.Peak)
	if err != nil {
		return nil, err
	}
	if len(found) < d.opt.Enough {
		if found, err = d.searchAll(ctx, weakPeak*d.opt.Peak); err != nil {
			return nil, err
		}
	}
	equalised := false
	if len(found) < d.opt.Few {
		if found, equalised, err = d.searchEqualised(ctx, img, found); err != nil {
			return nil, err
		}
	}
	s, err := d.describeAll(ctx, d.choose(found))
	if err != nil {
		return nil, err
	}
	s.Equalised, s.Peak = equalised, d.opt.Peak
	return s, nil
}

// searchEqualised searches the photo with its contrast brought up, and keeps to
// the photo as it is where that gives little more.
func (d *Detector) searchEqualised(ctx context.Context, img Gray, plain []extremum) (found []extremum, better bool, err error) {
	equal := Equalised(img, d.equal)
	d.equal = equal.Pix
	if err := d.build(ctx, equal); err != nil {
		return nil, false, err
	}
	if found, err = d.searchAll(ctx, weakPeak*d.opt.Peak); err != nil {
		return nil, false, err
	}
	if float64(len(found)) > equalisedFor*float64(len(plain)) {
		return found, true, nil
	}
	return plain, false, d.build(ctx, img)
}

// searchAll finds the extrema of all octaves with at least the given contrast.
func (d *Detector) searchAll(ctx context.Context, peak float32) (found []extremum, err error) {
	for i := range d.octaves {
		if found, err = d.search(ctx, found, i, peak); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// choose keeps the keypoints of the largest scales, as coarse features are found
// again from more distances. Where there are few, weaker ones fill up.
func (d *Detector) choose(found []extremum) []extremum {
	weak := slices.Clone(found)
	strong := slices.DeleteFunc(found, func(e extremum) bool { return e.response < d.opt.Peak })
	weak = slices.DeleteFunc(weak, func(e extremum) bool { return e.response >= d.opt.Peak })
	if room := d.opt.Enough - len(strong); room > 0 {
		slices.SortStableFunc(weak, func(a, b extremum) int { return cmp.Compare(b.response, a.response) })
		strong = append(strong, weak[:min(room, len(weak))]...)
	}
	slices.SortStableFunc(strong, func(a, b extremum) int { return cmp.Compare(b.sigmaPx(), a.sigmaPx()) })
	return strong[:min(len(strong), d.opt.MaxFeatures)]
}

// describeAll computes the descriptors octave by octave and plane by plane, each
// with its gradients in memory, and puts them into the order of found. The
// gradients take the place of the first and the last plane, which hold no
// keypoints and are not needed after the search.
func (d *Detector) describeAll(ctx context.Context, found []extremum) (*Set, error) {
	at := make([][][]int, len(d.octaves))
	for i := range at {
		at[i] = make([][]int, gaussiansPerOctave)
	}
	for i, e := range found {
		at[e.octave][e.plane] = append(at[e.octave][e.plane], i)
	}
	desc := make([][][DescriptorLen]uint8, len(found))
	for o := range at {
		for p, members := range at[o] {
			if len(members) == 0 {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			oct := &d.octaves[o]
			g := gradient{w: oct.w, h: oct.h, mag: oct.planes[0], turn: oct.planes[gaussiansPerOctave-1], columns: d.columns}
			g.fill(oct.planes[p])
			for _, i := range members {
				desc[i] = g.describe(found[i])
			}
			d.columns = g.columns
		}
	}
	s := &Set{Points: make([]Keypoint, 0, len(found)), Desc: make([]uint8, 0, len(found)*DescriptorLen*5/4)}
	for i, e := range found {
		if len(desc[i]) == 0 {
			continue
		}
		for k := range desc[i] {
			s.Owner = append(s.Owner, int32(len(s.Points)))
			s.Desc = append(s.Desc, desc[i][k][:]...)
		}
		scale := d.octaves[e.octave].pixelSize
		s.Points = append(s.Points, Keypoint{X: e.x*scale + 0.5, Y: e.y*scale + 0.5, SigmaPx: e.sigma * scale, Response: e.response})
	}
	return s, nil
}
