package casefile

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// KeptKind says what a person put into a case while working on it. The case keeps the
// body without looking into it.
type KeptKind string

// The kinds of things that are kept.
const (
	KeptMeasurement KeptKind = "measurement" // IDs M001, M002, ...
	KeptAnnotation  KeptKind = "annotation"  // IDs A001, A002, ...
)

func (k KeptKind) letter() (string, error) {
	switch k {
	case KeptMeasurement:
		return "M", nil
	case KeptAnnotation:
		return "A", nil
	}
	return "", fmt.Errorf("%q is nothing that a case keeps", k)
}

// Kept is a thing that was put into the case, with who did and when.
type Kept struct {
	ID   string          `json:"id"`
	By   string          `json:"by"`
	At   time.Time       `json:"at"`
	Body json.RawMessage `json:"body"`
}

// AddKept keeps a thing under the next ID of its kind. An ID that was given is never
// given again, also when its thing was removed: the log names it.
func (c *Case) AddKept(ctx context.Context, kind KeptKind, body any) (id string, err error) {
	letter, err := kind.letter()
	if err != nil {
		return "", err
	}
	err = c.inTx(ctx, func(tx *sql.Tx) error {
		log, err := readLog(ctx, tx, "ORDER BY seq")
		if err != nil {
			return c.dbError("read the log of", err)
		}
		last := 0
		for _, e := range log {
			var d struct{ Records []recordRef }
			if json.Unmarshal(e.Details, &d) != nil {
				continue
			}
			for _, r := range d.Records {
				if n, err := strconv.Atoi(strings.TrimPrefix(r.ID, letter)); err == nil && r.Kind == string(kind) {
					last = max(last, n)
				}
			}
		}
		id = fmt.Sprintf("%s%03d", letter, last+1)
		return c.putKept(ctx, tx, kind, id, body)
	})
	return id, err
}

// PutKept keeps a thing under an ID that AddKept gave: it takes the place of what is
// there, or of what was removed.
func (c *Case) PutKept(ctx context.Context, kind KeptKind, id string, body any) error {
	letter, err := kind.letter()
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(id, letter)); err != nil || n < 1 || !strings.HasPrefix(id, letter) {
		return fmt.Errorf("%q is no ID of a %s", id, kind)
	}
	return c.inTx(ctx, func(tx *sql.Tx) error { return c.putKept(ctx, tx, kind, id, body) })
}

func (c *Case) putKept(ctx context.Context, tx *sql.Tx, kind KeptKind, id string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", kind, id, err)
	}
	k := Kept{ID: id, By: c.opts.By, At: c.opts.now().UTC(), Body: raw}
	_, err = c.writeIn(ctx, tx, change{action: "keep " + string(kind), details: map[string]any{"id": id}, records: []record{{string(kind), id, "", k}}})
	return err
}

// RemoveKept takes a thing out of the case; the log goes on telling that it was there,
// with the hash of what it was.
func (c *Case) RemoveKept(ctx context.Context, kind KeptKind, id string) error {
	if _, err := kind.letter(); err != nil {
		return err
	}
	return c.remove(ctx, string(kind), id)
}

// RemoveClock takes out a clock that no exhibit states.
func (c *Case) RemoveClock(ctx context.Context, id string) error {
	stated, err := c.ClockExhibits(ctx)
	if err != nil {
		return err
	}
	if e := stated[id]; e != "" {
		return fmt.Errorf("clock %s is stated by %s, which stays in the case", id, e)
	}
	return c.remove(ctx, kindClock, id)
}

func (c *Case) remove(ctx context.Context, kind, id string) error {
	return c.inTx(ctx, func(tx *sql.Tx) error {
		var body string
		if err := tx.QueryRowContext(ctx, "SELECT body FROM records WHERE kind = ? AND id = ?", kind, id).Scan(&body); errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("the case has no %s %s", kind, id)
		} else if err != nil {
			return c.dbError("read", err)
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM records WHERE kind = ? AND id = ?", kind, id); err != nil {
			return c.dbError("write", err)
		}
		_, err := c.writeIn(ctx, tx, change{action: "remove " + kind, details: map[string]any{"id": id, "was": sha256Hex([]byte(body)),
			"records": []recordRef{{Kind: kind, ID: id}}}})
		return err
	})
}

// Kept returns what is kept of a kind, by ID.
func (c *Case) Kept(ctx context.Context, kind KeptKind) ([]Kept, error) {
	if _, err := kind.letter(); err != nil {
		return nil, err
	}
	all, err := loadAll[Kept](ctx, c, string(kind))
	slices.SortFunc(all, func(a, b Kept) int {
		if len(a.ID) != len(b.ID) {
			return len(a.ID) - len(b.ID)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all, err
}
