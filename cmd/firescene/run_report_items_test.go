package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/recon"
	"firescene/render/report"
)

// TestItemsOfALargeMedium: of very many items the report's content has the numbers of
// all, and singly those that an observation rests on and some pictures.
func TestItemsOfALargeMedium(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "case")
	if status, _, stderr := run(t, "case", "init", dir); status != exitDone {
		t.Fatal(stderr)
	}
	c, err := casefile.Open(t.Context(), dir, casefile.Options{By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := &stageRun{c: c, report: quiet}
	var o caseOutcome
	o.items.Dir = map[string]string{}
	for exhibit, n := range map[string]int{"E001": maxListed, "E002": 20_000} {
		out := itemsDir + "/" + exhibit
		if err := os.MkdirAll(c.Path(out+"/thumbs"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(c.Path(out+"/thumbs/a.jpg"), []byte("picture"), 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(c.Path(out + "/" + itemsFile))
		if err != nil {
			t.Fatal(err)
		}
		b := bufio.NewWriter(f)
		for i := range n {
			it := forensics.Item{ID: fmt.Sprintf("%s-I%04d", exhibit, i+1), Exhibit: exhibit, Type: "text", State: forensics.Whole, Origin: forensics.FromLive, SizeB: 10,
				File: fmt.Sprintf("files/%d.txt", i), Locators: []forensics.Locator{forensics.At(exhibit, int64(i)*4096, 10)}}
			if i%2 == 1 {
				it.Type, it.Thumb = "jpeg", "thumbs/a.jpg"
			}
			line, err := json.Marshal(it)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(line, '\n'))
		}
		if err := closeAll(nil, b, f); err != nil {
			t.Fatal(err)
		}
		o.items.Dir[exhibit] = out
		o.items.Lists = append(o.items.Lists, itemList{Exhibit: exhibit, File: forensics.FileHash{Path: out + "/" + itemsFile}, Count: n})
	}
	o.tested.Observations = []recon.Observation{{Locators: []string{"E002/61440004+3"}}} // item 15001
	var content report.Content
	if err := r.itemContent(t.Context(), &content, o); err != nil {
		t.Fatal(err)
	}
	listed, pictures, cited := map[string]int{}, 0, false
	for _, it := range content.Items {
		listed[it.Exhibit]++
		if it.Exhibit == "E002" && it.Thumb != nil {
			pictures++
		}
		cited = cited || it.ID == "E002-I15001"
	}
	if listed["E001"] != maxListed || listed["E002"] != maxPictures+1 || pictures != maxPictures || !cited {
		t.Errorf("listed %v, %d pictures, the cited item: %v", listed, pictures, cited)
	}
	if len(content.Summaries) != 1 {
		t.Fatalf("%d summaries", len(content.Summaries))
	}
	s, all := content.Summaries[0], 0
	for _, g := range s.Groups {
		all += g.Count
	}
	if s.Exhibit != "E002" || all != 20_000 || s.Pictures != 10_000 || len(s.Groups) != 2 {
		t.Errorf("%+v", s)
	}
	step := itemsDir + "/E002"
	if len(unlistedFolders(&content, step)) == 0 || len(unlistedFolders(&content, itemsDir+"/E001")) != 0 {
		t.Error("the files of the large medium alone are left to its list")
	}
}
