package mvs

import (
	"context"
	"math"

	"firescene/recon"
	"gonum.org/v1/gonum/spatial/r3"
)

// Two photos agree on a point when it comes back to its pixel, when their depths
// of it are alike and when their surfaces face alike: J. Schoenberger, E. Zheng,
// M. Pollefeys and J.-M. Frahm, Pixelwise view selection for unstructured
// multi-view stereo, ECCV 2016.
const (
	agreeReturnPx  = 1.0
	agreeDepth     = 0.01
	agreeNormalCos = 0.866 // 30 degrees
	// What only two photos agree on must have texture and agree better: with
	// repeated patterns two often agree by chance.
	pairReturnPx = 0.3
	pairCost     = 0.3 * costUnit
	pairTexture  = 4
	// A depth is taken to be no better than leastMatchPx, and worse than photos
	// differ by: they share pictures, and so part of their errors.
	leastMatchPx = 0.03
	sharedErrors = 1.5
	// windowError is the variance of a match, in pixels squared, in a window whose
	// texture is as strong as its noise.
	windowError = 0.06
	measureStep = 5 // every how many pixels the differences are measured
)

// frame is what merging needs of a station at full working size.
type frame struct {
	*station
	k            pinhole
	d            *depthMap
	worldFromCam recon.Pose
	rot          [9]float64 // of worldFromCam
	used         []bool     // pixels that a point was made of
	perPx        float64
}

// at gives the point and the inverse depth of a frame's surface at a place
// within the pixel whose index is i.
func (f *frame) at(x, y float64, i int) (p r3.Vec, w float64) {
	px, py := float64(i%f.d.width), float64(i/f.d.width)
	w = float64(f.d.w[i])
	w *= 1 + (float64(f.d.slope[2*i])*(x-px)/f.k.f+float64(f.d.slope[2*i+1])*(y-py)/f.k.g)/slopeUnit
	return f.world(x, y, w), w
}

func (f *frame) world(x, y, w float64) r3.Vec {
	c := r3.Scale(1/w, f.k.ray(x, y))
	return r3.Add(f.centre, rotate(&f.rot, c))
}

func rotate(m *[9]float64, v r3.Vec) r3.Vec {
	return r3.Vec{X: m[0]*v.X + m[1]*v.Y + m[2]*v.Z, Y: m[3]*v.X + m[4]*v.Y + m[5]*v.Z, Z: m[6]*v.X + m[7]*v.Y + m[8]*v.Z}
}

// normal is the surface's direction at a pixel, towards the camera.
func (f *frame) normal(i int) r3.Vec {
	x, y := float64(i%f.d.width), float64(i/f.d.width)
	sx, sy := float64(f.d.slope[2*i])/slopeUnit, float64(f.d.slope[2*i+1])/slopeUnit
	n := r3.Vec{X: -sx, Y: -sy, Z: -(1 - sx*(x-f.k.cx)/f.k.f - sy*(y-f.k.cy)/f.k.g)}
	return rotate(&f.rot, r3.Scale(1/r3.Norm(n), n))
}

// fused is what a band of rows gives.
type fused struct {
	xyz, normal, sigma []float32
	rgb, views         []uint8
	hits               [][2]int32 // source among those of the frame, pixel
	taken              []int32    // own pixels
	covered            int
}

// fuse merges the depth maps into points, frame after frame. A pixel that took
// part in a point makes none of its own.
func fuse(ctx context.Context, stations []*station, photos []Photo, opt *Options, report *Report) (*recon.Cloud, error) {
	cloud := &recon.Cloud{}
	frames := make([]*frame, len(stations))
	for i, s := range stations {
		if s.depth == nil {
			continue
		}
		f := &frame{station: s, k: s.levels[0].k, d: s.depth, worldFromCam: s.pose.Inverse(), used: make([]bool, len(s.depth.w)), perPx: s.perPx}
		f.rot = f.worldFromCam.Matrix()
		frames[i] = f
	}
	report.MatchPx = disagreement(ctx, frames, opt)
	for i, f := range frames {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		opt.Progress("merging depth maps", int64(i), int64(len(frames)))
		if f == nil {
			continue
		}
		img, err := photos[f.photo].Open()
		if err != nil {
			report.Photos[i].Why = "cannot be read again: " + err.Error()
			continue
		}
		_, colour := rectify(img, nil, f.cam, opt.MaxSidePx)
		m := newMerger(f, frames, opt, max(sharedErrors*report.MatchPx, leastMatchPx))
		usable, covered := len(f.d.w), 0
		for _, u := range f.levels[0].unused {
			if u {
				usable--
			}
		}
		parts := make([]fused, (f.d.height+bandRows-1)/bandRows)
		rows(ctx, opt.Workers, f.d.height, func(y int, sc *scratch) { m.row(y, sc, &parts[y/bandRows], colour.Pix) })
		for b := range parts {
			p := &parts[b]
			cloud.XYZ = append(cloud.XYZ, p.xyz...)
			cloud.Normal = append(cloud.Normal, p.normal...)
			cloud.RGB = append(cloud.RGB, p.rgb...)
			cloud.Views = append(cloud.Views, p.views...)
			cloud.Sigma = append(cloud.Sigma, p.sigma...)
			for _, h := range p.hits {
				m.others[h[0]].used[h[1]] = true
			}
			for _, at := range p.taken {
				f.used[at] = true
			}
			report.Photos[i].Points += len(p.views)
			covered += p.covered
		}
		if usable > 0 {
			report.Photos[i].Coverage = float64(covered) / float64(usable)
		}
	}
	opt.Progress("merging depth maps", int64(len(frames)), int64(len(frames)))
	return cloud, ctx.Err()
}

// disagreement is the median distance, in pixels, at which points come back from
// other photos that see them.
func disagreement(ctx context.Context, frames []*frame, opt *Options) float64 {
	const bins = 256
	var count [bins]int
	total := 0
	for _, f := range frames {
		if f == nil || ctx.Err() != nil {
			continue
		}
		m := newMerger(f, frames, opt, 0)
		for y := 0; y < f.d.height; y += measureStep {
			for x := 0; x < f.d.width; x += measureStep {
				w := f.d.w[y*f.d.width+x]
				for q := range m.sources {
					if off := m.sources[q].returnError(float32(x), float32(y), w); w > 0 && off < agreeReturnPx {
						count[int(off*bins/agreeReturnPx)]++
						total++
					}
				}
			}
		}
	}
	sum := 0
	for k, n := range count {
		if sum += n; 2*sum >= total && total > 0 {
			return (float64(k) + 0.5) * agreeReturnPx / bins
		}
	}
	return 0
}

// merger makes points of one frame's pixels.
type merger struct {
	f       *frame
	others  []*frame
	sources []source
	opt     *Options
	matchPx float64 // error of a match in a window with texture
}

func newMerger(f *frame, frames []*frame, opt *Options, matchPx float64) *merger {
	m := &merger{f: f, opt: opt, matchPx: matchPx}
	for _, j := range f.sources {
		if frames[j] != nil {
			m.others = append(m.others, frames[j])
			m.sources = append(m.sources, newGeometry(f.station, frames[j].station, 0))
		}
	}
	return m
}

func (m *merger) row(y int, sc *scratch, out *fused, pix []uint8) {
	f := m.f
	for x := range f.d.width {
		i := y*f.d.width + x
		w := f.d.w[i]
		if w <= 0 {
			continue
		}
		normal := f.normal(i)
		fx, fy := float32(x), float32(y)
		n, worst := 1, float32(0)
		var point [maxSources + 1]r3.Vec
		var weight [maxSources + 1]float64
		var hit [maxSources + 1][2]int32
		first := f.world(float64(x), float64(y), float64(w))
		sc.patch.fill(f.levels[0], x, y)
		matchPx := math.Sqrt(square(m.matchPx) + windowError*float64(sc.patch.noise/(sc.patch.variance+0.01)))
		point[0], weight[0] = first, 1/square(matchPx*f.perPx/square(float64(w)))
		direction := normal
		for q := range m.sources {
			s, o := &m.sources[q], m.others[q]
			sx, sy, sw, ok := s.place(fx, fy, w)
			if !ok {
				continue
			}
			at := int(sy+0.5)*o.d.width + int(sx+0.5)
			if o.d.w[at] <= 0 {
				continue
			}
			off := s.returnError(fx, fy, w)
			if !(off <= agreeReturnPx) {
				continue
			}
			p, ow := o.at(float64(sx), float64(sy), at)
			if rel := ow/float64(sw) - 1; !(rel <= agreeDepth && rel >= -agreeDepth) {
				continue
			}
			on := o.normal(at)
			if !(r3.Dot(normal, on) >= agreeNormalCos) {
				continue
			}
			point[n], weight[n], hit[n] = p, 1/square(matchPx*o.perPx/square(ow)), [2]int32{int32(q), int32(at)}
			direction = r3.Add(direction, on)
			worst = max(worst, off)
			n++
		}
		if n < m.opt.MinViews || n == 2 && !(worst < pairReturnPx && f.d.cost[i] < pairCost && sc.patch.variance > pairTexture*sc.patch.noise) {
			continue
		}
		out.covered++
		if f.used[i] {
			continue
		}
		var sum r3.Vec
		total := 0.0
		for k := range n {
			sum = r3.Add(sum, r3.Scale(weight[k], point[k]))
			total += weight[k]
		}
		p := r3.Scale(1/total, sum)
		spread := 0.0
		for k := range n {
			spread += weight[k] * r3.Norm2(r3.Sub(point[k], p))
		}
		// The views share pictures, so their errors are not independent: the
		// point is taken to be no better than one of them, and what they differ
		// by comes on top.
		sigma := math.Sqrt(float64(n)/total + spread/total)
		direction = r3.Unit(direction)
		out.xyz = append(out.xyz, float32(p.X), float32(p.Y), float32(p.Z))
		out.normal = append(out.normal, float32(direction.X), float32(direction.Y), float32(direction.Z))
		out.rgb = append(out.rgb, pix[4*i], pix[4*i+1], pix[4*i+2])
		out.views = append(out.views, uint8(n))
		out.sigma = append(out.sigma, float32(sigma))
		out.taken = append(out.taken, int32(i))
		out.hits = append(out.hits, hit[1:n]...)
	}
}

func square(v float64) float64 { return v * v }
