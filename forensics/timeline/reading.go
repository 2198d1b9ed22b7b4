package timeline

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Reading is a recorded time taken apart: what was written, and no more.
type Reading struct {
	Year                int // 0 when none was written
	Month               time.Month
	Day, Hour, Min, Sec int
	Nsec                int
	HasDate             bool // month and day were written
	HasZone             bool
	ZoneS               int     // seconds east of UTC, when HasZone
	ResolutionS         float64 // the unit of the last digit written
}

// In returns the reading as a time. A reading without a zone is read in zone; one
// without a year or date takes those of the arguments. The result keeps the
// written fields as its wall clock, so that In another zone can be had from it.
func (r Reading) In(zone *time.Location, year int, date time.Time) time.Time {
	if r.HasZone {
		zone = time.FixedZone("", r.ZoneS)
		if r.ZoneS == 0 {
			zone = time.UTC
		}
	}
	if !r.HasDate {
		y, m, d := date.Date()
		return time.Date(y, m, d, r.Hour, r.Min, r.Sec, r.Nsec, zone)
	}
	if r.Year != 0 {
		year = r.Year
	}
	return time.Date(year, r.Month, r.Day, r.Hour, r.Min, r.Sec, r.Nsec, zone)
}

// ReadTime reads a text that is a time and nothing else, also seconds,
// milliseconds, microseconds or nanoseconds since 1970.
func ReadTime(s string) (Reading, bool) {
	s = strings.TrimSpace(s)
	if r, n := ReadPrefix(s); n > 0 && strings.TrimSpace(s[n:]) == "" {
		return r, true
	}
	return readEpoch(s)
}

// ReadPrefix reads the time at the beginning of s and returns how many bytes it
// takes, 0 when there is none. It reads
//
//	2026-03-01T21:14:05.123+08:00   ISO 8601 and RFC 3339; also / . or : between the
//	2026/3/1 9:05                   fields of the date, a comma before the fraction
//	20260301T211405Z                ISO 8601 basic
//	2026年3月1日 21时14分05秒        Chinese; also 上午 and 下午, 点 for 时
//	Mar  1 21:14:05                 RFC 3164, without a year; also "Mar 1 2026 21:14:05"
//	Sun Mar  1 21:14:05 2026        C asctime
//	Sun, 01 Mar 2026 21:14:05 GMT   RFC 5322
//	01/Mar/2026:21:14:05 +0800      Common Log Format
//	21:14:05                        without a date; also 9:14 PM
//
// Dates as 01/02/2026 are not read: which number is the month can not be told.
func ReadPrefix(s string) (Reading, int) {
	for _, read := range []func(*scanner) (Reading, bool){readYearFirst, readMonthFirst, readDayFirst, readClockOnly} {
		p := scanner{s: s}
		if r, ok := read(&p); ok && r.plausible() && !p.inNumber() {
			return r, p.i
		}
	}
	return Reading{}, 0
}

func (r Reading) plausible() bool {
	if r.Hour > 23 || r.Min > 59 || r.Sec > 60 {
		return false
	}
	if !r.HasDate {
		return true
	}
	year := r.Year
	if year == 0 {
		year = 2000 // a leap year
	}
	return r.Month >= 1 && r.Month <= 12 && r.Day >= 1 && r.Day <= time.Date(year, r.Month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// scanner walks over a text. Its methods move on only when they succeed.
type scanner struct {
	s string
	i int
}

// number reads between min and max digits, not being followed by another digit
// unless max digits were read.
func (p *scanner) number(min, max int) (int, bool) {
	n, v := 0, 0
	for n < max && p.i+n < len(p.s) && p.s[p.i+n] >= '0' && p.s[p.i+n] <= '9' {
		v = v*10 + int(p.s[p.i+n]-'0')
		n++
	}
	if n < min {
		return 0, false
	}
	p.i += n
	return v, true
}

func (p *scanner) text(t string) bool {
	if strings.HasPrefix(p.s[p.i:], t) {
		p.i += len(t)
		return true
	}
	return false
}

func (p *scanner) oneOf(set string) (byte, bool) {
	if p.i < len(p.s) && strings.IndexByte(set, p.s[p.i]) >= 0 {
		p.i++
		return p.s[p.i-1], true
	}
	return 0, false
}

func (p *scanner) spaces() int {
	n := 0
	for p.i < len(p.s) && p.s[p.i] == ' ' && n < 4 {
		p.i++
		n++
	}
	return n
}

// inNumber reports whether the scanner stopped between two digits or letters, so
// that what was read is a part of something else.
func (p *scanner) inNumber() bool {
	if p.i == 0 || p.i >= len(p.s) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(p.s[:p.i])
	return before < utf8.RuneSelf && p.wordFollows()
}

var monthNames = [12]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// month reads an English month name, short or long.
func (p *scanner) month() (time.Month, bool) {
	if len(p.s)-p.i < 3 {
		return 0, false
	}
	word := strings.ToLower(p.s[p.i : p.i+3])
	for k, m := range monthNames {
		if word != m {
			continue
		}
		long := strings.ToLower(time.Month(k + 1).String())
		if len(p.s)-p.i >= len(long) && strings.EqualFold(p.s[p.i:p.i+len(long)], long) {
			p.i += len(long)
		} else {
			p.i += 3
		}
		return time.Month(k + 1), true
	}
	return 0, false
}

// weekday skips "Sun", "Sun," and the like with the space behind.
func (p *scanner) weekday() {
	if len(p.s)-p.i < 4 {
		return
	}
	switch strings.ToLower(p.s[p.i : p.i+3]) {
	case "mon", "tue", "wed", "thu", "fri", "sat", "sun":
		save := p.i
		p.i += 3
		p.text(",")
		if p.spaces() == 0 {
			p.i = save
		}
	}
}

// clock reads hour, minute, optional second and fraction.
func (p *scanner) clock(r *Reading) bool {
	save := p.i
	afternoon := p.text("下午") || p.text("晚上")
	if !afternoon {
		_ = p.text("上午") || p.text("凌晨")
	}
	p.spaces()
	ok := false
	if r.Hour, ok = p.number(1, 2); ok {
		switch {
		case p.text(":"), p.text("："):
			ok = p.minuteSecond(r, ":", "：", "", "")
		case p.text("时"), p.text("点"):
			ok = p.minuteSecond(r, "分", "分", "秒", "整")
		default:
			ok = false
		}
	}
	if !ok {
		p.i = save
		return false
	}
	if afternoon && r.Hour < 12 {
		r.Hour += 12
	}
	p.halfDay(r)
	return true
}

// halfDay reads AM or PM behind a clock time of twelve hours.
func (p *scanner) halfDay(r *Reading) {
	save := p.i
	p.text(" ")
	pm := p.text("PM") || p.text("pm")
	if (!pm && !p.text("AM") && !p.text("am")) || p.wordFollows() || r.Hour < 1 || r.Hour > 12 {
		p.i = save
		return
	}
	if r.Hour %= 12; pm {
		r.Hour += 12
	}
}

// wordFollows reports whether a digit or letter follows.
func (p *scanner) wordFollows() bool {
	if p.i >= len(p.s) {
		return false
	}
	c := p.s[p.i]
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// minuteSecond reads what follows the hour; sep stands between minute and second,
// after follows the second. In Chinese the minute may be left out.
func (p *scanner) minuteSecond(r *Reading, sep, wideSep, after, onTheHour string) bool {
	ok := false
	if r.Min, ok = p.number(1, 2); !ok {
		if after == "" {
			return false
		}
		r.ResolutionS = 3600
		if onTheHour != "" && p.text(onTheHour) {
			r.ResolutionS = 60
		}
		return true
	}
	r.ResolutionS = 60
	save := p.i
	if !p.text(sep) && !p.text(wideSep) {
		return true
	}
	if r.Sec, ok = p.number(2, 2); !ok {
		if after != "" {
			return true // 21时14分
		}
		p.i = save
		return true // "21:14: text"
	}
	r.ResolutionS = 1
	p.fraction(r)
	if after != "" {
		p.text(after)
	}
	return true
}

// fraction reads a decimal fraction of a second, keeping nanoseconds.
func (p *scanner) fraction(r *Reading) {
	if p.i+1 >= len(p.s) || (p.s[p.i] != '.' && p.s[p.i] != ',') || p.s[p.i+1] < '0' || p.s[p.i+1] > '9' {
		return
	}
	p.i++
	unit := 1e9
	for n := 0; p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9'; n++ {
		if n < 9 {
			unit /= 10
			r.Nsec += int(p.s[p.i]-'0') * int(math.Round(unit))
			r.ResolutionS = unit / 1e9
		}
		p.i++
	}
}

// zone reads Z, UTC, GMT or an offset, with at most one space before it.
func (p *scanner) zone(r *Reading) {
	save := p.i
	p.text(" ")
	switch {
	case p.text("UTC"), p.text("GMT"), p.text("Z"):
		r.HasZone = true
		if !p.inNumber() {
			break
		}
		r.HasZone = false
	default:
		sign, ok := p.oneOf("+-")
		if !ok {
			break
		}
		h, ok1 := p.number(2, 2)
		p.text(":")
		m, ok2 := p.number(2, 2)
		if ok1 && ok2 && h <= 14 && m <= 59 {
			r.HasZone = true
			r.ZoneS = h*3600 + m*60
			if sign == '-' {
				r.ZoneS = -r.ZoneS
			}
		}
	}
	if !r.HasZone {
		p.i = save
	}
}

func readYearFirst(p *scanner) (r Reading, ok bool) {
	r.HasDate = true
	if r.Year, ok = p.number(4, 4); !ok || r.Year < 1900 {
		return r, false
	}
	sep, punct := p.oneOf("-/.:")
	chinese := false
	switch {
	case punct:
		var m int
		if m, ok = p.number(1, 2); !ok {
			return r, false
		}
		r.Month = time.Month(m)
		if c, found := p.oneOf("-/.:"); !found || c != sep {
			return r, false
		}
		if r.Day, ok = p.number(1, 2); !ok {
			return r, false
		}
	case p.text("年"):
		m, ok1 := p.number(1, 2)
		ok2 := p.text("月")
		d, ok3 := p.number(1, 2)
		if !ok1 || !ok2 || !ok3 || !(p.text("日") || p.text("号")) {
			return r, false
		}
		r.Month, r.Day, chinese = time.Month(m), d, true
	default:
		return readBasic(p, r)
	}
	r.ResolutionS = 86400
	save := p.i
	if _, t := p.oneOf("Tt"); !t && p.spaces() == 0 && !p.text("　") && !chinese {
		return r, true
	}
	if !p.clock(&r) {
		p.i = save
		r.Hour, r.Min, r.Sec, r.Nsec = 0, 0, 0, 0
		return r, true
	}
	p.zone(&r)
	return r, true
}

// readBasic reads ISO 8601's basic form after the year: 0301T211405.
func readBasic(p *scanner, r Reading) (Reading, bool) {
	m, ok1 := p.number(2, 2)
	d, ok2 := p.number(2, 2)
	if !ok1 || !ok2 {
		return r, false
	}
	r.Month, r.Day = time.Month(m), d
	if _, ok := p.oneOf("Tt _-"); !ok {
		return r, false // eight digits alone may be anything
	}
	save := p.i
	if p.clock(&r) {
		p.zone(&r)
		return r, true
	}
	p.i = save
	h, ok1 := p.number(2, 2)
	mi, ok2 := p.number(2, 2)
	s, ok3 := p.number(2, 2)
	if !ok1 || !ok2 || !ok3 {
		return r, false
	}
	r.Hour, r.Min, r.Sec, r.ResolutionS = h, mi, s, 1
	p.fraction(&r)
	p.zone(&r)
	return r, true
}

func readMonthFirst(p *scanner) (r Reading, ok bool) {
	r.HasDate = true
	p.weekday()
	if r.Month, ok = p.month(); !ok || p.spaces() == 0 {
		return r, false
	}
	if r.Day, ok = p.number(1, 2); !ok {
		return r, false
	}
	p.text(",")
	if p.spaces() == 0 {
		return r, false
	}
	save := p.i
	if y, ok := p.number(4, 4); ok && p.spaces() > 0 {
		r.Year = y
	} else {
		p.i = save
	}
	if !p.clock(&r) {
		return r, false
	}
	p.zone(&r)
	if r.Year == 0 { // asctime has it at the end
		save = p.i
		if p.spaces() > 0 {
			if y, ok := p.number(4, 4); ok && y >= 1970 && y < 2100 && !p.inNumber() {
				r.Year = y
				return r, true
			}
		}
		p.i = save
	}
	return r, true
}

func readDayFirst(p *scanner) (r Reading, ok bool) {
	r.HasDate = true
	p.weekday()
	if r.Day, ok = p.number(1, 2); !ok {
		return r, false
	}
	sep, ok := p.oneOf("/ -")
	if !ok {
		return r, false
	}
	if r.Month, ok = p.month(); !ok {
		return r, false
	}
	if c, found := p.oneOf("/ -"); !found || c != sep {
		return r, false
	}
	if r.Year, ok = p.number(4, 4); !ok || r.Year < 1900 {
		return r, false
	}
	if _, ok = p.oneOf(": "); !ok || !p.clock(&r) {
		return r, false
	}
	p.zone(&r)
	return r, true
}

func readClockOnly(p *scanner) (r Reading, ok bool) {
	ok = p.clock(&r)
	return r, ok
}

// readEpoch reads a number since 1970-01-01 UTC. Its unit is told by its size:
// seconds up to the year 2286 have at most ten digits.
func readEpoch(s string) (Reading, bool) {
	whole, frac, point := strings.Cut(s, ".")
	units := map[int]float64{9: 1, 10: 1, 12: 1e-3, 13: 1e-3, 15: 1e-6, 16: 1e-6, 18: 1e-9, 19: 1e-9}
	unit, ok := units[len(whole)]
	if !ok || point && (frac == "" || len(frac) > 9) {
		return Reading{}, false
	}
	var v int64
	for _, c := range whole + frac {
		if c < '0' || c > '9' {
			return Reading{}, false
		}
	}
	for _, c := range whole {
		if v > (math.MaxInt64-9)/10 {
			return Reading{}, false
		}
		v = v*10 + int64(c-'0')
	}
	perS := int64(math.Round(1 / unit))
	t := time.Unix(v/perS, v%perS*(1e9/perS))
	res := unit
	nsec := 0.0
	for _, c := range frac {
		res /= 10
		nsec += float64(c-'0') * res * 1e9
	}
	t = t.Add(time.Duration(math.Round(nsec))).UTC()
	return Reading{Year: t.Year(), Month: t.Month(), Day: t.Day(), Hour: t.Hour(), Min: t.Minute(), Sec: t.Second(), Nsec: t.Nanosecond(),
		HasDate: true, HasZone: true, ResolutionS: math.Max(res, 1e-9)}, true
}
