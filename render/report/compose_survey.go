package report

import (
	"fmt"
	"strconv"
	"strings"

	"firescene/recon"
	"firescene/render/report/page"
)

// surveyed is the rooms and the fire marks of the joined scans, one section each.
func (k *composer) surveyed() []page.Section {
	s := k.c.Survey
	if s == nil {
		return nil
	}
	out := []page.Section{k.rooms(s)}
	if s.Marks != nil {
		out = append(out, k.marks(s))
	}
	return out
}

func (k *composer) rooms(s *SurveyPart) page.Section {
	t := k.t
	sec := page.Section{ID: "rooms", Title: t.T("sec.rooms")}
	if len(s.WithoutStation) > 0 {
		sec.Blocks = append(sec.Blocks, k.small("rooms.without_station", "list", t.list(s.WithoutStation)))
	}
	if len(s.Rooms) == 0 {
		sec.Blocks = append(sec.Blocks, k.none("none.rooms"))
		return sec
	}
	sec.Blocks = append(sec.Blocks, k.para("rooms.intro", "rooms", len(s.Rooms), "openings", len(s.Openings), "list", t.list(s.Exhibits)))
	tab := page.Table{Caption: t.T("rooms.table"), Dense: true, Columns: []page.Column{
		k.col("room", 12, page.Centre), k.col("length", 28, page.Right), k.col("width", 28, page.Right), k.col("height", 28, page.Right), k.col("area", 26, page.Right), k.col("volume", 26, page.Right),
	}}
	var open []page.Text
	for _, r := range s.Rooms {
		row := []page.Cell{cellOf(page.Strong(r.Name))}
		for _, m := range []*recon.Measure{r.Length, r.Width, r.Height} {
			row = append(row, cell(lengthWords(m)))
		}
		row = append(row, cell(amountWords(r.FloorArea, "m²")), cell(amountWords(r.Volume, "m³")))
		tab.Rows = append(tab.Rows, row)
		if !r.Closed {
			open = append(open, page.Plain(t.T("rooms.open", "room", r.Name, "why", r.Open)))
		}
	}
	sec.Blocks = append(sec.Blocks, tab)
	if len(open) > 0 {
		sec.Blocks = append(sec.Blocks, page.Note{Tone: page.Warn, Lines: open})
	}
	if len(s.Openings) > 0 {
		tab := page.Table{Caption: t.T("openings.table"), Dense: true, Columns: []page.Column{
			k.col("id", 10, page.Centre), k.col("kind", 14, page.Centre), k.col("between", 26), k.col("width", 28, page.Right), k.col("height", 28, page.Right), k.col("sill", 28, page.Right),
		}}
		for _, o := range s.Openings {
			tab.Rows = append(tab.Rows, []page.Cell{cellOf(page.Strong(o.Name)), cell(t.T("opening." + string(o.Kind))), cell(k.betweenWords(o)), cell(lengthWords(&o.Width)), cell(lengthWords(&o.Height)), cell(k.sillWords(o))})
		}
		sec.Blocks = append(sec.Blocks, tab)
	}
	sec.Blocks = append(sec.Blocks, k.small("rooms.note"))
	if s.Plan != nil {
		sec.Blocks = append(sec.Blocks, k.figure(*s.Plan))
	}
	return sec
}

// betweenWords says which rooms an opening joins, or that it leads outside.
func (k *composer) betweenWords(o OpeningRow) string {
	if len(o.Rooms) == 1 {
		return k.t.T("opening.outside", "room", o.Rooms[0])
	}
	return strings.Join(o.Rooms, " – ")
}

// sillWords is the height of an opening's lower edge above the floor.
func (k *composer) sillWords(o OpeningRow) string {
	if o.Kind == recon.Door || o.Kind == recon.Passage {
		return k.t.T("opening.floor")
	}
	return lengthWords(&o.Sill)
}

func (k *composer) marks(s *SurveyPart) page.Section {
	t, m := k.t, s.Marks
	sec := page.Section{ID: "marks", Title: t.T("sec.marks")}
	sec.Blocks = append(sec.Blocks, page.Note{Tone: page.Warn, Lines: []page.Text{page.Plain(t.T("marks.aid"))}}, k.para("marks.intro", "source", t.T("marks.source."+m.Source), "n", len(m.Surfaces)))
	if !m.Calibrated {
		sec.Blocks = append(sec.Blocks, k.small("marks.uncalibrated"))
	}
	if len(m.SootLines)+len(m.VPatterns)+len(m.Spalls) == 0 {
		sec.Blocks = append(sec.Blocks, k.para("marks.none"))
	} else {
		tab := page.Table{Caption: t.T("marks.table"), Columns: []page.Column{k.col("id", 12, page.Centre), k.col("kind", 22, page.Centre), k.col("where", 26), k.col("found", 90)}}
		row := func(id, kind, where, found string) {
			tab.Rows = append(tab.Rows, []page.Cell{cellOf(page.Strong(id)), cell(t.T("mark." + kind)), cell(where), cell(found)})
		}
		for _, l := range m.SootLines {
			row("L-"+l.Room, "soot_line", t.T("word.room", "room", l.Room), k.sootWords(l))
		}
		for i, v := range m.VPatterns {
			row(vName(i), "v", t.T("word.wall", "wall", v.Wall), k.vWords(v))
		}
		for i, p := range m.Spalls {
			row(spallName(i), "spall", t.T("word.surface", "surface", p.Surface), k.spallWords(p))
		}
		sec.Blocks = append(sec.Blocks, tab)
	}
	sec.Blocks = append(sec.Blocks, k.markedSurfaces(m))
	if s.Marked > len(s.Surfaces) {
		sec.Blocks = append(sec.Blocks, k.small("marks.more", "shown", len(s.Surfaces), "all", s.Marked))
	}
	for _, f := range s.Surfaces {
		sec.Blocks = append(sec.Blocks, k.figure(f))
	}
	return sec
}

// markedSurfaces is how much of each surface looks like what.
func (k *composer) markedSurfaces(m *MarksPart) page.Block {
	tab := page.Table{Caption: k.t.T("marks.surfaces"), Dense: true, Columns: []page.Column{k.col("surface", 22), k.col("room", 12, page.Centre)}}
	for _, c := range m.Classes {
		tab.Columns = append(tab.Columns, page.Column{Head: k.t.T("class." + c), Width: 20, Align: page.Right})
	}
	tab.Columns = append(tab.Columns, k.col("confidence", 18, page.Right))
	for _, s := range m.Surfaces {
		row := []page.Cell{cell(k.t.T("surface."+s.Kind) + " " + s.Name), cell(s.Room)}
		for _, c := range m.Classes {
			v := "—"
			if a := s.AreaM2[c]; a >= 0.005 {
				v = fmt.Sprintf("%.2f", a)
			}
			row = append(row, cell(v))
		}
		tab.Rows = append(tab.Rows, append(row, cell(fmt.Sprintf("%.2f", s.Confidence))))
	}
	return tab
}

func vName(i int) string     { return "V-" + strconv.Itoa(i+1) }
func spallName(i int) string { return "B-" + strconv.Itoa(i+1) }

func (k *composer) sootWords(l SootLineRow) string {
	return k.t.T("marks.soot_line", "h", fmt.Sprintf("%.2f", l.OnsetM), "s", fmt.Sprintf("%.2f", l.SigmaM), "full", fmt.Sprintf("%.2f", l.FullM), "n", l.Walls)
}

func (k *composer) vWords(v VPatternRow) string {
	return k.t.T("marks.v", "deg", fmt.Sprintf("%.1f", v.AngleDeg), "s", fmt.Sprintf("%.1f", v.SigmaDeg), "lean", fmt.Sprintf("%.1f", v.LeanDeg),
		"x", fmt.Sprintf("%.2f", v.Apex[0]), "y", fmt.Sprintf("%.2f", v.Apex[1]), "z", fmt.Sprintf("%.2f", v.Apex[2]))
}

func (k *composer) spallWords(p SpallRow) string {
	return k.t.T("marks.spall", "depth", fmt.Sprintf("%.1f", 1000*p.MaxM), "s", fmt.Sprintf("%.1f", 1000*p.SigmaM), "area", fmt.Sprintf("%.3f", p.AreaM2),
		"x", fmt.Sprintf("%.2f", p.At[0]), "y", fmt.Sprintf("%.2f", p.At[1]), "z", fmt.Sprintf("%.2f", p.At[2]))
}

// lengthWords prints a length in metres and its standard deviation in millimetres.
func lengthWords(m *recon.Measure) string {
	switch {
	case m == nil:
		return "—"
	case m.Sigma < 0:
		return fmt.Sprintf("%.3f m ± ?", m.Value)
	}
	return fmt.Sprintf("%.3f m ± %s mm", m.Value, uncertainty(1000*m.Sigma))
}

// amountWords prints an area or a volume with its standard deviation.
func amountWords(m *recon.Measure, unit string) string {
	switch {
	case m == nil:
		return "—"
	case m.Sigma < 0:
		return fmt.Sprintf("%.2f %s ± ?", m.Value, unit)
	}
	return fmt.Sprintf("%.2f ± %.2f %s", m.Value, m.Sigma, unit)
}

// lookSurvey adds what findings on rooms and marks say.
func (k *composer) lookSurvey(args map[string]string, data map[string]any) error {
	s := k.c.Survey
	if s == nil {
		s = &SurveyPart{}
	}
	if room, ok := args["room"]; ok {
		i := indexOf(s.Rooms, func(r RoomRow) bool { return r.Name == room })
		if i < 0 {
			return fmt.Errorf("room %s is not in the survey", room)
		}
		r := s.Rooms[i]
		data["length"], data["width"], data["height"] = lengthWords(r.Length), lengthWords(r.Width), lengthWords(r.Height)
		data["area"], data["volume"], data["why"] = amountWords(r.FloorArea, "m²"), amountWords(r.Volume, "m³"), r.Open
	}
	if name, ok := args["opening"]; ok {
		i := indexOf(s.Openings, func(o OpeningRow) bool { return o.Name == name })
		if i < 0 {
			return fmt.Errorf("opening %s is not in the survey", name)
		}
		o := s.Openings[i]
		data["kind"], data["rooms"] = k.t.T("opening."+string(o.Kind)), k.betweenWords(o)
		data["width"], data["height"], data["sill"] = lengthWords(&o.Width), lengthWords(&o.Height), k.sillWords(o)
	}
	if id, ok := args["mark"]; ok {
		where, what, err := k.markWords(s.Marks, id)
		if err != nil {
			return err
		}
		data["where"], data["what"] = where, what
	}
	return nil
}

// markWords finds a mark by its name in the table.
func (k *composer) markWords(m *MarksPart, id string) (where, what string, err error) {
	if m != nil {
		for _, l := range m.SootLines {
			if "L-"+l.Room == id {
				return k.t.T("word.room", "room", l.Room), k.sootWords(l), nil
			}
		}
		for i, v := range m.VPatterns {
			if vName(i) == id {
				return k.t.T("word.wall", "wall", v.Wall), k.vWords(v), nil
			}
		}
		for i, p := range m.Spalls {
			if spallName(i) == id {
				return k.t.T("word.surface", "surface", p.Surface), k.spallWords(p), nil
			}
		}
	}
	return "", "", fmt.Errorf("mark %s is not in the survey", id)
}

// MarkIDs are the names of all marks, in the order of the table, by which findings
// name them.
func (m *MarksPart) MarkIDs() (soot, v, spall []string) {
	for _, l := range m.SootLines {
		soot = append(soot, "L-"+l.Room)
	}
	for i := range m.VPatterns {
		v = append(v, vName(i))
	}
	for i := range m.Spalls {
		spall = append(spall, spallName(i))
	}
	return soot, v, spall
}
