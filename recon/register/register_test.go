package register

import (
	"context"
	"math"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/spatial/r3"
)

func place(t *testing.T, scans []Scan, opts Options) *Result {
	t.Helper()
	r, err := Register(context.Background(), scans, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Scans {
		if v := p.RMSM + p.SigmaM + p.SigmaRad; math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("%s: %+v", p.Name, p)
		}
	}
	return r
}

// off is the root mean square error of the place of scan j in the frame of scan i.
func off(r *Result, scans []Scan, world []rigid, i, j int) float64 {
	at := func(k int) rigid {
		for _, p := range r.Scans {
			if p.Name == scans[k].Name {
				return fromPose(p.WorldFromScan)
			}
		}
		return rigid{}
	}
	a, b := at(i), at(j)
	ia, iw := a.inverse(), world[i].inverse()
	got, want := ia.mul(&b), iw.mul(&world[j])
	sq, n := 0.0, 0.0
	for k := 0; k+2 < len(scans[j].XYZ); k += 30 {
		p := wide([3]float32(scans[j].XYZ[k:]))
		d := sub(got.apply(p), want.apply(p))
		sq += dot(d, d)
		n++
	}
	return math.Sqrt(sq / n)
}

func roomScans() ([]Scan, []rigid) {
	f := furnishedRoom()
	var scans []Scan
	var world []rigid
	for k, e := range [][3]float64{{1.6, 1.9, 1.5}, {3.6, 1.4, 1.6}, {2.9, 3.2, 1.4}} {
		s, w := f.scanAt(string(rune('a'+k)), e, 2.1*float64(k), uint64(k+1))
		scans, world = append(scans, s), append(world, w)
	}
	return scans, world
}

// TestRoom places three scans, one of them given in a frame that is moved.
func TestRoom(t *testing.T) {
	scans, world := roomScans()
	move := rigid{R: rotation([3]float64{0.02, -0.03, 1.1}), T: [3]float64{3, -2, 1}}
	moved := scans[1]
	moved.XYZ = nil
	for k := 0; k+2 < len(scans[1].XYZ); k += 3 {
		p := move.apply(wide([3]float32(scans[1].XYZ[k:])))
		moved.XYZ = append(moved.XYZ, float32(p[0]), float32(p[1]), float32(p[2]))
	}
	moved.Viewpoint = &move.T
	back := move.inverse()
	list, truth := []Scan{scans[0], moved, scans[2]}, []rigid{world[0], world[1].mul(&back), world[2]}
	r := place(t, list, Options{Level: true})
	for i, p := range r.Scans {
		if p.Verdict != Registered {
			t.Fatalf("%s: %s, %v", p.Name, p.Verdict, p.Reason)
		}
		for j := range i {
			if e := off(r, list, truth, j, i); e > 0.0005 || e > 6*max(p.SigmaM, 1e-4) {
				t.Errorf("%s against %s: %.3f mm off, sigma %.3f mm", p.Name, r.Scans[j].Name, 1000*e, 1000*p.SigmaM)
			}
		}
		// Level, and the floor at 0: the scanner's height is known.
		eye := p.WorldFromScan.Apply(r3.Vec{X: list[i].Viewpoint[0], Y: list[i].Viewpoint[1], Z: list[i].Viewpoint[2]})
		if z := eye.Z; math.Abs(z-world[i].T[2]) > 0.002 {
			t.Errorf("%s stands %.4f m above the floor, want %.4f", p.Name, z, world[i].T[2])
		}
	}
	if r.Level == nil || r.Level.SpreadRad > 0.002 {
		t.Errorf("%+v", r.Level)
	}
}

// TestSame: the order of scans and the number of workers change nothing.
func TestSame(t *testing.T) {
	scans, _ := roomScans()
	one := place(t, scans[:2], Options{Level: true, Workers: 1})
	if other := place(t, []Scan{scans[1], scans[0]}, Options{Level: true, Workers: 3}); !reflect.DeepEqual(one, other) {
		t.Error("another order or number of workers gives another result")
	}
}

// TestStored keeps the frame of stored places and says where one of them is wrong.
func TestStored(t *testing.T) {
	scans, world := roomScans()
	scans, world = scans[:2], world[:2]
	stored := []rigid{world[0], world[1]}
	stored[1].T[0] += 0.25
	for k := range scans {
		p := stored[k].pose()
		scans[k].Guess = &p
	}
	r := place(t, scans, Options{})
	for k, p := range r.Scans {
		got := fromPose(p.WorldFromScan)
		if p.Verdict != Registered || norm(sub(got.T, world[k].T)) > 0.001 {
			t.Errorf("%s: %s at %v, want %v", p.Name, p.Verdict, got.T, world[k].T)
		}
	}
	if r.Scans[0].Note.Key != "" || r.Scans[1].Note.Key != NoteStored || r.Scans[1].Note.Args["Millimetres"] != "250.0" && r.Scans[1].Note.Args["Millimetres"] != "249.9" && r.Scans[1].Note.Args["Millimetres"] != "250.1" {
		t.Errorf("%v, %v", r.Scans[0].Note, r.Scans[1].Note)
	}
}

// TestNotRegistered gives scans that must not be called registered, with the reason.
func TestNotRegistered(t *testing.T) {
	scans, _ := roomScans()
	other, _ := otherRoom().scanAt("other", [3]float64{1.6, 1.7, 1.5}, 0.9, 8)
	factor := func(f float64, mirror bool) Scan { s := *changed(&scans[1], f, mirror); s.Name = "b"; return s }
	for _, tc := range []struct {
		name    string
		list    []Scan
		verdict Verdict // of the last
		key     string
	}{
		{"another room", []Scan{scans[0], other}, Refused, ReasonNone},
		{"mirror image", []Scan{scans[0], factor(1, true)}, Refused, ReasonMirror},
		{"feet", []Scan{scans[0], factor(1/0.3048, false)}, Refused, ReasonUnit},
		{"millimetres", []Scan{scans[0], factor(1000, false)}, Refused, ReasonUnit},
	} {
		r := place(t, tc.list, Options{})
		p := r.Scans[slices.IndexFunc(r.Scans, func(p Placed) bool { return p.Name == tc.list[len(tc.list)-1].Name })]
		if p.Verdict != tc.verdict || p.Reason.Key != tc.key {
			t.Errorf("%s: %s %v, want %s %s", tc.name, p.Verdict, p.Reason, tc.verdict, tc.key)
		}
		t.Logf("%s: %s %v", tc.name, p.Verdict, p.Reason)
	}
}

// TestDegenerate gives clouds without area; none may be placed, nor may they stop
// the others.
func TestDegenerate(t *testing.T) {
	scans, _ := roomScans()
	var line, plane, point, wild []float32
	for i := range 3000 {
		line = append(line, float32(i)*0.001, 0, 1)
		plane = append(plane, float32(i%60)*0.05, float32(i/60)*0.05, -1.5)
		point = append(point, 1, 1, 1)
		wild = append(wild, float32(math.NaN()), float32(math.Inf(1)), 3e38)
	}
	list := []Scan{{Name: "line", XYZ: line}, {Name: "plane", XYZ: plane, Viewpoint: &[3]float64{}}, {Name: "point", XYZ: point}, {Name: "wild", XYZ: wild}, {Name: "empty"}}
	for _, l := range [][]Scan{nil, list[:1], list, append(list[:2:2], scans[0])} {
		r := place(t, l, Options{Level: true})
		for _, p := range r.Scans {
			if len(l) > 1 && p.Verdict == Registered {
				t.Errorf("%s: %s %v", p.Name, p.Verdict, p.Reason)
			}
		}
	}
	if _, err := Register(context.Background(), []Scan{scans[0], scans[0]}, Options{}); err == nil {
		t.Error("two scans of one name")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Register(ctx, scans, Options{}); err == nil {
		t.Error("no error of the context")
	}
}

// TestTargets places two scans of an empty room, which looks the same from both
// ends, by four points in common.
func TestTargets(t *testing.T) {
	empty := emptyRoom(5, 3.6, 2.6)
	var scans []Scan
	var world []rigid
	for k, e := range [][3]float64{{1.5, 1.2, 1.5}, {3.1, 2.1, 1.4}} {
		s, w := empty.scanAt(string(rune('a'+k)), e, 0.3+float64(k), uint64(5+k))
		scans, world = append(scans, s), append(world, w)
	}
	l := Link{A: "a", B: "b", SigmaM: 0.0003}
	ia, ib := world[0].inverse(), world[1].inverse()
	for k, p := range [][3]float64{{0.8, 0.7, 0.9}, {4.1, 0.6, 1.2}, {2.2, 3.1, 1.9}, {3.3, 2.6, 0.4}} {
		e := 0.0002 * float64(k%2)
		l.PA, l.PB = append(l.PA, ia.apply(p)), append(l.PB, ib.apply(add(p, [3]float64{e, -e, e})))
	}
	r := place(t, scans, Options{Links: []Link{l}})
	if r.Scans[1].Verdict != Registered || r.Pairs[0].TargetsUsed != 4 {
		t.Fatalf("%+v, %+v", r.Scans[1], r.Pairs[0])
	}
	if e := off(r, scans, world, 0, 1); e > 0.001 {
		t.Errorf("%.3f mm off", 1000*e)
	}
	// Points that are not the same ones change nothing: the room looks the same turned.
	l.PB[0][0] += 0.05
	if p := place(t, scans, Options{Links: []Link{l}}).Scans[1]; p.Verdict != Ambiguous || p.Reason.Key != ReasonRival {
		t.Errorf("wrong targets: %+v", p)
	}
}

func BenchmarkPair(b *testing.B) {
	scans, _ := roomScans()
	for b.Loop() {
		if _, err := Register(context.Background(), scans[:2], Options{Workers: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
