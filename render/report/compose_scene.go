package report

import (
	"fmt"
	"math"
	"strings"

	"firescene/forensics"
	"firescene/render/report/page"
)

// scene is the burnt place: photos, scans, scale and pictures of the model.
func (k *composer) scene() page.Section {
	s := page.Section{ID: "scene", Title: k.t.T("sec.scene")}
	s.Sections = []page.Section{k.photos(), k.scans(), k.scale()}
	s.Sections = append(s.Sections, k.surveyed()...)
	s.Sections = append(s.Sections, k.measures(), k.views())
	return s
}

func (k *composer) photos() page.Section {
	t := k.t
	s := page.Section{ID: "photos", Title: t.T("sec.photos")}
	if k.n.Photos == 0 {
		s.Blocks = append(s.Blocks, k.none("none.photos"))
		return s
	}
	s.Blocks = append(s.Blocks, k.para("photos.intro", "N", k.n))
	tab := page.Table{Dense: true, Unused: 1, Columns: []page.Column{
		k.col("seq", 8, page.Centre), k.col("photo", 24, page.Centre), k.col("file", 38), k.col("taken", 46), k.col("registered", 40),
	}}
	for i, p := range k.c.Photos {
		place := page.Cell{Text: page.Plain(t.T("photos.registered", "px", fmt.Sprintf("%.2f", p.ErrPx)))}
		if p.StationM > 0 && !p.Loose {
			place.Text = lines(place.Text, page.Quiet(t.T("photos.station", "mm", fmt.Sprintf("%.1f", 1000*p.StationM))))
		}
		if p.Loose {
			place = page.Cell{Text: lines(place.Text, page.Strong(t.T("photos.loose"))), Tone: page.Warn}
		}
		if !p.Registered {
			place = page.Cell{Text: lines(page.Strong(t.T("photos.not")), k.programWords(p.Reason)), Tone: page.Warn}
		}
		for _, note := range p.Notes {
			place.Text = lines(place.Text, page.FinePrint(note, page.Muted))
		}
		taken := page.Quiet(t.T("photos.no_time"))
		if p.RawTime != "" {
			taken = page.Join(page.Quiet(t.T("time.raw")+" "), page.Plain(p.RawTime))
			if p.Corrected.IsZero() {
				taken = lines(taken, page.Quiet(t.T("time.not_corrected")))
			} else {
				taken = lines(taken, page.Join(page.Quiet(t.T("time.corrected")+" "), page.Plain(t.when(p.Corrected, decimals(p.SigmaS))+" "+plusMinus(p.SigmaS))))
			}
		}
		tab.Rows = append(tab.Rows, []page.Cell{
			seqCell(i), {Picture: &page.Picture{Bytes: p.Thumb}}, cellOf(lines(page.Strong(p.Exhibit), page.Code(p.File), page.Quiet(p.Camera))), cellOf(taken), place,
		})
	}
	s.Blocks = append(s.Blocks, tab, k.small("photos.note"))
	m := k.c.PhotoModel
	if m == nil {
		return s
	}
	say := func(is bool, key string, nameValue ...any) {
		if is {
			s.Blocks = append(s.Blocks, k.para(key, nameValue...))
		}
	}
	say(m.ImagePx > 0, "photos.noise", "px", fmt.Sprintf("%.2f", m.ImagePx))
	say(m.Second == SecondAgrees, "photos.second_agrees")
	say(m.Second == SecondDiffers, "photos.second_differs", "which", m.Differ)
	say(m.Others > 0, "photos.others", "n", m.Others)
	say(m.DensePoints > 0, "photos.dense", "n", m.DensePoints)
	say(m.DensePoints > 0 && m.Sigma95M > 0, "photos.dense_sigma", "half", fmt.Sprintf("%.1f", 1000*m.Sigma50M), "most", fmt.Sprintf("%.1f", 1000*m.Sigma95M))
	if j := m.Join; j != nil && !j.Registered {
		s.Blocks = append(s.Blocks, page.Note{Tone: page.Warn, Lines: []page.Text{page.Plain(t.T("photos.not_joined", "why", j.Why))}})
	} else if j != nil {
		say(true, "photos.joined", "metres", fmt.Sprintf("%.5g", j.MetresPerUnit), "percent", fmt.Sprintf("%.2g", 100*j.RelSigma),
			"mm", fmt.Sprintf("%.1f", j.SigmaMM), "deg", fmt.Sprintf("%.3f", j.SigmaDeg), "rms", fmt.Sprintf("%.1f", j.RMSMM), "overlap", fmt.Sprintf("%.0f", j.OverlapPct), "file", j.Cloud)
		say(j.Checked && math.Abs(j.CheckPct) <= 2*j.CheckSigmaPct, "photos.scale_agrees", "percent", fmt.Sprintf("%+.2f", j.CheckPct), "sigma", fmt.Sprintf("%.2g", j.CheckSigmaPct))
		if j.Checked && math.Abs(j.CheckPct) > 2*j.CheckSigmaPct {
			s.Blocks = append(s.Blocks, page.Note{Tone: page.Warn, Lines: []page.Text{page.Plain(t.T("photos.scale_differs", "percent", fmt.Sprintf("%+.2f", j.CheckPct), "sigma", fmt.Sprintf("%.2g", j.CheckSigmaPct)))}})
		}
	}
	return s
}

func (k *composer) scans() page.Section {
	t := k.t
	s := page.Section{ID: "scans", Title: t.T("sec.scans")}
	if k.n.Scans == 0 {
		s.Blocks = append(s.Blocks, k.none("none.scans"))
		return s
	}
	s.Blocks = append(s.Blocks, k.para("scans.intro", "N", k.n))
	tab := page.Table{Dense: true, Unused: 1, Columns: []page.Column{
		k.col("seq", 7, page.Centre), k.col("exhibit", 9, page.Centre), k.col("file", 34), k.col("points_read", 17, page.Right), k.col("points_claimed", 17, page.Right), k.col("pose", 28),
	}}
	computed := false
	for i, x := range k.c.Scans {
		computed = computed || x.Pose == PoseComputed
		pose := page.Cell{}
		switch x.Pose {
		case PoseStored, PoseGiven, PoseComputed:
			pose = cell(t.T("pose." + string(x.Pose)))
			if x.RMSMM > 0 {
				pose.Text = lines(pose.Text, page.Quiet(t.T("scans.rms", "mm", fmt.Sprintf("%.1f", x.RMSMM))))
			}
			if x.Frame {
				pose.Text = lines(pose.Text, page.Quiet(t.T("scans.frame")))
			} else if x.SigmaMM > 0 {
				pose.Text = lines(pose.Text, page.Quiet(t.T("scans.sigma", "mm", fmt.Sprintf("%.2f", x.SigmaMM))))
			}
		default:
			pose = page.Cell{Text: lines(page.Strong(t.T("pose.none")), k.programWords(x.Reason)), Tone: page.Warn}
		}
		read := cell(num(x.PointsRead))
		if x.PointsRead < x.PointsClaimed {
			read.Tone = page.Warn
		}
		tab.Rows = append(tab.Rows, []page.Cell{
			seqCell(i), cellOf(page.Strong(x.Exhibit)), cellOf(k.scanName(&x)), read, cell(num(x.PointsClaimed)), pose,
		})
	}
	s.Blocks = append(s.Blocks, tab)
	if computed {
		s.Blocks = append(s.Blocks, k.small("scans.note"))
	}
	return s
}

// scanName is the file and, of several in it, the scan.
func (k *composer) scanName(x *ScanRow) page.Text {
	name := x.Name
	if name == "1" { // formats without names number their scans
		name = ""
	}
	if x.Scan > 0 {
		name = k.t.T("scans.number", "n", x.Scan)
		if x.Name != "" && x.Name != num(x.Scan) {
			name += k.t.T("word.list_separator") + x.Name
		}
	}
	return page.Join(page.Code(x.File), page.Quiet("  "+name))
}

func (k *composer) scale() page.Section {
	t := k.t
	s := page.Section{ID: "scale", Title: t.T("sec.scale")}
	if k.n.Photos == 0 && k.n.Scans == 0 {
		s.Blocks = append(s.Blocks, k.none("none.scene"))
		return s
	}
	if k.c.Scale.Scaled {
		s.Blocks = append(s.Blocks, k.para("scale.given", "why", k.scaleWhy()))
	} else {
		s.Blocks = append(s.Blocks, page.Note{Tone: page.Warn, Lines: []page.Text{page.Plain(t.T("scale.none", "why", k.scaleWhy()))}})
	}
	sc := &k.c.Scale
	if sc.RelSigma > 0 {
		s.Blocks = append(s.Blocks, k.para("scale.sigma", "percent", fmt.Sprintf("%.2g", 100*sc.RelSigma)))
	}
	if sc.Level != "" {
		s.Blocks = append(s.Blocks, page.Para{Text: page.Join(page.Plain(t.T("scale.level")), k.programWords(sc.Level), page.Plain(t.T("scale.level_sigma", "deg", fmt.Sprintf("%.2g", sc.LevelSigmaDeg))))})
	}
	if len(sc.Known) > 0 {
		s.Blocks = append(s.Blocks, k.lengths(t.T("scale.known"), sc.Known))
	}
	if len(sc.Checks) == 0 {
		s.Blocks = append(s.Blocks, k.para("scale.no_checks"))
		return s
	}
	s.Blocks = append(s.Blocks, k.lengths(t.T("scale.checks"), sc.Checks))
	return s
}

// lengths is a table of lengths by hand beside those of the scene.
func (k *composer) lengths(caption string, list []ScaleCheck) page.Table {
	tab := page.Table{Caption: caption, Columns: []page.Column{
		k.col("seq", 9, page.Centre), k.col("distance", 40), k.col("hand", 24, page.Right), k.col("in_scene", 18, page.Right),
		k.col("difference", 18, page.Right), k.col("expected", 18, page.Right), k.col("verdict_short", 18, page.Centre),
	}}
	for i, x := range list {
		expected, of := page.Cell{Text: page.Quiet("—")}, page.Cell{Text: page.Quiet("—")}
		if x.ExpectedM > 0 {
			expected = cell(fmt.Sprintf("± %.1f", 1000*x.ExpectedM))
		}
		if x.Of != "" {
			of = cell(k.t.T("check." + string(x.Of)))
			if x.Of == CheckDoubtful || x.Of == CheckDisagrees {
				of = page.Cell{Text: page.Strong(k.t.T("check." + string(x.Of))), Tone: page.Warn}
			}
		}
		tab.Rows = append(tab.Rows, []page.Cell{seqCell(i), cell(x.Name),
			cell(fmt.Sprintf("%.3f ± %.3f", x.HandM, x.HandSigmaM)), cell(fmt.Sprintf("%.3f", x.SceneM)), cell(fmt.Sprintf("%+.1f", 1000*(x.SceneM-x.HandM))), expected, of})
	}
	return tab
}

// scaleWhy is what fixed the scale, or why nothing did, without a full stop.
func (k *composer) scaleWhy() string {
	s := strings.TrimRight(k.t.or(k.c.Scale.Why), "。. ")
	if k.t.lang == "zh" && foreign(s) {
		return page.String(k.programWords(s))
	}
	return s
}

func (k *composer) views() page.Section {
	s := page.Section{ID: "views", Title: k.t.T("sec.views")}
	if k.n.Figures == 0 {
		s.Blocks = append(s.Blocks, k.none("none.figures"))
		return s
	}
	s.Blocks = append(s.Blocks, k.para("views.intro", "N", k.n))
	for _, f := range k.c.Figures {
		s.Blocks = append(s.Blocks, k.figure(f))
	}
	return s
}

// figure numbers a figure and puts its key into words.
func (k *composer) figure(f Figure) page.Block {
	k.figures++
	out := page.Figure{Picture: page.Picture{Bytes: f.PNG}, Sources: f.Sources,
		Caption: page.Join(page.Strong(k.t.T("figure.number", "n", k.figures)), page.Plain(" "+f.Caption))}
	for _, l := range f.Legend {
		out.Legend = append(out.Legend, page.LegendEntry{Text: l.Text, Standing: page.Standing(l.Standing), Word: k.t.T("kind." + string(l.Standing))})
	}
	return out
}

// recovered is what came out of the media.
func (k *composer) recovered() page.Section {
	t := k.t
	s := page.Section{ID: "items", Title: t.T("sec.items")}
	if k.n.Items == 0 {
		s.Blocks = append(s.Blocks, k.none("none.items"))
		return s
	}
	s.Blocks = append(s.Blocks, k.para("items.intro", "N", k.n))
	s.Sections = []page.Section{k.itemTally(), k.itemGallery(), k.itemTable()}
	if len(s.Sections[1].Blocks) == 0 {
		s.Sections = []page.Section{s.Sections[0], s.Sections[2]}
	}
	return s
}

func (k *composer) itemTally() page.Section {
	s := page.Section{ID: "item-tally", Title: k.t.T("sec.item_tally")}
	tab := page.Table{Dense: true, Columns: []page.Column{
		k.col("exhibit", 16, page.Centre), k.col("type", 20), k.col("whole", 14, page.Right), k.col("partial", 14, page.Right), k.col("fragment", 14, page.Right), k.col("all", 14, page.Right),
	}}
	var seen []string
	for _, it := range k.c.Items {
		if indexOf(seen, func(e string) bool { return e == it.Exhibit }) < 0 {
			seen = append(seen, it.Exhibit)
		}
	}
	for _, x := range k.c.Summaries {
		if indexOf(seen, func(e string) bool { return e == x.Exhibit }) < 0 {
			seen = append(seen, x.Exhibit)
		}
	}
	for _, e := range seen {
		for _, x := range count(k.c, e).ItemsByType {
			tab.Rows = append(tab.Rows, []page.Cell{cell(e), cell(x.Type), cell(num(x.Whole)), cell(num(x.Partial)), cell(num(x.Fragment)), cell(num(x.All()))})
		}
	}
	bold := func(n int) page.Cell { return page.Cell{Text: page.Strong(num(n)), Tone: page.Calm} }
	tab.Rows = append(tab.Rows, []page.Cell{{Text: page.Strong(k.t.T("word.total")), Tone: page.Calm}, {Tone: page.Calm}, bold(k.n.Whole), bold(k.n.Partial), bold(k.n.Fragment), bold(k.n.Items)})
	s.Blocks = append(s.Blocks, tab, k.small("items.states"))
	for _, x := range k.c.Summaries {
		s.Blocks = append(s.Blocks, k.summary(x)...)
	}
	return s
}

// summary is the numbers of a medium whose items are not all listed, and where
// they are.
func (k *composer) summary(x ItemSummary) []page.Block {
	listed := 0
	for _, it := range k.c.Items {
		if it.Exhibit == x.Exhibit {
			listed++
		}
	}
	tab := page.Table{Dense: true, Columns: []page.Column{
		k.col("folder", 24), k.col("type", 20), k.col("state", 46), k.col("count", 16, page.Right), k.col("size", 20, page.Right),
	}}
	for _, g := range x.Groups {
		folder := page.Cell{Text: page.Quiet("—")}
		if g.Folder != "" {
			folder = cellOf(page.FinePrint(g.Folder+"/", page.Mono))
		}
		tab.Rows = append(tab.Rows, []page.Cell{folder, cell(g.Type), cell(k.stateWords(forensics.Item{State: g.State, Origin: g.Origin, SizeB: 1})), cell(num(g.Count)), cell(k.t.size(g.SizeB))})
	}
	return []page.Block{k.para("items.summary", "exhibit", x.Exhibit, "n", count(k.c, x.Exhibit).Items, "listed", listed, "file", x.List.Path, "sha256", x.List.SHA256), tab}
}

// itemCut bounds a table of items and says where those are that it leaves out.
func (k *composer) itemCut(listed, all int) (int, []page.Block) {
	n := min(listed, k.maxRows)
	if n == all {
		return n, nil
	}
	files := []string{"items.json"}
	if len(k.c.Summaries) > 0 {
		files = files[:0]
		for _, x := range k.c.Summaries {
			files = append(files, x.List.Path)
		}
	}
	return n, []page.Block{page.Note{Tone: page.Warn, Lines: []page.Text{
		page.Plain(k.t.T("word.cut", "shown", n, "all", all, "left", all-n, "file", k.t.list(files)))}}}
}

func (k *composer) itemGallery() page.Section {
	s := page.Section{ID: "gallery", Title: k.t.T("sec.gallery")}
	var g page.Gallery
	all := 0
	for _, x := range k.c.Summaries {
		all += x.Pictures
	}
	for _, it := range k.c.Items {
		if len(it.Thumb) == 0 {
			continue
		}
		if k.c.summary(it.Exhibit) == nil { // else its summary counts them
			all++
		}
		if len(g.Tiles) == k.maxRows {
			continue
		}
		name := it.Type
		if it.Name != "" {
			name = shorten(it.Name, 60)
		}
		state := page.Plain(k.stateWords(it.Item))
		if it.State != forensics.Whole {
			state = page.Strong(k.stateWords(it.Item))
		}
		g.Tiles = append(g.Tiles, page.Tile{Picture: page.Picture{Bytes: it.Thumb}, Lines: []page.Text{
			page.Strong(it.ID), page.FinePrint(name, page.Mono), state, page.Join(page.Quiet(k.t.size(it.SizeB)+"  "), page.FinePrint(k.firstLocator(it.Item), page.Mono)),
		}})
	}
	if all == 0 {
		return s
	}
	_, note := k.itemCut(len(g.Tiles), all)
	s.Blocks = append([]page.Block{k.para("gallery.intro", "n", all), g}, note...)
	return s
}

// stateWords is the state and the way of finding of an item.
func (k *composer) stateWords(it forensics.Item) string {
	if it.SizeB == 0 {
		return k.t.T("items.no_content") + k.t.T("word.list_separator") + k.t.T("origin."+string(it.Origin))
	}
	return k.t.T("state."+string(it.State)) + k.t.T("word.list_separator") + k.t.T("origin."+string(it.Origin))
}

// firstLocator leads to an item's bytes; of a scattered file it gives the first
// runs, the rest is in items.json.
func (k *composer) firstLocator(it forensics.Item) string {
	if len(it.Locators) == 0 {
		return it.Exhibit
	}
	l := it.Locators[0]
	if len(l.Runs) > maxRuns {
		n := len(l.Runs) - maxRuns
		l.Runs = l.Runs[:maxRuns]
		return l.String() + k.t.T("word.more_runs", "n", n)
	}
	return l.String()
}

const maxRuns = 2

func (k *composer) itemTable() page.Section {
	t := k.t
	s := page.Section{ID: "item-table", Title: t.T("sec.item_table")}
	n, note := k.itemCut(len(k.c.Items), k.n.Items)
	tab := page.Table{Dense: true, Unused: 1, Columns: []page.Column{
		k.col("seq", 9, page.Centre), k.col("item", 71), k.col("state", 30), k.col("size", 17, page.Right), k.col("sha256_short", 29),
	}}
	for i, it := range k.c.Items[:n] {
		state := page.Cell{Text: page.Plain(k.stateWords(it.Item))}
		if it.SizeB > 0 {
			state.Text = lines(state.Text, page.Quiet(t.T("items.confidence", "c", fmt.Sprintf("%.2f", it.Confidence))))
		}
		if it.UnreadB > 0 {
			state.Text = lines(state.Text, page.Strong(t.T("items.unread", "size", t.size(it.UnreadB))))
		}
		if it.State != forensics.Whole || it.UnreadB > 0 {
			state.Tone = page.Warn
		}
		name := page.Join(page.Strong(it.ID), page.Plain("  "+it.Type))
		if it.Name != "" {
			name = page.Join(name, page.Plain("  "), page.Code(shorten(it.Name, 120)))
		}
		where := page.FinePrint(k.firstLocator(it.Item), page.Mono)
		if len(it.Locators) > 1 {
			where = page.Join(where, page.FinePrint("  "+t.T("items.duplicates", "n", len(it.Locators)-1), page.Muted))
		}
		hash := page.Quiet("—")
		if it.SHA256 != "" {
			hash = page.FinePrint(shortHash(it.SHA256), page.Mono)
		}
		tab.Rows = append(tab.Rows, []page.Cell{seqCell(i), cellOf(lines(name, where)), state, cell(t.size(it.SizeB)), cellOf(hash)})
	}
	s.Blocks = append([]page.Block{k.para("items.table_intro"), tab}, note...)
	return s
}
