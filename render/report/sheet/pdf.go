package sheet

import (
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

const mmPerPt = 25.4 / 72

// WritePDF writes the sheet as a PDF of one page. font is a TrueType font for the
// texts; without one they are set in Helvetica, which has Latin letters only. The
// same sheet and font give the same bytes.
func (s *Sheet) WritePDF(w io.Writer, font []byte) (err error) {
	// The library reads fonts without looking for their end.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the font is damaged (%v); install it again", r)
		}
	}()
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: s.WideMM, Ht: s.HighMM}})
	fixed := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	pdf.SetCreationDate(fixed)
	pdf.SetModificationDate(fixed)
	pdf.SetCatalogSort(true)
	pdf.SetTitle(s.Title, true)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddPage()
	family := "Helvetica"
	if font != nil {
		family = "text"
		pdf.AddUTF8FontFromBytes(family, "", font)
	}
	pdf.SetFillColor(0, 0, 0)
	for _, p := range s.Shapes {
		for _, loop := range p {
			for i, q := range loop {
				if i == 0 {
					pdf.MoveTo(q[0], q[1])
				} else {
					pdf.LineTo(q[0], q[1])
				}
			}
			pdf.ClosePath()
		}
		pdf.DrawPath("F*")
	}
	pdf.SetLineWidth(s.StrokeMM)
	for _, l := range s.Lines {
		pdf.Line(l.X1, l.Y1, l.X2, l.Y2)
	}
	for _, t := range s.Texts {
		pdf.SetFont(family, "", t.SizeMM/mmPerPt)
		x := t.X
		if t.Middle {
			x -= pdf.GetStringWidth(t.Text) / 2
		}
		pdf.Text(x, t.Y, t.Text)
	}
	if err := pdf.Error(); err != nil {
		return fmt.Errorf("setting the PDF: %w", err)
	}
	return pdf.Output(w)
}
