package main

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/forensics/casefile"
)

type caseVerifyOptions struct {
	dir, head string
	workers   int
}

type caseVerifySummary struct {
	Dir string `json:"dir"`
	casefile.VerifyReport
}

func (a *app) caseVerifyCmd() *cobra.Command {
	var o caseVerifyOptions
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Hash everything again and name what was changed, is missing or was added",
		Long: `Hashes every exhibit and every recorded result again and checks the custody log and
the records against it. Every change is named. Nothing is written; a read-only
folder is enough. Exit status 1 when anything is not as it was recorded.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir, o.workers = args[0], a.workers
			s, err := runCaseVerify(cmd.Context(), o, a.progress())
			if err = a.finish(s, err); err == nil && len(s.Changes) > 0 {
				err = fmt.Errorf("%s is not as it was recorded: %d change(s)", o.dir, len(s.Changes))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&o.head, "head", "", "head of the log that was kept elsewhere, for example on the signed paper")
	return cmd
}

func runCaseVerify(ctx context.Context, o caseVerifyOptions, report progressFunc) (caseVerifySummary, error) {
	s := caseVerifySummary{Dir: o.dir}
	c, err := casefile.Open(ctx, o.dir, casefile.Options{ReadOnly: true})
	if err != nil {
		return s, err
	}
	defer c.Close()
	if o.workers < 1 {
		o.workers = runtime.NumCPU()
	}
	s.VerifyReport, err = c.Verify(ctx, casefile.VerifyOptions{Head: o.head, Workers: o.workers,
		Progress: func(done, total int64) { report("verify", done, total) }})
	return s, err
}

func (s caseVerifySummary) print(w io.Writer, t texts) {
	for _, ch := range s.Changes {
		fmt.Fprintf(w, "%s  %s  %s: %s\n", t.T("case_change_"+ch.Kind), ch.What, ch.Name, ch.Why)
	}
	for _, n := range s.Notes {
		fmt.Fprintln(w, n)
	}
	fmt.Fprintln(w, t.T("case_verified", "Exhibits", s.Exhibits, "Results", s.Results, "Bytes", s.Bytes, "Entries", s.Entries, "Records", s.Records))
	if len(s.Changes) == 0 {
		fmt.Fprintln(w, t.T("case_clean"))
	} else {
		fmt.Fprintln(w, t.T("case_changes", "Count", len(s.Changes)))
	}
	fmt.Fprintln(w, t.T("case_head", "Head", s.Head))
}

func (s caseVerifySummary) failures() []forensics.Failure { return nil }
