package page

import "slices"

// Measures of a table in millimetres.
const (
	cellPadX  = 1.3
	unusedRow = 8.0
)

// setting is how close a table is set.
type setting struct {
	sizePt, leading float64
	padY            float64 // above and below the text of a row
	picH            float64 // height of a picture in a cell
}

func settingOf(dense bool) setting {
	if dense {
		return setting{sizePt: 7.5, leading: 1.24, padY: 0.5, picH: 13}
	}
	return setting{sizePt: tablePt, leading: leadTable, padY: 0.9, picH: 21}
}

// lead is the height of a line in millimetres.
func (k setting) lead() float64 { return k.sizePt * mmPerPt * k.leading }

var (
	tintHead = RGB(236, 238, 240)
	tintBad  = RGB(253, 232, 230)
	tintGood = RGB(231, 244, 236)
	tintCalm = RGB(245, 245, 245)
	tintWarn = RGB(255, 246, 224)
)

func tintOf(t Tone) Ink {
	switch t {
	case Good:
		return tintGood
	case Bad:
		return tintBad
	case Calm:
		return tintCalm
	case Warn:
		return tintWarn
	}
	return Ink{}
}

// setRow is a table row whose text is broken into lines.
type setRow struct {
	cells [][]line
	pics  []picture
	picH  []float64 // height that the picture takes above the text, 0 when none
	n     int       // lines of the tallest cell
	tones []Tone
	set   setting
}

func (r setRow) hasPicture() bool { return slices.Max(r.picH) > 0 }

func (s *setter) table(t Table) {
	if t.Caption != "" {
		s.need(s.tableStart(t))
		for _, l := range wrap(Strong(t.Caption), typeW, 0, smallPt+0.5, s) {
			s.drawLine(l, leftMM, s.y, smallPt+0.5, 1.5)
			s.y += (smallPt + 0.5) * mmPerPt * 1.5
		}
		s.y += 0.5
	}
	xs := columnEdges(t.Columns)
	head := s.headRow(t, xs)
	s.need(s.tableStart(t))
	s.drawRow(t, xs, head, 0, head.n, true)
	for _, cells := range t.Rows {
		s.flowRow(t, xs, s.breakRow(t, xs, cells), &head)
	}
	s.unused(t, xs, &head)
	s.y += 3.5
}

func columnEdges(cols []Column) []float64 {
	sum := 0.0
	for _, c := range cols {
		sum += c.Width
	}
	xs := []float64{leftMM}
	at := 0.0
	for _, c := range cols {
		at += c.Width
		xs = append(xs, leftMM+typeW*at/sum)
	}
	return xs
}

func (s *setter) headRow(t Table, xs []float64) setRow {
	cells := make([]Cell, len(t.Columns))
	for i, c := range t.Columns {
		cells[i].Text = Strong(c.Head)
	}
	return s.breakRow(t, xs, cells)
}

func (s *setter) breakRow(t Table, xs []float64, cells []Cell) setRow {
	n := len(t.Columns)
	r := setRow{cells: make([][]line, n), pics: make([]picture, n), picH: make([]float64, n), tones: make([]Tone, n), n: 1, set: settingOf(t.Dense)}
	for i := 0; i < n && i < len(cells); i++ {
		w := xs[i+1] - xs[i] - 2*cellPadX
		r.tones[i] = cells[i].Tone
		if p := cells[i].Picture; p != nil {
			pic, err := s.picture(*p, thumbSidePx)
			if err != nil {
				cells[i].Text = Join(cells[i].Text, Quiet(s.doc.Words.NoPicture))
			} else {
				_, h := fit(pic, w, r.set.picH)
				r.pics[i], r.picH[i] = pic, h
			}
		}
		if len(cells[i].Text) > 0 {
			r.cells[i] = wrap(cells[i].Text, w, 0, r.set.sizePt, s)
		}
		r.n = max(r.n, len(r.cells[i]))
	}
	return r
}

func (s *setter) rowHeight(r setRow) float64 {
	h := float64(r.n) * r.set.lead()
	for i := range r.cells {
		if r.picH[i] > 0 {
			h = max(h, r.picH[i]+float64(len(r.cells[i]))*r.set.lead())
		}
	}
	return h + 2*r.set.padY
}

func (s *setter) firstRowHeight(t Table, xs []float64) float64 {
	if len(t.Rows) == 0 {
		if t.Unused > 0 {
			return unusedRow
		}
		return 0
	}
	return min(s.rowHeight(s.breakRow(t, xs, slices.Clone(t.Rows[0]))), typeH/3)
}

// flowRow draws a row where it fits, under a repeated head when there is one. A row that is too tall for what is left
// goes to the next page whole when it takes less than a quarter of one, and is
// continued there otherwise.
func (s *setter) flowRow(t Table, xs []float64, r setRow, head *setRow) {
	if s.rowHeight(r) > s.room()+1e-6 && (s.rowHeight(r) < typeH/4 || r.hasPicture() || s.room() < 6*r.set.lead()) {
		s.continueTable(t, xs, head)
	}
	if r.hasPicture() { // fits, as flowRow has seen to it
		s.drawRow(t, xs, r, 0, r.n, false)
		return
	}
	for from := 0; from < r.n; {
		fit := int((s.room() - 2*r.set.padY + 1e-6) / r.set.lead())
		to := min(r.n, from+max(1, fit))
		if r.n-to == 1 && to-from > 2 {
			to-- // no single line on the next page
		}
		s.drawRow(t, xs, r, from, to, false)
		if from = to; from < r.n {
			s.continueTable(t, xs, head)
		}
	}
}

// continueTable goes on with a table on the next page, under its head.
func (s *setter) continueTable(t Table, xs []float64, head *setRow) {
	s.newPage()
	if head == nil {
		return
	}
	mark := wrap(Quiet(s.doc.Words.Continued), typeW, 0, smallPt-0.5, s)[0]
	s.drawLine(mark, leftMM+typeW-mark.w, s.y-4.2, smallPt-0.5, 1.2)
	s.drawRow(t, xs, *head, 0, head.n, true)
}

// drawRow draws lines from..to of a row, with its pictures when from is 0.
func (s *setter) drawRow(t Table, xs []float64, r setRow, from, to int, head bool) {
	lead := r.set.lead()
	h := float64(to-from)*lead + 2*r.set.padY
	if r.hasPicture() {
		h = s.rowHeight(r)
	}
	for i := range t.Columns {
		x, w := xs[i], xs[i+1]-xs[i]
		if head {
			s.fillBox(x, s.y, w, h, tintHead)
		} else if k := tintOf(r.tones[i]); k.On {
			s.fillBox(x, s.y, w, h, k)
		}
		if r.picH[i] > 0 {
			pw, ph := fit(r.pics[i], w-2*cellPadX, r.set.picH)
			s.drawPicture(r.pics[i], x+(w-pw)/2, s.y+r.set.padY, pw, ph)
		}
		align := t.Columns[i].Align
		n := len(r.cells[i])
		yy := s.y + r.set.padY + r.picH[i]
		if head && n < r.n {
			yy += float64(r.n-n) * lead / 2
		}
		for k := from; k < min(to, n); k++ {
			l := r.cells[i][k]
			lx := x + cellPadX
			if align == Right && !head {
				lx = x + w - cellPadX - l.w
			} else if align == Centre || head && align == Right {
				lx = x + (w-l.w)/2
			}
			s.drawLine(l, lx, yy, r.set.sizePt, r.set.leading)
			yy += lead
		}
	}
	for _, x := range xs {
		s.rule(x, s.y, x, s.y+h, 0.15, inkRule)
	}
	s.rule(xs[0], s.y, xs[len(xs)-1], s.y, 0.15, inkRule)
	s.rule(xs[0], s.y+h, xs[len(xs)-1], s.y+h, 0.15, inkRule)
	s.y += h
}

// unused draws the form's empty rows and strikes them out with one diagonal, so
// that nothing can be written in later.
func (s *setter) unused(t Table, xs []float64, head *setRow) {
	if t.Unused <= 0 {
		return
	}
	n := min(t.Unused, int(s.room()/unusedRow))
	if n == 0 {
		if len(t.Rows) > 0 {
			return
		}
		s.continueTable(t, xs, head)
		n = t.Unused
	}
	x0, x1 := xs[0], xs[len(xs)-1]
	h := float64(n) * unusedRow
	for k := 0; k <= n; k++ {
		s.rule(x0, s.y+float64(k)*unusedRow, x1, s.y+float64(k)*unusedRow, 0.15, inkRule)
	}
	for _, x := range xs {
		s.rule(x, s.y, x, s.y+h, 0.15, inkRule)
	}
	s.rule(x0, s.y+h, x1, s.y, 0.3, inkText)
	s.y += h
}

// A table or form up to this height is kept on one page.
const keepH = 0.22 * typeH

// tableStart is the height that must be free where a table begins: all of a
// short one, else caption, head and the first row.
func (s *setter) tableStart(t Table) float64 {
	xs := columnEdges(t.Columns)
	h := s.rowHeight(s.headRow(t, xs))
	if t.Caption != "" {
		h += 8
	}
	if len(t.Rows) <= 20 {
		all := h + float64(t.Unused)*unusedRow
		for _, r := range t.Rows {
			all += s.rowHeight(s.breakRow(t, xs, slices.Clone(r)))
		}
		if all <= keepH {
			return all
		}
	}
	return h + s.firstRowHeight(t, xs)
}

// fields sets a form of names and values.
func (s *setter) fields(f Fields) {
	if len(f.Rows) == 0 {
		return
	}
	s.need(s.fieldsStart(f))
	t := fieldsTable(f)
	for _, r := range s.fieldRows(f) {
		s.flowRow(t, columnEdges(t.Columns), r, nil)
	}
	s.y += 3.5
}

func fieldsTable(f Fields) Table {
	t := Table{Columns: []Column{{Width: 27}, {Width: 73}}, Dense: f.Dense}
	if f.Dense {
		t.Columns = []Column{{Width: 16}, {Width: 84}}
	}
	return t
}

func (s *setter) fieldRows(f Fields) []setRow {
	var out []setRow
	t := fieldsTable(f)
	for _, row := range f.Rows {
		out = append(out, s.breakRow(t, columnEdges(t.Columns), []Cell{{Text: Strong(row.Name), Tone: Calm}, {Text: row.Value}}))
	}
	return out
}

// fieldsStart is the height that must be free where a form begins.
func (s *setter) fieldsStart(f Fields) float64 {
	all := 0.0
	rows := s.fieldRows(f)
	for _, r := range rows {
		all += s.rowHeight(r)
	}
	if all <= keepH || len(rows) == 0 {
		return all
	}
	return min(s.rowHeight(rows[0]), keepH)
}
