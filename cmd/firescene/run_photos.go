package main

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"firescene/forensics"
	"firescene/formats/photo"
	"firescene/recon"
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
	// Exhibit and Thumb are by the photo's name in the model.
	Exhibit map[string]string  `json:"exhibit"`
	Thumb   map[string]string  `json:"thumb"`   // relative to the case; none for a photo that can not be decoded
	ErrPx   map[string]float64 `json:"errPx"`   // mean reprojection error of the points that a photo sees
	NoModel string             `json:"noModel"` // why there is no model; empty when there is one
}

// placePhotos reconstructs the place from the case's photos. Photos that give no
// model are an outcome, not a failure of the run: the report then says why.
func (r *stageRun) placePhotos(ctx context.Context, exhibits, control []forensics.Exhibit) (*placedPhotos, error) {
	want := forensics.Step{Stage: "photos", Inputs: append(exhibitInputs(exhibits), exhibitInputs(control)...), Params: map[string]string{
		"camera": r.opts.Camera, "scale": r.opts.Scale, "sparse_only": strconv.FormatBool(r.opts.SparseOnly)}}
	result, err := runStage(ctx, r, photosDir, want, func(ctx context.Context, dir string, step *forensics.Step) (placedPhotos, error) {
		p := placedPhotos{Exhibit: map[string]string{}, Thumb: map[string]string{}, ErrPx: map[string]float64{}}
		opts := photosOptions{Out: dir, Camera: r.opts.Camera, Scale: r.opts.Scale, SparseOnly: r.opts.SparseOnly, MaxFeatures: 8192, Workers: r.workers}
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
// taken. The model is turned so that the photos' common upward direction is up.
func (r *stageRun) photoShot(place caseScene) (shot, []forensics.FileHash, error) {
	file := place.Photos.Cloud
	sum, size, err := hashFile(r.c.Path(file))
	if err != nil {
		return shot{}, nil, err
	}
	model, err := loadSparse(r.c.Path(photosDir))
	if err != nil {
		return shot{}, nil, err
	}
	cloud, frusta := uprightModel(model)
	extent := scene.Survey(near(cloud))
	s := shot{
		name: "photos", view: scene.Overview, extent: &extent, sources: []string{file, path.Join(photosDir, sparseDir, "images.txt")},
		scene: func(t texts) render.Scene {
			return render.Scene{
				Cloud: cloud, Outlines: frusta, Metric: model.Scaled, Title: t.T("draw_photos_title"),
				Legend: []render.Legend{{Text: t.T("draw_photo_points"), Standing: forensics.Measured}, {Text: t.T("draw_stations"), Symbol: "camera", Standing: forensics.Measured}},
			}
		},
		caption: func(t texts) string {
			return t.T("draw_photos_caption", "Photos", place.Photos.Registered, "Points", place.Photos.Points)
		},
	}
	return s, []forensics.FileHash{{Path: file, SizeB: size, SHA256: sum}}, nil
}

// uprightModel gives a model's points and the outlines of its photos in a frame
// whose Z is the mean of the photos' own upward directions.
func uprightModel(m *recon.SparseModel) (*recon.Cloud, []render.Outline) {
	var up, centre r3.Vec
	for _, v := range m.Views {
		up = r3.Add(up, v.CamFromWorld.Inverse().Rotate(r3.Vec{Y: -1}))
		centre = r3.Add(centre, r3.Scale(1/float64(len(m.Views)), v.Centre()))
	}
	turn := rotationTo(up, r3.Vec{Z: 1})
	cloud := &recon.Cloud{Scaled: m.Scaled, XYZ: make([]float32, 0, 3*len(m.Points)), RGB: make([]uint8, 0, 3*len(m.Points))}
	far := 0.0
	for _, p := range m.Points {
		q := turn(r3.Sub(p.Pos, centre))
		cloud.XYZ = append(cloud.XYZ, float32(q.X), float32(q.Y), float32(q.Z))
		cloud.RGB = append(cloud.RGB, p.RGB[:]...)
		far += r3.Norm(q) / float64(len(m.Points))
	}
	var frusta []render.Outline
	size := 0.06 * far
	for _, v := range m.Views {
		cam := m.Cameras[v.CameraIdx]
		worldFromCam := v.CamFromWorld.Inverse()
		at := func(xPx, yPx float64) r3.Vec {
			ray := r3.Vec{X: (xPx - cam.CxPx) / cam.FxPx, Y: (yPx - cam.CyPx) / cam.FyPx, Z: 1}
			return turn(r3.Sub(worldFromCam.Apply(r3.Scale(size, ray)), centre))
		}
		w, h := float64(cam.WidthPx), float64(cam.HeightPx)
		eye := turn(r3.Sub(v.Centre(), centre))
		corners := []r3.Vec{at(0, 0), at(w, 0), at(w, h), at(0, h)}
		frusta = append(frusta, render.Outline{Points: corners, Closed: true, Standing: forensics.Measured})
		for _, c := range corners {
			frusta = append(frusta, render.Outline{Points: []r3.Vec{eye, c}, Standing: forensics.Measured})
		}
	}
	return cloud, frusta
}

// near is the part of a model that its photos stand before: what lies within
// three times the median distance from their middle. What is seen through a gap
// behind the place is left out of the view's extent, not of the picture.
func near(c *recon.Cloud) *recon.Cloud {
	n := c.Len()
	if n == 0 {
		return c
	}
	distance := make([]float64, n)
	for i := range distance {
		distance[i] = r3.Norm(c.At(i))
	}
	sorted := slices.Sorted(slices.Values(distance))
	out := &recon.Cloud{Scaled: c.Scaled}
	for i, d := range distance {
		if d <= 3*sorted[n/2] {
			out.XYZ = append(out.XYZ, c.XYZ[3*i:3*i+3]...)
		}
	}
	return out
}

// rotationTo turns the direction from onto the direction to.
func rotationTo(from, to r3.Vec) func(r3.Vec) r3.Vec {
	if r3.Norm(from) == 0 {
		return func(v r3.Vec) r3.Vec { return v }
	}
	from, to = r3.Unit(from), r3.Unit(to)
	axis := r3.Cross(from, to)
	if r3.Norm(axis) < 1e-9 {
		if r3.Dot(from, to) > 0 {
			return func(v r3.Vec) r3.Vec { return v }
		}
		axis = r3.Cross(from, r3.Vec{X: 1})
		if r3.Norm(axis) < 1e-9 {
			axis = r3.Cross(from, r3.Vec{Y: 1})
		}
	}
	return r3.NewRotation(math.Acos(max(-1, min(1, r3.Dot(from, to)))), axis).Rotate
}
