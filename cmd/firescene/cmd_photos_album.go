package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // photos are JPEG or PNG
	_ "image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"firescene/forensics"
	"firescene/formats/exif"
	"firescene/recon"
	"firescene/recon/sfm"
)

const (
	matrixFile = "K.txt"
	// maxPhotoPx bounds the memory that one photo may ask for.
	maxPhotoPx = 250_000_000
)

// album is the photos of a run, with what the files say of their cameras.
type album struct {
	list     []albumPhoto
	failed   []forensics.Failure
	audit    []photoAudit // of the failed ones
	warnings []string
	matrices []matrix

	mu         sync.Mutex
	unreadable map[string]bool // by name: could not be decoded
}

// albumPhoto is one photo that can be opened.
type albumPhoto struct {
	name, path  string
	sha256      string
	sizeB       int64
	orientation int
	group       string
	camera      string // make and model
	prior       recon.Camera
}

// matrix is a K.txt that was used.
type matrix struct {
	k    [4]float64 // fx fy cx cy
	hash forensics.FileHash
}

// openAlbum lists the photos of files and folders, reads what they say of their
// cameras and sets aside what can not be used.
func openAlbum(ctx context.Context, opts photosOptions, report progressFunc) (*album, error) {
	al := &album{warnings: []string{}, unreadable: map[string]bool{}}
	given, err := parseCamera(opts.Camera)
	if err != nil {
		return nil, usageError{err}
	}
	paths, err := al.listInputs(opts.Inputs)
	if err != nil {
		return nil, err
	}
	names := shortNames(paths)
	byFolder := map[string]*matrix{}
	for i, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		report("photos", int64(i), int64(len(paths)))
		k := given
		if folder := filepath.Dir(path); k == nil {
			m, known := byFolder[folder]
			if !known {
				if m, err = al.readMatrix(folder); err != nil {
					return nil, err
				}
				byFolder[folder] = m
			}
			if m != nil {
				k = &m.k
			}
		}
		if err := al.add(names[i], path, k); err != nil {
			al.fail(names[i], path, err)
		}
	}
	slices.SortFunc(al.list, func(a, b albumPhoto) int { return cmp.Compare(a.name, b.name) })
	if len(al.list) < 2 {
		return nil, &noModelError{why: fmt.Sprintf("%d usable photo(s), at least 2 are needed", len(al.list)), failed: al.failed,
			next: "give two or more JPEG or PNG photos of the same place taken from different positions"}
	}
	return al, nil
}

// photoSuffixes are those by which a file of a folder is taken to be meant as a
// photo; files with other suffixes are passed over with a warning.
var photoSuffixes = []string{".jpg", ".jpeg", ".jpe", ".png", ".heic", ".heif", ".tif", ".tiff", ".webp", ".bmp", ".dng", ".nef", ".cr2", ".cr3", ".arw"}

// listInputs gives the paths of all inputs without repeats: files as named,
// folders with their files in order.
func (al *album) listInputs(inputs []string) ([]string, error) {
	var paths []string
	seen := map[string]bool{}
	add := func(path string) {
		if clean := filepath.Clean(path); !seen[clean] {
			seen[clean] = true
			paths = append(paths, clean)
		}
	}
	for _, in := range inputs {
		info, err := os.Stat(in)
		if err != nil {
			al.fail(filepath.Base(in), in, err)
			continue
		}
		if !info.IsDir() {
			add(in)
			continue
		}
		entries, err := os.ReadDir(in)
		if err != nil {
			return nil, err
		}
		found := 0
		for _, e := range entries {
			name := e.Name()
			switch {
			case e.IsDir() || strings.HasPrefix(name, ".") || name == matrixFile:
			case slices.Contains(photoSuffixes, strings.ToLower(filepath.Ext(name))):
				add(filepath.Join(in, name))
				found++
			default:
				al.warnings = append(al.warnings, fmt.Sprintf("%s: passed over, its name is not that of a photo", filepath.Join(in, name)))
			}
		}
		if found == 0 {
			al.fail(filepath.Base(in), in, errors.New("the folder holds no photos"))
		}
	}
	return paths, nil
}

// shortNames gives each path its file name, with as much of its folder as tells
// it from others.
func shortNames(paths []string) []string {
	names := make([]string, len(paths))
	for depth := 1; ; depth++ {
		count := map[string]int{}
		for i, p := range paths {
			parts := strings.Split(filepath.ToSlash(p), "/")
			names[i] = strings.Join(parts[max(0, len(parts)-depth):], "/")
			count[names[i]]++
		}
		if len(count) == len(paths) || depth > 64 {
			return names
		}
	}
}

func (al *album) fail(name, path string, err error) {
	f := forensics.Failure{Input: name, Reason: err.Error(), Next: "give a whole JPEG or PNG photo"}
	if errors.Is(err, os.ErrNotExist) {
		f.Reason, f.Next = "no such file or folder", "check the path"
	}
	al.failed = append(al.failed, f)
	al.audit = append(al.audit, photoAudit{Name: name, Path: path, Outcome: photoFailed, Reason: f.Reason, Next: f.Next})
}

// add reads one photo's head and EXIF.
func (al *album) add(name, path string, k *[4]float64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReader(f)
	head, _ := in.Peek(8)
	kind := photoKind(head)
	if kind == "" {
		if len(head) == 0 {
			return errors.New("the file is empty")
		}
		return errors.New("neither JPEG nor PNG by its content")
	}
	if suffix := strings.ToLower(filepath.Ext(path)); kind == "PNG" && suffix != ".png" || kind == "JPEG" && suffix == ".png" {
		al.warnings = append(al.warnings, fmt.Sprintf("%s: the content is %s, which its name does not say", name, kind))
	}
	cfg, _, err := image.DecodeConfig(in)
	if err != nil {
		return fmt.Errorf("damaged %s: %w", kind, plainEOF(err))
	}
	if int64(cfg.Width)*int64(cfg.Height) > maxPhotoPx {
		return fmt.Errorf("%dx%d pixels are more than the %d that are read", cfg.Width, cfg.Height, maxPhotoPx)
	}
	p := albumPhoto{name: name, path: path, group: "none"}
	if p.sha256, p.sizeB, err = hashFile(path); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	info, err := exif.Read(bufio.NewReader(f))
	if err != nil && !errors.Is(err, exif.ErrNone) {
		al.warnings = append(al.warnings, fmt.Sprintf("%s: EXIF not used: %v", name, err))
		info = exif.Info{}
	}
	p.orientation = info.Orientation
	p.camera = strings.TrimSpace(info.Make + " " + info.Model)
	if p.camera != "" || info.FocalMM > 0 || info.Focal35MM > 0 {
		p.group = fmt.Sprintf("%s|%s|%g|%g", p.camera, info.LensModel, info.FocalMM, info.Focal35MM)
	}
	w, h := cfg.Width, cfg.Height
	focal, _ := info.FocalPx(w, h)
	if turned(p.orientation) {
		w, h = h, w
	}
	switch {
	case k != nil:
		p.prior = recon.Camera{WidthPx: w, HeightPx: h, FxPx: k[0], FyPx: k[1], CxPx: k[2], CyPx: k[3], Source: "given"}
		p.group = fmt.Sprint(*k)
		if math.Abs(k[2]-float64(w)/2) > 0.2*float64(w) || math.Abs(k[3]-float64(h)/2) > 0.2*float64(h) {
			al.warnings = append(al.warnings, fmt.Sprintf("%s: the given principal point %g,%g is far from the middle of %dx%d pixels", name, k[2], k[3], w, h))
		}
	case focal > 0.2*float64(max(w, h)) && focal < 20*float64(max(w, h)):
		p.prior = recon.Camera{WidthPx: w, HeightPx: h, FxPx: focal, FyPx: focal, CxPx: float64(w) / 2, CyPx: float64(h) / 2, Source: "exif"}
	}
	al.list = append(al.list, p)
	return nil
}

// photoKind tells a photo by its first bytes.
func photoKind(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xd8, 0xff}):
		return "JPEG"
	case bytes.Equal(head, []byte("\x89PNG\r\n\x1a\n")):
		return "PNG"
	}
	return ""
}

func plainEOF(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("the file ends within the picture")
	}
	return err
}

// photos are the inputs of the reconstruction.
func (al *album) photos() []sfm.Photo {
	out := make([]sfm.Photo, len(al.list))
	for i, p := range al.list {
		out[i] = sfm.Photo{Name: p.name, Prior: p.prior, Group: p.group, Open: func() (image.Image, error) {
			img, err := p.open()
			if err != nil {
				al.mu.Lock()
				al.unreadable[p.name] = true
				al.mu.Unlock()
			}
			return img, err
		}}
	}
	return out
}

// markUnreadable tells photos whose pixels are damaged from those that were
// merely not placed.
func (al *album) markUnreadable(s *photosSummary) {
	for i := range s.Photos {
		if a := &s.Photos[i]; al.unreadable[a.Name] && a.Outcome == photoRejected {
			a.Outcome = photoFailed
			s.Failed = append(s.Failed, forensics.Failure{Input: a.Name, Reason: a.Reason, Next: a.Next})
			s.Rejected--
		}
	}
}

// open decodes a photo and turns it upright.
func (p albumPhoto) open() (image.Image, error) {
	f, err := os.Open(p.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, kind, err := image.Decode(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return nil, fmt.Errorf("damaged %s: %w", strings.ToUpper(kind), plainEOF(err))
	}
	return upright(img, p.orientation), nil
}

// holds checks that two photos are in the album.
func (al *album) holds(names ...string) error {
	for _, n := range names {
		if !slices.ContainsFunc(al.list, func(p albumPhoto) bool { return p.name == n }) {
			return fmt.Errorf("--scale names %q, which is not among the usable photos", n)
		}
	}
	return nil
}

// summary begins the summary with what is known before the reconstruction.
func (al *album) summary(opts photosOptions) photosSummary {
	s := photosSummary{Out: opts.Out, Failed: append([]forensics.Failure{}, al.failed...), Warnings: al.warnings}
	for _, p := range al.list {
		source := cmp.Or(p.prior.Source, "guess")
		s.Photos = append(s.Photos, photoAudit{Name: p.name, Path: p.path, SHA256: p.sha256, Camera: p.camera, Focal: source})
	}
	s.Photos = append(s.Photos, al.audit...)
	return s
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

// readMatrix reads a folder's K.txt: the first nine numbers are the matrix row
// by row. It gives nil where there is no such file.
func (al *album) readMatrix(folder string) (*matrix, error) {
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
	m := matrix{k: [4]float64{v[0], v[4], v[2], v[5]}, hash: forensics.FileHash{Path: path}}
	if m.hash.SHA256, m.hash.SizeB, err = hashFile(path); err != nil {
		return nil, err
	}
	al.matrices = append(al.matrices, m)
	al.warnings = append(al.warnings, fmt.Sprintf("%s: its camera matrix is used as given, fx %g fy %g cx %g cy %g", path, v[0], v[4], v[2], v[5]))
	return &m, nil
}
