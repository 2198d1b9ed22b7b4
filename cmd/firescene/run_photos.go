package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"firescene/forensics"
	"firescene/formats/photo"
	"firescene/recon"
	"firescene/recon/sfm"
	"firescene/render"
	"firescene/render/scene"

	"golang.org/x/image/draw"
	"gonum.org/v1/gonum/spatial/r3"
)

// photoThumbPx is the longer side of a photo's thumbnail in the report.
const photoThumbPx = 320

// placedPhotos is what the photos stage keeps.
type placedPhotos struct {
	photosSummary
	// Exhibit is by the photo's name in the model, Thumb by its exhibit.
	Exhibit map[string]string  `json:"exhibit"`
	Thumb   map[string]string  `json:"thumb"`   // relative to the case; none for a photo that can not be decoded
	ErrPx   map[string]float64 `json:"errPx"`   // mean reprojection error of the points that a photo sees
	NoModel string             `json:"noModel"` // why there is no model; empty when there is one
}

// framed says that given coordinates fix the frame of the photos: three points in X
// and Y.
func (p *placedPhotos) framed() bool {
	n := 0
	if p.Scaled && p.Control != nil {
		for _, q := range p.Control.Points {
			if q.Adjusted && !q.Check && q.Sigma[0] > 0 && q.Sigma[1] > 0 {
				n++
			}
		}
	}
	return n >= 3
}

// placePhotos reconstructs the place from the case's photos. Photos that give no
// model are an outcome, not a failure of the run: the report then says why.
func (r *stageRun) placePhotos(ctx context.Context, exhibits, control []forensics.Exhibit) (*placedPhotos, error) {
	stated, err := r.opts.statedFiles()
	if err != nil {
		return nil, err
	}
	want := forensics.Step{Stage: "photos", Inputs: append(exhibitInputs(exhibits), exhibitInputs(control)...), Params: map[string]string{
		"camera": r.opts.Camera, "scale": r.opts.Scale, "sparse_only": strconv.FormatBool(r.opts.SparseOnly),
		"dense_side": strconv.Itoa(r.opts.DenseSidePx), "mask_sky": strconv.FormatBool(r.opts.MaskSky), "cameras_and_masks": stated}}
	result, err := runStage(ctx, r, photosDir, want, func(ctx context.Context, dir string, step *forensics.Step) (placedPhotos, error) {
		p := placedPhotos{Exhibit: map[string]string{}, Thumb: map[string]string{}, ErrPx: map[string]float64{}}
		opts := photosOptions{Out: dir, Camera: r.opts.Camera, Cameras: r.opts.Cameras, Masks: r.opts.Masks, MaskSky: r.opts.MaskSky, Scale: r.opts.Scale, SparseOnly: r.opts.SparseOnly, DenseSidePx: r.opts.DenseSidePx, MaxFeatures: 8192, Workers: r.workers}
		for _, e := range control {
			opts.Control = append(opts.Control, r.c.ExhibitPath(e))
		}
		byPath := map[string]forensics.Exhibit{}
		for _, e := range exhibits {
			opts.Inputs = append(opts.Inputs, r.c.ExhibitPath(e))
			byPath[filepath.Clean(r.c.ExhibitPath(e))] = e
		}
		sum, err := runPhotos(ctx, opts, r.report)
		if ctx.Err() != nil {
			return p, ctx.Err()
		}
		step.In, step.Out = len(exhibits), sum.Registered
		var none *noModelError
		if errors.As(err, &none) {
			p.NoModel = none.why
			step.Failed = append(r.byExhibit(none.failed, exhibits), forensics.Failure{Input: "photos", Reason: "no model: " + none.why, Next: none.next})
			return p, nil
		}
		if err != nil {
			return p, err
		}
		step.Failed = r.byExhibit(sum.failures(), exhibits)
		for i, a := range sum.Photos {
			e := byPath[filepath.Clean(a.Path)]
			p.Exhibit[a.Name] = e.ID
			sum.Photos[i].Path = e.ID
		}
		sum.Out, sum.Model, sum.Cloud = photosDir, path.Join(photosDir, sparseDir), path.Join(photosDir, photosCloud)
		sum.Seconds = 0 // in the step record
		p.photosSummary = sum
		model, err := loadSparse(dir)
		if err != nil {
			return p, err
		}
		for _, v := range model.Views {
			p.ErrPx[v.Photo] = meanErrPx(model, v)
		}
		return p, r.thumbs(ctx, dir, exhibits, &p)
	})
	return &result, err
}

// statedFiles names the files of --cameras and --masks by what they hold: the stage
// is done again when one of them changes. They are no exhibits: they say how the
// photos are to be used.
func (o runOptions) statedFiles() (string, error) {
	var files []string
	if o.Cameras != "" {
		at := o.Cameras
		if info, err := os.Stat(at); err == nil && info.IsDir() {
			at = filepath.Join(at, camerasFile)
		}
		files = append(files, at)
		if list := filepath.Join(filepath.Dir(at), imagesFile); isFile(list) {
			files = append(files, list)
		}
	}
	for _, given := range o.Masks {
		entries, err := os.ReadDir(given)
		if err != nil {
			files = append(files, given) // a file, or missing, which is told below
			continue
		}
		for _, e := range entries {
			if e.Type().IsRegular() {
				files = append(files, filepath.Join(given, e.Name()))
			}
		}
	}
	var all []string
	for _, file := range files {
		sum, _, err := hashFile(file)
		if err != nil {
			return "", fmt.Errorf("--cameras or --masks: %w", err)
		}
		all = append(all, filepath.Base(file)+" "+sum)
	}
	slices.Sort(all)
	return strings.Join(all, "\n"), nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// meanErrPx is the mean reprojection error of the points that a view sees.
func meanErrPx(m *recon.SparseModel, v recon.View) float64 {
	sum, n := 0.0, 0
	for _, i := range v.PointIdx {
		if i >= 0 {
			sum, n = sum+m.Points[i].ErrPx, n+1
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// thumbs writes an upright thumbnail of every photo that can be decoded.
func (r *stageRun) thumbs(ctx context.Context, dir string, exhibits []forensics.Exhibit, p *placedPhotos) error {
	if err := os.MkdirAll(filepath.Join(dir, "thumbs"), 0o755); err != nil {
		return err
	}
	next := make(chan forensics.Exhibit)
	var mu sync.Mutex
	var wg sync.WaitGroup
	var first error
	for range max(1, r.workers) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for e := range next {
				b := thumbnail(ctx, r.c.ExhibitPath(e))
				if b == nil || ctx.Err() != nil {
					continue // the photo's failure is listed already
				}
				err := writeFile(filepath.Join(dir, "thumbs", e.ID+".jpg"), b)
				mu.Lock()
				if first == nil {
					first = err
				}
				p.Thumb[e.ID] = path.Join(photosDir, "thumbs", e.ID+".jpg")
				mu.Unlock()
			}
		}()
	}
	for _, e := range exhibits {
		next <- e
	}
	close(next)
	wg.Wait()
	if first != nil {
		return first
	}
	return ctx.Err()
}

// thumbnail is a photo made small, turned upright, as JPEG; nil when it can not
// be decoded.
func thumbnail(ctx context.Context, file string) []byte {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil {
		return nil
	}
	head, err := photo.ReadHeader(f, stat.Size())
	if err != nil {
		return nil
	}
	orientation := 0
	if info, err := readEXIF(f, stat.Size(), head.Format); err == nil && !head.Upright {
		orientation = info.Orientation // without EXIF the photo is upright
	}
	decoding.take(head.DecodeB)
	defer decoding.give(head.DecodeB)
	img, err := photo.Decode(ctx, f, stat.Size(), head)
	if err != nil {
		return nil
	}
	scale := min(1, float64(photoThumbPx)/float64(max(head.WidthPx, head.HeightPx)))
	small := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(head.WidthPx)*scale)), max(1, int(float64(head.HeightPx)*scale))))
	draw.BiLinear.Scale(small, small.Rect, img, img.Bounds(), draw.Src, nil)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, photo.Upright(small, orientation), &jpeg.Options{Quality: 85}); err != nil {
		return nil
	}
	return b.Bytes()
}

// photoShot shows the photos' own model: its points and where each photo was
// taken. The model is level: that is part of how it was made.
func (r *stageRun) photoShot(ctx context.Context, place caseScene) (shot, []forensics.FileHash, error) {
	file := place.Photos.Cloud
	sum, size, err := hashFile(r.c.Path(file))
	if err != nil {
		return shot{}, nil, err
	}
	model, err := loadSparse(r.c.Path(photosDir))
	if err != nil {
		return shot{}, nil, err
	}
	cloud, points := sfm.Cloud(model), place.Photos.Points
	if place.Photos.Dense != nil {
		if cloud, _, err = loadCloud(ctx, []cloudFile{{Path: r.c.Path(file)}}, maxScenePoints, r.report); err != nil {
			return shot{}, nil, fmt.Errorf("read the photos' cloud back: %w", err)
		}
		cloud.Scaled, points = model.Scaled, place.Photos.Dense.Points
	}
	extent := scene.Survey(near(cloud, middleOf(model)))
	s := shot{
		name: "photos", view: fromStations(extent, middleOf(model)), extent: &extent, sources: []string{file, path.Join(photosDir, sparseDir, "images.txt")},
		scene: func(t texts) render.Scene {
			return render.Scene{
				Cloud: cloud, Outlines: frusta(model), Metric: model.Scaled, Title: t.T("draw_photos_title"),
				Legend: []render.Legend{{Text: t.T("draw_photo_points"), Standing: forensics.Measured}, {Text: t.T("draw_stations"), Symbol: "camera", Standing: forensics.Measured}},
			}
		},
		caption: func(t texts) string {
			return t.T("draw_photos_caption", "Photos", place.Photos.Registered, "Points", points)
		},
	}
	return s, []forensics.FileHash{{Path: file, SizeB: size, SHA256: sum}}, nil
}

// fromStations names the overview that looks at a place from the side that its
// photos were taken from: from the other one it shows the backs of walls.
func fromStations(extent scene.Extent, middle r3.Vec) string {
	best, most := scene.Overview, math.Inf(-1)
	for _, name := range []string{scene.Overview, "overview-2", "overview-3", "overview-4"} {
		v, err := scene.Named(name, extent, pictureWidthPx, pictureHeightPx)
		if err != nil {
			continue // not reached: these names exist
		}
		if d := r3.Dot(r3.Unit(r3.Sub(v.Eye, v.Target)), r3.Sub(middle, v.Target)); d > most {
			best, most = name, d
		}
	}
	return best
}

// middleOf is the mean of the stations.
func middleOf(m *recon.SparseModel) (c r3.Vec) {
	for _, v := range m.Views {
		c = r3.Add(c, r3.Scale(1/float64(len(m.Views)), v.Centre()))
	}
	return c
}

// frusta are the outlines of a model's photos, each as large as a part of the
// points' mean distance from the stations' middle.
func frusta(m *recon.SparseModel) (out []render.Outline) {
	mid, far := middleOf(m), 0.0
	for _, p := range m.Points {
		far += r3.Norm(r3.Sub(p.Pos, mid)) / float64(len(m.Points))
	}
	for _, v := range m.Views {
		cam, worldFromCam := &m.Cameras[v.CameraIdx], v.CamFromWorld.Inverse()
		w, h := float64(cam.WidthPx), float64(cam.HeightPx)
		at := func(xPx, yPx float64) r3.Vec { return worldFromCam.Apply(r3.Scale(0.06*far, cam.Ray(xPx, yPx))) }
		corners := []r3.Vec{at(0, 0), at(w, 0), at(w, h), at(0, h)}
		out = append(out, render.Outline{Points: corners, Closed: true, Standing: forensics.Measured})
		for _, c := range corners {
			out = append(out, render.Outline{Points: []r3.Vec{v.Centre(), c}, Standing: forensics.Measured})
		}
	}
	return out
}

// near is the part of a cloud that the photos stand before: what lies within three
// times the median distance from their middle. What is seen through a gap behind
// the place is left out of the view's extent, not of the picture.
func near(c *recon.Cloud, middle r3.Vec) *recon.Cloud {
	n := c.Len()
	if n == 0 {
		return c
	}
	distance := make([]float64, n)
	for i := range distance {
		distance[i] = r3.Norm(r3.Sub(c.At(i), middle))
	}
	sorted := slices.Sorted(slices.Values(distance))
	out := &recon.Cloud{Origin: c.Origin, Scaled: c.Scaled}
	for i, d := range distance {
		if d <= 3*sorted[n/2] {
			out.XYZ = append(out.XYZ, c.XYZ[3*i:3*i+3]...)
		}
	}
	return out
}
