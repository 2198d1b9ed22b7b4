package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/forensics/logs"
	"firescene/forensics/timeline"
	"firescene/formats/exif"
)

type logsOptions struct {
	inputs           []string
	out              string
	clockFile, clock string
	zone, timeField  string
	year             int
}

type logsSummary struct {
	Out         string              `json:"out"`
	Files       []logFile           `json:"files"`
	Events      int                 `json:"events"`  // written
	Undated     int                 `json:"undated"` // left out: their time has no complete date
	Corrected   int                 `json:"corrected"`
	Uncorrected []string            `json:"uncorrected"`
	First       string              `json:"first"` // time of the first event as written
	Last        string              `json:"last"`
	Failed      []forensics.Failure `json:"failed"`
}

// logFile is one input with what it gave. ID stands for it in the locators.
type logFile struct {
	ID       string             `json:"id"`
	File     string             `json:"file"`
	SHA256   string             `json:"sha256"`
	SizeB    int64              `json:"size"`
	Format   string             `json:"format"`
	Encoding string             `json:"encoding"`
	Events   int                `json:"events"`
	Lines    int                `json:"lines"`
	BadN     int                `json:"bad_n"`
	Bad      []logs.BadLine     `json:"bad"`
	Warnings []string           `json:"warnings"`
	Times    []timeline.Warning `json:"times"` // that look wrong
}

func (a *app) logsCmd() *cobra.Command {
	o := logsOptions{}
	cmd := &cobra.Command{
		Use:   "logs FILE_OR_DIR... -o timeline.jsonl",
		Short: "Read logs and photo times into one time line",
		Long: `Reads text syslog (RFC 3164, RFC 5424), lines that carry a date, JSON lines, tables
with a time column, and the times of photos, in UTF-8, GBK or UTF-16, and writes
one time line as Timesketch JSONL. Every event keeps the time as it was recorded;
with --clock it also has the corrected time and its standard uncertainty. What was
not recorded (year, zone) and had to be supplied is named in "guessed". Lines that
can not be read are counted and listed. Beside the time line, NAME.step.json
records the inputs with their hashes and the settings.` + exitStatusHelp,
		Example: "  firescene logs panel.log meter.csv -o timeline.jsonl --zone +08:00 --year 2026\n  firescene logs recorder/ -o timeline.jsonl --clock clocks.yaml --clock-id recorder",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.inputs = args
			return a.finish(runLogs(cmd.Context(), o, a.progress()))
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "output", "o", "timeline.jsonl", "time line to write")
	f.StringVar(&o.clockFile, "clock", "", "YAML file with the clock that the times run on")
	f.StringVar(&o.clock, "clock-id", "", "which clock of the file, when it has several")
	f.StringVar(&o.zone, "zone", "", "zone of times that name none, as +08:00 (default: the clock's, else UTC)")
	f.IntVar(&o.year, "year", 0, "year of the first time that names none (default: from the clock's checked_at)")
	f.StringVar(&o.timeField, "time-field", "", "JSON field or table column of the time (default: found by its name)")
	return cmd
}

// runLogs reads every input and writes one time line. An input that gives no
// event is listed and the others go on.
func runLogs(ctx context.Context, o logsOptions, report progressFunc) (logsSummary, error) {
	s := logsSummary{Out: o.out, Files: []logFile{}, Uncorrected: []string{}, Failed: []forensics.Failure{}}
	lo, clocks, err := o.settings()
	if err != nil {
		return s, err
	}
	files, err := logInputs(o.inputs)
	if err != nil {
		return s, err
	}
	if outAbs, err := filepath.Abs(o.out); err == nil {
		for _, f := range files {
			if in, err := filepath.Abs(f); err == nil && in == outAbs {
				return s, usageError{fmt.Errorf("%s is an input too; give another name with -o", o.out)}
			}
		}
	}
	var events []forensics.Event
	for i, file := range files {
		report("read logs", int64(i), int64(len(files)))
		lf := logFile{ID: fmt.Sprintf("L%03d", i+1), File: file, Bad: []logs.BadLine{}, Warnings: []string{}, Times: []timeline.Warning{}}
		found, err := readLogFile(ctx, &lf, lo)
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		if err != nil {
			s.Failed = append(s.Failed, forensics.Failure{Input: file, Reason: err.Error(), Next: "see firescene logs --help for what is read"})
		}
		if lf.BadN > 0 {
			s.Failed = append(s.Failed, forensics.Failure{Input: file, Reason: fmt.Sprintf("%d of %d lines gave no event; line %d: %s", lf.BadN, lf.Lines, lf.Bad[0].Line, lf.Bad[0].Reason), Next: "the first are listed in the step record"})
		}
		events = append(events, found...)
		s.Files = append(s.Files, lf)
	}
	if len(events) == 0 {
		if len(s.Failed) > 0 {
			return s, fmt.Errorf("no event in %d file(s); the first: %s: %s", len(files), s.Failed[0].Input, s.Failed[0].Reason)
		}
		return s, fmt.Errorf("no event in %d file(s); nothing was written", len(files))
	}
	events = timeline.Correct(events, clocks, func(string) string {
		if len(clocks) > 0 {
			return clocks[0].ID
		}
		return ""
	})
	timeline.Sort(events)
	return s, s.write(o, events)
}

// settings reads what the options name.
func (o logsOptions) settings() (logs.Options, []forensics.Clock, error) {
	lo := logs.Options{Year: o.year, TimeField: o.timeField}
	var clocks []forensics.Clock
	if o.clockFile != "" {
		all, err := readClocks(o.clockFile)
		if err != nil {
			return lo, nil, err
		}
		i := slices.IndexFunc(all, func(k forensics.Clock) bool { return k.ID == o.clock })
		if o.clock == "" && len(all) == 1 {
			i = 0
		}
		if i < 0 {
			var ids []string
			for _, k := range all {
				ids = append(ids, k.ID)
			}
			return lo, nil, usageError{fmt.Errorf("%s holds the clocks %s; say which with --clock-id", o.clockFile, strings.Join(ids, ", "))}
		}
		clocks, lo.NotAfter = all[i:i+1], all[i].CheckedAt
	}
	zone := o.zone
	if zone == "" && len(clocks) > 0 {
		zone = clocks[0].Zone
	}
	var err error
	if lo.Zone, err = timeline.Zone(zone); err != nil {
		return lo, nil, usageError{fmt.Errorf("--zone: %w", err)}
	}
	if o.year != 0 && (o.year < 1970 || o.year > 2100) {
		return lo, nil, usageError{fmt.Errorf("--year %d: give a year between 1970 and 2100", o.year)}
	}
	return lo, clocks, nil
}

// logInputs lists the files, those of folders in the order of their names.
func logInputs(paths []string) ([]string, error) {
	var files []string
	for _, p := range paths {
		if _, err := os.Stat(p); err != nil {
			return nil, err
		}
		before := len(files)
		err := filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if path == p || !strings.HasPrefix(d.Name(), ".") {
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(files) == before {
			return nil, fmt.Errorf("%s has no file in it", p)
		}
	}
	return files, nil
}

// readLogFile reads one text log, or the time of one photo.
func readLogFile(ctx context.Context, lf *logFile, lo logs.Options) ([]forensics.Event, error) {
	var err error
	if lf.SHA256, lf.SizeB, err = hashFile(lf.File); err != nil {
		return nil, err
	}
	f, err := os.Open(lf.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	if head, _ := r.Peek(4); isPhoto(head) {
		lf.Format = "photo"
		info, err := exif.Read(r)
		if err != nil {
			return nil, err
		}
		e, ok := logs.FromEXIF(lf.ID, info.TimeOriginal, info.SubSec, info.Offset)
		if !ok {
			return nil, errors.New("the photo's EXIF has no time at which it was taken")
		}
		e.Message = "photo taken: " + filepath.Base(lf.File)
		lf.Events = 1
		return []forensics.Event{e}, nil
	}
	res, err := logs.Parse(ctx, logs.Source{R: r, Exhibit: lf.ID}, lo)
	lf.Format, lf.Encoding, lf.Events, lf.Lines = res.Format, res.Encoding, len(res.Events), res.Lines
	lf.BadN, lf.Bad, lf.Warnings = res.BadN, res.Bad, res.Warnings
	if times := timeline.Check(res.Events, lo.NotAfter); len(times) > 0 {
		lf.Times = times
	}
	return res.Events, err
}

// isPhoto knows JPEG, PNG and TIFF by their first bytes.
func isPhoto(head []byte) bool {
	for _, magic := range []string{"\xff\xd8\xff", "\x89PNG", "II*\x00", "MM\x00*"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

// write writes the time line and the step record, both by way of a temporary
// name, and fills in the counts.
func (s *logsSummary) write(o logsOptions, events []forensics.Event) error {
	var b bytes.Buffer
	var err error
	if s.Undated, err = timeline.WriteTimesketch(&b, events); err != nil {
		return err
	}
	s.Events = len(events) - s.Undated
	s.Uncorrected = append(s.Uncorrected, timeline.Uncorrected(events)...)
	for _, e := range events {
		if !e.Corrected.IsZero() {
			s.Corrected++
		}
		if at := timeline.Best(e); !at.IsZero() {
			if s.First == "" {
				s.First = at.Format("2006-01-02T15:04:05.000Z07:00")
			}
			s.Last = at.Format("2006-01-02T15:04:05.000Z07:00")
		}
	}
	if err := writeFile(o.out, b.Bytes()); err != nil {
		return err
	}
	step := forensics.Step{Stage: "logs", Program: "firescene " + version, In: len(s.Files), Out: s.Events, Failed: s.Failed, Warnings: []string{},
		Params: map[string]string{"zone": o.zone, "year": fmt.Sprint(o.year), "time_field": o.timeField, "clock_id": o.clock}}
	for _, f := range s.Files {
		step.Inputs = append(step.Inputs, forensics.FileHash{Path: filepath.ToSlash(f.File), SizeB: f.SizeB, SHA256: f.SHA256})
		for _, w := range f.Warnings {
			step.Warnings = append(step.Warnings, f.ID+": "+w)
		}
		for _, w := range f.Times {
			step.Warnings = append(step.Warnings, fmt.Sprintf("%s: %s (%d times)", f.ID, w.Text, w.Count))
		}
		for _, bad := range f.Bad {
			step.Warnings = append(step.Warnings, fmt.Sprintf("%s: line %d (%s): %s", f.ID, bad.Line, bad.Locator, bad.Reason))
		}
	}
	if o.clockFile != "" {
		sum, size, err := hashFile(o.clockFile)
		if err != nil {
			return err
		}
		step.Inputs = append(step.Inputs, forensics.FileHash{Path: filepath.ToSlash(o.clockFile), SizeB: size, SHA256: sum})
	}
	sum, size, err := hashFile(o.out)
	if err != nil {
		return err
	}
	step.Outputs = []forensics.FileHash{{Path: filepath.Base(o.out), SizeB: size, SHA256: sum}}
	return writeJSON(o.out+"."+stepFile, step)
}

func (s logsSummary) print(w io.Writer, t texts) {
	for _, f := range s.Files {
		fmt.Fprintf(w, "%s  %s\n", f.ID, t.T("logs_file", "File", f.File, "Format", orElse(f.Format, "-"), "Encoding", orElse(f.Encoding, "-"), "Events", f.Events, "Lines", f.Lines))
		for _, x := range f.Warnings {
			fmt.Fprintf(w, "      ! %s\n", x)
		}
		for _, x := range f.Times {
			fmt.Fprintf(w, "      ! %s (%d)\n", x.Text, x.Count)
		}
	}
	for _, u := range s.Uncorrected {
		fmt.Fprintln(w, t.T("logs_uncorrected", "What", u))
	}
	if s.Undated > 0 {
		fmt.Fprintln(w, t.T("logs_undated", "Count", s.Undated))
	}
	fmt.Fprintln(w, t.T("logs_written", "Count", s.Events, "Corrected", s.Corrected, "First", s.First, "Last", s.Last, "Out", s.Out))
}

func (s logsSummary) failures() []forensics.Failure { return s.Failed }
