package logs

import (
	"strings"

	"firescene/forensics/timeline"
)

// timeNames are the names under which a time is looked for, best first. All are
// in lower case without blanks, underscores and hyphens.
var timeNames = []string{
	"@timestamp", "timestamp", "datetime", "eventtime", "alarmtime", "logtime", "starttime", "createdat", "createtime", "time", "ts", "epoch", "epochms", "unixtime",
	"日期时间", "报警时间", "发生时间", "事件时间", "记录时间", "采集时间", "时间", "date", "日期",
}

// messageNames are the names of the field that says what happened.
var messageNames = []string{"message", "msg", "event", "description", "text", "content", "事件", "内容", "描述", "信息", "报警内容", "事件描述"}

// dateNames are the names of a date that stands apart from its time of day.
var dateNames = []string{"date", "logdate", "eventdate", "日期", "报警日期", "发生日期"}

func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' || r == '-' || r == '\uFEFF' {
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(s)))
}

// timeRank says how good a field's name is as a time: 0 is best, -1 not a time.
// Names that only contain "time", 时间 or 日期 come last.
func timeRank(name string) int {
	plain := plainName(name)
	for i, t := range timeNames {
		if plain == t {
			return i
		}
	}
	for i, part := range []string{"timestamp", "datetime", "时间", "time", "日期", "date"} {
		if strings.Contains(plain, part) {
			return len(timeNames) + i
		}
	}
	return -1
}

func isOneOf(name string, names []string) bool {
	plain := plainName(name)
	for _, n := range names {
		if plain == n {
			return true
		}
	}
	return false
}

// readFieldTime reads the value of a time field, putting a date of its own field
// before a time of day. raw is the time as recorded.
func readFieldTime(value, date string) (r timeline.Reading, raw string, ok bool) {
	raw = strings.TrimSpace(value)
	if r, ok = timeline.ReadTime(raw); !ok {
		return r, raw, false
	}
	if !r.HasDate && date != "" {
		joined := strings.TrimSpace(date) + " " + raw
		if both, ok := timeline.ReadTime(joined); ok && both.HasDate {
			return both, joined, true
		}
	}
	return r, raw, r.HasDate
}
