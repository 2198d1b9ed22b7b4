package namelist

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"firescene/formats"
)

// Part is one "key=values" of a record; the zero Part is left out.
type Part struct {
	key     string
	numbers []float64
	texts   []string
	word    string // a logical
}

// Num writes numbers; without any the part is left out.
func Num(key string, v ...float64) Part { return Part{key: key, numbers: v} }

// Opt writes a number that is not 0.
func Opt(key string, v float64) Part { return Stated(key, v, v != 0) }

// Stated writes a number that is stated, were it 0.
func Stated(key string, v float64, is bool) Part {
	if !is {
		return Part{}
	}
	return Num(key, v)
}

// Strs writes texts in quotes; without any the part is left out.
func Strs(key string, v []string) Part { return Part{key: key, texts: v} }

// Str writes a text that is not empty.
func Str(key, v string) Part {
	if v == "" {
		return Part{}
	}
	return Strs(key, []string{v})
}

// Yes writes a logical when it is set.
func Yes(key string, set, value bool) Part {
	switch {
	case !set:
		return Part{}
	case value:
		return Part{key: key, word: ".TRUE."}
	}
	return Part{key: key, word: ".FALSE."}
}

// Writer writes records. Digits are those of numbers, 0 as many as they need; a record
// is broken where a line would be longer than WrapAt characters, 0 never. They are set
// before the first record.
type Writer struct {
	Digits, WrapAt int
	format         string
	w              *bufio.Writer
	err            error
}

// NewWriter returns a writer of a format, whose name is in its errors.
func NewWriter(w io.Writer, format string) *Writer {
	return &Writer{format: format, w: bufio.NewWriter(w)}
}

// Record writes a record of that name. A number that is not finite and a text that
// would break a line or lose its blanks are kept for Close.
func (b *Writer) Record(name string, parts ...Part) {
	fmt.Fprintf(b.w, "&%s", name)
	line := len(name)
	for _, p := range parts {
		values := b.values(p)
		if len(values) == 0 {
			continue
		}
		s := fmt.Sprintf(" %s=%s", p.key, strings.Join(values, ","))
		if b.WrapAt > 0 && line+len(s) > b.WrapAt {
			s, line = "\n     "+s, 0
		}
		line += len(s)
		b.w.WriteString(s)
	}
	fmt.Fprintln(b.w, " /")
}

func (b *Writer) values(p Part) []string {
	var out []string
	if p.word != "" {
		out = append(out, p.word)
	}
	digits := b.Digits
	if digits == 0 {
		digits = -1
	}
	for _, x := range p.numbers {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			b.fail("give a finite number", "%s is %g", p.key, x)
		}
		out = append(out, strconv.FormatFloat(x, 'g', digits, 64))
	}
	for _, s := range p.texts {
		if strings.ContainsAny(s, "\n\r") || strings.TrimSpace(s) != s {
			b.fail("give it a plain name", "%s %q has a line break or blanks at an end", p.key, s)
		}
		out = append(out, "'"+strings.ReplaceAll(s, "'", "''")+"'")
	}
	return out
}

func (b *Writer) fail(next, format string, args ...any) {
	if b.err == nil {
		b.err = &formats.FormatError{Format: b.format, Offset: -1, Reason: fmt.Sprintf(format, args...), Next: next}
	}
}

// Close writes what is left. The error is a *formats.FormatError for a value that can
// not be written, else one of the io.Writer.
func (b *Writer) Close() error {
	if b.err != nil {
		return b.err
	}
	return b.w.Flush()
}
