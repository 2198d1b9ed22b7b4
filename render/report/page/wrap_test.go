package page

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

// monospaced measures half-width characters as 1 and wide ones as 2 units.
type monospaced struct{}

func (monospaced) widthMM(r rune, _ Style, _ float64) float64 {
	if wide(r) {
		return 2
	}
	return 1
}
func (monospaced) badgeMM(word string, _ float64) float64 {
	return float64(utf8.RuneCountInString(word)) + 1
}
func (monospaced) has(r rune) bool { return r < 0x10000 }

func texts(ls []line) []string {
	var out []string
	for _, l := range ls {
		s := ""
		for _, r := range l.runs {
			s += r.s
		}
		out = append(out, s)
	}
	return out
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		name  string
		in    Text
		width float64
		want  []string
	}{
		{"words at spaces", Plain("the fire began here"), 9, []string{"the fire", "began", "here"}},
		{"chinese anywhere", Plain("起火部位位于客厅"), 6, []string{"起火部", "位位于", "客厅"}},
		{"no closing mark at a line's beginning", Plain("起火部位，客厅"), 8, []string{"起火部", "位，客厅"}},
		{"no opening mark at a line's end", Plain("起火部（客厅）"), 8, []string{"起火部", "（客厅）"}},
		{"a number stays whole", Plain("共1234567张"), 8, []string{"共", "1234567", "张"}},
		{"a number stays with its measure word", Plain("照片共 40 张"), 10, []string{"照片共", "40 张"}},
		{"no-break space", Plain("about 0.4\u00a0m"), 9, []string{"about", "0.4 m"}},
		{"hash breaks anywhere", Code("0123456789abcdef"), 6, []string{"012345", "6789ab", "cdef"}},
		{"long word is forced", Plain("aaaaaaaaaa"), 4, []string{"aaaa", "aaaa", "aa"}},
		{"path after its separators", Plain("a/very/long/path"), 7, []string{"a/very/", "long/", "path"}},
		{"line feed", Plain("a\nb\n\nc"), 9, []string{"a", "b", "", "c"}},
		{"empty", nil, 9, []string{""}},
		{"badge is not broken", Join(Plain("aaa "), Badge(Measured, "measured"), Plain(" b")), 10, []string{"aaa", "measured", "b"}},
		{"characters that the font lacks", Plain("x🔥y"), 20, []string{"x[U+1F525]y"}},
	} {
		if got := texts(wrap(c.in, c.width, 0, 10, monospaced{})); strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWrapIndentShortensFirstLineOnly(t *testing.T) {
	got := texts(wrap(Plain("一二三四五六七八九十"), 8, 4, 10, monospaced{}))
	if want := "一二|三四五六|七八九十"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %s", got, want)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain 中文":          "plain 中文",
		"a\x00b":            "a[U+0000]b",
		"evil\u202egpj.exe": "evil[U+202E]gpj.exe",
		"\xff\xfe":          "[\\xFF][\\xFE]",
		"a\r\nb":            "a\nb",
		"a\rb":              "a[U+000D]b",
		"\u200bx":           "[U+200B]x",
		"\ue000":            "[U+E000]",
	} {
		if got := clean(in, nil); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzWrap holds wrap to what it promises for any text: no line wider than asked
// unless it is one character, and nothing lost but spaces and line feeds.
func FuzzWrap(f *testing.F) {
	for _, s := range []string{"", "起火（原因）：尚不能认定。", "a b  c\n\nd", "\xff\u202e🔥", strings.Repeat("9f", 40), "共 40 张，（"} {
		f.Add(s, 12.0, 2.0, true)
	}
	f.Fuzz(func(t *testing.T, s string, width, indent float64, mono bool) {
		if !(width >= 1 && width < 1e4) || !(indent >= 0 && indent < width) || len(s) > 1e4 {
			t.Skip()
		}
		in := Plain(s)
		if mono {
			in = Code(s)
		}
		ls := wrap(in, width, indent, 10, monospaced{})
		for i, l := range ls {
			w := l.w
			if i == 0 {
				w += indent
			}
			n := 0
			for _, r := range l.runs {
				n += utf8.RuneCountInString(r.s)
			}
			if w > width+1e-6 && n > 1 || math.IsNaN(w) {
				t.Fatalf("line %q is %v wide, more than %v", texts(ls)[i], w, width)
			}
		}
		strip := strings.NewReplacer(" ", "", "\n", "", "\u00a0", "")
		if got, want := strip.Replace(strings.Join(texts(ls), "")), strip.Replace(clean(s, monospaced{}.has)); got != want {
			t.Fatalf("set %q, want %q", got, want)
		}
	})
}
