package main

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"

	"firescene/forensics"
	"firescene/render/report"
)

// The report lists the items of a medium one by one up to maxListed of them. Of a
// medium with more it gives numbers, the items that something in the report rests
// on, and some pictures; items.jsonl, which it names, lists them all.
const (
	maxListed   = 200
	maxCited    = 200 // of a medium
	maxPictures = 60
)

// itemContent adds the recovered items with their thumbnails.
func (r *stageRun) itemContent(ctx context.Context, c *report.Content, o caseOutcome) error {
	cited := citedPlaces(o)
	for _, l := range o.items.Lists {
		var err error
		if l.Count <= maxListed {
			err = l.each(ctx, r, func(it forensics.Item) error { return r.addItem(c, o, it) })
		} else {
			err = r.summarise(ctx, c, o, l, cited[l.Exhibit])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addItem adds one item with its thumbnail.
func (r *stageRun) addItem(c *report.Content, o caseOutcome, it forensics.Item) error {
	row := report.ItemRow{Item: it}
	if it.Thumb != "" {
		b, err := os.ReadFile(filepath.Join(r.c.Path(o.items.Dir[it.Exhibit]), filepath.FromSlash(it.Thumb)))
		if err != nil {
			return err
		}
		row.Thumb = b
	}
	c.Items = append(c.Items, row)
	return nil
}

// summarise adds the numbers of a list, the items in which one of the places lies,
// which are in order, and the first pictures.
func (r *stageRun) summarise(ctx context.Context, c *report.Content, o caseOutcome, l itemList, places []int64) error {
	type group struct {
		typ    string
		state  forensics.ItemState
		origin forensics.ItemOrigin
		folder string
	}
	s := report.ItemSummary{Exhibit: l.Exhibit, List: l.File}
	at := map[group]int{}
	citedItems, pictures := 0, 0
	err := l.each(ctx, r, func(it forensics.Item) error {
		var one report.ItemGroup
		one.Add(it)
		g := group{one.Type, one.State, one.Origin, one.Folder}
		i, ok := at[g]
		if !ok {
			i = len(s.Groups)
			at[g] = i
			s.Groups = append(s.Groups, report.ItemGroup{})
		}
		s.Groups[i].Add(it)
		if it.Thumb != "" {
			s.Pictures++
		}
		switch {
		case citedItems < maxCited && holdsPlace(it, places):
			citedItems++
		case it.Thumb != "" && pictures < maxPictures:
			pictures++
		default:
			return nil
		}
		return r.addItem(c, o, it)
	})
	slices.SortFunc(s.Groups, func(a, b report.ItemGroup) int {
		return cmp.Or(cmp.Compare(a.Folder, b.Folder), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Type, b.Type), cmp.Compare(a.State, b.State), cmp.Compare(a.Origin, b.Origin))
	})
	c.Summaries = append(c.Summaries, s)
	return err
}

// citedPlaces are the places in the exhibits that observations rest on, and the
// events when the report lists all of them; in order.
func citedPlaces(o caseOutcome) map[string][]int64 {
	out := map[string][]int64{}
	add := func(l forensics.Locator) {
		switch {
		case len(l.Path) > 0:
			out[l.Exhibit] = append(out[l.Exhibit], l.Path[0].OffsetB)
		case len(l.Runs) > 0:
			out[l.Exhibit] = append(out[l.Exhibit], l.Runs[0].OffsetB)
		}
	}
	for _, x := range o.tested.Observations {
		for _, text := range x.Locators {
			if l, err := forensics.ParseLocator(text); err == nil {
				add(l)
			}
		}
	}
	if len(o.line.Events) <= maxReportRows {
		for _, e := range o.line.Events {
			add(e.Locator)
		}
	}
	for _, places := range out {
		slices.Sort(places)
	}
	return out
}

// holdsPlace reports whether one of the places, which are in order, lies in an item.
func holdsPlace(it forensics.Item, places []int64) bool {
	in := func(r forensics.ByteRun) bool {
		i, _ := slices.BinarySearch(places, r.OffsetB)
		return i < len(places) && places[i] < r.OffsetB+r.LengthB
	}
	for _, l := range it.Locators {
		if len(l.Path) > 0 {
			if in(forensics.ByteRun{OffsetB: l.Path[0].OffsetB, LengthB: 1}) {
				return true
			}
		} else if slices.ContainsFunc(l.Runs, in) {
			return true
		}
	}
	return false
}

// unlistedFolders are the folders of a step's outputs whose files the report does
// not name one by one, as the list of items does.
func unlistedFolders(c *report.Content, dir string) []string {
	for _, s := range c.Summaries {
		if dir == itemsDir+"/"+s.Exhibit {
			return []string{"files", "embedded", "partial", "thumbs"}
		}
	}
	return nil
}
