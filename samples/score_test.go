package samples

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"firescene/recon"
	"firescene/samples/disk"

	"gonum.org/v1/gonum/spatial/r3"
)

func TestAlignFindsTheSimilarity(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	pose := recon.PoseFromMatrix([9]float64{0, -1, 0, 1, 0, 0, 0, 0, 1}, r3.Vec{X: 3, Y: -2, Z: 7})
	var from, to []r3.Vec
	for range 12 {
		p := r3.Vec{X: rng.NormFloat64(), Y: rng.NormFloat64(), Z: rng.NormFloat64()}
		from = append(from, p)
		to = append(to, pose.Apply(r3.Scale(2.5, p)))
	}
	s, err := Align(from, to)
	if err != nil || math.Abs(s.Scale-2.5) > 1e-9 {
		t.Fatalf("scale %g, %v", s.Scale, err)
	}
	for i := range from {
		if d := r3.Norm(r3.Sub(s.Apply(from[i]), to[i])); d > 1e-9 {
			t.Errorf("point %d is %g off", i, d)
		}
	}
}

// A mirrored set must be met by a rotation, never by a reflection.
func TestAlignNeverMirrors(t *testing.T) {
	from := []r3.Vec{{X: 1}, {Y: 1}, {Z: 1}, {X: 1, Y: 2, Z: 3}}
	var to []r3.Vec
	for _, p := range from {
		to = append(to, r3.Vec{X: -p.X, Y: p.Y, Z: p.Z})
	}
	s, err := Align(from, to)
	if err != nil {
		t.Fatal(err)
	}
	r := s.R
	det := r[0]*(r[4]*r[8]-r[5]*r[7]) - r[1]*(r[3]*r[8]-r[5]*r[6]) + r[2]*(r[3]*r[7]-r[4]*r[6])
	if math.Abs(det-1) > 1e-9 {
		t.Errorf("determinant %g", det)
	}
}

func TestAlignRefusesTooLittle(t *testing.T) {
	if _, err := Align(make([]r3.Vec, 2), make([]r3.Vec, 2)); err == nil {
		t.Error("two points were aligned")
	}
	line := []r3.Vec{{X: 1}, {X: 2}, {X: 3}}
	if _, err := Align(line, line); err == nil {
		t.Error("points on a line were aligned")
	}
}

func TestScoreTellsRightFromWrong(t *testing.T) {
	at := time.Date(2026, 3, 14, 13, 47, 0, 0, time.UTC)
	truth := &Truth{Best: "H1", BadPhotos: map[string]string{"bad.jpg": "cut"},
		Photos: []PhotoTruth{{Name: "a", CentreM: recon.Vec{0, 0, 0}}, {Name: "b", CentreM: recon.Vec{1, 0, 0}}, {Name: "c", CentreM: recon.Vec{0, 2, 0}}},
		Files:  []CloudFile{{Path: "scans/x.e57", Points: []int64{10, 20}}},
		Disk:   []disk.Record{{SHA256: "s1", SizeB: 5, Recoverable: true}, {SHA256: "s2", SizeB: 5}},
		Events: []EventTruth{{Key: "alarm", Contains: "fire", Time: at}}}
	good := Results{CameraCentres: map[string]recon.Vec{"a": {5, 5, 5}, "b": {5, 5.5, 5}, "c": {4, 5, 5}}, RejectedNames: []string{"bad.jpg"},
		ScanPoints: map[string]int64{"x.e57#0": 10, "x.e57#1": 20}, Items: []ItemResult{{"jpeg", "s1", true}, {"jpeg", "s2", true}, {"jpeg", "zz", false}},
		Events: []EventResult{{"fire here", at.Add(2 * time.Second), 1}, {"fire later", at.Add(time.Hour), 1}}, Best: "H1", Determined: true}
	for _, l := range Score(truth, good) {
		if !l.OK {
			t.Errorf("good result is faulted: %+v", l)
		}
	}
	for name, spoil := range map[string]func(r *Results){
		"photos registered":              func(r *Results) { r.CameraCentres = map[string]recon.Vec{"a": {}} },
		"bad photos listed":              func(r *Results) { r.RejectedNames = nil },
		"camera position error, mean":    func(r *Results) { r.CameraCentres = map[string]recon.Vec{"a": {}, "b": {1, 0, 0}, "c": {0, 5, 1}} },
		"points of scans/x.e57":          func(r *Results) { r.ScanPoints = map[string]int64{"x.e57#0": 30} },
		"files recovered whole":          func(r *Results) { r.Items = r.Items[1:] },
		"pictures called whole that are": func(r *Results) { r.Items = append(r.Items, ItemResult{"jpeg", "made up", true}) },
		"alarm":                          func(r *Results) { r.Events = []EventResult{{"fire here", at.Add(20 * time.Second), 1}} },
		"hypothesis in front":            func(r *Results) { r.Determined = false },
		"scale of the model":             func(r *Results) { r.Scaled = true },
	} {
		r := good
		r.Items = append([]ItemResult(nil), good.Items...)
		spoil(&r)
		faulted := false
		for _, l := range Score(truth, r) {
			faulted = faulted || !l.OK && strings.HasPrefix(l.Name, name)
		}
		if !faulted {
			t.Errorf("%s: the spoilt result passes", name)
		}
	}
}
