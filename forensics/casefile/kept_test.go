package casefile

import (
	"strings"
	"testing"

	"firescene/forensics"
)

// What is kept gets IDs that are never given twice, can be changed, removed and put
// back, and every state verifies; what was removed beside the log is found.
func TestKept(t *testing.T) {
	c := newCase(t)
	ctx := t.Context()
	first, err := c.AddKept(ctx, KeptMeasurement, map[string]any{"value": 1})
	if err != nil || first != "M001" {
		t.Fatalf("%q, %v", first, err)
	}
	if id, err := c.AddKept(ctx, KeptAnnotation, "text"); err != nil || id != "A001" {
		t.Fatalf("%q, %v", id, err)
	}
	if err := c.PutKept(ctx, KeptMeasurement, first, map[string]any{"value": 2}); err != nil {
		t.Fatal(err)
	}
	if err := c.RemoveKept(ctx, KeptMeasurement, first); err != nil {
		t.Fatal(err)
	}
	if err := c.RemoveKept(ctx, KeptMeasurement, first); err == nil {
		t.Error("removed twice")
	}
	sound := func(when string) {
		t.Helper()
		if r, err := c.Verify(ctx, VerifyOptions{}); err != nil || len(r.Changes) > 0 {
			t.Errorf("%s: %+v, %v", when, r.Changes, err)
		}
	}
	sound("after removing")
	if id, err := c.AddKept(ctx, KeptMeasurement, 3); err != nil || id != "M002" {
		t.Errorf("the ID of what was removed was given again: %q, %v", id, err)
	}
	if err := c.PutKept(ctx, KeptMeasurement, first, map[string]any{"value": 2}); err != nil {
		t.Fatal(err)
	}
	sound("after putting back")
	list, err := c.Kept(ctx, KeptMeasurement)
	if err != nil || len(list) != 2 || list[0].ID != "M001" || string(list[0].Body) != `{"value":2}` || list[0].By == "" {
		t.Errorf("%+v, %v", list, err)
	}
	for _, bad := range []string{"", "M", "M0", "A001", "M-1", "Mx"} {
		if err := c.PutKept(ctx, KeptMeasurement, bad, 1); err == nil {
			t.Errorf("kept under %q", bad)
		}
	}
	if _, err := c.AddKept(ctx, "exhibit", 1); err == nil {
		t.Error("an exhibit was kept")
	}
	if err := c.PutClock(ctx, forensics.Clock{ID: "k", SigmaS: 1}); err != nil {
		t.Fatal(err)
	}
	if err := c.RemoveClock(ctx, "k"); err != nil {
		t.Error(err)
	}
	sound("after the clock")
	if _, err := c.db.Exec("DELETE FROM records WHERE id = 'M002'"); err != nil {
		t.Fatal(err)
	}
	if r, err := c.Verify(ctx, VerifyOptions{}); err != nil || len(r.Changes) != 1 || !strings.Contains(r.Changes[0].Name, "M002") || r.Changes[0].Kind != "missing" {
		t.Errorf("a record taken out beside the log: %+v, %v", r.Changes, err)
	}
}
