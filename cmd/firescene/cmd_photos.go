package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/formats/scans"
	"firescene/recon/sfm"
)

// photosOptions are the inputs of a reconstruction from photos.
type photosOptions struct {
	Inputs      []string // photo files, and folders of photos
	Out         string
	SparseOnly  bool     // no dense cloud
	DenseSidePx int      // longer side that photos are reduced to for the dense cloud; 0: the default
	Also        []string // formats of the cloud beside PLY: las, e57
	Control     []string // YAML files of what was measured at the place
	KeepWork    bool     // leave finished parts for another run
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
		Short: "Camera positions and a dense, measured cloud from photos of the place",
		Long: `photos finds where each photo was taken, makes the place metric by what was measured
there, and makes a dense cloud. It writes DIR/sparse (COLMAP text: cameras, images,
points3D), DIR/cloud.ply with colour, normal, number of photos and standard
deviation of each point, DIR/photos.json with all numbers, and DIR/step.json. Photos
that do not connect give further models in DIR/sparse-2 and so on. Photos are JPEG,
PNG, TIFF, HEIC, WebP or BMP, told by their content; 250 million pixels at most. Raw
files are developed first.

The camera is taken from --camera, else from --cameras (COLMAP's cameras.txt; the
images.txt beside it says which photo has which camera, else its picture size does),
else from a file K.txt beside the photos (a 3x3 matrix in pixels). These are used as
given, scaled where the photo is an even reduction of the stated size; a camera that
can not be a photo's is not used for it, and that is said. Else the focal length
comes from EXIF, by the size of the sensor or the 35 mm equivalent, else it is
guessed; these two are refined with the photos. Each body, lens and focal length of
a zoom is a camera of its own.

Pixels are counted from the corner of the first one, as with COLMAP: a principal
point that is counted from its centre, as with OpenCV, is .5 more each way here.

--masks names what is not to be used: a folder with NAME.jpg.png, NAME.png,
NAME.mask.png or NAME_mask.png, black being left out as with COLMAP, or a YAML or
JSON file of polygons in pixels of the upright photo, for people too:

  IMG_0001.jpg:
    - [[120, 40], [260, 40], [260, 700], [110, 700]]

--mask-sky leaves out the blue sky of outdoor photos. An overcast sky looks like a
ceiling and stays in use. Each photo is audited: blurred, shaken, too dark or too
bright, noisy, a copy, the same view as another, a wrong camera, each with its
number, its limit and what to do at the place.

Photos alone have no metre. --control names YAML files with points (picked
in photos, or coded targets, which are found by themselves: firescene photos markers
prints some), their coordinates, distances between them, and distances and
coordinates that are for checking only: those never enter, and are reported with
what the model makes of them. --scale gives the distance between the stations of two
photos. Without either no length is printed in metres. The model is levelled by
what is given, else by the floor or by how the photos were held, and says by what.

A run that was cut off goes on from its finished parts when it is started again.` + exitStatusHelp,
		Example: "  firescene photos scene/ -o model --control control.yaml --also las,e57",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.Inputs, opts.Workers = args, a.workers
			return a.finish(runPhotos(c.Context(), opts, a.progress()))
		},
	}
	f := c.Flags()
	f.StringVarP(&opts.Out, "out", "o", "", "output folder (required)")
	f.BoolVar(&opts.SparseOnly, "sparse-only", false, "no dense cloud: DIR/cloud.ply holds the points of the sparse model")
	f.IntVar(&opts.DenseSidePx, "dense-side", 0, "longer side in pixels that photos are reduced to for the dense cloud (default 1600, less for many photos)")
	f.StringSliceVar(&opts.Also, "also", nil, "write the cloud as las or e57 too (several: las,e57)")
	f.StringArrayVar(&opts.Control, "control", nil, "YAML file of points, coordinates, distances and checks; may be repeated")
	f.BoolVar(&opts.KeepWork, "keep-work", false, "keep finished parts in DIR/"+workDir+", so that another run with other options is quick")
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
// photo stage: read and audit, place the photos, make it metric and level, make
// the dense cloud, write.
func runPhotos(ctx context.Context, opts photosOptions, report progressFunc) (photosSummary, error) {
	// Photos come and go in large pieces: memory may hold half as much again as is
	// needed, not twice as much.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	began := time.Now()
	scale, formats, given, err := opts.check()
	if err != nil {
		return photosSummary{}, err
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
	store := openWorkStore(filepath.Join(opts.Out, workDir))
	model, err := sfm.Reconstruct(ctx, album.photos(), sfm.Options{
		Workers: opts.Workers, Seed: opts.Seed, MaxFeatures: opts.MaxFeatures, Progress: report, Cache: store,
	})
	if err != nil {
		if told := album.tell(&sum); told != nil {
			return photosSummary{}, told
		}
		err = noModel(&sum, err)
		if ctx.Err() == nil { // nothing to go on from
			err = errors.Join(err, store.remove())
		}
		return photosSummary{}, err
	}
	if err := album.refine(ctx, model, opts, &sum, report); err != nil {
		return photosSummary{}, err
	}
	if model, err = album.survey(ctx, model, given, scale, opts, &sum, report); err != nil {
		return photosSummary{}, err
	}
	cloud := sfm.Cloud(model)
	if !opts.SparseOnly {
		if dense, err := album.dense(ctx, model, opts, store, &sum, report); err != nil {
			return photosSummary{}, err
		} else if dense != nil {
			cloud = dense
		}
	}
	sum.take(model)
	if err := album.tell(&sum); err != nil {
		return photosSummary{}, err
	}
	album.markUnreadable(&sum)
	step := album.step(opts, given, &sum)
	if step.Outputs, err = writePhotosModel(opts.Out, model, cloud, formats); err != nil {
		return photosSummary{}, err
	}
	numbers, err := sum.write(opts.Out)
	if err != nil {
		return photosSummary{}, err
	}
	step.Outputs = append(step.Outputs, numbers)
	if !opts.KeepWork {
		if err := store.remove(); err != nil {
			return photosSummary{}, err
		}
	}
	sum.Seconds = seconds(began)
	step.Seconds = sum.Seconds
	return sum, writeStep(opts.Out, step)
}

// check reads the options that can be wrong by themselves, before any photo.
func (o photosOptions) check() (photosScale, []scans.Format, givenControl, error) {
	bad := func(err error) (photosScale, []scans.Format, givenControl, error) {
		return photosScale{}, nil, givenControl{}, usageError{err}
	}
	if o.Out == "" {
		return bad(errors.New("give an output folder with -o DIR"))
	}
	if o.MaxFeatures < 100 || o.MaxFeatures > 20000 {
		return bad(fmt.Errorf("--max-features %d: give 100 to 20000", o.MaxFeatures))
	}
	if o.DenseSidePx != 0 && (o.DenseSidePx < 160 || o.DenseSidePx > 4096) {
		return bad(fmt.Errorf("--dense-side %d: give 160 to 4096", o.DenseSidePx))
	}
	scale, err := parseScale(o.Scale)
	if err != nil {
		return bad(err)
	}
	formats, err := parseFormats(o.Also)
	if err != nil {
		return bad(err)
	}
	given, err := readControls(o.Control)
	if err == nil && scale.metres > 0 && given.scales() {
		return bad(errors.New("--scale and distances or coordinates of --control exclude each other"))
	}
	return scale, formats, given, err
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

// step is the record of a run.
func (al *album) step(opts photosOptions, given givenControl, sum *photosSummary) forensics.Step {
	s := forensics.Step{Stage: "photos", Seed: int64(opts.Seed), In: len(sum.Photos), Out: sum.Registered,
		Failed: sum.failures(), Warnings: sum.Warnings, Params: map[string]string{
			"camera": opts.Camera, "cameras": opts.Cameras, "masks": strings.Join(opts.Masks, " "), "maskSky": strconv.FormatBool(opts.MaskSky),
			"scale": opts.Scale, "maxFeatures": strconv.Itoa(opts.MaxFeatures),
			"sparseOnly": strconv.FormatBool(opts.SparseOnly), "denseSide": strconv.Itoa(opts.DenseSidePx),
			"scaled": strconv.FormatBool(sum.Scaled), "scaleWhy": sum.ScaleWhy,
		}}
	for _, p := range al.list {
		s.Inputs = append(s.Inputs, forensics.FileHash{Path: p.path, SizeB: p.sizeB, SHA256: p.sha256})
	}
	s.Inputs = append(append(s.Inputs, al.given.files...), al.masks.hashes...)
	s.Inputs = append(s.Inputs, given.files...)
	return s
}
