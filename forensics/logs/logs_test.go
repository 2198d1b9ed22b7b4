package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"firescene/forensics"
	"firescene/formats"
)

var beijing = time.FixedZone("+08:00", 8*3600)

func parse(t testing.TB, text string, o Options) Result {
	t.Helper()
	if o.Zone == nil {
		o.Zone = beijing
	}
	res, err := Parse(t.Context(), Source{R: strings.NewReader(text), Exhibit: "E004"}, o)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func gbk(s string) string {
	b, err := simplifiedchinese.GBK.NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestParseFormats(t *testing.T) {
	type want struct{ raw, utc, message, what, guessed, bytes string }
	tests := []struct {
		name, text, format string
		o                  Options
		want               []want
		bad                int
	}{
		{"RFC 3164", "<34>Mar  1 21:14:05 panel alarm[7]: zone 3 smoke\nMar  1 21:14:09 panel alarm: bell\n", "text", Options{Year: 2026}, []want{
			{"Mar  1 21:14:05", "2026-03-01T13:14:05Z", "panel alarm[7]: zone 3 smoke", "logged", "year, zone", "<34>Mar  1 21:14:05 panel alarm[7]: zone 3 smoke"},
			{"Mar  1 21:14:09", "2026-03-01T13:14:09Z", "panel alarm: bell", "logged", "year, zone", "Mar  1 21:14:09 panel alarm: bell"}}, 0},
		{"RFC 5424", "<165>1 2026-03-01T21:14:05.003Z host app - ID47 - smoke", "text", Options{}, []want{
			{"2026-03-01T21:14:05.003Z", "2026-03-01T21:14:05.003Z", "host app - ID47 - smoke", "logged", "", "<165>1 2026-03-01T21:14:05.003Z host app - ID47 - smoke"}}, 0},
		{"lines with a date", "2026-03-01 21:14:05 火警\n\tat x\n2026/03/01 21:14:06.5 故障\n[2026-03-01 21:14:07] 复位\nno time\n", "text", Options{}, []want{
			{"2026-03-01 21:14:05", "2026-03-01T13:14:05Z", "火警", "logged", "zone", "2026-03-01 21:14:05 火警"},
			{"2026/03/01 21:14:06.5", "2026-03-01T13:14:06.5Z", "故障", "logged", "zone", "2026/03/01 21:14:06.5 故障"},
			{"2026-03-01 21:14:07", "2026-03-01T13:14:07Z", "复位", "logged", "zone", "[2026-03-01 21:14:07] 复位"}}, 1},
		{"a time behind other words", "[INFO ] 2026-03-01 21:14:05,120 - started\n10.0.0.1 - - [01/Mar/2026:21:14:06 +0800] \"GET /\" 200\n", "text", Options{}, []want{
			{"2026-03-01 21:14:05,120", "2026-03-01T13:14:05.12Z", "[INFO ] 2026-03-01 21:14:05,120 - started", "logged", "zone", "[INFO ] 2026-03-01 21:14:05,120 - started"},
			{"01/Mar/2026:21:14:06 +0800", "2026-03-01T13:14:06Z", `10.0.0.1 - - [01/Mar/2026:21:14:06 +0800] "GET /" 200`, "logged", "", `10.0.0.1 - - [01/Mar/2026:21:14:06 +0800] "GET /" 200`}}, 0},
		{"JSON lines", `{"level":"info","ts":1772370845.5,"msg":"tripped"}` + "\r\n" + `{"time":"2026-03-01T21:14:06+08:00","event":"arc","n":{"ts":1}}` + "\n{\"ts\":\"x\"}\n{\"a\":1}\n{\"ts\":\n", "jsonl", Options{}, []want{
			{"1772370845.5", "2026-03-01T13:14:05.5Z", "tripped", "ts", "", `{"level":"info","ts":1772370845.5,"msg":"tripped"}`},
			{"2026-03-01T21:14:06+08:00", "2026-03-01T13:14:06Z", "arc", "time", "", `{"time":"2026-03-01T21:14:06+08:00","event":"arc","n":{"ts":1}}`}}, 3},
		{"JSON lines, field named", `{"time":"2020-01-01T00:00:00Z","meter":{"read_at":"2026-03-01 21:14:05"}}`, "jsonl", Options{TimeField: "meter.read_at"}, []want{
			{"2026-03-01 21:14:05", "2026-03-01T13:14:05Z", `{"time":"2020-01-01T00:00:00Z","meter":{"read_at":"2026-03-01 21:14:05"}}`, "meter.read_at", "zone",
				`{"time":"2020-01-01T00:00:00Z","meter":{"read_at":"2026-03-01 21:14:05"}}`}}, 0},
		{"CSV", "zone,Time,text\n3,2026-03-01 21:14:05,\"smoke, \"\"second\"\" floor\"\n4,2026-03-01 21:14:06,\"two\nlines\"\n5\n6,never,x\n", "csv", Options{}, []want{
			{"2026-03-01 21:14:05", "2026-03-01T13:14:05Z", `zone=3; text=smoke, "second" floor`, "Time", "zone", `3,2026-03-01 21:14:05,"smoke, ""second"" floor"`},
			{"2026-03-01 21:14:06", "2026-03-01T13:14:06Z", "zone=4; text=two\nlines", "Time", "zone", "4,2026-03-01 21:14:06,\"two\nlines\""}}, 2},
		{"CSV with date and time apart", "日期;时间;事件\n2026/3/1;21:14:05;火警\n", "csv", Options{}, []want{
			{"2026/3/1 21:14:05", "2026-03-01T13:14:05Z", "事件=火警", "时间", "zone", "2026/3/1;21:14:05;火警"}}, 0},
		{"CSV without names", "1,2026-03-01 21:14:05,on\n2,2026-03-01 21:14:06,off\n", "csv", Options{}, []want{
			{"2026-03-01 21:14:05", "2026-03-01T13:14:05Z", "1; on", "logged", "zone", "1,2026-03-01 21:14:05,on"},
			{"2026-03-01 21:14:06", "2026-03-01T13:14:06Z", "2; off", "logged", "zone", "2,2026-03-01 21:14:06,off"}}, 0},
		{"CSV, column named", "a\tb\n2026-03-01 21:14:05\t2026-03-01 21:15:00\n", "csv", Options{TimeField: "b"}, []want{
			{"2026-03-01 21:15:00", "2026-03-01T13:15:00Z", "a=2026-03-01 21:14:05", "b", "zone", "2026-03-01 21:14:05\t2026-03-01 21:15:00"}}, 0},
		{"a quote that is never closed", "time,text\n2026-03-01 21:14:05,\"open\n2026-03-01 21:14:06,next\n", "csv", Options{}, []want{
			{"2026-03-01 21:14:05", "2026-03-01T13:14:05Z", `text="open`, "time", "zone", `2026-03-01 21:14:05,"open`},
			{"2026-03-01 21:14:06", "2026-03-01T13:14:06Z", "text=next", "time", "zone", "2026-03-01 21:14:06,next"}}, 0},
		{"syslog with commas is no table", "Mar  1 21:14:05 a: time, x\nMar  1 21:14:06 a: time, y\n", "text", Options{Year: 2026}, []want{
			{"Mar  1 21:14:05", "2026-03-01T13:14:05Z", "a: time, x", "logged", "year, zone", "Mar  1 21:14:05 a: time, x"},
			{"Mar  1 21:14:06", "2026-03-01T13:14:06Z", "a: time, y", "logged", "year, zone", "Mar  1 21:14:06 a: time, y"}}, 0},
	}
	encodings := map[string]func(string) string{
		"UTF-8":               func(s string) string { return s },
		"UTF-8 with mark":     func(s string) string { return "\xef\xbb\xbf" + s },
		"UTF-8 with CR LF":    func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n") },
		"GBK":                 gbk,
		"without line ending": func(s string) string { return strings.TrimRight(s, "\n") },
	}
	for _, tt := range tests {
		for name, encode := range encodings {
			t.Run(tt.name+", "+name, func(t *testing.T) {
				text := encode(tt.text)
				res := parse(t, text, tt.o)
				if res.Format != tt.format || len(res.Events) != len(tt.want) || res.BadN != tt.bad || len(res.Bad) != tt.bad {
					t.Fatalf("format %s, %d events, bad %+v", res.Format, len(res.Events), res.Bad)
				}
				for i, w := range tt.want {
					e := res.Events[i]
					got := want{e.Raw, e.Parsed.UTC().Format(time.RFC3339Nano), e.Message, e.What, e.Guessed, ""}
					at := e.Locator.Runs[0]
					got.bytes = text[at.OffsetB : at.OffsetB+at.LengthB]
					if w.bytes = encode(w.bytes); strings.Contains(name, "mark") {
						w.bytes = w.bytes[3:]
					}
					if got != w || e.Exhibit != "E004" || e.Locator.Exhibit != "E004" {
						t.Errorf("event %d\ngot  %q\nwant %q", i, got, w)
					}
				}
			})
		}
	}
}

func TestUTF16(t *testing.T) {
	text := "2026-03-01 21:14:05 火警上\n2026-03-01 21:14:06 \u0a0a\u010a over\r\n2026-03-01 21:14:07 end"
	for _, big := range []bool{false, true} {
		var b bytes.Buffer
		for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
			if big {
				b.Write([]byte{byte(u >> 8), byte(u)})
			} else {
				b.Write([]byte{byte(u), byte(u >> 8)})
			}
		}
		res := parse(t, b.String(), Options{})
		if len(res.Events) != 3 || res.Events[0].Message != "火警上" || res.Events[1].Message != "\u0a0a\u010a over" || res.Events[2].Message != "end" {
			t.Fatalf("big-endian %v: %+v", big, res.Events)
		}
		if at := res.Events[1].Locator.Runs[0]; at != (forensics.ByteRun{OffsetB: 2 + 2*24, LengthB: 2 * 27}) {
			t.Errorf("big-endian %v: second line at %+v", big, at)
		}
	}
}

func TestYears(t *testing.T) {
	syslog := "Nov 30 10:00:00 a\nDec 31 23:59:59 b\nJan  1 00:00:01 c\nDec 31 23:59:58 late\nJan  1 00:00:02 d\nMar  1 00:00:00 e\nFeb 27 00:00:00 set back\nJan  3 00:00:00 not a year\nDec  1 00:00:00 f\nFeb 29 00:00:00 g\n"
	want := []int{2022, 2022, 2023, 2022, 2023, 2023, 2023, 2023, 2023, 2024}
	for name, o := range map[string]Options{
		"first year":          {Year: 2022},
		"taken later":         {NotAfter: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)},
		"taken the same hour": {NotAfter: time.Date(2024, 2, 28, 23, 0, 0, 0, beijing)},
		"taken next January":  {NotAfter: time.Date(2025, 1, 30, 0, 0, 0, 0, beijing)},
	} {
		res := parse(t, syslog, o)
		for i, e := range res.Events {
			if e.Parsed.Year() != want[i] || !strings.Contains(e.Guessed, "year") {
				t.Errorf("%s: line %d %q is of %d, want %d; guessed %q", name, i+1, e.Raw, e.Parsed.Year(), want[i], e.Guessed)
			}
		}
	}
	res := parse(t, syslog, Options{})
	if len(res.Events) != len(want) || !res.Events[0].Parsed.IsZero() || len(res.Warnings) != 1 {
		t.Errorf("without a year the events are undated and it is said: %+v", res)
	}
	if res := parse(t, "Feb 29 10:00:00 x\n", Options{Year: 2023}); !res.Events[0].Parsed.IsZero() {
		t.Errorf("29 February 2023 was made %v", res.Events[0].Parsed)
	}
}

// A line of a file in two pieces leads back to both.
func TestLocatorFollowsRuns(t *testing.T) {
	text := "2026-03-01 21:14:05 first\n2026-03-01 21:14:06 second\n"
	src := Source{R: strings.NewReader(text), Exhibit: "E003", Runs: []forensics.ByteRun{{OffsetB: 4096, LengthB: 30}, {OffsetB: 100, LengthB: 10}, {OffsetB: 9000, LengthB: 512}}}
	res, err := Parse(t.Context(), src, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"E003/4096+25", "E003/4122+4,100+10,9000+12"} {
		if got := res.Events[i].Locator.String(); got != want {
			t.Errorf("line %d at %s, want %s", i+1, got, want)
		}
	}
	src = Source{R: strings.NewReader(text), Exhibit: "E003", Path: []forensics.Layer{{OffsetB: 512, Decoder: "GZIP"}}, BaseB: 10}
	res, err = Parse(t.Context(), src, Options{})
	if err != nil || res.Events[1].Locator.String() != "E003/512-GZIP-36+26" {
		t.Errorf("%v %v", res.Events, err)
	}
}

func TestBadInput(t *testing.T) {
	long := "2026-03-01 21:14:05 " + strings.Repeat("火", MaxLineB) + "\n2026-03-01 21:14:06 next\n"
	res := parse(t, long, Options{})
	if len(res.Events) != 2 || len(res.Events[0].Message) > maxMessageB+3 || len(res.Warnings) != 1 || res.Events[0].Locator.Runs[0].LengthB != int64(20+3*MaxLineB)+1 {
		t.Errorf("a long line: %d events, message of %d bytes, %v, %v", len(res.Events), len(res.Events[0].Message), res.Warnings, res.Events[0].Locator)
	}
	many := "2026-03-01 21:14:05 x\n" + strings.Repeat("no time here\n", 5000)
	if res := parse(t, many, Options{}); res.BadN != 5000 || len(res.Bad) != maxBad || res.Bad[0].Line != 2 {
		t.Errorf("%d bad, %d listed", res.BadN, len(res.Bad))
	}
	noise := make([]byte, 100_000)
	rand.NewChaCha8([32]byte{1}).Read(noise)
	for name, tt := range map[string]struct {
		text string
		o    Options
		ok   func(error) bool
	}{
		"empty":         {"", Options{}, formats.IsDamaged},
		"only blanks":   {" \n\n\t\n", Options{}, formats.IsDamaged},
		"noise":         {string(noise), Options{}, formats.IsDamaged},
		"zeros":         {strings.Repeat("\x00", 10000), Options{}, formats.IsDamaged},
		"prose":         {"There was a fire.\nNobody was hurt.\n", Options{}, formats.IsUnsupported},
		"unknown field": {"a,b\n1,2\n", Options{TimeField: "c"}, formats.IsUnsupported},
		"too many":      {"2026-03-01 21:14:05 x\n2026-03-01 21:14:06 y\n", Options{MaxEvents: 1}, formats.IsUnsupported},
	} {
		_, err := Parse(t.Context(), Source{R: strings.NewReader(tt.text)}, tt.o)
		if !tt.ok(err) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	broken := errors.New("sector can not be read")
	res, err := Parse(t.Context(), Source{R: io.MultiReader(strings.NewReader(strings.Repeat("2026-03-01 21:14:05 x\n", 100)), &failing{broken})}, Options{})
	if !errors.Is(err, broken) || len(res.Events) != 100 {
		t.Errorf("a reader that fails: %d events, %v", len(res.Events), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Parse(ctx, Source{R: strings.NewReader(many)}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestFromEXIF(t *testing.T) {
	for _, tt := range []struct{ time, sub, offset, raw, parsed, guessed string }{
		{"2026:03:01 21:14:05\x00", "", "", "2026:03:01 21:14:05", "2026-03-01T21:14:05Z", "zone"},
		{"2026:03:01 21:14:05", "07 ", "+08:00", "2026:03:01 21:14:05.07+08:00", "2026-03-01T13:14:05.07Z", ""},
		{"0000:00:00 00:00:00", "", "", "", "", ""}, {"    :  :     :  :  ", "", "", "", "", ""}, {"", "1", "", "", "", ""},
	} {
		e, ok := FromEXIF("E001", tt.time, tt.sub, tt.offset)
		if ok != (tt.raw != "") || e.Raw != tt.raw || ok && (e.Parsed.UTC().Format(time.RFC3339Nano) != tt.parsed || e.Guessed != tt.guessed || e.Locator.String() != "E001") {
			t.Errorf("%q: %+v", tt, e)
		}
	}
}

func TestStatement(t *testing.T) {
	text := "[21:14] 张三：看到火光\n  在二楼\n\n【2026-03-01 21:16:30】李四: 起火了：真的\n21:20 they left\r\nWang Wu (guard): 我在门口\nhttp: no\nJust text that goes on.\n"
	for _, encode := range []func(string) string{func(s string) string { return s }, gbk, func(s string) string { return "\xef\xbb\xbf" + s }} {
		in := encode(text)
		got, err := ParseStatement(Source{R: strings.NewReader(in), Exhibit: "E009"})
		if err != nil {
			t.Fatal(err)
		}
		want := []forensics.Statement{
			{Speaker: "张三", Time: "21:14", Text: "看到火光\n在二楼"},
			{Speaker: "李四", Time: "2026-03-01 21:16:30", Text: "起火了：真的"},
			{Time: "21:20", Text: "they left"},
			{Speaker: "Wang Wu (guard)", Text: "我在门口"},
			{Speaker: "http", Text: "no\nJust text that goes on."},
		}
		if len(got) != len(want) {
			t.Fatalf("%d passages: %+v", len(got), got)
		}
		for i, p := range got {
			at := p.Locator.Runs[0]
			lines := in[at.OffsetB : at.OffsetB+at.LengthB]
			p.Locator = forensics.Locator{}
			if !reflect.DeepEqual(p, want[i]) {
				t.Errorf("passage %d %+v, want %+v", i, p, want[i])
			}
			first, _, _ := strings.Cut(want[i].Text, "\n")
			if !strings.Contains(lines, strings.TrimPrefix(encode(first), "\xef\xbb\xbf")) {
				t.Errorf("passage %d leads to %q", i, lines)
			}
		}
		day := time.Date(2026, 3, 1, 0, 0, 0, 0, beijing)
		events := StatementEvents("E009", got, beijing, day)
		if len(events) != 3 || events[0].Guessed != "date, zone" || events[1].Guessed != "zone" || !events[0].Parsed.Equal(time.Date(2026, 3, 1, 21, 14, 0, 0, beijing)) || events[0].Message != "张三: 看到火光\n在二楼" {
			t.Errorf("events %+v", events)
		}
		if events := StatementEvents("E009", got, beijing, time.Time{}); len(events) != 1 {
			t.Errorf("without the day a time of day is no event: %+v", events)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	var text strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&text, "2026-03-01 %02d:%02d:%02d.%03d panel[12]: zone %d state changed to 火警\n", i/3600%24, i/60%60, i%60, i%1000, i)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if res, err := Parse(b.Context(), Source{R: strings.NewReader(text.String()), Exhibit: "E001"}, Options{}); err != nil || len(res.Events) != 50_000 {
			b.Fatal(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"<34>Mar  1 21:14:05 panel alarm: x\n\tmore\n", "{\"ts\":1772370845.5,\"msg\":\"x\",\"a\":{\"b\":[1,{}]}}\n", "时间,事件\n2026-03-01 21:14:05,\"a\nb\"\n",
		gbk("2026-03-01 21:14:05 火警\n"), "\xff\xfe2\x000\x002\x006\x00\n\x00", "\xfe\xff\x002\x000\x00\n", "\xef\xbb\xbf1772370845.1 x\n", "a|time\n1|\"\n",
	} {
		f.Add([]byte(s), "")
	}
	f.Add([]byte("a,b\n2026-03-01 21:14:05,1\n"), "a")
	f.Fuzz(func(t *testing.T, b []byte, timeField string) {
		res, err := Parse(t.Context(), Source{R: bytes.NewReader(b), Exhibit: "E001"}, Options{Zone: beijing, Year: 2026, TimeField: timeField, MaxEvents: 1000})
		if err != nil && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Fatal(err)
		}
		end := int64(0)
		for _, e := range res.Events {
			at := e.Locator.Runs[0]
			if at.OffsetB < end || at.LengthB < 1 || at.OffsetB+at.LengthB > int64(len(b)) {
				t.Fatalf("event at %+v, the one before ended at %d, %d bytes in all", at, end, len(b))
			}
			end = at.OffsetB + at.LengthB
			if e.Raw == "" || len(e.Message) > maxMessageB+3 {
				t.Fatalf("raw %q, message of %d bytes", e.Raw, len(e.Message))
			}
		}
		again, _ := Parse(t.Context(), Source{R: bytes.NewReader(b), Exhibit: "E001"}, Options{Zone: beijing, Year: 2026, TimeField: timeField, MaxEvents: 1000})
		if !reflect.DeepEqual(res, again) {
			t.Fatal("a second reading differs")
		}
	})
}

func FuzzStatement(f *testing.F) {
	f.Add([]byte("[21:14] 张三：看到火光\n在二楼\n\n21:20 李四: x"))
	f.Add([]byte(gbk("【21:14】王：火\n")))
	f.Fuzz(func(t *testing.T, b []byte) {
		passages, err := ParseStatement(Source{R: bytes.NewReader(b), Exhibit: "E001"})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range passages {
			at := p.Locator.Runs[0]
			if at.LengthB < 1 || at.OffsetB+at.LengthB > int64(len(b)) {
				t.Fatalf("%+v of %d bytes", p, len(b))
			}
		}
		StatementEvents("E001", passages, beijing, time.Unix(0, 0))
	})
}
