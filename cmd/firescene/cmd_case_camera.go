package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/recon"
	"firescene/recon/resection"
	"firescene/render/scene"
)

type caseCameraOptions struct {
	Case, Points, Pose, Size, By string
	FocalPx, FovDeg              float64
	camera                       scene.PlacedCamera
}

// caseCameraSummary says where a camera was placed and how well.
type caseCameraSummary struct {
	scene.PlacedCamera
	FocalSigmaPx float64   `json:"focal_sigma_px,omitempty"`
	ResidualPx   []float64 `json:"residual_px,omitempty"`
	Head         string    `json:"head"` // of the custody log
}

func (a *app) caseCameraCmd() *cobra.Command {
	o := caseCameraOptions{}
	c := &cobra.Command{
		Use:   "camera CASE --name NAME --exhibit EXHIBIT --size WxH --points FILE.csv | --pose X,Y,Z,X,Y,Z",
		Short: "Place a surveillance camera in the scene, to look through it in the workstation",
		Long: `Places a camera in the frame of the scans. With --points it is found from points that
its picture shows (resection): a table with the columns X, Y, Z in metres and the
pixels x, y, six or more of them, or four with --focal; they should spread over the
picture and its depth. What is told as uncertainty comes from the residuals. With
--pose its place and the point at its middle are stated.

The camera is kept in CASE/` + casefile.CamerasFile + ` and its placing is logged.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Case = args[0]
			return a.finish(runCaseCamera(c.Context(), o))
		},
	}
	f := c.Flags()
	f.StringVar(&o.camera.Name, "name", "", "of the camera (required); one that is there is placed anew")
	f.StringVar(&o.camera.Exhibit, "exhibit", "", "medium that holds its pictures")
	f.StringVar(&o.camera.Channel, "channel", "", "its channel, as the recorder's items name it")
	f.StringVar(&o.camera.Match, "match", "", "part of the names of its pictures")
	f.StringVar(&o.Points, "points", "", "table of X, Y, Z, x, y")
	f.StringVar(&o.Pose, "pose", "", "its place and a point at the middle of its picture, stated")
	f.StringVar(&o.Size, "size", "", "WIDTHxHEIGHT of its pictures in pixels (required)")
	f.Float64Var(&o.FocalPx, "focal", 0, "focal length in pixels, when it is known")
	f.Float64Var(&o.FovDeg, "fov", 0, "or its field of view across, degrees")
	f.StringVar(&o.By, "by", "", "who places it (default: the user)")
	return c
}

// runCaseCamera places a camera and writes it into the case.
func runCaseCamera(ctx context.Context, o caseCameraOptions) (s caseCameraSummary, err error) {
	k, err := o.place(&s)
	if err != nil {
		return s, err
	}
	c, err := casefile.Open(ctx, o.Case, casefile.Options{By: o.By})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	path := c.Path(casefile.CamerasFile)
	list, err := readCameraFile(path)
	if err != nil {
		return s, err
	}
	if i := slices.IndexFunc(list, func(p scene.PlacedCamera) bool { return p.Name == k.Name }); i >= 0 {
		list[i] = k
	} else {
		list = append(list, k)
	}
	var b bytes.Buffer
	if err := scene.WriteCameras(&b, list); err != nil {
		return s, err
	}
	if _, err := scene.ReadCameras(bytes.NewReader(b.Bytes())); err != nil {
		return s, usageError{err} // what can not be read again is not kept
	}
	if err := writeFile(path, b.Bytes()); err != nil {
		return s, err
	}
	e, err := c.Note(ctx, "camera placed", k.Exhibit, map[string]any{"name": k.Name, "how": k.How, "place": k.Place, "turn": k.Turn, "focal_px": k.Camera.FxPx, "rms_px": k.RMSPx, "sigma_m": k.SigmaM})
	s.PlacedCamera, s.Head = k, e.Hash
	return s, err
}

// place finds or takes the camera's pose.
func (o *caseCameraOptions) place(s *caseCameraSummary) (scene.PlacedCamera, error) {
	k := o.camera
	if k.Name == "" || (o.Points == "") == (o.Pose == "") {
		return k, usageError{errors.New("case camera: give --name, and --points FILE.csv or --pose")}
	}
	w, h, err := parseSize(o.Size)
	if err != nil {
		return k, usageError{err}
	}
	k.Camera = recon.Camera{WidthPx: w, HeightPx: h, CxPx: float64(w) / 2, CyPx: float64(h) / 2, Source: "given"}
	focal := o.FocalPx
	if focal == 0 && o.FovDeg > 0 && o.FovDeg < 175 {
		focal = float64(w) / 2 / math.Tan(o.FovDeg/2*math.Pi/180)
	}
	k.Camera.FxPx, k.Camera.FyPx = focal, focal
	if o.Pose != "" {
		if !(focal > 1) {
			return k, usageError{errors.New("case camera: a stated pose needs --focal or --fov")}
		}
		v, err := numbers(strings.Split(o.Pose, ","), 6)
		if err != nil {
			return k, usageError{fmt.Errorf("--pose %s: %w", o.Pose, err)}
		}
		pose, err := lookingAt(r3.Vec{X: v[0], Y: v[1], Z: v[2]}, r3.Vec{X: v[3], Y: v[4], Z: v[5]})
		if err != nil {
			return k, usageError{fmt.Errorf("--pose %s: %w", o.Pose, err)}
		}
		k.How = scene.HowStated
		k.SetPose(pose)
		return k, nil
	}
	pairs, err := readPairs(o.Points)
	if err != nil {
		return k, err
	}
	r, err := resection.Solve(pairs, k.Camera, focal > 1)
	if err != nil {
		return k, fmt.Errorf("%s: %w", o.Points, err)
	}
	k.Camera, k.How, k.Points, k.RMSPx, k.SigmaM, k.SigmaDeg = r.Camera, scene.HowResected, len(pairs), r.RMSPx, r.SigmaM, r.SigmaDeg
	k.SetPose(r.WorldFromCam)
	s.FocalSigmaPx, s.ResidualPx = r.FocalSigmaPx, r.ResidualPx
	return k, nil
}

// lookingAt is the pose of an upright camera at a place that looks at a point.
func lookingAt(eye, target r3.Vec) (recon.Pose, error) {
	to := r3.Sub(target, eye)
	if r3.Norm(to) < 1e-6 || math.IsNaN(r3.Norm(to)) {
		return recon.Pose{}, errors.New("the camera stands at the point that it looks at")
	}
	z := r3.Unit(to)
	up := r3.Vec{Z: 1}
	if math.Abs(z.Z) > 0.9999 {
		up = r3.Vec{Y: 1}
	}
	x := r3.Unit(r3.Cross(z, up))
	y := r3.Cross(z, x)
	// The turn with these columns, by the largest of its four components (Shepperd 1978).
	m := [3][3]float64{{x.X, y.X, z.X}, {x.Y, y.Y, z.Y}, {x.Z, y.Z, z.Z}}
	trace := m[0][0] + m[1][1] + m[2][2]
	var q quat.Number
	if trace > m[0][0] && trace > m[1][1] && trace > m[2][2] {
		q = quat.Number{Real: 1 + trace, Imag: m[2][1] - m[1][2], Jmag: m[0][2] - m[2][0], Kmag: m[1][0] - m[0][1]}
	} else if m[0][0] > m[1][1] && m[0][0] > m[2][2] {
		q = quat.Number{Real: m[2][1] - m[1][2], Imag: 1 + 2*m[0][0] - trace, Jmag: m[0][1] + m[1][0], Kmag: m[0][2] + m[2][0]}
	} else if m[1][1] > m[2][2] {
		q = quat.Number{Real: m[0][2] - m[2][0], Imag: m[0][1] + m[1][0], Jmag: 1 + 2*m[1][1] - trace, Kmag: m[1][2] + m[2][1]}
	} else {
		q = quat.Number{Real: m[1][0] - m[0][1], Imag: m[0][2] + m[2][0], Jmag: m[1][2] + m[2][1], Kmag: 1 + 2*m[2][2] - trace}
	}
	return recon.Pose{Q: quat.Scale(1/quat.Abs(q), q), T: eye}, nil
}

func numbers(fields []string, n int) ([]float64, error) {
	if len(fields) != n {
		return nil, fmt.Errorf("%d numbers, %d are needed", len(fields), n)
	}
	out := make([]float64, n)
	for i, f := range fields {
		v, err := strconv.ParseFloat(strings.TrimSpace(f), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%q is not a number", f)
		}
		out[i] = v
	}
	return out, nil
}

// maxPairs bounds a table of points.
const maxPairs = 10_000

// readPairs reads a table of X, Y, Z, x, y; a first line of names is passed over.
func readPairs(path string) ([]resection.Pair, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := csv.NewReader(io.LimitReader(f, 1<<24))
	in.FieldsPerRecord, in.TrimLeadingSpace, in.Comment = -1, true, '#'
	var out []resection.Pair
	for {
		row, err := in.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		line, _ := in.FieldPos(0)
		v, err := numbers(row, 5)
		if err != nil {
			if line == 1 && len(row) == 5 {
				continue
			}
			return nil, fmt.Errorf("%s, line %d: %w (X, Y, Z, x, y)", path, line, err)
		}
		if out = append(out, resection.Pair{World: r3.Vec{X: v[0], Y: v[1], Z: v[2]}, XPx: v[3], YPx: v[4]}); len(out) > maxPairs {
			return nil, fmt.Errorf("%s: more than %d points", path, maxPairs)
		}
	}
}

// readCameraFile reads the placed cameras of a case; none when there is no file.
func readCameraFile(path string) ([]scene.PlacedCamera, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := scene.ReadCameras(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return list, nil
}

func (s caseCameraSummary) failures() []forensics.Failure { return nil }

func (s caseCameraSummary) print(w io.Writer, t texts) {
	fmt.Fprintln(w, t.T("camera_placed", "Name", s.Name, "X", fmt.Sprintf("%.3f", s.Place[0]), "Y", fmt.Sprintf("%.3f", s.Place[1]), "Z", fmt.Sprintf("%.3f", s.Place[2]), "Focal", fmt.Sprintf("%.0f", s.Camera.FxPx)))
	if s.How == scene.HowResected {
		fmt.Fprintln(w, t.T("camera_resected", "Points", s.Points, "RMS", fmt.Sprintf("%.2f", s.RMSPx), "SigmaM", fmt.Sprintf("%.3f", s.SigmaM), "SigmaDeg", fmt.Sprintf("%.2f", s.SigmaDeg)))
		for i, r := range s.ResidualPx {
			if r > 3*s.RMSPx && r > 3 {
				fmt.Fprintln(w, t.T("camera_point", "N", i+1, "Px", fmt.Sprintf("%.1f", r)))
			}
		}
	} else {
		fmt.Fprintln(w, t.T("camera_stated"))
	}
	fmt.Fprintln(w, t.T("camera_head", "Head", s.Head))
}
