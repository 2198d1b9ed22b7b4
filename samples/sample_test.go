package samples

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image/jpeg"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firescene/recon"
	"firescene/recon/fire"
	"firescene/recon/origin"
	"firescene/samples/disk"
	"firescene/samples/room"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// newMaker is a maker that has written nothing yet.
func newMaker(seed int64, dir string) *maker {
	m := &maker{ctx: context.Background(), dir: dir, seed: seed, opts: Options{}.withDefaults(), report: func(string, int64, int64) {}, layout: room.NewLayout(seed)}
	m.fire = newFire(m.layout, seed)
	m.at, m.begin = m.fire.at, ignition(seed)
	m.describe()
	return m
}

// The order in which things happen is what tells the hypotheses apart; it must
// hold for every seed.
func TestFireKeepsItsOrder(t *testing.T) {
	for seed := int64(1); seed <= 40; seed++ {
		at := newMaker(seed, "").at
		if !(at.flameSeen > 10 && at.flameSeen < at.smokeFar && at.smokeNear+20 < at.smokeFar && at.smokeFar < at.heat && at.heat < at.powerLoss && at.whiteOut < at.powerLoss && at.powerLoss < 420) {
			t.Errorf("seed %d: %+v", seed, at)
		}
	}
}

func TestTrueHypothesisLeadsWithTheEngine(t *testing.T) {
	for _, seed := range []int64{1, 2} {
		m := newMaker(seed, "")
		obs, err := fire.ParseObservations(m.observationsYAML())
		if err != nil {
			t.Fatal(err)
		}
		for i := range obs {
			if obs[i].Event == nil {
				continue
			}
			for _, e := range m.truth.Events {
				if e.Contains == obs[i].Event.Contains {
					obs[i].Time, obs[i].SigmaS = e.Time, 2
				}
			}
			if obs[i].Time.IsZero() {
				t.Fatalf("observation %s names no event of the truth", obs[i].ID)
			}
		}
		var hyps []*recon.Hypothesis
		var results []*recon.FireResult
		for _, y := range [][]byte{m.hypothesis1(), m.hypothesis2(), m.hypothesis3()} {
			h, err := fire.ParseHypothesis(y)
			if err != nil {
				t.Fatalf("%v\n%s", err, y)
			}
			r, err := fire.Simulate(context.Background(), h)
			if err != nil {
				t.Fatal(err)
			}
			hyps, results = append(hyps, h), append(results, r)
		}
		for _, a := range results[0].Arrivals {
			truth := m.truth.Fire.AfterS[a.Detector]
			t.Logf("seed %d %s: engine %.0f s (%.0f to %.0f), truth %.0f s", seed, a.Detector, a.TimeS, a.EarlyS, a.LateS, truth)
			if math.Abs(a.TimeS-truth) > 45 {
				t.Errorf("seed %d: %s differs from the truth by more than some tens of seconds", seed, a.Detector)
			}
		}
		rank := origin.Rank(hyps, results, obs)
		if rank.Hypotheses[0].HypothesisID != m.truth.Best || !rank.Determined {
			t.Errorf("seed %d: %s is in front, determined %v: %s", seed, rank.Hypotheses[0].HypothesisID, rank.Determined, rank.Why)
		}
		for _, h := range rank.Hypotheses {
			t.Logf("seed %d %s: %.3f, agrees %d, conflicts %d: %s", seed, h.HypothesisID, h.Posterior, h.AgreesN, h.ConflictsN, h.Why)
			if testing.Verbose() && os.Getenv("VERDICTS") != "" {
				for _, v := range h.Verdicts {
					t.Logf("    %s %s %.1f %s", v.ObservationID, v.Answer, v.Deviation, v.Why)
				}
			}
		}
	}
}

func TestSmallSampleIsTheSameTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("renders a small case twice")
	}
	opts := Small()
	opts.Workers = 2
	a, b := t.TempDir(), t.TempDir()
	if _, err := WriteWith(context.Background(), a, 3, opts, nil); err != nil {
		t.Fatal(err)
	}
	opts.Workers = 1
	if _, err := WriteWith(context.Background(), b, 3, opts, nil); err != nil {
		t.Fatal(err)
	}
	one, two := files(t, a), files(t, b)
	if len(one) < 18 || len(one) != len(two) {
		t.Errorf("%d and %d files", len(one), len(two))
	}
	for name, data := range one {
		if data != two[name] {
			t.Errorf("%s differs between one worker and two", name)
		}
	}
}

func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, p))
		out[p] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCancelStopsSoon(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	began := time.Time{}
	opts := Small()
	opts.StillWidthPx = 704
	_, err := WriteWith(ctx, t.TempDir(), 1, opts, func(stage string, done, total int64) {
		if stage == "sample recorder" && began.IsZero() {
			began = time.Now()
			cancel()
		}
	})
	if err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("after cancelling: %v, %s later", err, time.Since(began))
	}
}

// The two bad photographs, the time stamps and the disk are what the truth says.
func TestFilesAreWhatTheTruthSays(t *testing.T) {
	if testing.Short() {
		t.Skip("renders a small case")
	}
	dir := t.TempDir()
	truth, err := WriteWith(context.Background(), dir, 2, Small(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := WriteWith(context.Background(), dir, 2, Small(), nil); err == nil {
		t.Error("a folder that is not empty was written to")
	}
	f := files(t, dir)
	for name := range truth.BadPhotos {
		if _, err := jpeg.Decode(strings.NewReader(f["photos/"+name])); err == nil {
			t.Errorf("%s can be read as a JPEG", name)
		}
	}
	for _, p := range truth.Photos {
		data := []byte(f["photos/"+p.Name])
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil || img.Bounds().Dx() != 160 {
			t.Errorf("%s: %v", p.Name, err)
		}
		if want := p.Taken.Add(seconds(cameraOffsetS)).Format("2006:01:02 15:04:05"); !bytes.Contains(data[:1200], []byte(want)) {
			t.Errorf("%s does not carry the camera's time %s", p.Name, want)
		}
	}
	img := f["media/recorder.img"]
	states := map[disk.State]int{}
	for _, r := range truth.Disk {
		states[r.State]++
		h := sha256.New()
		for _, run := range r.Runs {
			io.WriteString(h, img[run.OffsetB:run.OffsetB+run.LengthB])
		}
		if same := hex.EncodeToString(h.Sum(nil)) == r.SHA256; same != (r.State != disk.Overwritten) {
			t.Errorf("%s %s: its runs hold its bytes: %v", r.State, r.Path, same)
		}
	}
	if states[disk.Live] < 5 || states[disk.Deleted] < 8 || states[disk.Fragmented] != 1 || states[disk.Overwritten] != 1 || states[disk.Orphan] != 2 {
		t.Errorf("files by state: %v", states)
	}
	for _, e := range truth.Exhibits {
		if _, err := os.Stat(filepath.Join(dir, e.Path)); err != nil {
			t.Errorf("exhibit %s: %v", e.Path, err)
		}
	}
}

// An event's words must stand in one record of the case, or the first that
// contains them is another.
func TestEventWordsAreUnique(t *testing.T) {
	m := newMaker(1, "")
	panel, err := m.panelCSV()
	if err != nil {
		t.Fatal(err)
	}
	panel, err = simplifiedchinese.GBK.NewDecoder().Bytes(panel)
	if err != nil {
		t.Fatal(err)
	}
	all := string(panel) + string(m.gatewayJSONL()) + string(m.recorderLog()) + string(m.routerLog()) + string(m.selfTests())
	for _, e := range m.truth.Events {
		if n := strings.Count(all, e.Contains); n != 1 {
			t.Errorf("%q stands %d times in the records", e.Contains, n)
		}
	}
}

func TestTinyDisk(t *testing.T) {
	img, records, err := TinyDisk(9)
	if err != nil || len(img) != 36<<20 {
		t.Fatalf("%d bytes, %v", len(img), err)
	}
	recoverable := 0
	for _, r := range records {
		if r.Recoverable {
			recoverable++
		}
	}
	if recoverable != len(records)-1 {
		t.Errorf("%d of %d recoverable", recoverable, len(records))
	}
}
