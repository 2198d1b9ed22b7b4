package page

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"codeberg.org/go-pdf/fpdf"
)

const (
	thumbSidePx = 640
	figureMaxH  = 88.0  // two landscape figures with their captions fill a page
	tallFigureH = 104.0 // the same for figures about as tall as wide
	leastShrink = 0.68  // of its full height, for a figure that so fits on the page
	tilesPerRow = 4
	tilePicH    = 27.0
	tilePt      = 7.5
	signBoxH    = 30.0
)

func (s *setter) block(b Block) {
	switch v := b.(type) {
	case Para:
		if v.Small {
			s.para(v.Text, smallPt, 0)
		} else {
			s.para(v.Text, bodyPt, s.indent())
		}
	case Bullets:
		s.bullets(v)
	case Fields:
		s.fields(v)
	case Table:
		s.table(v)
	case Figure:
		s.figure(v)
	case Gallery:
		s.gallery(v)
	case Statement:
		s.statement(v)
	case Note:
		s.note(v)
	case SignBoxes:
		s.signBoxes(v)
	case Chart:
		s.chart(v)
	}
}

// indent is that of a paragraph's first line: two characters in Chinese.
func (s *setter) indent() float64 {
	if s.doc.Lang == "zh" {
		return 2 * bodyPt * mmPerPt
	}
	return 0
}

// firstHeight is what must fit under a heading on the same page.
func (s *setter) firstHeight(sec *Section) float64 {
	if len(sec.Blocks) == 0 {
		if len(sec.Sections) > 0 {
			return 14 + s.firstHeight(&sec.Sections[0])
		}
		return 0
	}
	switch v := sec.Blocks[0].(type) {
	case Table:
		return s.tableStart(v)
	case Fields:
		return s.fieldsStart(v)
	case Figure:
		picH, h := s.figureSize(v)
		return h - picH*(1-leastShrink)
	case Chart:
		return v.HeightMM
	case Gallery:
		return tilePicH + 24
	case SignBoxes:
		return signBoxH * float64((len(v.Labels)+1)/2)
	case Para:
		// A short paragraph that leads in to a table goes with it.
		h := float64(min(3, len(wrap(v.Text, typeW, s.indent(), bodyPt, s)))) * bodyPt * mmPerPt * leadBody
		if len(sec.Blocks) > 1 {
			rest := Section{Blocks: sec.Blocks[1:]}
			h += 3 + s.firstHeight(&rest)
		}
		return h
	}
	if len(sec.Blocks) > 1 { // a note or list that leads in to more
		return 30
	}
	return 16
}

func (s *setter) bullets(b Bullets) {
	for _, t := range b.Items {
		if s.room() < bodyPt*mmPerPt*leadBody {
			s.newPage()
		}
		lines := len(wrap(t, typeW-6, 0, bodyPt, s))
		s.need(float64(min(2, lines)) * bodyPt * mmPerPt * leadBody)
		d := bodyPt * mmPerPt
		s.pdf.SetFillColor(int(inkText.R), int(inkText.G), int(inkText.B))
		s.pdf.Circle(leftMM+2.2, s.y+d*leadBody/2, 0.55, "F")
		s.paraIn(t, leftMM+6, typeW-6, bodyPt, 0, leadBody)
		s.y += 0.8
	}
	s.y += 1.5
}

// picture prepares a picture once, however often it is shown.
func (s *setter) picture(p Picture, maxSide int) (picture, error) {
	sum := sha256.Sum256(p.Bytes)
	key := fmt.Sprintf("%x-%d", sum, maxSide)
	got, ok := s.pictures[key]
	if !ok {
		got.picture, got.err = preparePicture(p.Bytes, maxSide)
		got.key = key
		if got.err == nil {
			info := s.pdf.RegisterImageOptionsReader(key, fpdf.ImageOptions{ImageType: got.kind}, bytes.NewReader(got.bytes))
			got.bytes = nil // the library has its own
			if s.pdf.Ok() {
				s.pdf.SetError(setOrder(info, len(s.pictures)))
			}
		}
		s.pictures[key] = got
	}
	return got.picture, got.err
}

// prepared is a picture that the document holds, or why it does not.
type prepared struct {
	picture
	err error
}

// fit scales a picture into a box and keeps its shape.
func fit(p picture, w, h float64) (float64, float64) {
	k := min(w/float64(p.width), h/float64(p.height))
	return k * float64(p.width), k * float64(p.height)
}

func (s *setter) drawPicture(p picture, x, y, w, h float64) {
	s.pdf.ImageOptions(p.key, x, y, w, h, false, fpdf.ImageOptions{ImageType: p.kind}, 0, "")
	s.strokeBox(x, y, w, h, 0.1, inkRule)
}

// noPicture draws the box that stands for a picture that cannot be decoded.
func (s *setter) noPicture(x, y, w, h float64) {
	s.fillBox(x, y, w, h, tintCalm)
	s.strokeBox(x, y, w, h, 0.2, inkRule)
	l := wrap(Quiet(s.doc.Words.NoPicture), w-4, 0, smallPt, s)[0]
	s.drawLine(l, x+(w-l.w)/2, y+h/2-2, smallPt, 1.3)
}

// figureSize is the size of the picture and the height of the whole figure.
func (s *setter) figureSize(f Figure) (picH, total float64) {
	picH = 30
	if pic, err := s.picture(f.Picture, maxSidePx); err == nil {
		_, picH = fit(pic, typeW, maxHeight(pic))
	}
	total = picH + 2
	total += float64(len(wrap(f.Caption, typeW, 0, smallPt+1, s))) * (smallPt + 1) * mmPerPt * 1.4
	if len(f.Legend) > 0 {
		total += float64(len(wrap(legendText(f.Legend), typeW, 0, smallPt, s))) * smallPt * mmPerPt * 1.45
	}
	if len(f.Sources) > 0 {
		total += float64(len(wrap(s.sourcesText(f), typeW, 0, smallPt-1, s))) * (smallPt - 1) * mmPerPt * 1.4
	}
	return picH, total
}

// maxHeight is that of a picture on paper, by its shape.
func maxHeight(p picture) float64 {
	if 4*p.width < 5*p.height {
		return tallFigureH
	}
	return figureMaxH
}

// legendText sets the entries one after the other.
func legendText(es []LegendEntry) Text {
	var t Text
	for i, e := range es {
		if i > 0 {
			t = append(t, Span{S: "   "})
		}
		t = append(t, Join(Badge(e.Standing, e.Word), Plain("\u00a0"+e.Text))...)
	}
	return t
}

func (s *setter) sourcesText(f Figure) Text {
	t := Quiet(s.doc.Words.Sources)
	for i, src := range f.Sources {
		if i > 0 {
			t = append(t, Span{S: "; ", Style: Muted})
		}
		t = append(t, Span{S: src, Style: Mono | Muted})
	}
	return t
}

// figure sets picture, caption, legend and sources, all on one page.
func (s *setter) figure(f Figure) {
	picH, total := s.figureSize(f)
	if over := total - s.room(); over > 0 && over <= picH*(1-leastShrink) {
		picH, total = picH-over, total-over
	}
	s.need(total)
	pic, err := s.picture(f.Picture, maxSidePx)
	if err != nil {
		s.noPicture(leftMM, s.y, typeW, picH)
	} else {
		w, h := fit(pic, typeW, picH)
		s.drawPicture(pic, leftMM+(typeW-w)/2, s.y, w, h)
	}
	s.y += picH + 1
	s.lines(f.Caption, leftMM, typeW, smallPt+1, 1.4)
	if len(f.Legend) > 0 {
		s.lines(legendText(f.Legend), leftMM, typeW, smallPt, 1.45)
	}
	if len(f.Sources) > 0 {
		s.lines(s.sourcesText(f), leftMM, typeW, smallPt-1, 1.4)
	}
	s.y += 4
}

// lines sets text where it stands, without looking for the end of the page.
func (s *setter) lines(t Text, x, w, sizePt, leading float64) {
	for _, l := range wrap(t, w, 0, sizePt, s) {
		s.drawLine(l, x, s.y, sizePt, leading)
		s.y += sizePt * mmPerPt * leading
	}
}

// gallery sets tiles side by side; a row of tiles is never parted.
func (s *setter) gallery(g Gallery) {
	const gap = 3.0
	w := (typeW - gap*(tilesPerRow-1)) / tilesPerRow
	lead := tilePt * mmPerPt * 1.28
	for from := 0; from < len(g.Tiles); from += tilesPerRow {
		tiles := g.Tiles[from:min(len(g.Tiles), from+tilesPerRow)]
		texts := make([][]line, len(tiles))
		n := 0
		for i, t := range tiles {
			for _, l := range t.Lines {
				texts[i] = append(texts[i], wrap(l, w-2, 0, tilePt, s)...)
			}
			n = max(n, len(texts[i]))
		}
		h := min(tilePicH+2+float64(n)*lead+2, typeH)
		s.need(h)
		for i, t := range tiles {
			x := leftMM + float64(i)*(w+gap)
			s.strokeBox(x, s.y, w, h, 0.15, inkRule)
			pic, err := s.picture(t.Picture, thumbSidePx)
			if err != nil {
				s.noPicture(x+1, s.y+1, w-2, tilePicH)
			} else {
				pw, ph := fit(pic, w-2, tilePicH)
				s.drawPicture(pic, x+(w-pw)/2, s.y+1+(tilePicH-ph)/2, pw, ph)
			}
			for k, l := range texts[i] {
				if y := s.y + tilePicH + 2 + float64(k)*lead; y+lead <= s.y+h {
					s.drawLine(l, x+1, y, tilePt, 1.28)
				}
			}
		}
		s.y += h + gap
	}
	s.y += 1
}

// statement sets a finding: its number in the margin of the block, its standing,
// the sentence, and under it the way back to the evidence.
func (s *setter) statement(v Statement) {
	const (
		numW     = 12.0
		sizePt   = 10.0
		leading  = 1.36
		groundPt = 7.5
	)
	body := Join(Badge(v.Standing, v.Word), Plain(" "), v.Text)
	var grounds Text
	for i, g := range v.Grounds {
		if i > 0 {
			grounds = append(grounds, Span{S: "   "})
		}
		grounds = append(grounds, g...)
	}
	h := float64(len(wrap(body, typeW-numW, 0, sizePt, s))) * sizePt
	if len(grounds) > 0 {
		h += float64(len(wrap(grounds, typeW-numW, 0, groundPt, s))) * groundPt
	}
	s.need(min(h*mmPerPt*leading, keepH))
	s.drawString(clean(v.ID, s.has), leftMM, s.y, Bold, sizePt, leading, inkText)
	s.paraIn(body, leftMM+numW, typeW-numW, sizePt, 0, leading)
	if len(grounds) > 0 {
		s.paraIn(grounds, leftMM+numW, typeW-numW, groundPt, 0, 1.3)
	}
	s.y += 1.3
}

func (s *setter) note(v Note) {
	const pad = 2.5
	var all []line
	if v.Title != "" {
		all = append(all, wrap(Strong(v.Title), typeW-2*pad-1, 0, bodyPt-0.5, s)...)
	}
	for _, t := range v.Lines {
		all = append(all, wrap(t, typeW-2*pad-1, 0, bodyPt-0.5, s)...)
	}
	lead := (bodyPt - 0.5) * mmPerPt * 1.5
	tint := tintOf(v.Tone)
	if !tint.On {
		tint = tintCalm
	}
	for from := 0; from < len(all); {
		s.need(min(float64(len(all)-from), 3)*lead + 2*pad)
		to := min(len(all), from+max(1, int((s.room()-2*pad+1e-6)/lead)))
		h := float64(to-from)*lead + 2*pad
		s.fillBox(leftMM, s.y, typeW, h, tint)
		s.fillBox(leftMM, s.y, 1, h, RGB(90, 90, 90))
		for k := from; k < to; k++ {
			s.drawLine(all[k], leftMM+pad+1, s.y+pad+float64(k-from)*lead, bodyPt-0.5, 1.5)
		}
		s.y += h
		from = to
	}
	s.y += 3
}

func (s *setter) signBoxes(v SignBoxes) {
	w := typeW / 2
	for i := 0; i < len(v.Labels); i += 2 {
		s.need(signBoxH)
		for k := i; k < min(len(v.Labels), i+2); k++ {
			x := leftMM + float64(k-i)*w
			s.strokeBox(x, s.y, w, signBoxH, 0.25, inkText)
			for n, l := range wrap(Strong(v.Labels[k]), w-5, 0, bodyPt-0.5, s) {
				s.drawLine(l, x+2.5, s.y+1.5+float64(n)*5.2, bodyPt-0.5, 1.4)
			}
			y := s.y + signBoxH - 15
			l := wrap(Plain(s.doc.Words.Sign), w-5, 0, bodyPt-0.5, s)[0]
			s.drawLine(l, x+2.5, y, bodyPt-0.5, 1.4)
			s.rule(x+4+l.w, y+4.8, x+w-4, y+4.8, 0.2, inkRule)
			d := wrap(Plain(s.doc.Words.SignDate), w-5, 0, bodyPt-0.5, s)[0]
			s.drawLine(d, x+w-4-d.w, y+7.5, bodyPt-0.5, 1.4)
		}
		s.y += signBoxH
	}
	s.y += 4
}

// chart draws the marks one by one.
func (s *setter) chart(c Chart) {
	s.need(c.HeightMM)
	ox, oy := leftMM, s.y
	for _, m := range c.Marks {
		style := ""
		if m.Fill.On {
			s.pdf.SetFillColor(int(m.Fill.R), int(m.Fill.G), int(m.Fill.B))
			style = "F"
		}
		if m.Stroke.On {
			s.pdf.SetDrawColor(int(m.Stroke.R), int(m.Stroke.G), int(m.Stroke.B))
			s.pdf.SetLineWidth(max(0.1, m.WidthMM))
			style += "D"
		}
		if m.Dash != nil {
			s.pdf.SetDashPattern(m.Dash, 0)
		}
		switch m.Shape {
		case Line:
			s.pdf.Line(ox+m.X, oy+m.Y, ox+m.X2, oy+m.Y2)
		case Box:
			s.pdf.Rect(ox+m.X, oy+m.Y, m.X2-m.X, m.Y2-m.Y, style)
		case Diamond:
			var ps []fpdf.PointType
			for _, d := range [][2]float64{{0, -1}, {1, 0}, {0, 1}, {-1, 0}} {
				ps = append(ps, fpdf.PointType{X: ox + m.X + d[0]*m.X2, Y: oy + m.Y + d[1]*m.X2})
			}
			s.pdf.Polygon(ps, style)
		case Letters:
			st := Style(0)
			if m.Bold {
				st = Bold
			}
			t := clean(m.S, s.has)
			w := s.stringMM(t, st, m.SizePt)
			x := ox + m.X - w*float64(m.Align)/2
			s.drawString(t, x, oy+m.Y-0.86*m.SizePt*mmPerPt, st, m.SizePt, 1, m.Stroke)
		}
		if m.Dash != nil {
			s.pdf.SetDashPattern([]float64{}, 0)
		}
	}
	if c.Describe != "" {
		s.y += c.HeightMM + 1
		s.lines(Plain(c.Describe), leftMM, typeW, smallPt, 1.4)
		s.y += 3
		return
	}
	s.y += c.HeightMM + 3
}
