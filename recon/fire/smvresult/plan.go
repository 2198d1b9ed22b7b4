package smvresult

import (
	"fmt"
	"math"

	"firescene/recon"
)

// point is what was found for a detector.
type point struct {
	from      string
	gas       *series // C
	link      *series // C
	speed     *series // m/s
	gasProbe  *probe
	flow      [3]*probe
	speedOnly *probe
	uncovered string
}

// plan looks for what covers each detector and room, and notes what must be read.
func (r *reader) plan() ([]point, []*layers) {
	points := make([]point, len(r.h.Detectors))
	for i := range r.h.Detectors {
		points[i] = r.planPoint(&r.h.Detectors[i])
	}
	rooms := make([]*layers, len(r.h.Rooms))
	for i := range r.h.Rooms {
		rooms[i] = r.planRoom(&r.h.Rooms[i])
	}
	return points, rooms
}

func (r *reader) planPoint(d *recon.Detector) point {
	var p point
	if at, s := r.nearDevice(d.Name, d.At, "LINK TEMPERATURE", "SPRINKLER LINK TEMPERATURE"); s != nil && (d.Kind == "heat" || d.Kind == "sprinkler") {
		p.link, p.from = s, "the device "+at
		return p
	}
	if at, s := r.nearDevice(d.Name, d.At, "TEMPERATURE", "THERMOCOUPLE", "GAS TEMPERATURE"); s != nil {
		p.gas, p.from = s, "the device "+at
	}
	gas, tell := r.nearSlice(d.At, "TEMPERATURE")
	if p.gas == nil && gas != nil {
		p.gasProbe, p.from = gas, tell
	}
	if p.gas == nil && p.gasProbe == nil {
		p.uncovered = fmt.Sprintf("no device and no slice of temperature of the result lies within %g m of (%.2f, %.2f, %.2f)%s", NearM, d.At[0], d.At[1], d.At[2], tell)
		return p
	}
	if d.Kind == "heat" || d.Kind == "sprinkler" {
		if _, s := r.nearDevice("", d.At, "VELOCITY"); s != nil {
			p.speed = s
			return p
		}
		if p.speedOnly, _ = r.nearSlice(d.At, "VELOCITY"); p.speedOnly != nil {
			return p
		}
		for a, q := range []string{"U-VELOCITY", "V-VELOCITY", "W-VELOCITY"} {
			p.flow[a], _ = r.nearSlice(d.At, q)
		}
	}
	return p
}

// nearDevice is the device of that name, or the nearest within NearM, of one of the
// quantities.
func (r *reader) nearDevice(name string, at recon.Vec, quantities ...string) (string, *series) {
	best, label := NearM, ""
	for _, d := range r.src.Case.Devices {
		fits := false
		for _, q := range quantities {
			fits = fits || d.Quantity == q
		}
		if !fits {
			continue
		}
		if name != "" && d.Label == name {
			label = d.Label
			break
		}
		if far := dist(d.At, at); far <= best && d.Box == nil {
			best, label = far, d.Label
		}
	}
	if label == "" {
		return "", nil
	}
	return label, r.column(r.devc, label)
}

func dist(a [3]float64, b recon.Vec) float64 {
	return math.Sqrt(math.Pow(a[0]-b[0], 2) + math.Pow(a[1]-b[1], 2) + math.Pow(a[2]-b[2], 2))
}
