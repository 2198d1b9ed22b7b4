package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"firescene/formats"
	"firescene/recon"
)

// Bounds on a record's CSV file.
const (
	maxRecordBytes = 256 << 20
	maxRecordRows  = 1_000_000
)

// loadRecords reads the CSV files that observations name, relative to dir. The first
// line holds the columns' names; times are seconds after the record's start and must
// rise. A value that is empty or no number counts as missing.
func loadRecords(list []recon.Observation, dir string) error {
	byFile := map[string][]*recon.RecordFinding{}
	var files []string
	for i := range list {
		r := list[i].Record
		if r == nil {
			continue
		}
		name := filepath.FromSlash(r.File)
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		if byFile[name] == nil {
			files = append(files, name)
		}
		byFile[name] = append(byFile[name], r)
	}
	for _, name := range files {
		if err := readRecord(name, byFile[name]); err != nil {
			return err
		}
	}
	return nil
}

func readRecord(name string, into []*recon.RecordFinding) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	bad := func(line int, format string, args ...any) error {
		return &formats.FormatError{Format: filepath.Base(name), Offset: -1, Reason: fmt.Sprintf("line %d: ", line) + fmt.Sprintf(format, args...), Next: "give a CSV file with a line of names, then numbers"}
	}
	c := csv.NewReader(io.LimitReader(f, maxRecordBytes))
	c.ReuseRecord = true
	head, err := c.Read()
	if err != nil {
		return bad(1, "%v", err)
	}
	column := map[string]int{}
	for i, h := range head {
		column[strings.TrimSpace(strings.TrimPrefix(h, "\ufeff"))] = i
	}
	find := func(key, name string) (int, error) {
		i, ok := column[name]
		if !ok {
			return 0, bad(1, "no column %q, which %s asks for; there are %s", name, key, strings.Join(columnNames(head), ", "))
		}
		return i, nil
	}
	times, values := make([]int, len(into)), make([]int, len(into))
	for k, r := range into {
		if times[k], err = find("time_column", r.TimeColumn); err != nil {
			return err
		}
		if values[k], err = find("value_column", r.ValueColumn); err != nil {
			return err
		}
		r.TimeS, r.Value = nil, nil
	}
	for line := 2; ; line++ {
		rec, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return bad(line, "%v", err)
		}
		if line > maxRecordRows {
			return &formats.UnsupportedError{Format: filepath.Base(name), Offset: -1, Feature: fmt.Sprintf("more than %d lines", maxRecordRows), Next: "thin the record"}
		}
		for k, r := range into {
			t, err := strconv.ParseFloat(strings.TrimSpace(rec[times[k]]), 64)
			if err != nil || math.IsNaN(t) || math.Abs(t) > 1e9 {
				return bad(line, "%q is no time in seconds", rec[times[k]])
			}
			if n := len(r.TimeS); n > 0 && t <= r.TimeS[n-1] {
				return bad(line, "time %g s does not come after %g s", t, r.TimeS[n-1])
			}
			v, err := strconv.ParseFloat(strings.TrimSpace(rec[values[k]]), 64)
			if err != nil || math.Abs(v) > 1e5 {
				v = math.NaN()
			}
			r.TimeS, r.Value = append(r.TimeS, t), append(r.Value, v)
		}
	}
	if len(into[0].TimeS) < 2 {
		return bad(2, "fewer than two samples")
	}
	return nil
}

// columnNames are those of a file, cut short for a message.
func columnNames(head []string) []string {
	if len(head) > 12 {
		return append(append([]string(nil), head[:12]...), "...")
	}
	return append([]string(nil), head...)
}
