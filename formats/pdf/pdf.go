// Package pdf checks the structure of PDF files to their true end: object after
// object, streams inflated, cross-reference tables that must lead to the objects,
// incremental updates and linearised files.
//
// Specification: ISO 32000-2:2020, sections 7.2 (lexical conventions), 7.5 (file
// structure) and annex F (linearised files).
package pdf

import (
	"bytes"
	"fmt"
	"io"
	"strconv"

	"firescene/formats/follow"
)

// headB is how much of the beginning Head looks at.
const headB = 9

// Head reports whether b begins like a PDF file.
func Head(b []byte) bool {
	return len(b) >= headB && string(b[:5]) == "%PDF-" && (b[5] == '1' || b[5] == '2') && b[6] == '.' && b[7] >= '0' && b[7] <= '9' && (white(b[8]) || b[8] == '%')
}

// Check follows the PDF that begins at offset 0 of r over at most size bytes. The
// error is an error of r.
func Check(r io.ReaderAt, size int64) (follow.Report, error) {
	w := &walker{r: r, c: follow.New(r, size), objects: map[int64]int64{}}
	w.lex.c = w.c
	w.run()
	return w.rep, w.c.Err()
}

// maxObjects bounds what is followed.
const maxObjects = 1 << 22

type walker struct {
	r       io.ReaderAt
	c       *follow.Cursor
	lex     lexer
	rep     follow.Report
	objects map[int64]int64 // where objects begin, and their numbers
	tables  map[int64]bool  // where cross-reference tables begin
	sums    int             // streams whose check sum agreed
	opaque  int             // streams that were not followed
	linearB int64
	crypted bool
	// the first stream whose stated length was not right: where it begins, and a
	// place before which it goes wrong if it does
	doubtSureB, doubtB int64
	outB               int64 // what the last coded stream inflated to

	// of the section being walked
	last     object  // its trailer, or its last cross-reference stream
	listed   []entry // of its table
	ended    int64   // one past the last end mark that belongs
	startB   int64   // what it says of the place of the table
	sections int
}

// entry is one of a cross-reference table.
type entry struct{ at, number int64 }

func (w *walker) run() {
	b := w.c.Peek(headB)
	if !Head(b) {
		w.rep.Stop(follow.Not, "no PDF header")
		return
	}
	w.tables = map[int64]bool{}
	w.c.Skip(8)
	w.lex.line()
	w.rep.SureB = 8
	for w.section() {
		if len(w.objects) > maxObjects {
			w.bad(w.c.At(), "more objects than are followed")
		}
	}
	if w.ended > 0 {
		// what was walked behind the last end mark does not belong
		reason := ""
		if w.linearB > w.ended {
			if w.linearB > w.c.Size() {
				w.c.MoveTo(w.c.Size())
			}
			w.bad(w.c.At(), "it states %d bytes, but ends at %d", w.linearB, w.ended)
			w.rep.NeedB = w.linearB
			return
		}
		depth := follow.Codes
		if w.opaque > 0 {
			depth = follow.Lengths
			reason = fmt.Sprintf("%d streams were followed by their lengths alone", w.opaque)
		}
		w.rep = follow.Report{What: fmt.Sprintf("PDF, %d objects in %d sections", len(w.objects), w.sections)}
		w.rep.Done(w.ended, depth)
		w.rep.Reason = reason
		return
	}
	if w.rep.State == follow.Whole {
		w.bad(w.c.At()+1, "nothing of it follows its first section")
	}
	w.rep.NeedB = w.linearB
}

// bad ends the walk.
func (w *walker) bad(fail int64, format string, args ...any) bool {
	w.rep.Stop(follow.Damaged, format, args...)
	w.rep.FailB = min(fail, w.c.Size())
	if w.doubtB > 0 {
		w.rep.SureB, w.rep.FailB = min(w.rep.SureB, w.doubtSureB), min(w.rep.FailB, w.doubtB)
	}
	w.good(w.rep.FailB)
	if w.c.At() >= w.c.Size() && w.doubtB == 0 {
		w.cut()
	}
	return false
}

func (w *walker) cut() bool {
	w.rep.Stop(follow.Truncated, "the data ends before the end of the file")
	w.rep.FailB = 0
	w.good(w.c.Size())
	return false
}

// good keeps the beginning when something in it was proved.
func (w *walker) good(end int64) {
	w.rep.GoodB = 0
	if w.sums > 0 || len(w.objects) >= 4 {
		w.rep.GoodB = end
	}
}

// section walks one thing at the top: an object, a table, the end of a section.
// It reports whether the walk goes on.
func (w *walker) section() bool {
	w.lex.skipWhite()
	at := w.c.At()
	b := w.c.Peek(5)
	if b == nil {
		return w.cut()
	}
	switch {
	case b[0] >= '0' && b[0] <= '9':
		return w.object(at)
	case string(b[:4]) == "xref":
		return w.table(at)
	case string(b) == "%PDF-":
		return w.bad(at+5, "another file begins at %d", at)
	}
	switch word := string(w.lex.word()); word {
	case "trailer":
		o, end := w.lex.object()
		if end != "startxref" {
			return w.bad(w.c.At(), "the trailer at %d is not valid", at)
		}
		o.encrypted = o.encrypted || w.crypted
		w.last, w.crypted = o, o.encrypted
		return w.end(at)
	case "startxref":
		return w.end(at)
	default:
		return w.bad(w.c.At(), "no object begins at %d", at)
	}
}

// object walks one indirect object.
func (w *walker) object(at int64) bool {
	number, ok := w.integer()
	if !ok {
		return w.bad(w.c.At(), "no object begins at %d", at)
	}
	w.lex.skipWhite()
	if _, ok = w.integer(); !ok {
		return w.bad(w.c.At(), "no object begins at %d", at)
	}
	w.lex.skipWhite()
	if b := w.c.Take(3); b == nil || string(b) != "obj" {
		return w.bad(w.c.At(), "no object begins at %d", at)
	}
	o, end := w.lex.object()
	switch end {
	case "endobj":
	case "stream":
		if !w.stream(o) {
			return false
		}
	default:
		return w.bad(w.c.At(), "the object at %d is not valid", at)
	}
	if o.linearB > 0 && len(w.objects) == 0 {
		w.linearB = o.linearB
		w.rep.NeedB = o.linearB
	}
	if o.kind == "XRef" {
		w.tables[at] = true
		w.last, w.listed = o, nil
		w.crypted = w.crypted || o.encrypted
	}
	w.objects[at] = number
	w.rep.SureB = w.c.At()
	return true
}

// integer reads a whole number.
func (w *walker) integer() (int64, bool) {
	t := w.lex.word()
	if len(t) > 15 {
		return 0, false
	}
	v, err := strconv.ParseInt(string(t), 10, 64)
	return v, err == nil && v >= 0
}

// table reads a cross-reference table, section 7.5.4.
func (w *walker) table(at int64) bool {
	w.c.Skip(4)
	w.listed = w.listed[:0]
	for {
		w.lex.skipWhite()
		b := w.c.Peek(1)
		if b == nil {
			return w.cut()
		}
		if b[0] < '0' || b[0] > '9' {
			w.tables[at] = true
			return true
		}
		first, ok1 := w.integer()
		w.lex.skipWhite()
		n, ok2 := w.integer()
		if !ok1 || !ok2 || n > maxObjects {
			return w.bad(w.c.At(), "the table at %d is not valid", at)
		}
		for i := range n {
			w.lex.skipWhite()
			b := w.c.Take(18)
			if b == nil {
				return w.cut()
			}
			place, err := strconv.ParseInt(string(b[:10]), 10, 64)
			if err != nil || b[10] != ' ' || b[16] != ' ' || b[17] != 'n' && b[17] != 'f' {
				return w.bad(w.c.At(), "the table at %d is not valid", at)
			}
			if b[17] == 'n' && place > 0 {
				w.listed = append(w.listed, entry{place, first + i})
			}
		}
	}
}

// end reads what stands behind "startxref" and judges the section.
func (w *walker) end(at int64) bool {
	w.lex.skipWhite()
	place, ok := w.integer()
	w.lex.skipWhite()
	if b := w.c.Take(5); !ok || b == nil || string(b) != "%%EOF" {
		return w.bad(w.c.At(), "no end mark behind %d", at)
	}
	end := w.c.At()
	if b := w.c.Ahead(2); bytes.HasPrefix(b, []byte("\r\n")) {
		end += 2
	} else if len(b) > 0 && (b[0] == '\n' || b[0] == '\r') {
		end++
	}
	first := w.linearB > 0 && w.sections == 0 && end < w.linearB
	if !first { // the first section of a linearised file leads to what follows it
		if !w.tables[place] {
			return w.bad(end, "its end mark leads to %d, where no table is", place)
		}
		if w.sections > 0 && w.last.prev < 0 && w.linearB == 0 {
			return w.bad(at, "another file's end at %d", at)
		}
		wrong := 0
		for _, e := range w.listed {
			if n, ok := w.objects[e.at]; !ok || n != e.number {
				wrong++
			}
		}
		// some writers list objects that they left out
		if wrong > 0 && 10*wrong > len(w.listed) {
			return w.bad(at, "%d of %d objects are not where its table says", wrong, len(w.listed))
		}
		w.ended = end
	}
	w.startB = place
	w.sections++
	w.c.MoveTo(end)
	w.rep.SureB = end
	// an update follows at once, or within white space
	w.lex.skipWhite()
	b := w.c.Peek(4)
	return b != nil && (b[0] >= '0' && b[0] <= '9' || string(b) == "xref")
}
