//go:build cgo

package ui

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"firescene/forensics"

	"github.com/AllenDang/cimgui-go/imgui"
)

// lineView is the panel of the time line: one lane a clock, events at their
// corrected times with their uncertainty as a band, and the playhead.
type lineView struct {
	built    bool
	lanes    []lane
	from, to time.Time         // in sight
	byTime   []forensics.Event // whose true time is known; nil: not yet listed
}

// lane holds the events of one clock, or of one exhibit whose clock is not known, by
// the time they are shown at.
type lane struct {
	name   string
	events []forensics.Event
}

// nearFire counts the events of a lane in the time of the supposed fires.
func (l *lane) nearFire(from, to time.Time) int {
	n := 0
	for i := range l.events {
		if t := at(&l.events[i]); !t.Before(from) && !t.After(to) {
			n++
		}
	}
	return n
}

// at is where an event stands on the line: corrected when that is known, else as
// recorded.
func at(e *forensics.Event) time.Time {
	if !e.Corrected.IsZero() {
		return e.Corrected
	}
	return e.Parsed
}

func (d *Desk) zone() *time.Location {
	if d.kase != nil && d.kase.Zone != nil {
		return d.kase.Zone
	}
	return time.UTC
}

func (d *Desk) buildLine() {
	v := &d.line
	first := !v.built && v.from.IsZero()
	v.built, v.lanes = true, nil
	by := map[string]int{}
	for _, e := range d.kase.Events {
		if at(&e).IsZero() {
			continue
		}
		name := e.ClockID
		if name == "" {
			name = e.Exhibit
		}
		i, ok := by[name]
		if !ok {
			i = len(v.lanes)
			by[name] = i
			v.lanes = append(v.lanes, lane{name: name})
		}
		v.lanes[i].events = append(v.lanes[i].events, e)
	}
	for _, l := range v.lanes {
		slices.SortStableFunc(l.events, func(a, b forensics.Event) int { return at(&a).Compare(at(&b)) })
	}
	from, to, _ := d.span()
	slices.SortFunc(v.lanes, func(a, b lane) int {
		return cmp.Or(cmp.Compare(b.nearFire(from, to), a.nearFire(from, to)), cmp.Compare(a.name, b.name))
	})
	if first {
		d.lineToFire()
	}
}

// lineToFire shows the time of the supposed fires, or all times without any.
func (d *Desk) lineToFire() {
	from, to, ok := d.span()
	if !ok {
		d.lineToAll()
		return
	}
	pad := to.Sub(from) / 10
	d.line.from, d.line.to = from.Add(-pad), to.Add(pad)
}

func (d *Desk) lineToAll() {
	v := &d.line
	var from, to time.Time
	for _, l := range v.lanes {
		a, b := at(&l.events[0]), at(&l.events[len(l.events)-1])
		if from.IsZero() || a.Before(from) {
			from = a
		}
		if b.After(to) {
			to = b
		}
	}
	if from.IsZero() {
		return
	}
	pad := max(to.Sub(from)/20, time.Second)
	v.from, v.to = from.Add(-pad), to.Add(pad)
}

func (d *Desk) linePanel() {
	if d.kase == nil {
		imgui.TextDisabled(plain(d.T("no_case")))
		return
	}
	v := &d.line
	if !v.built {
		d.buildLine()
	}
	d.lineBar()
	if v.from.IsZero() || !v.to.After(v.from) {
		imgui.TextDisabled(plain(d.T("no_events")))
		return
	}
	if imgui.BeginChildStrV("lanes", imgui.NewVec2(0, 0), 0, imgui.WindowFlagsNoScrollWithMouse) {
		d.lanes()
	}
	imgui.EndChild()
}

// lanes draws the scale, the hypotheses and the clocks below it.
func (d *Desk) lanes() {
	v := &d.line
	room := imgui.ContentRegionAvail()
	pos := imgui.CursorScreenPos()
	if room.X < 100 || room.Y < 30 {
		return
	}
	rows := len(v.lanes) + len(d.kase.Fires)
	scale := imgui.FontSize() * 1.4
	rowHigh := max(min((room.Y-scale)/float32(max(rows, 1)), imgui.FontSize()*2), imgui.FontSize()*1.2)
	room.Y = max(room.Y, scale+float32(rows)*rowHigh)
	imgui.InvisibleButtonV("line", room, imgui.ButtonFlagsMouseButtonLeft|imgui.ButtonFlagsMouseButtonRight)
	names := imgui.FontSize() * 8
	x := func(t time.Time) float32 {
		return pos.X + names + (room.X-names)*float32(t.Sub(v.from).Seconds()/v.to.Sub(v.from).Seconds())
	}
	d.lineMouse(pos, room, names)
	list := imgui.WindowDrawList()
	list.PushClipRect(pos, imgui.NewVec2(pos.X+room.X, pos.Y+room.Y))
	top := d.lineScale(list, pos, room, names, x)
	var under *forensics.Event
	for i := range d.kase.Fires {
		d.drawFireLane(list, &d.kase.Fires[i], pos, room, names, top+float32(i)*rowHigh, rowHigh, x)
	}
	for i := range v.lanes {
		y := top + float32(len(d.kase.Fires)+i)*rowHigh
		if e := d.drawLane(list, &v.lanes[i], pos, room, names, y, rowHigh, x); e != nil {
			under = e
		}
	}
	if !d.moment.IsZero() {
		px := x(d.moment)
		if px >= pos.X+names {
			list.AddLineV(imgui.NewVec2(px, pos.Y), imgui.NewVec2(px, pos.Y+room.Y), packed(colAccent), 2)
			list.AddTriangleFilled(imgui.NewVec2(px-6, pos.Y), imgui.NewVec2(px+6, pos.Y), imgui.NewVec2(px, pos.Y+9), packed(colAccent))
		}
	}
	list.PopClipRect()
	if under != nil {
		imgui.SetTooltip(plain(d.eventText(under)))
	}
}

func (d *Desk) lineBar() {
	_, _, ok := d.span()
	imgui.BeginDisabledV(!ok)
	name := "play"
	if d.playing {
		name = "pause"
	}
	if imgui.Button(d.T(name) + "###play") {
		d.act("play")
	}
	imgui.SameLine()
	for _, b := range []struct {
		text, tip string
		do        func()
	}{{"|<", "event_back", func() { d.toEvent(-1) }}, {"<", "step_back", func() { d.step(-1) }}, {">", "step_on", func() { d.step(1) }}, {">|", "event_on", func() { d.toEvent(1) }}} {
		if imgui.Button(b.text + "###" + b.tip) {
			b.do()
		}
		if imgui.IsItemHovered() {
			imgui.SetTooltip(plain(d.T(b.tip) + "  " + key(b.tip)))
		}
		imgui.SameLine()
	}
	imgui.SetNextItemWidth(imgui.FontSize() * 7)
	imgui.SliderFloatV("##speed", &d.speed, 1, 120, "%.0f x", imgui.SliderFlagsLogarithmic)
	imgui.SameLine()
	imgui.Checkbox(d.T("loop"), &d.loop)
	imgui.SameLine()
	if imgui.Button(d.T("to_fire")) {
		d.lineToFire()
	}
	imgui.EndDisabled()
	imgui.SameLine()
	if imgui.Button(d.T("all_times")) {
		d.lineToAll()
	}
	if !d.moment.IsZero() {
		imgui.SameLine()
		imgui.TextUnformatted(d.momentText())
		if f := d.chosenFire(); f != nil {
			imgui.SameLine()
			imgui.TextDisabled(plain(fmt.Sprintf("%s: %.0f %s", f.Hypothesis.ID, d.moment.Sub(f.Hypothesis.Ignition.Time).Seconds(), d.T("after"))))
		}
	}
}

// lineMouse sets the playhead with the left button, moves the line with the right
// one and zooms with the wheel about the mouse.
func (d *Desk) lineMouse(pos, room imgui.Vec2, names float32) {
	v := &d.line
	io := imgui.CurrentIO()
	span := v.to.Sub(v.from)
	share := float64((imgui.MousePos().X - pos.X - names) / (room.X - names))
	under := v.from.Add(time.Duration(share * float64(span)))
	if imgui.IsItemActive() {
		if imgui.IsMouseDragging(imgui.MouseButtonRight) {
			by := time.Duration(float64(io.MouseDelta().X) / float64(room.X-names) * float64(span))
			v.from, v.to = v.from.Add(-by), v.to.Add(-by)
		} else if imgui.IsMouseDown(imgui.MouseButtonLeft) && share >= 0 {
			d.moment, d.playing = under, false
		}
	}
	if w := io.MouseWheel(); w != 0 && imgui.IsItemHovered() && share >= 0 {
		by := math.Pow(0.8, float64(w))
		if s := float64(span) * by; s > float64(time.Second) && s < 100*365*24*float64(time.Hour) {
			v.from = under.Add(-time.Duration(share * s))
			v.to = v.from.Add(time.Duration(s))
		}
	}
}

// steps are the distances between marks of the scale.
var steps = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
	30 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, 365 * 24 * time.Hour, 10 * 365 * 24 * time.Hour}

func (d *Desk) lineScale(list *imgui.DrawList, pos, room imgui.Vec2, names float32, x func(time.Time) float32) float32 {
	v := &d.line
	high := imgui.FontSize() * 1.4
	most := float64((room.X - names) / (imgui.FontSize() * 7))
	step := steps[len(steps)-1]
	for _, s := range steps {
		if v.to.Sub(v.from).Seconds()/s.Seconds() <= most {
			step = s
			break
		}
	}
	layout := "15:04:05"
	if step >= 24*time.Hour {
		layout = "2006-01-02"
	} else if v.to.Sub(v.from) > 24*time.Hour {
		layout = "01-02 15:04"
	}
	_, offset := v.from.In(d.zone()).Zone()
	shift := time.Duration(offset) * time.Second
	for t := v.from.Add(shift).Truncate(step).Add(-shift); t.Before(v.to); t = t.Add(step) {
		px := x(t)
		if px < pos.X+names {
			continue
		}
		list.AddLineV(imgui.NewVec2(px, pos.Y+high), imgui.NewVec2(px, pos.Y+room.Y), packed(colField), 1)
		list.AddTextVec2(imgui.NewVec2(px+3, pos.Y+2), packed(colFaint), t.In(d.zone()).Format(layout))
	}
	return pos.Y + high
}

// drawLane draws the events of a lane that are in sight and gives the one under the
// mouse. Events that fall on one pixel are drawn once.
func (d *Desk) drawLane(list *imgui.DrawList, l *lane, pos, room imgui.Vec2, names, y, high float32, x func(time.Time) float32) *forensics.Event {
	v := &d.line
	list.AddTextVec2(imgui.NewVec2(pos.X+2, y+(high-imgui.FontSize())/2), packed(colText), l.name)
	list.AddLineV(imgui.NewVec2(pos.X, y+high), imgui.NewVec2(pos.X+room.X, y+high), packed(colField), 1)
	first := sort.Search(len(l.events), func(i int) bool { return at(&l.events[i]).After(v.from.Add(-time.Hour)) })
	mouse := imgui.MousePos()
	hovered := imgui.IsItemHovered() && mouse.Y >= y && mouse.Y < y+high
	var under *forensics.Event
	nearest, last := float32(5), float32(-10)
	for i := first; i < len(l.events); i++ {
		e := &l.events[i]
		t := at(e)
		if t.After(v.to) {
			break
		}
		px := x(t)
		if px < pos.X+names {
			continue
		}
		if off := float32(math.Abs(float64(px - mouse.X))); hovered && off < nearest {
			nearest, under = off, e
		}
		if px-last < 0.7 {
			continue
		}
		last = px
		known := !e.Corrected.IsZero()
		colour := colGood
		if !known {
			colour = colFaint
		}
		if known {
			half := max(x(t.Add(time.Duration(2*e.SigmaS*float64(time.Second))))-px, 1)
			list.AddRectFilled(imgui.NewVec2(px-half, y+high*0.25), imgui.NewVec2(px+half, y+high*0.75), packed(faded(colour, 0.25)))
			if raw := x(e.Parsed); math.Abs(float64(raw-px)) > 3 && raw >= pos.X+names && e == under {
				list.AddLineV(imgui.NewVec2(raw, y+high*0.5), imgui.NewVec2(px, y+high*0.5), packed(colFaint), 1)
				list.AddCircleV(imgui.NewVec2(raw, y+high*0.5), 3, packed(colFaint), 0, 1)
			}
		}
		list.AddLineV(imgui.NewVec2(px, y+high*0.15), imgui.NewVec2(px, y+high*0.85), packed(colour), 1.5)
	}
	if under != nil {
		px := x(at(under))
		list.AddLineV(imgui.NewVec2(px, y+2), imgui.NewVec2(px, y+high-2), packed(colText), 2)
	}
	return under
}

// drawFireLane draws what a hypothesis supposes and predicts: ignition with its
// uncertainty, and when each detector is to respond.
func (d *Desk) drawFireLane(list *imgui.DrawList, f *Fire, pos, room imgui.Vec2, names, y, high float32, x func(time.Time) float32) {
	colour := colAccent
	if f.Hypothesis.ID != d.chosen {
		colour = faded(colAccent, 0.55)
	}
	list.AddTextVec2(imgui.NewVec2(pos.X+2, y+(high-imgui.FontSize())/2), packed(colour), f.Hypothesis.ID+"  "+d.T("legend_supposed"))
	t := f.Hypothesis.Ignition.Time
	u := time.Duration(f.Hypothesis.Ignition.UncertaintyS * float64(time.Second))
	left := pos.X + names
	box := func(a, b time.Time, alpha float32) {
		x0, x1 := max(x(a), left), max(x(b), left)
		if x1 > x0 {
			list.AddRectFilled(imgui.NewVec2(x0, y+high*0.25), imgui.NewVec2(x1, y+high*0.75), packed(faded(colour, alpha)))
		}
	}
	box(t.Add(-u), t.Add(u), 0.3)
	if px := x(t); px >= left {
		list.AddLineV(imgui.NewVec2(px, y+high*0.1), imgui.NewVec2(px, y+high*0.9), packed(colour), 2)
	}
	if f.Result == nil {
		return
	}
	for _, a := range f.Result.Arrivals {
		if !a.Reached {
			continue
		}
		sec := func(s float64) time.Time { return t.Add(time.Duration(s * float64(time.Second))) }
		box(sec(a.EarlyS), sec(a.LateS), 0.15)
		if px := x(sec(a.TimeS)); px >= left {
			list.AddCircleFilled(imgui.NewVec2(px, y+high/2), 3.5, packed(colour))
			list.AddTextVec2(imgui.NewVec2(px+5, y+high*0.5-imgui.FontSize()*0.5), packed(faded(colText, colour.W)), a.Detector)
		}
	}
}

// eventText is all that is known of an event's time.
func (d *Desk) eventText(e *forensics.Event) string {
	s := e.Message + "\n" + e.What + "  " + d.T("raw") + ": " + e.Raw
	if e.Corrected.IsZero() {
		s += "\n" + d.T("no_clock")
	} else {
		s += fmt.Sprintf("\n%s: %s ± %.1f s (%s)", d.T("corrected"), e.Corrected.In(d.zone()).Format("2006-01-02 15:04:05.0 -07:00"), e.SigmaS, e.ClockID)
	}
	if e.Guessed != "" {
		s += "\n" + d.T("guessed") + e.Guessed
	}
	return s + "\n" + e.Locator.String()
}
