package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os/user"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/forensics/timeline"
)

// caseCmd groups the commands that keep a case.
func (a *app) caseCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "case",
		Short: "Make a case, add exhibits, look at it, verify it",
		Long: `A case is a folder with the exhibits, the results and a database of both. Every
change is written to a hash-chained log; its head, the hash of the newest entry,
belongs on the signed paper: a chain proves nothing against its own maker unless
the head is kept elsewhere.` + exitStatusHelp,
		Args: func(_ *cobra.Command, args []string) error { return unknownCommand(args) },
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	cmd.AddCommand(a.caseInitCmd(), a.caseAddCmd(), a.caseShowCmd(), a.caseLogCmd(), a.caseVerifyCmd(), a.caseCameraCmd())
	return cmd
}

type caseInitOptions struct {
	dir   string
	meta  casefile.Meta
	by    string
	north string
}

type caseInitSummary struct {
	Dir  string        `json:"dir"`
	Meta casefile.Meta `json:"meta"`
	Head string        `json:"head"`
}

func (a *app) caseInitCmd() *cobra.Command {
	var o caseInitOptions
	cmd := &cobra.Command{
		Use:     "init DIR",
		Short:   "Make a case in a folder",
		Long:    "Makes the folder DIR with an empty case. A folder that is a case already is refused." + exitStatusHelp,
		Example: `  firescene case init warehouse --title "某仓库火灾" --number "2026-0001" --date 2026-02-28 --place "..." --agency "..." --by 调查员甲 --investigator 调查员甲 --investigator 调查员乙`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir = args[0]
			o.meta.Language = a.language()
			return a.finish(runCaseInit(cmd.Context(), o))
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.meta.Number, "number", "", "case number")
	f.StringVar(&o.meta.Title, "title", "", "name of the fire (火灾名称)")
	f.StringVar(&o.meta.Place, "place", "", "where it burned")
	f.StringVar(&o.meta.FireDate, "date", "", "when it burned, as stated, for example 2026-02-28")
	f.StringVar(&o.meta.Agency, "agency", "", "investigating agency")
	f.StringArrayVar(&o.meta.Investigators, "investigator", nil, "an investigator; give it once for each")
	f.StringVar(&o.meta.Zone, "zone", "+08:00", "time zone of times that people state")
	f.StringVar(&o.north, "north", "", "direction of north in the scene: degrees counter-clockwise from +Y seen from above (default: not known, no arrow is drawn)")
	f.StringVar(&o.by, "by", "", "who makes the case (default: the user of this computer)")
	return cmd
}

func runCaseInit(ctx context.Context, o caseInitOptions) (caseInitSummary, error) {
	if _, err := timeline.Zone(o.meta.Zone); err != nil {
		return caseInitSummary{}, usageError{fmt.Errorf("--zone: %w", err)}
	}
	if o.north != "" {
		deg, err := strconv.ParseFloat(o.north, 64)
		if err != nil || !(math.Abs(deg) <= 360) {
			return caseInitSummary{}, usageError{fmt.Errorf("--north %s: give degrees from -360 to 360", o.north)}
		}
		o.meta.NorthDeg = &deg
	}
	o.meta.Program = "firescene " + version
	c, err := casefile.Init(ctx, o.dir, o.meta, casefile.Options{By: whoWorks(o.by)})
	if err != nil {
		return caseInitSummary{}, err
	}
	defer c.Close()
	entries, err := c.Log(ctx)
	if err != nil {
		return caseInitSummary{}, err
	}
	return caseInitSummary{Dir: o.dir, Meta: o.meta, Head: entries[len(entries)-1].Hash}, nil
}

// whoWorks is the name for the log: as given, else the user of this computer.
func whoWorks(given string) string {
	if given = strings.TrimSpace(given); given != "" {
		return given
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}

func (s caseInitSummary) print(w io.Writer, t texts) {
	fmt.Fprintln(w, t.T("case_made", "Dir", s.Dir))
	fmt.Fprintln(w, t.T("case_next_add", "Dir", s.Dir))
	fmt.Fprintln(w, t.T("case_head", "Head", s.Head))
}

func (s caseInitSummary) failures() []forensics.Failure { return nil }
