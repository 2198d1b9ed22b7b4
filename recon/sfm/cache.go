package sfm

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"firescene/recon"
	"firescene/recon/feature"
	"firescene/recon/match"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Versions of what is cached; each goes up when its making changes, so that an
// entry of an older program is not found.
const (
	featuresVersion = "features 2"
	matchesVersion  = "matches 1"
	geometryVersion = "geometry 1"
)

// keyOf is the name of a cache entry: what it is and a hash of all that it was
// made from.
func keyOf(version string, from ...string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q", version, from)
	return hex.EncodeToString(h.Sum(nil))
}

// featuresKey names a photo's features, "" where they are not cached.
func (s *scene) featuresKey(content string) string {
	if s.opt.Cache == nil || content == "" {
		return ""
	}
	return keyOf(featuresVersion, content, fmt.Sprint(s.opt.MaxFeatures, s.opt.MaxSidePx))
}

// matchesKey names the matches of a pair before its geometry is known.
func (s *scene) matchesKey(a, b *photo) string {
	if a.content == "" || b.content == "" {
		return ""
	}
	return keyOf(matchesVersion, a.content, b.content)
}

// geometryKey names a verified pair. Matches follow from the features.
func (s *scene) geometryKey(p *pair) string {
	a, b := &s.photos[p.a], &s.photos[p.b]
	if a.content == "" || b.content == "" {
		return ""
	}
	return keyOf(geometryVersion, a.content, b.content, fmt.Sprintf("%+v %+v %d", s.cams[a.cam], s.cams[b.cam], s.seedOf(p.a, p.b)))
}

// load gives an entry whose check sum is right.
func (s *scene) load(key string) ([]byte, bool) {
	if key == "" {
		return nil, false
	}
	b, ok := s.opt.Cache.Get(key)
	if !ok || len(b) < sha256.Size {
		return nil, false
	}
	body := b[:len(b)-sha256.Size]
	sum := sha256.Sum256(append([]byte(key), body...))
	return body, bytes.Equal(sum[:], b[len(body):])
}

// save stores an entry with the check sum of its key and content.
func (s *scene) save(key string, body []byte) error {
	if key == "" {
		return nil
	}
	sum := sha256.Sum256(append([]byte(key), body...))
	return s.opt.Cache.Put(key, append(body, sum[:]...))
}

// reader takes values off an entry; it is bad once one was not there.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad = true
		return make([]byte, max(0, min(n, 8)))
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) u32() uint32   { return binary.LittleEndian.Uint32(r.take(4)) }
func (r *reader) f32() float32  { return math.Float32frombits(r.u32()) }
func (r *reader) f64() float64  { return math.Float64frombits(binary.LittleEndian.Uint64(r.take(8))) }
func (r *reader) varint() int64 { v, n := binary.Varint(r.b); r.skip(n); return v }

func (r *reader) skip(n int) {
	if n <= 0 {
		r.bad = true
		return
	}
	r.take(n)
}

// count is a number of things of at least size bytes each.
func (r *reader) count(size int) int {
	n := int(r.u32())
	if n > len(r.b)/size {
		r.bad = true
		return 0
	}
	return n
}

func appendF64(b []byte, v ...float64) []byte {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b
}

func appendF32(b []byte, v ...float32) []byte {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func flag(set bool) uint32 {
	if set {
		return 1
	}
	return 0
}

const keyBytes = 15

// encoded is a photo's features: size of the picture, keypoints, owners and
// descriptors.
func (f *found) encoded() []byte {
	desc := f.packed.Descriptors()
	b := make([]byte, 0, 32+keyBytes*len(f.keys)+len(desc)+4*len(f.owner)+sha256.Size)
	b = binary.LittleEndian.AppendUint32(b, uint32(f.w))
	b = binary.LittleEndian.AppendUint32(b, uint32(f.h))
	b = appendF64(b, f.factor)
	b = binary.LittleEndian.AppendUint32(b, uint32(f.gave.Weak))
	b = binary.LittleEndian.AppendUint32(b, flag(f.gave.Equalised))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.keys)))
	for _, k := range f.keys {
		b = append(appendF32(b, k.x, k.y, k.sigma), k.rgb[:]...)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(f.packed.Len()))
	for _, o := range f.owner[:f.packed.Len()] {
		b = binary.LittleEndian.AppendUint32(b, uint32(o))
	}
	return append(b, desc...)
}

// decode fills in the features; it reports false, and changes nothing, where
// the entry is not whole.
func (f *found) decode(b []byte) bool {
	r := &reader{b: b}
	g := *f
	g.w, g.h, g.factor = int(r.u32()), int(r.u32()), r.f64()
	g.gave = recon.Detection{Photo: f.name, Weak: int(r.u32()), Equalised: r.u32() == 1}
	g.keys = make([]key, r.count(keyBytes))
	for i := range g.keys {
		k := &g.keys[i]
		k.x, k.y, k.sigma = r.f32(), r.f32(), r.f32()
		copy(k.rgb[:], r.take(3))
	}
	g.gave.Keypoints = len(g.keys)
	g.owner = make([]int32, r.count(4+feature.DescriptorLen))
	for i := range g.owner {
		o := r.u32()
		if int64(o) >= int64(len(g.keys)) {
			return false
		}
		g.owner[i] = int32(o)
	}
	if r.bad || len(r.b) != len(g.owner)*feature.DescriptorLen {
		return false
	}
	// A copy, so that the descriptors do not keep the whole entry in memory.
	g.packed = match.Pack(bytes.Clone(r.b))
	*f = g
	return true
}

// appendMatches writes matches as steps from one to the next.
func appendMatches(b []byte, matches [][2]int32) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(matches)))
	var last [2]int32
	for _, m := range matches {
		b = binary.AppendVarint(b, int64(m[0])-int64(last[0]))
		b = binary.AppendVarint(b, int64(m[1])-int64(last[1]))
		last = m
	}
	return b
}

// matches reads what appendMatches wrote of photos with so many keypoints.
func (r *reader) matches(a, b *photo) [][2]int32 {
	out := make([][2]int32, r.count(2))
	var at [2]int64
	for i := range out {
		at[0] += r.varint()
		at[1] += r.varint()
		if at[0] < 0 || at[1] < 0 || at[0] >= int64(len(a.keys)) || at[1] >= int64(len(b.keys)) {
			r.bad = true
			return nil
		}
		out[i] = [2]int32{int32(at[0]), int32(at[1])}
	}
	return out
}

// loadMatches gives the cached matches of a pair.
func (s *scene) loadMatches(a, b *photo) ([][2]int32, bool) {
	body, ok := s.load(s.matchesKey(a, b))
	if !ok {
		return nil, false
	}
	r := &reader{b: body}
	m := r.matches(a, b)
	return m, !r.bad && len(r.b) == 0
}

// encoded is a verified pair.
func (p *pair) encoded() []byte {
	b := []byte{byte(p.kind)}
	q, t := p.pose.Q, p.pose.T
	b = appendF64(b, q.Real, q.Imag, q.Jmag, q.Kmag, t.X, t.Y, t.Z, p.angle, p.planeShare)
	return appendMatches(b, p.matches)
}

// loadGeometry fills in a pair that was verified before.
func (s *scene) loadGeometry(p *pair, key string) bool {
	body, ok := s.load(key)
	if !ok {
		return false
	}
	r := &reader{b: body}
	g := pair{a: p.a, b: p.b, kind: pairKind(r.take(1)[0])}
	g.pose = recon.Pose{Q: quat.Number{Real: r.f64(), Imag: r.f64(), Jmag: r.f64(), Kmag: r.f64()}, T: r3.Vec{X: r.f64(), Y: r.f64(), Z: r.f64()}}
	g.angle, g.planeShare = r.f64(), r.f64()
	g.matches = r.matches(&s.photos[p.a], &s.photos[p.b])
	if r.bad || len(r.b) != 0 {
		return false
	}
	*p = g
	return true
}
