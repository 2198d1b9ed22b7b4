package plan

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
)

// Picture is the view of one surface, square on: cells with classes and with
// brightness, and lines and notes over both. Coordinates are metres on the surface,
// from its lower left.
type Picture struct {
	Title  string
	CellM  float64
	Nu, Nv int
	Class  []uint8   // colour index of each cell; 255 none
	Grey   []float32 // 0..1 of each cell; NaN none
	Legend []LegendEntry
	Lines  []PictureLine
	Notes  []PictureNote
}

// LegendEntry is a class's colour and name.
type LegendEntry struct {
	Colour color.NRGBA
	Name   string
}

// PictureLine is a line over the picture.
type PictureLine struct {
	A, B Point
	Dash bool
}

// PictureNote is a text at a place.
type PictureNote struct {
	At   Point
	Text string
}

// ClassColours are the colours of clean, light soot, heavy soot or char, clean burn
// and spall: told apart by eyes with any kind of colour vision, and in grey.
var ClassColours = []color.NRGBA{{0xf2, 0xee, 0xe2, 255}, {0xb9, 0x9c, 0x6b, 255}, {0x2b, 0x2b, 0x33, 255}, {0xff, 0xd2, 0x3f, 255}, {0x3a, 0x86, 0xff, 255}}

// image paints the cells, four pixels a cell, the surface's top row first.
func (p *Picture) image(at func(i int) color.NRGBA) *image.NRGBA {
	const zoom = 4
	m := image.NewNRGBA(image.Rect(0, 0, p.Nu*zoom, p.Nv*zoom))
	for y := range p.Nv * zoom {
		for x := range p.Nu * zoom {
			m.SetNRGBA(x, y, at((p.Nv-1-y/zoom)*p.Nu+x/zoom))
		}
	}
	return m
}

var nothing = color.NRGBA{0xd9, 0xe6, 0xef, 255}

// Classes is the picture of the classes, Brightness that of the corrected
// brightness.
func (p *Picture) Classes() *image.NRGBA {
	return p.image(func(i int) color.NRGBA {
		if c := p.Class[i]; int(c) < len(p.Legend) {
			return p.Legend[c].Colour
		}
		return nothing
	})
}

// Brightness paints the cells' brightness in grey.
func (p *Picture) Brightness() *image.NRGBA {
	return p.image(func(i int) color.NRGBA {
		g := p.Grey[i]
		if g != g {
			return nothing
		}
		v := uint8(math.Round(255 * math.Pow(float64(min(max(g, 0), 1)), 1/2.2)))
		return color.NRGBA{v, v, v, 255}
	})
}

// The measures of a picture of a surface in millimetres of paper, at 1:25.
const (
	pictureMM     = 40.0 // a metre
	pictureMargin = 8.0
	pictureGap    = 10.0
	pictureInk    = "#d6006c" // of lines and notes
)

// layout is where the parts of a picture lie, in millimetres.
type layout struct{ wide, high, total, legend, bottom float64 }

func (p *Picture) lay() layout {
	l := layout{wide: float64(p.Nu) * p.CellM * pictureMM, high: float64(p.Nv) * p.CellM * pictureMM}
	l.total = max(2*pictureMargin+2*l.wide+pictureGap, 150)
	l.legend = pictureMargin + 8 + l.high + 8
	l.bottom = l.legend + 8
	return l
}

// origin is the upper left of the k-th of both pictures.
func (l layout) origin(k int) (x, y float64) {
	return pictureMargin + float64(k)*(l.wide+pictureGap), pictureMargin + 8
}

func legendStep(name string) float64 { return 10 + 1.9*float64(textUnits(name)) }

// SVG writes both pictures side by side with lines, notes and legend; a user unit
// is a millimetre at 1:25.
func (p *Picture) SVG(w io.Writer) error {
	b := bufio.NewWriter(w)
	l := p.lay()
	fmt.Fprintf(b, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="%.2fmm" height="%.2fmm" viewBox="0 0 %.2f %.2f" font-family="'LXGW WenKai','Noto Sans CJK SC','Noto Sans SC',sans-serif">
<rect width="100%%" height="100%%" fill="#ffffff"/>
<text x="%g" y="%g" font-size="5">%s</text>
`, l.total, l.bottom, l.total, l.bottom, pictureMargin, pictureMargin+2, html.EscapeString(p.Title))
	for k, m := range []*image.NRGBA{p.Classes(), p.Brightness()} {
		var buf bytes.Buffer
		if err := png.Encode(&buf, m); err != nil {
			return err
		}
		x0, y0 := l.origin(k)
		data := base64.StdEncoding.EncodeToString(buf.Bytes())
		fmt.Fprintf(b, `<image x="%.3f" y="%.3f" width="%.3f" height="%.3f" xlink:href="data:image/png;base64,%s" style="image-rendering:pixelated"/>`+"\n", x0, y0, l.wide, l.high, data)
		for _, g := range p.Lines {
			dash := ""
			if g.Dash {
				dash = ` stroke-dasharray="2,1.5"`
			}
			fmt.Fprintf(b, `<path d="M%.3f %.3fL%.3f %.3f" stroke="%s" stroke-width="0.5" fill="none"%s/>`+"\n", x0+g.A.X*pictureMM, y0+l.high-g.A.Y*pictureMM, x0+g.B.X*pictureMM, y0+l.high-g.B.Y*pictureMM, pictureInk, dash)
		}
		for _, n := range p.Notes {
			fmt.Fprintf(b, `<text x="%.3f" y="%.3f" font-size="3" fill="%s" stroke="#ffffff" stroke-width="0.7" paint-order="stroke">%s</text>`+"\n", x0+n.At.X*pictureMM, y0+l.high-n.At.Y*pictureMM, pictureInk, html.EscapeString(n.Text))
		}
	}
	x := pictureMargin
	for _, e := range p.Legend {
		fmt.Fprintf(b, `<rect x="%.2f" y="%.2f" width="5" height="4" fill="#%02x%02x%02x" stroke="#000000" stroke-width="0.15"/><text x="%.2f" y="%.2f" font-size="3.2">%s</text>`+"\n",
			x, l.legend-3.4, e.Colour.R, e.Colour.G, e.Colour.B, x+6.5, l.legend, html.EscapeString(e.Name))
		x += legendStep(e.Name)
	}
	fmt.Fprint(b, "</svg>\n")
	return b.Flush()
}
