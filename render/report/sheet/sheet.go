// Package sheet draws a sheet of paper at true size: black shapes, thin lines and
// short texts, as SVG or PDF. It is for printed targets and rulers, so that every
// length is millimetres on the paper.
package sheet

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
)

// Sheet is what lies on one page. X is to the right and Y down from its upper left
// corner, in millimetres.
type Sheet struct {
	Title      string // of the document; not drawn
	WideMM     float64
	HighMM     float64
	Shapes     []Shape
	Lines      []Line
	Texts      []Text
	StrokeMM   float64 // of lines
	FontFamily string  // of SVG; empty: sans-serif
}

// Shape is a black shape: what lies within an odd number of its closed lines.
type Shape [][][2]float64

// Line is a thin line.
type Line struct{ X1, Y1, X2, Y2 float64 }

// Text is one line of text. X and Y are the left end of its base line, or its
// middle.
type Text struct {
	X, Y   float64
	Middle bool
	SizeMM float64
	Text   string
}

// number writes millimetres to a ten-thousandth.
func number(v float64) string { return strconv.FormatFloat(round(v), 'f', -1, 64) }

func round(v float64) float64 {
	const steps = 1e4
	if v < 0 {
		return -float64(int64(-v*steps+0.5)) / steps
	}
	return float64(int64(v*steps+0.5)) / steps
}

// WriteSVG writes the sheet as SVG 1.1 whose size is given in millimetres, so that
// it prints at true size.
func (s *Sheet) WriteSVG(w io.Writer) error {
	b := bufio.NewWriter(w)
	family := s.FontFamily
	if family == "" {
		family = "sans-serif"
	}
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]smm" height="%[2]smm" viewBox="0 0 %[1]s %[2]s">`+"\n", number(s.WideMM), number(s.HighMM))
	fmt.Fprintf(b, "<title>%s</title>\n<rect width=\"%s\" height=\"%s\" fill=\"#fff\"/>\n", escape(s.Title), number(s.WideMM), number(s.HighMM))
	for _, p := range s.Shapes {
		b.WriteString(`<path fill="#000" fill-rule="evenodd" d="`)
		for _, loop := range p {
			for i, q := range loop {
				b.WriteString(map[bool]string{true: "M", false: "L"}[i == 0] + number(q[0]) + " " + number(q[1]))
			}
			b.WriteByte('Z')
		}
		b.WriteString("\"/>\n")
	}
	for _, l := range s.Lines {
		fmt.Fprintf(b, `<path stroke="#000" stroke-width="%s" fill="none" d="M%s %sL%s %s"/>`+"\n", number(s.StrokeMM), number(l.X1), number(l.Y1), number(l.X2), number(l.Y2))
	}
	for _, t := range s.Texts {
		anchor := ""
		if t.Middle {
			anchor = ` text-anchor="middle"`
		}
		fmt.Fprintf(b, `<text x="%s" y="%s" font-family="%s" font-size="%s"%s>%s</text>`+"\n", number(t.X), number(t.Y), escape(family), number(t.SizeMM), anchor, escape(t.Text))
	}
	b.WriteString("</svg>\n")
	return b.Flush()
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer does not fail
	return b.String()
}
