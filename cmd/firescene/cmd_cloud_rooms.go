package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/recon"
	"firescene/recon/structure"
)

type cloudRoomsOptions struct {
	surveyOptions
	out          string
	instrumentMM float64
	lang         string
}

func (a *app) cloudRoomsCmd() *cobra.Command {
	var opts cloudRoomsOptions
	c := &cobra.Command{
		Use:   "rooms SCAN... -o DIR",
		Short: "Find and measure rooms, doors and windows; draw plan and sections",
		Long: `Find planes, rooms, doors and windows in the joined scans and measure them. DIR
gets rooms.json with all sizes and their standard deviations, plan.svg, plan.dxf,
two sections of every closed room as SVG and DXF, and step.json.` + surveyHelp + `

A room is "closed" when floor, ceiling and every wall were measured; otherwise it
is "open", the sides that were not seen are listed, and it has no area or volume.
Standard deviations hold the noise and unevenness of the surfaces, the
disagreement of the scans, and --instrument-mm, the range error that all points
of a scanner share and that no cloud shows.` + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.files, opts.workers, opts.lang = args, a.workers, a.language()
			if opts.out == "" {
				return usageError{fmt.Errorf("give the folder for the results with -o")}
			}
			if !(opts.instrumentMM >= 0 && opts.instrumentMM < 100) {
				return usageError{fmt.Errorf("--instrument-mm %g: give millimetres from 0 to 100", opts.instrumentMM)}
			}
			return a.finish(runCloudRooms(c.Context(), opts, a.progress()))
		},
	}
	opts.surveyFlags(c)
	c.Flags().StringVarP(&opts.out, "output", "o", "", "folder for rooms.json, plan and sections")
	c.Flags().Float64Var(&opts.instrumentMM, "instrument-mm", 1, "standard deviation of the range error common to all points, in mm")
	return c
}

// cloudRoomsSummary is what cloud rooms prints.
type cloudRoomsSummary struct {
	surveyUse
	Out      string        `json:"out"`
	Rooms    []roomJSON    `json:"rooms"`
	Openings []openingJSON `json:"openings"`
	Files    []string      `json:"files"`
}

func (s cloudRoomsSummary) failures() []forensics.Failure { return s.Failed }

func runCloudRooms(ctx context.Context, opts cloudRoomsOptions, report progressFunc) (cloudRoomsSummary, error) {
	sum := cloudRoomsSummary{Out: opts.out}
	began := time.Now()
	survey, use, err := loadSurvey(ctx, opts.surveyOptions, report)
	sum.surveyUse = use
	if err != nil {
		return sum, err
	}
	report("rooms", 0, 0)
	found, err := structure.Find(ctx, survey, structure.Options{InstrumentM: opts.instrumentMM / 1000, Workers: opts.workers})
	if err != nil {
		return sum, err
	}
	structure.NameOpenings(found.Openings)
	doc := makeRoomsJSON(found, survey, use)
	sum.Rooms, sum.Openings = doc.Rooms, doc.Openings
	if found.Levelled {
		sum.Notes = append(sum.Notes, makeNote("rooms_note_levelled", "Deg", fmt.Sprintf("%.2f", found.TiltDeg)))
	}
	if err := os.MkdirAll(opts.out, 0o755); err != nil {
		return sum, err
	}
	err = replaceFile(filepath.Join(opts.out, "rooms.json"), func(f *os.File) error {
		enc := json.NewEncoder(f)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		return enc.Encode(doc)
	})
	if err != nil {
		return sum, err
	}
	drawings, err := drawRooms(opts.out, found, survey.Stations, planWords(newTexts(opts.lang)))
	sum.Files = append([]string{"rooms.json"}, drawings...)
	if err != nil {
		return sum, err
	}
	return sum, opts.record(opts.out, "rooms", sum.surveyUse, sum.Files, map[string]string{"instrument-mm": fmt.Sprint(opts.instrumentMM), "lang": opts.lang}, began)
}

func (s cloudRoomsSummary) print(w io.Writer, t texts) {
	for _, r := range s.Rooms {
		if r.Closed {
			fmt.Fprintln(w, " ", t.T("rooms_closed", "Name", r.Name, "Length", metres(r.LengthM), "Width", metres(r.WidthM), "Height", metres(r.HeightM), "Area", squareMetres(r.FloorAreaM2), "Volume", cubicMetres(r.VolumeM3)))
			continue
		}
		fmt.Fprintln(w, " ", t.T("rooms_open", "Name", r.Name, "Why", r.openText(t)))
	}
	for _, o := range s.Openings {
		fmt.Fprintln(w, " ", t.T("rooms_opening", "Name", o.Name, "Kind", t.T("opening_"+string(o.Kind)), "Rooms", o.roomsText(), "Width", metres(&o.WidthM), "Height", metres(&o.HeightM)))
	}
	for _, n := range s.Notes {
		fmt.Fprintln(w, " ", n.text(t))
	}
	fmt.Fprintln(w, t.T("rooms_written", "Out", s.Out, "Rooms", len(s.Rooms), "Openings", len(s.Openings)))
}

// metres prints a measure in metres with its standard deviation in millimetres.
func metres(m *recon.Measure) string {
	switch {
	case m == nil:
		return "-"
	case m.Sigma < 0:
		return fmt.Sprintf("%.3f m (± ?)", m.Value)
	}
	return fmt.Sprintf("%.4f m ± %.1f mm", m.Value, m.Sigma*1000)
}

func squareMetres(m *recon.Measure) string {
	if m == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f ± %.3f m²", m.Value, m.Sigma)
}

func cubicMetres(m *recon.Measure) string {
	if m == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f ± %.3f m³", m.Value, m.Sigma)
}
