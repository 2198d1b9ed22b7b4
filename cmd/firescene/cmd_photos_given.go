package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/colmap"
	"firescene/formats/photo"
	"firescene/recon"
)

const (
	matrixFile  = "K.txt"
	camerasFile = "cameras.txt"
	imagesFile  = "images.txt"
	// maxOffCentre is how far, as a part of the picture's side, a principal point may
	// lie off the middle: lenses stay within a twentieth.
	maxOffCentre = 0.15
)

// givenCameras are the intrinsics that somebody states.
type givenCameras struct {
	flag     *[4]float64 // --camera, for all photos
	path     string      // --cameras
	cameras  []colmap.Camera
	cameraOf map[string]int    // by image name, the ID of its camera; nil when not stated
	base     map[string]string // by the last part of an image's name, the name; empty where two share it
	folders  map[string]*[4]float64
	files    []forensics.FileHash // that were used
}

// read takes --camera and --cameras.
func (g *givenCameras) read(opts photosOptions) error {
	var err error
	g.folders = map[string]*[4]float64{}
	if g.flag, err = parseCamera(opts.Camera); err != nil {
		return usageError{err}
	}
	if opts.Cameras == "" {
		return nil
	}
	if g.flag != nil {
		return usageError{errors.New("--camera and --cameras both state the cameras: give one of them")}
	}
	g.path = opts.Cameras
	if info, err := os.Stat(g.path); err == nil && info.IsDir() {
		g.path = filepath.Join(g.path, camerasFile)
	}
	if err := g.file(g.path, func(r io.Reader) error { g.cameras, err = colmap.ReadCameras(r); return err }); err != nil {
		return fmt.Errorf("--cameras %s: %w", opts.Cameras, err)
	}
	if len(g.cameras) == 0 {
		return fmt.Errorf("--cameras %s: the file names no camera", opts.Cameras)
	}
	for _, c := range g.cameras {
		if _, err := intrinsicsOf(c); err != nil {
			return fmt.Errorf("--cameras %s: camera %d: %w", opts.Cameras, c.ID, err)
		}
	}
	images := filepath.Join(filepath.Dir(g.path), imagesFile)
	if _, err := os.Stat(images); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var list []colmap.ImageCamera
	if err := g.file(images, func(r io.Reader) error { list, err = colmap.ReadImageCameras(r); return err }); err != nil {
		return fmt.Errorf("%s: %w", images, err)
	}
	g.cameraOf, g.base = map[string]int{}, map[string]string{}
	for _, m := range list {
		if g.byID(m.CameraID) == nil {
			return fmt.Errorf("%s: %s has camera %d, which %s does not have", images, m.Name, m.CameraID, g.path)
		}
		g.cameraOf[m.Name] = m.CameraID
		b := lastPart(m.Name)
		if _, twice := g.base[b]; twice {
			g.base[b] = ""
		} else {
			g.base[b] = m.Name
		}
	}
	return nil
}

func lastPart(name string) string {
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// file reads a file that states cameras and keeps its hash.
func (g *givenCameras) file(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := read(f); err != nil {
		return err
	}
	h := forensics.FileHash{Path: path}
	if h.SHA256, h.SizeB, err = hashFile(path); err != nil {
		return err
	}
	g.files = append(g.files, h)
	return nil
}

func (g *givenCameras) byID(id int) *colmap.Camera {
	for i := range g.cameras {
		if g.cameras[i].ID == id {
			return &g.cameras[i]
		}
	}
	return nil
}

// intrinsicsOf takes a camera of COLMAP's to ours.
func intrinsicsOf(c colmap.Camera) (recon.Camera, error) {
	k := c.Intrinsics()
	if k.K4 != 0 || k.K5 != 0 || k.K6 != 0 {
		return recon.Camera{}, &formats.UnsupportedError{Format: "COLMAP text", Offset: -1, Feature: "rational distortion (K4, K5, K6)", Next: "undistort the photos first"}
	}
	cam := recon.Camera{WidthPx: c.Width, HeightPx: c.Height, FxPx: k.Fx, FyPx: k.Fy, CxPx: k.Cx, CyPx: k.Cy,
		K1: k.K1, K2: k.K2, K3: k.K3, P1: k.P1, P2: k.P2, Source: "given"}
	if err := plausible(cam); err != nil {
		return recon.Camera{}, err
	}
	return cam, nil
}

// plausible refuses intrinsics that no lens has.
func plausible(c recon.Camera) error {
	w, h := float64(c.WidthPx), float64(c.HeightPx)
	long := max(w, h)
	switch {
	case !(c.FxPx > 0.2*long && c.FxPx < 20*long && c.FyPx > 0.8*c.FxPx && c.FyPx < 1.25*c.FxPx):
		return fmt.Errorf("focal length %g, %g px for pictures of %dx%d", c.FxPx, c.FyPx, c.WidthPx, c.HeightPx)
	case !(math.Abs(c.CxPx-w/2) <= maxOffCentre*w && math.Abs(c.CyPx-h/2) <= maxOffCentre*h):
		return fmt.Errorf("principal point %g, %g px for pictures of %dx%d", c.CxPx, c.CyPx, c.WidthPx, c.HeightPx)
	}
	return nil
}

// wrongCameraError says that a given camera is not that of a photo.
type wrongCameraError struct{ given, is string }

func (e *wrongCameraError) Error() string {
	return fmt.Sprintf("wrong camera: %s; the photo is %s pixels", e.given, e.is)
}

const wrongCameraNext = "give the intrinsics of this camera at this picture size, or none"

// giveCameras gives each photo the camera that is stated for it. A photo that it
// can not be the camera of keeps what EXIF says, and that is told; when it is
// none's, the run ends.
func (al *album) giveCameras() error {
	var wrong error
	used := 0
	for i := range al.list {
		p := &al.list[i]
		cam, from, err := al.given.forPhoto(p)
		var not *wrongCameraError
		switch {
		case errors.As(err, &not):
			wrong = cmp.Or(wrong, fmt.Errorf("%s: %s: %w", p.name, from, not))
			p.findings = append(p.findings, wrongCamera())
			al.warnings = append(al.warnings, fmt.Sprintf("%s: %s not used: %v; %s", p.name, from, not, wrongCameraNext))
		case err != nil:
			return err
		case cam != nil:
			p.prior = *cam
			p.group = fmt.Sprint("given ", *cam)
			used++
		}
	}
	if wrong != nil && used == 0 {
		wrong = fmt.Errorf("%w; %s", wrong, wrongCameraNext)
		if al.given.flag != nil || al.given.path != "" {
			return usageError{wrong}
		}
		return wrong
	}
	for _, folder := range slices.Sorted(maps.Keys(al.given.folders)) {
		if k := al.given.folders[folder]; k != nil {
			al.warnings = append(al.warnings, fmt.Sprintf("%s: its camera matrix is used as given, fx %g fy %g cx %g cy %g", filepath.Join(folder, matrixFile), k[0], k[1], k[2], k[3]))
		}
	}
	return nil
}

// forPhoto gives the camera that is stated for a photo, nil for none, and where it
// is stated.
func (g *givenCameras) forPhoto(p *albumPhoto) (cam *recon.Camera, from string, err error) {
	if g.path != "" {
		cam, err = g.ofFile(p)
		return cam, "--cameras", err
	}
	k, from := g.flag, "--camera"
	if k == nil {
		folder := filepath.Dir(p.path)
		known := false
		if k, known = g.folders[folder]; !known {
			if k, err = g.matrix(folder); err != nil {
				return nil, matrixFile, err
			}
			g.folders[folder] = k
		}
		from = matrixFile
	}
	if k == nil {
		return nil, from, nil
	}
	cam, err = fitted(*k, p)
	return cam, from, err
}

// fitted takes four numbers without a size for a photo's camera: as they are where
// the principal point is near the middle of the upright photo, turned with the
// photo where they are those of the picture as the sensor holds it.
func fitted(k [4]float64, p *albumPhoto) (*recon.Camera, error) {
	w, h := p.size()
	cam := recon.Camera{WidthPx: w, HeightPx: h, FxPx: k[0], FyPx: k[1], CxPx: k[2], CyPx: k[3], Source: "given"}
	err := plausible(cam)
	if err == nil {
		return &cam, nil
	}
	if photo.Turned(p.orientation) {
		sensor := cam
		sensor.WidthPx, sensor.HeightPx = h, w
		if plausible(sensor) == nil {
			cam = turnedCamera(sensor, p.orientation)
			return &cam, nil
		}
	}
	return nil, &wrongCameraError{given: fmt.Sprintf("fx %g fy %g cx %g cy %g would suit pictures of about %.0fx%.0f", k[0], k[1], k[2], k[3], 2*k[2], 2*k[3]), is: fmt.Sprintf("%dx%d", w, h)}
}

// turnedCamera takes the intrinsics of a picture as stored to those of the upright
// one, for orientations by a quarter or half turn and for mirrored ones. Turning
// exchanges the terms of tangential distortion with the axes.
func turnedCamera(c recon.Camera, orientation int) recon.Camera {
	w, h := float64(c.WidthPx), float64(c.HeightPx)
	flipX, flipY := false, false // of the stored axes, before they are exchanged
	switch orientation {
	case 2:
		flipX = true
	case 3:
		flipX, flipY = true, true
	case 4:
		flipY = true
	case 6:
		flipY = true
	case 7:
		flipX, flipY = true, true
	case 8:
		flipX = true
	}
	if flipX {
		c.CxPx, c.P2 = w-c.CxPx, -c.P2
	}
	if flipY {
		c.CyPx, c.P1 = h-c.CyPx, -c.P1
	}
	if photo.Turned(orientation) {
		c.WidthPx, c.HeightPx = c.HeightPx, c.WidthPx
		c.FxPx, c.FyPx = c.FyPx, c.FxPx
		c.CxPx, c.CyPx = c.CyPx, c.CxPx
		c.P1, c.P2 = c.P2, c.P1
	}
	return c
}

// ofFile finds a photo's camera in the file: the one that the list of images
// names, else the only one, else the only one of its size.
func (g *givenCameras) ofFile(p *albumPhoto) (*recon.Camera, error) {
	w, h := p.size()
	is := fmt.Sprintf("%dx%d", w, h)
	if g.cameraOf != nil {
		name := p.name
		id, ok := g.cameraOf[name]
		if !ok {
			id, ok = g.cameraOf[g.base[lastPart(name)]]
		}
		if !ok {
			id, ok = g.cameraOf[g.base[lastPart(p.given)]]
		}
		if !ok {
			return nil, &wrongCameraError{given: imagesFile + " beside the cameras does not name the photo", is: is}
		}
		c := g.byID(id)
		if cam := atSize(*c, p); cam != nil {
			return cam, nil
		}
		return nil, &wrongCameraError{given: fmt.Sprintf("camera %d is for %dx%d pixels", c.ID, c.Width, c.Height), is: is}
	}
	var fits []*recon.Camera
	exact := 0
	for _, c := range g.cameras {
		if cam := atSize(c, p); cam != nil {
			if c.Width*c.Height == w*h {
				fits = append([]*recon.Camera{cam}, fits...)
				exact++
			} else {
				fits = append(fits, cam)
			}
		}
	}
	switch {
	case exact == 1, len(fits) == 1:
		return fits[0], nil
	case len(fits) > 1:
		return nil, &wrongCameraError{given: fmt.Sprintf("%d cameras of the file suit it and no %s beside it says which is meant", len(fits), imagesFile), is: is}
	}
	c := g.cameras[0]
	return nil, &wrongCameraError{given: fmt.Sprintf("%d camera(s) in the file, the first for %dx%d", len(g.cameras), c.Width, c.Height), is: is}
}

// atSize gives a camera for a photo that is as large as its pictures, or that is
// one of them evenly reduced, upright or as the sensor holds it; nil for others.
func atSize(c colmap.Camera, p *albumPhoto) *recon.Camera {
	cam, err := intrinsicsOf(c)
	if err != nil {
		return nil
	}
	w, h := p.size()
	if reduced(&cam, w, h) {
		return &cam
	}
	if photo.Turned(p.orientation) && reduced(&cam, h, w) {
		cam = turnedCamera(cam, p.orientation)
		return &cam
	}
	return nil
}

// reduced scales a camera to pictures of w by h pixels where these have the shape
// of its own, to the rounding of one pixel, and are not larger.
func reduced(c *recon.Camera, w, h int) bool {
	sx, sy := float64(w)/float64(c.WidthPx), float64(h)/float64(c.HeightPx)
	if sx > 1 || sy > 1 || math.Abs(sx*float64(c.HeightPx)-float64(h)) > 1 && math.Abs(sy*float64(c.WidthPx)-float64(w)) > 1 {
		return false
	}
	c.WidthPx, c.HeightPx = w, h
	c.FxPx, c.CxPx = c.FxPx*sx, c.CxPx*sx
	c.FyPx, c.CyPx = c.FyPx*sy, c.CyPx*sy
	return true
}

// parseCamera reads fx,fy,cx,cy; nil when there is none.
func parseCamera(s string) (*[4]float64, error) {
	if s == "" {
		return nil, nil
	}
	parts := strings.Split(s, ",")
	var k [4]float64
	if len(parts) != 4 {
		return nil, fmt.Errorf("--camera %s: give fx,fy,cx,cy in pixels", s)
	}
	for i, part := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || !(v > 0 && v < 1e6) {
			return nil, fmt.Errorf("--camera %s: %q is not a number of pixels above zero", s, part)
		}
		k[i] = v
	}
	return &k, nil
}

// matrix reads a folder's K.txt: the first nine numbers are the matrix row
// by row. It gives nil where there is no such file.
func (g *givenCameras) matrix(folder string) (*[4]float64, error) {
	path := filepath.Join(folder, matrixFile)
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return nil, err
	}
	var v [9]float64
	words := strings.Fields(string(b))
	if len(words) < 9 {
		return nil, fmt.Errorf("%s: a camera matrix of nine numbers is expected; correct it or take it away", path)
	}
	for i := range v {
		x, err := strconv.ParseFloat(strings.TrimSuffix(words[i], ","), 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%s: %q is not a number; correct it or take it away", path, words[i])
		}
		v[i] = x
	}
	if !(v[0] > 0 && v[4] > 0 && v[2] > 0 && v[5] > 0) || v[1] != 0 || v[3] != 0 || v[6] != 0 || v[7] != 0 || v[8] != 1 {
		return nil, fmt.Errorf("%s: not a camera matrix fx 0 cx, 0 fy cy, 0 0 1; correct it or take it away", path)
	}
	h := forensics.FileHash{Path: path}
	if h.SHA256, h.SizeB, err = hashFile(path); err != nil {
		return nil, err
	}
	g.files = append(g.files, h)
	return &[4]float64{v[0], v[4], v[2], v[5]}, nil
}
