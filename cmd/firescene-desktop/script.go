//go:build cgo

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// A script has one command a line; empty lines and lines that begin with # are
// passed over. Each command is carried out after the one before is finished: a case
// that was opened has been read, pictures in sight have been decoded.
//
//	open PATH              a case
//	lang zh|en
//	popup NAME             opens a dialog, or what a button of the scene opens: open new add export video layers paths
//	panel NAME             brings a panel to the front: case scene photos items timeline hypotheses measure custody jobs
//	view NAME              overview plan section interior
//	orbit DX DY            turns the scene as the mouse does
//	zoom STEPS
//	hypothesis ID          shows it in the scene
//	alone on|off           the scene without the other panels
//	side N                 so many hypotheses side by side: 1, 2 or 4
//	play                   begins or ends the replay
//	step N                 moves the playhead by steps of the simulation
//	key PATH               puts the camera as it stands as a key behind those of a camera path
//	fly PATH               plays a camera path
//	video FILE WxH PATH    writes the replay that is shown, along a camera path or, for -, with the camera as it stands
//	moment SECONDS         playhead, seconds after the ignition of the hypothesis shown
//	pick X Y               picks the point of the scene at a place of its panel, 0..1 each
//	tool KIND              takes a tool in hand: look, a kind of measurement, note, cut_through
//	finish                 measures what was picked
//	undo                   takes the last change back; redo does it again
//	note TEXT              keeps an annotation at the place picked for it
//	tonote ID              returns to the view of an annotation
//	reportnote ID on|off   prints its view in the report, or not
//	ray EXHIBIT X Y        takes the line of sight of a pixel of a placed photo
//	slab KIND AT THICK     a section: plan, x, y or free, where and how thick in metres
//	clip on|off            the faces of the clip box can be dragged
//	parallel on|off        a parallel or a perspective picture
//	edit PART INDEX        takes hold of a part of the hypothesis: origin, fuel, opening, detector
//	move PART INDEX X Y Z  moves it
//	add KIND               adds an item, opening or detector as the button does
//	keep                   keeps the changed hypothesis as a version; keeprun runs the stages too
//	newhyp ID TITLE        begins a hypothesis
//	clock ID SHOWN TRUTH SIGMA   a check of a clock; times without spaces
//	dialog NAME            opens a dialog: clock, new_hypothesis, add, open, new, export
//	item ID                chooses a recovered item
//	photo ID               chooses a photo
//	cloud NAME             shows another cloud of the case
//	colour NAME            of the points: rgb intensity height
//	through NAME           looks through a placed camera, or a photo's by its exhibit
//	opacity SHARE          of its picture, 0..1
//	answer ID TEXT         answers a question of a lesson: X,Y,Z, now, or choices; answer hand-in -
//	goto ID                looks from where a photo was taken
//	run                    starts the stages; cancel stops them; wait SECONDS waits for their end
//	sleep SECONDS
//	spin SECONDS           turns the scene all the while, a step before each picture
//	scroll ROWS SECONDS    moves the gallery down by so many rows before each picture
//	mark                   begins to measure frames anew
//	until FILE             waits until a file is there, drawing all the while
//	rest FILE              likewise, as a window that is left alone
//	screenshot FILE.png    the whole window
//	save FILE.png          the scene alone
//	layer NAME on|off      points mesh stations seen supposed hot_layer smoke gas_temperature heat flames openings
//	paint NAME all|beside  of surfaces: own exposure marks; beside leaves the left half as observed
//	result FILE.smv        gas of a field model's result, of the hypothesis that is shown or of none
//	mesh FILE              triangles of a PLY or STL file among the points
//	renderer NAME          what draws the points: cpu, gl or auto
//	lose                   acts as if the graphics card had lost the window's context
//	bench N FILE.json      turns the scene N times as fast as it can, and writes how fast that was
//	compare A.png B.png FILE.json  how far two pictures differ
//	state FILE.json        what the window shows, as JSON
//	close                  asks to close, as the window's frame does
//	leave stop|stay        answers the question whether work under way is to be stopped
//	quit
type step struct {
	line int
	args []string
}

// needs is how many arguments each command takes.
var needs = map[string]int{"open": 1, "lang": 1, "panel": 1, "popup": 1, "view": 1, "orbit": 2, "zoom": 1, "hypothesis": 1, "side": 1, "play": 0, "step": 1, "key": 1, "fly": 1, "video": 3,
	"alone": 1, "moment": 1, "pick": 2, "item": 1, "photo": 1, "goto": 1, "answer": 2, "through": 1, "opacity": 1, "colour": 1, "cloud": 1, "run": 0, "cancel": 0,
	"wait": 1, "sleep": 1, "spin": 1, "scroll": 2, "mark": 0, "until": 1, "rest": 1, "screenshot": 1, "save": 1, "state": 1, "quit": 0, "close": 0, "leave": 1,
	"tool": 1, "finish": 0, "undo": 0, "redo": 0, "note": 1, "tonote": 1, "reportnote": 2, "ray": 3, "slab": 3, "clip": 1, "parallel": 1, "edit": 2, "move": 5,
	"add": 1, "keep": 0, "keeprun": 0, "newhyp": 2, "clock": 4, "dialog": 1, "layer": 2, "result": 1, "mesh": 1, "paint": 2, "renderer": 1, "lose": 0, "bench": 2,
	"compare": 3}

// spaced are the commands whose argument may hold spaces.
var spaced = map[string]bool{"open": true, "screenshot": true, "save": true, "until": true, "rest": true, "result": true, "mesh": true, "state": true, "note": true}

func readScript(path string) ([]step, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []step
	for i, l := range strings.Split(string(b), "\n") {
		args := strings.Fields(l)
		if len(args) == 0 || strings.HasPrefix(args[0], "#") {
			continue
		}
		n, ok := needs[args[0]]
		if !ok {
			return nil, fmt.Errorf("%s, line %d: no command %q", path, i+1, args[0])
		}
		if spaced[args[0]] {
			args = []string{args[0], strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(l), args[0]))}
		}
		if len(args) != n+1 || n > 0 && args[1] == "" {
			return nil, fmt.Errorf("%s, line %d: %s takes %d arguments", path, i+1, args[0], n)
		}
		out = append(out, step{i + 1, args})
	}
	return out, nil
}

// maxWait ends a script whose command never finishes.
const maxWait = 10 * time.Minute

// scriptPlayer carries a script out, a command between two frames.
type scriptPlayer struct {
	*tool
	steps   []step
	next    int
	settled int       // frames since nothing was under way
	until   time.Time // of sleep and wait
	file    string    // of until and rest
	rests   bool
	moves   func() // before each frame of spin and scroll
	began   time.Time
	bench   *bench
	err     error
}

// step carries out the next command once the window has come to rest; it reports
// whether the window is to be closed.
func (p *scriptPlayer) step() bool {
	if p.next >= len(p.steps) {
		return false
	}
	if p.rests { // looked at once a second; a window at rest is woken no oftener
		if _, err := os.Stat(p.file); err != nil {
			return false
		}
		p.rests = false
	}
	p.win.Stir()
	now := time.Now()
	if p.bench != nil {
		done, err := p.bench.step(p.tool)
		if err != nil {
			p.err = err
			return true
		}
		if done {
			p.bench = nil
		}
		return false
	}
	if p.began.IsZero() {
		p.began = now
	}
	waits := p.busy > 0 || !p.desk.AtRest() || now.Before(p.until)
	if p.moves != nil {
		if now.Before(p.until) {
			p.moves()
			return false
		}
		p.moves, waits = nil, false
		p.settled = 6
	}
	if p.file != "" {
		if _, err := os.Stat(p.file); err != nil {
			waits = true
		}
	}
	if p.next > 0 && p.steps[p.next-1].args[0] == "wait" {
		running := p.job != nil && !p.job.view.Ended
		waits = p.busy > 0 || running && now.Before(p.until)
	}
	if waits && now.Sub(p.began) > maxWait {
		p.err = fmt.Errorf("line %d: what went before did not finish", p.steps[p.next].line)
		return true
	}
	if waits {
		p.settled = 0
		return false
	}
	if p.settled++; p.settled < 6 {
		return false
	}
	s := p.steps[p.next]
	p.next, p.settled, p.began, p.until = p.next+1, 0, time.Time{}, time.Time{}
	p.file = ""
	quit, err := p.do(s.args)
	if err != nil {
		p.err = fmt.Errorf("line %d: %w", s.line, err)
		return true
	}
	return quit
}

func (p *scriptPlayer) do(a []string) (quit bool, err error) {
	number := func(i int) float64 {
		v, e := strconv.ParseFloat(a[i], 64)
		if e != nil && err == nil {
			err = e
		}
		return v
	}
	after := func(s float64) time.Time { return time.Now().Add(time.Duration(s * float64(time.Second))) }
	if done, e := p.doTool(a, number); done || err != nil {
		return false, firstError(err, e)
	}
	switch a[0] {
	case "open":
		p.open(a[1])
	case "lang":
		p.desk.SetLanguage(a[1])
	case "orbit":
		p.desk.Orbit(number(1), number(2))
	case "zoom":
		p.desk.Zoom(number(1))
	case "moment":
		p.desk.SetMoment(number(1))
	case "pick":
		err = firstError(err, p.desk.PickAt(number(1), number(2)))
	case "alone":
		p.desk.Alone(a[1] == "on")
	case "side":
		p.desk.SideBySide(int(number(1)))
	case "play":
		p.desk.Play()
	case "step":
		p.desk.Step(int(number(1)))
	case "key":
		err = firstError(err, p.desk.AddKey(a[1]))
	case "fly":
		err = p.desk.Fly(a[1])
	case "video":
		var w, h int
		if _, e := fmt.Sscanf(a[2], "%dx%d", &w, &h); e != nil {
			return false, fmt.Errorf("video: %s is no size", a[2])
		}
		err = p.desk.WriteVideo(a[1], a[3], w, h)
	case "panel", "view", "colour", "hypothesis", "item", "photo", "goto":
		err = p.desk.Choose(a[0], a[1])
	case "through":
		err = p.desk.LookThrough(a[1])
	case "opacity":
		p.desk.SetOpacity(number(1))
	case "cloud":
		err = p.desk.ShowCloud(a[1])
	case "answer":
		err = p.desk.Answer(a[1], a[2])
	case "popup":
		p.desk.Popup(a[1])
	case "run":
		p.run()
	case "cancel":
		p.cancel()
	case "mark":
		p.desk.MarkPace()
	case "spin":
		p.until, p.moves = after(number(1)), func() { p.desk.Orbit(5, 0) }
	case "scroll":
		rows := number(1)
		p.until, p.moves = after(number(2)), func() { p.desk.ScrollItems(rows) }
	case "wait", "sleep":
		p.until = after(number(1))
	case "until", "rest":
		p.file, p.rests = a[1], a[0] == "rest"
	case "screenshot":
		img, e := p.win.Picture()
		if e == nil {
			e = savePNG(a[1], img)
		}
		err = e
	case "save":
		err = p.desk.SaveScene(a[1])
	case "state":
		b, e := json.MarshalIndent(p.desk.State(), "", " ")
		if e == nil {
			e = os.WriteFile(a[1], b, 0o666)
		}
		err = e
	case "close":
		p.desk.AskToClose()
	case "leave":
		p.desk.Leave(a[1] == "stop")
	case "layer":
		if !p.desk.SetLayer(a[1], a[2] == "on") {
			err = fmt.Errorf("no layer %q", a[1])
		}
	case "paint":
		if !p.desk.SetPaint(strings.TrimPrefix(a[1], "own"), a[2] == "beside") {
			err = fmt.Errorf("no paint %q", a[1])
		}
	case "mesh":
		p.openMesh(a[1])
	case "result":
		p.openResult(a[1])
	case "lose":
		p.win.Lose()
	case "renderer":
		err = p.desk.SetRenderer(a[1])
	case "bench":
		p.bench = &bench{turns: int(number(1)), path: a[2]}
	case "compare":
		err = comparePNG(a[1], a[2], a[3])
	case "quit":
		return true, nil
	}
	return false, err
}
