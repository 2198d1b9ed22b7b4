package room

import (
	"context"
	"math"
	"math/rand/v2"

	"firescene/recon"

	"gonum.org/v1/gonum/spatial/r3"
)

// Measures of a suite in metres. The walk keeps to the side y < walkwayM, where
// nothing stands.
const (
	suiteDepthM    = 3.9
	suiteHeightM   = 2.5
	SuiteRoomM     = 4.9
	partitionM     = 0.12
	walkwayM       = 1.5
	passageHighM   = 2.1
	perSuiteRoom   = 30 // photos of one room, there and back
	suiteFloorTint = 0.02
)

// Suite is a row of rooms after a fire in one of them, open to each other along
// one side, each with other walls, furniture and debris: a place of any size of
// which no part looks like another. Its light comes from all around. The layout
// is that of Layout only as far as soot and heat need it.
func Suite(ctx context.Context, rooms int, seed int64, texelM float64, workers int) (*Scene, error) {
	l := NewLayout(seed)
	l.Size = r3.Vec{X: float64(rooms) * SuiteRoomM, Y: suiteDepthM, Z: suiteHeightM}
	burnt := float64(rooms / 2)
	l.Origin = r3.Vec{X: (burnt + 0.5) * SuiteRoomM, Y: suiteDepthM - 0.5, Z: 0.35}
	s := &Scene{Layout: l, burnt: true, seed: uint32(seed)*2654435761 + 91, texelM: texelM}
	for k := range rooms {
		s.suiteRoom(k, rooms, rand.New(rand.NewPCG(uint64(seed), 0x5017e+uint64(k))))
	}
	s.bvh.cutout = make([]*mask, len(s.surfaces))
	for _, f := range s.surfaces {
		f.layOut(texelM)
	}
	s.bvh.build()
	if err := s.traceLight(ctx, workers, nil); err != nil {
		return nil, err
	}
	return s, nil
}

// suiteRoom builds room k of the row with its end wall toward the next.
func (s *Scene) suiteRoom(k, rooms int, rng *rand.Rand) {
	x0 := float64(k) * SuiteRoomM
	x1 := x0 + SuiteRoomM - partitionM
	d, h := suiteDepthM, suiteHeightM
	sd := uint32(1000 * (k + 1))
	colour := func(lo, hi float64) [3]float64 {
		v := lo + (hi-lo)*rng.Float64()
		return [3]float64{v * (0.9 + 0.2*rng.Float64()), v * (0.9 + 0.15*rng.Float64()), v * (0.75 + 0.3*rng.Float64())}
	}
	under := func() func(u, v float64, seed uint32) texel {
		if rng.IntN(3) == 0 {
			return concrete
		}
		return brick
	}
	wall := func(n uint32) material { return plaster(colour(0.4, 0.62), sd+10*n, 0.06*rng.Float64(), under()) }
	s.rect(r3.Vec{X: x0 + SuiteRoomM, Y: d}, r3.Scale(-1, axisX), axisZ, SuiteRoomM, h, wall(1)).n = r3.Scale(-1, axisY)
	s.rect(r3.Vec{X: x0}, axisX, axisZ, SuiteRoomM, h, wall(2)).n = axisY
	s.rect(r3.Vec{X: x0, Y: d, Z: h}, axisX, r3.Scale(-1, axisY), SuiteRoomM, d, plaster(colour(0.5, 0.66), sd+30, -0.03, concrete)).n = r3.Scale(-1, axisZ)
	floor := floorDebris(func(u, v float64) float64 {
		return suiteFloorTint * fbm(u*1.1+float64(17*k), v*1.1, 3, s.seed+sd)
	})
	s.rect(r3.Vec{X: x0}, axisX, axisY, SuiteRoomM, d, func(s *Scene, at place) texel {
		at.u += float64(k) * 31.7 // another part of the pattern in each room
		return floor(s, at)
	}).n = axisZ
	pass := [4]float64{0.05, 0, walkwayM, passageHighM}
	end := [][4]float64{pass}
	if k == rooms-1 {
		end = nil
	}
	s.rect(r3.Vec{X: x1}, axisY, axisZ, d, h, wall(4), end...).n = r3.Scale(-1, axisX)
	if k == 0 {
		s.rect(r3.Vec{}, axisY, axisZ, d, h, wall(5)).n = axisX
	} else {
		s.rect(r3.Vec{X: x0}, axisY, axisZ, d, h, wall(5), pass).n = axisX
		s.rect(r3.Vec{X: x0 - partitionM, Y: walkwayM}, axisX, axisZ, partitionM, passageHighM, wall(6)).n = r3.Scale(-1, axisY)
		s.rect(r3.Vec{X: x0 - partitionM, Z: passageHighM}, axisX, axisY, partitionM, walkwayM, wall(7)).n = r3.Scale(-1, axisZ)
	}
	s.suiteFurniture(x0, x1, sd, colour, rng)
}

// suiteFurniture fills a room beyond the walkway: cupboards and shelves along
// the far wall, a table, and debris over the floor.
func (s *Scene) suiteFurniture(x0, x1 float64, sd uint32, colour func(lo, hi float64) [3]float64, rng *rand.Rand) {
	d := suiteDepthM
	x := x0 + 0.15 + 0.3*rng.Float64()
	for n := uint32(0); x < x1-0.7; n++ {
		w, deep, high := 0.6+0.7*rng.Float64(), 0.35+0.25*rng.Float64(), 0.7+1.2*rng.Float64()
		if x+w > x1-0.1 {
			break
		}
		body := wood(colour(0.2, 0.45), sd+100+10*n)
		if rng.IntN(4) == 0 {
			body = cloth(colour(0.15, 0.4), sd+100+10*n)
		}
		s.span(r3.Vec{X: x, Y: d - deep}, r3.Vec{X: x + w, Y: d, Z: high}, body, nil, 0.004, 0.1, sd+101+10*n)
		for i, at := 0, x+0.05; at < x+w-0.1; i++ {
			bw, bh := 0.03+0.12*rng.Float64(), 0.08+0.25*rng.Float64()
			s.span(r3.Vec{X: at, Y: d - deep + 0.03, Z: high}, r3.Vec{X: min(at+bw, x+w), Y: d - 0.1, Z: high + bh},
				painted(colour(0.08, 0.55), sd+200+uint32(i)), nil, 0.003, 0.08, sd+201+uint32(i))
			at += bw + 0.02 + 0.15*rng.Float64()
		}
		x += w + 0.1 + 0.8*rng.Float64()
	}
	tx, ty := x0+1+2*rng.Float64(), 2.0+0.4*rng.Float64()
	s.box(r3.Vec{X: tx, Y: ty, Z: 0.62}, turned(rng.Float64(), 0), 0.5, 0.32, 0.02, wood(colour(0.25, 0.45), sd+300), nil, 0.004, 0.1, sd+301)
	s.box(r3.Vec{X: tx, Y: ty, Z: 0.3}, turned(rng.Float64(), 0), 0.07, 0.07, 0.3, wood(colour(0.25, 0.45), sd+302), nil, 0.004, 0.1, sd+303)
	s.box(r3.Vec{X: tx + 0.1, Y: ty, Z: 0.74}, turned(rng.Float64(), 0), 0.14, 0.1, 0.1, painted(colour(0.1, 0.5), sd+304), nil, 0.01, 0.05, sd+305)
	kinds := []material{wood(colour(0.3, 0.4), sd+310), cloth(colour(0.2, 0.3), sd+311), plaster(colour(0.5, 0.6), sd+312, -0.5, concrete),
		func(s *Scene, at place) texel { return brick(at.u+at.p.X*3, at.v+0.02, sd+313+s.seed) }}
	for i := range uint32(26) {
		hx, hy, hz := 0.05+0.12*rng.Float64(), 0.03+0.07*rng.Float64(), 0.015+0.03*rng.Float64()
		at := r3.Vec{X: x0 + 0.3 + rng.Float64()*(x1-x0-0.6), Y: walkwayM + rng.Float64()*(d-walkwayM-0.3), Z: hz}
		s.box(at, turned(rng.Float64()*math.Pi, 0.3*(rng.Float64()-0.5)), hx, hy, hz, kinds[rng.IntN(len(kinds))], nil, 0.006, 0.06, sd+320+i)
	}
	for i := range uint32(5) { // what hangs on the far wall
		w, z := 0.2+0.4*rng.Float64(), 1.35+0.6*rng.Float64()
		at := x0 + 0.2 + rng.Float64()*(x1-x0-1)
		s.span(r3.Vec{X: at, Y: d - 0.03, Z: z}, r3.Vec{X: at + w, Y: d, Z: z + 0.15 + 0.3*rng.Float64()}, painted(colour(0.1, 0.6), sd+360+i), nil, 0.002, 0.1, sd+370+i)
	}
}

// SuiteRooms is the number of rooms that a walk of so many photographs takes.
func SuiteRooms(photos int) int { return max(1, (photos+perSuiteRoom/2)/perSuiteRoom) }

// SuiteShots is a walk of n photographs along a suite and back, looking into the
// rooms, obliquely ahead.
func SuiteShots(n, rooms int, cam recon.Camera, seed int64) []Shot {
	length := float64(rooms)*SuiteRoomM - partitionM - 1.2
	there := (n + 1) / 2
	shots := make([]Shot, n)
	for i := range shots {
		j := func(k uint32) float64 { return unit(int32(i), int32(k), uint32(seed)+77) - 0.5 }
		back := i >= there
		leg, of := i, there
		if back {
			leg, of = i-there, n-there
		}
		t := (float64(leg) + 0.5 + 0.3*j(1)) / float64(of)
		heading := (50 + 24*j(2) + 14*math.Sin(float64(i)*0.9)) * math.Pi / 180
		if back {
			t, heading = 1-t, math.Pi-heading
		}
		eye := r3.Vec{X: 0.6 + length*t, Y: 0.62 + 0.24*j(3), Z: 1.45 + 0.2*j(4)}
		if back {
			eye.Y += 0.3
		}
		ahead := r3.Vec{X: math.Cos(heading), Y: math.Sin(heading), Z: -0.16 + 0.12*j(5)}
		shots[i] = Shot{cam, LookAt(eye, r3.Add(eye, ahead), 0.05*j(6)), 1.5 + 0.3*j(7), uint32(seed)*193 + uint32(i)}
	}
	return shots
}
