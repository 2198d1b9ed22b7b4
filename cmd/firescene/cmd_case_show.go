package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/forensics/custody"
)

type caseShowSummary struct {
	Dir          string                       `json:"dir"`
	Meta         casefile.Meta                `json:"meta"`
	Exhibits     []forensics.Exhibit          `json:"exhibits"`
	Clocks       []forensics.Clock            `json:"clocks"`
	Observations []casefile.Observation       `json:"observations"`
	Statements   map[string]int               `json:"statements"` // passages by exhibit
	Poses        map[string]casefile.ScanPose `json:"poses"`
	Steps        []casefile.StepRecord        `json:"steps"`
	Findings     []forensics.Finding          `json:"findings"`
	Entries      int                          `json:"entries"`
	Head         string                       `json:"head"`
}

func (a *app) caseShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "show DIR",
		Short: "Show what a case holds",
		Long:  "Shows what a case holds. Nothing is written; a read-only folder is enough." + exitStatusHelp,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.finish(runCaseShow(cmd.Context(), args[0]))
		},
	}
}

func runCaseShow(ctx context.Context, dir string) (s caseShowSummary, err error) {
	c, err := casefile.Open(ctx, dir, casefile.Options{ReadOnly: true})
	if err != nil {
		return s, err
	}
	defer c.Close()
	s.Dir, s.Statements = dir, map[string]int{}
	if s.Meta, err = c.Meta(ctx); err != nil {
		return s, err
	}
	if s.Exhibits, err = c.Exhibits(ctx); err != nil {
		return s, err
	}
	if s.Clocks, err = c.Clocks(ctx); err != nil {
		return s, err
	}
	if s.Observations, err = c.Observations(ctx); err != nil {
		return s, err
	}
	if s.Poses, err = c.ScanPoses(ctx); err != nil {
		return s, err
	}
	if s.Steps, err = c.Steps(ctx); err != nil {
		return s, err
	}
	if s.Findings, err = c.Findings(ctx); err != nil {
		return s, err
	}
	for _, e := range s.Exhibits {
		if e.Kind != forensics.KindStatement {
			continue
		}
		passages, err := c.Statements(ctx, e.ID)
		if err != nil {
			return s, err
		}
		s.Statements[e.ID] = len(passages)
	}
	entries, err := c.Log(ctx)
	s.Entries, s.Head = len(entries), custody.Head(entries)
	return s, err
}

func (s caseShowSummary) print(w io.Writer, t texts) {
	for _, line := range [][2]string{
		{"case_number", s.Meta.Number}, {"case_title", s.Meta.Title}, {"case_place", s.Meta.Place}, {"case_fire_date", s.Meta.FireDate},
		{"case_agency", s.Meta.Agency}, {"case_investigators", strings.Join(s.Meta.Investigators, ", ")}, {"case_zone", s.Meta.Zone},
	} {
		if line[1] != "" {
			fmt.Fprintf(w, "%s: %s\n", t.T(line[0]), line[1])
		}
	}
	fmt.Fprintf(w, "\n%s\n", t.T("case_exhibits", "Count", len(s.Exhibits)))
	known := map[string]bool{}
	for _, k := range s.Clocks {
		known[k.ID] = true
	}
	for _, e := range s.Exhibits {
		how := t.T("case_copied")
		if !e.Copied {
			how = t.T("case_referenced")
		}
		fmt.Fprintf(w, "  %s  %-11s  %12d B  sha256 %s…  %s  %s\n", e.ID, t.T("case_kind_"+string(e.Kind)), e.SizeB, e.SHA256[:min(16, len(e.SHA256))], how, e.Label)
		switch {
		case e.Clock != "" && !known[e.Clock]:
			fmt.Fprintf(w, "        %s\n", t.T("case_clock_unknown", "ID", e.Clock))
		case e.Clock != "":
			fmt.Fprintf(w, "        %s\n", t.T("case_clock_of", "ID", e.Clock))
		}
		if n := s.Statements[e.ID]; n > 0 {
			fmt.Fprintf(w, "        %s\n", t.T("case_passages", "Count", n))
		}
		if p, ok := s.Poses[e.ID]; ok {
			fmt.Fprintf(w, "        %s\n", t.T("case_pose", "Verdict", p.Verdict))
		}
	}
	if len(s.Clocks) > 0 {
		fmt.Fprintf(w, "\n%s\n", t.T("case_clocks", "Count", len(s.Clocks)))
	}
	for _, k := range s.Clocks {
		fmt.Fprintf(w, "  %s  %s\n", k.ID, t.T("case_clock_line", "Offset", fmt.Sprintf("%+g", k.OffsetS), "Sigma", fmt.Sprintf("%g", k.SigmaS), "Zone", orElse(k.Zone, "-"), "Method", k.Method))
	}
	fmt.Fprintf(w, "\n%s\n", t.T("case_counts", "Observations", len(s.Observations), "Steps", len(s.Steps), "Findings", len(s.Findings)))
	for _, step := range s.Steps {
		fmt.Fprintf(w, "  %s  %s\n", step.Dir, t.T("case_step_line", "Stage", step.Step.Stage, "In", step.Step.In, "Out", step.Step.Out, "Failed", len(step.Step.Failed)))
	}
	fmt.Fprintln(w, t.T("case_head", "Head", s.Head))
}

func (s caseShowSummary) failures() []forensics.Failure { return nil }

type caseLogSummary struct {
	Entries []custody.Entry `json:"entries"`
	Breaks  []custody.Break `json:"breaks"`
	Head    string          `json:"head"`
}

func (a *app) caseLogCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "log DIR",
		Short: "Print the custody log and its head",
		Long: `Prints the custody log and its head, the hash of the newest entry. Write the head
on the signed paper: later, case verify --head HASH shows whether the log still
holds that entry and all before it.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := runCaseLog(cmd.Context(), args[0])
			if err = a.finish(s, err); err == nil && len(s.Breaks) > 0 {
				err = fmt.Errorf("the log of %s does not hold together; see: firescene case verify %s", args[0], args[0])
			}
			return err
		},
	}
}

func runCaseLog(ctx context.Context, dir string) (s caseLogSummary, err error) {
	c, err := casefile.Open(ctx, dir, casefile.Options{ReadOnly: true})
	if err != nil {
		return s, err
	}
	defer c.Close()
	s.Entries, err = c.Log(ctx)
	s.Breaks, s.Head = custody.Verify(s.Entries), custody.Head(s.Entries)
	return s, err
}

func (s caseLogSummary) print(w io.Writer, t texts) {
	for _, e := range s.Entries {
		fmt.Fprintf(w, "%4d  %s  %s  %s  %s  %s\n      %s\n", e.Seq, e.Time.Format(time.RFC3339), e.Who, e.Action, e.Exhibit, e.Hash, e.Details)
	}
	for _, b := range s.Breaks {
		fmt.Fprintln(w, "!", b)
	}
	fmt.Fprintln(w, t.T("case_head", "Head", s.Head))
	fmt.Fprintln(w, t.T("case_head_why"))
}

func (s caseLogSummary) failures() []forensics.Failure { return nil }
