package scene

import (
	"firescene/forensics"
	"firescene/recon"
	"firescene/render"

	"gonum.org/v1/gonum/spatial/r3"
)

// ambientC is what a hypothesis that names no temperature starts from.
const ambientC = 20.0

// AddHypothesis adds to a scene what a hypothesis supposes: its origin under the
// given label, its detectors, and the floors of its rooms.
func AddHypothesis(s *render.Scene, h *recon.Hypothesis, originLabel string) {
	s.Markers = append(s.Markers, render.Marker{At: h.Origin.At.R3(), RadiusM: h.Origin.RadiusM, Label: originLabel, Symbol: "origin", Standing: forensics.Supposed})
	for _, d := range h.Detectors {
		s.Markers = append(s.Markers, render.Marker{At: d.At.R3(), Label: d.Name, Symbol: "detector", Standing: forensics.Supposed})
	}
	for _, room := range h.Rooms {
		s.Outlines = append(s.Outlines, FloorOutline(room))
	}
}

// AddHotLayers adds the hot layers that were simulated of a hypothesis, afterS
// seconds after its ignition.
func AddHotLayers(s *render.Scene, h *recon.Hypothesis, r *recon.FireResult, afterS float64) {
	lower := ambientC
	if h.AmbientC != nil {
		lower = *h.AmbientC
	}
	for _, room := range h.Rooms {
		upper, height := r.Find("upper_layer", room.Name), r.Find("interface", room.Name)
		if upper == nil || height == nil {
			continue
		}
		box := RoomBox(room)
		s.HotLayers = append(s.HotLayers, render.HotLayer{Min: box.Min, Max: box.Max, InterfaceM: ValueAt(r.TimeS, height.Value, afterS),
			UpperC: ValueAt(r.TimeS, upper.Value, afterS), LowerC: lower})
	}
}

// RoomBox is the box of a room with its corners in order.
func RoomBox(room recon.Room) r3.Box {
	a, b := room.Min.R3(), room.Max.R3()
	return r3.Box{Min: r3.Vec{X: min(a.X, b.X), Y: min(a.Y, b.Y), Z: min(a.Z, b.Z)}, Max: r3.Vec{X: max(a.X, b.X), Y: max(a.Y, b.Y), Z: max(a.Z, b.Z)}}
}

// FloorOutline is the edge of a supposed room's floor.
func FloorOutline(room recon.Room) render.Outline {
	b := RoomBox(room)
	z := b.Min.Z
	return render.Outline{Closed: true, Standing: forensics.Supposed, Points: []r3.Vec{
		{X: b.Min.X, Y: b.Min.Y, Z: z}, {X: b.Max.X, Y: b.Min.Y, Z: z}, {X: b.Max.X, Y: b.Max.Y, Z: z}, {X: b.Min.X, Y: b.Max.Y, Z: z},
	}}
}

// ValueAt is a series between its times, and its ends beyond them. Both slices have
// the same length, at least one.
func ValueAt(timeS, value []float64, at float64) float64 {
	for i, t := range timeS {
		if t < at {
			continue
		}
		if i == 0 || t == timeS[i-1] {
			return value[i]
		}
		w := (at - timeS[i-1]) / (t - timeS[i-1])
		return value[i-1]*(1-w) + value[i]*w
	}
	return value[len(value)-1]
}
