// Package page is a document of numbered sections and plain blocks, and the two
// writers that set it: WritePDF on A4 paper and WriteHTML as one file that needs
// no network. It knows nothing of fires. Both writers walk the same blocks in
// the same order, so that the paper and the screen cannot say different things.
//
// The paper follows the measures of Chinese case papers: A4, 37 mm above, 28 mm
// on the binding side, a type area of 156 x 225 mm.
//
// Any string is safe to put into a document: what cannot be printed (control
// characters, direction overrides, bytes that are not UTF-8, characters that
// the font lacks) is printed as its code, never dropped and never obeyed.
package page

import (
	"strings"
	"time"
)

// Document is what the two writers set.
type Document struct {
	Lang        string // "zh" or "en"
	Title       string // front page and file title
	Subtitle    string
	Author      string
	Creator     string // program and version
	RunningHead string // top of every page after the front page
	Cover       []Field
	CoverNotes  []Text // small print on the front page
	Sections    []Section
	Attachments []Attachment
	Words       Words
}

// Words are the texts that the writers themselves need.
type Words struct {
	Contents    string
	PageOf      string // with two %d: page, pages
	Continued   string // after a table's head that is repeated
	NoPicture   string // stands in place of a picture that cannot be decoded
	Sign        string // before the line for a signature
	SignDate    string // year, month, day by hand
	Attachments string // heading of the attached files
	Sources     string
}

// Options are what the paper needs besides the document.
type Options struct {
	// Regular and Bold are TrueType fonts with glyf outlines that hold the
	// document's characters. Bold and Mono fall back to Regular.
	Regular, Bold, Mono []byte
	// Date is the only date written into the file; the same date gives the same
	// bytes. It is never taken from the machine's clock.
	Date time.Time
}

// Attachment is a file that travels with the document.
type Attachment struct {
	Name, Describe string
	Content        []byte
}

// Section is a heading with what stands under it.
type Section struct {
	ID       string // stable, letters, digits and hyphens: anchor in HTML
	Number   string // as printed before the title
	Title    string
	NewPage  bool // starts a page on paper
	Fold     bool // may be folded away on screen; always printed
	Blocks   []Block
	Sections []Section
}

// Block is one of the types below.
type Block interface{ Kind() string }

// Style is how a span is set.
type Style uint8

// The styles can be combined.
const (
	Bold Style = 1 << iota
	Mono       // breaks anywhere: hashes, paths, locators
	Muted
	Fine // smaller than the text around it: whole hashes, quoted program words
)

// Standing says on what a thing rests. Its look follows from it alone.
type Standing string

// The four standings; the zero value has no look.
const (
	Measured  Standing = "measured"
	Recovered Standing = "recovered"
	Inferred  Standing = "inferred"
	Supposed  Standing = "supposed"
)

// Span is a piece of text in one style. With a Standing it is set as a badge.
type Span struct {
	S        string
	Style    Style
	Standing Standing
}

// Text is a paragraph's worth of spans.
type Text []Span

// Plain returns text in the plain style.
func Plain(s string) Text { return Text{{S: s}} }

// Strong returns bold text.
func Strong(s string) Text { return Text{{S: s, Style: Bold}} }

// Code returns text that breaks anywhere.
func Code(s string) Text { return Text{{S: s, Style: Mono}} }

// Quiet returns text in grey.
func Quiet(s string) Text { return Text{{S: s, Style: Muted}} }

// FinePrint returns text in smaller letters and the given further style.
func FinePrint(s string, further Style) Text { return Text{{S: s, Style: Fine | further}} }

// String is a text without its styles.
func String(t Text) string {
	var b strings.Builder
	for _, sp := range t {
		b.WriteString(sp.S)
	}
	return b.String()
}

// Badge returns the badge of a standing with its word.
func Badge(k Standing, word string) Text { return Text{{S: word, Standing: k}} }

// Join puts texts one after the other.
func Join(ts ...Text) Text {
	var out Text
	for _, t := range ts {
		out = append(out, t...)
	}
	return out
}

// Tone colours a cell or a note. Tones are told apart by their words too.
type Tone string

// The tones.
const (
	Good Tone = "good"
	Bad  Tone = "bad"
	Calm Tone = "calm"
	Warn Tone = "warn"
)

// Field is a name with its value.
type Field struct {
	Name  string
	Value Text
}

// Picture is an encoded JPEG or PNG.
type Picture struct{ Bytes []byte }

// Align is how a column is set.
type Align uint8

// The alignments.
const (
	Left Align = iota
	Centre
	Right
)

// Column is a table's column. Widths are shares of the sum over the table.
type Column struct {
	Head  string
	Width float64
	Align Align
}

// Cell is text, a picture above text, or neither.
type Cell struct {
	Text    Text
	Picture *Picture
	Tone    Tone
}

// Para is a paragraph.
type Para struct {
	Text  Text
	Small bool
}

// Bullets is a list.
type Bullets struct{ Items []Text }

// Fields is a two-column form.
type Fields struct {
	Rows  []Field
	Dense bool // set small, as in Table
}

// Table has rows of as many cells as columns. Its head is repeated on every
// page, and rows too tall for what is left of a page go on on the next one.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]Cell
	Unused  int  // empty rows of the form after the last, struck out by a diagonal
	Dense   bool // set small and close, for lists that are looked up rather than read
}

// LegendEntry explains one look in a figure.
type LegendEntry struct {
	Text     string
	Standing Standing
	Word     string
}

// Figure is a picture with its caption.
type Figure struct {
	Picture Picture
	Caption Text
	Legend  []LegendEntry
	Sources []string
}

// Tile is a picture of a gallery with the lines under it.
type Tile struct {
	Picture Picture
	Lines   []Text
}

// Gallery is pictures side by side, four in a row on paper.
type Gallery struct{ Tiles []Tile }

// Statement is a numbered sentence with its standing and its grounds, which
// follow each other in small print.
type Statement struct {
	ID       string
	Standing Standing
	Word     string // of the standing
	Text     Text
	Grounds  []Text
}

// Note is set off from the text in a box.
type Note struct {
	Tone  Tone
	Title string
	Lines []Text
}

// SignBoxes are empty boxes to be signed by hand, two in a row.
type SignBoxes struct{ Labels []string }

// Chart is a drawing of lines, boxes and words, in millimetres from its upper
// left corner, 156 wide on paper.
type Chart struct {
	Describe          string
	WidthMM, HeightMM float64
	Marks             []Mark
}

// Shape is what a mark draws.
type Shape uint8

// The shapes. Line goes from X,Y to X2,Y2. Box has these as its corners. Diamond
// stands about X,Y with half-width X2. Letters start, are centred or end at X,Y, by Align.
const (
	Line Shape = iota
	Box
	Diamond
	Letters
)

// Mark is one stroke of a chart.
type Mark struct {
	Shape        Shape
	X, Y, X2, Y2 float64
	Stroke, Fill Ink
	WidthMM      float64
	Dash         []float64
	S            string
	SizePt       float64
	Align        Align
	Bold         bool
}

// Ink is a colour; the zero value draws nothing.
type Ink struct {
	R, G, B uint8
	On      bool
}

// RGB returns an ink.
func RGB(r, g, b uint8) Ink { return Ink{r, g, b, true} }

// Kind names the block for the writers.
func (Para) Kind() string { return "para" }

// Kind names the block for the writers.
func (Bullets) Kind() string { return "bullets" }

// Kind names the block for the writers.
func (Fields) Kind() string { return "fields" }

// Kind names the block for the writers.
func (Table) Kind() string { return "table" }

// Kind names the block for the writers.
func (Figure) Kind() string { return "figure" }

// Kind names the block for the writers.
func (Gallery) Kind() string { return "gallery" }

// Kind names the block for the writers.
func (Statement) Kind() string { return "statement" }

// Kind names the block for the writers.
func (Note) Kind() string { return "note" }

// Kind names the block for the writers.
func (SignBoxes) Kind() string { return "signboxes" }

// Kind names the block for the writers.
func (Chart) Kind() string { return "chart" }

// look is a standing's appearance, the same on paper and screen: a colour and a
// kind of border that stays different in a black and white copy.
type look struct {
	ink  Ink
	tint Ink
	dash []float64 // nil: solid
	fill bool      // solid block with white letters
}

func lookOf(k Standing) look {
	switch k {
	case Measured:
		return look{ink: RGB(0, 84, 140), fill: true}
	case Recovered:
		return look{ink: RGB(0, 106, 78), tint: RGB(228, 243, 237)}
	case Inferred:
		return look{ink: RGB(160, 74, 0), tint: RGB(255, 244, 230), dash: []float64{1.4, 0.8}}
	case Supposed:
		return look{ink: RGB(96, 56, 128), dash: []float64{0.35, 0.7}}
	}
	return look{ink: RGB(90, 90, 90)}
}

// InkOf returns the colour of a standing, for charts.
func InkOf(k Standing) Ink { return lookOf(k).ink }
