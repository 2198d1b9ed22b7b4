package logs

import (
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"firescene/forensics"
	"firescene/forensics/timeline"
)

// ParseStatement reads a witness's account: passages of text, each beginning with
// an optional time code and an optional speaker,
//
//	[21:14] Name: text
//	[2026-03-01 21:14:05] 张三：看到火光
//	21:15 text
//	张三：……
//
// Lines that begin otherwise go on with the passage before; an empty line ends
// it. Every passage has the locator of its lines. A passage's time stays as it
// was written. Damaged bytes become U+FFFD; the error is only of reading.
func ParseStatement(src Source) ([]forensics.Statement, error) {
	lr, err := newLineReader(src.R)
	if err != nil {
		return nil, err
	}
	passages := []forensics.Statement{}
	var startB, endB int64
	open := false
	flush := func() {
		if open {
			passages[len(passages)-1].Locator = src.locator(startB, endB-startB)
		}
		open = false
	}
	for {
		ln, err := lr.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		text := strings.TrimSpace(ln.text)
		if text == "" {
			flush()
			continue
		}
		at, speaker, rest := passageHead(text)
		if open && at == "" && speaker == "" {
			p := &passages[len(passages)-1]
			if len(p.Text) < MaxLineB {
				p.Text = strings.TrimPrefix(p.Text+"\n"+text, "\n")
			}
			endB = ln.offsetB + ln.lengthB
			continue
		}
		flush()
		open, startB, endB = true, ln.offsetB, ln.offsetB+ln.lengthB
		passages = append(passages, forensics.Statement{Speaker: speaker, Time: at, Text: rest})
	}
	flush()
	return passages, nil
}

// passageHead takes the time code and the speaker off the beginning of a line.
func passageHead(s string) (at, speaker, rest string) {
	rest = s
	if in, behind, ok := bracketed(s); ok {
		if r, n := timeline.ReadPrefix(in); n == len(in) && r.ResolutionS > 0 {
			at, rest = in, strings.TrimSpace(behind)
		}
	} else if _, n := timeline.ReadPrefix(s); n > 0 && n < len(s) && strings.ContainsRune(" \t　,，:：-", firstRune(s[n:])) {
		at, rest = s[:n], strings.TrimLeft(s[n:], " \t　,，:：-")
	}
	if i := strings.IndexAny(rest, ":："); i > 0 {
		name := strings.TrimSpace(rest[:i])
		_, size := utf8.DecodeRuneInString(rest[i:])
		if isName(name) {
			speaker, rest = name, strings.TrimSpace(rest[i+size:])
		}
	}
	return at, speaker, rest
}

func bracketed(s string) (in, behind string, ok bool) {
	for _, pair := range [][2]string{{"[", "]"}, {"【", "】"}, {"(", ")"}, {"（", "）"}} {
		if after, found := strings.CutPrefix(s, pair[0]); found {
			if in, behind, ok = strings.Cut(after, pair[1]); ok {
				return strings.TrimSpace(in), behind, true
			}
		}
	}
	return "", "", false
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// isName says whether a text before a colon is likely a speaker: at most four
// words and 40 characters, letters with few marks between them.
func isName(s string) bool {
	if s == "" || utf8.RuneCountInString(s) > 40 || len(strings.Fields(s)) > 4 {
		return false
	}
	letters := 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r), strings.ContainsRune(" .-_·'()（）", r):
		default:
			return false
		}
	}
	return letters > 0
}

// StatementEvents gives an event for every passage whose time code carries a
// date, or has the date of context, which is then marked as guessed. A zero
// context leaves passages without a date out.
func StatementEvents(exhibit string, passages []forensics.Statement, zone *time.Location, context time.Time) []forensics.Event {
	var events []forensics.Event
	for _, p := range passages {
		r, ok := timeline.ReadTime(p.Time)
		if p.Time == "" || !ok || r.HasDate && r.Year == 0 && context.IsZero() || !r.HasDate && context.IsZero() {
			continue
		}
		message := p.Text
		if p.Speaker != "" {
			message = p.Speaker + ": " + p.Text
		}
		e := newEvent(exhibit, message, "stated", p.Time, p.Locator)
		e.Parsed = r.In(zone, context.Year(), context)
		e.Guessed = guesses(r, r.HasDate && r.Year == 0)
		events = append(events, e)
	}
	return events
}
