package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"firescene/forensics"
)

// summary is what a command returns: the same struct is printed as text or JSON.
type summary interface {
	// print writes the human form in the language of t.
	print(w io.Writer, t texts)
	// failures lists the inputs that failed while the job went on.
	failures() []forensics.Failure
}

// finish prints a command's summary and notes whether some inputs failed. It
// returns err unchanged, so that a command ends with: return a.finish(runX(...)).
func (a *app) finish(s summary, err error) error {
	if err != nil {
		return err
	}
	failed := s.failures()
	a.failed = a.failed || len(failed) > 0
	if a.json {
		enc := json.NewEncoder(a.stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(s)
	}
	t := a.texts()
	s.print(a.stdout, t)
	if len(failed) > 0 {
		fmt.Fprintln(a.stdout, t.T("failed_inputs", "Count", len(failed)))
		for _, f := range failed {
			fmt.Fprintf(a.stdout, "  %s: %s\n", f.Input, f.Reason)
			if f.Next != "" {
				fmt.Fprintf(a.stdout, "    -> %s\n", f.Next)
			}
		}
	}
	return nil
}

// progressFunc is told how far a stage is. total is 0 when not known. It may be
// called from any goroutine.
type progressFunc func(stage string, done, total int64)

// progress returns a function that reports on stderr, at most once a second a
// stage, with an estimate of the time left.
func (a *app) progress() progressFunc {
	if a.quiet {
		return func(string, int64, int64) {}
	}
	p := &progressLine{w: a.stderr, now: time.Now}
	return p.report
}
