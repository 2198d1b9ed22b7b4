//go:build cgo

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/formats/photo"
	"firescene/render/scene"
	"firescene/render/ui"

	"golang.org/x/image/draw"
)

// wholePoints is the size up to which a cloud with levels is held whole all the same:
// the gaps between all its points are known then, and pictures are finer.
const wholePoints = 3_000_000

// movingPoints is how many points of a cloud are drawn while the camera moves.
const movingPoints = 600_000

// tool ties the window to the case on disk and to the work on it.
type tool struct {
	win  *ui.Window
	desk *ui.Desk
	dir  string // of the open case; empty when none is
	kase *ui.Case
	job  *job
	busy int // reads under way
	cut  context.CancelFunc

	opened string        // case or file that was opened last
	kept   chan struct{} // closed when the last change of the case is written
	last   int           // number of the last measurement or annotation outside a case

	mu      sync.Mutex // guards what the watching goroutine reads
	seen    string     // dir
	held    *hold      // nil: another window works on the case
	welcome string     // what is said once the first case is shown
}

// watched is the open case and whether this window works on it.
func (t *tool) watched() (dir string, held bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seen, t.held != nil
}

// keepHold takes the hold of the open case.
func (t *tool) keepHold(h *hold) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held != h {
		t.held.free()
	}
	t.seen, t.held = t.dir, h
}

func (t *tool) hooks(settingsPath string) ui.Hooks {
	return ui.Hooks{
		Open: t.open, New: t.create, Add: t.add, Run: t.run, Cancel: t.cancel, LoadCloud: t.loadCloud, Picture: t.picture, Bytes: t.bytes, Browse: browse, SavePaths: t.savePaths, Video: t.video, Overlay: t.overlay, SaveAnswers: t.saveAnswers,
		OpenFile: openFile, SavePNG: savePNG, PredictSurfaces: t.predictSurfaces,
		Language: func(string) { saveSettings(settingsPath, t.desk.Settings()) },
		Remember: func(s ui.Settings) { saveSettings(settingsPath, s) },
		Tools:    t.toolHooks(),
	}
}

// open reads a case beside the window and shows it.
func (t *tool) open(dir string) {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	t.opened = dir
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		if strings.EqualFold(filepath.Ext(dir), ".smv") {
			t.openResult(dir)
			return
		}
		if strings.EqualFold(filepath.Ext(dir), ".stl") {
			t.openMesh(dir)
			return
		}
		t.openCloud(dir)
		return
	}
	again := dir == t.dir
	t.desk.Loading(dir)
	if !again {
		t.desk.Opening(dir)
	}
	t.busy++
	go func() {
		c, err := readCase(context.Background(), dir)
		t.win.Post(func() {
			t.busy--
			if err != nil {
				t.desk.Loading("")
				t.desk.Opening("")
				t.desk.Say(t.desk.T("not_opened") + err.Error())
				return
			}
			if again {
				c.ReadOnly = t.kase.ReadOnly
				c.Media = t.kase.Media // until they have been read anew
			}
			t.dir, t.kase = dir, c
			said := ""
			if !again {
				t.keepHold(nil)
				h := takeHold(dir)
				t.keepHold(h)
				if c.ReadOnly = h == nil; c.ReadOnly {
					said = t.desk.T("case_elsewhere")
				}
			}
			wanted, colour := t.desk.WantedCloud()
			t.desk.SetCase(c)
			t.loadMedia(c)
			if os.Getenv(afterLoss) == "" { // else why the window was opened anew stays to be read
				t.desk.Say(said)
			}
			if t.welcome != "" {
				t.desk.Say(t.welcome)
				t.welcome = ""
			}
			if len(c.Clouds) == 0 || again {
				return
			}
			first, by := c.Clouds[0], "rgb"
			for _, f := range c.Clouds {
				if f.Name == wanted {
					first, by = f, colour
				}
			}
			t.loadCloud(first, by)
		})
	}()
}

// loadMedia reads the items of a case beside the window, which may be used meanwhile.
func (t *tool) loadMedia(c *ui.Case) {
	t.busy++
	t.desk.Reading(true)
	go func() {
		media, troubles := readMedia(c.Dir, c.Exhibits)
		t.win.Post(func() {
			t.busy--
			if t.kase == c {
				c.Media, c.Troubles = media, append(c.Troubles, troubles...)
				t.desk.Reading(false)
			}
		})
	}()
}

// openCloud shows a cloud that is in no case.
func (t *tool) openCloud(path string) {
	f := ui.CloudFile{Name: filepath.Base(path), Path: path, Metric: true}
	t.desk.Opening(path)
	t.dir, t.kase = "", nil
	t.keepHold(nil)
	t.desk.SetCase(&ui.Case{Dir: filepath.Dir(path), Alone: path, Name: f.Name, Clouds: []ui.CloudFile{f}})
	t.loadCloud(f, "rgb")
}

// loadCloud reads a cloud and makes it ready beside the window. A cloud that is
// asked for later takes its place.
func (t *tool) loadCloud(f ui.CloudFile, colour string) {
	if t.cut != nil {
		t.cut()
	}
	ctx, cut := context.WithCancel(context.Background())
	t.cut = cut
	t.desk.Loading(f.Name)
	t.busy++
	go func() {
		arrived := func() { t.win.Post(t.desk.Arrived) }
		l, err := openLevels(f.Path, colour, arrived)
		if err == nil && l.Points() <= wholePoints {
			l.Close()
		} else if err == nil {
			t.win.Post(func() {
				t.busy--
				if ctx.Err() != nil {
					l.Close()
					return
				}
				t.desk.SetLevels(l, f.Name, f.Metric)
			})
			return
		}
		cloud, err := readCloud(ctx, f.Path)
		var full, thin *scene.Prepared
		if err == nil && ctx.Err() == nil {
			cloud.Scaled = f.Metric
			cloud = ui.Coloured(cloud, colour)
			full = scene.Prepare(cloud)
			thin = full
			if few := ui.Thin(cloud, movingPoints); few != cloud {
				thin = scene.Prepare(few)
			}
		}
		t.win.Post(func() {
			t.busy--
			switch {
			case ctx.Err() != nil:
			case err != nil:
				t.desk.Loading("")
				t.desk.Say(err.Error())
			default:
				t.desk.SetCloud(full, thin, f.Name, f.Metric)
			}
		})
	}()
}

// picture decodes a picture file at the size it is shown.
func (t *tool) picture(path string, maxSidePx int, show func(*image.RGBA, error)) {
	t.busy++
	go func() {
		img, err := readPicture(path, maxSidePx)
		t.win.Post(func() {
			t.busy--
			show(img, err)
		})
	}()
}

// decodePhoto decodes a picture file, upright.
func decodePhoto(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	h, err := photo.ReadHeader(f, info.Size())
	if err != nil {
		return nil, err
	}
	return photo.Decode(context.Background(), f, info.Size(), h)
}

func readPicture(path string, maxSidePx int) (*image.RGBA, error) {
	img, err := decodePhoto(path)
	if err != nil {
		return nil, err
	}
	b := img.Bounds()
	s := min(float64(maxSidePx)/float64(max(b.Dx(), b.Dy(), 1)), 1)
	out := image.NewRGBA(image.Rect(0, 0, max(int(s*float64(b.Dx())), 1), max(int(s*float64(b.Dy())), 1)))
	draw.ApproxBiLinear.Scale(out, out.Rect, img, b, draw.Src, nil)
	return out, nil
}

// bytes reads the beginning of an item where its locator says.
func (t *tool) bytes(item forensics.Item, offsetB int64, n int, show func([]byte, error)) {
	dir, c := t.dir, t.kase
	t.busy++
	go func() {
		b, err := readBytes(dir, c, item, offsetB, n)
		t.win.Post(func() {
			t.busy--
			show(b, err)
		})
	}()
}

func readBytes(dir string, c *ui.Case, item forensics.Item, offsetB int64, n int) ([]byte, error) {
	if len(item.Locators) == 0 {
		return nil, fmt.Errorf("%s has no locator", item.ID)
	}
	var path string
	var parts []string
	for _, e := range c.Exhibits {
		at := e.Path
		if e.Copied {
			at = filepath.Join(dir, filepath.FromSlash(e.Path))
		}
		switch {
		case e.ID == item.Exhibit:
			path = at
		case e.PartOf == item.Exhibit:
			parts = append(parts, at)
		}
	}
	img, err := media.OpenFiles(path, parts)
	if err != nil {
		return nil, err
	}
	defer img.Close()
	var b bytes.Buffer
	l := item.Locators[0]
	err = media.ReadLocator(img, img.SizeB, l, &firstOf{&b, offsetB, n})
	if errors.Is(err, errEnough) || b.Len() >= n {
		err = nil
	}
	return b.Bytes(), err
}

// errEnough ends reading when as many bytes are there as were asked for.
var errEnough = errors.New("enough was read")

// firstOf keeps n bytes from an offset on of what is written to it.
type firstOf struct {
	to   *bytes.Buffer
	skip int64
	n    int
}

func (w *firstOf) Write(p []byte) (int, error) {
	all := len(p)
	cut := min(w.skip, int64(len(p)))
	p, w.skip = p[cut:], w.skip-cut
	w.to.Write(p[:min(len(p), w.n-w.to.Len())])
	if w.to.Len() >= w.n {
		return all, errEnough
	}
	return all, nil
}

var _ io.Writer = (*firstOf)(nil)

// browse lists a folder for the dialogs, hidden names left out.
func browse(dir string) (folders, files []string, err error) {
	list, err := os.ReadDir(dir)
	for _, e := range list {
		switch {
		case e.Name()[0] == '.':
		case e.IsDir():
			folders = append(folders, e.Name())
		default:
			files = append(files, e.Name())
		}
	}
	return folders, files, err
}

// openFile shows a file with the system's own program for it.
func openFile(path string) {
	name, args := "xdg-open", []string{path}
	switch runtime.GOOS {
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", path}
	case "darwin":
		name = "open"
	}
	_ = exec.Command(name, args...).Start()
}

func savePNG(path string, img *image.RGBA) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = png.Encode(f, img)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
