package samples

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"strings"
	"time"

	"firescene/recon"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Results is what the program found, filled in by whoever ran it.
type Results struct {
	// CameraCentres are the projection centres of the registered photographs by
	// file name, in any frame; Scaled says that its unit is the metre.
	CameraCentres map[string]recon.Vec
	Scaled        bool
	RejectedNames []string // photographs that were listed as not usable
	// ScanPoints are the points read, by scan: the file's base name, "#" and the
	// scan's index from 0, as in "room_scans.e57#2".
	ScanPoints map[string]int64
	Items      []ItemResult
	Events     []EventResult
	Best       string // ID of the hypothesis in front
	Determined bool   // whether it stands clear of the next
	Conflicts  map[string][]string
}

// ItemResult is one thing recovered from the recorder.
type ItemResult struct {
	Type   string // "jpeg", ...
	SHA256 string
	Whole  bool
}

// EventResult is one event of the time line.
type EventResult struct {
	Message   string
	Corrected time.Time
	SigmaS    float64
}

// Line compares one figure with the truth.
type Line struct {
	Name   string `json:"name"`
	Truth  string `json:"truth"`
	Result string `json:"result"`
	OK     bool   `json:"ok"`
}

// Score compares results with the truth, one line a figure.
func Score(t *Truth, r Results) []Line {
	var out []Line
	add := func(ok bool, name, truth, format string, args ...any) {
		out = append(out, Line{name, truth, fmt.Sprintf(format, args...), ok})
	}
	scorePhotos(t, r, add)
	for _, f := range t.Files {
		var want, got int64
		ok := true
		for i, n := range f.Points {
			k := r.ScanPoints[fmt.Sprintf("%s#%d", f.Path[strings.LastIndexByte(f.Path, '/')+1:], i)]
			want, got, ok = want+n, got+k, ok && k == n
		}
		add(ok, "points of "+f.Path, fmt.Sprint(want), "%d", got)
	}
	scoreItems(t, r, add)
	scoreEvents(t, r, add)
	best := r.Best
	if !r.Determined {
		best += " (undetermined)"
	}
	add(r.Best == t.Best && r.Determined, "hypothesis in front", t.Best, "%s", best)
	return out
}

type adder func(ok bool, name, truth, format string, args ...any)

func scorePhotos(t *Truth, r Results, add adder) {
	var from, to []r3.Vec
	for _, p := range t.Photos {
		if c, ok := r.CameraCentres[p.Name]; ok {
			from, to = append(from, c.R3()), append(to, p.CentreM.R3())
		}
	}
	add(len(from) == len(t.Photos), "photos registered", fmt.Sprint(len(t.Photos)), "%d", len(from))
	listed := 0
	for _, name := range r.RejectedNames {
		if _, bad := t.BadPhotos[name]; bad {
			listed++
		}
	}
	add(listed == len(t.BadPhotos), "bad photos listed", fmt.Sprint(len(t.BadPhotos)), "%d", listed)
	if s, err := Align(from, to); err != nil {
		add(false, "camera position error, mean", "below 10 mm", "%v", err)
	} else {
		sum := 0.0
		for i := range from {
			sum += r3.Norm(r3.Sub(s.Apply(from[i]), to[i]))
		}
		mm := 1000 * sum / float64(len(from))
		add(mm < 10, "camera position error, mean", "below 10 mm", "%.1f mm", mm)
		if r.Scaled {
			add(math.Abs(s.Scale-1) < 0.01, "scale of the model", "1", "%.4f", s.Scale)
		}
	}
}

func scoreItems(t *Truth, r Results, add adder) {
	want := map[string]bool{}  // recoverable
	known := map[string]bool{} // written at all
	for _, d := range t.Disk {
		known[d.SHA256] = true
		if d.Recoverable && d.SizeB > 0 {
			want[d.SHA256] = true
		}
	}
	found := map[string]bool{}
	whole, right := 0, 0
	for _, it := range r.Items {
		if !it.Whole {
			continue
		}
		if want[it.SHA256] {
			found[it.SHA256] = true
		}
		if it.Type == "jpeg" {
			whole++
			if known[it.SHA256] {
				right++
			}
		}
	}
	add(len(found) == len(want), "files recovered whole, by SHA-256", fmt.Sprint(len(want)), "%d (recall %.3f)", len(found), ratio(len(found), len(want)))
	add(whole > 0 && right == whole, "pictures called whole that are", fmt.Sprint(whole), "%d (precision %.3f)", right, ratio(right, whole))
}

func ratio(a, b int) float64 { return float64(a) / float64(max(1, b)) }

// scoreEvents finds each event of the truth by its words, the first in time, and
// accepts a deviation within three standard uncertainties and half a second.
func scoreEvents(t *Truth, r Results, add adder) {
	events := append([]EventResult(nil), r.Events...)
	sort.SliceStable(events, func(i, j int) bool { return events[i].Corrected.Before(events[j].Corrected) })
	for _, e := range t.Events {
		truth := e.Time.Format("15:04:05.0")
		found := false
		for _, got := range events {
			if got.Corrected.IsZero() || !strings.Contains(got.Message, e.Contains) {
				continue
			}
			dev := got.Corrected.Sub(e.Time).Seconds()
			add(math.Abs(dev) <= 3*got.SigmaS+0.5, e.Key, truth, "%s (%+.1f s, sigma %.1f s)", got.Corrected.In(zone).Format("15:04:05.0"), dev, got.SigmaS)
			found = true
			break
		}
		if !found {
			add(false, e.Key, truth, "not found")
		}
	}
}

// Similarity is y = Scale * R x + T.
type Similarity struct {
	Scale float64
	R     [9]float64 // row-major
	T     r3.Vec
}

// Apply moves a point.
func (s Similarity) Apply(x r3.Vec) r3.Vec {
	r := s.R
	y := r3.Vec{X: r[0]*x.X + r[1]*x.Y + r[2]*x.Z, Y: r[3]*x.X + r[4]*x.Y + r[5]*x.Z, Z: r[6]*x.X + r[7]*x.Y + r[8]*x.Z}
	return r3.Add(r3.Scale(s.Scale, y), s.T)
}

// Align returns the similarity that takes from to to with the least sum of
// squares: S. Umeyama, "Least-squares estimation of transformation parameters
// between two point patterns", IEEE PAMI 13 (1991). It needs three points that
// are not on one line.
func Align(from, to []r3.Vec) (Similarity, error) {
	n := len(from)
	if n < 3 || len(to) != n {
		return Similarity{}, errors.New("fewer than three points to align")
	}
	mean := func(p []r3.Vec) r3.Vec {
		var s r3.Vec
		for _, x := range p {
			s = r3.Add(s, x)
		}
		return r3.Scale(1/float64(n), s)
	}
	mx, my := mean(from), mean(to)
	cov := mat.NewDense(3, 3, nil)
	variance := 0.0
	for i := range from {
		x, y := r3.Sub(from[i], mx), r3.Sub(to[i], my)
		variance += r3.Norm2(x) / float64(n)
		xs, ys := [3]float64{x.X, x.Y, x.Z}, [3]float64{y.X, y.Y, y.Z}
		for a := range 3 {
			for b := range 3 {
				cov.Set(a, b, cov.At(a, b)+ys[a]*xs[b]/float64(n))
			}
		}
	}
	var svd mat.SVD
	if !svd.Factorize(cov, mat.SVDFull) {
		return Similarity{}, errors.New("no decomposition of the points' covariance")
	}
	d := svd.Values(nil)
	if !(d[1] > 1e-12*d[0]) || variance == 0 {
		return Similarity{}, errors.New("the points lie on one line")
	}
	var u, v, rot mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	sign := mat.NewDiagDense(3, []float64{1, 1, 1})
	if mat.Det(&u)*mat.Det(&v) < 0 {
		sign.SetDiag(2, -1)
		d[2] = -d[2]
	}
	rot.Mul(&u, sign)
	rot.Mul(&rot, v.T())
	s := Similarity{Scale: (d[0] + d[1] + d[2]) / variance}
	for a := range 3 {
		for b := range 3 {
			s.R[3*a+b] = rot.At(a, b)
		}
	}
	s.T = r3.Sub(my, Similarity{Scale: s.Scale, R: s.R}.Apply(mx))
	return s, nil
}
