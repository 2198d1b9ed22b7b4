package plan

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// DXF writes the drawing in metres as DXF release 12 (Autodesk, DXF Reference,
// AC1009), which every CAD program reads. Letters outside ASCII are written as
// \U+XXXX. Dimensions are lines and texts.
func (d *Drawing) DXF(w io.Writer) error {
	b := bufio.NewWriter(w)
	put := func(code int, v any) { fmt.Fprintf(b, "%d\r\n%v\r\n", code, v) }
	num := func(code int, v float64) { fmt.Fprintf(b, "%d\r\n%.5f\r\n", code, v) }
	lo, hi := d.bounds()
	put(999, "unit: metre")
	put(0, "SECTION")
	put(2, "HEADER")
	put(9, "$ACADVER")
	put(1, "AC1009")
	put(9, "$EXTMIN")
	num(10, lo.X)
	num(20, lo.Y)
	put(9, "$EXTMAX")
	num(10, hi.X)
	num(20, hi.Y)
	put(0, "ENDSEC")
	put(0, "SECTION")
	put(2, "TABLES")
	put(0, "TABLE")
	put(2, "LAYER")
	put(70, len(layers))
	for _, l := range layers {
		put(0, "LAYER")
		put(2, string(l))
		put(70, 0)
		put(62, looks[l].aci)
		put(6, "CONTINUOUS")
	}
	put(0, "ENDTAB")
	put(0, "ENDSEC")
	put(0, "SECTION")
	put(2, "ENTITIES")
	for _, p := range d.dots {
		put(0, "POINT")
		put(8, string(Cloud))
		num(10, p.X)
		num(20, p.Y)
	}
	for _, s := range d.lines {
		put(0, "LINE")
		put(8, string(s.layer))
		num(10, s.a.X)
		num(20, s.a.Y)
		num(11, s.b.X)
		num(21, s.b.Y)
	}
	for _, t := range d.words {
		put(0, "TEXT")
		put(8, string(t.layer))
		num(10, t.at.X)
		num(20, t.at.Y)
		num(40, d.paper(t.mm)*0.72)
		put(1, dxfText(t.text))
		num(50, t.deg)
		align := map[string]int{"start": 0, "middle": 1, "end": 2}[t.anchor]
		put(72, align)
		if align != 0 {
			num(11, t.at.X)
			num(21, t.at.Y)
		}
	}
	put(0, "ENDSEC")
	put(0, "EOF")
	return b.Flush()
}

// dxfText escapes letters outside ASCII and line breaks.
func dxfText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 0x20:
			b.WriteByte(' ')
		case r < 0x7f:
			b.WriteRune(r)
		case r > 0xffff:
			b.WriteByte('?')
		default:
			fmt.Fprintf(&b, `\U+%04X`, r)
		}
	}
	return b.String()
}
