package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"firescene/forensics"
	"firescene/formats/photo"
	"firescene/recon"
	"firescene/recon/audit"

	"github.com/goccy/go-yaml"
)

// masks are the parts of photos that are not to be used.
type masks struct {
	files    map[string]string         // by photo name, the picture that masks it
	polygons map[string][][][2]float64 // by photo name
	sky      bool
	hashes   []forensics.FileHash
}

func (m *masks) any() bool { return len(m.files) > 0 || len(m.polygons) > 0 || m.sky }

const (
	// maxPolygonFileB, maxPolygons and maxCorners bound a file of polygons.
	maxPolygonFileB = 4 << 20
	maxPolygons     = 10_000
	maxCorners      = 100_000
	// maskedBelow is the brightness, of 255, below which a mask's pixel excludes.
	// COLMAP and most others take black alone; masks that were saved as JPEG or
	// reduced have grey borders.
	maskedBelow = 128
	// allMasked is the part of a photo from which on too little is left of it.
	allMasked = 0.95
)

// maskNames are the names that a photo's mask may have: COLMAP's NAME.jpg.png,
// OpenMVS's NAME.mask.png, Metashape's NAME_mask.png, and NAME.png.
func maskNames(photoName string) []string {
	stem := strings.TrimSuffix(photoName, filepath.Ext(photoName))
	return []string{photoName + ".png", stem + ".mask.png", stem + "_mask.png", stem + ".png"}
}

// readMasks takes --masks and --mask-sky.
func (al *album) readMasks(opts photosOptions) error {
	al.masks = masks{files: map[string]string{}, polygons: map[string][][][2]float64{}, sky: opts.MaskSky}
	for _, path := range opts.Masks {
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("--masks: %w", err)
		}
		if info.IsDir() {
			err = al.maskFolder(path)
		} else {
			err = al.maskPolygons(path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// maskFolder takes the pictures and polygon files of a folder.
func (al *album) maskFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	unused := map[string]bool{}
	for _, e := range entries {
		switch ext := strings.ToLower(filepath.Ext(e.Name())); {
		case e.IsDir() || strings.HasPrefix(e.Name(), "."):
		case ext == ".yaml" || ext == ".yml" || ext == ".json":
			if err := al.maskPolygons(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		case ext == ".png":
			unused[e.Name()] = true
		}
	}
	for _, p := range al.list {
		for _, name := range append(maskNames(lastPart(p.name)), maskNames(lastPart(p.given))...) {
			if _, here := unused[name]; !here {
				continue
			}
			path := filepath.Join(dir, name)
			if filepath.Clean(path) == p.path {
				continue // photos and masks in one folder: a photo is not its own mask
			}
			al.masks.files[p.name] = path
			if err := al.masks.hash(path); err != nil {
				return err
			}
			unused[name] = false
			break
		}
	}
	for _, e := range entries {
		if unused[e.Name()] {
			al.warnings = append(al.warnings, fmt.Sprintf("%s: no photo of this name, so it masks nothing", filepath.Join(dir, e.Name())))
		}
	}
	return nil
}

func (m *masks) hash(path string) error {
	h := forensics.FileHash{Path: path}
	var err error
	if h.SHA256, h.SizeB, err = hashFile(path); err != nil {
		return err
	}
	if !slices.Contains(m.hashes, h) {
		m.hashes = append(m.hashes, h)
	}
	return nil
}

// key tells masks of a photo apart: it names what mask gives for it.
func (m *masks) key(photo string) string {
	if !m.any() {
		return ""
	}
	picture := ""
	for _, h := range m.hashes {
		if h.Path == m.files[photo] {
			picture = h.SHA256
		}
	}
	return fmt.Sprintf("%s|%v|%v", picture, m.polygons[photo], m.sky)
}

// maskPolygons takes a file of polygons.
func (al *album) maskPolygons(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPolygonFileB+1))
	if err != nil {
		return err
	}
	polygons, err := parsePolygons(b)
	if err != nil {
		return fmt.Errorf("--masks %s: %w", path, err)
	}
	if err := al.masks.hash(path); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(polygons)) {
		found := false
		for _, p := range al.list {
			if p.name == name || lastPart(p.name) == name || p.given == name {
				al.masks.polygons[p.name] = append(al.masks.polygons[p.name], polygons[name]...)
				found = true
			}
		}
		if !found {
			al.warnings = append(al.warnings, fmt.Sprintf("%s: %s is not among the photos, so its polygons mask nothing", path, name))
		}
	}
	return nil
}

// parsePolygons reads YAML or JSON: by photo name a list of polygons, each a list
// of corners [x, y] in pixels of the upright photo.
func parsePolygons(b []byte) (map[string][][][2]float64, error) {
	if len(b) > maxPolygonFileB {
		return nil, fmt.Errorf("more than %d MB of polygons", maxPolygonFileB>>20)
	}
	if bytes.ContainsAny(b, "&*") {
		// An anchor that is used again and again makes a small file large.
		return nil, fmt.Errorf("anchors and aliases of YAML are not read: write each polygon out")
	}
	raw, err := decodePolygons(b)
	if err != nil {
		return nil, fmt.Errorf("a photo's name, then a list of polygons [[x, y], [x, y], [x, y]] is expected: %w", err)
	}
	out := map[string][][][2]float64{}
	polygons, corners := 0, 0
	for name, list := range raw {
		for _, poly := range list {
			if len(poly) < 3 {
				return nil, fmt.Errorf("%s: a polygon of %d corners, at least 3 are needed", name, len(poly))
			}
			p := make([][2]float64, len(poly))
			for i, c := range poly {
				if len(c) != 2 || !(c[0] > -1e6 && c[0] < 1e6 && c[1] > -1e6 && c[1] < 1e6) {
					return nil, fmt.Errorf("%s: a corner is two numbers of pixels [x, y], not %v", name, c)
				}
				p[i] = [2]float64{c[0], c[1]}
			}
			polygons, corners = polygons+1, corners+len(p)
			if polygons > maxPolygons || corners > maxCorners {
				return nil, fmt.Errorf("more than %d polygons or %d corners", maxPolygons, maxCorners)
			}
			out[name] = append(out[name], p)
		}
	}
	return out, nil
}

// decodePolygons reads the YAML. The library panics on some broken input, which is
// damage of the input, not of the program.
func decodePolygons(b []byte) (raw map[string][][][]float64, err error) {
	defer func() {
		if p := recover(); p != nil {
			raw, err = nil, fmt.Errorf("not YAML: %v", p)
		}
	}()
	if err = yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(&raw); err == io.EOF {
		err = nil
	}
	return raw, err
}

// mask gives what is not to be used of a photo, whose upright picture is img; nil
// for nothing. It may be called from any goroutine and as often as needed.
func (al *album) mask(p albumPhoto, img image.Image) (*recon.Mask, error) {
	w, h := p.size()
	var m *recon.Mask
	if path := al.masks.files[p.name]; path != "" {
		var err error
		if m, err = readMask(al.ctx, path, p); err != nil {
			return nil, fmt.Errorf("its mask %s: %w", filepath.Base(path), err)
		}
	}
	if list := al.masks.polygons[p.name]; len(list) > 0 {
		if m == nil {
			m = recon.NewMask(w, h)
		}
		for _, poly := range list {
			m.ExcludePolygon(poly)
		}
	}
	if al.masks.sky {
		if sky, sure := audit.Sky(img); sure >= audit.SkySure {
			if m == nil {
				m = recon.NewMask(w, h)
			}
			m.Add(sky)
		}
	}
	share := m.Share()
	al.mu.Lock()
	al.masked[p.name] = share
	al.mu.Unlock()
	if share > allMasked {
		return nil, fmt.Errorf("its masks leave %.0f%% of it", 100*(1-share))
	}
	return m, nil
}

// readMask reads a picture whose dark pixels are not to be used. It may be of the
// upright photo or of the photo as stored, and larger or smaller than it.
func readMask(ctx context.Context, path string, p albumPhoto) (*recon.Mask, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	head, err := photo.ReadHeader(f, info.Size())
	if err != nil {
		return nil, err
	}
	decoding.take(head.DecodeB)
	defer decoding.give(head.DecodeB)
	img, err := photo.Decode(ctx, f, info.Size(), head)
	if err != nil {
		return nil, err
	}
	w, h := p.size()
	b := img.Bounds()
	if photo.Turned(p.orientation) && sameShape(b.Dx(), b.Dy(), h, w) && !sameShape(b.Dx(), b.Dy(), w, h) {
		img = photo.Upright(img, p.orientation)
		b = img.Bounds()
	}
	if !sameShape(b.Dx(), b.Dy(), w, h) {
		return nil, fmt.Errorf("it is %dx%d pixels and the photo %dx%d", b.Dx(), b.Dy(), w, h)
	}
	m := recon.NewMask(b.Dx(), b.Dy())
	level := levels(img)
	for y := range b.Dy() {
		from := -1
		for x := range b.Dx() {
			dark := level(x, y) < maskedBelow
			if dark && from < 0 {
				from = x
			}
			if !dark && from >= 0 {
				m.Exclude(y, from, x)
				from = -1
			}
		}
		if from >= 0 {
			m.Exclude(y, from, b.Dx())
		}
	}
	return m.Scaled(w, h), nil
}

// levels gives the brightness of the pixels of a decoded picture.
func levels(img image.Image) func(x, y int) uint8 {
	switch m := img.(type) {
	case *image.Gray:
		return func(x, y int) uint8 { return m.Pix[y*m.Stride+x] }
	case *image.YCbCr:
		return func(x, y int) uint8 { return m.Y[y*m.YStride+x] }
	case *image.NRGBA:
		return func(x, y int) uint8 { q := m.Pix[y*m.Stride+4*x:]; return max(q[0], q[1], q[2]) }
	case *image.RGBA:
		return func(x, y int) uint8 { q := m.Pix[y*m.Stride+4*x:]; return max(q[0], q[1], q[2]) }
	}
	return func(x, y int) uint8 {
		r, g, b, _ := img.At(x, y).RGBA()
		return uint8(max(r, g, b) >> 8)
	}
}

// sameShape says whether one size is the other at another scale, to the rounding
// of one pixel.
func sameShape(w, h, ofW, ofH int) bool {
	d := w*ofH - h*ofW
	return max(d, -d) <= max(ofW, ofH, w, h)
}
