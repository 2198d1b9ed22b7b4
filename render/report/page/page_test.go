package page

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

const fontFolder = "/usr/share/fonts/truetype/lxgw-wenkai"

func fonts(t testing.TB) Options {
	opt := Options{Date: time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)}
	for name, to := range map[string]*[]byte{"LXGWWenKai-Regular.ttf": &opt.Regular, "LXGWWenKai-Bold.ttf": &opt.Bold, "LXGWWenKaiMono-Regular.ttf": &opt.Mono} {
		b, err := os.ReadFile(filepath.Join(fontFolder, name))
		if err != nil {
			t.Skip("no font for the PDF; install fonts-lxgw-wenkai: ", err)
		}
		*to = b
	}
	return opt
}

func encoded(kind string, w, h int, c color.Color) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		img.Set(i%w, i/w, c)
	}
	var b bytes.Buffer
	if kind == "jpeg" {
		jpeg.Encode(&b, img, nil)
	} else {
		png.Encode(&b, img)
	}
	return b.Bytes()
}

// everyBlock is a document with every kind of block, each at its worst.
func everyBlock() *Document {
	long := strings.Repeat("起火部位位于客厅东墙沙发北端与鞋柜之间，", 20)
	hash := strings.Repeat("9f3c", 16)
	tab := Table{Caption: "一览", Unused: 2, Columns: []Column{{Head: "序号", Width: 1, Align: Centre}, {Head: "内容", Width: 5}, {Head: "校验值", Width: 3, Align: Right}}}
	for i := range 60 {
		tab.Rows = append(tab.Rows, []Cell{{Text: Plain(fmt.Sprintf("row%03d", i))}, {Text: Plain(strings.Repeat("客厅", i))}, {Text: Code(hash), Tone: Bad}})
	}
	tab.Rows[30][1].Text = Plain(strings.Repeat(long, 12)) // taller than a page
	tab.Rows[31] = tab.Rows[31][:1]                        // short of cells
	tab.Rows[32][0].Picture = &Picture{encoded("png", 90, 400, color.NRGBA{200, 90, 20, 128})}
	tab.Rows[33][0].Picture = &Picture{[]byte("\xff\xd8 no picture")}
	var tiles []Tile
	for i := range 8 {
		tiles = append(tiles, Tile{Picture{encoded("jpeg", 64, 48, color.Gray{uint8(99 + 9*i)})}, []Text{Plain(long), Code(hash)}})
	}
	var deep []Section
	for i := range 50 {
		deep = append(deep, Section{ID: fmt.Sprint("s", i), Number: fmt.Sprint(i), Title: "节" + long[:90], Blocks: []Block{Para{Text: Plain(long)}},
			Sections: []Section{{ID: fmt.Sprint("t", i), Title: "小节", Sections: []Section{{ID: fmt.Sprint("u", i), Title: "目"}}}}})
	}
	return &Document{Lang: "zh", Title: "报告", Subtitle: long, RunningHead: long, Creator: "firescene test",
		Cover: []Field{{"案件编号", Plain(long)}}, CoverNotes: []Text{Quiet(long)},
		Words: Words{Contents: "目录", PageOf: "第 %d 页 共 %d 页", Continued: "（续）", NoPicture: "无图片", Sign: "签名：", SignDate: "年 月 日", Attachments: "附件", Sources: "文件："},
		Sections: append([]Section{{ID: "all", Number: "一、", Title: "全部", NewPage: true, Blocks: []Block{
			Para{Text: Plain(long)}, Para{Text: Plain(strings.Repeat(long, 9)), Small: true}, Bullets{Items: []Text{Plain(long), Plain("二")}},
			Fields{Rows: []Field{{"名", Plain(strings.Repeat(long, 15))}, {"值", Code(hash)}}}, tab,
			Figure{Picture: Picture{encoded("png", 30, 900, color.Black)}, Caption: Plain(long), Legend: []LegendEntry{{"点", Measured, "实测"}, {"线", Supposed, "设定"}}, Sources: []string{hash, "a/b"}},
			Figure{Picture: Picture{nil}, Caption: Plain("空")},
			Gallery{Tiles: tiles}, Statement{ID: "F001", Standing: Inferred, Word: "推断", Text: Plain(long), Grounds: []Text{Code(hash)}},
			Note{Tone: Warn, Title: "注", Lines: []Text{Plain(strings.Repeat(long, 15))}}, SignBoxes{Labels: []string{"甲", "乙", "丙"}},
			Chart{WidthMM: 156, HeightMM: 40, Describe: "图", Marks: []Mark{{Shape: Line, X2: 10, Y2: 10, Stroke: RGB(1, 2, 3), Dash: []float64{1, 1}}, {Shape: Box, X2: 5, Y2: 5, Fill: RGB(9, 9, 9)},
				{Shape: Diamond, X: 20, Y: 20, X2: 2, Fill: RGB(9, 9, 9)}, {Shape: Letters, X: 156, Y: 30, S: "右", SizePt: 8, Align: Right, Stroke: RGB(0, 0, 0)}}},
		}}}, deep...),
		Attachments: []Attachment{{"manifest.json", "hashes", []byte("[]\n")}},
	}
}

func setterOf(t *testing.T, d *Document) *setter {
	t.Helper()
	s, err := newSetter(d, fonts(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPDFIsValidAndTheSameTwice(t *testing.T) {
	opt := fonts(t)
	var a, b bytes.Buffer
	if err := WritePDF(&a, everyBlock(), opt); err != nil {
		t.Fatal(err)
	}
	if err := WritePDF(&b, everyBlock(), opt); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two runs gave different bytes")
	}
	name := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(name, a.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	conf := model.NewDefaultConfiguration()
	if err := api.ValidateFile(name, conf); err != nil {
		t.Error(err)
	}
	files, err := api.Attachments(bytes.NewReader(a.Bytes()), conf)
	if err != nil || len(files) != 1 || files[0].FileName != "manifest.json" {
		t.Errorf("attachments %v, %v; want manifest.json", files, err)
	}
	if tool, err := exec.LookPath("qpdf"); err == nil {
		if out, err := exec.Command(tool, "--check", name).CombinedOutput(); err != nil {
			t.Errorf("qpdf: %v\n%s", err, out)
		}
	}
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed (poppler-utils)")
	}
	out, err := exec.Command(tool, name, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		if n := strings.Count(string(out), fmt.Sprintf("row%03d", i)); n != 1 {
			t.Errorf("row %d is printed %d times", i, n)
		}
	}
	for _, w := range []string{"目录", "客厅东墙沙发", "无图片", "推断", "（续）"} {
		if !strings.Contains(string(out), w) {
			t.Errorf("%q does not come back from the PDF", w)
		}
	}
}

// TestTypeArea reads the drawing operators back: nothing may leave the type area
// but the running head above it and the page number below.
func TestTypeArea(t *testing.T) {
	s, err := newSetter(everyBlock(), fonts(t))
	if err != nil {
		t.Fatal(err)
	}
	s.pdf.SetCompression(false)
	s.set()
	var b bytes.Buffer
	if err := s.pdf.Output(&b); err != nil {
		t.Fatal(err)
	}
	const mm = 72 / 25.4
	texts, boxes := 0, 0
	for _, m := range regexp.MustCompile(`BT (-?[\d.]+) (-?[\d.]+) Td`).FindAllSubmatch(b.Bytes(), -1) {
		x, y := number(m[1])/mm, paperH-number(m[2])/mm
		texts++
		if x < leftMM-0.1 || x > leftMM+typeW || y < topMM-11 || y > bottomMM+14 || y > bottomMM && y < bottomMM+9 {
			t.Errorf("text begins at %.1f, %.1f mm, outside the type area", x, y)
		}
	}
	for _, m := range regexp.MustCompile(`(-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) re`).FindAllSubmatch(b.Bytes(), -1) {
		x, y, w, h := number(m[1])/mm, paperH-number(m[2])/mm, number(m[3])/mm, -number(m[4])/mm
		boxes++
		if x < leftMM-0.1 || x+w > leftMM+typeW+0.1 || y < topMM-0.1 || y+h > bottomMM+0.1 {
			t.Errorf("box %.1f, %.1f, %.1f x %.1f mm leaves the type area", x, y, w, h)
		}
	}
	if texts < 1000 || boxes < 100 {
		t.Errorf("only %d texts and %d boxes found in the page streams", texts, boxes)
	}
}

func number(b []byte) float64 {
	v, _ := strconv.ParseFloat(string(b), 64)
	return v
}

func TestFontsThatCannotBeUsed(t *testing.T) {
	for name, ttf := range map[string][]byte{"none": nil, "collection": []byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x02"), "CFF": []byte("OTTO\x00\x0a\x00\x80\x00\x03\x00\x20"), "cut": {0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0}, "noise": bytes.Repeat([]byte{7}, 400)} {
		if err := WritePDF(&bytes.Buffer{}, everyBlock(), Options{Regular: ttf}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestDamagedFontsDoNotPanic(t *testing.T) {
	good := fonts(t).Regular
	for _, n := range []int{300, 5000, len(good) / 2, len(good) - 9} {
		if err := WritePDF(&bytes.Buffer{}, everyBlock(), Options{Regular: good[:n]}); err == nil && n < len(good)/2 {
			t.Errorf("a font cut to %d bytes was taken", n)
		}
	}
}

func TestHTML(t *testing.T) {
	d := everyBlock()
	d.Sections[0].Blocks = append(d.Sections[0].Blocks, Para{Text: Plain(`<script>alert(1)</script>" onload=x`)}, Para{Text: Code("a\u202eb")})
	d.Title = `</title><script>`
	var a, b bytes.Buffer
	if err := WriteHTML(&a, d); err != nil {
		t.Fatal(err)
	}
	if err := WriteHTML(&b, d); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two runs gave different bytes")
	}
	s := html.UnescapeString(a.String())
	if strings.Contains(a.String(), "<script") {
		t.Error("the page holds a script")
	}
	for _, bad := range []string{"http://", "https://", " style=", "ZgotmplZ", "\u202e", "<no value>"} {
		if strings.Contains(s, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for i := range 60 {
		if n := strings.Count(s, fmt.Sprintf("row%03d", i)); n != 1 {
			t.Errorf("row %d stands %d times", i, n)
		}
	}
	if n := strings.Count(s, "data:image/"); n != 1+8+1 {
		t.Errorf("%d pictures, want 10", n)
	}
	for _, want := range []string{`Content-Security-Policy`, `lang="zh-CN"`, `id="F001"`, `download="manifest.json"`, `<tr class="unused">`, "[U+202E]"} {
		if !strings.Contains(s, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestPreparePicture(t *testing.T) {
	small := encoded("jpeg", 40, 30, color.Gray{128})
	if p, err := preparePicture(small, 100); err != nil || !bytes.Equal(p.bytes, small) {
		t.Errorf("a small sound JPEG does not keep its bytes: %v", err)
	}
	p, err := preparePicture(encoded("png", 400, 100, color.NRGBA{1, 2, 3, 40}), 200)
	if err != nil || p.width != 200 || p.height != 50 || p.kind != "png" {
		t.Errorf("got %dx%d %s, %v", p.width, p.height, p.kind, err)
	}
	if img, err := png.Decode(bytes.NewReader(p.bytes)); err != nil {
		t.Error(err)
	} else if _, _, _, a := img.At(5, 5).RGBA(); a != 0xffff {
		t.Error("transparency was kept")
	}
	huge := encoded("png", 2, 2, color.Black)
	copy(huge[16:], []byte{0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff}) // claims 2^31 x 2^31 pixels
	for name, b := range map[string][]byte{"empty": nil, "noise": []byte("GIF89a?"), "cut JPEG": small[:len(small)/2], "huge claim": huge} {
		if _, err := preparePicture(b, 100); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestDenseTablesTakeLessPaper sets the same long table both ways.
func TestDenseTablesTakeLessPaper(t *testing.T) {
	pages := func(dense bool) int {
		t.Helper()
		tab := Table{Dense: dense, Columns: []Column{{Head: "a", Width: 78}, {Head: "b", Width: 78}}}
		for i := 0; i < 200; i++ {
			tab.Rows = append(tab.Rows, []Cell{{Text: FinePrint(strings.Repeat("0123456789abcdef", 4), Mono)}, {Text: Plain("text")}})
		}
		s := setterOf(t, &Document{Lang: "en", Sections: []Section{{ID: "s", Title: "s", Blocks: []Block{tab}}}, Words: Words{PageOf: "%d of %d"}})
		s.set()
		return s.pdf.PageCount()
	}
	if close, wide := pages(true), pages(false); close*3 > wide*2 {
		t.Errorf("%d pages set close, %d set wide", close, wide)
	}
}

// TestWholeHashOnOneLine holds the fine print to the width that the report's
// tables give a SHA-256.
func TestWholeHashOnOneLine(t *testing.T) {
	s := setterOf(t, &Document{Lang: "en", Words: Words{PageOf: "%d of %d"}})
	hash := FinePrint(strings.Repeat("0123456789abcdef", 4), Mono)
	if n := len(wrap(hash, 78-2*cellPadX, 0, settingOf(true).sizePt, s)); n != 1 {
		t.Errorf("a hash takes %d lines", n)
	}
	if fine, full := wrap(hash, 500, 0, 10, s)[0].w, wrap(Code(hash[0].S), 500, 0, 10, s)[0].w; fine > 0.9*full || fine < 0.8*full {
		t.Errorf("fine print is %.1f mm wide, the same in full %.1f mm", fine, full)
	}
}

// TestTwoFiguresAPage sets landscape figures and counts the pages that they take.
func TestTwoFiguresAPage(t *testing.T) {
	var pic bytes.Buffer
	if err := png.Encode(&pic, image.NewGray(image.Rect(0, 0, 128, 80))); err != nil {
		t.Fatal(err)
	}
	f := Figure{Picture: Picture{pic.Bytes()}, Caption: Plain("Figure, with a caption."), Legend: []LegendEntry{{"points", Measured, "measured"}, {"origin", Supposed, "supposed"}}, Sources: []string{"a/b.ply"}}
	s := setterOf(t, &Document{Lang: "en", Words: Words{PageOf: "%d of %d"}})
	s.newPage()
	for i := 0; i < 6; i++ {
		s.figure(f)
	}
	if n := s.pdf.PageCount(); n != 3 {
		t.Errorf("6 figures take %d pages, want 3", n)
	}
	s.newPage()
	s.y = bottomMM - 95 // too little for the whole figure, enough for a smaller one
	at := s.pdf.PageNo()
	if s.figure(f); s.pdf.PageNo() != at || s.y > bottomMM+4+1e-6 {
		t.Errorf("the figure went to page %d, y %.1f mm", s.pdf.PageNo(), s.y)
	}
}
