package page

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes a string printable without losing anything: what has no safe
// picture is replaced by its code in brackets. has tells whether the font holds
// a character; nil means that it holds all.
func clean(s string, has func(rune) bool) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, "[\\x%02X]", s[i])
		case r == '\n':
			b.WriteByte('\n')
		case r == '\t':
			b.WriteString("    ")
		case r == '\r' && i+1 < len(s) && s[i+1] == '\n':
			// the line feed that follows breaks the line
		case r == nbsp:
			b.WriteRune(r)
		case !unicode.IsGraphic(r), unicode.Is(unicode.Cf, r), has != nil && !has(r):
			fmt.Fprintf(&b, "[U+%04X]", r)
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

const nbsp = '\u00a0'

// Characters that must not begin a line and such that must not end one, after
// the usual rules for setting Chinese.
const (
	noStart = "，。、；：？！）》」』】〕〉”’…—～·,.;:?!)]}%‰℃°′″"
	noEnd   = "（《「『【〔〈“‘([{￥$±"
)

func wide(r rune) bool {
	return r >= 0x2E80 && (r < 0xA4D0 || r >= 0xAC00 && r < 0xD7B0 || r >= 0xF900 && r < 0xFB00 ||
		r >= 0xFE30 && r < 0xFE70 || r >= 0xFF00 && r < 0xFF61 || r >= 0xFFE0 && r < 0xFFE7 || r >= 0x20000)
}

// mayBreak says whether a line may end between two characters.
func mayBreak(a, b rune, mono bool) bool {
	switch {
	case b == ' ':
		return false
	case a == ' ':
		return true
	case mono:
		return true
	case strings.ContainsRune(noStart, b), strings.ContainsRune(noEnd, a):
		return false
	case wide(a), wide(b):
		return a != nbsp && b != nbsp
	case a == '/', a == '\\', a == '-' && unicode.IsLetter(b):
		return true
	}
	return false
}

// glyph is the smallest thing that is never broken: a character or a badge.
type glyph struct {
	s    string
	r    rune // first character
	span Span
	w    float64 // mm
}

// run is a stretch of a line in one style.
type run struct {
	s    string
	span Span
	w    float64
}

// line is one set line.
type line struct {
	runs []run
	w    float64
}

// measurer gives the width of a character in a style, in mm at a size in points,
// and tells whether the fonts hold it.
type measurer interface {
	widthMM(r rune, st Style, sizePt float64) float64
	badgeMM(word string, sizePt float64) float64
	has(r rune) bool
}

// wrap breaks text into lines no wider than width; the first is shorter by
// indent. A word wider than a line is broken anywhere.
func wrap(t Text, width, indent, sizePt float64, m measurer) []line {
	glyphs := glyphsOf(t, sizePt, m)
	var lines []line
	start, breakAt, w := 0, -1, indent
	emit := func(end int) {
		lines = append(lines, setLine(glyphs[start:end]))
	}
	for i := 0; i < len(glyphs); i++ {
		g := glyphs[i]
		if g.r == '\n' {
			emit(i)
			start, breakAt, w = i+1, -1, 0
			continue
		}
		if i > start {
			p := glyphs[i-1]
			bothMono := p.span.Style&Mono != 0 && g.span.Style&Mono != 0
			counted := i > start+1 && p.r == ' ' && unicode.IsDigit(glyphs[i-2].r) && wide(g.r) // a number stays with its measure word
			if p.span.Standing != "" || g.span.Standing != "" && g.r != ' ' || mayBreak(p.r, g.r, bothMono) && !counted {
				breakAt = i
			}
		}
		if w+g.w > width+1e-6 && i > start && g.r != ' ' {
			if breakAt <= start {
				breakAt = i
			}
			emit(breakAt)
			start, w = breakAt, 0
			for start < i && glyphs[start].r == ' ' {
				start++
			}
			breakAt = -1
			for k := start; k < i; k++ {
				w += glyphs[k].w
			}
		}
		w += g.w
	}
	if start < len(glyphs) || len(lines) == 0 {
		emit(len(glyphs))
	}
	return lines
}

func glyphsOf(t Text, sizePt float64, m measurer) []glyph {
	var out []glyph
	for _, sp := range t {
		s := clean(sp.S, m.has)
		if sp.Standing != "" {
			out = append(out, glyph{s, 'x', sp, m.badgeMM(s, sizePt)})
			continue
		}
		for _, r := range s {
			g := glyph{s: string(r), r: r, span: sp}
			if r == nbsp {
				g.s = " "
			}
			if r != '\n' {
				g.w = m.widthMM([]rune(g.s)[0], sp.Style, sizePt)
			}
			out = append(out, g)
		}
	}
	return out
}

// setLine joins glyphs of one style and drops the spaces at the end.
func setLine(gs []glyph) line {
	for len(gs) > 0 && gs[len(gs)-1].r == ' ' {
		gs = gs[:len(gs)-1]
	}
	var l line
	for _, g := range gs {
		l.w += g.w
		if n := len(l.runs); n > 0 && g.span.Standing == "" && l.runs[n-1].span.Standing == "" && l.runs[n-1].span.Style == g.span.Style {
			l.runs[n-1].s += g.s
			l.runs[n-1].w += g.w
			continue
		}
		l.runs = append(l.runs, run{g.s, g.span, g.w})
	}
	return l
}
