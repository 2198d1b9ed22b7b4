package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/formats/colmap"
	"firescene/recon"
	"firescene/recon/sfm"
)

// photosOptions are the inputs of a reconstruction from photos.
type photosOptions struct {
	Inputs      []string // photo files, and folders of photos
	Out         string
	SparseOnly  bool     // accepted for scripts: the sparse model is what is made
	Camera      string   // "fx,fy,cx,cy" in pixels of the upright photo; empty: from K.txt, EXIF or a guess
	Cameras     string   // cameras.txt of COLMAP or its folder; empty: none
	Masks       []string // folders of pictures, and files of polygons, of what is not to be used
	MaskSky     bool
	Scale       string // "NAME=NAME:METRES"; empty: no scale
	MaxFeatures int
	Seed        uint64
	Workers     int
}

func (a *app) photosCmd() *cobra.Command {
	opts := photosOptions{}
	c := &cobra.Command{
		Use:   "photos IMAGE_OR_DIR... -o DIR",
		Short: "Camera positions and a point cloud from photos of the place",
		Long: `photos finds where each photo was taken and the points that they share, and writes
DIR/sparse (COLMAP text: cameras, images, points3D), DIR/cloud.ply and
DIR/step.json. Photos are JPEG, PNG, TIFF, HEIC, WebP or BMP, told by their
content; 250 million pixels at most. Raw files are developed first.

The camera is taken from --camera, else from --cameras (COLMAP's cameras.txt; the
images.txt beside it says which photo has which camera, else its picture size does),
else from a file K.txt beside the photos (a 3x3 matrix in pixels). These are used as
given, scaled where the photo is an even reduction of the stated size; a camera that
can not be a photo's is not used for it, and that is said. Else the focal length
comes from EXIF, by the size of the sensor or the 35 mm equivalent, else it is
guessed; these two are refined with the photos. Each body, lens and focal length of
a zoom is a camera of its own.

--masks names what is not to be used: a folder with NAME.jpg.png, NAME.png,
NAME.mask.png or NAME_mask.png, black being left out as with COLMAP, or a YAML or
JSON file of polygons in pixels of the upright photo, for people too:

  IMG_0001.jpg:
    - [[120, 40], [260, 40], [260, 700], [110, 700]]

--mask-sky leaves out the blue sky of outdoor photos. An overcast sky looks like a
ceiling and stays in use. Each photo is audited: blurred, shaken, too dark or too
bright, noisy, a copy, the same view as another, a wrong camera, each with its
number, its limit and what to do at the place.

Photos alone have no metre: --scale gives the distance between the stations of two
photos. Without it no length is printed in metres.

DIR/sparse and DIR/cloud.ply hold the sparse model; --sparse-only changes nothing.` + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.Inputs, opts.Workers = args, a.workers
			return a.finish(runPhotos(c.Context(), opts, a.progress()))
		},
	}
	f := c.Flags()
	f.StringVarP(&opts.Out, "out", "o", "", "output folder (required)")
	f.BoolVar(&opts.SparseOnly, "sparse-only", false, "write the sparse model, which is what is written anyway")
	f.StringVar(&opts.Camera, "camera", "", "fx,fy,cx,cy in pixels, for all photos")
	f.StringVar(&opts.Cameras, "cameras", "", "cameras.txt of COLMAP, with images.txt beside it where there are several")
	f.StringArrayVar(&opts.Masks, "masks", nil, "folder of mask pictures (black is not used) or YAML/JSON file of polygons; may be repeated")
	f.BoolVar(&opts.MaskSky, "mask-sky", false, "leave out the sky of outdoor photos")
	f.StringVar(&opts.Scale, "scale", "", "NAME=NAME:METRES, distance between the stations of two photos")
	f.IntVar(&opts.MaxFeatures, "max-features", 8192, "most features of one photo")
	f.Uint64Var(&opts.Seed, "seed", 0, "seed of the random samples")
	c.AddCommand(a.photosMarkersCmd())
	return c
}

// runPhotos reconstructs the place from photos. This is the whole flow of the
// photo stage: read and audit, reconstruct, scale, write.
func runPhotos(ctx context.Context, opts photosOptions, report progressFunc) (photosSummary, error) {
	began := time.Now()
	if opts.Out == "" {
		return photosSummary{}, usageError{errors.New("give an output folder with -o DIR")}
	}
	if opts.MaxFeatures < 100 || opts.MaxFeatures > 20000 {
		return photosSummary{}, usageError{fmt.Errorf("--max-features %d: give 100 to 20000", opts.MaxFeatures)}
	}
	scale, err := parseScale(opts.Scale)
	if err != nil {
		return photosSummary{}, usageError{err}
	}
	album, err := openAlbum(ctx, opts, report)
	if err != nil {
		return photosSummary{}, err
	}
	sum := album.summary(opts)
	if scale.metres > 0 {
		if err := album.holds(scale.a, scale.b); err != nil {
			return photosSummary{}, usageError{err}
		}
	}
	model, err := sfm.Reconstruct(ctx, album.photos(), sfm.Options{
		Workers: opts.Workers, Seed: opts.Seed, MaxFeatures: opts.MaxFeatures, Progress: report,
	})
	if err != nil {
		if told := album.tell(&sum); told != nil {
			return photosSummary{}, told
		}
		return photosSummary{}, noModel(&sum, err)
	}
	if scale.metres > 0 {
		if err := sfm.ScaleByDistance(model, scale.a, scale.b, scale.metres); err != nil {
			return photosSummary{}, fmt.Errorf("--scale %s: %w; name two photos of the model", opts.Scale, err)
		}
	}
	sum.take(model)
	if err := album.tell(&sum); err != nil {
		return photosSummary{}, err
	}
	if err := ctx.Err(); err != nil {
		return photosSummary{}, err
	}
	album.markUnreadable(&sum)
	written, err := writePhotosModel(opts.Out, model)
	if err != nil {
		return photosSummary{}, err
	}
	step := album.step(opts, &sum)
	step.Outputs = written
	sum.Seconds = seconds(began)
	step.Seconds = sum.Seconds
	return sum, writeStep(opts.Out, step)
}

// photosScale is a --scale: the distance between two stations.
type photosScale struct {
	a, b   string
	metres float64
}

// parseScale reads NAME=NAME:METRES. Names may hold colons.
func parseScale(s string) (photosScale, error) {
	if s == "" {
		return photosScale{}, nil
	}
	colon := strings.LastIndex(s, ":")
	if colon < 0 {
		return photosScale{}, fmt.Errorf("--scale %s: give NAME=NAME:METRES", s)
	}
	a, b, ok := strings.Cut(s[:colon], "=")
	m, err := strconv.ParseFloat(s[colon+1:], 64)
	if !ok || a == "" || b == "" || a == b || err != nil || !(m > 0 && m < 1e6) {
		return photosScale{}, fmt.Errorf("--scale %s: give NAME=NAME:METRES with two photos and a distance above zero", s)
	}
	return photosScale{a, b, m}, nil
}

// noModelError says why photos give no model, with what became of each.
type noModelError struct {
	why    string
	failed []forensics.Failure
	next   string
}

func (e *noModelError) Error() string {
	var b strings.Builder
	b.WriteString(e.why)
	for _, f := range e.failed {
		fmt.Fprintf(&b, "\n  %s: %s", f.Input, f.Reason)
	}
	if e.next != "" {
		b.WriteString("\nnext: " + e.next)
	}
	return b.String()
}

// noModel says why there is no model, with what became of each photo.
func noModel(sum *photosSummary, err error) error {
	var none *sfm.NoModelError
	if !errors.As(err, &none) {
		return err
	}
	failed := append([]forensics.Failure{}, sum.Failed...)
	for _, r := range none.Rejected {
		failed = append(failed, forensics.Failure{Input: r.Photo, Reason: r.Reason, Next: r.Next})
	}
	return &noModelError{why: none.Reason, failed: withAudit(failed, sum.Photos), next: none.Next}
}

// writePhotosModel writes DIR/sparse and DIR/cloud.ply, each file by way of a
// temporary name. An older record goes first, so that a run cut off here is not
// taken for finished.
func writePhotosModel(dir string, model *recon.SparseModel) ([]forensics.FileHash, error) {
	if err := os.Remove(filepath.Join(dir, stepFile)); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	names := []string{photosCloud}
	m := sfm.ToCOLMAP(model)
	for _, f := range []struct {
		name  string
		write func(*bytes.Buffer) error
	}{
		{"cameras.txt", func(b *bytes.Buffer) error { return colmap.WriteCameras(b, m.Cameras) }},
		{"images.txt", func(b *bytes.Buffer) error { return colmap.WriteImages(b, m.Images) }},
		{"points3D.txt", func(b *bytes.Buffer) error { return colmap.WritePoints(b, m.Points) }},
	} {
		var b bytes.Buffer
		if err := f.write(&b); err != nil {
			return nil, err
		}
		if err := writeFile(filepath.Join(dir, sparseDir, f.name), b.Bytes()); err != nil {
			return nil, err
		}
		names = append(names, sparseDir+"/"+f.name)
	}
	if err := writeCloudPLY(filepath.Join(dir, photosCloud), sfm.Cloud(model)); err != nil {
		return nil, err
	}
	written := make([]forensics.FileHash, len(names))
	for i, name := range names {
		sum, size, err := hashFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		written[i] = forensics.FileHash{Path: name, SizeB: size, SHA256: sum}
	}
	return written, nil
}

// Names below the output folder of photos.
const (
	sparseDir   = "sparse"
	photosCloud = "cloud.ply"
)

// loadSparse reads the model that runPhotos wrote to dir. Whether its unit is the
// metre is taken from the step record beside it.
func loadSparse(dir string) (*recon.SparseModel, error) {
	var m colmap.Model
	for _, f := range []struct {
		name string
		read func(*os.File) error
	}{
		{"cameras.txt", func(f *os.File) (err error) { m.Cameras, err = colmap.ReadCameras(f); return err }},
		{"images.txt", func(f *os.File) (err error) { m.Images, err = colmap.ReadImages(f); return err }},
		{"points3D.txt", func(f *os.File) (err error) { m.Points, err = colmap.ReadPoints(f); return err }},
	} {
		path := filepath.Join(dir, sparseDir, f.name)
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		err = f.read(file)
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	model, err := sfm.FromCOLMAP(&m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if step, err := readStep(dir); err == nil {
		model.Scaled = step.Params["scaled"] == "true"
		model.ScaleWhy = step.Params["scaleWhy"]
	}
	return model, nil
}

// step is the record of a run.
func (al *album) step(opts photosOptions, sum *photosSummary) forensics.Step {
	s := forensics.Step{Stage: "photos", Seed: int64(opts.Seed), In: len(sum.Photos), Out: sum.Registered,
		Failed: sum.failures(), Warnings: sum.Warnings, Params: map[string]string{
			"camera": opts.Camera, "cameras": opts.Cameras, "masks": strings.Join(opts.Masks, " "), "maskSky": strconv.FormatBool(opts.MaskSky),
			"scale": opts.Scale, "maxFeatures": strconv.Itoa(opts.MaxFeatures),
			"scaled": strconv.FormatBool(sum.Scaled), "scaleWhy": sum.ScaleWhy,
		}}
	for _, p := range al.list {
		s.Inputs = append(s.Inputs, forensics.FileHash{Path: p.path, SizeB: p.sizeB, SHA256: p.sha256})
	}
	s.Inputs = append(append(s.Inputs, al.given.files...), al.masks.hashes...)
	return s
}
