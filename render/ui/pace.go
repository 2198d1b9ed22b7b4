//go:build cgo

package ui

import (
	"slices"
	"time"
)

// pace measures how the window keeps up: when it was usable, how long frames took, how
// long the scene's pictures had to be waited for.
type pace struct {
	began    time.Time // of the program, as far as the window knows
	usable   time.Duration
	frames   []float32 // milliseconds of each frame since the mark, idle time left out
	pictures int       // of the scene since the mark
	marked   time.Time

	asked  time.Time // when a cloud was asked for
	first  time.Duration
	waited time.Time // when the camera came to rest, or the cloud was asked for
	detail time.Duration
}

// mark begins counting anew.
func (p *pace) mark() { p.frames, p.pictures, p.marked = p.frames[:0], 0, time.Now() }

// frame notes a frame; at most an hour of them is kept.
func (p *pace) frame(took time.Duration) {
	if len(p.frames) < 200_000 {
		p.frames = append(p.frames, float32(took.Seconds()*1000))
	}
}

// picture notes a picture of the scene: whether it shows points, and whether all detail
// is there.
func (p *pace) picture(points, all bool) {
	p.pictures++
	if points && p.first == 0 && !p.asked.IsZero() {
		p.first = time.Since(p.asked)
	}
	if all && !p.waited.IsZero() {
		p.detail, p.waited = time.Since(p.waited), time.Time{}
	}
}

// Pace is what State tells of it.
type Pace struct {
	UsableMS   float64 `json:"usable_ms"`    // from the start of the program to the first frame that shows the case
	FirstMS    float64 `json:"first_ms"`     // from asking for a cloud to its first picture
	DetailMS   float64 `json:"detail_ms"`    // from the camera's rest to all detail
	FrameP50MS float64 `json:"frame_p50_ms"` // of the frames since the mark
	FrameP95MS float64 `json:"frame_p95_ms"`
	FrameMaxMS float64 `json:"frame_max_ms"`
	Frames     int     `json:"frames"`
	PictureHz  float64 `json:"picture_hz"` // pictures of the scene a second since the mark
}

func (p *pace) tell() Pace {
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	out := Pace{UsableMS: ms(p.usable), FirstMS: ms(p.first), DetailMS: ms(p.detail), Frames: len(p.frames)}
	if s := slices.Sorted(slices.Values(p.frames)); len(s) > 0 {
		out.FrameP50MS, out.FrameP95MS, out.FrameMaxMS = float64(s[len(s)/2]), float64(s[len(s)*95/100]), float64(s[len(s)-1])
	}
	if s := time.Since(p.marked).Seconds(); s > 0 && !p.marked.IsZero() {
		out.PictureHz = float64(p.pictures) / s
	}
	return out
}

// MarkPace begins measuring anew.
func (d *Desk) MarkPace() { d.pace.mark() }

// ScrollItems moves the gallery of items down by so many rows, as the wheel does.
func (d *Desk) ScrollItems(rows float64) { d.items.scroll += float32(rows) }
