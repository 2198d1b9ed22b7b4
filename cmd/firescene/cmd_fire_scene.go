package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/spatial/r3"

	"firescene/forensics"
	"firescene/formats/fds"
	"firescene/recon/blocks"
	"firescene/recon/structure"
)

// fireSceneOptions are the options of fire scene.
type fireSceneOptions struct {
	surveyOptions
	out     string
	cellM   float64
	burner  string
	workers int
}

func (a *app) fireSceneCmd() *cobra.Command {
	var o fireSceneOptions
	c := &cobra.Command{
		Use:   "scene SCAN... -o DIR",
		Short: "Make a fire model's scene of scans: rooms, openings, furniture as boxes",
		Long: `Find rooms, doors, windows and what stands in the rooms, and write them as boxes
for the field model. DIR gets

  scene.fds        walls, passages and furniture as obstructions; runs with fire run
  hypothesis.yaml  rooms and openings as the beginning of a hypothesis, to be filled in
  scene.json       every box, what of it was measured and what was filled in, the frame

Axes are turned so that walls lie along them; scene.json says how. A column of a
piece of furniture is solid from its highest point down to its lowest one, and down
to the floor where the floor under it was not seen: that is an inference, and its
share is stated. All openings through which rays passed stand open; what they lead
to is outside where no room was measured there. Linings are supposed.

--burner X,Y,Z,KW adds a steady gas burner of 0.5 by 0.5 m at a place of the scans.` + surveyHelp + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.files, o.workers = args, a.workers
			return a.finish(runFireScene(c.Context(), o, a.progress()))
		},
	}
	o.surveyFlags(c)
	c.Flags().StringVarP(&o.out, "output", "o", "", "folder for scene.fds, hypothesis.yaml and scene.json")
	c.Flags().Float64Var(&o.cellM, "cell", 0.1, "edge of a cell in metres")
	c.Flags().StringVar(&o.burner, "burner", "", "X,Y,Z,KW: a burner in the coordinates of the scans")
	return c
}

// fireSceneSummary is scene.json and what fire scene prints.
type fireSceneSummary struct {
	surveyUse
	Out     string        `json:"out"`
	Model   *blocks.Model `json:"model"`
	Seconds float64       `json:"seconds"`
}

func (s fireSceneSummary) failures() []forensics.Failure { return s.Failed }

func (s fireSceneSummary) print(w io.Writer, t texts) {
	if s.Model == nil {
		return
	}
	for _, p := range s.Model.Pieces {
		fmt.Fprintln(w, " ", t.T("fire_scene_piece", "Name", p.Name, "Room", p.Room, "Size", fmt.Sprintf("%.1f x %.1f x %.1f m", p.Box[1]-p.Box[0], p.Box[3]-p.Box[2], p.Box[5]-p.Box[4]), "Measured", fmt.Sprintf("%.0f", 100*p.Measured)))
	}
	for _, n := range s.Model.Notes {
		fmt.Fprintln(w, " ", n)
	}
	fmt.Fprintln(w, t.T("fire_scene_written", "Dir", s.Out, "Rooms", len(s.Model.Rooms), "Openings", len(s.Model.Openings), "Pieces", len(s.Model.Pieces), "Cells", s.Model.Cells[0]*s.Model.Cells[1]*s.Model.Cells[2]))
}

func runFireScene(ctx context.Context, o fireSceneOptions, report progressFunc) (fireSceneSummary, error) {
	s := fireSceneSummary{Out: o.out}
	began := time.Now()
	if o.out == "" {
		return s, usageError{fmt.Errorf("fire scene: give a folder with -o DIR")}
	}
	var burner []float64
	if o.burner != "" {
		for _, f := range strings.Split(o.burner, ",") {
			v, err := strconv.ParseFloat(strings.TrimSpace(f), 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return s, usageError{fmt.Errorf("fire scene: --burner %q: give four numbers X,Y,Z,KW", o.burner)}
			}
			burner = append(burner, v)
		}
		if len(burner) != 4 || !(burner[3] > 0) {
			return s, usageError{fmt.Errorf("fire scene: --burner %q: give four numbers X,Y,Z,KW, KW above 0", o.burner)}
		}
	}
	survey, use, err := loadSurvey(ctx, o.surveyOptions, report)
	s.surveyUse = use
	if err != nil {
		return s, err
	}
	report("rooms", 0, 0)
	found, err := structure.Find(ctx, survey, structure.Options{Workers: o.workers})
	if err != nil {
		return s, err
	}
	structure.NameOpenings(found.Openings)
	m, err := blocks.New(found.Rooms, found.Openings, survey.Cloud, blocks.Options{CellM: o.cellM})
	if err != nil {
		return s, err
	}
	s.Model = m
	in, err := sceneFDS(m, burner)
	if err != nil {
		return s, err
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return s, err
	}
	var b bytes.Buffer
	if err := fds.Write(&b, in); err != nil {
		return s, err
	}
	if err := writeFile(filepath.Join(o.out, "scene.fds"), b.Bytes()); err != nil {
		return s, err
	}
	if err := writeFile(filepath.Join(o.out, "hypothesis.yaml"), sceneHypothesis(m)); err != nil {
		return s, err
	}
	s.Seconds = seconds(began)
	if err := writeJSON(filepath.Join(o.out, "scene.json"), s); err != nil {
		return s, err
	}
	return s, o.record(o.out, "scene", s.surveyUse, []string{"scene.fds", "hypothesis.yaml", "scene.json"}, map[string]string{"cell": fmt.Sprint(o.cellM), "burner": o.burner}, began)
}

// burnerHalfM is half the side of a burner.
const burnerHalfM = 0.25

// sceneFDS lays the model out as an input of FDS. Walls are gypsum board and furniture is
// wood, supposed.
func sceneFDS(m *blocks.Model, burner []float64) (*fds.Input, error) {
	in := &fds.Input{CHID: "scene", Title: "scene from scans", EndS: 300, AmbientC: 20, PressurePa: 101325, HumidityPct: 40, DeviceEveryS: 1, HRREveryS: 1, Frames: 100}
	in.Meshes = []fds.Mesh{{Cells: m.Cells, Box: fds.Box(m.Box)}}
	in.Materials = []fds.Material{{ID: "GYPSUM", ConductWmK: .17, HeatKJKgK: 1.1, DensityKgM3: 960, Emissivity: .9}, {ID: "WOOD", ConductWmK: .14, HeatKJKgK: 2.85, DensityKgM3: 640, Emissivity: .9}}
	in.Surfaces = []fds.Surface{{ID: "WALL", Default: true, Layers: []fds.SurfaceLayer{{Materials: []string{"GYPSUM"}, ThickM: .016}}}, {ID: "FURNITURE", Layers: []fds.SurfaceLayer{{Materials: []string{"WOOD"}, ThickM: .02}}}}
	for i, b := range m.Walls {
		in.Obstructions = append(in.Obstructions, fds.Obst{ID: fmt.Sprintf("wall %d", i+1), Box: fds.Box(b)})
	}
	for _, p := range m.Pieces {
		for _, b := range p.Boxes {
			in.Obstructions = append(in.Obstructions, fds.Obst{ID: p.Room + " " + p.Name, Box: fds.Box(b), Surfaces: [6]string{"FURNITURE", "FURNITURE", "FURNITURE", "FURNITURE", "FURNITURE", "FURNITURE"}})
		}
	}
	for side, open := range m.Open {
		if open {
			b := m.Box
			b[side^1] = b[side]
			in.Vents = append(in.Vents, fds.Vent{ID: "open air", Box: fds.Box(b), Surface: "OPEN"})
		}
	}
	if burner == nil {
		return in, nil
	}
	q := m.Local(r3.Vec{X: burner[0], Y: burner[1], Z: burner[2]})
	inside := false
	for _, r := range m.Rooms {
		inside = inside || q[0] >= r.Box[0] && q[0] <= r.Box[1] && q[1] >= r.Box[2] && q[1] <= r.Box[3] && q[2] >= r.Box[4]-.5 && q[2] <= r.Box[5]
	}
	if !inside {
		return nil, usageError{fmt.Errorf("fire scene: --burner lies at %.2f, %.2f, %.2f m of the scene, in none of its rooms", q[0], q[1], q[2])}
	}
	top := max(m.Box[4], math.Round((q[2]-m.Box[4])*float64(m.Cells[2])/(m.Box[5]-m.Box[4]))*(m.Box[5]-m.Box[4])/float64(m.Cells[2])+m.Box[4])
	b := fds.Box{q[0] - burnerHalfM, q[0] + burnerHalfM, q[1] - burnerHalfM, q[1] + burnerHalfM, m.Box[4], top}
	if top > m.Box[4] {
		in.Obstructions = append(in.Obstructions, fds.Obst{ID: "burner", Box: b})
	}
	b[4] = top
	in.Reactions = []fds.Reaction{{Fuel: "PROPANE", SootYield: .024, COYield: .005}}
	in.Surfaces = append(in.Surfaces, fds.Surface{ID: "BURNER", HRRPUA: burner[3] / (4 * burnerHalfM * burnerHalfM)})
	in.Vents = append(in.Vents, fds.Vent{ID: "burner", Box: b, Surface: "BURNER"})
	return in, nil
}

// sceneHypothesis is the beginning of a hypothesis: rooms and openings as measured, the
// rest for a person to state.
func sceneHypothesis(m *blocks.Model) []byte {
	var b bytes.Buffer
	c := func(format string, args ...any) {
		for i, v := range args {
			if f, ok := v.(float64); ok {
				args[i] = math.Round(f*1000)/1000 + 0 // no -0
			}
		}
		fmt.Fprintf(&b, format+"\n", args...)
	}
	c("# Rooms and openings as measured; fill in what is left open, then delete these lines.")
	c("# Coordinates are those of scene.fds: the scans' less (%.3f, %.3f, %.3f), turned by %.3f degrees about Z.", m.Origin.X, m.Origin.Y, m.Origin.Z, m.TurnRad*180/math.Pi)
	c("id: H1\ntitle: \"\"  # one sentence\nbasis: []  # what speaks for it by itself")
	if len(m.Rooms) > 0 {
		r := m.Rooms[0]
		c("origin: {room: %q, at_m: [%.2f, %.2f, %.2f], radius_m: 0.5, describe: \"\"}  # the middle of the first room: state the place meant", r.Name, (r.Box[0]+r.Box[1])/2, (r.Box[2]+r.Box[3])/2, r.Box[4])
	}
	c("# ignition: {time: 2026-01-01T00:00:00Z, uncertainty_s: 60}\nrooms:")
	for _, r := range m.Rooms {
		if r.Share < .95 {
			c("  # the outline of %s covers %.0f %% of this box", r.Name, 100*r.Share)
		}
		c("  - {name: %q, min_m: [%.3f, %.3f, %.3f], max_m: [%.3f, %.3f, %.3f], wall: gypsum, wall_thick_m: 0.016}  # lining supposed", r.Name, r.Box[0], r.Box[2], r.Box[4], r.Box[1], r.Box[3], r.Box[5])
	}
	c("openings:  # all through which rays passed in the scans; they may have been shut in the fire")
	known := map[string]bool{}
	for _, r := range m.Rooms {
		known[r.Name] = true
	}
	for _, o := range m.Openings {
		ends := []string{"outside", "outside"}
		n := 0
		for _, r := range o.Rooms {
			if known[r] && n < 2 {
				ends[n] = r
				n++
			}
		}
		c("  - {name: %q, from: %q, to: %q, width_m: %.3f, sill_m: %.3f, head_m: %.3f}", o.Name, ends[0], ends[1], o.WidthM, max(0, o.SillM), max(0, o.SillM)+o.HeightM)
	}
	c("fuels: []  # name, at_m, item or curve_s_kW; measured pieces of furniture and their tops:")
	for _, p := range m.Pieces {
		c("#   %s %s: x %.2f to %.2f, y %.2f to %.2f, z %.2f to %.2f m, %.0f %% of it measured", p.Room, p.Name, p.Box[0], p.Box[1], p.Box[2], p.Box[3], p.Box[4], p.Box[5], 100*p.Measured)
	}
	return b.Bytes()
}
