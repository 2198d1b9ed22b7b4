//go:build cgo

package ui

import "time"

// governor chooses how finely the scene is drawn while the camera moves or the replay
// plays, so that pictures follow each other smoothly on any renderer: with fewer pixels
// and points where frames take long, with all of them where they do not. What is shown
// at rest does not depend on it.
type governor struct {
	step  int
	slow  int // frames in a row that took too long
	quick int // that left time to spare
}

// movingSteps are pixels a side as a share of the panel's, and points of a cloud with
// levels, from fine to coarse.
var movingSteps = [...]struct {
	scale  float64
	points int
}{{1, levelsMoving}, {0.75, 600_000}, {0.6, 500_000}, {0.5, 400_000}, {0.4, 300_000}, {1. / 3, 200_000}}

// Frames between these are left as they are: 20 to 60 pictures a second.
const (
	slowFrame  = 50 * time.Millisecond
	quickFrame = 16 * time.Millisecond
)

func (g *governor) scale() float64 { return movingSteps[g.step].scale }
func (g *governor) points() int    { return movingSteps[g.step].points }

// after takes the time of a frame that drew a moving picture.
func (g *governor) after(took time.Duration) {
	switch {
	case took > slowFrame:
		g.slow, g.quick = g.slow+1, 0
	case took < quickFrame:
		g.slow, g.quick = 0, g.quick+1
	default:
		g.slow, g.quick = 0, 0
	}
	if g.slow >= 2 && g.step < len(movingSteps)-1 {
		g.step, g.slow = g.step+1, 0
	}
	if g.quick >= 10 && g.step > 0 {
		g.step, g.quick = g.step-1, 0
	}
}
