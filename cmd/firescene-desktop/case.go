//go:build cgo

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/forensics/timeline"
	"firescene/formats"
	"firescene/formats/colmap"
	"firescene/formats/points"
	"firescene/formats/scans"
	"firescene/recon"
	"firescene/recon/octree"
	"firescene/render/scene"
	"firescene/render/ui"

	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// maxPoints bounds a cloud without levels in memory, at about 100 bytes a point while it
// is read; a larger one is thinned evenly.
const maxPoints = 6_000_000

// reader reads a case and keeps a list of what could not be read: the rest is shown.
type reader struct {
	dir string
	out *ui.Case
}

// readCase reads what the finished stages of a case left, but for the items of its
// media, which readMedia reads. Only a folder that is no
// case, or one whose database is damaged, is an error.
func readCase(ctx context.Context, dir string) (*ui.Case, error) {
	c, err := casefile.Open(ctx, dir, casefile.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	r := &reader{dir: dir, out: &ui.Case{Dir: dir, Name: filepath.Base(dir), Zone: time.UTC}}
	meta, err := c.Meta(ctx)
	if err != nil {
		return nil, err
	}
	if meta.Title != "" {
		r.out.Name = meta.Title
	}
	r.out.NorthDeg = meta.NorthDeg
	if zone, err := timeline.Zone(meta.Zone); err == nil {
		r.out.Zone = zone
	}
	if r.out.Exhibits, err = c.Exhibits(ctx); err != nil {
		return nil, err
	}
	log, err := c.Log(ctx)
	if err != nil {
		r.trouble("custody log", err)
	}
	for _, e := range log {
		r.out.Log = append(r.out.Log, ui.LogEntry{Time: e.Time, Who: e.Who, Action: e.Action, Exhibit: e.Exhibit, Hash: e.Hash})
	}
	r.kept(ctx, c)
	r.photos()
	r.scans()
	r.marks()
	r.fires()
	r.events()
	r.stages()
	r.paths()
	r.cameras()
	r.training()
	for _, pattern := range []string{"*.pdf", "*.html"} {
		found, _ := filepath.Glob(filepath.Join(dir, casefile.ReportDir, pattern))
		r.out.Reports = append(r.out.Reports, found...)
	}
	return r.out, nil
}

func (r *reader) trouble(what string, err error) {
	r.out.Troubles = append(r.out.Troubles, what+": "+err.Error())
}

func (r *reader) path(rel string) string { return filepath.Join(r.dir, filepath.FromSlash(rel)) }

// result reads what a stage left; false when the stage has not been done.
func (r *reader) result(dir string, into any) bool {
	b, err := os.ReadFile(r.path(dir + "/result.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		r.trouble(dir, err)
	}
	return err == nil
}

// cameras reads the cameras that were placed in the scene.
func (r *reader) cameras() {
	f, err := os.Open(r.path(casefile.CamerasFile))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		r.out.Cameras, err = scene.ReadCameras(f)
		f.Close()
	}
	if err != nil {
		r.trouble(casefile.CamerasFile, err)
	}
}

// paths reads the camera paths that were made in the case.
func (r *reader) paths() {
	f, err := os.Open(r.path(casefile.PathsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		r.out.Paths, err = scene.ReadPaths(f)
		f.Close()
	}
	if err != nil {
		r.trouble(casefile.PathsFile, err)
	}
}

// photos lists the photos with the places that the stage of photos gave them.
func (r *reader) photos() {
	var left struct {
		Model   string             `json:"model"`
		Cloud   string             `json:"cloud"`
		Scaled  bool               `json:"scaled"`
		Points  int                `json:"points"`
		Exhibit map[string]string  `json:"exhibit"`
		Thumb   map[string]string  `json:"thumb"`
		ErrPx   map[string]float64 `json:"errPx"`
	}
	done := r.result(casefile.CloudDir+"/photos", &left)
	placed := map[string]int{} // exhibit, index in Photos
	for _, e := range r.out.Exhibits {
		if e.Kind != forensics.KindPhoto {
			continue
		}
		p := ui.Photo{Name: e.Label, Exhibit: e.ID, Path: e.Path}
		if e.Copied {
			p.Path = r.path(e.Path)
		}
		placed[e.ID] = len(r.out.Photos)
		r.out.Photos = append(r.out.Photos, p)
	}
	if !done {
		return
	}
	for id, thumb := range left.Thumb {
		if i, ok := placed[id]; ok {
			r.out.Photos[i].Thumb = r.path(thumb)
		}
	}
	for name, errPx := range left.ErrPx {
		if i, ok := placed[left.Exhibit[name]]; ok {
			r.out.Photos[i].ErrPx = errPx
		}
	}
	if left.Model != "" {
		if err := r.places(left.Model, left.Exhibit, placed); err != nil {
			r.trouble("photos", err)
		}
	}
	if left.Cloud != "" && left.Points > 0 {
		r.out.Clouds = append(r.out.Clouds, ui.CloudFile{Name: "photos", Path: r.path(left.Cloud), Metric: left.Scaled, PhotoFrame: true})
	}
}

// places reads the stations of the photos from the model.
func (r *reader) places(model string, exhibit map[string]string, at map[string]int) error {
	cameras, err := readWith(r.path(model+"/cameras.txt"), colmap.ReadCameras)
	if err != nil {
		return err
	}
	images, err := readWith(r.path(model+"/images.txt"), colmap.ReadImages)
	if err != nil {
		return err
	}
	for _, m := range images {
		i, ok := at[exhibit[m.Name]]
		if !ok {
			continue
		}
		p := &r.out.Photos[i]
		camFromWorld := recon.Pose{Q: quat.Number{Real: m.Q[0], Imag: m.Q[1], Jmag: m.Q[2], Kmag: m.Q[3]}, T: r3.Vec{X: m.T[0], Y: m.T[1], Z: m.T[2]}}
		p.Placed, p.WorldFromCam = true, camFromWorld.Inverse()
		for _, c := range cameras {
			if c.ID == m.CameraID {
				in := c.Intrinsics()
				p.FocalPx, p.WidthPx, p.HeightPx = in.Fx, int(c.Width), int(c.Height)
				p.Camera = recon.Camera{WidthPx: p.WidthPx, HeightPx: p.HeightPx, FxPx: in.Fx, FyPx: in.Fy, CxPx: in.Cx, CyPx: in.Cy, K1: in.K1, K2: in.K2, K3: in.K3, P1: in.P1, P2: in.P2, Source: "estimated"}
			}
		}
	}
	return nil
}

func readWith[T any](path string, read func(io.Reader) ([]T, error)) ([]T, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(bufio.NewReaderSize(f, 1<<20))
}

// scans names the octree of the scans, else their display cloud, which comes before
// that of photos.
func (r *reader) scans() {
	var left struct {
		File   string `json:"file"`
		Octree string `json:"octree"`
	}
	if r.result(casefile.CloudDir+"/scans", &left) && left.File != "" {
		if left.Octree == "" {
			left.Octree = left.File
		}
		r.out.Clouds = append([]ui.CloudFile{{Name: "scans", Path: r.path(left.Octree), Metric: true}}, r.out.Clouds...)
	}
}

// marks names the cloud of the marks that were read from the scans, when there is one.
func (r *reader) marks() {
	path := r.path(casefile.CloudDir + "/survey/marks.ply")
	if _, err := os.Stat(path); err == nil {
		r.out.Clouds = append(r.out.Clouds, ui.CloudFile{Name: "marks", Path: path, Metric: true, Marks: true})
	}
}

func (r *reader) fires() {
	var left struct {
		Hypotheses []struct {
			Exhibit    string            `json:"exhibit"`
			Hypothesis *recon.Hypothesis `json:"hypothesis"`
			Result     *recon.FireResult `json:"result"`
		} `json:"hypotheses"`
	}
	if r.result(casefile.HypothesisDir+"/simulated", &left) {
		for _, h := range left.Hypotheses {
			if h.Hypothesis != nil {
				f := fireOf(h.Hypothesis, h.Result)
				f.Exhibit = h.Exhibit
				r.out.Fires = append(r.out.Fires, f)
			}
		}
	}
	var tested struct {
		Observations []recon.Observation `json:"observations"`
		Ranking      *recon.Ranking      `json:"ranking"`
	}
	if r.result(casefile.HypothesisDir+"/tested", &tested) {
		r.out.Seen, r.out.Ranking = tested.Observations, tested.Ranking
	}
}

func (r *reader) events() {
	var left struct {
		Events []forensics.Event `json:"events"`
	}
	if r.result(casefile.TimelineDir, &left) {
		r.out.Events = left.Events
	}
}

// stages lists the steps that the stages left, in the order of the flow.
func (r *reader) stages() {
	dirs := []string{casefile.CloudDir + "/photos", casefile.CloudDir + "/scans", casefile.HypothesisDir + "/simulated"}
	for _, e := range r.out.Exhibits {
		if e.Kind == forensics.KindMedia {
			dirs = append(dirs, casefile.ItemsDir+"/"+e.ID)
		}
	}
	dirs = append(dirs, casefile.TimelineDir, casefile.HypothesisDir+"/tested", casefile.RenderDir, casefile.ReportDir)
	for _, dir := range dirs {
		b, err := os.ReadFile(r.path(dir + "/step.json"))
		if err != nil {
			continue
		}
		var s forensics.Step
		if err := json.Unmarshal(b, &s); err != nil {
			r.trouble(dir, err)
			continue
		}
		r.out.Stages = append(r.out.Stages, ui.Stage{Name: s.Stage, In: s.In, Out: s.Out, Failed: s.Failed, Warnings: s.Warnings, Seconds: s.Seconds})
	}
}

// readCloud reads a cloud for display, thinned evenly when it is too large.
func readCloud(ctx context.Context, path string) (*recon.Cloud, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	file, err := scans.OpenFile(f, info.Size(), filepath.Base(path), formats.DefaultLimits(), scans.Options{})
	if err != nil {
		return nil, err
	}
	grid, err := octree.NewGrid(octree.Options{VoxelM: 0.001, MaxVoxels: maxPoints, Coarsen: true})
	if err != nil {
		return nil, err
	}
	for _, s := range file.Scans {
		pose := s.Info().WorldFromScan
		var chunk points.Chunk
		for ctx.Err() == nil {
			if err := s.Next(&chunk); err == io.EOF {
				break
			} else if err != nil {
				return nil, err
			}
			if err := grid.AddChunk(&chunk, &pose); err != nil {
				return nil, err
			}
		}
	}
	if grid.Len() == 0 {
		return nil, fmt.Errorf("%s holds no points", strings.TrimSpace(filepath.Base(path)))
	}
	cloud, _, _ := grid.Cloud()
	return cloud, ctx.Err()
}
