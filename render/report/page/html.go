package page

import (
	"crypto/sha256"
	_ "embed" // the template and the style sheet
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed page.html.tmpl
var htmlTemplate string

//go:embed page.css
var htmlStyle string

// WriteHTML writes the document as one file: no script, no network, style and
// pictures inside, under a content security policy that allows nothing else.
// The same document gives the same bytes.
func WriteHTML(w io.Writer, d *Document) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"clean":   func(s string) string { return clean(s, nil) },
		"picture": dataURI,
		"file":    fileURI,
		"spanTag": spanClass,
		"pair":    func(b Block, w Words) map[string]any { return map[string]any{"B": b, "W": w} },
		"triple":  func(s Section, w Words, level int) map[string]any { return map[string]any{"S": s, "W": w, "L": level} },
		"next":    func(level int) int { return level + 1 },
		"fields":  func(rows []Field) Block { return Fields{Rows: rows} },
		"svgInk":  svgInk,
		"mm":      func(v float64) string { return fmt.Sprintf("%.2f", v) },
		"share":   share,
		"anchor":  func(a Align) string { return [...]string{"start", "middle", "end"}[min(a, Right)] },
		"pt":      func(v float64) string { return fmt.Sprintf("%.2f", v*mmPerPt) },
		"dash":    dashList,
		"sub":     func(a, b float64) float64 { return a - b },
		"diamond": diamondPath,
		"n":       func(s Shape) int { return int(s) },
		"thumb":   func() int { return thumbSidePx },
		"full":    func() int { return maxSidePx },
	}).Parse(htmlTemplate)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(htmlStyle))
	return t.Execute(w, map[string]any{
		"Doc":   d,
		"HTML":  map[string]string{"zh": "zh-CN", "en": "en"}[d.Lang],
		"Style": template.CSS(htmlStyle), // our own, constant
		"CSP":   "default-src 'none'; img-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
	})
}

// dataURI gives the picture as a data URI, or nothing when it cannot be decoded.
func dataURI(p Picture, maxSide int) template.URL {
	pic, err := preparePicture(p.Bytes, maxSide)
	if err != nil {
		return ""
	}
	return template.URL("data:image/" + pic.kind + ";base64," + base64.StdEncoding.EncodeToString(pic.bytes))
}

func fileURI(a Attachment) template.URL {
	return template.URL("data:application/json;base64," + base64.StdEncoding.EncodeToString(a.Content))
}

func spanClass(s Span) string {
	var c []string
	if s.Standing != "" {
		c = append(c, "badge", "b-"+string(s.Standing))
	}
	for _, k := range []struct {
		st   Style
		name string
	}{{Bold, "bold"}, {Mono, "mono"}, {Muted, "muted"}, {Fine, "fine"}} {
		if s.Style&k.st != 0 {
			c = append(c, k.name)
		}
	}
	return strings.Join(c, " ")
}

// share is a column's width in whole percent.
func share(cols []Column, i int) int {
	sum := 0.0
	for _, c := range cols {
		sum += c.Width
	}
	return int(100*cols[i].Width/sum + .5)
}

func svgInk(k Ink) string {
	if !k.On {
		return "none"
	}
	return fmt.Sprintf("#%02x%02x%02x", k.R, k.G, k.B)
}

func dashList(d []float64) string {
	var s []string
	for _, v := range d {
		s = append(s, fmt.Sprintf("%.2f", v))
	}
	return strings.Join(s, " ")
}

func diamondPath(m Mark) string {
	return fmt.Sprintf("%.2f,%.2f %.2f,%.2f %.2f,%.2f %.2f,%.2f", m.X, m.Y-m.X2, m.X+m.X2, m.Y, m.X, m.Y+m.X2, m.X-m.X2, m.Y)
}
