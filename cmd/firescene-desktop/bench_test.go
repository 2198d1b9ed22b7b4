//go:build cgo && linux

package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/recon/octree"
	"firescene/render/ui"
	"firescene/samples"
)

// measured runs a script in a window and gives what the process took: its highest
// memory, and the share of a processor while it slept between two files.
func measured(b *testing.B, script, size string) (peakMB float64, states func(name string) ui.State) {
	b.Helper()
	screen, out := display(b), b.TempDir()
	c, said := start(b, screen, strings.ReplaceAll(script, "OUT", out), "SIZE="+size)
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	for {
		select {
		case err := <-done:
			if err != nil {
				b.Fatalf("%v\n%s", err, said)
			}
			return peakMB, func(name string) ui.State { return readState(b, filepath.Join(out, name)) }
		case <-time.After(100 * time.Millisecond):
			peakMB = max(peakMB, peakOf(c.Process.Pid))
		}
	}
}

// peakOf is the highest memory of a process so far in megabytes.
func peakOf(pid int) float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for _, l := range strings.Split(string(status), "\n") {
		if f := strings.Fields(l); len(f) > 1 && f[0] == "VmHWM:" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return kb / 1024
		}
	}
	return 0
}

// BenchmarkBigCase opens a case of 1000 photos and 100,000 items and scrolls through the
// items: milliseconds to a usable window, of frames, and memory.
func BenchmarkBigCase(b *testing.B) {
	dir := bigCase(b)
	for b.Loop() {
		peak, state := measured(b, "open "+dir+"\npanel items\nmark\nscroll .5 5\nstate OUT/s.json\nquit\n", "1280x720")
		s := state("s.json")
		if s.Items != 100_000 || s.Photos != 1000 {
			b.Fatalf("%d items, %d photos", s.Items, s.Photos)
		}
		b.ReportMetric(s.Pace.UsableMS, "ms-to-usable")
		b.ReportMetric(s.Pace.FrameP50MS, "ms-frame-median")
		b.ReportMetric(s.Pace.FrameP95MS, "ms-frame-p95")
		b.ReportMetric(peak, "MB-peak")
	}
}

// BenchmarkOrbit opens clouds with levels, turns them for four seconds at 1280x720 and
// waits for all detail.
func BenchmarkOrbit(b *testing.B) {
	for _, millions := range []int{10, 50} {
		b.Run(fmt.Sprint(millions, "M"), func(b *testing.B) {
			if millions > 10 && testing.Short() {
				b.Skip("50 million points need 5 GB of disk")
			}
			path := roomsCOPC(b, millions*1_000_000)
			for b.Loop() {
				peak, state := measured(b, "alone on\nopen "+path+"\nmark\nspin 4\nstate OUT/s.json\nsleep .3\nstate OUT/t.json\nquit\n", "1280x780")
				s, t := state("s.json"), state("t.json")
				b.ReportMetric(s.Pace.FirstMS, "ms-to-first-picture")
				b.ReportMetric(s.Pace.PictureHz, "pictures/s")
				b.ReportMetric(t.Pace.DetailMS, "ms-to-detail")
				b.ReportMetric(peak, "MB-peak")
			}
		})
	}
}

// BenchmarkIdle leaves a window with a case alone for five seconds.
func BenchmarkIdle(b *testing.B) {
	dir := sampleCase(b)
	for b.Loop() {
		out := b.TempDir()
		c, said := start(b, display(b), fmt.Sprintf("open %s\nstate %s/ready\nrest %s/done\nquit\n", dir, out, out))
		waitFor(b, filepath.Join(out, "ready"))
		time.Sleep(time.Second)
		before := ticksOf(c.Process.Pid)
		time.Sleep(5 * time.Second)
		b.ReportMetric(float64(ticksOf(c.Process.Pid)-before)/5, "%CPU") // a hundredth of a second each
		writeFile(b, filepath.Join(out, "done"), nil)
		if err := c.Wait(); err != nil {
			b.Fatalf("%v\n%s", err, said)
		}
	}
}

// ticksOf is the processor time of a process in hundredths of a second.
func ticksOf(pid int) int {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return user + system
}

// bigCase makes a case of 1000 photos and 100,000 items.
func bigCase(b *testing.B) string {
	b.Helper()
	ctx, dir, parts := context.Background(), filepath.Join(b.TempDir(), "case"), filepath.Join(b.TempDir(), "parts")
	if err := samples.CaseSet(ctx, parts, "E001", samples.CaseSetOptions{WidthPx: 640}, nil); err != nil {
		b.Fatal(err)
	}
	c, err := casefile.Init(ctx, dir, casefile.Meta{Title: "Case set", Zone: "+08:00", Language: "en"}, casefile.Options{By: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	photos, _ := filepath.Glob(filepath.Join(parts, "photos", "*.jpg"))
	if _, err := c.AddExhibit(ctx, casefile.AddRequest{Kind: forensics.KindMedia, SourcePath: filepath.Join(parts, "disk.img"), Copy: true}); err != nil {
		b.Fatal(err)
	}
	for _, p := range photos {
		if _, err := c.AddExhibit(ctx, casefile.AddRequest{Kind: forensics.KindPhoto, SourcePath: p, Copy: true}); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.Rename(filepath.Join(parts, "items"), filepath.Join(dir, casefile.ItemsDir, "E001")); err != nil {
		b.Fatal(err)
	}
	return dir
}

// roomsCOPC writes n points on floors, ceilings and walls of twelve rooms, rough by
// some millimetres and mottled, as a COPC file.
func roomsCOPC(b *testing.B, n int) string {
	b.Helper()
	dir := b.TempDir()
	path := filepath.Join(dir, "rooms.copc.laz")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	i, lot, record := 0, uint32(1), make([]byte, 36)
	chance := func() float64 { lot = lot*1664525 + 1013904223; return float64(lot>>8) / (1 << 24) }
	const wide, deep, high = 6, 5, 2.8
	next := func() ([]byte, error) {
		if i >= n {
			return nil, io.EOF
		}
		room := i % 12
		u, v, rough := chance(), chance(), (chance()-.5)*.004
		var p [3]float64
		switch i / 12 % 6 {
		case 0:
			p = [3]float64{u * wide, v * deep, rough}
		case 1:
			p = [3]float64{u * wide, v * deep, high + rough}
		case 2:
			p = [3]float64{u * wide, rough, v * high}
		case 3:
			p = [3]float64{u * wide, deep + rough, v * high}
		case 4:
			p = [3]float64{rough, u * deep, v * high}
		default:
			p = [3]float64{wide + rough, u * deep, v * high}
		}
		p[0], p[1] = p[0]+float64(room%4)*(wide+.2), p[1]+float64(room/4)*(deep+.2)
		for k := range 3 {
			binary.LittleEndian.PutUint32(record[4*k:], uint32(int32(math.Round((p[k]+1)*10000))))
			binary.LittleEndian.PutUint16(record[30+2*k:], uint16(90+20*k+int(60*math.Sin(7*p[0])*math.Sin(5*p[1]+3*p[2]))+int(lot>>28))<<8)
		}
		record[14] = 0x11
		i++
		return record, nil
	}
	scratch := func() (octree.Scratch, error) { return os.CreateTemp(dir, "s") }
	if _, err := octree.Build(context.Background(), f, octree.BuildOptions{PointFormat: 7, RecordB: 36, Scale: [3]float64{.0001, .0001, .0001}, Scratch: scratch}, next); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkReadItems reads a list of 100,000 items.
func BenchmarkReadItems(b *testing.B) {
	var list strings.Builder
	enc := json.NewEncoder(&list)
	for i := range 100_000 {
		if err := enc.Encode(forensics.Item{ID: fmt.Sprint("E001-I", i), Exhibit: "E001", Type: "jpeg", Name: fmt.Sprint("DCIM/", i), SHA256: strings.Repeat("a", 64), Reason: "whole"}); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(list.Len()))
	for b.Loop() {
		if items, err := readItems(strings.NewReader(list.String())); err != nil || len(items) != 100_000 {
			b.Fatal(len(items), err)
		}
	}
}
