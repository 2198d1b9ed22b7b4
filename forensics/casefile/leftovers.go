package casefile

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// clearLeftovers brings a case whose last process was killed into order: copies
// that are recorded get their name, others are removed, and the log tells of it.
// Copies that another process is making are left alone.
func (c *Case) clearLeftovers(ctx context.Context) error {
	evidence := filepath.Join(c.dir, EvidenceDir)
	if err := c.finishMoves(ctx); err != nil {
		return err
	}
	entries, err := os.ReadDir(evidence)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return diskError("open case", evidence, err)
	}
	for _, e := range entries {
		if !isTempName(e.Name()) {
			continue
		}
		sizeB, removed, err := c.removeLeftover(ctx, filepath.Join(evidence, e.Name()))
		if err != nil {
			return diskError("clear away the rest of an interrupted copy", filepath.Join(evidence, e.Name()), err)
		}
		// An empty one may be another process's that it had not locked yet: that one
		// takes a new name, and nothing was copied.
		if removed && sizeB > 0 {
			if _, err := c.Note(ctx, "clear leftover", "", map[string]any{"file": EvidenceDir + "/" + e.Name(), "size": sizeB,
				"why": "copying it was interrupted before it was recorded"}); err != nil {
				return err
			}
		}
	}
	return nil
}

// finishMoves renames the copies that were recorded but have not their name yet.
func (c *Case) finishMoves(ctx context.Context) error {
	moves, err := c.moving(ctx)
	if err != nil {
		return err
	}
	for temp, final := range moves {
		tempPath := c.Path(EvidenceDir + "/" + temp)
		if f, err := os.OpenFile(tempPath, os.O_RDONLY, 0); err == nil {
			mine := tryLock(f)
			f.Close()
			if !mine {
				continue // the process that recorded it is about to rename it
			}
		}
		// Gone under that name, it was renamed and only that was not noted yet; gone
		// under both, it is for Verify to report.
		_, statErr := os.Lstat(tempPath)
		if err := moveInto(tempPath, c.Path(final)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return diskError("finish an interrupted copy", tempPath, err)
		}
		err := c.inTx(ctx, func(tx *sql.Tx) error {
			done, err := tx.ExecContext(ctx, "DELETE FROM moving WHERE temp = ?", temp)
			if err != nil {
				return c.dbError("write", err)
			}
			if n, err := done.RowsAffected(); err != nil || n == 0 || statErr != nil {
				return err // n is 0 when another process was faster
			}
			id, _, _ := strings.Cut(filepath.Base(final), "-")
			_, err = c.writeIn(ctx, tx, change{action: "finish interrupted copy", exhibit: id, details: map[string]any{"file": final}})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// moving returns the recorded copies that may still have their temporary name.
func (c *Case) moving(ctx context.Context) (map[string]string, error) {
	rows, err := c.db.QueryContext(ctx, "SELECT temp, final FROM moving")
	if err != nil {
		return nil, c.dbError("read", err)
	}
	defer rows.Close()
	moves := map[string]string{}
	for rows.Next() {
		var temp, final string
		if err := rows.Scan(&temp, &final); err != nil {
			return nil, c.dbError("read", err)
		}
		moves[temp] = final
	}
	return moves, c.dbError("read", rows.Err())
}

// removeLeftover removes a copy that no process holds and that is not recorded.
func (c *Case) removeLeftover(ctx context.Context, path string) (sizeB int64, removed bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrPermission) { // made read-only just before it was recorded
		f, err = os.Open(path)
	}
	if errors.Is(err, os.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	defer f.Close()
	if !tryLock(f) {
		return 0, false, nil
	}
	// It may have been recorded since finishMoves looked.
	moves, err := c.moving(ctx)
	if _, recorded := moves[filepath.Base(path)]; err != nil || recorded {
		return 0, false, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, false, err
	}
	if there, err := os.Stat(path); err != nil || !os.SameFile(info, there) {
		return 0, false, nil // renamed meanwhile
	}
	if err := removeOpen(f, path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, false, err
	}
	return info.Size(), true, nil
}
