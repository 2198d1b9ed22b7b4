package origin

import (
	"fmt"
	"math"
	"strings"

	"firescene/recon"
)

// The texts of verdicts hold numbers with units only, so that they read the same
// in every language; Why is an English sentence that says what they mean.

// arrivalText is "62 s (35 to 110 s)"; an open end is written with >.
func arrivalText(a *recon.Arrival) string {
	switch {
	case !a.Reached && a.EarlyS >= a.TimeS:
		return fmt.Sprintf("> %.0f s", a.TimeS)
	case !a.Reached:
		return fmt.Sprintf("> %.0f s (%.0f – > %.0f s)", a.TimeS, a.EarlyS, a.LateS)
	case a.LateOpen:
		return fmt.Sprintf("%.0f s (%.0f – > %.0f s)", a.TimeS, a.EarlyS, a.LateS)
	}
	return fmt.Sprintf("%.0f s (%.0f – %.0f s)", a.TimeS, a.EarlyS, a.LateS)
}

// timeText is "66 s ± 2 s", from the stated ignition.
func timeText(atS, sigmaS float64) string {
	return secondsText(atS) + " ± " + secondsText(sigmaS)
}

// secondsText writes short times with a tenth.
func secondsText(s float64) string {
	if math.Abs(s) < 10 {
		return fmt.Sprintf("%.1f s", s)
	}
	return fmt.Sprintf("%.0f s", s)
}

// sentence formats and ends with a full stop.
func sentence(format string, args ...any) string {
	s := fmt.Sprintf(format, args...)
	body := strings.TrimLeft(s, " ")
	lead := s[:len(s)-len(body)]
	if body != "" && !strings.HasSuffix(body, ".") {
		body += "."
	}
	return lead + body
}

// round keeps results readable and equal across platforms.
func round(v float64, digits int) float64 {
	p := math.Pow(10, float64(digits))
	return math.Round(v*p) / p
}

// counted is a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
