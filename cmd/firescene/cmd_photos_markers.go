package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/recon/control"
	"firescene/recon/marker"
	"firescene/render/report/sheet"
)

// markersOptions are the options of photos markers.
type markersOptions struct {
	Inputs []string // photos to look in; none: a sheet is made
	Out    string   // sheet.svg or sheet.pdf
	Rings  bool
	First  int     // place of the first target in its series
	SizeMM float64 // side of the square or outer diameter of the ring
}

func (a *app) photosMarkersCmd() *cobra.Command {
	o := markersOptions{}
	c := &cobra.Command{
		Use:   "markers [-o SHEET.pdf|SHEET.svg] [IMAGE_OR_DIR...]",
		Short: "Print coded targets for the place, or list those that photos show",
		Long: `markers -o SHEET.pdf makes a sheet of paper (A4) with coded targets at known
distances, to be laid at the place before the photos are taken: squares of the
family 36h11, or rings with --rings. The distances between their centres are on the
sheet; the longest is given as a line for the control file. It is as sure as the
print: a longer distance between targets of several sheets, measured at the place
with a steel tape, makes a better scale.
markers IMAGE_OR_DIR... lists the targets that photos show, to be sure that they
can be read before leaving the place.` + exitStatusHelp,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			o.Inputs = args
			if len(args) > 0 {
				return a.finish(runMarkersSeen(c.Context(), o, a.workers, a.progress()))
			}
			return a.finish(runMarkersSheet(o, a.language()))
		},
	}
	f := c.Flags()
	f.StringVarP(&o.Out, "out", "o", "", "sheet to write, .pdf or .svg")
	f.BoolVar(&o.Rings, "rings", false, "rings of twelve segments instead of squares")
	f.IntVar(&o.First, "first", 0, "place of the first target in its series; a further sheet needs others")
	f.Float64Var(&o.SizeMM, "size-mm", 60, "side of the black square, or diameter of the ring")
	return c
}

// markersSheet is the outcome of making a sheet.
type markersSheet struct {
	Path      string             `json:"path"`
	Targets   []string           `json:"targets"`
	Distances []control.Distance `json:"distances"`
}

func (s markersSheet) failures() []forensics.Failure { return nil }

func (s markersSheet) print(w io.Writer, t texts) {
	fmt.Fprintln(w, t.T("markers_written", "Path", s.Path, "First", s.Targets[0], "Last", s.Targets[len(s.Targets)-1]))
	if len(s.Distances) > 0 {
		fmt.Fprintln(w, t.T("markers_bar"))
		fmt.Fprintln(w, "distances:")
	}
	for _, d := range s.Distances {
		fmt.Fprintf(w, "  - {from: %s, to: %s, metres: %.5f, sigma_m: %.5f}\n", d.From, d.To, d.Metres, d.Sigma)
	}
}

// Measures of the sheet, in millimetres.
const (
	sheetWide, sheetHigh = 210.0, 297.0
	sheetMargin          = 12.0
	sheetTop             = 26.0 // of the targets
	sheetBottom          = 268.0
	sheetGap             = 5.0   // between the white of two targets
	rulerMM              = 150.0 // long
	// printSigmaM is how far a good printer sets the centres of two targets wrong;
	// rulerSigmaM how sure the printed ruler can be read against a steel one.
	printSigmaM = 0.0002
	rulerSigmaM = 0.0002
)

func runMarkersSheet(o markersOptions, lang string) (markersSheet, error) {
	suffix := strings.ToLower(filepath.Ext(o.Out))
	if suffix != ".pdf" && suffix != ".svg" {
		return markersSheet{}, usageError{errors.New("give the sheet with -o SHEET.pdf or -o SHEET.svg, or photos to look in")}
	}
	if !(o.SizeMM >= 15 && o.SizeMM <= 140) {
		return markersSheet{}, usageError{fmt.Errorf("--size-mm %g: give 15 to 140", o.SizeMM)}
	}
	name := func(i int) string { return fmt.Sprintf("tag36h11-%d", i) }
	count := marker.TagCount()
	if o.Rings {
		codes := marker.RingCodes()
		count = len(codes)
		name = func(i int) string { return fmt.Sprintf("ring12-%d", codes[i]) }
	}
	_, white := marker.Loops(name(0), o.SizeMM)
	across, cols := pitch(sheetWide-2*sheetMargin-white, white+sheetGap)
	down, rows := pitch(sheetBottom-sheetTop-white, white+sheetGap)
	if o.First < 0 || o.First+rows*cols > count {
		return markersSheet{}, usageError{fmt.Errorf("--first %d: there are %d targets and a sheet holds %d", o.First, count, rows*cols)}
	}
	page := sheet.Sheet{Title: "firescene " + name(o.First), WideMM: sheetWide, HighMM: sheetHigh, StrokeMM: 0.15}
	out := markersSheet{Path: o.Out}
	left := (sheetWide - float64(cols-1)*across) / 2
	top := (sheetTop + sheetBottom - float64(rows-1)*down) / 2
	at := make([][2]float64, 0, rows*cols)
	for r := range rows {
		for c := range cols {
			x, y := left+float64(c)*across, top+float64(r)*down
			at = append(at, [2]float64{x, y})
			id := name(o.First + r*cols + c)
			out.Targets = append(out.Targets, id)
			addTarget(&page, id, x, y, o.SizeMM, white)
		}
	}
	// One distance a sheet: the others grow and shrink with it, and would pass for
	// checks that they are not.
	last := len(at) - 1
	long := math.Hypot(at[last][0]-at[0][0], at[last][1]-at[0][1])
	if last > 0 {
		out.Distances = []control.Distance{{From: out.Targets[0], To: out.Targets[last], Metres: long / 1000,
			Sigma: math.Hypot(printSigmaM, rulerSigmaM*long/rulerMM)}}
	}
	t, font := newTexts("en"), []byte(nil)
	if lang == "zh" {
		// Chinese needs a font in the PDF; without one the words are English.
		if f, err := findFonts(); err == nil {
			t, font = newTexts(lang), f.Regular
		} else if suffix == ".svg" {
			t = newTexts(lang)
		}
	}
	page.Texts = append(page.Texts,
		sheet.Text{X: sheetMargin, Y: 13, SizeMM: 3.2, Text: t.T("markers_sheet_note")},
		sheet.Text{X: sheetMargin, Y: 18, SizeMM: 3.2, Text: t.T("markers_sheet_note2")},
		sheet.Text{X: sheetMargin, Y: 23, SizeMM: 3.2, Text: t.T("markers_sheet_spans", "Across", fmt.Sprintf("%.1f", across*float64(min(1, cols-1))),
			"Down", fmt.Sprintf("%.1f", down*float64(min(1, rows-1))), "First", out.Targets[0], "Last", out.Targets[last],
			"Long", fmt.Sprintf("%.2f", long))})
	addRuler(&page, (sheetWide-rulerMM)/2, 281)
	var b bytes.Buffer
	var err error
	if suffix == ".pdf" {
		err = page.WritePDF(&b, font)
	} else {
		err = page.WriteSVG(&b)
	}
	if err != nil {
		return markersSheet{}, err
	}
	return out, writeFile(o.Out, b.Bytes())
}

// pitch spreads as many targets as fit over a length beyond the first: how far
// apart, in whole five millimetres, and how many.
func pitch(room, least float64) (apart float64, count int) {
	count = 1 + max(0, int(room/least))
	if count == 1 {
		return 0, 1
	}
	return 5 * math.Floor(room/float64(count-1)/5), count
}

// addTarget draws a target with its name and marks that point at its centre.
func addTarget(page *sheet.Sheet, name string, x, y, size, white float64) {
	loops, _ := marker.Loops(name, size)
	var shape sheet.Shape
	for _, l := range loops {
		moved := make([][2]float64, len(l))
		for i, p := range l {
			moved[i] = [2]float64{x + p[0], y + p[1]}
		}
		shape = append(shape, moved)
	}
	page.Shapes = append(page.Shapes, shape)
	h := white / 2
	for _, d := range [4][2]float64{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
		page.Lines = append(page.Lines, sheet.Line{X1: x + h*d[0], Y1: y + h*d[1], X2: x + (h+1.6)*d[0], Y2: y + (h+1.6)*d[1]})
	}
	page.Texts = append(page.Texts, sheet.Text{X: x - h, Y: y + h + 2.2, SizeMM: 2.6, Text: name})
}

// addRuler draws the ruler that shows whether the sheet was printed at true size.
func addRuler(page *sheet.Sheet, x, y float64) {
	page.Lines = append(page.Lines, sheet.Line{X1: x, Y1: y, X2: x + rulerMM, Y2: y})
	for k := 0; k <= rulerMM; k += 5 {
		long := 2.0
		if k%50 == 0 {
			long = 5
			page.Texts = append(page.Texts, sheet.Text{X: x + float64(k), Y: y + 4, Middle: true, SizeMM: 3, Text: fmt.Sprintf("%d mm", k)})
		} else if k%10 == 0 {
			long = 3.5
		}
		page.Lines = append(page.Lines, sheet.Line{X1: x + float64(k), Y1: y - long, X2: x + float64(k), Y2: y})
	}
}

// markersSeen is what photos show of targets.
type markersSeen struct {
	Photos  int                 `json:"photos"`
	Targets map[string][]string `json:"targets"` // photos by target
	InPhoto map[string][]string `json:"inPhoto"` // targets by photo
	Failed  []forensics.Failure `json:"failed"`
}

func (s markersSeen) failures() []forensics.Failure { return s.Failed }

func (s markersSeen) print(w io.Writer, t texts) {
	if len(s.Targets) == 0 {
		fmt.Fprintln(w, t.T("markers_none", "Photos", s.Photos))
		return
	}
	fmt.Fprintln(w, t.T("markers_seen", "Targets", len(s.Targets), "With", len(s.InPhoto), "Photos", s.Photos))
	var names []string
	for p := range s.InPhoto {
		names = append(names, p)
	}
	slices.Sort(names)
	for _, p := range names {
		fmt.Fprintln(w, t.T("markers_in_photo", "Photo", p, "Names", strings.Join(s.InPhoto[p], ", ")))
	}
}

// runMarkersSeen lists the targets of photos.
func runMarkersSeen(ctx context.Context, o markersOptions, workers int, report progressFunc) (markersSeen, error) {
	album, err := openAlbum(ctx, photosOptions{Inputs: o.Inputs}, report)
	if err != nil {
		return markersSeen{}, err
	}
	photos := album.photos()
	points, err := findTargets(ctx, photos, workers, report)
	if err != nil {
		return markersSeen{}, err
	}
	out := markersSeen{Photos: len(photos), Targets: map[string][]string{}, InPhoto: map[string][]string{}, Failed: album.failed}
	for _, p := range points {
		for _, k := range p.Picks {
			out.Targets[p.Name] = append(out.Targets[p.Name], k.Photo)
			out.InPhoto[k.Photo] = append(out.InPhoto[k.Photo], p.Name)
		}
	}
	return out, nil
}
