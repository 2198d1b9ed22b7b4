package page

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/sfnt"
)

// The measures of the paper in millimetres.
const (
	paperW, paperH = 210.0, 297.0
	topMM          = 37.0
	leftMM         = 28.0
	typeW, typeH   = 156.0, 225.0
	bottomMM       = topMM + typeH
)

// Type sizes in points and leading as a multiple of the size.
const (
	bodyPt    = 11.0
	smallPt   = 9.0
	tablePt   = 9.0
	leadBody  = 1.55
	leadTable = 1.35
	mmPerPt   = 25.4 / 72
)

// WritePDF sets the document on paper. The same document, options and fonts give
// the same bytes. A picture that cannot be decoded becomes a box that says so;
// the error is only for fonts that cannot be used and for the writer.
func WritePDF(w io.Writer, d *Document, opt Options) error {
	s, err := newSetter(d, opt)
	if err != nil {
		return err
	}
	s.set()
	if err := s.pdf.Error(); err != nil {
		return fmt.Errorf("setting the PDF: %w", err)
	}
	return guard(func() error { return s.pdf.Output(w) })
}

// guard turns a panic into an error. The PDF library reads fonts without looking
// for their end, so that a damaged font file can make it run over.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the font is damaged (%v); install it again", r)
		}
	}()
	return f()
}

// set puts the whole document on paper: the front page, the sections, then what
// needs the page numbers.
func (s *setter) set() {
	s.front()
	contents := s.reserveContents()
	for i := range s.doc.Sections {
		s.section(&s.doc.Sections[i], 0)
	}
	s.fillContents(contents)
	s.runningHeads()
}

// setter holds the place on the paper while a document is set.
type setter struct {
	pdf      *fpdf.Fpdf
	doc      *Document
	y        float64 // top of what comes next
	fonts    map[Style]*fontFace
	pictures map[string]prepared
	entries  []contentsEntry
	folded   bool // within an appendix, whose parts are not in the contents
}

type fontFace struct {
	family, style string
	sf            *sfnt.Font
	buf           sfnt.Buffer
	widths        map[rune]float64 // mm at one point
}

type contentsEntry struct {
	number, title string
	level, page   int
	link          int
}

func newSetter(d *Document, opt Options) (*setter, error) {
	if len(opt.Regular) == 0 {
		return nil, errors.New("no font for the PDF was given; install a TrueType font that holds Chinese, such as the package fonts-lxgw-wenkai, or write the HTML report, which needs none")
	}
	if len(opt.Bold) == 0 {
		opt.Bold = opt.Regular
	}
	if len(opt.Mono) == 0 {
		opt.Mono = opt.Regular
	}
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(opt.Date.UTC())
	pdf.SetModificationDate(opt.Date.UTC())
	pdf.SetMargins(leftMM, topMM, paperW-leftMM-typeW)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetTitle(clean(d.Title+" "+d.Subtitle, nil), true)
	pdf.SetAuthor(clean(d.Author, nil), true)
	pdf.SetSubject(clean(d.RunningHead, nil), true)
	pdf.SetCreator(clean(d.Creator, nil), true)
	pdf.SetProducer(clean(d.Creator, nil), true)
	pdf.SetLang(map[string]string{"zh": "zh-CN", "en": "en"}[d.Lang])
	pdf.SetDisplayMode("fullwidth", "continuous")
	s := &setter{pdf: pdf, doc: d, fonts: map[Style]*fontFace{}, pictures: map[string]prepared{}}
	for _, f := range []struct {
		st            Style
		family, style string
		ttf           []byte
	}{{0, "text", "", opt.Regular}, {Bold, "text", "B", opt.Bold}, {Mono, "code", "", opt.Mono}} {
		if len(f.ttf) < 12 || (!bytes.HasPrefix(f.ttf, []byte{0, 1, 0, 0}) && !bytes.HasPrefix(f.ttf, []byte("true"))) {
			return nil, errors.New("the font is not a TrueType font with glyf outlines (collections and CFF fonts are not taken); use for example LXGWWenKai-Regular.ttf of the package fonts-lxgw-wenkai")
		}
		sf, err := sfnt.Parse(f.ttf)
		if err != nil {
			return nil, fmt.Errorf("reading the font: %w", err)
		}
		if err := guard(func() error { pdf.AddUTF8FontFromBytes(f.family, f.style, f.ttf); return pdf.Error() }); err != nil {
			return nil, err
		}
		s.fonts[f.st] = &fontFace{family: f.family, style: f.style, sf: sf, widths: map[rune]float64{}}
	}
	var files []fpdf.Attachment
	for _, a := range d.Attachments {
		files = append(files, fpdf.Attachment{Content: a.Content, Filename: a.Name, Description: a.Describe})
	}
	pdf.SetAttachments(files)
	return s, pdf.Error()
}

// face returns the font of a style; there is no bold code.
func (s *setter) face(st Style) *fontFace {
	switch {
	case st&Mono != 0:
		return s.fonts[Mono]
	case st&Bold != 0:
		return s.fonts[Bold]
	}
	return s.fonts[0]
}

// has tells whether all fonts hold a character. The library that writes the PDF
// takes the basic plane only.
func (s *setter) has(r rune) bool {
	if r >= 0xFFFF {
		return false
	}
	for _, st := range []Style{0, Bold, Mono} {
		f := s.fonts[st]
		if g, err := f.sf.GlyphIndex(&f.buf, r); err != nil || g == 0 {
			return false
		}
	}
	return true
}

func (s *setter) widthMM(r rune, st Style, sizePt float64) float64 {
	f := s.face(st)
	if st&Fine != 0 {
		sizePt *= fineScale
	}
	w, ok := f.widths[r]
	if !ok {
		s.pdf.SetFont(f.family, f.style, 10)
		w = float64(s.pdf.GetStringSymbolWidth(string(r))) / 1000 * mmPerPt
		f.widths[r] = w
	}
	return w * sizePt
}

const (
	badgeScale = 0.84 // size of a badge's word to the text around it
	fineScale  = 0.87 // size of fine print to the text around it
)

func (s *setter) badgeMM(word string, sizePt float64) float64 {
	w := 0.0
	for _, r := range word {
		w += s.widthMM(r, Bold, sizePt*badgeScale)
	}
	return w + sizePt*0.26
}

// newPage starts a page; what is set next begins at its top.
func (s *setter) newPage() {
	s.pdf.AddPage()
	s.y = topMM
}

// room is what is left of the page.
func (s *setter) room() float64 { return bottomMM - s.y }

// need starts a page unless h fits on this one.
func (s *setter) need(h float64) {
	if s.room() < h-1e-6 && s.y > topMM+1e-6 {
		s.newPage()
	}
}

// front sets the front page: what the document is and about what.
func (s *setter) front() {
	s.newPage()
	s.y = topMM + 18
	s.centred(s.doc.Title, 24)
	s.y += 3
	s.centred(s.doc.Subtitle, 15)
	s.y += 14
	s.coverForm()
	s.y += 6
	for _, n := range s.doc.CoverNotes {
		s.para(n, smallPt, 0)
	}
}

// coverForm sets names and values between hairlines, larger than in the text.
func (s *setter) coverForm() {
	const size, nameW = 11.5, 48.0
	for _, f := range s.doc.Cover {
		name, value := wrap(Strong(f.Name), nameW-4, 0, size, s), wrap(f.Value, typeW-nameW-2, 0, size, s)
		h := float64(max(len(name), len(value)))*size*mmPerPt*1.4 + 3.4
		s.need(h)
		for i, l := range name {
			s.drawLine(l, leftMM+1, s.y+1.7+float64(i)*size*mmPerPt*1.4, size, 1.4)
		}
		for i, l := range value {
			s.drawLine(l, leftMM+nameW, s.y+1.7+float64(i)*size*mmPerPt*1.4, size, 1.4)
		}
		s.y += h
		s.rule(leftMM, s.y, leftMM+typeW, s.y, 0.2, inkRule)
	}
}

func (s *setter) centred(t string, sizePt float64) {
	for _, l := range wrap(Strong(t), typeW, 0, sizePt, s) {
		s.drawLine(l, leftMM+(typeW-l.w)/2, s.y, sizePt, 1.4)
		s.y += sizePt * mmPerPt * 1.4
	}
}

// Headings by depth.
var headPt = []float64{15, 12.5, 11.5}

// section sets a heading with at least the beginning of what follows it.
func (s *setter) section(sec *Section, level int) {
	size := headPt[min(level, len(headPt)-1)]
	title := strings.TrimSpace(sec.Number + " " + sec.Title)
	lines := wrap(Strong(title), typeW, 0, size, s)
	h := float64(len(lines)) * size * mmPerPt * 1.35
	before := []float64{7, 5, 4}[min(level, 2)]
	if sec.NewPage && s.y > topMM {
		s.newPage()
	}
	first := s.firstHeight(sec)
	if s.y > topMM {
		s.y += before
	}
	s.need(h + 2 + first)
	link := s.pdf.AddLink()
	s.pdf.SetLink(link, s.y, s.pdf.PageNo())
	s.setFont(Bold, size)
	s.pdf.Bookmark(clean(title, s.has), min(level, 2), s.y)
	if level == 0 {
		s.folded = sec.Fold
	}
	if level == 0 || level == 1 && !s.folded {
		s.entries = append(s.entries, contentsEntry{sec.Number, sec.Title, level, s.pdf.PageNo(), link})
	}
	for _, l := range lines {
		s.drawLine(l, leftMM, s.y, size, 1.35)
		s.y += size * mmPerPt * 1.35
	}
	if level == 0 {
		s.rule(leftMM, s.y+0.3, leftMM+typeW, s.y+0.3, 0.35, RGB(60, 60, 60))
		s.y += 1
	}
	s.y += 1.6
	for _, b := range sec.Blocks {
		s.block(b)
	}
	for i := range sec.Sections {
		s.section(&sec.Sections[i], level+1)
	}
}

// reserveContents leaves pages for the table of contents, which is set when the
// page numbers are known.
func (s *setter) reserveContents() []int {
	n := 0
	var count func([]Section, int)
	count = func(secs []Section, level int) {
		for i := range secs {
			n++
			if level == 0 && !secs[i].Fold {
				count(secs[i].Sections, 1)
			}
		}
	}
	count(s.doc.Sections, 0)
	perPage := contentsPerPage()
	var pages []int
	for k := 0; k == 0 || k*perPage < n; k++ {
		s.newPage()
		pages = append(pages, s.pdf.PageNo())
	}
	if len(s.doc.Sections) > 0 {
		s.y = bottomMM // the first section begins a page
	}
	return pages
}

const contentsLine = 5.2

func contentsPerPage() int { return int(math.Floor((typeH - 14) / contentsLine)) }

func (s *setter) fillContents(pages []int) {
	perPage := contentsPerPage()
	k := 0
	for _, e := range s.entries {
		if k%perPage == 0 {
			s.goTo(pages[min(k/perPage, len(pages)-1)])
			s.y = topMM
			if k == 0 {
				s.centred(s.doc.Words.Contents, 15)
			}
			s.y = topMM + 14
		}
		k++
		st, size, indent := Style(0), 10.0, 7.0
		if e.level == 0 {
			st, size, indent = Bold, 10.5, 0
		}
		num := strconv.Itoa(e.page)
		numW := s.stringMM(num, st, size)
		room := typeW - indent - numW - 4
		l := wrap(Text{{S: strings.TrimSpace(e.number + " " + e.title), Style: st}}, room, 0, size, s)[0]
		s.drawLine(l, leftMM+indent, s.y, size, 1.5)
		s.drawString(num, leftMM+typeW-numW, s.y, st, size, 1.5, inkText)
		mid := s.y + size*mmPerPt*1.02
		s.pdf.SetDashPattern([]float64{0.3, 1.2}, 0)
		s.rule(leftMM+indent+l.w+2, mid, leftMM+typeW-numW-2, mid, 0.25, RGB(120, 120, 120))
		s.pdf.SetDashPattern([]float64{}, 0)
		s.pdf.Link(leftMM, s.y, typeW, contentsLine, e.link)
		s.y += contentsLine
	}
}

// runningHeads puts the case and the page number on every page but the front.
func (s *setter) runningHeads() {
	total := s.pdf.PageCount()
	for p := 1; p <= total; p++ {
		s.goTo(p)
		label := fmt.Sprintf(s.doc.Words.PageOf, p, total)
		s.drawString(label, leftMM+(typeW-s.stringMM(label, 0, smallPt))/2, bottomMM+9, 0, smallPt, 1.3, inkQuiet)
		if p == 1 {
			continue
		}
		l := wrap(Plain(s.doc.RunningHead), typeW, 0, smallPt, s)[0]
		s.drawLineIn(l, leftMM, topMM-11, smallPt, 1.3, inkQuiet)
		s.rule(leftMM, topMM-5.5, leftMM+typeW, topMM-5.5, 0.2, RGB(140, 140, 140))
	}
}

// goTo returns to a page that was set before and makes the library say its font
// again, since the page's own stream ends in another.
func (s *setter) goTo(p int) {
	s.pdf.SetPage(p)
	s.pdf.SetDashPattern([]float64{}, 0)
	s.pdf.SetFont("text", "", 7.77)
	s.pdf.SetFont("text", "B", 7.78)
}
