package plan

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io"
	"math"

	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// Face is a font for drawings as pixels.
type Face struct{ cache *font.Cache }

var typeface = font.Font{Typeface: "firescene"}

// NewFace reads a TrueType or OpenType face.
func NewFace(ttf []byte) (Face, error) {
	f, err := opentype.Parse(ttf)
	if err != nil {
		return Face{}, fmt.Errorf("font of drawings: %w", err)
	}
	return Face{font.NewCache(font.Collection{{Font: typeface, Face: f}})}, nil
}

// mostPx bounds the longer side of a drawing as pixels.
const mostPx = 4000

// sheet is a white page in millimetres, its origin at the upper left.
type sheet struct {
	c      *vgimg.Canvas
	face   Face
	highMM float64
}

func newSheet(face Face, wideMM, highMM, dpi float64) sheet {
	dpi = math.Min(dpi, mostPx*25.4/math.Max(wideMM, highMM))
	c := vgimg.NewWith(vgimg.UseWH(vg.Length(wideMM)*vg.Millimeter, vg.Length(highMM)*vg.Millimeter), vgimg.UseDPI(int(dpi)), vgimg.UseBackgroundColor(color.White))
	return sheet{c, face, highMM}
}

func (s sheet) at(x, y float64) vg.Point {
	return vg.Point{X: vg.Length(x) * vg.Millimeter, Y: vg.Length(s.highMM-y) * vg.Millimeter}
}

func (s sheet) line(x0, y0, x1, y1, widthMM, dashMM float64, c color.Color) {
	s.c.SetColor(c)
	s.c.SetLineWidth(vg.Length(widthMM) * vg.Millimeter)
	s.c.SetLineDash(nil, 0)
	if dashMM > 0 {
		d := vg.Length(dashMM) * vg.Millimeter
		s.c.SetLineDash([]vg.Length{d, d}, 0)
	}
	var p vg.Path
	p.Move(s.at(x0, y0))
	p.Line(s.at(x1, y1))
	s.c.Stroke(p)
}

func (s sheet) box(x0, y0, x1, y1 float64, c color.Color) {
	s.c.SetColor(c)
	var p vg.Path
	p.Move(s.at(x0, y0))
	p.Line(s.at(x1, y0))
	p.Line(s.at(x1, y1))
	p.Line(s.at(x0, y1))
	p.Close()
	s.c.Fill(p)
}

// text sets a text with its foot at a place, turned counter-clockwise.
func (s sheet) text(x, y, mm, deg float64, anchor, text string, c color.Color) {
	f := s.face.cache.Lookup(typeface, vg.Length(mm)*vg.Millimeter)
	w := f.Width(text)
	off := map[string]vg.Length{"middle": -w / 2, "end": -w}[anchor]
	s.c.Push()
	s.c.SetColor(c)
	s.c.Translate(s.at(x, y))
	s.c.Rotate(deg * math.Pi / 180)
	s.c.FillString(f, vg.Point{X: off}, text)
	s.c.Pop()
}

// halo sets a text that is legible over a picture.
func (s sheet) halo(x, y, mm float64, text string, c color.Color) {
	const off = 0.22
	for _, d := range [8][2]float64{{-off, 0}, {off, 0}, {0, -off}, {0, off}, {-off, -off}, {off, off}, {-off, off}, {off, -off}} {
		s.text(x+d[0], y+d[1], mm, 0, "start", text, color.White)
	}
	s.text(x, y, mm, 0, "start", text, c)
}

func (s sheet) picture(x0, y0, x1, y1 float64, m image.Image) {
	s.c.DrawImage(vg.Rectangle{Min: s.at(x0, y1), Max: s.at(x1, y0)}, m)
}

func (s sheet) png(w io.Writer) error {
	_, err := vgimg.PngCanvas{Canvas: s.c}.WriteTo(w)
	return err
}

// hex reads a colour as #rrggbb.
func hex(s string) color.NRGBA {
	c := color.NRGBA{A: 255}
	fmt.Sscanf(s, "#%02x%02x%02x", &c.R, &c.G, &c.B)
	return c
}

// PNG writes the drawing as pixels, dots of paper to the inch. The same drawing gives
// the same bytes.
func (d *Drawing) PNG(w io.Writer, face Face, dpi float64) error {
	lo, hi := d.bounds()
	mm := 1000 / d.Scale
	s := newSheet(face, (hi.X-lo.X)*mm, (hi.Y-lo.Y)*mm, dpi)
	x := func(p Point) float64 { return (p.X - lo.X) * mm }
	y := func(p Point) float64 { return (hi.Y - p.Y) * mm }
	for _, l := range layers {
		k := looks[l]
		c := hex(k.colour)
		if l == Cloud {
			for _, p := range d.dots {
				s.box(x(p)-0.1, y(p)-0.1, x(p)+0.1, y(p)+0.1, c)
			}
		}
		for _, g := range d.lines {
			if g.layer == l {
				s.line(x(g.a), y(g.a), x(g.b), y(g.b), math.Max(k.widthMM, 0.15), k.dashMM, c)
			}
		}
		for _, t := range d.words {
			if t.layer == l {
				s.text(x(t.at), y(t.at), t.mm, t.deg, t.anchor, t.text, c)
			}
		}
	}
	return s.png(w)
}

// PNG writes what SVG writes, as pixels.
func (p *Picture) PNG(w io.Writer, face Face, dpi float64) error {
	l := p.lay()
	s := newSheet(face, l.total, l.bottom, dpi)
	ink := hex(pictureInk)
	s.text(pictureMargin, pictureMargin+2, 5, 0, "start", p.Title, color.Black)
	for k, m := range []*image.NRGBA{p.Classes(), p.Brightness()} {
		x0, y0 := l.origin(k)
		s.picture(x0, y0, x0+l.wide, y0+l.high, sharp(m, dpi/25.4*l.wide))
		for _, g := range p.Lines {
			dash := 0.0
			if g.Dash {
				dash = 2
			}
			s.line(x0+g.A.X*pictureMM, y0+l.high-g.A.Y*pictureMM, x0+g.B.X*pictureMM, y0+l.high-g.B.Y*pictureMM, 0.5, dash, ink)
		}
		for _, n := range p.Notes {
			s.halo(x0+n.At.X*pictureMM, y0+l.high-n.At.Y*pictureMM, 3, n.Text, ink)
		}
	}
	x := pictureMargin
	for _, e := range p.Legend {
		s.box(x-0.15, l.legend-3.55, x+5.15, l.legend+0.75, color.Black)
		s.box(x, l.legend-3.4, x+5, l.legend+0.6, e.Colour)
		s.text(x+6.5, l.legend, 3.2, 0, "start", e.Name, color.Black)
		x += legendStep(e.Name)
	}
	return s.png(w)
}

// sharp enlarges a picture by whole pixels to about a width, so that cells keep
// their edges.
func sharp(m *image.NRGBA, widthPx float64) image.Image {
	k := int(math.Round(widthPx / float64(m.Rect.Dx())))
	if k < 2 {
		return m
	}
	out := image.NewNRGBA(image.Rect(0, 0, m.Rect.Dx()*k, m.Rect.Dy()*k))
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			draw.Draw(out, image.Rect(x*k, y*k, (x+1)*k, (y+1)*k), image.NewUniform(m.NRGBAAt(x, y)), image.Point{}, draw.Src)
		}
	}
	return out
}
