package timeline

import (
	"fmt"
	"time"

	"firescene/forensics"
)

// Warning says that times of one source look wrong. It changes nothing.
type Warning struct {
	Exhibit string `json:"exhibit"`
	Event   string `json:"event"` // the first event that shows it
	Kind    string `json:"kind"`  // "default date", "backward", "forward", "future"
	Count   int    `json:"count"`
	Text    string `json:"text"`
}

// slackS is the step that is not a jump: lines of one log may be written out of
// order by as much.
const slackS = 2

// Check looks at the events of one source, in the order of the source, for times
// that a recorder without power or with a clock set by hand writes: the dates on
// which clocks start (1970, 1980, 2000), times after notAfter (when the source was
// taken; zero for not known), and steps against the log's own direction, which
// may be newest first.
func Check(events []forensics.Event, notAfter time.Time) []Warning {
	var w warnings
	var prev *forensics.Event
	newestFirst := runsBackward(events)
	for i := range events {
		e := &events[i]
		if e.Parsed.IsZero() {
			continue
		}
		if d := startDate(e.Parsed); d != "" {
			w.add(e, "default date", "the date is "+d+", at which clocks without power start")
		}
		if !notAfter.IsZero() && e.Parsed.After(notAfter.Add(24*time.Hour)) {
			w.add(e, "future", "the time is later than the source was taken")
		}
		if prev != nil {
			stepS := e.Parsed.Sub(prev.Parsed).Seconds()
			switch {
			case !newestFirst && stepS < -slackS:
				w.add(e, "backward", fmt.Sprintf("the time goes back by %.0f s from the line before (%q after %q): the clock was set or failed", -stepS, e.Raw, prev.Raw))
			case newestFirst && stepS > slackS:
				w.add(e, "forward", fmt.Sprintf("the log is newest first and the time goes up by %.0f s (%q after %q): the clock was set or failed", stepS, e.Raw, prev.Raw))
			}
		}
		prev = e
	}
	return w.all
}

// runsBackward says whether most steps of a log go back in time.
func runsBackward(events []forensics.Event) bool {
	up, down := 0, 0
	var prev time.Time
	for _, e := range events {
		if e.Parsed.IsZero() {
			continue
		}
		if !prev.IsZero() {
			switch c := e.Parsed.Compare(prev); {
			case c > 0:
				up++
			case c < 0:
				down++
			}
		}
		prev = e.Parsed
	}
	return down > up && down > 1
}

// startDate names the date at which a clock started, for times within two days
// of it: the Unix epoch, the FAT epoch, and the year 2000 of many recorders.
func startDate(t time.Time) string {
	for _, year := range []int{1970, 1980, 2000} {
		start := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		if d := t.Sub(start); d > -24*time.Hour && d < 48*time.Hour {
			return start.Format(time.DateOnly)
		}
	}
	return ""
}

// warnings keeps one warning a kind, with the count.
type warnings struct{ all []Warning }

func (w *warnings) add(e *forensics.Event, kind, text string) {
	for i := range w.all {
		if w.all[i].Kind == kind {
			w.all[i].Count++
			return
		}
	}
	w.all = append(w.all, Warning{e.Exhibit, e.ID, kind, 1, text})
}
