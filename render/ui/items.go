//go:build cgo

package ui

import (
	"fmt"
	"path/filepath"
	"strings"

	"firescene/forensics"

	"github.com/AllenDang/cimgui-go/imgui"
)

// hexBytes is how many bytes of an item are shown.
const hexBytes = 512

// itemsView is the gallery of recovered items.
type itemsView struct {
	stale   bool
	reading bool // not all items are there yet
	filter  string
	kind    string // of content; empty: all
	state   forensics.ItemState
	types   []string
	rows    []itemAt // that pass the filter
	chosen  string
	at      itemAt // of the chosen item, as it was found last
	bytes   []byte
	of      string  // item whose bytes these are
	scroll  float32 // rows that the gallery is still to be moved down by
}

// itemAt names an item of a medium.
type itemAt struct{ media, item int }

func (d *Desk) item(a itemAt) *forensics.Item { return &d.kase.Media[a.media].Items[a.item] }

// sift lists the items that pass the filter.
func (d *Desk) sift() {
	v := &d.items
	v.stale, v.rows = false, v.rows[:0]
	seen := map[string]bool{}
	v.types = v.types[:0]
	want := strings.ToLower(strings.TrimSpace(v.filter))
	for m := range d.kase.Media {
		for i := range d.kase.Media[m].Items {
			it := &d.kase.Media[m].Items[i]
			if !seen[it.Type] {
				seen[it.Type] = true
				v.types = append(v.types, it.Type)
			}
			if v.kind != "" && it.Type != v.kind || v.state != "" && it.State != v.state {
				continue
			}
			if want != "" && !matches(it, want) {
				continue
			}
			v.rows = append(v.rows, itemAt{m, i})
		}
	}
}

func matches(it *forensics.Item, want string) bool {
	if strings.Contains(strings.ToLower(it.Name), want) || strings.Contains(it.Type, want) || strings.Contains(strings.ToLower(it.ID), want) || strings.HasPrefix(it.SHA256, want) {
		return true
	}
	for _, l := range it.Locators {
		if strings.Contains(strings.ToLower(l.String()), want) {
			return true
		}
	}
	return false
}

func (d *Desk) itemsPanel() {
	if d.kase == nil || len(d.kase.Media) == 0 {
		text := "no_items"
		if d.items.reading {
			text = "loading"
		}
		imgui.TextDisabled(plain(d.T(text)))
		return
	}
	v := &d.items
	total := 0
	for _, m := range d.kase.Media {
		total += len(m.Items)
	}
	imgui.SetNextItemWidth(imgui.FontSize() * 12)
	if imgui.InputTextWithHint("##filter", d.T("filter"), &v.filter, 0, nil) {
		v.stale = true
	}
	imgui.SameLine()
	shown := v.kind
	if shown == "" {
		shown = d.T("all_types")
	}
	imgui.SetNextItemWidth(imgui.FontSize() * 6)
	if imgui.BeginCombo("##type", shown) {
		for _, t := range append([]string{""}, v.types...) {
			name := t
			if t == "" {
				name = d.T("all_types")
			}
			if imgui.SelectableBoolV(name, t == v.kind, 0, imgui.NewVec2(0, 0)) {
				v.kind, v.stale = t, true
			}
		}
		imgui.EndCombo()
	}
	for _, s := range []forensics.ItemState{"", forensics.Whole, forensics.Partial, forensics.Fragment} {
		name := string(s)
		if s == "" {
			name = "all_states"
		}
		if imgui.RadioButtonBool(d.T(name), v.state == s) {
			v.state, v.stale = s, true
		}
		flow(checkWide(d.T("fragment")))
	}
	if v.stale {
		d.sift()
	}
	imgui.TextDisabled(plain(fmt.Sprintf(d.T("of"), len(v.rows), total)))
	room := imgui.ContentRegionAvail()
	detail := float32(0)
	if v.chosen != "" {
		detail = room.Y * 0.45
	}
	if imgui.BeginChildStrV("gallery", imgui.NewVec2(0, room.Y-detail), 0, 0) {
		d.gallery()
	}
	imgui.EndChild()
	if v.chosen != "" {
		if imgui.BeginChildStrV("detail", imgui.NewVec2(0, 0), imgui.ChildFlagsBorders, 0) {
			d.itemDetail()
		}
		imgui.EndChild()
	}
}

// gallery is a grid of thumbnails; only rows in sight are described.
func (d *Desk) gallery() {
	v := &d.items
	side := imgui.FontSize() * 6.5
	label := imgui.FontSize() * 1.3
	across := max(int(imgui.ContentRegionAvail().X/(side+8)), 1)
	rows := (len(v.rows) + across - 1) / across
	if v.scroll != 0 {
		imgui.SetScrollYFloat(imgui.ScrollY() + v.scroll*(side+label+6))
		v.scroll = 0
	}
	clip := imgui.NewListClipper()
	clip.BeginV(int32(rows), side+label+6)
	for clip.Step() {
		for r := int(clip.DisplayStart()); r < int(clip.DisplayEnd()); r++ {
			for c := range across {
				i := r*across + c
				if i >= len(v.rows) {
					break
				}
				if c > 0 {
					imgui.SameLine()
				}
				d.tile(v.rows[i], side, label)
			}
		}
	}
	clip.End()
}

func (d *Desk) tile(a itemAt, side, label float32) {
	it := d.item(a)
	at := imgui.CursorScreenPos()
	if imgui.InvisibleButton(it.ID, imgui.NewVec2(side, side+label)) {
		d.items.chosen = it.ID
	}
	list := imgui.WindowDrawList()
	thumb := ""
	if it.Thumb != "" {
		thumb = filepath.Join(d.kase.Media[a.media].Dir, filepath.FromSlash(it.Thumb))
	}
	tex, _ := d.pictures.get(thumb, 256)
	fitted(list, tex, at, imgui.NewVec2(side, side))
	if thumb == "" {
		s := imgui.CalcTextSize(it.Type)
		list.AddTextVec2(imgui.NewVec2(at.X+(side-s.X)/2, at.Y+(side-s.Y)/2), packed(colFaint), it.Type)
	}
	// Pieces of files are marked on the picture itself, so that none passes for whole.
	if it.State != forensics.Whole {
		s := d.T(string(it.State))
		w := imgui.CalcTextSize(s)
		list.AddRectFilled(imgui.NewVec2(at.X, at.Y), imgui.NewVec2(at.X+w.X+8, at.Y+w.Y+4), packed(faded(colBad, 0.85)))
		list.AddTextVec2(imgui.NewVec2(at.X+4, at.Y+2), packed(colText), s)
	}
	name := filepath.Base(filepath.FromSlash(it.Name))
	if it.Name == "" {
		name = it.ID
	}
	clip := imgui.NewVec4(at.X, at.Y, at.X+side, at.Y+side+label)
	colour := colFaint
	if it.ID == d.items.chosen {
		colour = colAccent
		list.AddRectV(at, imgui.NewVec2(at.X+side, at.Y+side), packed(colAccent), 0, 0, 2)
	}
	list.AddTextFontPtrV(imgui.CurrentFont(), imgui.FontSize(), imgui.NewVec2(at.X, at.Y+side+1), packed(colour), name, 0, &clip)
	if imgui.IsItemHovered() {
		imgui.SetTooltip(plain(fmt.Sprintf("%s\n%s, %s, %s\n%s", it.Name, it.Type, d.T(string(it.State)), bytesText(it.SizeB), firstLocator(it))))
	}
}

func firstLocator(it *forensics.Item) string {
	if len(it.Locators) == 0 {
		return ""
	}
	return it.Locators[0].String()
}

func (d *Desk) chosenItem() (itemAt, bool) {
	if a := d.items.at; a.media < len(d.kase.Media) && a.item < len(d.kase.Media[a.media].Items) && d.item(a).ID == d.items.chosen {
		return a, true
	}
	for m := range d.kase.Media {
		for i := range d.kase.Media[m].Items {
			if d.kase.Media[m].Items[i].ID == d.items.chosen {
				d.items.at = itemAt{m, i}
				return d.items.at, true
			}
		}
	}
	return itemAt{}, false
}

func (d *Desk) itemDetail() {
	v := &d.items
	a, ok := d.chosenItem()
	if !ok {
		if !v.reading {
			v.chosen = ""
		}
		return
	}
	it := d.item(a)
	room := imgui.ContentRegionAvail()
	if isPicture(it.Type) && it.File != "" {
		tex, err := d.pictures.get(filepath.Join(d.kase.Media[a.media].Dir, filepath.FromSlash(it.File)), 1024)
		at := imgui.CursorScreenPos()
		side := min(room.Y-4, room.X*0.45)
		imgui.Dummy(imgui.NewVec2(side, side))
		fitted(imgui.WindowDrawList(), tex, at, imgui.NewVec2(side, side))
		if err != nil && imgui.IsItemHovered() {
			imgui.SetTooltip(plain(err.Error()))
		}
		imgui.SameLine()
	}
	if imgui.BeginChildStrV("facts", imgui.NewVec2(0, 0), 0, imgui.WindowFlagsHorizontalScrollbar) {
		if imgui.SmallButton(d.T("close")) {
			v.chosen = ""
		}
		fact := func(name, value string) {
			if value != "" {
				imgui.TextDisabled(plain(d.T(name)))
				imgui.SameLineV(imgui.FontSize()*6, 0)
				imgui.TextUnformatted(value)
			}
		}
		fact("name", it.Name)
		fact("type", it.Type)
		fact("state", d.T(string(it.State)))
		fact("origin_of", d.T(string(it.Origin)))
		fact("size", bytesText(it.SizeB))
		fact("channel", it.Channel)
		for _, l := range it.Locators {
			fact("locator", l.String())
		}
		fact("hash", it.SHA256)
		fact("confidence", fmt.Sprintf("%.2f", it.Confidence))
		fact("reason", it.Reason)
		for _, t := range it.Times {
			fact("time", t.What+" "+t.Raw)
		}
		d.byteView(it)
	}
	imgui.EndChild()
}

func isPicture(kind string) bool {
	switch kind {
	case "jpeg", "png", "gif", "bmp", "webp", "tiff", "heic":
		return true
	}
	return false
}

// byteView shows the first bytes of an item as the medium holds them.
func (d *Desk) byteView(it *forensics.Item) {
	v := &d.items
	if d.hooks.Bytes == nil {
		return
	}
	if v.of != it.ID {
		v.of, v.bytes = it.ID, nil
		id := it.ID
		d.hooks.Bytes(*it, 0, hexBytes, func(b []byte, err error) {
			if v.of != id {
				return
			}
			if err != nil {
				d.Say(err.Error())
				return
			}
			v.bytes = b
		})
	}
	if len(v.bytes) == 0 {
		return
	}
	imgui.SeparatorText(d.T("bytes"))
	for off := 0; off < len(v.bytes); off += 16 {
		row := v.bytes[off:min(off+16, len(v.bytes))]
		var hex, text strings.Builder
		for i := range 16 {
			if i < len(row) {
				fmt.Fprintf(&hex, "%02X ", row[i])
				c := row[i]
				if c < 32 || c > 126 {
					c = '.'
				}
				text.WriteByte(c)
			}
		}
		imgui.TextDisabled(fmt.Sprintf("%06X", off))
		imgui.SameLineV(imgui.FontSize()*5, 0)
		imgui.TextUnformatted(hex.String())
		imgui.SameLineV(imgui.FontSize()*26, 0)
		imgui.TextDisabled(plain(text.String()))
	}
}
