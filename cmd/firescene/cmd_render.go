package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/spatial/r3"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"
	"firescene/render/scene"
)

// maxRenderPoints bounds the cloud of one still.
const maxRenderPoints = 30_000_000

type renderOptions struct {
	Input      string // a case folder or a scanner export
	Out        string // .png; .mp4 or .avi for a replay
	View       string
	Size       string
	Title      string
	Hypothesis []string // YAML; drawn over the cloud, in a replay side by side
	TimeS      float64
	// Of a replay: its part of the simulated time, how many simulated seconds a
	// second shows, and its pictures a second.
	FromS, ToS, Speed float64
	FPS               int
	Path              string // of the camera: a name in the case, or a .json file
	OneClock          bool   // hypotheses at the same true time, not each after its own ignition
	NorthDeg          float64
	HasNorth          bool
	Unscaled          bool
	Renderer          string // cpu, gl or auto
	Show              string // what of the fire, see fireShown
	FieldFrom         []string
	Paint             string // "", "exposure" or "marks"
	Beside            bool
	Mesh              string // PLY with faces, or STL
	Lang              string
	Workers           int
}

// marksCloud is what cloud marks calls the cloud whose colours are classes of marks.
const marksCloud = "marks.ply"

// pointsBy is what draws the points, by the names of --renderer.
var pointsBy = map[string]scene.PointsBy{"": scene.PointsAuto, "auto": scene.PointsAuto, "cpu": scene.PointsSplat, "gl": scene.PointsGL}

// renderSummary says what was drawn and what drew it.
type renderSummary struct {
	Out      string              `json:"out"`
	SHA256   string              `json:"sha256"`
	SizeB    int64               `json:"size"`
	View     string              `json:"view"`
	WidthPx  int                 `json:"width"`
	HeightPx int                 `json:"height"`
	Frames   int                 `json:"frames,omitempty"` // of a replay
	Points   int                 `json:"points"`           // of the display cloud
	Renderer string              `json:"renderer"`
	Font     string              `json:"font"`    // empty: the built-in one, Latin only
	Lacking  string              `json:"lacking"` // characters that the font can not show
	Notes    []string            `json:"notes"`   // what of a field model's result is not drawn
	Failed   []forensics.Failure `json:"failed"`
}

func (a *app) renderCmd() *cobra.Command {
	opts := renderOptions{View: scene.Overview, Size: "1280x720", Speed: 10, FPS: 10, Show: "layers,flames,openings"}
	c := &cobra.Command{
		Use:   "render CASE_OR_CLOUD -o STILL.png|REPLAY.mp4",
		Short: "Draw a case's scene or a scanner export as a picture or a replay, without a window",
		Long: `Draws one still of the display cloud of a case, or of a scanner export. Views:

  overview, plan, section, interior   each also with -2, -3 and -4: the next side
  X,Y,Z,X,Y,Z                         eye and target in scene coordinates

Ceiling and near walls are cut away where they would hide the inside. With
--hypothesis FILE.yaml the origin, the detectors and, at --time seconds after
ignition, the fire of a simulation are drawn over the cloud: --show says what of it.
Smoke hides what is behind it as its soot does (light falls as exp(-K l)); layers,
temperature and heat have fixed scales, which the key shows. Flames have the mean
height that follows from their heat release (Heskestad) and are inferred. The gas of
a field model's result (--field-from, its time 0 is the ignition) takes the place of
smoke, temperature and heat by layers. Of a case, a
hypothesis may be named by its ID: its finished simulation is drawn, and in a replay
what detectors and cameras were observed to do, in place and time.

A name that ends in .mp4 (through ffmpeg) or .avi asks for a replay of the
simulation; with --hypothesis given up to four times they run side by side, each
from its own ignition.

The same input and options give the same bytes on the same renderer; --json
names it. Exposure and colours are fixed, so that pictures can be compared.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.Input, opts.Lang, opts.Workers = args[0], a.language(), a.workers
			opts.HasNorth = c.Flags().Changed("north")
			return a.finish(runRender(c.Context(), opts, a.progress()))
		},
	}
	f := c.Flags()
	f.StringVarP(&opts.Out, "out", "o", "", "picture to write, .png")
	f.StringVar(&opts.View, "view", opts.View, "from where")
	f.StringVar(&opts.Size, "size", opts.Size, "WIDTHxHEIGHT in pixels")
	f.StringVar(&opts.Title, "title", "", "text in the corner (default: the input's name)")
	f.StringArrayVar(&opts.Hypothesis, "hypothesis", nil, "hypothesis to draw over the cloud; a replay takes up to four")
	f.Float64Var(&opts.FromS, "from", 0, "where a replay begins, seconds after ignition")
	f.Float64Var(&opts.ToS, "to", 0, "where a replay ends (default: where the simulation does)")
	f.Float64Var(&opts.Speed, "speed", opts.Speed, "simulated seconds that a second of a replay shows")
	f.StringVar(&opts.Path, "path", "", "way of the camera: its name in the case, or a .json file with one; --time SECONDS of it for a still without a hypothesis")
	f.BoolVar(&opts.OneClock, "one-clock", false, "a replay shows hypotheses at the same true time, from the earliest ignition on, not each after its own")
	f.IntVar(&opts.FPS, "fps", opts.FPS, "pictures a second of a replay")
	f.Float64Var(&opts.TimeS, "time", 0, "seconds after the hypothesis's ignition")
	f.Float64Var(&opts.NorthDeg, "north", 0, "direction of north, degrees counter-clockwise from +Y; no arrow without it")
	f.StringVar(&opts.Show, "show", opts.Show, "of the fire, joined by commas: layers, smoke, temperature, heat, flames, openings")
	f.StringArrayVar(&opts.FieldFrom, "field-from", nil, "[ID=]RESULT.smv of a field model (FDS or fire simulate --field): its smoke, heat and temperature are drawn")
	f.StringVar(&opts.Mesh, "mesh", "", "FILE.ply (with faces) or FILE.stl to draw among the points, in the same coordinates")
	f.StringVar(&opts.Paint, "paint", "", "exposure or marks: paint surfaces with what the hypothesis predicts, hatched")
	f.BoolVar(&opts.Beside, "beside", false, "paint the right half of the picture only, beside what was observed")
	f.StringVar(&opts.Renderer, "renderer", "auto", "what draws the points: cpu, gl, or auto for gl on a graphics card")
	f.BoolVar(&opts.Unscaled, "unscaled", false, "the coordinates are not metres: no scale bar")
	return c
}

// runRender loads, lays out and draws one still.
func runRender(ctx context.Context, o renderOptions, report progressFunc) (renderSummary, error) {
	sum := renderSummary{Out: o.Out, View: o.View, Failed: []forensics.Failure{}}
	width, height, err := o.check()
	if err != nil {
		return sum, err
	}
	sum.WidthPx, sum.HeightPx = width, height
	cloud, failed, err := renderCloud(ctx, o.Input, report)
	sum.Failed = append(sum.Failed, failed...)
	if err != nil {
		return sum, err
	}
	sum.Points = cloud.Len()
	s := render.Scene{Cloud: cloud, Metric: cloud.Scaled && !o.Unscaled, Title: o.Title, HasNorth: o.HasNorth, NorthDeg: o.NorthDeg}
	s.MarksKey = filepath.Base(o.Input) == marksCloud
	if o.Mesh != "" {
		if s.Mesh, err = readMesh(o.Mesh); err != nil {
			return sum, fmt.Errorf("%s: %w", o.Mesh, err)
		}
		s.Legend = append(s.Legend, render.Legend{Text: newTexts(o.Lang).T("draw_mesh"), Standing: forensics.Inferred})
	}
	if s.Title == "" {
		s.Title = filepath.Base(filepath.Clean(o.Input))
	}
	rc, err := readRenderCase(ctx, o.Input)
	if err != nil {
		return sum, err
	}
	way, err := rc.path(o.Path)
	if err != nil {
		return sum, err
	}
	fires, err := o.simulate(ctx, &rc, report)
	if err != nil {
		return sum, err
	}
	if way != nil {
		sum.View = way.Name
	}
	shown, err := o.fireShown(ctx, fires)
	if err != nil {
		return sum, err
	}
	sum.Notes = shown.notes
	opt := scene.Options{Lang: o.Lang, Workers: o.Workers, PointsBy: pointsBy[o.Renderer]}
	// Without a font for Chinese the built-in one serves; what it lacks is told.
	if fonts, err := findFonts(); err == nil {
		opt.FontTTF, sum.Font = fonts.Regular, fonts.Path
	}
	if isReplay(o.Out) {
		r := &replay{opts: o, base: s, fires: fires, shown: shown, texts: newTexts(o.Lang), seen: rc.seen, zone: rc.zone, path: way, extent: scene.ExtentOf(&s)}
		if err := r.check(); err != nil {
			return sum, err
		}
		if sum.Renderer, err = r.run(ctx, opt, func(w, h int) (render.View, error) {
			return parseView(o.View, r.extent, w, h, true)
		}, width, height, report); err != nil {
			return sum, err
		}
		sum.Frames = r.frames()
		sum.SHA256, sum.SizeB, err = hashFile(o.Out)
		return sum, err
	}
	switch {
	case len(fires) > 0:
		if err := o.stateAt(&s, fires[0], shown); err != nil {
			return sum, err
		}
	case shown.alone() != nil:
		shown.addField(&s, shown.alone(), o.TimeS)
	}
	view, err := parseView(o.View, scene.ExtentOf(&s), width, height, len(s.Legend) > 0)
	if way != nil && err == nil {
		at := 0.0
		if len(fires) == 0 {
			at = o.TimeS
		}
		view = way.At(at, scene.ExtentOf(&s), width, height)
	}
	if err != nil {
		return sum, usageError{err}
	}
	frame, lacking, err := renderStill(ctx, s, view, opt, o.Out)
	if err != nil {
		return sum, err
	}
	sum.Renderer, sum.Lacking = frame.Renderer, lacking
	sum.SHA256, sum.SizeB, err = hashFile(o.Out)
	return sum, err
}

// check refuses what can not be done before anything is read.
func (o *renderOptions) check() (width, height int, err error) {
	switch strings.ToLower(filepath.Ext(o.Out)) {
	case ".png", ".mp4", ".avi":
	case "":
		return 0, 0, usageError{errors.New("render: name the picture with -o FILE.png")}
	default:
		return 0, 0, usageError{fmt.Errorf("render: %s: a .png still, or an .mp4 or .avi replay, is written", o.Out)}
	}
	if width, height, err = parseSize(o.Size); err != nil {
		return 0, 0, usageError{err}
	}
	if n := len(o.Hypothesis); n > 4 || n > 1 && !isReplay(o.Out) {
		return 0, 0, usageError{fmt.Errorf("render: %d hypotheses; a still shows one, a replay up to four", n)}
	}
	if o.TimeS != 0 && len(o.Hypothesis) == 0 && len(o.FieldFrom) == 0 && o.Path == "" {
		return 0, 0, usageError{errors.New("render: --time needs --hypothesis FILE.yaml")}
	}
	if o.Paint != "" && o.Paint != "exposure" && o.Paint != "marks" {
		return 0, 0, usageError{fmt.Errorf("render: --paint %s: exposure or marks", o.Paint)}
	}
	if o.Paint != "" && len(o.Hypothesis) == 0 {
		return 0, 0, usageError{errors.New("render: --paint needs --hypothesis FILE.yaml")}
	}
	if _, ok := pointsBy[o.Renderer]; !ok {
		return 0, 0, usageError{fmt.Errorf("render: --renderer %s: cpu, gl or auto", o.Renderer)}
	}
	if !(o.TimeS >= 0) {
		return 0, 0, usageError{fmt.Errorf("render: --time %g: seconds after ignition, 0 or more", o.TimeS)}
	}
	return width, height, nil
}

// renderCloud loads the display cloud of a case, or a scanner export.
func renderCloud(ctx context.Context, input string, report progressFunc) (*recon.Cloud, []forensics.Failure, error) {
	info, err := os.Stat(input)
	if err != nil {
		return nil, nil, err
	}
	if info.IsDir() {
		file := filepath.Join(input, filepath.FromSlash(scansDir), "scene.ply")
		if _, err := os.Stat(file); err != nil {
			return nil, nil, fmt.Errorf("%s: no display cloud of scans here (for a case: firescene run %s)", input, input)
		}
		input = file
	}
	cloud, sum, err := loadCloud(ctx, []cloudFile{{Path: input}}, maxRenderPoints, report)
	return cloud, sum.Failed, err
}

// simulate reads and simulates the hypotheses, in the order in which they were given;
// those named by their ID in the case have been.
func (o *renderOptions) simulate(ctx context.Context, rc *renderCase, report progressFunc) ([]caseFire, error) {
	var out []caseFire
	for _, path := range o.Hypothesis {
		if f, ok := rc.fire(path); ok {
			out = append(out, f)
			continue
		}
		list, failed := readHypotheses([]string{path})
		if len(list) == 0 {
			return nil, allFailed(failed)
		}
		sims, failed, err := simulateAll(ctx, list, 1, report)
		if err != nil {
			return nil, err
		}
		if len(sims) == 0 {
			return nil, allFailed(failed)
		}
		out = append(out, caseFire{Hypothesis: sims[0].Hypothesis, Result: sims[0].Result})
	}
	return out, nil
}

// stateAt draws a hypothesis at the moment of a still over the scene.
func (o *renderOptions) stateAt(s *render.Scene, f caseFire, shown *fireShown) error {
	at := o.TimeS
	if n := len(f.Result.TimeS); n > 0 && at > f.Result.TimeS[n-1] {
		return usageError{fmt.Errorf("render: --time %g: the simulation of %s ends at %g s", at, f.Hypothesis.ID, f.Result.TimeS[n-1])}
	}
	if err := shown.add(s, f, at, newTexts(o.Lang)); err != nil {
		return err
	}
	if o.Title == "" {
		s.Title = fmt.Sprintf("%s  %s  %g s", s.Title, f.Hypothesis.ID, at)
	}
	return nil
}

// renderStill draws one picture, writes it as PNG by way of a temporary name, and
// lists the characters of the scene's texts that the font could not show.
func renderStill(ctx context.Context, s render.Scene, v render.View, opt scene.Options, path string) (render.Frame, string, error) {
	d, err := scene.NewDrawer(opt)
	if err != nil {
		return render.Frame{}, "", err
	}
	defer d.Close()
	frame, err := d.Draw(ctx, s, v)
	if err != nil {
		return frame, "", err
	}
	return frame, d.Lacking(scene.Texts(&s, opt.Lang)), writePNG(path, frame)
}

// parseView reads the name of a view, or an eye and a target. withKey keeps room
// for the key beside the scene.
func parseView(text string, e scene.Extent, width, height int, withKey bool) (render.View, error) {
	parts := strings.Split(text, ",")
	if len(parts) == 1 {
		if !withKey {
			e.KeyShare = 0
		}
		return scene.Named(text, e, width, height)
	}
	var v [6]float64
	if len(parts) != len(v) {
		return render.View{}, fmt.Errorf("--view %s: give a name, or six numbers: eye and target", text)
	}
	for i, p := range parts {
		f, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil {
			return render.View{}, fmt.Errorf("--view %s: %q is not a number", text, p)
		}
		v[i] = f
	}
	return scene.LookFrom(r3.Vec{X: v[0], Y: v[1], Z: v[2]}, r3.Vec{X: v[3], Y: v[4], Z: v[5]}, width, height), nil
}

func parseSize(text string) (width, height int, err error) {
	w, h, ok := strings.Cut(strings.ToLower(text), "x")
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	if !ok || errW != nil || errH != nil || width < 16 || height < 16 || width > 16384 || height > 16384 {
		return 0, 0, fmt.Errorf("--size %s: give WIDTHxHEIGHT, 16 to 16384 pixels a side", text)
	}
	return width, height, nil
}

func (s renderSummary) failures() []forensics.Failure { return s.Failed }

func (s renderSummary) print(w io.Writer, t texts) {
	fmt.Fprintln(w, t.T("render_done", "Out", s.Out, "Width", s.WidthPx, "Height", s.HeightPx, "View", s.View, "Points", s.Points))
	fmt.Fprintln(w, t.T("render_by", "Renderer", s.Renderer))
	for _, n := range s.Notes {
		fmt.Fprintln(w, n)
	}
	if s.Lacking != "" {
		fmt.Fprintln(w, t.T("render_lacking", "Characters", s.Lacking))
	}
}
