// Package layout says where in a building the openings of a zone scene lie. The zone
// model needs no place along a wall and a scene states none, so that what is drawn
// or written for a field model is a supposition: openings between two rooms lie in
// the middle of the wall that they share, those to the open air in the first wall
// that no other room stands against; several in one wall share it evenly.
package layout

import (
	"fmt"
	"math"

	"firescene/recon/zone"
)

// Box is x0, x1, y0, y1, z0, z1 in the building's coordinates.
type Box [6]float64

// Place is where one opening lies. Box reaches through the wall, from the face of
// the first room to that of the second; it is flat where there is no wall between
// them, and to the open air.
type Place struct {
	Box      Box
	Axis     int  // that the wall stands across
	Positive bool // the opening leads from the room towards rising coordinates
	Outside  bool
}

// Note is a thing that was supposed.
type Note struct{ Where, What string }

// gapM is how far apart the faces of two rooms may be to share a wall.
const gapM = 1.0

// Room is the box of a room.
func Room(s *zone.Scene, k int) Box {
	r := &s.Rooms[k]
	return Box{r.Origin[0], r.Origin[0] + r.WidthM, r.Origin[1], r.Origin[1] + r.DepthM, r.Origin[2], r.Origin[2] + r.HeightM}
}

// wall is a part of a face in which openings lie.
type wall struct {
	room, axis int
	positive   bool
	other      int // room behind it, or zone.Outside
	from, to   float64
	near, far  float64 // faces
}

// Vents gives each of the scene's vents its place, in their order.
func Vents(s *zone.Scene) ([]Place, []Note) {
	var notes []Note
	walls := make([]wall, len(s.Vents))
	for i := range s.Vents {
		v := &s.Vents[i]
		a, b := v.A, v.B
		if a == zone.Outside {
			a, b = b, a
		}
		w, ok := shared(s, a, b)
		if b != zone.Outside && !ok {
			notes = append(notes, Note{"opening " + v.Name, fmt.Sprintf("the rooms %s and %s share no wall; it is drawn in an outer wall", s.Rooms[a].Name, s.Rooms[b].Name)})
		}
		if !ok {
			w = outer(s, a)
		}
		walls[i] = w
	}
	out := make([]Place, len(s.Vents))
	for i := range s.Vents {
		same, at := 0, 0
		for k := range walls {
			if u, w := &walls[k], &walls[i]; u.room == w.room && u.axis == w.axis && u.positive == w.positive && u.other == w.other {
				if k == i {
					at = same
				}
				same++
			}
		}
		out[i] = place(s, i, &walls[i], at, same)
		notes = append(notes, Note{"opening " + s.Vents[i].Name, "its place along the wall is not stated; it is supposed " + where(&walls[i], same)})
	}
	return out, notes
}

func where(w *wall, same int) string {
	side := string(rune('x'+w.axis)) + "-"
	if w.positive {
		side = string(rune('x'+w.axis)) + "+"
	}
	if same > 1 {
		return fmt.Sprintf("with %d others spread along the wall at %s", same-1, side)
	}
	return "in the middle of the wall at " + side
}

// shared is the wall between two rooms.
func shared(s *zone.Scene, a, b int) (wall, bool) {
	if b == zone.Outside {
		return wall{}, false
	}
	p, q := Room(s, a), Room(s, b)
	best, found := wall{}, false
	least := gapM
	for axis := range 2 {
		u := 1 - axis
		from, to := max(p[2*u], q[2*u]), min(p[2*u+1], q[2*u+1])
		if to-from < 0.1 {
			continue
		}
		for _, positive := range []bool{false, true} {
			gap := p[2*axis] - q[2*axis+1]
			near, far := p[2*axis], q[2*axis+1]
			if positive {
				gap = q[2*axis] - p[2*axis+1]
				near, far = p[2*axis+1], q[2*axis]
			}
			if gap >= -1e-6 && gap < least {
				least, found = gap, true
				best = wall{room: a, axis: axis, positive: positive, other: b, from: from, to: to, near: near, far: far}
			}
		}
	}
	return best, found
}

// outer is the first wall of a room against which no other room stands: front, right,
// back, left.
func outer(s *zone.Scene, a int) wall {
	p := Room(s, a)
	var first wall
	for n, side := range []struct {
		axis     int
		positive bool
	}{{1, false}, {0, true}, {1, true}, {0, false}} {
		u := 1 - side.axis
		w := wall{room: a, axis: side.axis, positive: side.positive, other: zone.Outside, from: p[2*u], to: p[2*u+1], near: p[2*side.axis]}
		if side.positive {
			w.near = p[2*side.axis+1]
		}
		w.far = w.near
		if n == 0 {
			first = w
		}
		if !against(s, a, &w) {
			return w
		}
	}
	return first
}

// against reports whether another room stands against a wall.
func against(s *zone.Scene, a int, w *wall) bool {
	p := Room(s, a)
	u := 1 - w.axis
	for b := range s.Rooms {
		q := Room(s, b)
		if b == a || q[2*u] >= p[2*u+1]-0.05 || q[2*u+1] <= p[2*u]+0.05 || q[4] >= p[5]-0.05 || q[5] <= p[4]+0.05 {
			continue
		}
		d := p[2*w.axis] - q[2*w.axis+1]
		if w.positive {
			d = q[2*w.axis] - p[2*w.axis+1]
		}
		if math.Abs(d) < gapM {
			return true
		}
	}
	return false
}

// place is opening i as number at of same in its wall.
func place(s *zone.Scene, i int, w *wall, at, same int) Place {
	v := &s.Vents[i]
	floor := s.Rooms[w.room].Origin[2]
	if v.A != zone.Outside {
		floor = s.Rooms[v.A].Origin[2]
	}
	mid := w.from + (w.to-w.from)*(float64(at)+0.5)/float64(same)
	half := min(v.WidthM, w.to-w.from) / 2
	mid = max(w.from+half, min(w.to-half, mid))
	u := 1 - w.axis
	p := Place{Axis: w.axis, Positive: w.positive, Outside: w.other == zone.Outside}
	p.Box[2*w.axis], p.Box[2*w.axis+1] = min(w.near, w.far), max(w.near, w.far)
	p.Box[2*u], p.Box[2*u+1] = mid-half, mid+half
	p.Box[4], p.Box[5] = floor+v.BottomM, floor+v.BottomM+v.HeightM
	return p
}

// Holes gives each of the scene's holes in ceilings and floors its place: a square
// over the middle of the room below, or of that above.
func Holes(s *zone.Scene) []Place {
	out := make([]Place, len(s.Holes))
	for i := range s.Holes {
		h := &s.Holes[i]
		k := h.Lower
		if k == zone.Outside {
			k = h.Upper
		}
		r := Room(s, k)
		half := math.Sqrt(h.AreaM2) / 2
		z0, z1 := r[5], r[5]
		if h.Lower == zone.Outside {
			z0, z1 = r[4], r[4]
		} else if h.Upper != zone.Outside {
			z1 = max(z0, Room(s, h.Upper)[4])
		}
		x, y := (r[0]+r[1])/2, (r[2]+r[3])/2
		out[i] = Place{Box: Box{x - half, x + half, y - half, y + half, z0, z1}, Axis: 2, Positive: h.Lower != zone.Outside, Outside: h.Upper == zone.Outside || h.Lower == zone.Outside}
	}
	return out
}
