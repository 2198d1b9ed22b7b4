//go:build cgo

package ui

import (
	"testing"
	"time"
)

// TestGovernor gives it a renderer whose frames take time by their pixels: it must come
// to rest where they keep up, and go back to all pixels on one that is fast.
func TestGovernor(t *testing.T) {
	for name, c := range map[string]struct {
		wholeMS, fixedMS float64
		low, high        float64
	}{
		"software": {120, 20, 0.4, 0.6},
		"fast":     {5, 2, 1, 1},
		"hopeless": {2000, 100, 1. / 3, 1. / 3},
	} {
		g := governor{step: 3}
		last, changes := g.step, 0
		for i := range 400 {
			s := g.scale()
			g.after(time.Duration((c.fixedMS + c.wholeMS*s*s) * float64(time.Millisecond)))
			if i > 200 && g.step != last {
				changes++
			}
			last = g.step
		}
		if s := g.scale(); s < c.low || s > c.high {
			t.Errorf("%s: comes to rest at %.2f of the pixels a side, want %.2f to %.2f", name, s, c.low, c.high)
		}
		if changes > 2 {
			t.Errorf("%s: goes to and fro %d times", name, changes)
		}
	}
}
