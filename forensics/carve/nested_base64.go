package carve

import "firescene/formats/layers"

const (
	// minBase64B is the shortest run of base64 text that is looked into.
	minBase64B = 1024
	// probeB is the distance of the places at which base64 text is looked for, and
	// probeLen how much of it must stand there. Every run of minBase64B has one.
	probeB, probeLen = 512, 48
	// minLine is the shortest full line of base64 text: shorter lines before a run
	// are headers of a mail or words.
	minLine = 40
)

// base64Runs lists where runs of base64 text begin, line breaks and JSON escapes
// among them, in b, which lies at byte at of the image. What begins at limit
// belongs to it, and what begins at 0 only when first is set: it may have begun
// before.
func base64Runs(b []byte, at int64, limit int, first bool) (out []int) {
	past := 0
	for p := int((probeB - at%probeB) % probeB); p < min(len(b), limit+probeB+probeLen); p += probeB {
		if p < past || !isBase64(b[p:]) {
			continue
		}
		start := runStart(b, p)
		for n, letter := layers.LetterOrBreak(b[start:]); n > 0 && !letter; n, letter = layers.LetterOrBreak(b[start:]) {
			start += n
		}
		end := p
		for {
			n, _ := layers.LetterOrBreak(b[end:])
			if n == 0 {
				break
			}
			end += n
		}
		past = end
		if end-start >= minBase64B && start <= limit && (start > 0 || first) {
			out = append(out, start)
		}
	}
	return out
}

// isBase64 reports whether b goes on with probeLen letters or line breaks, letters
// most of them.
func isBase64(b []byte) bool {
	seen := 0
	for i := 0; i < probeLen; {
		n, letter := layers.LetterOrBreak(b[min(i, len(b)):])
		if n == 0 {
			return false
		}
		if letter {
			seen++
		}
		i += n
	}
	return seen >= minLine
}

// runStart goes back from a place inside a run to its beginning: over letters,
// and over a line break when a full line stands before it.
func runStart(b []byte, p int) int {
	line := func(end int) int {
		i := end
		for i > 0 && layers.IsLetter(b[i-1]) {
			i--
			// an escaped slash, or the letter of an escaped line break
			if i > 0 && b[i-1] == '\\' {
				if b[i] != '/' {
					return i + 1
				}
				i--
			}
		}
		return i
	}
	start := line(p)
	for {
		end := start
		switch {
		case end >= 2 && b[end-2] == '\\' && (b[end-1] == 'n' || b[end-1] == 'r'):
			end -= 2
			if end >= 2 && b[end-2] == '\\' && b[end-1] == 'r' {
				end -= 2
			}
		case end >= 1 && (b[end-1] == '\n' || b[end-1] == '\r'):
			end--
			if end >= 1 && b[end] == '\n' && b[end-1] == '\r' {
				end--
			}
		default:
			return start
		}
		before := line(end)
		if end-before < minLine {
			return start
		}
		start = before
	}
}
