package mvs

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
)

const (
	coarsestSidePx = 160 // of the longer side, or up to twice as much
	maxLevels      = 4
)

// pass is one improvement of every depth map.
type pass struct {
	level, sweeps int
	explore       bool // from random planes, without the other maps
	prior         bool
	finer         bool // the first at a finer level
	last          bool
}

// schedule goes from the coarsest level to the finest. The coarse ones cost
// little and find the shape; at the finest only detail is left to find.
func schedule(levels int) []pass {
	top := levels - 1
	out := []pass{{level: top, sweeps: 4, explore: true}, {level: top, sweeps: 2}, {level: top, sweeps: 2, prior: true}}
	for l := top - 1; l >= 0; l-- {
		out = append(out, pass{level: l, sweeps: 2, prior: true, finer: true})
		if l > 0 {
			out = append(out, pass{level: l, sweeps: 1, prior: true})
		}
	}
	out[len(out)-1].last = true
	return out
}

// run is one call of Dense. Maps are improved one photo after the other in order
// of name, each from the newest maps of the rest.
type run struct {
	stations []*station
	opt      *Options
	key      string
	mem      memory
}

// memory is what the passes use again.
type memory struct {
	planes, prior []plane
	cost          []float32
	views, class  []uint8
	quads         [maxSources][]uint32
}

func (r *run) match(ctx context.Context) error {
	levels := maxLevels
	for _, s := range r.stations {
		if s.levels != nil {
			levels = min(levels, len(s.levels))
		}
	}
	passes := schedule(levels)
	done, total := int64(0), int64(len(passes)*len(r.stations))
	for n, p := range passes {
		for i, s := range r.stations {
			if err := ctx.Err(); err != nil {
				return err
			}
			r.opt.Progress("matching", done, total)
			done++
			if s.why != "" {
				continue
			}
			if err := r.improve(ctx, i, n, p); err != nil {
				return err
			}
		}
	}
	r.opt.Progress("matching", total, total)
	return nil
}

// improve brings a station's depth map through a pass, from the cache when an
// earlier run left it there.
func (r *run) improve(ctx context.Context, i, n int, p pass) error {
	s := r.stations[i]
	g := s.levels[p.level]
	key := fmt.Sprintf("%s-%02d-%04d", r.key, n, i)
	m := r.matcher(i, n, p)
	s.perPx = float64(m.perPx)
	if r.opt.Cache != nil {
		if b, ok := r.opt.Cache.Get(key); ok {
			if d := decodeMap(b, p.level, g.w, g.h); d != nil {
				s.depth = d
				return nil
			}
		}
	}
	if s.depth != nil {
		m.load(s.depth, s.levels[s.depth.level].k, p.level)
	}
	if p.explore {
		m.start(ctx, r.opt.Workers)
	}
	if p.prior {
		m.expect(ctx, r.opt.Workers)
	}
	for k := range p.sweeps {
		if m.trust = geometricWeight; p.finer && k == 0 {
			m.trust = detailWeight
		}
		m.sweep(ctx, r.opt.Workers)
	}
	if p.prior {
		m.settle(ctx, r.opt.Workers, p.last)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.depth = m.store(s.depth, p.level)
	if r.opt.Cache != nil {
		if err := r.opt.Cache.Put(key, s.depth.encode()); err != nil {
			return fmt.Errorf("mvs: keeping a depth map: %w", err)
		}
	}
	return nil
}

// matcher prepares a pass for a station.
func (r *run) matcher(i, n int, p pass) *matcher {
	ref := r.stations[i]
	g := ref.levels[p.level]
	m := &matcher{ref: g, wFar: float32(ref.wFar), wNear: float32(ref.wNear), explore: p.explore, geometric: !p.explore}
	size := g.w * g.h
	m.planes, m.prior = grown(&r.mem.planes, size), nil
	m.cost, m.views = grown(&r.mem.cost, size), grown(&r.mem.views, size)
	if p.prior {
		m.prior, m.class = grown(&r.mem.prior, size), grown(&r.mem.class, size)
	}
	for q, j := range ref.sources {
		s := newGeometry(ref, r.stations[j], p.level)
		sp := r.stations[j].levels[p.level]
		s.quad = sp.quads(grown(&r.mem.quads[q], sp.w*sp.h))
		m.sources = append(m.sources, s)
	}
	m.perPx = m.pixelStep()
	m.seed = r.opt.Seed ^ nameSeed(ref.name) ^ uint64(n)<<48
	return m
}

// grown gives n zeroed elements of a buffer that is kept.
func grown[T any](b *[]T, n int) []T {
	if cap(*b) < n {
		*b = make([]T, n)
	}
	*b = (*b)[:n]
	clear(*b)
	return *b
}

func nameSeed(name string) uint64 {
	h := sha256.Sum256([]byte(name))
	return binary.LittleEndian.Uint64(h[:])
}

// mapsVersion changes whenever the same input gives other maps.
const mapsVersion = 4

// fingerprint stands for everything that the depth maps depend on.
func fingerprint(stations []*station, opt *Options) string {
	h := sha256.New()
	put := func(v ...float64) {
		for _, f := range v {
			_ = binary.Write(h, binary.LittleEndian, math.Float64bits(f))
		}
	}
	fmt.Fprintf(h, "firescene depth maps %d %d\n", mapsVersion, opt.Seed)
	for _, s := range stations {
		fmt.Fprintf(h, "%q %v %q\n", s.name, s.sources, s.why)
		q, t := s.pose.Q, s.pose.T
		put(q.Real, q.Imag, q.Jmag, q.Kmag, t.X, t.Y, t.Z, s.wFar, s.wNear)
		if s.levels == nil {
			continue
		}
		p := s.levels[0]
		put(p.k.f, p.k.g, p.k.cx, p.k.cy, float64(p.w), float64(p.h))
		h.Write(p.grey)
		bits := make([]byte, (len(p.unused)+7)/8)
		for i, u := range p.unused {
			if u {
				bits[i/8] |= 1 << (i % 8)
			}
		}
		h.Write(bits)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
