package main

import (
	"bufio"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	_ "image/png" // thumbnails of PNG files
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/image/draw"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/formats/dfxml"
)

const (
	itemsFile = "items.jsonl"
	dfxmlFile = "dfxml.xml"
	workDir   = ".unfinished" // inside the output folder; renamed part by part when all is done
	thumbPx   = 256
	// maxThumbPixels bounds the pictures that are decoded for a thumbnail.
	maxThumbPixels = 200 << 20
)

// mediaFolders are the folders of an output: whole files; whole ones embedded in
// other data; partial ones and fragments; thumbnails.
var mediaFolders = [4]string{"files", "embedded", "partial", "thumbs"}

// folderOf is the folder of an item that is not embedded.
func folderOf(it forensics.Item) string {
	if it.State == forensics.Whole {
		return "files"
	}
	return "partial"
}

// mediaWriter writes items below a working folder that becomes the output when
// everything is done.
type mediaWriter struct {
	opts  mediaOptions
	im    *media.Image
	dir   string
	items []forensics.Item
	names map[string]bool // output names taken, in lower case; folders end in a slash
	bySHA map[string]int  // whole item with these bytes
	buf   []byte

	thumbs  chan int // indexes of items; closed by finishThumbs
	thumbWG sync.WaitGroup
	thumbMu sync.Mutex
	made    map[int]string // item index to thumbnail
}

func newMediaWriter(opts mediaOptions, im *media.Image) (*mediaWriter, error) {
	w := &mediaWriter{opts: opts, im: im, dir: filepath.Join(opts.Out, workDir), names: map[string]bool{}, bySHA: map[string]int{}, buf: make([]byte, 256<<10), made: map[int]string{}}
	if err := os.RemoveAll(w.dir); err != nil {
		return nil, err
	}
	for _, d := range mediaFolders {
		if err := os.MkdirAll(filepath.Join(w.dir, d), 0o755); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// discard removes the working folder, if there is one left.
func (w *mediaWriter) discard() {
	_ = w.finishThumbs()
	os.RemoveAll(w.dir)
}

// add writes an item's bytes, hashes them on the way and gives it its ID. A
// carved file with the bytes of a whole item becomes a further locator of it;
// files that a file system names stay items of their own, since their names and
// times are facts too.
func (w *mediaWriter) add(ctx context.Context, it forensics.Item, folder string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(it.Runs) == 0 && !(it.State == forensics.Whole && it.SizeB == 0) {
		w.append(it) // nothing to write: the name and times remain
		return nil
	}
	tmp, err := os.CreateTemp(w.dir, "item-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	sha, sum5 := sha256.New(), md5.New()
	src := io.NewSectionReader(media.NewRunReader(w.im, it.Runs), 0, it.SizeB)
	_, err = io.CopyBuffer(io.MultiWriter(tmp, sha, sum5), struct{ io.Reader }{src}, w.buf)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write item at %s: %w", it.Locators[0], err)
	}
	it.SHA256, it.MD5 = hex.EncodeToString(sha.Sum(nil)), hex.EncodeToString(sum5.Sum(nil))
	if it.State == forensics.Whole && it.SizeB > 0 {
		if k, ok := w.bySHA[it.SHA256]; ok && it.Origin == forensics.FromCarving {
			w.items[k].Locators = append(w.items[k].Locators, it.Locators...)
			return nil
		}
		if _, ok := w.bySHA[it.SHA256]; !ok {
			w.bySHA[it.SHA256] = len(w.items)
		}
	}
	it.File = w.name(it, folder)
	to := filepath.Join(w.dir, filepath.FromSlash(it.File))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.Chmod(tmp.Name(), 0o644); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), to); err != nil {
		return err
	}
	w.append(it)
	w.wantThumb(len(w.items)-1, it)
	return nil
}

func (w *mediaWriter) append(it forensics.Item) {
	it.ID = fmt.Sprintf("%s-I%04d", w.opts.Exhibit, len(w.items)+1)
	if it.Locators == nil {
		it.Locators = []forensics.Locator{}
	}
	if it.Runs == nil {
		it.Runs = []forensics.ByteRun{}
	}
	w.items = append(w.items, it)
}

// name chooses the output path of an item in a folder: the file system's path made safe, or
// exhibit and offset for carved files; a number is added to a name that is taken.
func (w *mediaWriter) name(it forensics.Item, folder string) string {
	rel := safePath(it.Name)
	if rel == "" {
		ext := ".bin"
		for _, t := range carve.Types() {
			if t.Name == it.Type {
				ext = "." + t.Ext
			}
		}
		rel = fmt.Sprintf("%s_%012d%s", w.opts.Exhibit, it.Runs[0].OffsetB, ext)
	}
	p := folder
	parts := strings.Split(rel, "/")
	for _, part := range parts[:len(parts)-1] {
		p = w.free(p, part, func(low string) bool { return w.names[low] })
		w.names[strings.ToLower(p)+"/"] = true
	}
	p = w.free(p, parts[len(parts)-1], func(low string) bool { return w.names[low] || w.names[low+"/"] })
	w.names[strings.ToLower(p)] = true
	return p
}

// free joins a name to a folder, numbered when taken says that it can not be
// used. Letters of either case are the same, as on Windows.
func (w *mediaWriter) free(folder, name string, taken func(low string) bool) string {
	p := path.Join(folder, name)
	ext := path.Ext(name)
	for n := 2; taken(strings.ToLower(p)); n++ {
		p = path.Join(folder, fmt.Sprintf("%s_%d%s", strings.TrimSuffix(name, ext), n, ext))
	}
	return p
}

// safePath turns a path from evidence into a relative path that is valid on all
// systems and stays below its folder: no empty, "." or ".." parts, no characters
// or names that Windows reserves, parts of at most 120 bytes, at most 12 deep.
func safePath(p string) string {
	var out []string
	for _, s := range strings.Split(p, "/") {
		s = strings.Map(func(r rune) rune {
			if r < 0x20 || r == 0x7F || r == utf8.RuneError || strings.ContainsRune(`<>:"\|?*`, r) {
				return '_'
			}
			return r
		}, s)
		s = strings.TrimRight(s, ". ")
		if len(s) > 120 {
			ext := path.Ext(s)
			if len(ext) > 16 {
				ext = ""
			}
			s = strings.ToValidUTF8(s[:120-len(ext)], "") + ext
		}
		if s == "" {
			continue
		}
		base, _, _ := strings.Cut(strings.ToUpper(s), ".")
		switch base {
		case "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
			"LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9":
			s = "_" + s
		}
		out = append(out, s)
	}
	if len(out) > 12 {
		out = out[len(out)-12:]
	}
	return strings.Join(out, "/")
}

// wantThumb queues a whole picture for its thumbnail.
func (w *mediaWriter) wantThumb(i int, it forensics.Item) {
	if w.opts.NoThumbs || it.State != forensics.Whole || it.Type != "jpeg" && it.Type != "png" {
		return
	}
	if w.thumbs == nil {
		w.thumbs = make(chan int, 64)
		for range max(1, w.opts.Workers) {
			w.thumbWG.Add(1)
			go w.thumbWorker(w.thumbs)
		}
	}
	w.thumbMu.Lock()
	w.made[i] = it.File
	w.thumbMu.Unlock()
	w.thumbs <- i
}

func (w *mediaWriter) thumbWorker(in <-chan int) {
	defer w.thumbWG.Done()
	for i := range in {
		w.thumbMu.Lock()
		file := w.made[i]
		w.thumbMu.Unlock()
		rel := fmt.Sprintf("thumbs/%s-I%04d.jpg", w.opts.Exhibit, i+1)
		if err := makeThumb(filepath.Join(w.dir, filepath.FromSlash(file)), filepath.Join(w.dir, filepath.FromSlash(rel))); err != nil {
			rel = "" // a picture that is whole by structure may still be of a kind that is not drawn
		}
		w.thumbMu.Lock()
		w.made[i] = rel
		w.thumbMu.Unlock()
	}
}

// finishThumbs waits for the thumbnails and notes them in their items.
func (w *mediaWriter) finishThumbs() error {
	if w.thumbs == nil {
		return nil
	}
	close(w.thumbs)
	w.thumbs = nil
	w.thumbWG.Wait()
	for i, rel := range w.made {
		w.items[i].Thumb = rel
	}
	return nil
}

var errTooLarge = errors.New("picture too large for a thumbnail")

// makeThumb writes a JPEG of at most thumbPx on its longer side.
func makeThumb(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	cfg, _, err := image.DecodeConfig(bufio.NewReader(f))
	if err != nil {
		return err
	}
	if cfg.Width <= 0 || cfg.Height <= 0 || int64(cfg.Width)*int64(cfg.Height) > maxThumbPixels {
		return errTooLarge
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	img, _, err := image.Decode(bufio.NewReader(f))
	if err != nil {
		return err
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if w > thumbPx || h > thumbPx {
		if w >= h {
			w, h = thumbPx, max(1, h*thumbPx/w)
		} else {
			w, h = max(1, w*thumbPx/h), thumbPx
		}
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(small, small.Bounds(), img, b, draw.Over, nil)
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	err = jpeg.Encode(out, small, &jpeg.Options{Quality: 85})
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(to)
	}
	return err
}

// commit writes the lists and moves everything into place. The record of an
// earlier run goes first, so that a mixture is never taken for a finished one.
func (w *mediaWriter) commit(ctx context.Context, h media.Hashes) error {
	if err := w.writeItems(); err != nil {
		return err
	}
	if err := w.writeDFXML(h); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(w.opts.Out, stepFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, n := range append(mediaFolders[:], itemsFile, dfxmlFile) {
		to := filepath.Join(w.opts.Out, n)
		if err := os.RemoveAll(to); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(w.dir, n), to); err != nil {
			return err
		}
	}
	return os.RemoveAll(w.dir)
}

func (w *mediaWriter) writeItems() error {
	f, err := os.Create(filepath.Join(w.dir, itemsFile))
	if err != nil {
		return err
	}
	b := bufio.NewWriter(f)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for _, it := range w.items {
		if err = enc.Encode(it); err != nil {
			break
		}
	}
	return closeAll(err, b, f)
}

func closeAll(err error, b *bufio.Writer, f *os.File) error {
	if err == nil {
		err = b.Flush()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

func (w *mediaWriter) writeDFXML(h media.Hashes) error {
	d := dfxml.Document{
		Creator: dfxml.Creator{Program: "firescene", Version: version},
		Source: dfxml.Source{ImageFilename: filepath.Base(w.im.Path), ImageSizeB: w.im.SizeB,
			Hashes: []dfxml.Digest{{Type: "md5", Value: h.MD5}, {Type: "sha256", Value: h.SHA256}, {Type: "sm3", Value: h.SM3}}},
	}
	for _, it := range w.items {
		d.Files = append(d.Files, fileObject(it))
	}
	f, err := os.Create(filepath.Join(w.dir, dfxmlFile))
	if err != nil {
		return err
	}
	b := bufio.NewWriter(f)
	return closeAll(dfxml.Write(b, d), b, f)
}

func fileObject(it forensics.Item) dfxml.FileObject {
	yes, no := 1, 0
	f := dfxml.FileObject{Filename: it.Name, SizeB: it.SizeB}
	if f.Filename == "" {
		f.Filename = path.Base(it.File)
	}
	switch it.Origin {
	case forensics.FromLive:
		f.Allocated, f.Used = &yes, &yes
	case forensics.FromDeleted:
		f.Allocated, f.Used = &no, &no
	default:
		f.Orphan = &yes
	}
	for _, t := range it.Times {
		switch t.What {
		case "modified":
			f.ModTime = dfxml.Time(t.Raw)
		case "created":
			f.CrTime = dfxml.Time(t.Raw)
		case "accessed":
			f.AccTime = dfxml.Time(t.Raw)
		}
	}
	if it.State != forensics.Whole {
		f.Error = string(it.State) + ": " + it.Reason
	}
	at := int64(0)
	for _, r := range it.Runs {
		f.Runs = append(f.Runs, dfxml.ByteRun{FileOffsetB: at, ImgOffsetB: r.OffsetB, LengthB: r.LengthB})
		at += r.LengthB
	}
	if it.MD5 != "" {
		f.Hashes = []dfxml.Digest{{Type: "md5", Value: it.MD5}, {Type: "sha256", Value: it.SHA256}}
	}
	return f
}

// decodeItems reads JSON lines of items; name is for messages.
func decodeItems(r io.Reader, name string) ([]forensics.Item, error) {
	dec := json.NewDecoder(bufio.NewReader(r))
	var items []forensics.Item
	for {
		var it forensics.Item
		err := dec.Decode(&it)
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: item %d: %w; run media recover again with --force", name, len(items)+1, err)
		}
		items = append(items, it)
	}
}
