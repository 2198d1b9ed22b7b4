package scene

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"

	"firescene/render"

	"gonum.org/v1/gonum/spatial/r3"
)

// Path is a way that the camera takes through a scene: keys that it passes at their
// times. Between them it moves on cubic Hermite curves whose slopes at the keys are
// those of the parabola through the key and its neighbours, so that it neither stops nor
// jerks there (the finite-difference form of Catmull and Rom 1974 for uneven times).
type Path struct {
	Name string    `json:"name"`
	Keys []PathKey `json:"keys"` // by time
}

// PathKey is a camera at a time of the path.
type PathKey struct {
	AtS          float64    `json:"at_s"` // seconds after the path begins
	Eye          [3]float64 `json:"eye"`
	Target       [3]float64 `json:"target"`
	FovYDeg      float64    `json:"fov_y_deg"`
	OrthoHeightM float64    `json:"ortho_height_m,omitempty"` // parallel when above 0; holds until the next key
	Cut          bool       `json:"cut,omitempty"`            // opened as the overview is; holds until the next key
}

// The bounds of a file of paths.
const (
	maxPathsB   = 16 << 20
	maxPaths    = 1000
	maxPathKeys = 10_000
)

// pathFile is a file of paths.
type pathFile struct {
	Paths []Path `json:"paths"`
}

// ReadPaths reads the paths of a case. What is no path, or no camera, is an error that
// names it.
func ReadPaths(r io.Reader) ([]Path, error) {
	var f pathFile
	dec := json.NewDecoder(io.LimitReader(r, maxPathsB))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("camera paths: %w", err)
	}
	if len(f.Paths) > maxPaths {
		return nil, fmt.Errorf("camera paths: %d of them, at most %d are read", len(f.Paths), maxPaths)
	}
	names := map[string]bool{}
	for i := range f.Paths {
		p := &f.Paths[i]
		if p.Name == "" || names[p.Name] {
			return nil, fmt.Errorf("camera path %d: the name %q is empty or taken", i+1, p.Name)
		}
		names[p.Name] = true
		if err := p.Check(); err != nil {
			return nil, err
		}
	}
	return f.Paths, nil
}

// WritePaths writes paths as ReadPaths reads them.
func WritePaths(w io.Writer, paths []Path) error {
	b, err := json.MarshalIndent(pathFile{paths}, "", " ")
	if err == nil {
		_, err = w.Write(append(b, '\n'))
	}
	return err
}

// Check says what is wrong with a path; nil when it can be taken.
func (p *Path) Check() error {
	wrong := func(i int, what string) error { return fmt.Errorf("camera path %q, key %d: %s", p.Name, i+1, what) }
	if len(p.Keys) == 0 || len(p.Keys) > maxPathKeys {
		return fmt.Errorf("camera path %q: %d keys; give 1 to %d", p.Name, len(p.Keys), maxPathKeys)
	}
	for i, k := range p.Keys {
		for _, v := range append(append(k.Eye[:], k.Target[:]...), k.AtS, k.FovYDeg, k.OrthoHeightM) {
			if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) > 1e9 {
				return wrong(i, "a number that is none, or far out of any scene")
			}
		}
		switch {
		case k.AtS < 0 || i > 0 && k.AtS <= p.Keys[i-1].AtS:
			return wrong(i, "its time is not after that of the key before")
		case r3.Norm(r3.Sub(vec(k.Target), vec(k.Eye))) < 1e-6:
			return wrong(i, "the eye is at the target")
		case k.OrthoHeightM < 0 || k.OrthoHeightM == 0 && !(k.FovYDeg >= 1 && k.FovYDeg <= 170):
			return wrong(i, "give a field of view of 1 to 170 degrees, or the height of a parallel picture")
		}
	}
	return nil
}

// DurationS is how long the path takes.
func (p *Path) DurationS() float64 { return p.Keys[len(p.Keys)-1].AtS }

func vec(a [3]float64) r3.Vec { return r3.Vec{X: a[0], Y: a[1], Z: a[2]} }

// KeyOf is the key of a view at a time.
func KeyOf(v render.View, atS float64) PathKey {
	return PathKey{AtS: atS, Eye: [3]float64{v.Eye.X, v.Eye.Y, v.Eye.Z}, Target: [3]float64{v.Target.X, v.Target.Y, v.Target.Z}, FovYDeg: v.FovYDeg, OrthoHeightM: v.OrthoHeightM, Cut: v.Clip != nil}
}

// With is the path with a key put in at its time, in place of one that is there.
func (p Path) With(k PathKey) Path {
	i := sort.Search(len(p.Keys), func(i int) bool { return p.Keys[i].AtS >= k.AtS })
	keys := slices.Clone(p.Keys)
	if i < len(keys) && keys[i].AtS == k.AtS {
		keys[i] = k
	} else {
		keys = slices.Insert(keys, i, k)
	}
	p.Keys = keys
	return p
}

// At is the view at a time of the path, that of its ends before and after it. The path
// passed Check. e opens the place where a key says so.
func (p *Path) At(atS float64, e Extent, widthPx, heightPx int) render.View {
	i := sort.Search(len(p.Keys), func(i int) bool { return p.Keys[i].AtS > atS }) - 1
	i = min(max(i, 0), len(p.Keys)-1)
	k := p.Keys[i]
	v := render.View{Name: "path", Eye: vec(k.Eye), Target: vec(k.Target), Up: r3.Vec{Z: 1}, FovYDeg: k.FovYDeg, OrthoHeightM: k.OrthoHeightM, WidthPx: widthPx, HeightPx: heightPx}
	if i+1 < len(p.Keys) && atS > k.AtS {
		eye := p.between(i, atS, func(k *PathKey) r3.Vec { return vec(k.Eye) })
		target := p.between(i, atS, func(k *PathKey) r3.Vec { return vec(k.Target) })
		if r3.Norm(r3.Sub(target, eye)) > 1e-6 { // curves may cross
			v.Eye, v.Target = eye, target
		}
		next := p.Keys[i+1]
		t := (atS - k.AtS) / (next.AtS - k.AtS)
		if k.OrthoHeightM > 0 && next.OrthoHeightM > 0 {
			v.OrthoHeightM += t * (next.OrthoHeightM - k.OrthoHeightM)
		} else if k.OrthoHeightM == 0 && next.OrthoHeightM == 0 {
			v.FovYDeg += t * (next.FovYDeg - k.FovYDeg)
		}
	}
	if k.Cut {
		if o, err := Named(Overview, e, widthPx, heightPx); err == nil {
			v.Clip = o.Clip
		}
	}
	return v
}

// between is the curve from key i to the next.
func (p *Path) between(i int, atS float64, of func(*PathKey) r3.Vec) r3.Vec {
	a, b := &p.Keys[i], &p.Keys[i+1]
	h := b.AtS - a.AtS
	t := (atS - a.AtS) / h
	t2, t3 := t*t, t*t*t
	sum := r3.Scale(2*t3-3*t2+1, of(a))
	sum = r3.Add(sum, r3.Scale((t3-2*t2+t)*h, p.slope(i, of)))
	sum = r3.Add(sum, r3.Scale(3*t2-2*t3, of(b)))
	return r3.Add(sum, r3.Scale((t3-t2)*h, p.slope(i+1, of)))
}

// slope is the velocity at a key: that of the parabola through it and its neighbours,
// and none at the ends, where the camera comes to rest.
func (p *Path) slope(i int, of func(*PathKey) r3.Vec) r3.Vec {
	if i == 0 || i == len(p.Keys)-1 {
		return r3.Vec{}
	}
	a, b, c := &p.Keys[i-1], &p.Keys[i], &p.Keys[i+1]
	h0, h1 := b.AtS-a.AtS, c.AtS-b.AtS
	before, after := r3.Scale(1/h0, r3.Sub(of(b), of(a))), r3.Scale(1/h1, r3.Sub(of(c), of(b)))
	return r3.Scale(1/(h0+h1), r3.Add(r3.Scale(h1, before), r3.Scale(h0, after)))
}

// FindPath is the path of a name.
func FindPath(paths []Path, name string) (Path, error) {
	for _, p := range paths {
		if p.Name == name {
			return p, nil
		}
	}
	if len(paths) == 0 {
		return Path{}, errors.New("there are no camera paths")
	}
	return Path{}, fmt.Errorf("no camera path %q; the first is %q", name, paths[0].Name)
}
