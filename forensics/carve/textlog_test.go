package carve

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func logRuns(b []byte, step int) (runs []LogRun) {
	f := LogFinder{Emit: func(r LogRun) { runs = append(runs, r) }}
	for at := 0; at < len(b); at += step {
		f.Write(b[at:min(at+step, len(b))])
	}
	f.Close()
	return runs
}

func lines(n int, line func(i int) string) []byte {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i))
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

func prose(r *rand.Rand, n int) []byte {
	words := strings.Fields("the of and fire alarm zone panel system 12345 user report scene 7 smoke: detector cable; time value = status")
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(words[r.IntN(len(words))])
		b.WriteString([]string{" ", " ", " ", " ", "\n", ".\n", ", "}[r.IntN(7)])
	}
	return []byte(b.String())[:n]
}

func TestLogFinder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	gbk, err := simplifiedchinese.GB18030.NewEncoder().Bytes(lines(60, func(i int) string { return fmt.Sprintf("2024-05-01 10:%02d:00 火警 %d 区 探测器报警", i, i) }))
	if err != nil {
		t.Fatal(err)
	}
	files := []struct {
		kind string
		b    []byte
	}{
		{"log", lines(300, func(i int) string {
			return fmt.Sprintf("May %2d 20:%02d:17 PANEL fire[%d]: zone %d", 1+i/60, i%60, i, i*7)
		})},
		{"log", lines(90, func(i int) string {
			return fmt.Sprintf("<34>1 2024-05-01T10:%02d:00Z host app - - - message %d", i%60, i)
		})},
		{"jsonl", lines(200, func(i int) string { return fmt.Sprintf(`{"ts": %d, "msg": "a \"b\" %d"}`, 1700000000+i, i) })},
		{"csv", lines(150, func(i int) string { return fmt.Sprintf("%d;24.05.2024;06:%02d:28;MCP-07;MAINS FAIL", i, i%60) })},
		{"csv", append([]byte("time,zone,event\n"), lines(150, func(i int) string { return fmt.Sprintf("2024-05-24 06:%02d:28,zone %d,fault", i%60, i) })...)},
		{"log", gbk},
		{"log", bytes.ReplaceAll(lines(50, func(i int) string { return fmt.Sprintf("[2024/05/01 10:%02d:00] error\r\n  at function %d", i, i) }), []byte("\n\r"), []byte("\r"))},
	}
	fillers := map[string]func(n int) []byte{
		"random": func(n int) []byte {
			b := make([]byte, n)
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			return b
		},
		"zeros": func(n int) []byte { return make([]byte, n) },
		"prose": func(n int) []byte { return prose(r, n) },
	}
	for name, filler := range fillers {
		var b []byte
		var want []LogRun
		for _, f := range files {
			b = append(b, filler(4096*(1+r.IntN(5)))...)
			want = append(want, LogRun{OffsetB: int64(len(b)), LengthB: int64(len(f.b)), Kind: f.kind})
			b = append(b, f.b...)
			b = append(b, filler((512-len(b)%512)%512)...)
		}
		b = append(b, filler(9000)...)
		for _, step := range []int{1 << 20, 4096, 777} {
			got := logRuns(b, step)
			if len(got) != len(want) {
				t.Fatalf("%s, %d at a time: %+v; want %+v", name, step, got, want)
			}
			for i, g := range got {
				w := want[i]
				// The names of a table's columns can not be told when a step ends behind them.
				if g.Kind != w.Kind || g.OffsetB+g.LengthB != w.OffsetB+w.LengthB || g.OffsetB != w.OffsetB && (i != 4 || g.OffsetB != w.OffsetB+16) {
					t.Errorf("%s, %d at a time: %+v; want %+v", name, step, g, w)
				}
			}
		}
	}
}

func TestLogFinderNoLog(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	xml := lines(40, func(i int) string {
		return fmt.Sprintf("  <xmp:ModifyDate>2017-08-29T14:12:%02d-05:00</xmp:ModifyDate>", i)
	})
	for _, b := range [][]byte{prose(r, 1<<20), xml, bytes.Repeat([]byte{'\n'}, 10000), bytes.Repeat([]byte("a"), 100000), bytes.Repeat([]byte("12:34 "), 10000)} {
		if got := logRuns(b, 1<<16); len(got) > 0 {
			t.Errorf("%.40q: %+v", b, got)
		}
	}
}

func FuzzLogFinder(f *testing.F) {
	f.Add([]byte("May  1 20:00:17 PANEL fire: a\nMay  1 20:00:18 b c d e f\n{\"a\":1234567}\n1;24.05.2024;06:01:28;x;y\n"), 100)
	f.Fuzz(func(t *testing.T, b []byte, step int) {
		b = bytes.Repeat(b, 5)
		end := int64(0)
		for _, r := range logRuns(b, max(1, step&0xfff)) {
			if r.OffsetB < end || r.LengthB <= 0 || r.OffsetB+r.LengthB > int64(len(b)) {
				t.Fatalf("%+v behind %d of %d", r, end, len(b))
			}
			end = r.OffsetB + r.LengthB
		}
	})
}

func BenchmarkLogFinder(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 4))
	random := make([]byte, 8<<20)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	for name, data := range map[string][]byte{"random": random, "zeros": make([]byte, 8<<20), "prose": prose(r, 8<<20)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			f := LogFinder{Emit: func(LogRun) {}}
			for b.Loop() {
				f.Write(data)
			}
		})
	}
}
