package sheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
)

var sample = Sheet{Title: "A <test>", WideMM: 210, HighMM: 297, StrokeMM: 0.1,
	Shapes: []Shape{{{{10, 10}, {20, 10}, {20, 20.00004}}, {{15, 11}, {19, 11}, {19, 14}}}},
	Lines:  []Line{{10, 50, 160, 50}},
	Texts:  []Text{{X: 10, Y: 60, SizeMM: 4, Text: "one & two"}, {X: 100, Y: 60, Middle: true, SizeMM: 4, Text: "tag36h11-0"}}}

func TestSVG(t *testing.T) {
	var b bytes.Buffer
	if err := sample.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`width="210mm"`, `viewBox="0 0 210 297"`, "M10 10L20 10L20 20ZM15 11L", "one &amp; two", "A &lt;test&gt;"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %s", want, b.String())
		}
	}
	for d := xml.NewDecoder(&b); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestPDF(t *testing.T) {
	var a, b bytes.Buffer
	if err := sample.WritePDF(&a, nil); err != nil {
		t.Fatal(err)
	}
	if err := sample.WritePDF(&b, nil); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("the same sheet gave other bytes: %v", err)
	}
	if err := api.Validate(bytes.NewReader(a.Bytes()), nil); err != nil {
		t.Error(err)
	}
	if err := sample.WritePDF(io.Discard, []byte("no font")); err == nil {
		t.Error("a damaged font was taken")
	}
}
