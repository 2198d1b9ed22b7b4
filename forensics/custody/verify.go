package custody

import (
	"cmp"
	"fmt"
	"slices"
)

// BreakKind says what was done to a log.
type BreakKind string

// The kinds of break.
const (
	Changed   BreakKind = "changed"
	Missing   BreakKind = "missing"
	Reordered BreakKind = "reordered"
	Added     BreakKind = "added"
)

// Break is one place where a log does not hold together.
type Break struct {
	Kind   BreakKind `json:"kind"`
	Seq    int64     `json:"seq"` // the entry, by the number it carries or, when missing, carried
	Reason string    `json:"reason"`
}

func (b Break) String() string { return fmt.Sprintf("log entry %d %s: %s", b.Seq, b.Kind, b.Reason) }

// Verify checks a log in the order in which it was stored and names every entry
// that was changed, taken out, put in or moved. It returns nil for a log that
// holds together. Entries cut from the end leave a shorter log that still holds
// together: only VerifyAgainst can find those.
func Verify(log []Entry) []Break {
	var breaks []Break
	sorted := slices.Clone(log)
	slices.SortStableFunc(sorted, func(a, b Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	for i := range log {
		if log[i].Seq != sorted[i].Seq {
			breaks = append(breaks, Break{Reordered, log[i].Seq, fmt.Sprintf("stored at place %d", i+1)})
		}
	}
	chain, added := dropAdded(sorted)
	breaks = append(breaks, added...)
	prev := Entry{Hash: Genesis}
	prevOK := true
	for _, e := range chain {
		if e.Seq > prev.Seq+1 {
			breaks = append(breaks, Break{Missing, prev.Seq + 1, missingReason(prev.Seq+1, e.Seq-1)})
		}
		ok := e.Sum() == e.Hash
		switch {
		case !ok:
			breaks = append(breaks, Break{Changed, e.Seq, "its content does not fit its hash"})
		case e.Seq == prev.Seq+1 && e.Prev != prev.Hash && prev.Seq == 0:
			breaks = append(breaks, Break{Changed, e.Seq, "it is not the beginning of a log"})
		case e.Seq == prev.Seq+1 && e.Prev != prev.Hash && prevOK:
			// e fits its own hash and names another predecessor, so the one that
			// stands there was written anew, or e was.
			breaks = append(breaks, Break{Changed, prev.Seq, fmt.Sprintf("entry %d names another hash for it; one of the two was written anew", e.Seq)})
		}
		prev, prevOK = e, ok
	}
	return breaks
}

func missingReason(first, last int64) string {
	if first == last {
		return "it was taken out"
	}
	return fmt.Sprintf("entries %d to %d were taken out", first, last)
}

// dropAdded takes out of a log in order of Seq the entries that share a number
// with another one. The one that the following entry names stays; when none is
// named, the first that fits its own hash.
func dropAdded(sorted []Entry) (chain []Entry, added []Break) {
	for i := 0; i < len(sorted); {
		j := i + 1
		for j < len(sorted) && sorted[j].Seq == sorted[i].Seq {
			j++
		}
		keep := i
		if j-i > 1 {
			keep = genuine(sorted, i, j)
		}
		for k := i; k < j; k++ {
			if k != keep {
				added = append(added, Break{Added, sorted[k].Seq, "a second entry of this number (" + sorted[k].Action + " by " + sorted[k].Who + ")"})
			}
		}
		if sorted[keep].Seq < 1 {
			added = append(added, Break{Added, sorted[keep].Seq, "numbers begin at 1"})
		} else {
			chain = append(chain, sorted[keep])
		}
		i = j
	}
	return chain, added
}

func genuine(sorted []Entry, i, j int) int {
	for k := i; k < j; k++ {
		if j < len(sorted) && sorted[j].Prev == sorted[k].Hash {
			return k
		}
	}
	for k := i; k < j; k++ {
		if sorted[k].Sum() == sorted[k].Hash {
			return k
		}
	}
	return i
}

// VerifyAgainst checks a log as Verify does, and also that it still holds the
// entry whose hash was kept outside it. A log that was cut or written anew since
// does not.
func VerifyAgainst(log []Entry, keptHead string) []Break {
	breaks := Verify(log)
	if keptHead == Genesis || slices.ContainsFunc(log, func(e Entry) bool { return e.Hash == keptHead }) {
		return breaks
	}
	var last int64
	for _, e := range log {
		last = max(last, e.Seq)
	}
	return append(breaks, Break{Missing, last + 1, "no entry has the kept head " + keptHead + "; the log was cut or written anew"})
}
