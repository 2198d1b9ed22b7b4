package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"firescene/forensics"
	"firescene/forensics/casefile"

	"github.com/spf13/cobra"
)

type reportOptions struct {
	Case, Out string
	Lang      string
}

// reportSummary says where the report was put.
type reportSummary struct {
	Case  string   `json:"case"`
	Files []string `json:"files"`
}

func (a *app) reportCmd() *cobra.Command {
	opts := reportOptions{}
	c := &cobra.Command{
		Use:   "report CASE -o DIR",
		Short: "Hand out the report of a case as PDF and HTML",
		Long: `Copies the report that firescene run wrote, in one language, with its findings, to
a folder of its own: report.pdf, report.html and findings.json. The report in the
case is verified against its record first, so that what is handed out is what was
recorded.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.Case, opts.Lang = args[0], a.lang
			return a.finish(runReport(c.Context(), opts))
		},
	}
	c.Flags().StringVarP(&opts.Out, "out", "o", "", "output folder (required)")
	return c
}

func runReport(ctx context.Context, opts reportOptions) (reportSummary, error) {
	s := reportSummary{Case: opts.Case}
	if opts.Out == "" {
		return s, usageError{errors.New("give an output folder with -o DIR")}
	}
	c, err := casefile.Open(ctx, opts.Case, casefile.Options{ReadOnly: true})
	if err != nil {
		return s, err
	}
	defer c.Close()
	record, ok, err := c.Step(ctx, reportDir)
	if err != nil {
		return s, err
	}
	if !ok {
		return s, fmt.Errorf("the case has no report yet; run: firescene run %s", opts.Case)
	}
	meta, err := c.Meta(ctx)
	if err != nil {
		return s, err
	}
	suffix := ""
	if opts.Lang != "" && opts.Lang != meta.Language {
		suffix = "." + opts.Lang
	}
	if err := os.MkdirAll(opts.Out, 0o755); err != nil {
		return s, err
	}
	for from, to := range map[string]string{"report" + suffix + ".pdf": "report.pdf", "report" + suffix + ".html": "report.html", findingsFile: findingsFile} {
		if err := copyRecorded(c, record, reportDir+"/"+from, filepath.Join(opts.Out, to)); err != nil {
			return s, err
		}
	}
	s.Files = []string{filepath.Join(opts.Out, "report.pdf"), filepath.Join(opts.Out, "report.html"), filepath.Join(opts.Out, findingsFile)}
	return s, nil
}

// copyRecorded copies a result whose bytes are still those of its record.
func copyRecorded(c *casefile.Case, record casefile.StepRecord, rel, to string) error {
	b, err := os.ReadFile(c.Path(rel))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing; see firescene case verify", rel)
	}
	if err != nil {
		return err
	}
	sum := sha256Hex(b)
	for _, f := range record.Files {
		if f.Path == rel {
			if f.SHA256 != sum {
				return fmt.Errorf("%s was changed since it was written; see firescene case verify", rel)
			}
			return writeFile(to, b)
		}
	}
	return fmt.Errorf("%s is not in the case's record; see firescene case verify", rel)
}

func (s reportSummary) failures() []forensics.Failure { return nil }

func (s reportSummary) print(w io.Writer, t texts) {
	for _, f := range s.Files {
		fmt.Fprintln(w, t.T("run_report", "Path", f))
	}
}
