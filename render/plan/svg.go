package plan

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"math"
	"strconv"
)

func metre(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) + " m" }
func whole(v float64) string { return strconv.FormatFloat(math.Round(v), 'f', 0, 64) }

// SVG writes the drawing at its scale: a user unit is a millimetre of paper. The
// same drawing gives the same bytes.
func (d *Drawing) SVG(w io.Writer) error {
	b := bufio.NewWriter(w)
	lo, hi := d.bounds()
	mm := 1000 / d.Scale
	wide, high := (hi.X-lo.X)*mm, (hi.Y-lo.Y)*mm
	x := func(p Point) float64 { return (p.X - lo.X) * mm }
	y := func(p Point) float64 { return (hi.Y - p.Y) * mm }
	fmt.Fprintf(b, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="%.2fmm" height="%.2fmm" viewBox="0 0 %.3f %.3f" font-family="'LXGW WenKai','Noto Sans CJK SC','Noto Sans SC',sans-serif">
<title>%s</title>
<rect width="%.3f" height="%.3f" fill="#ffffff"/>
`, wide, high, wide, high, html.EscapeString(d.Title), wide, high)
	for _, l := range layers {
		k := looks[l]
		fmt.Fprintf(b, `<g id="%s" stroke="%s" fill="none" stroke-width="%g" stroke-linecap="round"`, l, k.colour, k.widthMM)
		if k.dashMM > 0 {
			fmt.Fprintf(b, ` stroke-dasharray="%g"`, k.dashMM)
		}
		fmt.Fprint(b, ">\n")
		if l == Cloud && len(d.dots) > 0 {
			fmt.Fprint(b, `<path d="`)
			for _, p := range d.dots {
				fmt.Fprintf(b, "M%.2f %.2fh0", x(p), y(p))
			}
			fmt.Fprint(b, "\"/>\n")
		}
		for _, s := range d.lines {
			if s.layer == l {
				fmt.Fprintf(b, `<path d="M%.3f %.3fL%.3f %.3f"/>`+"\n", x(s.a), y(s.a), x(s.b), y(s.b))
			}
		}
		for _, t := range d.words {
			if t.layer != l {
				continue
			}
			turn := ""
			if t.deg != 0 {
				turn = fmt.Sprintf(` transform="rotate(%.3f %.3f %.3f)"`, -t.deg, x(t.at), y(t.at))
			}
			fmt.Fprintf(b, `<text x="%.3f" y="%.3f" font-size="%g" text-anchor="%s" stroke="none" fill="%s"%s>%s</text>`+"\n",
				x(t.at), y(t.at), t.mm, t.anchor, k.colour, turn, html.EscapeString(t.text))
		}
		fmt.Fprint(b, "</g>\n")
	}
	fmt.Fprint(b, "</svg>\n")
	return b.Flush()
}
