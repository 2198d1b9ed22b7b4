package caseuco

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	write := func() []byte {
		var b bytes.Buffer
		w, err := NewWriter(&b, "firescene 1", Image{ID: "E003", Name: "card.img", SizeB: 4096, Hashes: []Hash{{"SHA256", "ab"}}})
		if err != nil {
			t.Fatal(err)
		}
		yes := true
		for _, f := range []File{
			{ID: "E003-I0001", Name: "IMG \"1\".JPG", Path: "DCIM/IMG \"1\".JPG", SizeB: 100, Allocated: &yes, Hashes: []Hash{{"SHA256", "cd"}, {"MD5", "ef"}},
				Times: []Time{{"modified", "2024-03-01T10:20:30"}}, Ranges: []Range{{512, 60}, {2048, 40}}},
			{ID: "E003-I0002", Name: "光.log", SizeB: 3, Note: "carved"},
		} {
			if err := w.Add(f); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	b := write()
	if !bytes.Equal(b, write()) {
		t.Error("the same files give other bytes")
	}
	var doc struct {
		Type    string `json:"@type"`
		Objects []struct {
			ID     string           `json:"@id"`
			Type   string           `json:"@type"`
			Facets []map[string]any `json:"core:hasFacet"`
			Target map[string]any   `json:"core:target"`
		} `json:"core:object"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Type != "core:Bundle" || len(doc.Objects) != 4 {
		t.Fatalf("%s", b)
	}
	seen := map[string]bool{}
	for _, o := range doc.Objects {
		if seen[o.ID] || !strings.HasPrefix(o.ID, "kb:") {
			t.Errorf("node %q", o.ID)
		}
		seen[o.ID] = true
	}
	if rel := doc.Objects[2]; rel.Type != "observable:ObservableRelationship" || len(rel.Facets) != 2 || rel.Target["@id"] != doc.Objects[0].ID {
		t.Errorf("%+v", rel)
	}
}
