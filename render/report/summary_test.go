package report

import (
	"strings"
	"testing"

	"firescene/forensics"
)

// TestSummary gives numbers of a medium of a million items, lists the few that it is
// given, and says where the others are.
func TestSummary(t *testing.T) {
	c := fullCase()
	before := count(c, "")
	sum := strings.Repeat("ab", 32)
	row := ItemRow{Item: forensics.Item{ID: "E099-I0007", Exhibit: "E099", Type: "jpeg", State: forensics.Whole, Origin: forensics.FromLive, SizeB: 9, File: "files/a.jpg"}}
	c.Exhibits = append(c.Exhibits, forensics.Exhibit{ID: "E099", Kind: forensics.KindMedia, Label: "disk"})
	c.Items = append(c.Items, row)
	c.Summaries = []ItemSummary{{Exhibit: "E099", List: forensics.FileHash{Path: "40-items/E099/items.jsonl", SHA256: sum}, Groups: []ItemGroup{
		{Type: "jpeg", State: forensics.Whole, Origin: forensics.FromLive, Folder: "files", Count: 999_000, SizeB: 1 << 40},
		{Type: "text", State: forensics.Partial, Origin: forensics.FromDeleted, Folder: "partial", Count: 1000, SizeB: 5, Unread: 3, UnreadB: 512},
	}}}
	if n := count(c, ""); n.Items != before.Items+1_000_000 || n.Whole != before.Whole+999_000 || n.ItemsUnread != before.ItemsUnread+3 {
		t.Errorf("%d items, %d whole, %d unread", n.Items, n.Whole, n.ItemsUnread)
	}
	if n := count(c, "E099"); n.Items != 1_000_000 || n.Deleted != 1000 || len(n.ItemsByType) != 2 {
		t.Errorf("of the medium: %+v", n)
	}
	for _, lang := range []string{"zh", "en"} {
		page := rawHTML(t, c, Options{Lang: lang, Zone: testZone})
		for _, want := range []string{"40-items/E099/items.jsonl", sum, "E099-I0007", "partial/"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: %q is not in the report", lang, want)
			}
		}
	}
}
