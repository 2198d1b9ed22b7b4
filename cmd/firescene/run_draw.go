package main

import (
	"context"
	"errors"
	"fmt"
	"image/png"
	"maps"
	"path/filepath"
	"strings"
	"time"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"
	"firescene/render/gl"
	"firescene/render/scene"
)

// Size of the report's pictures in pixels.
const (
	pictureWidthPx  = 1280
	pictureHeightPx = 800
	maxDrawnRanks   = 4 // hypotheses that get a picture of their own, best first
)

// casePicture is one picture of the report, drawn once a language.
type casePicture struct {
	Name    string                     `json:"name"`
	File    map[string]string          `json:"file"` // by language, relative to the case
	Caption map[string]string          `json:"caption"`
	Legend  map[string][]render.Legend `json:"legend"`
	Sources []string                   `json:"sources"`
}

// shot is a picture to draw: what and from where, in words of a language.
type shot struct {
	name    string
	view    string       // a name that scene.Named knows
	given   *render.View // in the place of view
	stated  string       // the annotation that gives it: another one makes another picture
	extent  *scene.Extent
	scene   func(t texts) render.Scene
	caption func(t texts) string
	sources []string
}

// draw makes the report's pictures. A machine that can not draw leaves a warning
// and no pictures; everything else goes on.
func (r *stageRun) draw(ctx context.Context, place caseScene, fires caseFires, tested testedCase) ([]casePicture, error) {
	shots, inputs, err := r.shots(ctx, place, fires, tested)
	if err != nil {
		return nil, err
	}
	want := forensics.Step{Stage: "draw", Inputs: inputs, Params: map[string]string{
		"size": fmt.Sprintf("%dx%d", pictureWidthPx, pictureHeightPx), "font": r.fonts.Path, "shots": shotNames(shots), "annotations": statedViews(shots), "north": describeNorth(r.northDeg),
	}}
	// Pictures that could not be drawn are tried again where they can be; those
	// that another machine drew are kept where they can not.
	want.Params[paramDrawn] = "yes"
	if old, err := readStep(r.c.Path(renderDir)); err == nil && old.Params[paramDrawn] == "no" && !canDraw() {
		want.Params[paramDrawn] = "no"
	}
	return runStage(ctx, r, renderDir, want, func(ctx context.Context, dir string, step *forensics.Step) ([]casePicture, error) {
		pictures := make([]casePicture, len(shots))
		for i, s := range shots {
			pictures[i] = casePicture{Name: s.name, File: map[string]string{}, Caption: map[string]string{}, Legend: map[string][]render.Legend{}, Sources: s.sources}
		}
		step.In = len(shots)
		for i, lang := range reportLanguages {
			err := r.drawShots(ctx, dir, lang, shots, pictures, func(done int) {
				r.report("draw", int64(i*len(shots)+done), int64(len(reportLanguages)*len(shots)))
			})
			var missing *gl.MissingError
			if errors.As(err, &missing) {
				step.Params = maps.Clone(step.Params)
				step.Params[paramDrawn] = "no"
				step.Warnings = append(step.Warnings, err.Error())
				return []casePicture{}, nil
			}
			if err != nil {
				return pictures, err
			}
		}
		step.Out = len(pictures)
		return pictures, nil
	})
}

func describeNorth(deg *float64) string {
	if deg == nil {
		return "not stated"
	}
	return fmt.Sprint(*deg)
}

// paramDrawn says in the step record whether the machine could draw.
const paramDrawn = "drawn"

// canDraw reports whether this machine can draw.
func canDraw() bool {
	c, err := gl.NewContext()
	if err != nil {
		return false
	}
	c.Close()
	return true
}

func statedViews(shots []shot) string {
	var all []string
	for _, s := range shots {
		if s.stated != "" {
			all = append(all, s.stated)
		}
	}
	return strings.Join(all, "\n")
}

func shotNames(shots []shot) string {
	var names []string
	for _, s := range shots {
		names = append(names, s.name)
	}
	return strings.Join(names, " ")
}

// drawShots draws every picture in one language. One drawer serves them all, so
// that a cloud is prepared once.
func (r *stageRun) drawShots(ctx context.Context, dir, lang string, shots []shot, into []casePicture, done func(int)) error {
	d, err := scene.NewDrawer(scene.Options{FontTTF: r.fonts.Regular, Lang: lang, Workers: r.workers})
	if err != nil {
		return err
	}
	defer d.Close()
	t := newTexts(lang)
	for i, s := range shots {
		sc := s.scene(t)
		view, err := s.from()
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		frame, err := d.Draw(ctx, sc, view)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		file := s.name + "." + lang + ".png"
		if err := writePNG(filepath.Join(dir, file), frame); err != nil {
			return err
		}
		into[i].File[lang], into[i].Caption[lang], into[i].Legend[lang] = renderDir+"/"+file, s.caption(t), sc.Legend
		done(i + 1)
	}
	return nil
}

// shots lists the pictures of a case: the scene as measured, its plan with what
// the hypotheses state, each hypothesis at the moment of the last observed
// arrival, and the photos' own model.
func (r *stageRun) shots(ctx context.Context, place caseScene, fires caseFires, tested testedCase) ([]shot, []forensics.FileHash, error) {
	var shots []shot
	var inputs []forensics.FileHash
	if place.Photos != nil && place.Photos.Registered > 0 {
		s, in, err := r.photoShot(ctx, place)
		if err != nil {
			return nil, nil, err
		}
		shots, inputs = append(shots, s), append(inputs, in...)
	}
	cloud, err := r.sceneCloud(ctx, place)
	if err != nil || cloud == nil {
		return shots, inputs, err
	}
	sum, size, err := hashFile(r.c.Path(place.sceneFile()))
	if err != nil {
		return nil, nil, err
	}
	inputs = append(inputs, forensics.FileHash{Path: place.sceneFile(), SizeB: size, SHA256: sum})
	stated, err := r.resultsOf(simulatedDir, testedDir)
	if err != nil {
		return nil, nil, err
	}
	inputs = append(inputs, stated...)
	extent := scene.Survey(cloud)
	sources := []string{place.sceneFile()}
	base := func(title string) render.Scene {
		s := render.Scene{Cloud: cloud, Metric: cloud.Scaled, Title: title}
		if r.northDeg != nil {
			s.HasNorth, s.NorthDeg = true, *r.northDeg
		}
		return s
	}
	shots = append(shots, shot{
		name: "scene", view: scene.Overview, extent: &extent, sources: sources,
		scene: func(t texts) render.Scene {
			s := base(t.T("draw_scene_title"))
			s.Legend = []render.Legend{{Text: t.T("draw_points"), Standing: forensics.Measured}}
			return s
		},
		caption: func(t texts) string { return t.T("draw_scene_caption", "Points", grouped(cloud.Len())) },
	})
	annotated, err := r.annotatedShots(ctx, place, fires, base, sources)
	if err != nil {
		return nil, nil, err
	}
	if len(fires.Hypotheses) == 0 {
		return append(shots, annotated...), inputs, nil
	}
	sources = append([]string{simulatedDir + "/" + resultFile}, sources...)
	if outline := roomOutline(fires.Hypotheses); outline != nil {
		extent = *outline
	}
	shots = append(shots, shot{
		name: "plan", view: scene.Plan, extent: &extent, sources: sources,
		scene: func(t texts) render.Scene {
			s := base(t.T("draw_plan_title"))
			stateAll(&s, fires, tested.Observations, t)
			return s
		},
		caption: func(t texts) string { return t.T("draw_plan_caption", "Count", len(fires.Hypotheses)) },
	})
	moment := lastArrival(tested.Observations)
	for i, h := range fires.inRank(tested.Ranking) {
		if i == maxDrawnRanks {
			break
		}
		afterS := momentAfter(h, moment)
		shots = append(shots, shot{
			name: "hypothesis-" + h.Hypothesis.ID, view: scene.Overview, extent: &extent, sources: sources,
			scene: func(t texts) render.Scene {
				s := base(t.T("draw_hypothesis_title", "ID", h.Hypothesis.ID, "Seconds", int(afterS)))
				stateOne(&s, h, afterS, t)
				return s
			},
			caption: func(t texts) string {
				return t.T("draw_hypothesis_caption", "ID", h.Hypothesis.ID, "Title", h.Hypothesis.Title, "Seconds", int(afterS))
			},
		})
	}
	return append(shots, annotated...), inputs, nil
}

// from is the view of a shot.
func (s *shot) from() (render.View, error) {
	if s.given == nil {
		return scene.Named(s.view, *s.extent, pictureWidthPx, pictureHeightPx)
	}
	v := *s.given
	v.WidthPx, v.HeightPx = pictureWidthPx, pictureHeightPx
	return v, nil
}

// roomOutline is the box of the first hypothesis's rooms.
func roomOutline(list []caseFire) *scene.Extent {
	h := list[0].Hypothesis
	if len(h.Rooms) == 0 {
		return nil
	}
	box := scene.RoomBox(h.Rooms[0])
	for _, room := range h.Rooms[1:] {
		b := scene.RoomBox(room)
		box.Min, box.Max = minVec(box.Min, b.Min), maxVec(box.Max, b.Max)
	}
	e := scene.ExtentOfBox(box)
	return &e
}

// lastArrival is the time of the last observed arrival, zero when none was.
func lastArrival(observations []recon.Observation) time.Time {
	var last time.Time
	for _, o := range observations {
		if o.Kind == recon.ObsArrival && o.Time.After(last) {
			last = o.Time
		}
	}
	return last
}

// momentAfter is a moment in seconds after a hypothesis's ignition, kept within
// what was simulated; without an observed arrival it is the middle of that.
func momentAfter(h caseFire, moment time.Time) float64 {
	times := h.Result.TimeS
	if len(times) == 0 {
		return 0
	}
	end := times[len(times)-1]
	if moment.IsZero() {
		return end / 2
	}
	return min(max(moment.Sub(h.Hypothesis.Ignition.Time).Seconds(), 0), end)
}

// stateAll shows where every hypothesis puts the origin, the detectors, and
// where observations point.
func stateAll(s *render.Scene, fires caseFires, observations []recon.Observation, t texts) {
	seen := map[string]bool{}
	for _, f := range fires.Hypotheses {
		h := f.Hypothesis
		s.Markers = append(s.Markers, render.Marker{At: h.Origin.At.R3(), RadiusM: h.Origin.RadiusM, Label: t.T("draw_origin", "ID", h.ID), Symbol: "origin", Standing: forensics.Supposed})
		for _, d := range h.Detectors {
			if !seen[d.Name] {
				seen[d.Name] = true
				s.Markers = append(s.Markers, render.Marker{At: d.At.R3(), Label: d.Name, Symbol: "detector", Standing: forensics.Supposed})
			}
		}
	}
	s.Legend = []render.Legend{
		{Text: t.T("draw_points"), Standing: forensics.Measured},
		{Text: t.T("draw_detector"), Symbol: "detector", Standing: forensics.Supposed},
		{Text: t.T("draw_origins"), Symbol: "origin", Standing: forensics.Supposed},
	}
	pointed := false
	for _, o := range observations {
		if o.At != nil && o.Kind == recon.ObsPattern {
			pointed = true
			s.Markers = append(s.Markers, render.Marker{At: o.At.R3(), RadiusM: o.RadiusM, Label: o.ID, Symbol: "exhibit", Standing: forensics.Inferred})
		}
	}
	if pointed {
		s.Legend = append(s.Legend, render.Legend{Text: t.T("draw_pattern"), Symbol: "exhibit", Standing: forensics.Inferred})
	}
	for _, room := range fires.Hypotheses[0].Hypothesis.Rooms {
		s.Outlines = append(s.Outlines, scene.FloorOutline(room))
	}
}

// stateOne shows one hypothesis at a moment: origin, detectors, hot layer.
func stateOne(s *render.Scene, f caseFire, afterS float64, t texts) {
	h := f.Hypothesis
	scene.AddHypothesis(s, h, t.T("draw_origin", "ID", h.ID))
	scene.AddHotLayers(s, h, f.Result, afterS)
	s.Legend = []render.Legend{
		{Text: t.T("draw_points"), Standing: forensics.Measured},
		{Text: t.T("draw_detector"), Symbol: "detector", Standing: forensics.Supposed},
		{Text: t.T("draw_origins"), Symbol: "origin", Standing: forensics.Supposed},
	}
}

// grouped prints a number with groups of three digits, as the report does.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// writePNG writes a picture by way of a temporary name.
func writePNG(path string, f render.Frame) error {
	var b strings.Builder
	if err := png.Encode(&b, f.Image); err != nil {
		return err
	}
	return writeFile(path, []byte(b.String()))
}
