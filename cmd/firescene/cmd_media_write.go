package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
)

const (
	itemsFile = "items.jsonl"
	workDir   = ".unfinished" // inside the output folder; renamed part by part when all is done
)

// mediaFolders are the folders of an output: whole files; whole ones that are a
// part of another whole file (see hosts), as pictures in a document are, and the bare
// wrappings of files; partial ones and fragments; thumbnails; rows and log records.
var mediaFolders = [5]string{"files", "embedded", "partial", "thumbs", "records"}

// folderOf is the folder of an item's bytes.
func folderOf(it forensics.Item) string {
	switch {
	case it.State != forensics.Whole:
		return "partial"
	case it.Host != "" || it.Wraps:
		return "embedded"
	}
	return "files"
}

// writeJob is one item to write, with the way to its bytes where that is not its
// runs in the image.
type writeJob struct {
	item    forensics.Item
	content func() (io.ReaderAt, error) // nil: the runs
}

// writtenItem is a line of the journal: an item that was written, or one whose
// bytes were there already.
type writtenItem struct {
	Item     *forensics.Item     `json:"item,omitempty"`
	SameAs   int                 `json:"sameAs,omitempty"` // with Locators: index of the item with the same bytes
	Locators []forensics.Locator `json:"locators,omitempty"`
}

// mediaWriter writes items below a working folder that becomes the output when
// everything is done. Items are written by several workers and get their IDs and
// names in the order in which they come; the order is the same in every run, so
// that a run that was cut off skips what its journal holds.
type mediaWriter struct {
	opts    mediaOptions
	im      *media.Image
	known   *knownFiles
	dir     string
	hosts   *hosts
	journal *journal[writtenItem]
	flushed time.Time

	seq     int // items that came, in this run
	skip    int // items that an earlier run has written
	count   int // items in the list
	names   nameSet
	bySHA   map[[32]byte]int            // index of the first item with these bytes
	further map[int][]forensics.Locator // more places of an item, by its index
}

// newMediaWriter opens the working folder, with what is in it already.
func newMediaWriter(opts mediaOptions, im *media.Image, known *knownFiles, dir string) (*mediaWriter, error) {
	w := &mediaWriter{opts: opts, im: im, known: known, dir: dir, names: nameSet{}, bySHA: map[[32]byte]int{}, further: map[int][]forensics.Locator{}}
	for _, d := range mediaFolders {
		if err := os.MkdirAll(filepath.Join(w.dir, d), 0o755); err != nil {
			return nil, err
		}
	}
	left, err := filepath.Glob(filepath.Join(w.dir, "item-*")) // of a run that was killed
	if err != nil {
		return nil, err
	}
	for _, p := range left {
		os.Remove(p)
	}
	w.journal, err = openJournal(filepath.Join(dir, "items.journal"), func(x writtenItem) bool {
		if x.Item == nil {
			w.further[x.SameAs] = append(w.further[x.SameAs], x.Locators...)
			w.skip++
			return true
		}
		if x.Item.File != "" {
			st, err := os.Stat(filepath.Join(w.dir, filepath.FromSlash(x.Item.File)))
			if err != nil || st.Size() != x.Item.SizeB {
				return false
			}
			w.taken(x.Item.File)
		}
		w.remember(*x.Item)
		w.skip++
		return true
	})
	return w, err
}

func (w *mediaWriter) close() { _ = w.journal.close() }

// taken marks an output path and the folders above it as used.
func (w *mediaWriter) taken(file string) {
	low := strings.ToLower(file)
	w.names.add(low)
	for d := path.Dir(low); d != "." && d != "/"; d = path.Dir(d) {
		w.names.add(d + "/")
	}
}

// remember counts an item and keeps its hash for those that follow.
func (w *mediaWriter) remember(it forensics.Item) {
	if sha, ok := sha256Of(it.SHA256); ok && it.SizeB > 0 {
		if _, there := w.bySHA[sha]; !there {
			w.bySHA[sha] = w.count
		}
	}
	w.count++
}

func sha256Of(text string) (sum [32]byte, ok bool) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(sum) {
		return sum, false
	}
	return [32]byte(b), true
}

// written is what a worker made of one job.
type written struct {
	item  forensics.Item
	temp  string // its bytes; empty when it has none
	thumb string // its thumbnail; empty for none
	err   error
}

// writeAll writes the jobs that next gives, until it gives io.EOF. A carved file
// with the bytes of an item that is there becomes a further locator of it; files
// that a file system names stay items of their own, since their names and times
// are facts too.
func (w *mediaWriter) writeAll(ctx context.Context, next func() (writeJob, error), report func(done int)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type slot struct {
		job  writeJob
		done chan written
	}
	workers := max(1, w.opts.Workers)
	todo, order := make(chan slot), make(chan slot, 2*workers)
	var wg sync.WaitGroup
	defer wg.Wait()
	for range workers {
		wg.Go(func() {
			buf := make([]byte, 256<<10)
			for s := range todo {
				s.done <- w.write(ctx, s.job, buf)
			}
		})
	}
	wg.Go(func() {
		defer close(todo)
		defer close(order)
		for {
			job, err := next()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					s := slot{done: make(chan written, 1)}
					s.done <- written{err: err}
					select {
					case order <- s:
					case <-ctx.Done():
					}
				}
				return
			}
			if w.seq++; w.seq <= w.skip {
				continue
			}
			s := slot{job, make(chan written, 1)}
			select {
			case order <- s:
			case <-ctx.Done():
				return
			}
			todo <- s
		}
	})
	for s := range order {
		got := <-s.done
		err := got.err
		if err == nil {
			err = w.settle(got)
		}
		if err != nil {
			stop()
			for range order { // lets the others end
			}
			return err
		}
		if report != nil {
			report(w.count)
		}
	}
	return errors.Join(ctx.Err(), w.journal.flush())
}

// write copies an item's bytes to a file without a name, hashes them on the way
// and makes a thumbnail of a picture.
func (w *mediaWriter) write(ctx context.Context, job writeJob, buf []byte) (out written) {
	out.item = job.item
	if out.err = ctx.Err(); out.err != nil {
		return out
	}
	it := &out.item
	if len(it.Runs) == 0 && job.content == nil && !(it.State == forensics.Whole && it.SizeB == 0) {
		return out // nothing to write: the name and times remain
	}
	var src io.ReaderAt = media.NewRunReader(w.im, it.Runs)
	if job.content != nil {
		if src, out.err = job.content(); out.err != nil {
			return out
		}
	}
	sha, sum5 := sha256.New(), md5.New()
	f, err := os.CreateTemp(w.dir, "item-*")
	if err != nil {
		out.err = err
		return out
	}
	out.temp = f.Name()
	n, err := io.CopyBuffer(io.MultiWriter(f, sha, sum5), struct{ io.Reader }{io.NewSectionReader(src, 0, it.SizeB)}, buf)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), err == nil && n < it.SizeB:
		// The image is cut: what is there is kept, and called what it is.
		it.Reason += fmt.Sprintf("; the image ends after %d of its %d bytes", n, it.SizeB)
		it.State, it.SizeB, it.Confidence = forensics.Partial, n, min(it.Confidence, 0.5)
	case err != nil:
		out.err = fmt.Errorf("write item at %s: %w", locatorOf(*it), err)
		return out
	}
	it.SHA256, it.MD5 = hex.EncodeToString(sha.Sum(nil)), hex.EncodeToString(sum5.Sum(nil))
	if !w.opts.NoThumbs && hasThumb(*it) {
		if err := makeThumb(out.temp, out.temp+".jpg", *it, ownB(*it, w.im.Unread, job.content == nil)); err == nil {
			out.thumb = out.temp + ".jpg"
		}
		// else the picture is of a kind that is not drawn, or nothing of it can be
	}
	return out
}

func locatorOf(it forensics.Item) forensics.Locator {
	if len(it.Locators) == 0 {
		return forensics.Locator{Exhibit: it.Exhibit}
	}
	return it.Locators[0]
}

// settle gives a written item its place in the list, or finds that its bytes are
// there already.
func (w *mediaWriter) settle(got written) error {
	defer func() {
		os.Remove(got.temp)
		os.Remove(got.thumb)
	}()
	it := got.item
	if sha, ok := sha256Of(it.SHA256); ok && it.Origin == forensics.FromCarving && it.SizeB > 0 {
		if k, there := w.bySHA[sha]; there {
			w.further[k] = append(w.further[k], it.Locators...)
			return w.note(writtenItem{SameAs: k, Locators: it.Locators})
		}
	}
	it.ID = fmt.Sprintf("%s-I%04d", w.opts.Exhibit, w.count+1)
	if it.Locators == nil {
		it.Locators = []forensics.Locator{}
	}
	if it.Runs == nil {
		it.Runs = []forensics.ByteRun{}
	}
	it.Known = w.known.has(it)
	if got.temp != "" && !(it.Known != "" && w.opts.SkipKnown) {
		it.File = w.name(it, folderOf(it))
		if err := place(got.temp, filepath.Join(w.dir, filepath.FromSlash(it.File))); err != nil {
			return err
		}
		if got.thumb != "" {
			it.Thumb = "thumbs/" + it.ID + ".jpg"
			if err := place(got.thumb, filepath.Join(w.dir, filepath.FromSlash(it.Thumb))); err != nil {
				return err
			}
		}
	}
	w.remember(it)
	return w.note(writtenItem{Item: &it})
}

// note writes a line of the journal, which is safe from a kill within seconds.
func (w *mediaWriter) note(x writtenItem) error {
	if err := w.journal.add(x); err != nil {
		return err
	}
	if now := time.Now(); now.Sub(w.flushed) > 5*time.Second {
		w.flushed = now
		return w.journal.flush()
	}
	return nil
}

// place gives a temporary file its name.
func place(temp, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.Chmod(temp, 0o644); err != nil {
		return err
	}
	return os.Rename(temp, to)
}

// name chooses the output path of an item in a folder: the file system's path
// made safe, or exhibit and offset for carved files; a number is added to a name
// that is taken.
func (w *mediaWriter) name(it forensics.Item, folder string) string {
	rel := safePath(it.Name)
	if rel == "" {
		rel = fmt.Sprintf("%s_%s.%s", w.opts.Exhibit, placeName(it), carve.ExtOf(it.Type))
	}
	p := folder
	parts := strings.Split(rel, "/")
	for _, part := range parts[:len(parts)-1] {
		p = w.free(p, part, w.names.has)
		w.names.add(strings.ToLower(p) + "/")
	}
	p = w.free(p, parts[len(parts)-1], func(low string) bool { return w.names.has(low) || w.names.has(low+"/") })
	w.names.add(strings.ToLower(p))
	return p
}

// nameSet is a set of paths by their hash: there may be millions, and long ones.
type nameSet map[[16]byte]struct{}

func (s nameSet) key(name string) [16]byte {
	sum := sha256.Sum256([]byte(name))
	return [16]byte(sum[:16])
}

func (s nameSet) add(name string) { s[s.key(name)] = struct{}{} }

func (s nameSet) has(name string) bool {
	_, there := s[s.key(name)]
	return there
}

// placeName is the offset of an item for its file's name, with the layers that it
// lies in.
func placeName(it forensics.Item) string {
	l := locatorOf(it)
	var s strings.Builder
	for _, y := range l.Path {
		fmt.Fprintf(&s, "%012d-%s-", y.OffsetB, y.Decoder)
	}
	switch {
	case len(l.Runs) > 0 && it.Type == "h264part": // parameter sets before it may be another stream's
		fmt.Fprintf(&s, "%012d", max(0, l.Runs[len(l.Runs)-1].OffsetB))
	case len(l.Runs) > 0:
		fmt.Fprintf(&s, "%012d", max(0, l.Runs[0].OffsetB))
	case len(it.Runs) > 0:
		fmt.Fprintf(&s, "%012d", max(0, it.Runs[0].OffsetB))
	default:
		s.WriteString("0")
	}
	return s.String()
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

// eachItem reads the items that were written, in order, with all their locators.
func (w *mediaWriter) eachItem(do func(forensics.Item) error) error {
	if err := w.journal.flush(); err != nil {
		return err
	}
	f, err := os.Open(w.journal.f.Name())
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	for k := 0; ; {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var x writtenItem
		if err := json.Unmarshal(bytes.TrimSpace(line), &x); err != nil {
			return err
		}
		if x.Item == nil {
			continue
		}
		x.Item.Locators = append(x.Item.Locators, w.further[k]...)
		k++
		if err := do(*x.Item); err != nil {
			return err
		}
	}
}

// outputs names everything that will be the output, with its hash: of items the
// one that was taken while they were written. The list is a file for writeStepWith;
// the caller removes it.
func (w *mediaWriter) outputs() (file string, err error) {
	f, err := os.CreateTemp(w.opts.Out, ".tmp-outputs-*")
	if err != nil {
		return "", err
	}
	b := bufio.NewWriterSize(f, 256<<10)
	defer func() {
		if err = closeAll(err, b, f); err != nil {
			os.Remove(f.Name())
		}
	}()
	lines := json.NewEncoder(b)
	err = w.eachItem(func(it forensics.Item) error {
		if it.File == "" {
			return nil
		}
		return lines.Encode(forensics.FileHash{Path: it.File, SizeB: it.SizeB, SHA256: it.SHA256})
	})
	if err != nil {
		return "", err
	}
	for _, n := range []string{"thumbs", "records"} {
		err := eachFile(filepath.Join(w.dir, n), func(x forensics.FileHash) error {
			x.Path = n + "/" + x.Path
			return lines.Encode(x)
		})
		if err != nil {
			return "", err
		}
	}
	for _, n := range outputLists {
		sum, sizeB, err := hashFile(filepath.Join(w.dir, n))
		if err != nil {
			return "", err
		}
		if err := lines.Encode(forensics.FileHash{Path: n, SizeB: sizeB, SHA256: sum}); err != nil {
			return "", err
		}
	}
	return f.Name(), nil
}

// outputLists are the lists of an output, beside its folders.
var outputLists = []string{itemsFile, dfxmlFile, caseFile}

// commit moves everything into place. The record of an earlier run goes first, so
// that a mixture is never taken for a finished one.
func (w *mediaWriter) commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.journal.close(); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(w.opts.Out, stepFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, n := range append(mediaFolders[:], outputLists...) {
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

func closeAll(err error, b *bufio.Writer, f *os.File) error {
	if err == nil {
		err = b.Flush()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// readItems reads an items.jsonl.
func readItems(path string) ([]forensics.Item, error) {
	var items []forensics.Item
	err := eachItemIn(path, func(it forensics.Item) error {
		items = append(items, it)
		return nil
	})
	return items, err
}

// eachItemIn reads an items.jsonl one item at a time.
func eachItemIn(path string, do func(forensics.Item) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	dec := json.NewDecoder(bufio.NewReaderSize(f, 1<<20))
	for n := 1; ; n++ {
		var it forensics.Item
		err := dec.Decode(&it)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: item %d: %w; run media recover again with --force", path, n, err)
		}
		if err := do(it); err != nil {
			return err
		}
	}
}
