package casefile

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"firescene/forensics"
)

// The kinds of record.
const (
	kindMeta        = "meta"
	kindExhibit     = "exhibit"
	kindClock       = "clock"
	kindObservation = "observation"
	kindStatements  = "statements" // all passages of one exhibit
	kindPose        = "pose"
	kindStep        = "step"
	kindFindings    = "findings" // all of them
)

// Observation is a fact that hypotheses must explain, as the exhibit that states
// it has it. The case keeps its body without looking into it.
type Observation struct {
	ID      string          `json:"id"`
	Exhibit string          `json:"exhibit"`
	Body    json.RawMessage `json:"body"`
}

// ScanPose is where a scan stands in the scene, as stated or found by
// registration.
type ScanPose struct {
	Exhibit       string      `json:"exhibit"`
	WorldFromScan [16]float64 `json:"worldFromScan"` // 4x4, row-major, metres
	Verdict       string      `json:"verdict"`       // "registered", "ambiguous", "refused", "stated"
	Reason        string      `json:"reason"`
	RMSmm         float64     `json:"rms_mm"`
	// MetresPerUnit is the unit of the file's coordinates, which WorldFromScan takes in
	// metres; 0: metres.
	MetresPerUnit float64 `json:"metresPerUnit,omitempty"`
	// Scan is the number of the scan within its file, from 1; 0: the file as a whole.
	Scan int `json:"scan,omitempty"`
	// Scans are the poses of the scans of a file of several; WorldFromScan, Verdict and
	// Reason are then of none.
	Scans []ScanPose `json:"scans,omitempty"`
}

// CheckClock says what is wrong with a clock, or returns nil.
func CheckClock(k forensics.Clock) error {
	finite := func(values ...float64) bool {
		return !slices.ContainsFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	}
	switch {
	case strings.TrimSpace(k.ID) == "":
		return errors.New("a clock needs an id")
	case !finite(k.OffsetS, k.SigmaS, k.DriftPPM, k.DriftSigmaPPM):
		return fmt.Errorf("clock %s: offset_s, sigma_s, drift_ppm and drift_sigma_ppm must be finite numbers", k.ID)
	case k.SigmaS < 0 || k.DriftSigmaPPM < 0:
		return fmt.Errorf("clock %s: an uncertainty can not be negative", k.ID)
	case math.Abs(k.OffsetS) > 100*366*86400:
		return fmt.Errorf("clock %s: offset_s %g is more than a hundred years", k.ID, k.OffsetS)
	case math.Abs(k.DriftPPM) >= 1e6:
		return fmt.Errorf("clock %s: drift_ppm %g would stop or turn the clock", k.ID, k.DriftPPM)
	case (k.DriftPPM != 0 || k.DriftSigmaPPM != 0) && k.CheckedAt.IsZero():
		return fmt.Errorf("clock %s: a drift needs checked_at, the true time of the check", k.ID)
	}
	return nil
}

// attached makes the records that go in with an exhibit, and names those that
// they replace.
func (c *Case) attached(ctx context.Context, tx *sql.Tx, exhibitID string, r AddRequest) (records []record, replaced []string, err error) {
	add := func(kind, id string, value any, replace bool) error {
		former, err := owner(ctx, tx, kind, id)
		switch {
		case err != nil:
			return c.dbError("read", err)
		case slices.ContainsFunc(records, func(o record) bool { return o.kind == kind && o.id == id }):
			return fmt.Errorf("%s %s is stated twice; give each its own id", kind, id)
		case former != nil && !replace:
			return fmt.Errorf("%s %s is recorded already (from %s); give another id, or say --replace", kind, id, *former)
		case former != nil:
			replaced = append(replaced, kind+" "+id+" from "+*former)
		}
		records = append(records, record{kind, id, exhibitID, value})
		return nil
	}
	for _, k := range r.Clocks {
		if err := CheckClock(k); err != nil {
			return nil, nil, err
		}
		if err := add(kindClock, k.ID, k, r.Replace); err != nil {
			return nil, nil, err
		}
	}
	for _, o := range r.Observations {
		if o.Exhibit == "" {
			o.Exhibit = exhibitID
		}
		if err := add(kindObservation, o.ID, o, r.Replace); err != nil {
			return nil, nil, err
		}
	}
	if len(r.Statements) > 0 {
		passages := slices.Clone(r.Statements)
		for i := range passages {
			if passages[i].Locator.Exhibit == "" {
				passages[i].Locator.Exhibit = exhibitID
			}
		}
		records = append(records, record{kindStatements, exhibitID, exhibitID, passages})
	}
	if r.Pose != nil {
		pose := *r.Pose
		pose.Exhibit = exhibitID
		records = append(records, record{kindPose, exhibitID, exhibitID, pose})
	}
	return records, replaced, nil
}

// owner returns the exhibit that a record came from, nil when there is none.
func owner(ctx context.Context, tx *sql.Tx, kind, id string) (*string, error) {
	var exhibit string
	err := tx.QueryRowContext(ctx, "SELECT exhibit FROM records WHERE kind = ? AND id = ?", kind, id).Scan(&exhibit)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if exhibit == "" {
		exhibit = "the program"
	}
	return &exhibit, err
}

// Clocks returns the recorded clocks by ID.
func (c *Case) Clocks(ctx context.Context) ([]forensics.Clock, error) {
	all, err := loadAll[forensics.Clock](ctx, c, kindClock)
	slices.SortFunc(all, func(a, b forensics.Clock) int { return strings.Compare(a.ID, b.ID) })
	return all, err
}

// ClockExhibits returns, by the ID of a clock, the exhibit that states it. A clock
// that no exhibit states is not in it.
func (c *Case) ClockExhibits(ctx context.Context) (map[string]string, error) {
	rows, err := c.db.QueryContext(ctx, "SELECT id, exhibit FROM records WHERE kind = ? AND exhibit <> ''", kindClock)
	if err != nil {
		return nil, c.dbError("read", err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var id, exhibit string
		if err := rows.Scan(&id, &exhibit); err != nil {
			return nil, c.dbError("read", err)
		}
		out[id] = exhibit
	}
	return out, c.dbError("read", rows.Err())
}

// PutClock records a clock that no exhibit states, for example one estimated
// from events; it takes the place of one with the same ID.
func (c *Case) PutClock(ctx context.Context, k forensics.Clock) error {
	return c.RestoreClock(ctx, k, "")
}

// RestoreClock is PutClock for a clock that an exhibit stated before another took its
// place.
func (c *Case) RestoreClock(ctx context.Context, k forensics.Clock, exhibit string) error {
	if err := CheckClock(k); err != nil {
		return err
	}
	_, err := c.write(ctx, change{action: "set clock", exhibit: exhibit, details: map[string]any{"clock": k.ID, "method": k.Method},
		records: []record{{kindClock, k.ID, exhibit, k}}})
	return err
}

// Observations returns the recorded observations in the order of their exhibits.
func (c *Case) Observations(ctx context.Context) ([]Observation, error) {
	return loadAll[Observation](ctx, c, kindObservation)
}

// Statements returns the passages of a statement, none for other exhibits.
func (c *Case) Statements(ctx context.Context, exhibitID string) ([]forensics.Statement, error) {
	var passages []forensics.Statement
	_, err := c.load(ctx, kindStatements, exhibitID, &passages)
	return passages, err
}

// ScanPoses returns the recorded poses by exhibit ID.
func (c *Case) ScanPoses(ctx context.Context) (map[string]ScanPose, error) {
	all, err := loadAll[ScanPose](ctx, c, kindPose)
	poses := map[string]ScanPose{}
	for _, p := range all {
		poses[p.Exhibit] = p
	}
	return poses, err
}

// PutScanPoses records where scans stand; former poses of the same scans are
// replaced.
func (c *Case) PutScanPoses(ctx context.Context, poses map[string]ScanPose) error {
	ch := change{action: "set scan poses"}
	for _, id := range slices.Sorted(maps.Keys(poses)) {
		p := poses[id]
		if _, err := c.Exhibit(ctx, id); err != nil {
			return err
		}
		p.Exhibit = id
		ch.records = append(ch.records, record{kindPose, id, id, p})
	}
	_, err := c.write(ctx, ch)
	return err
}

// Findings returns the findings of the last report.
func (c *Case) Findings(ctx context.Context) ([]forensics.Finding, error) {
	var all []forensics.Finding
	_, err := c.load(ctx, kindFindings, "all", &all)
	return all, err
}

// PutFindings takes the place of all former findings. Nothing is written when
// they are the same.
func (c *Case) PutFindings(ctx context.Context, all []forensics.Finding) error {
	same, err := c.recorded(ctx, kindFindings, "all", all)
	if err != nil || same {
		return err
	}
	_, err = c.write(ctx, change{action: "findings", details: map[string]any{"count": len(all)}, records: []record{{kindFindings, "all", "", all}}})
	return err
}
