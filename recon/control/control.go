// Package control makes a photo model metric and level, and says how sure it is:
// named points that were picked in photos or are coded targets, coordinates and
// distances that were measured at the place, and a joint adjustment of all of it.
// What is kept for checking never enters; it is held against the result.
package control

import (
	"fmt"
	"math"

	"firescene/formats/strictyaml"
)

// Input is what is known of the place beside the photos. All lengths are metres.
type Input struct {
	Points []Point `yaml:"points" json:"points"`
	// Distances set the scale. CheckDistances never enter the adjustment.
	Distances      []Distance `yaml:"distances" json:"distances"`
	CheckDistances []Distance `yaml:"check_distances" json:"check_distances"`
	Level          Level      `yaml:"level" json:"level"`
}

// Point is a point with a name. A coded target needs no picks and need not be
// listed: its name is enough where a distance refers to it.
type Point struct {
	Name  string `yaml:"name" json:"name"`
	Picks []Pick `yaml:"picks" json:"picks"`
	// Given are coordinates that enter the adjustment, Check such that do not. A
	// point has one of them at most.
	Given *Coordinates `yaml:"given_m" json:"given_m"`
	Check *Coordinates `yaml:"check_m" json:"check_m"`
}

// Pick is where a photo shows a point, in pixels of the upright photo with (0,0)
// at its corner.
type Pick struct {
	Photo   string  `yaml:"photo" json:"photo"`
	X       float64 `yaml:"x" json:"x"`
	Y       float64 `yaml:"y" json:"y"`
	SigmaPx float64 `yaml:"sigma_px" json:"sigma_px"` // 0 means 1
}

// Coordinates are those of a point, any of the three, with their standard
// deviation. SigmaZ is that of Z when it differs.
type Coordinates struct {
	X      *float64 `yaml:"x" json:"x"`
	Y      *float64 `yaml:"y" json:"y"`
	Z      *float64 `yaml:"z" json:"z"`
	Sigma  float64  `yaml:"sigma" json:"sigma"`
	SigmaZ float64  `yaml:"sigma_z" json:"sigma_z"`
}

// axes gives the three coordinates with their standard deviations; 0 for one that
// is not given.
func (c *Coordinates) axes() (at, sigma [3]float64) {
	for k, v := range [3]*float64{c.X, c.Y, c.Z} {
		if v != nil {
			at[k], sigma[k] = *v, c.Sigma
			if k == 2 && c.SigmaZ > 0 {
				sigma[k] = c.SigmaZ
			}
		}
	}
	return at, sigma
}

// Distance is a known distance between two named points.
type Distance struct {
	From   string  `yaml:"from" json:"from"`
	To     string  `yaml:"to" json:"to"`
	Metres float64 `yaml:"metres" json:"metres"`
	Sigma  float64 `yaml:"sigma_m" json:"sigma_m"`
}

func (d Distance) String() string { return d.From + " to " + d.To }

// WithoutScale is the input without what sets a scale and without what is checked
// by one: the points with their picks, and what shows the vertical.
func (in *Input) WithoutScale() *Input {
	out := &Input{Level: in.Level}
	for _, p := range in.Points {
		out.Points = append(out.Points, Point{Name: p.Name, Picks: p.Picks})
	}
	return out
}

// Level says what shows the vertical, beside given heights.
type Level struct {
	// Plumb lists pairs of points on one vertical line, the upper first.
	Plumb [][]string `yaml:"plumb" json:"plumb"`
	// Flat lists sets of points of one height, such as a floor line or a laser
	// line: two or more each.
	Flat [][]string `yaml:"flat" json:"flat"`
	// SigmaM is how far those points stray from their line, 0 means 0.005.
	SigmaM float64 `yaml:"sigma_m" json:"sigma_m"`
	// Floor lets the largest nearly level plane below the photos be the level.
	Floor bool `yaml:"floor" json:"floor"`
}

// Bounds on what a file may hold, so that none fills memory or time.
const (
	maxPoints    = 2000
	maxPicks     = 1000
	maxDistances = 2000
	maxName      = 100
	maxMetres    = 1e7
)

// Check says whether the input can be used; the error is a *strictyaml.Problem
// that names the place. isTarget tells the names of coded targets, which need not
// be listed; nil means that there are none.
func Check(in *Input, isTarget func(string) bool) error {
	bad := func(next, path, format string, args ...any) error {
		return &strictyaml.Problem{Path: path, What: fmt.Sprintf(format, args...), Next: next}
	}
	if len(in.Points) > maxPoints || len(in.Distances)+len(in.CheckDistances) > maxDistances {
		return bad("check that it is the right file", "$", "more than %d points or %d distances", maxPoints, maxDistances)
	}
	target := func(name string) bool { return isTarget != nil && isTarget(name) }
	listed := map[string]bool{}
	for i, p := range in.Points {
		path := fmt.Sprintf("$.points[%d]", i)
		switch {
		case p.Name == "" || len(p.Name) > maxName:
			return bad("give it a name of up to 100 bytes", path+".name", "a point without a usable name")
		case listed[p.Name]:
			return bad("put all picks under one entry", path+".name", "%q is there twice", p.Name)
		case len(p.Picks) > maxPicks:
			return bad("check that it is the right file", path+".picks", "more than %d picks", maxPicks)
		case len(p.Picks) == 0 && !target(p.Name):
			return bad("pick it in two photos at least", path, "%q has no picks and is no coded target", p.Name)
		case p.Given != nil && p.Check != nil:
			return bad("keep given_m for control, check_m for checking", path, "%q has given and check coordinates", p.Name)
		}
		listed[p.Name] = true
		photos := map[string]bool{}
		for k, q := range p.Picks {
			at := fmt.Sprintf("%s.picks[%d]", path, k)
			switch {
			case q.Photo == "":
				return bad("name the photo as in the list of photos", at+".photo", "a pick without a photo")
			case photos[q.Photo]:
				return bad("keep one of them", at+".photo", "%q is picked twice in %s", p.Name, q.Photo)
			case !finite(q.X, q.Y) || math.Abs(q.X) > 1e6 || math.Abs(q.Y) > 1e6:
				return bad("give pixels of the upright photo", at, "a pick at (%g, %g)", q.X, q.Y)
			case !(q.SigmaPx >= 0 && q.SigmaPx <= 1000):
				return bad("give pixels, such as 0.5", at+".sigma_px", "a pick's standard deviation of %g", q.SigmaPx)
			}
			photos[q.Photo] = true
		}
		for _, c := range []struct {
			name string
			at   *Coordinates
		}{{"given_m", p.Given}, {"check_m", p.Check}} {
			if c.at == nil {
				continue
			}
			v, sigma := c.at.axes()
			for k := range v {
				if !finite(v[k]) || math.Abs(v[k]) > maxMetres {
					return bad("give metres", path+"."+c.name, "a coordinate of %g m", v[k])
				}
			}
			if c.at.X == nil && c.at.Y == nil && c.at.Z == nil {
				return bad("give x, y or z", path+"."+c.name, "no coordinate is given")
			}
			for k, given := range [3]bool{c.at.X != nil, c.at.Y != nil, c.at.Z != nil} {
				if given && !(sigma[k] > 0 && sigma[k] < maxMetres) {
					return bad("say how sure it is, in metres: sigma: 0.003", path+"."+c.name+".sigma", "a coordinate without a standard deviation above zero")
				}
			}
		}
	}
	for _, list := range []struct {
		name string
		all  []Distance
	}{{"distances", in.Distances}, {"check_distances", in.CheckDistances}} {
		for i, d := range list.all {
			path := fmt.Sprintf("$.%s[%d]", list.name, i)
			for _, end := range []string{d.From, d.To} {
				if !listed[end] && !target(end) {
					return bad("list it under points with its picks, or name a coded target such as tag36h11-1", path, "%q is no point of the file", end)
				}
			}
			switch {
			case d.From == d.To:
				return bad("name two points", path, "a distance from %q to itself", d.From)
			case !(d.Metres > 0 && d.Metres < maxMetres):
				return bad("give metres", path+".metres", "a distance of %g m", d.Metres)
			case !(d.Sigma > 0 && d.Sigma < d.Metres):
				return bad("say how sure it is, in metres: sigma_m: 0.001", path+".sigma_m", "a standard deviation of %g m", d.Sigma)
			}
		}
	}
	for _, list := range []struct {
		name     string
		all      [][]string
		least    int
		exactly2 bool
	}{{"plumb", in.Level.Plumb, 2, true}, {"flat", in.Level.Flat, 2, false}} {
		for i, names := range list.all {
			path := fmt.Sprintf("$.level.%s[%d]", list.name, i)
			if len(names) < list.least || list.exactly2 && len(names) != 2 || len(names) > maxPoints {
				return bad("see the documentation", path, "%d points", len(names))
			}
			seen := map[string]bool{}
			for _, n := range names {
				if !listed[n] && !target(n) || seen[n] {
					return bad("list it under points with its picks, each once", path, "%q is no point of the file or is there twice", n)
				}
				seen[n] = true
			}
		}
	}
	if s := in.Level.SigmaM; !(s >= 0 && s < 10) {
		return bad("give metres, such as 0.005", "$.level.sigma_m", "a standard deviation of %g m", s)
	}
	return nil
}

func finite(v ...float64) bool {
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}
