package timeline

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"firescene/forensics"
	"firescene/formats"
)

func event(exhibit, raw string) forensics.Event {
	r, ok := ReadTime(raw)
	e := forensics.Event{ID: exhibit + "-" + raw, Message: raw, What: "logged", Raw: raw, Exhibit: exhibit, Locator: forensics.At(exhibit, 10, 20)}
	if ok && r.HasDate && r.Year != 0 {
		e.Parsed = r.In(time.UTC, 0, time.Time{})
		if !r.HasZone {
			e.Guessed = "zone"
		}
	}
	return e
}

func utc(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestCorrect(t *testing.T) {
	clocks := []forensics.Clock{
		{ID: "dvr", Zone: "+08:00", OffsetS: 312.5, SigmaS: 2},
		{ID: "drift", Zone: "+08:00", OffsetS: -10, SigmaS: 0.5, DriftPPM: 100, DriftSigmaPPM: 20, CheckedAt: utc("2026-03-11T00:00:00Z")},
		{ID: "nozone", OffsetS: 1},
		{ID: "dead", Zone: "+08:00", OffsetS: -1772294400, SigmaS: 30}, // started in 1970
	}
	assign := func(exhibit string) string {
		return map[string]string{"E001": "dvr", "E002": "drift", "E003": "nozone", "E004": "dead", "E006": "unknown clock"}[exhibit]
	}
	tests := []struct {
		e         forensics.Event
		corrected string // empty: not corrected
		sigma     float64
		guessed   string
	}{
		{event("E001", "2026-03-01 21:14:05"), "2026-03-01T13:08:52.5Z", math.Sqrt(4 + 1.0/12), ""},
		{event("E001", "2026-03-01 21:14"), "2026-03-01T13:08:47.5Z", math.Sqrt(4 + 3600.0/12), ""},
		{event("E001", "2026-03-01T21:14:05.000+09:00"), "2026-03-01T12:08:52.5Z", math.Sqrt(4 + 1e-6/12), ""}, // a written zone wins
		{event("E001", "not a time"), "", 0, ""},
		// Ten days before the check: the drift has added -86.4 s less, so the reading is 96.4 s behind.
		{event("E002", "2026-03-01 08:00:00"), "2026-03-01T00:01:36.4Z", math.Sqrt(0.25 + 17.28*17.28 + 1.0/12), ""},
		{event("E003", "2026-03-01 08:00:01"), "2026-03-01T08:00:00Z", math.Sqrt(1.0 / 12), "zone"},
		{event("E004", "1970-01-01 08:00:10"), "2026-02-28T16:00:10Z", math.Sqrt(900 + 1.0/12), ""},
		{event("E005", "2026-03-01 08:00:00"), "", 0, "zone"},
		{event("E006", "2026-03-01 08:00:00"), "", 0, "zone"},
	}
	var events []forensics.Event
	for _, tt := range tests {
		events = append(events, tt.e)
	}
	got := Correct(events, clocks, assign)
	for i, tt := range tests {
		e := got[i]
		want := time.Time{}
		if tt.corrected != "" {
			want = utc(tt.corrected)
		}
		if !e.Corrected.Equal(want) || math.Abs(e.SigmaS-tt.sigma) > 1e-9 || e.Guessed != tt.guessed || e.Raw != tt.e.Raw {
			t.Errorf("%s %q: corrected %v sigma %g guessed %q raw %q; want %v, %g, %q", e.Exhibit, tt.e.Raw, e.Corrected, e.SigmaS, e.Guessed, e.Raw, want, tt.sigma, tt.guessed)
		}
	}
	if !reflect.DeepEqual(events[0], tests[0].e) {
		t.Error("Correct changed its argument")
	}
	if again := Correct(got, clocks, assign); !reflect.DeepEqual(again, got) {
		t.Error("correcting corrected events again changes them")
	}
	want := []string{"E001: 1 event(s) without a complete date", "E005: 1 event(s) on a clock that nobody checked", "E006: 1 event(s) on a clock that nobody checked"}
	if u := Uncorrected(got); !reflect.DeepEqual(u, want) {
		t.Errorf("uncorrected %q, want %q", u, want)
	}
}

// A reading made of a true time by the clock's own law is corrected back to it.
func TestCorrectInvertsTheClock(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		k := forensics.Clock{OffsetS: r.NormFloat64() * 1e5, DriftPPM: r.NormFloat64() * 50, CheckedAt: utc("2026-03-01T00:00:00Z")}
		truth := k.CheckedAt.Add(time.Duration((r.Float64() - 0.5) * 1e7 * 1e9))
		// t - offset - drift (t - check) = truth, solved for t.
		elapsed := (truth.Sub(k.CheckedAt).Seconds() + k.OffsetS) / (1 - k.DriftPPM*1e-6)
		reading := k.CheckedAt.Add(time.Duration(elapsed * 1e9))
		back, _ := CorrectTime(k, reading, 0)
		if d := back.Sub(truth).Seconds(); math.Abs(d) > 1e-5 {
			t.Fatalf("clock %+v: %v comes back %g s off", k, truth, d)
		}
	}
}

// The zones of China have had no daylight saving time since 1992; before, the
// rules of the zone database hold.
func TestDaylightSavingZones(t *testing.T) {
	for _, tt := range []struct{ zone, raw, want string }{
		{"Asia/Shanghai", "2026-07-01 12:00:00", "2026-07-01T04:00:00Z"},
		{"Asia/Shanghai", "1988-07-01 12:00:00", "1988-07-01T03:00:00Z"},
		{"Europe/Berlin", "2026-07-01 12:00:00", "2026-07-01T10:00:00Z"},
		{"Europe/Berlin", "2026-12-01 12:00:00", "2026-12-01T11:00:00Z"},
	} {
		got := Correct([]forensics.Event{event("E001", tt.raw)}, []forensics.Clock{{ID: "k", Zone: tt.zone}}, func(string) string { return "k" })
		if !got[0].Corrected.Equal(utc(tt.want)) {
			t.Errorf("%s in %s is %v, want %s", tt.raw, tt.zone, got[0].Corrected, tt.want)
		}
	}
}

func TestSortDoesNotDependOnOrder(t *testing.T) {
	var events []forensics.Event
	for i, raw := range []string{"2026-03-01 21:14:05", "2026-03-01 21:14:04", "nothing", "2026-03-01 21:14:05", "2025-01-01 00:00:00", "none"} {
		for _, exhibit := range []string{"E002", "E001"} {
			e := event(exhibit, raw)
			e.Locator = forensics.At(exhibit, int64(100-i), 1)
			events = append(events, e)
		}
	}
	want := append([]forensics.Event(nil), events...)
	Sort(want)
	if !Best(want[len(want)-1]).IsZero() || Best(want[0]).Year() != 2025 {
		t.Errorf("first %v, last %v", Best(want[0]), Best(want[len(want)-1]))
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		got := append([]forensics.Event(nil), events...)
		Sort(got)
		if !reflect.DeepEqual(got, want) {
			t.Fatal("the order of the sources shows in the result")
		}
	}
}

func TestCheck(t *testing.T) {
	var log []forensics.Event
	for _, raw := range []string{"2026-03-01 10:00:00", "2026-03-01 10:00:05", "2026-03-01 10:00:04", "1970-01-01 08:00:01", "1970-01-01 08:00:02", "2026-03-01 11:00:00", "2000-01-01 00:00:09", "2027-03-01 00:00:00"} {
		log = append(log, event("E001", raw))
	}
	kinds := func(w []Warning) map[string]int {
		m := map[string]int{}
		for _, x := range w {
			m[x.Kind] = x.Count
		}
		return m
	}
	w := Check(log, utc("2026-03-05T00:00:00Z"))
	if want := map[string]int{"default date": 3, "backward": 2, "future": 1}; !reflect.DeepEqual(kinds(w), want) {
		t.Errorf("warnings %+v, want %v", w, want)
	}
	var down []forensics.Event
	for i := 30; i > 0; i-- {
		down = append(down, event("E001", time.Unix(int64(1772370845+i*60), 0).UTC().Format(time.DateTime)))
	}
	if w := Check(down, time.Time{}); len(w) != 0 {
		t.Errorf("a log that is newest first is in order: %+v", w)
	}
	down[10], down[20] = down[20], down[10]
	if w := kinds(Check(down, time.Time{})); w["forward"] == 0 {
		t.Errorf("a jump in a log that is newest first: %v", w)
	}
}

func TestTimesketchRoundTrip(t *testing.T) {
	events := Correct([]forensics.Event{event("E001", "2026-03-01 21:14:05"), event("E002", "2026-03-01T21:14:05.5+08:00"), event("E003", "undated")},
		[]forensics.Clock{{ID: "dvr", Zone: "+08:00", OffsetS: 60, SigmaS: 1}}, func(e string) string { return map[string]string{"E001": "dvr"}[e] })
	events[0].Message = "火警 <1>\n\"x\""
	var b bytes.Buffer
	leftOut, err := WriteTimesketch(&b, events)
	if err != nil || leftOut != 1 {
		t.Fatalf("left out %d, %v", leftOut, err)
	}
	want := `{"message":"火警 <1>\n\"x\"","datetime":"2026-03-01T13:13:05.000000+00:00","timestamp_desc":"logged","time_basis":"corrected",`
	if !strings.HasPrefix(b.String(), want) {
		t.Errorf("line begins\n%.200s\nwant\n%s", b.String(), want)
	}
	back, err := ReadTimesketch(bytes.NewReader(b.Bytes()))
	if err != nil || len(back) != 2 {
		t.Fatalf("%d events, %v", len(back), err)
	}
	for i := range back {
		if !back[i].Parsed.Equal(events[i].Parsed) || !back[i].Corrected.Equal(events[i].Corrected) {
			t.Errorf("times of event %d: %+v", i, back[i])
		}
		back[i].Parsed, back[i].Corrected = events[i].Parsed, events[i].Corrected
	}
	if !reflect.DeepEqual(back, events[:2]) {
		t.Errorf("read back\n%+v\nwant\n%+v", back, events[:2])
	}
	var again bytes.Buffer
	if _, err := WriteTimesketch(&again, back); err != nil || again.String() != b.String() {
		t.Errorf("written again\n%s\nfirst\n%s", again.String(), b.String())
	}
	foreign, err := ReadTimesketch(strings.NewReader(`{"message":"m","datetime":"2026-03-01T13:13:05+00:00","timestamp_desc":"d"}`))
	if err != nil || len(foreign) != 1 || !foreign[0].Parsed.Equal(utc("2026-03-01T13:13:05Z")) {
		t.Errorf("time line of another program: %+v, %v", foreign, err)
	}
	for _, bad := range []string{"{", "[]", `{"message":"m"}`, `{"locator":"-"}`, strings.Repeat("x", maxSketchLineB+1)} {
		if _, err := ReadTimesketch(strings.NewReader(bad)); !formats.IsDamaged(err) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func TestOffsetFromPairs(t *testing.T) {
	base := utc("2026-03-01T00:00:00Z")
	pair := func(atS, offsetS float64) Pair {
		ref := base.Add(time.Duration(atS * 1e9))
		return Pair{ref.Add(time.Duration(offsetS * 1e9)), ref, 0.5}
	}
	o, err := OffsetFromPairs([]Pair{pair(0, 312), pair(100, 312.4), pair(200, 311.8), pair(300, 900), pair(400, 312.1)})
	if err != nil || o.N != 4 || !reflect.DeepEqual(o.Rejected, []int{3}) || math.Abs(o.OffsetS-312.075) > 1e-6 || math.Abs(o.SigmaS-0.25) > 1e-9 {
		t.Errorf("%+v, %v", o, err)
	}
	if !o.CheckedAt.Equal(base.Add(175 * time.Second)) {
		t.Errorf("mean time %v", o.CheckedAt)
	}
	wide, _ := OffsetFromPairs([]Pair{pair(0, 310), pair(1, 314), pair(2, 318), pair(3, 306)})
	if len(wide.Rejected) != 0 || wide.SigmaS < 2 || wide.SigmaS > 3.5 {
		t.Errorf("pairs that scatter by 5 s give sigma %g, rejected %v", wide.SigmaS, wide.Rejected)
	}
	one, err := OffsetFromPairs([]Pair{{Reading: base.Add(time.Minute), Reference: base}})
	if err != nil || one.OffsetS != 60 || math.Abs(one.SigmaS-1/math.Sqrt(12)) > 1e-12 {
		t.Errorf("one pair: %+v, %v", one, err)
	}
	if _, err := OffsetFromPairs(nil); err == nil {
		t.Error("no pairs give no offset")
	}
}

// Over many trials the stated uncertainty must be the real one: the deviation in
// units of sigma has standard deviation 1 within the error of 2000 trials (0.016),
// here doubled twice.
func TestOffsetSigmaIsHonest(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	base := utc("2026-03-01T00:00:00Z")
	sum := 0.0
	const trials = 2000
	for range trials {
		var pairs []Pair
		for i := range 10 {
			ref := base.Add(time.Duration(i) * time.Minute)
			pairs = append(pairs, Pair{ref.Add(time.Duration((40 + 0.5*r.NormFloat64()) * 1e9)), ref, 0.5})
		}
		o, err := OffsetFromPairs(pairs)
		if err != nil {
			t.Fatal(err)
		}
		z := (o.OffsetS - 40) / o.SigmaS
		sum += z * z
	}
	// The Birge ratio only ever widens, so a little below 1 is expected.
	if sd := math.Sqrt(sum / trials); sd < 0.8 || sd > 1.06 {
		t.Errorf("deviations have standard deviation %.3f sigma", sd)
	}
}

func FuzzReadTimesketch(f *testing.F) {
	f.Add([]byte(`{"message":"m","datetime":"2026-03-01T13:13:05+00:00","timestamp_desc":"d","locator":"E001/5-GZIP-1+2","parsed":"2026-03-01T13:13:05Z"}`))
	f.Add([]byte("\n\n{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		events, err := ReadTimesketch(bytes.NewReader(b))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if _, err := WriteTimesketch(&out, events); err != nil {
			return // a time beyond year 9999 has no JSON
		}
		back, err := ReadTimesketch(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatalf("what was written does not read: %v\n%s", err, out.Bytes())
		}
		var again bytes.Buffer
		if _, err := WriteTimesketch(&again, back); err != nil || !bytes.Equal(again.Bytes(), out.Bytes()) {
			t.Fatalf("second writing differs (%v)\n%s\n%s", err, out.Bytes(), again.Bytes())
		}
	})
}
