package scene

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// typeface draws text at any size and keeps what it has drawn.
type typeface struct {
	fonts []*opentype.Font // in order of preference
	faces map[int][]font.Face
	inked map[inkKey]*inked
	buf   sfnt.Buffer
}

type inkKey struct {
	text string
	size int
}

// inked is a drawn line of text: the letters and the halo around them.
type inked struct {
	letters, halo *image.Alpha // origin at the left end of the base line
	width         float64
}

// newTypeface reads a TrueType or OpenType font, or one of a collection. The Go
// font stands in for characters that it lacks, and for a nil font.
func newTypeface(data []byte, index int) (*typeface, error) {
	t := &typeface{faces: map[int][]font.Face{}, inked: map[inkKey]*inked{}}
	if len(data) > 0 {
		c, err := opentype.ParseCollection(data)
		if err != nil {
			return nil, fmt.Errorf("font: %w", err)
		}
		f, err := c.Font(index)
		if err != nil {
			return nil, fmt.Errorf("font %d of a collection of %d: %w", index, c.NumFonts(), err)
		}
		t.fonts = append(t.fonts, f)
	}
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	t.fonts = append(t.fonts, f)
	return t, nil
}

// fontOf is the index of the first font with the character, or -1.
func (t *typeface) fontOf(r rune) int {
	for i, f := range t.fonts {
		if g, err := f.GlyphIndex(&t.buf, r); err == nil && g != 0 {
			return i
		}
	}
	return -1
}

// lacking lists the characters of s that no font has.
func (t *typeface) lacking(s string) string {
	var out strings.Builder
	for _, r := range s {
		if !unicode.IsSpace(r) && t.fontOf(r) < 0 && !strings.ContainsRune(out.String(), r) {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// run is a piece of text in one font.
type run struct {
	text string
	face font.Face
}

func (t *typeface) runs(s string, sizePx int) ([]run, error) {
	faces := t.faces[sizePx]
	if faces == nil {
		for _, f := range t.fonts {
			// At 72 dots an inch a point is a pixel.
			face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: float64(sizePx), DPI: 72, Hinting: font.HintingNone})
			if err != nil {
				return nil, fmt.Errorf("font: %w", err)
			}
			faces = append(faces, face)
		}
		t.faces[sizePx] = faces
	}
	var out []run
	last := -1
	for _, r := range s {
		k := max(t.fontOf(r), 0)
		if k != last {
			out = append(out, run{face: faces[k]})
			last = k
		}
		out[len(out)-1].text += string(r)
	}
	return out, nil
}

func (t *typeface) width(s string, sizePx int) float64 {
	runs, err := t.runs(s, sizePx)
	if err != nil {
		return 0
	}
	var w fixed.Int26_6
	for _, r := range runs {
		w += font.MeasureString(r.face, r.text)
	}
	return float64(w) / 64
}

// ink draws a line of text once and keeps it.
func (t *typeface) ink(s string, sizePx int) *inked {
	key := inkKey{s, sizePx}
	if k := t.inked[key]; k != nil {
		return k
	}
	if len(t.inked) > 512 {
		clear(t.inked)
	}
	k := &inked{width: t.width(s, sizePx)}
	halo := haloPx(sizePx)
	pad := int(math.Ceil(halo)) + 1
	area := image.Rect(-pad, -sizePx-pad, min(int(k.width), 1<<14)+pad+sizePx/2, sizePx/2+pad)
	k.letters, k.halo = image.NewAlpha(area), image.NewAlpha(area)
	runs, _ := t.runs(s, sizePx)
	var dot fixed.Int26_6
	for _, r := range runs {
		d := font.Drawer{Dst: k.letters, Src: image.Opaque, Face: r.face, Dot: fixed.Point26_6{X: dot}}
		d.DrawString(r.text)
		dot = d.Dot.X
	}
	spread(k.halo, k.letters, halo)
	t.inked[key] = k
	return k
}

func haloPx(sizePx int) float64 { return max(1.3, 0.13*float64(sizePx)) }

// spread widens a mask by a soft-edged disc.
func spread(dst, src *image.Alpha, radius float64) {
	n := int(math.Ceil(radius)) + 1
	b := src.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			a := src.AlphaAt(x, y).A
			if a == 0 {
				continue
			}
			for dy := -n; dy <= n; dy++ {
				for dx := -n; dx <= n; dx++ {
					p := image.Pt(x+dx, y+dy)
					cover := min(max(radius+0.5-math.Hypot(float64(dx), float64(dy)), 0), 1)
					if v := uint8(float64(a) * cover); p.In(b) && v > dst.AlphaAt(p.X, p.Y).A {
						dst.SetAlpha(p.X, p.Y, color.Alpha{A: v})
					}
				}
			}
		}
	}
}

// text draws a line with its base line's left end at x, y. halo is drawn under the
// letters unless it is fully transparent.
func (c *canvas) text(t *typeface, s string, x, y float64, sizePx int, col, halo color.RGBA) {
	k := t.ink(s, sizePx)
	at := k.letters.Bounds().Add(image.Pt(int(math.Round(x)), int(math.Round(y))))
	from := k.letters.Bounds().Min
	if halo.A > 0 {
		draw.DrawMask(c.img, at, image.NewUniform(halo), image.Point{}, k.halo, from, draw.Over)
	}
	draw.DrawMask(c.img, at, image.NewUniform(col), image.Point{}, k.letters, from, draw.Over)
}

// wrap breaks text into at most lines lines no wider than width, between words or
// between Chinese characters. What does not fit ends in an ellipsis.
func (t *typeface) wrap(s string, sizePx int, width float64, lines int) []string {
	var out []string
	rest := []rune(strings.Join(strings.Fields(s), " "))
	for len(rest) > 0 && len(out) < lines {
		fit, brk := 0, 0
		for fit < len(rest) && t.width(string(rest[:fit+1]), sizePx) <= width {
			fit++
			if fit < len(rest) && (rest[fit] == ' ' || isWide(rest[fit]) && !closes(rest[fit]) || isWide(rest[fit-1]) && !closes(rest[fit])) {
				brk = fit
			}
		}
		if fit == len(rest) {
			return append(out, string(rest))
		}
		if brk == 0 {
			brk = max(fit, 1)
		}
		if len(out) == lines-1 {
			for brk = max(fit, 1); brk > 1 && t.width(string(rest[:brk])+"…", sizePx) > width; brk-- {
			}
			return append(out, strings.TrimRight(string(rest[:brk]), " ")+"…")
		}
		out = append(out, strings.TrimRight(string(rest[:brk]), " "))
		rest = []rune(strings.TrimLeft(string(rest[brk:]), " "))
	}
	return out
}

func isWide(r rune) bool { return r >= 0x2E80 }

// closes tells punctuation that must not begin a line.
func closes(r rune) bool {
	return strings.ContainsRune("，。、；：！？）》」』】”’,.;:!?)%", r)
}
