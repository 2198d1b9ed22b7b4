package scene

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"firescene/render"

	"gonum.org/v1/gonum/spatial/r3"
)

func straight(n int) Path {
	p := Path{Name: "walk"}
	at := 0.0
	for i := range n {
		p.Keys = append(p.Keys, PathKey{AtS: at, Eye: [3]float64{2 * at, 1, 1.5}, Target: [3]float64{2*at + 1, 1, 1}, FovYDeg: 50 + float64(i)})
		at += 1 + float64(i%3)
	}
	return p
}

// TestPath goes along a straight path with uneven times: it passes its keys, moves
// steadily between those inside, and never jumps.
func TestPath(t *testing.T) {
	p := straight(6)
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	e := ExtentOfBox(r3.Box{Max: r3.Vec{X: 10, Y: 5, Z: 3}})
	for _, k := range p.Keys {
		v := p.At(k.AtS, e, 640, 480)
		if r3.Norm(r3.Sub(v.Eye, vec(k.Eye))) > 1e-9 || math.Abs(v.FovYDeg-k.FovYDeg) > 1e-9 {
			t.Errorf("at %g s the eye is at %v, want %v", k.AtS, v.Eye, k.Eye)
		}
	}
	last := p.At(-5, e, 640, 480).Eye
	if last != vec(p.Keys[0].Eye) {
		t.Errorf("before its beginning the path is at %v", last)
	}
	for s := 0.0; s < p.DurationS()+1; s += 0.01 {
		v := p.At(s, e, 640, 480)
		if step := r3.Norm(r3.Sub(v.Eye, last)); step > 0.05 {
			t.Fatalf("at %g s it jumps by %g m", s, step)
		}
		if s > p.Keys[1].AtS && s < p.Keys[4].AtS && math.Abs(v.Eye.X-2*s) > 1e-9 {
			t.Fatalf("at %g s a straight steady path is at %g, want %g", s, v.Eye.X, 2*s)
		}
		last = v.Eye
	}
	with := p.With(KeyOf(render.View{Eye: r3.Vec{Z: 9}, Target: r3.Vec{}, FovYDeg: 40}, 0.5))
	if len(with.Keys) != 7 || with.Keys[1].AtS != 0.5 || len(p.Keys) != 6 {
		t.Errorf("a key more: %+v", with)
	}
}

func TestPathFile(t *testing.T) {
	want := []Path{straight(3), {Name: "路线", Keys: []PathKey{{Eye: [3]float64{0, 0, 9}, OrthoHeightM: 5, Cut: true}}}}
	var b bytes.Buffer
	if err := WritePaths(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPaths(&b)
	if err != nil || len(got) != 2 || got[1].Name != "路线" || got[0].Keys[2] != want[0].Keys[2] {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, c := range []struct{ text, want string }{
		{`{"paths":[{"name":"a","keys":[]}]}`, "keys"},
		{`{"paths":[{"name":"","keys":[{}]}]}`, "name"},
		{`{"paths":[{"name":"a","keys":[{"eye":[0,0,0],"target":[0,0,0],"fov_y_deg":50}]}]}`, "eye is at the target"},
		{`{"paths":[{"name":"a","keys":[{"eye":[0,0,1],"target":[0,0,0],"fov_y_deg":500}]}]}`, "field of view"},
		{`{"paths":[{"name":"a","keys":[{"at_s":2,"eye":[0,0,1],"fov_y_deg":50},{"at_s":1,"eye":[0,0,1],"fov_y_deg":50}]}]}`, "key 2"},
		{`{"paths":[{"name":"a","kes":[]}]}`, "unknown field"},
		{`[`, "camera paths"},
	} {
		if _, err := ReadPaths(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.text, err)
		}
	}
}

func FuzzReadPaths(f *testing.F) {
	var b bytes.Buffer
	if err := WritePaths(&b, []Path{straight(4)}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"paths":[{"name":"a","keys":[{"eye":[0,0,1e300],"fov_y_deg":50}]}]}`))
	e := ExtentOfBox(r3.Box{Max: r3.Vec{X: 1, Y: 1, Z: 1}})
	f.Fuzz(func(t *testing.T, data []byte) {
		paths, err := ReadPaths(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, p := range paths {
			for _, s := range []float64{-1, 0, p.DurationS() / 3, p.DurationS() + 1} {
				if _, err := newCamera(p.At(s, e, 64, 48)); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
