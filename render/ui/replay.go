//go:build cgo

package ui

import (
	"fmt"
	"sort"

	"firescene/forensics"
	"firescene/recon"

	"github.com/AllenDang/cimgui-go/imgui"
)

// popS is for how many seconds of the user's an event stays in the scene's corner while
// the replay runs, and maxPops how many are shown.
const (
	popS    = 4
	maxPops = 4
)

// holdS is for how many seconds of the case an event is new.
func (d *Desk) holdS() float64 { return popS * float64(d.speed) }

// step moves the playhead by a step of what was simulated, or of a second without one.
func (d *Desk) step(by int) {
	s := 1.0
	if f := d.chosenFire(); f != nil && f.Result != nil && len(f.Result.TimeS) > 1 {
		s = max(f.Result.TimeS[1]-f.Result.TimeS[0], 0.1)
	}
	d.moment, d.playing = d.moment.Add(secondsOf(float64(by)*s)), false
}

// toEvent moves the playhead to the next event before or behind it.
func (d *Desk) toEvent(by int) {
	if d.kase == nil {
		return
	}
	ev := d.happened()
	i := sort.Search(len(ev), func(i int) bool { return ev[i].Corrected.After(d.moment) })
	if by < 0 {
		for i--; i >= 0 && !ev[i].Corrected.Before(d.moment); i-- {
		}
	}
	if i >= 0 && i < len(ev) {
		d.moment, d.playing = ev[i].Corrected, false
	}
}

// happened are the events whose true time is known, in its order.
func (d *Desk) happened() []forensics.Event {
	if d.line.byTime == nil {
		d.line.byTime = []forensics.Event{}
		for _, e := range d.kase.Events {
			if !e.Corrected.IsZero() {
				d.line.byTime = append(d.line.byTime, e)
			}
		}
		sort.SliceStable(d.line.byTime, func(i, j int) bool { return d.line.byTime[i].Corrected.Before(d.line.byTime[j].Corrected) })
	}
	return d.line.byTime
}

// popEvents shows the events of the last moments in the corner of the scene, the newest
// first, with their corrected time and its uncertainty.
func (d *Desk) popEvents(pos, size imgui.Vec2) {
	if d.kase == nil || d.moment.IsZero() || size.X < imgui.FontSize()*12 {
		return
	}
	ev := d.happened()
	hold := d.holdS()
	list := imgui.WindowDrawList()
	y := pos.Y + 8
	if d.scene.picking { // under what a click does
		y += imgui.FontSize() + 10
	}
	wide := max(size.X*0.42, imgui.FontSize()*10)
	right := pos.X + size.X - imgui.FontSize()*5 // beside the arrow of north
	for i, shown := sort.Search(len(ev), func(i int) bool { return ev[i].Corrected.After(d.moment) })-1, 0; i >= 0 && shown < maxPops; i-- {
		e := &ev[i]
		age := d.moment.Sub(e.Corrected).Seconds()
		if age > hold {
			break
		}
		if i+1 < len(ev) && ev[i+1].Message == e.Message && age <= hold && ev[i+1].Corrected.Sub(e.Corrected).Seconds() < 2 {
			continue // the same thing by another of its times
		}
		text := fmt.Sprintf("%s ± %.0f s  %s  %s", e.Corrected.In(d.zone()).Format("15:04:05"), e.SigmaS, e.ClockID, e.Message)
		text = fitting(text, wide)
		colour := faded(colText, float32(1-0.6*age/max(hold, 1e-9)))
		tagged(list, imgui.NewVec2(right-imgui.CalcTextSize(text).X, y), text, colour)
		y += imgui.FontSize() * 1.5
		shown++
	}
}

// sideChoices are how many hypotheses can be shown at once.
var sideChoices = []int{1, 2, 4}

// sidesCombo chooses how many hypotheses are shown side by side.
func (d *Desk) sidesCombo() {
	v := &d.scene
	imgui.SetNextItemWidth(imgui.FontSize() * 7)
	if imgui.BeginCombo("##sides", fmt.Sprintf("%d %s", max(v.sides, 1), d.T("side_by_side"))) {
		for _, n := range sideChoices {
			if n > 1 && n/2 >= len(d.kase.Fires) {
				break
			}
			if imgui.SelectableBoolV(fmt.Sprintf("%d %s", n, d.T("side_by_side")), n == v.sides, 0, imgui.NewVec2(0, 0)) {
				v.sides = n
			}
		}
		imgui.EndCombo()
	}
}

// cellPlaces lays n pictures out over a field, in two rows when there are more than two.
func cellPlaces(at, room imgui.Vec2, n int) (places []imgui.Vec2, size imgui.Vec2) {
	const gap = 4
	across, down := n, 1
	if n > 2 {
		across, down = 2, (n+1)/2
	}
	size = imgui.NewVec2((room.X-gap*float32(across-1))/float32(across), (room.Y-gap*float32(down-1))/float32(down))
	for i := range n {
		places = append(places, imgui.NewVec2(at.X+float32(i%across)*(size.X+gap), at.Y+float32(i/across)*(size.Y+gap)))
	}
	return places, size
}

// momentText is the playhead in the zone of the case.
func (d *Desk) momentText() string {
	return d.moment.In(d.zone()).Format("2006-01-02 15:04:05 -07:00")
}

// arrivedBy tells pictures apart by what was observed up to the playhead, and what of it
// is new.
func (d *Desk) arrivedBy() int {
	n := 0
	for i := range d.kase.Seen {
		if o := &d.kase.Seen[i]; o.Kind == recon.ObsArrival && !o.Time.IsZero() && !o.Time.After(d.moment) {
			n++
			if d.moment.Sub(o.Time).Seconds() < d.holdS() {
				n += 1000
			}
		}
	}
	return n
}
