package page

// The inks of the text: dark on white.
var (
	inkText  = RGB(24, 24, 24)
	inkQuiet = RGB(88, 88, 88)
	inkRule  = RGB(110, 110, 110)
)

func (s *setter) setFont(st Style, sizePt float64) {
	if st&Fine != 0 {
		sizePt *= fineScale
	}
	f := s.face(st)
	s.pdf.SetFont(f.family, f.style, sizePt)
}

func (s *setter) stringMM(t string, st Style, sizePt float64) float64 {
	w := 0.0
	for _, r := range t {
		w += s.widthMM(r, st, sizePt)
	}
	return w
}

// drawString sets a string whose line box begins at y.
func (s *setter) drawString(t string, x, y float64, st Style, sizePt, leading float64, ink Ink) {
	s.setFont(st, sizePt)
	s.pdf.SetTextColor(int(ink.R), int(ink.G), int(ink.B))
	s.pdf.Text(x, baseline(y, sizePt, leading), t)
}

// baseline centres the em box of the characters in the line.
func baseline(y, sizePt, leading float64) float64 {
	return y + sizePt*mmPerPt*((leading-1)/2+0.86)
}

func (s *setter) drawLine(l line, x, y, sizePt, leading float64) {
	s.drawLineIn(l, x, y, sizePt, leading, inkText)
}

func (s *setter) drawLineIn(l line, x, y, sizePt, leading float64, ink Ink) {
	for _, r := range l.runs {
		switch {
		case r.span.Standing != "":
			s.drawBadge(r, x, y, sizePt, leading)
		case r.span.Style&Muted != 0:
			s.drawString(r.s, x, y, r.span.Style, sizePt, leading, inkQuiet)
		default:
			s.drawString(r.s, x, y, r.span.Style, sizePt, leading, ink)
		}
		x += r.w
	}
}

// drawBadge sets the word of a standing in its own look.
func (s *setter) drawBadge(r run, x, y, sizePt, leading float64) {
	k := lookOf(r.span.Standing)
	size := sizePt * badgeScale
	pad := sizePt * 0.06
	h := sizePt * mmPerPt * 1.12
	top := y + sizePt*mmPerPt*(leading-1.12)/2
	w := r.w - 2*pad
	ink := k.ink
	style := "D"
	s.pdf.SetDrawColor(int(k.ink.R), int(k.ink.G), int(k.ink.B))
	s.pdf.SetLineWidth(0.25)
	switch {
	case k.fill:
		s.pdf.SetFillColor(int(k.ink.R), int(k.ink.G), int(k.ink.B))
		style, ink = "FD", RGB(255, 255, 255)
	case k.tint.On:
		s.pdf.SetFillColor(int(k.tint.R), int(k.tint.G), int(k.tint.B))
		style = "FD"
	}
	if k.dash != nil {
		s.pdf.SetDashPattern(k.dash, 0)
	}
	s.pdf.Rect(x+pad, top, w, h, style)
	s.pdf.SetDashPattern([]float64{}, 0)
	tw := s.stringMM(r.s, Bold, size)
	s.drawString(r.s, x+(r.w-tw)/2, top+(h-size*mmPerPt)/2, Bold, size, 1, ink)
}

func (s *setter) rule(x1, y1, x2, y2, width float64, ink Ink) {
	s.pdf.SetDrawColor(int(ink.R), int(ink.G), int(ink.B))
	s.pdf.SetLineWidth(width)
	s.pdf.Line(x1, y1, x2, y2)
}

func (s *setter) fillBox(x, y, w, h float64, ink Ink) {
	s.pdf.SetFillColor(int(ink.R), int(ink.G), int(ink.B))
	s.pdf.Rect(x, y, w, h, "F")
}

func (s *setter) strokeBox(x, y, w, h, width float64, ink Ink) {
	s.pdf.SetDrawColor(int(ink.R), int(ink.G), int(ink.B))
	s.pdf.SetLineWidth(width)
	s.pdf.Rect(x, y, w, h, "D")
}

// para sets a paragraph. It leaves no single line behind at the foot of a page
// and carries none alone to the next.
func (s *setter) para(t Text, sizePt, indent float64) {
	s.paraIn(t, leftMM, typeW, sizePt, indent, leadBody)
	s.y += sizePt * mmPerPt * 0.45
}

func (s *setter) paraIn(t Text, x, width, sizePt, indent, leading float64) {
	lines := wrap(t, width, indent, sizePt, s)
	lead := sizePt * mmPerPt * leading
	for i, l := range lines {
		left := len(lines) - i
		fit := int((s.room() + 1e-6) / lead)
		if fit == 0 || i == 0 && fit == 1 && left > 1 || fit == 1 && left == 2 {
			s.newPage()
		}
		in := 0.0
		if i == 0 {
			in = indent
		}
		s.drawLine(l, x+in, s.y, sizePt, leading)
		s.y += lead
	}
}
