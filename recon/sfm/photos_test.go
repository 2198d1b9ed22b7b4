package sfm

import (
	"bufio"
	"context"
	"errors"
	"image"
	"image/color"
	_ "image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"firescene/recon"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/spatial/r3"
)

// texture is a fixed random pattern on a plane: values on grids of four sizes,
// blended smoothly.
func texture(u, v float64) float64 {
	sum, weight := 0.0, 0.0
	for o, cell := range []float64{0.9, 0.31, 0.11, 0.05} {
		x, y := u/cell, v/cell
		ix, iy := math.Floor(x), math.Floor(y)
		fx, fy := smooth(x-ix), smooth(y-iy)
		at := func(dx, dy float64) float64 { return hashed(int64(ix+dx), int64(iy+dy), int64(o)) }
		s := (at(0, 0)*(1-fx)+at(1, 0)*fx)*(1-fy) + (at(0, 1)*(1-fx)+at(1, 1)*fx)*fy
		w := math.Pow(0.85, float64(o))
		sum, weight = sum+w*s, weight+w
	}
	return sum / weight
}

func smooth(t float64) float64 { return t * t * (3 - 2*t) }

func hashed(x, y, o int64) float64 {
	h := uint64(x)*0x9e3779b97f4a7c15 ^ uint64(y)*0xc2b2ae3d27d4eb4f ^ uint64(o)*0x165667b19e3779f9
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 32
	return float64(h&0xffff) / 0xffff
}

// roomPhoto casts a ray for every pixel into the corner of a room: a floor and
// two walls, each with its own pattern.
func roomPhoto(cam recon.Camera, pose recon.Pose, noise float64, seed uint64) image.Image {
	rng := rand.New(rand.NewPCG(seed, 31))
	img := image.NewGray(image.Rect(0, 0, cam.WidthPx, cam.HeightPx))
	inv := pose.Inverse()
	for y := range cam.HeightPx {
		for x := range cam.WidthPx {
			d := inv.Rotate(r3.Vec{X: (float64(x) + 0.5 - cam.CxPx) / cam.FxPx, Y: (float64(y) + 0.5 - cam.CyPx) / cam.FyPx, Z: 1})
			best, shade := math.Inf(1), 0.5
			for plane, dist := range [3]float64{-d.X, -d.Y, -d.Z} {
				t := [3]float64{inv.T.X, inv.T.Y, inv.T.Z}[plane] / dist
				if dist <= 0 || t >= best {
					continue
				}
				best = t
				p := r3.Add(inv.T, r3.Scale(t, d))
				uv := [3][2]float64{{p.Y, p.Z + 50}, {p.X + 90, p.Z}, {p.X, p.Y + 20}}[plane]
				shade = texture(uv[0], uv[1])
			}
			img.SetGray(x, y, color.Gray{Y: uint8(min(max(255*(0.1+0.8*shade)+noise*rng.NormFloat64(), 0), 255))})
		}
	}
	return img
}

// lookAt is the pose of a camera at a place with Z up.
func lookAt(from, to r3.Vec) recon.Pose {
	z := r3.Unit(r3.Sub(to, from))
	x := r3.Unit(r3.Cross(z, r3.Vec{Z: 1}))
	y := r3.Cross(z, x)
	p := recon.PoseFromMatrix([9]float64{x.X, x.Y, x.Z, y.X, y.Y, y.Z, z.X, z.Y, z.Z}, r3.Vec{})
	p.T = r3.Scale(-1, p.Rotate(from))
	return p
}

// roomPhotos are photos of the corner from an arc of stations 3 m away.
func roomPhotos(n int, source string) ([]Photo, map[string]recon.Pose) {
	cam := recon.Camera{WidthPx: 320, HeightPx: 240, FxPx: 300, FyPx: 300, CxPx: 160, CyPx: 120, Source: sourceGiven}
	var photos []Photo
	poses := map[string]recon.Pose{}
	for i := range n {
		a := math.Pi/4 + 0.16*(float64(i)-float64(n-1)/2)
		from := r3.Vec{X: 3.2 * math.Cos(a), Y: 3.2 * math.Sin(a), Z: 1.5 + 0.1*float64(i%3)}
		pose := lookAt(from, r3.Vec{X: 0.4, Y: 0.4, Z: 1})
		name := "room" + strconv.Itoa(i) + ".png"
		poses[name] = pose
		p := Photo{Name: name, Group: "one", Open: func() (image.Image, error) { return roomPhoto(cam, pose, 2, uint64(i)), nil }}
		if source == sourceGiven {
			p.Prior = cam
		}
		photos = append(photos, p)
	}
	return photos, poses
}

// TestReconstructRoom goes from pixels to the model. At 3.2 m and 300 px a tenth
// of a pixel is 1 mm on the walls.
func TestReconstructRoom(t *testing.T) {
	for _, c := range []struct {
		source         string
		minPos, maxPos float64
		maxDeg         float64
	}{{sourceGiven, 1e-4, 0.008, 0.15}, {"guess", 1e-4, 0.06, 0.6}} {
		photos, poses := roomPhotos(6, c.source)
		m, err := Reconstruct(context.Background(), photos, Options{Workers: 2})
		if err != nil {
			t.Fatalf("%s: %v", c.source, err)
		}
		pos, deg := compare(m, poses)
		if len(m.Views) != 6 || len(m.Points) < 200 || pos < c.minPos || pos > c.maxPos || deg > c.maxDeg || m.MeanPx < 0.05 || m.MeanPx > 0.8 {
			t.Errorf("%s: %d photos, %d points, %.2f mm, %.3f deg, %.3f px, focal length %.1f", c.source, len(m.Views), len(m.Points), 1000*pos, deg, m.MeanPx, m.Cameras[0].FxPx)
		}
		checkModel(t, m)
	}
}

// TestPanoramaGivesNoModel: photos turned on the spot have no depth, whatever is
// believed of the camera. A model of them would be made up.
func TestPanoramaGivesNoModel(t *testing.T) {
	truth := recon.Camera{WidthPx: 320, HeightPx: 240, FxPx: 300, FyPx: 300, CxPx: 160, CyPx: 120}
	from := r3.Vec{X: 2.2, Y: 2, Z: 1.5}
	var pics []image.Image
	for i := range 4 {
		a := 0.15 * float64(i)
		pics = append(pics, roomPhoto(truth, lookAt(from, r3.Add(from, r3.Vec{X: -math.Cos(0.5 + a), Y: -math.Sin(0.5 + a), Z: -0.2})), 2, uint64(i)))
	}
	for _, believed := range []struct {
		source  string
		focalPx float64
	}{{sourceGiven, 300}, {sourceGiven, 330}, {sourceEXIF, 285}, {"guess", 0}} {
		var photos []Photo
		for i, pic := range pics {
			p := Photo{Name: strconv.Itoa(i), Group: "one", Open: func() (image.Image, error) { return pic, nil }}
			if believed.focalPx > 0 {
				p.Prior = truth
				p.Prior.FxPx, p.Prior.FyPx, p.Prior.Source = believed.focalPx, believed.focalPx, believed.source
			}
			photos = append(photos, p)
		}
		m, err := Reconstruct(context.Background(), photos, Options{Workers: 2})
		var none *NoModelError
		if !errors.As(err, &none) {
			t.Errorf("%s %g px: a model %v, error %v", believed.source, believed.focalPx, m != nil, err)
		}
	}
}

func TestReconstructSameInAnyOrder(t *testing.T) {
	photos, _ := roomPhotos(4, sourceGiven)
	photos = append(photos, Photo{Name: "broken.jpg", Open: func() (image.Image, error) { return nil, errors.New("damaged JPEG") }})
	first, err := Reconstruct(context.Background(), photos, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(photos)
	again, err := Reconstruct(context.Background(), photos, Options{Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first, again) {
		t.Error("the order of photos or the number of workers changed the model")
	}
	if len(first.Rejected) != 1 || first.Rejected[0].Reason != "damaged JPEG" || first.Rejected[0].Next == "" {
		t.Errorf("rejected: %+v", first.Rejected)
	}
}

// TestFountain measures the pipeline on the Strecha photos (C. Strecha et al.,
// On benchmarking camera calibration and multi-view stereo for high resolution
// imagery, CVPR 2008), whose stations were found with a laser scanner.
func TestFountain(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute of processor time")
	}
	const dir = "../../../shared/data/photos/fountain-P11"
	files, _ := filepath.Glob(filepath.Join(dir, "images", "*.jpg"))
	if len(files) != 11 {
		t.Skip("the fountain-P11 photos are not at " + dir)
	}
	cam := recon.Camera{WidthPx: 3072, HeightPx: 2048, FxPx: 2759.48, FyPx: 2764.16, CxPx: 1520.69, CyPx: 1006.81, Source: sourceGiven}
	var photos []Photo
	truth := map[string]recon.Pose{}
	for _, f := range files {
		name := filepath.Base(f)
		truth[name] = strechaPose(t, filepath.Join(dir, "gt_dense_cameras", name+".camera"))
		photos = append(photos, Photo{Name: name, Prior: cam, Open: func() (image.Image, error) {
			in, err := os.Open(f)
			if err != nil {
				return nil, err
			}
			defer in.Close()
			img, _, err := image.Decode(bufio.NewReader(in))
			return img, err
		}})
	}
	m, err := Reconstruct(context.Background(), photos, Options{Workers: runtime.NumCPU()})
	if err != nil {
		t.Fatal(err)
	}
	pos, deg := compare(m, truth)
	t.Logf("%d photos, %d points, %.3f px, stations off by %.2f mm and %.4f deg", len(m.Views), len(m.Points), m.MeanPx, 1000*pos, deg)
	if len(m.Views) != 11 || pos > 0.004 || deg > 0.1 {
		t.Error("the stations are further off than they were")
	}
}

// strechaPose reads a .camera file: K, a row of zeros, the rotation to the world
// and the station.
func strechaPose(t *testing.T, path string) recon.Pose {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v [24]float64
	for i, f := range strings.Fields(string(b))[:24] {
		if v[i], err = strconv.ParseFloat(f, 64); err != nil {
			t.Fatal(err)
		}
	}
	worldFromCam := recon.PoseFromMatrix([9]float64(v[12:21]), r3.Vec{X: v[21], Y: v[22], Z: v[23]})
	return worldFromCam.Inverse()
}

func TestNormalisedUndoesDistortion(t *testing.T) {
	cam := recon.Camera{FxPx: 500, FyPx: 510, CxPx: 320, CyPx: 240, K1: -0.2, K2: 0.05}
	for _, p := range []geom.Point2{{0, 0}, {0.3, -0.2}, {-0.6, 0.45}} {
		r2 := p[0]*p[0] + p[1]*p[1]
		d := 1 + r2*(cam.K1+r2*cam.K2)
		got := normalised(&cam, 500*p[0]*d+320, 510*p[1]*d+240)
		if math.Hypot(got[0]-p[0], got[1]-p[1]) > 1e-9 {
			t.Errorf("%v became %v", p, got)
		}
	}
}
