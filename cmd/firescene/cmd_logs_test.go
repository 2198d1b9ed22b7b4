package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"firescene/forensics/timeline"
)

func TestLogsCommand(t *testing.T) {
	panel, err := simplifiedchinese.GBK.NewEncoder().String("2026-03-01 21:19:17 三号探测器 火警\n2026-03-01 21:19:20 联动启动\nbad line\n")
	if err != nil {
		t.Fatal(err)
	}
	in := tree(t, map[string]string{
		"logs/panel.txt": panel, "logs/router.log": "Mar  1 21:19:30 router: link down\n", "logs/meter.csv": "时间,功率\n2026-03-01 21:18:00,512\n",
		"logs/hub.jsonl": `{"ts":1772370845,"msg":"smoke"}` + "\n", "noise.bin": strings.Repeat("\x00\x01", 5000), "clock.yaml": goodClock,
		"two.yaml": goodClock + strings.Replace(strings.TrimPrefix(goodClock, "clocks:\n"), "dvr", "nvr", 1),
	})
	out := filepath.Join(t.TempDir(), "timeline.jsonl")
	status, text, errOut := run(t, "--json", "logs", in+"/logs", "-o", out, "--clock", in+"/clock.yaml")
	if status != exitSomeFailed {
		t.Fatalf("exit status %d: %s%s", status, text, errOut)
	}
	var s logsSummary
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	if s.Events != 5 || s.Corrected != 5 || len(s.Files) != 4 || len(s.Failed) != 1 || s.Undated != 0 {
		t.Errorf("%+v", s)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	events, err := timeline.ReadTimesketch(bytes.NewReader(b))
	if err != nil || len(events) != 5 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	// By the clock the hub's epoch time is corrected by 312 s too, and so comes first.
	var messages []string
	for _, e := range events {
		messages = append(messages, e.Message)
	}
	if got, want := strings.Join(messages, "|"), "smoke|功率=512|三号探测器 火警|联动启动|router: link down"; got != want {
		t.Errorf("order %q, want %q", got, want)
	}
	alarm := events[2]
	if !alarm.Corrected.Equal(time.Date(2026, 3, 1, 13, 14, 5, 0, time.UTC)) || alarm.Raw != "2026-03-01 21:19:17" || alarm.ClockID != "dvr" || alarm.Guessed != "" {
		t.Errorf("alarm %+v", alarm)
	}
	if events[4].Guessed != "year" || events[4].Parsed.Year() != 2026 {
		t.Errorf("the year comes from the clock's check and is marked: %+v", events[4])
	}
	// The locator leads back to the bytes of the line.
	for _, f := range s.Files {
		if f.ID == alarm.Exhibit {
			raw, _ := os.ReadFile(f.File)
			at := alarm.Locator.Runs[0]
			line, _ := simplifiedchinese.GBK.NewDecoder().Bytes(raw[at.OffsetB : at.OffsetB+at.LengthB])
			if string(line) != "2026-03-01 21:19:17 三号探测器 火警" || f.Encoding != "GBK" {
				t.Errorf("locator leads to %q, encoding %s", line, f.Encoding)
			}
		}
	}
	if run(t, "logs", in+"/logs", "-o", out, "--clock", in+"/clock.yaml"); true {
		if again, _ := os.ReadFile(out); !bytes.Equal(again, b) {
			t.Error("a second run gives other bytes")
		}
	}
	if step, err := os.ReadFile(out + ".step.json"); err != nil || !strings.Contains(string(step), "no time in it") {
		t.Errorf("step record %v %s", err, step)
	}

	for _, tt := range []struct {
		status     int
		args, want string
	}{
		{exitUsage, "logs", "requires at least 1"},
		{exitUsage, "logs " + in + "/logs --zone Mars", "--zone"},
		{exitUsage, "logs " + in + "/logs --year 26", "--year"},
		{exitUsage, "logs " + in + "/logs --clock " + in + "/two.yaml", "dvr, nvr"},
		{exitUsage, "logs " + out + " -o " + out, "is an input too"},
		{exitFailed, "logs " + in + "/none", "no such file"},
		{exitFailed, "logs " + t.TempDir(), "has no file in it"},
		{exitFailed, "logs " + in + "/noise.bin -o " + in + "/x.jsonl", "not text"},
		{exitDone, "logs " + in + "/logs/router.log -o " + in + "/x.jsonl", "give the year with --year"},
		{exitDone, "logs " + in + "/logs/router.log --year 2025 -o " + in + "/x.jsonl", "2025-03-01T21:19:30"},
		{exitSomeFailed, "logs " + in + "/noise.bin " + in + "/logs/hub.jsonl -o " + in + "/x.jsonl", "not text"},
	} {
		status, out, errOut := run(t, append([]string{"--lang", "en"}, strings.Fields(tt.args)...)...)
		if status != tt.status || !strings.Contains(out+errOut, tt.want) {
			t.Errorf("firescene %s\nexit status %d, want %d, with %q in:\n%s%s", tt.args, status, tt.status, tt.want, out, errOut)
		}
	}
}
