package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"firescene/forensics"
	"firescene/formats/exif"
	"firescene/formats/heif"
	"firescene/formats/photo"
	"firescene/recon"
	"firescene/recon/audit"
	"firescene/recon/sfm"
)

// album is the photos of a run, with what the files say of their cameras.
type album struct {
	ctx      context.Context // of the run; decoding ends with it
	list     []albumPhoto
	failed   []forensics.Failure
	left     []photoAudit // of those that are not in the list
	warnings []string
	given    givenCameras
	masks    masks

	mu         sync.Mutex
	unreadable map[string]error          // by name: could not be decoded
	measures   map[string]audit.Measures // by name, of those that were opened
	masked     map[string]float64        // by name: the part that is masked
}

// albumPhoto is one photo that can be opened.
type albumPhoto struct {
	name, path  string
	given       string // what it was called before it became a case's copy, else its name
	sha256      string
	sizeB       int64
	header      photo.Header
	orientation int // that is still to be undone
	group       string
	camera      string // make and model
	focalFrom   string // how EXIF tells the focal length
	prior       recon.Camera
	taken       time.Time
	gps         *[3]float64
	findings    []audit.Finding // known before it is opened
}

// size is that of the upright photo.
func (p albumPhoto) size() (w, h int) {
	if photo.Turned(p.orientation) {
		return p.header.HeightPx, p.header.WidthPx
	}
	return p.header.WidthPx, p.header.HeightPx
}

// openAlbum lists the photos of files and folders, reads what they say of their
// cameras and sets aside what can not be used.
func openAlbum(ctx context.Context, opts photosOptions, report progressFunc) (*album, error) {
	al, err := listAlbum(ctx, opts, report)
	if err != nil {
		return nil, err
	}
	if len(al.list) < 2 {
		failed := slices.Clone(al.failed)
		for _, a := range al.left {
			if a.Outcome == photoCopy {
				failed = append(failed, forensics.Failure{Input: a.Name, Reason: a.Reason, Next: a.Next})
			}
		}
		return nil, &noModelError{why: fmt.Sprintf("%d usable photo(s), at least 2 are needed", len(al.list)), failed: failed,
			next: "give two or more photos of the same place taken from different positions"}
	}
	return al, nil
}

// listAlbum is openAlbum for any number of photos.
func listAlbum(ctx context.Context, opts photosOptions, report progressFunc) (*album, error) {
	al := &album{ctx: ctx, warnings: []string{}, unreadable: map[string]error{}, measures: map[string]audit.Measures{}, masked: map[string]float64{}}
	if err := al.given.read(opts); err != nil {
		return nil, err
	}
	paths, err := al.listInputs(opts.Inputs)
	if err != nil {
		return nil, err
	}
	names := shortNames(paths)
	for i, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		report("photos", int64(i), int64(len(paths)))
		if err := al.add(names[i], path); err != nil {
			al.fail(names[i], path, err)
		}
	}
	slices.SortFunc(al.list, func(a, b albumPhoto) int { return cmp.Compare(a.name, b.name) })
	al.nameAsGiven()
	al.leaveOutCopies()
	if err := al.giveCameras(); err != nil {
		return nil, err
	}
	if err := al.readMasks(opts); err != nil {
		return nil, err
	}
	return al, nil
}

// leaveOutCopies sets aside files with the same bytes as an earlier one: they show
// nothing from another position.
func (al *album) leaveOutCopies() {
	first := map[string]string{}
	al.list = slices.DeleteFunc(al.list, func(p albumPhoto) bool {
		of, seen := first[p.sha256]
		if !seen {
			first[p.sha256] = p.name
			return false
		}
		al.left = append(al.left, photoAudit{Name: p.name, Path: p.path, SHA256: p.sha256, Outcome: photoCopy, Camera: p.camera,
			Reason: "the same file as " + of, Next: "nothing is lost: the other one is used",
			Audit: []audit.Finding{{Code: audit.Copy, Value: 1, Limit: 1, Other: of}}})
		return true
	})
}

// photoSuffixes are those by which a file of a folder is taken to be meant as a
// photo; files with other suffixes are passed over with a warning.
var photoSuffixes = []string{".jpg", ".jpeg", ".jpe", ".png", ".heic", ".heif", ".avif", ".tif", ".tiff", ".webp", ".bmp", ".dng", ".nef", ".cr2", ".cr3", ".arw", ".rw2", ".orf", ".raf"}

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
	f := failureOf(name, err)
	f.Next = cmp.Or(f.Next, "give a whole photo, as JPEG if in doubt")
	if errors.Is(err, os.ErrNotExist) {
		f.Reason, f.Next = "no such file or folder", "check the path"
	}
	al.failed = append(al.failed, f)
	al.left = append(al.left, photoAudit{Name: name, Path: path, Outcome: photoFailed, Reason: f.Reason, Next: f.Next})
}

// add reads one photo's head and EXIF.
func (al *album) add(name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	p := albumPhoto{name: name, path: path, group: "none"}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return errors.New("a folder, not a photo")
	}
	if p.header, err = photo.ReadHeader(f, info.Size()); err != nil {
		return err
	}
	if named := photoFormatOfName(path); named != "" && named != p.header.Format {
		al.warnings = append(al.warnings, fmt.Sprintf("%s: the content is %s, which its name does not say", name, p.header.Format))
	}
	if p.sha256, p.sizeB, err = hashFile(path); err != nil {
		return err
	}
	e, err := readEXIF(f, info.Size(), p.header.Format)
	if err != nil && !errors.Is(err, exif.ErrNone) {
		al.warnings = append(al.warnings, fmt.Sprintf("%s: EXIF not used: %v", name, err))
		e = exif.Info{}
	}
	if !p.header.Upright {
		p.orientation = e.Orientation
	}
	p.camera = strings.TrimSpace(e.Make + " " + e.Model)
	if p.camera != "" || e.FocalMM > 0 || e.Focal35MM > 0 {
		// A zoom lens at another focal length is another camera to the adjustment, and
		// so is another body of the same make.
		p.group = fmt.Sprintf("%s|%s|%s|%g|%g|%g", p.camera, e.Serial, e.LensModel, e.FocalMM, e.Focal35MM, max(1, e.DigitalZoom))
	}
	p.taken = takenAt(e)
	if e.HasGPS {
		p.gps = &[3]float64{e.LatDeg, e.LonDeg, e.AltM}
	}
	w, h := p.size()
	focal, from := e.FocalPx(w, h)
	if long := float64(max(w, h)); focal > 0.2*long && focal < 20*long {
		p.focalFrom = from
		p.prior = recon.Camera{WidthPx: w, HeightPx: h, FxPx: focal, FyPx: focal, CxPx: float64(w) / 2, CyPx: float64(h) / 2, Source: "exif"}
	}
	al.list = append(al.list, p)
	return nil
}

// photoFormatOfName is what a file's name says of its format; empty when nothing.
func photoFormatOfName(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jpg", ".jpeg", ".jpe":
		return "JPEG"
	case ".png":
		return "PNG"
	case ".tif", ".tiff":
		return "TIFF"
	case ".heic", ".heif":
		return "HEIC"
	case ".webp":
		return "WebP"
	case ".bmp":
		return "BMP"
	}
	return ""
}

// readEXIF reads the capture data of a file of the given format.
func readEXIF(r io.ReaderAt, size int64, format string) (exif.Info, error) {
	switch format {
	case "HEIC":
		pic, err := heif.Describe(r, size)
		if err != nil {
			return exif.Info{}, err
		}
		if pic.ExifB == 0 {
			return exif.Info{}, exif.ErrNone
		}
		return exif.Read(io.NewSectionReader(r, pic.ExifAt, pic.ExifB))
	case "WebP", "BMP":
		return exif.Info{}, exif.ErrNone
	}
	return exif.Read(bufio.NewReader(io.NewSectionReader(r, 0, size)))
}

// takenAt is the camera's own reading of its clock; without a zone it is given as
// if it were UTC, which leaves the differences within one camera right.
func takenAt(e exif.Info) time.Time {
	layout, text := "2006:01:02 15:04:05", e.TimeOriginal
	if e.Offset != "" {
		layout, text = layout+"-07:00", text+e.Offset
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		t, err = time.Parse("2006:01:02 15:04:05", e.TimeOriginal)
	}
	if err != nil {
		return time.Time{}
	}
	if d, err := time.ParseDuration("0." + e.SubSec + "s"); err == nil && e.SubSec != "" {
		t = t.Add(d)
	}
	return t
}

// photos are the inputs of the reconstruction.
func (al *album) photos() []sfm.Photo {
	out := make([]sfm.Photo, len(al.list))
	for i, p := range al.list {
		out[i] = sfm.Photo{Name: p.name, Prior: p.prior, Group: p.group, Time: p.taken, GPS: p.gps, Key: al.key(p),
			Open: func() (image.Image, error) { return al.open(p) }}
		if al.masks.any() {
			out[i].Mask = func(img image.Image) (*recon.Mask, error) { return al.mask(p, img) }
		}
	}
	return out
}

// markUnreadable tells photos whose pixels are damaged from those that were
// merely not placed.
func (al *album) markUnreadable(s *photosSummary) {
	for i := range s.Photos {
		if a := &s.Photos[i]; al.unreadable[a.Name] != nil && a.Outcome == photoRejected {
			f := failureOf(a.Name, al.unreadable[a.Name])
			a.Outcome, a.Reason, a.Next = photoFailed, f.Reason, cmp.Or(f.Next, a.Next)
			s.Failed = append(s.Failed, forensics.Failure{Input: a.Name, Reason: a.Reason, Next: a.Next})
			s.Rejected--
		}
	}
}

// decoderVersion changes with what decoding makes of the same bytes.
const decoderVersion = 1

// key names a photo's upright picture and its mask, whatever the file is called.
func (al *album) key(p albumPhoto) string {
	return fmt.Sprintf("photo %d|%s|%d|%s", decoderVersion, p.sha256, p.orientation, al.masks.key(p.name))
}

// open decodes a photo, turns it upright and measures it for the audit.
func (al *album) open(p albumPhoto) (image.Image, error) {
	img, err := al.decode(p)
	if err != nil {
		if al.ctx.Err() == nil {
			al.mu.Lock()
			al.unreadable[p.name] = err
			al.mu.Unlock()
		}
		return nil, err
	}
	al.measure(p, img)
	return img, nil
}

// decode gives the upright picture of a photo. How many are decoded at a time is
// bounded by the memory that they take.
func (al *album) decode(p albumPhoto) (image.Image, error) {
	decoding.take(p.header.DecodeB)
	defer decoding.give(p.header.DecodeB)
	return openUpright(al.ctx, p.path, p.header, p.orientation)
}

// openUpright decodes a file and turns it upright.
func openUpright(ctx context.Context, path string, h photo.Header, orientation int) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	img, err := photo.Decode(ctx, f, info.Size(), h)
	if err != nil {
		return nil, err
	}
	return photo.Upright(img, orientation), nil
}

// decoding is the memory for decoding photos, of which each takes its part.
var decoding = newBudget(1536 << 20)

// budget hands out parts of an amount; who asks for more than is left waits.
type budget struct {
	mu         sync.Mutex
	more       *sync.Cond
	all, freeB int64
}

func newBudget(all int64) *budget {
	b := &budget{all: all, freeB: all}
	b.more = sync.NewCond(&b.mu)
	return b
}

func (b *budget) take(n int64) {
	n = min(n, b.all)
	b.mu.Lock()
	for b.freeB < n {
		b.more.Wait()
	}
	b.freeB -= n
	b.mu.Unlock()
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	b.freeB += min(n, b.all)
	b.mu.Unlock()
	b.more.Broadcast()
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
		s.Photos = append(s.Photos, photoAudit{Name: p.name, Path: p.path, SHA256: p.sha256, Format: p.header.Format, Camera: p.camera, Focal: source})
	}
	s.Photos = append(s.Photos, al.left...)
	return s
}
