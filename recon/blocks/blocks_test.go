package blocks

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// world turns a place of the test's plan by 30 degrees and moves it.
func world(x, y, z float64) r3.Vec {
	c, s := math.Cos(math.Pi/6), math.Sin(math.Pi/6)
	return r3.Vec{X: 100 + c*x - s*y, Y: 200 + s*x + c*y, Z: 5 + z}
}

func space(name string, x0, x1, y0, y1 float64) recon.Space {
	s := recon.Space{Name: name, Closed: true, FloorZ: 5, CeilingZ: 7.4, Floor: &recon.Plane{}}
	q := [][2]float64{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}
	for i := range q {
		n := q[(i+1)%4]
		s.Walls = append(s.Walls, recon.Wall{Name: "w", From: world(q[i][0], q[i][1], 0), To: world(n[0], n[1], 0), Known: true})
	}
	return s
}

func opening(name string, rooms []string, x0, x1, y, z0, z1 float64) recon.WallOpening {
	return recon.WallOpening{Name: name, Kind: recon.Door, Rooms: rooms, Rectangular: true, Corners: [4]r3.Vec{world(x0, y, z0), world(x1, y, z0), world(x1, y, z1), world(x0, y, z1)}}
}

// Two rooms that stand askew, a door between and one outside, a table whose floor is seen
// and a chest whose floor is not.
func TestRoomsBecomeBoxes(t *testing.T) {
	rooms := []recon.Space{space("a", 0, 4, 0, 3), space("b", 0, 4, 3.2, 6)}
	doors := []recon.WallOpening{opening("out", []string{"a"}, 1, 1.9, 0, 0, 2), opening("in", []string{"a", "b"}, 2, 2.8, 3, 0, 2)}
	cloud := &recon.Cloud{Origin: r3.Vec{X: 100, Y: 200, Z: 5}}
	put := func(x, y, z float64) {
		p := world(x, y, z)
		cloud.XYZ = append(cloud.XYZ, float32(p.X-100), float32(p.Y-200), float32(p.Z-5))
	}
	for x := .02; x < 4; x += .02 {
		for y := .02; y < 3; y += .02 {
			if !(x > .5 && x < 1.1 && y > 2 && y < 2.5) { // the chest hides its floor
				put(x, y, 0)
			}
			put(x, y, 2.4)
			if x > 2 && x < 3 && y > 1 && y < 1.6 {
				put(x, y, .75) // a table
			}
			if x > .5 && x < 1.1 && y > 2 && y < 2.5 {
				put(x, y, .52) // the lid of a chest
			}
		}
	}
	m, err := New(rooms, doors, cloud, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if a := math.Mod(m.TurnRad*180/math.Pi+360, 90); math.Abs(a-60) > 1e-6 {
		t.Errorf("turned by %g degrees", a)
	}
	volume := func(list []Box) (v float64) {
		for _, b := range list {
			v += (b[1] - b[0]) * (b[3] - b[2]) * (b[5] - b[4])
		}
		return v
	}
	all := volume([]Box{m.Box})
	air := 4.4 * .0
	for side, open := range m.Open {
		if open {
			a := side / 2
			other := 1 - a
			air += 1 * (m.Box[2*other+1] - m.Box[2*other]) * 2.4
		}
	}
	gas := 4*3*2.4 + 4*2.8*2.4 + .2*.9*2 + .2*.8*2 + air
	if got := all - volume(m.Walls); math.Abs(got-gas) > .5 {
		t.Errorf("%.2f m3 of gas, want about %.2f", got, gas)
	}
	if len(m.Pieces) != 2 {
		t.Fatalf("%d pieces: %+v", len(m.Pieces), m.Pieces)
	}
	table, chest := m.Pieces[0], m.Pieces[1]
	if h := table.Box[5] - table.Box[4]; h > .11 || table.Box[4] < .6 || table.Measured < .99 {
		t.Errorf("the table: %+v", table)
	}
	if chest.Box[4] > .01 || math.Abs(chest.Box[5]-.6) > .01 || chest.Measured > .5 || math.Abs(volume(chest.Boxes)-.6*.5*.6) > .06 {
		t.Errorf("the chest: %+v", chest)
	}
	if !strings.Contains(strings.Join(m.Notes, "\n"), "supposed to lead outside") {
		t.Error(m.Notes)
	}
	// every wall box lies beside, not in, rooms and passages
	for _, o := range m.Openings {
		mid := [3]float64{(o.Box[0] + o.Box[1]) / 2, (o.Box[2] + o.Box[3]) / 2, (o.Box[4] + o.Box[5]) / 2}
		for _, b := range m.Walls {
			if mid[0] > b[0] && mid[0] < b[1] && mid[1] > b[2] && mid[1] < b[3] && mid[2] > b[4] && mid[2] < b[5] {
				t.Errorf("opening %s is walled up", o.Name)
			}
		}
	}
}

// Rooms that touch have a wall between, and an opening of one leads to the other.
func TestRoomsThatTouch(t *testing.T) {
	m, err := New([]recon.Space{space("a", 0, 4, 0, 3), space("b", 0, 4, 3, 6)}, []recon.WallOpening{opening("in", []string{"a"}, 2, 2.8, 3, 0, 2)}, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Openings[0].Rooms) != 2 || m.Open != [6]bool{} {
		t.Errorf("%+v, open %v", m.Openings, m.Open)
	}
	walled := func(x, y, z float64) bool {
		q := m.Local(world(x, y, z))
		for _, b := range m.Walls {
			if q[0] > b[0] && q[0] < b[1] && q[1] > b[2] && q[1] < b[3] && q[2] > b[4] && q[2] < b[5] {
				return true
			}
		}
		return false
	}
	for y := 2.85; y < 3.2; y += .1 {
		if walled(2.4, y, 1) {
			t.Errorf("the door is walled up at %g", y)
		}
	}
	if !walled(1, 2.95, 1) && !walled(1, 3.05, 1) {
		t.Error("no wall between the rooms")
	}
}

func TestNothingMeasured(t *testing.T) {
	if _, err := New([]recon.Space{{Name: "x"}}, nil, nil, Options{}); err == nil {
		t.Error("no error")
	}
	if _, err := New([]recon.Space{space("a", 0, 400, 0, 300)}, nil, nil, Options{CellM: .05}); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("%v", err)
	}
}
