package main

import (
	"fmt"
	"math"

	"firescene/formats/points"
)

// levelCounts counts points by height in bins that widen as the range grows.
type levelCounts struct {
	lo, step float64
	bins     [1024]int64
	ready    bool
}

func (l *levelCounts) add(z []float64) {
	if len(z) == 0 {
		return
	}
	if !l.ready {
		lo, hi := z[0], z[0]
		for _, v := range z {
			lo, hi = min(lo, v), max(hi, v)
		}
		l.lo, l.step, l.ready = lo, max((hi-lo)/256, 1e-6, math.Abs(lo)*1e-12), true
	}
	for _, v := range z {
		i := (v - l.lo) / l.step
		for n := 0; !(i >= 0 && i < float64(len(l.bins))) && n < 200; n++ {
			l.widen(i < 0)
			i = (v - l.lo) / l.step
		}
		if i >= 0 && i < float64(len(l.bins)) {
			l.bins[int(i)]++
		}
	}
}

// widen joins bins two by two and makes room below or above.
func (l *levelCounts) widen(below bool) {
	old, half, at := l.bins, len(l.bins)/2, 0
	if below {
		l.lo -= float64(len(l.bins)) * l.step
		at = half
	}
	l.bins = [1024]int64{}
	for i := range half {
		l.bins[at+i] = old[2*i] + old[2*i+1]
	}
	l.step *= 2
}

// storey is the distance of the two most crowded heights, which in a room are floor
// and ceiling, and whether they stand out.
func (l *levelCounts) storey() (float64, bool) {
	total, first, last := int64(0), -1, 0
	for i, n := range l.bins {
		total += n
		if n > 0 {
			if last = i; first < 0 {
				first = i
			}
		}
	}
	apart := max(8, (last-first)/5)
	peak := func(not int) (at int, n int64) {
		at = -1
		for i := 1; i+1 < len(l.bins); i++ {
			if not >= 0 && max(i-not, not-i) < apart {
				continue
			}
			if s := l.bins[i-1] + l.bins[i] + l.bins[i+1]; s > n {
				at, n = i, s
			}
		}
		return at, n
	}
	a, na := peak(-1)
	b, nb := peak(a)
	if a < 0 || b < 0 || total < 1000 || na*20 < total || nb*33 < total {
		return 0, false
	}
	return math.Abs(float64(a-b)) * l.step, true
}

// unitGuess is a unit that a length of storey would suit, were it a room's height.
type unitGuess struct {
	Unit   string  `json:"unit"`
	Height float64 `json:"height"` // as stored
	Metres float64 `json:"metres"` // in that unit
}

// units are lengths that scanners' software exports by mistake or by habit.
var units = []struct {
	name   string
	metres float64
}{{"ft", 0.3048}, {"mm", 0.001}, {"cm", 0.01}, {"in", 0.0254}}

// suspectUnit says which unit a cloud seems to be in when it is not metres: one in
// which its floor and ceiling lie as far apart as in rooms. It is a suspicion, on
// which nothing is changed.
func suspectUnit(m *scanMeasure) *unitGuess {
	h, ok := m.Levels.storey()
	if !ok || h >= 1.9 && h <= 6.5 {
		return nil
	}
	for _, u := range units {
		if v := h * u.metres; v >= 2.1 && v <= 3.7 {
			return &unitGuess{u.name, h, v}
		}
	}
	return nil
}

// suspect notes what looks wrong with the scans' units and what a coarse step
// takes.
func (s *cloudWriteSummary) suspect(list []surveyed) {
	for i := range list {
		if u := suspectUnit(&list[i].measure); u != nil {
			s.Notes = append(s.Notes, makeNote("cloud_note_unit", "File", list[i].path, "Name", list[i].info.Name, "Height", fmt.Sprintf("%.4g", u.Height), "Unit", u.Unit, "Metres", fmt.Sprintf("%.2f", u.Metres)))
		}
		if list[i].unit != "" {
			s.Notes = append(s.Notes, makeNote("cloud_note_unit_stated", "File", list[i].path, "Unit", list[i].unit))
		}
		if n := list[i].measure.AtOrigin; n > 1 {
			s.Notes = append(s.Notes, makeNote("cloud_note_at_origin", "File", list[i].path, "Count", n))
		}
	}
	guessed, lost := "", false
	for i := range list {
		if c := list[i].columns; c != "" && c != guessed {
			guessed = c
			s.Notes = append(s.Notes, makeNote("cloud_note_columns", "File", list[i].path, "Columns", c))
		}
		lost = lost || list[i].las
	}
	if lost {
		s.Notes = append(s.Notes, makeNote("cloud_note_las_lost"))
	}
	if s.MaxErrM > 5e-4 {
		s.Notes = append(s.Notes, makeNote("cloud_note_coarse", "Err", fmt.Sprintf("%.3g", s.MaxErrM*1000)))
	}
}

// unitOf is the unit that a file states, other than metres.
func unitOf(s points.Scan) string {
	if q, ok := s.(interface{ Unit() string }); ok {
		return q.Unit()
	}
	return ""
}

// columnsOf is what a table's columns are taken for, and whether that is a guess.
func columnsOf(s points.Scan) (columns string, guessed bool) {
	if q, ok := s.(interface {
		Columns() string
		Guessed() bool
	}); ok {
		return q.Columns(), q.Guessed()
	}
	return "", false
}

// rigid reports whether a pose only turns and moves.
func rigid(m *[16]float64) bool {
	for i := range 3 {
		for j := range 3 {
			dot := m[4*i]*m[4*j] + m[4*i+1]*m[4*j+1] + m[4*i+2]*m[4*j+2]
			if i == j {
				dot--
			}
			if math.Abs(dot) > 1e-4 {
				return false
			}
		}
	}
	det := m[0]*(m[5]*m[10]-m[6]*m[9]) - m[1]*(m[4]*m[10]-m[6]*m[8]) + m[2]*(m[4]*m[9]-m[5]*m[8])
	return det > 0
}
