package casefile

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"firescene/forensics/custody"
	"firescene/formats"
)

// schemaVersion is kept in the database's user_version. It rises whenever a
// program of the former version would misread the case.
const schemaVersion = 1

// applicationID marks a case database among SQLite files: "FSCN".
const applicationID = 0x4653434e

// schema is compared word by word with what a case holds, so that a trigger or
// a view put in by somebody else shows.
var schema = []string{
	`CREATE TABLE log (seq INTEGER PRIMARY KEY, time TEXT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, exhibit TEXT NOT NULL, details TEXT NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL)`,
	`CREATE TABLE moving (temp TEXT PRIMARY KEY, final TEXT NOT NULL)`,
	`CREATE TABLE records (kind TEXT NOT NULL, id TEXT NOT NULL, exhibit TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id))`,
}

// dsn names a database file for the driver, with the settings that every
// connection to a case uses.
func dsn(path string, query ...string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path
	}
	slashed := filepath.ToSlash(abs)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/case
	}
	query = append(query, "_pragma=busy_timeout(60000)", "_pragma=synchronous(FULL)", "_txlock=immediate")
	return "file://" + (&url.URL{Path: slashed}).EscapedPath() + "?" + strings.Join(query, "&")
}

func (c *Case) openDatabase(ctx context.Context, create bool) error {
	mode := "mode=rw"
	if create {
		mode = "mode=rwc"
	}
	path := filepath.Join(c.dir, databaseName)
	if !create {
		// Look before the journal mode is set: a newer case must not be touched.
		if err := c.connect(ctx, dsn(path, mode)); err != nil {
			return err
		}
		if err := c.checkVersion(ctx); err != nil {
			c.db.Close()
			return err
		}
		c.db.Close()
	}
	return c.connect(ctx, dsn(path, mode, "_pragma=journal_mode(WAL)"))
}

// openReadOnly opens the database without writing to the case. SQLite can not
// read a WAL database in a folder that it can not write, so there it is taken as
// immutable, or, when a killed process left entries in the WAL, read from a
// temporary copy.
func (c *Case) openReadOnly(ctx context.Context) error {
	path := filepath.Join(c.dir, databaseName)
	_, err := os.Stat(path + "-wal")
	c.tidyWAL = errors.Is(err, os.ErrNotExist)
	err = c.connect(ctx, dsn(path, "mode=ro"))
	if err == nil {
		return nil
	}
	var e *sqlite.Error
	if IsFull(err) {
		// nor can it on a full disk
	} else if !errors.As(err, &e) || (e.Code()&0xff != sqlite3.SQLITE_CANTOPEN && e.Code()&0xff != sqlite3.SQLITE_READONLY) {
		return err
	}
	if wal, err := os.Stat(path + "-wal"); err != nil || wal.Size() == 0 {
		return c.connect(ctx, dsn(path, "mode=ro", "immutable=1"))
	}
	if c.scratch, err = os.MkdirTemp("", "firescene-case-"); err != nil {
		return fmt.Errorf("open case for reading: %w", err)
	}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err == nil {
			err = os.WriteFile(filepath.Join(c.scratch, databaseName+suffix), b, 0o600)
		}
		if err != nil {
			os.RemoveAll(c.scratch)
			return fmt.Errorf("open case for reading: %w", err)
		}
	}
	return c.connect(ctx, dsn(filepath.Join(c.scratch, databaseName), "mode=rw"))
}

// removeEmptyWAL has SQLite take away the empty write-ahead log that a reading
// connection made and may not remove. SQLite does so when the last connection
// that may write closes, and leaves a log that another process works with.
func (c *Case) removeEmptyWAL() {
	path := filepath.Join(c.dir, databaseName)
	if wal, err := os.Stat(path + "-wal"); err != nil || wal.Size() > 0 {
		return
	}
	if c.connect(context.Background(), dsn(path, "mode=rw")) == nil {
		c.db.Close()
	}
}

// connect opens a database and reads its head page, so that an error shows here.
func (c *Case) connect(ctx context.Context, name string) error {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n); err != nil {
		db.Close()
		return c.dbError("open", err)
	}
	c.db = db
	return nil
}

func (c *Case) checkVersion(ctx context.Context) error {
	var app, version int
	if err := c.db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app); err != nil {
		return c.dbError("open", err)
	}
	if err := c.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return c.dbError("open", err)
	}
	switch {
	case app == 0 && version == 0:
		return fmt.Errorf("%s: making this case was interrupted before anything was stored; run: firescene case init %s", c.dir, c.dir)
	case app != applicationID:
		return damaged("it is an SQLite database but not a case")
	case version > schemaVersion:
		return &formats.UnsupportedError{Format: "case", Offset: -1,
			Feature: fmt.Sprintf("case version %d; this program reads versions up to %d", version, schemaVersion),
			Next:    fmt.Sprintf("open it with a firescene that reads case version %d", version)}
	}
	return nil
}

// create writes the schema and the first records in one transaction, so that of
// two processes one makes the case, and a kill leaves none or all of it.
func (c *Case) create(ctx context.Context, meta Meta) error {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return c.dbError("make", err)
	}
	defer tx.Rollback()
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n); err != nil {
		return c.dbError("make", err)
	}
	if n > 0 {
		return fmt.Errorf("%s is a case already; see: firescene case show %s", c.dir, c.dir)
	}
	for _, s := range append(schema, fmt.Sprintf("PRAGMA application_id=%d", applicationID), fmt.Sprintf("PRAGMA user_version=%d", schemaVersion)) {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return c.dbError("make", err)
		}
	}
	if _, err := c.writeIn(ctx, tx, change{action: "init", records: []record{{kind: kindMeta, id: "case", value: meta}}}); err != nil {
		return err
	}
	return c.dbError("make", tx.Commit())
}

func (c *Case) checkWritable(ctx context.Context) error {
	tx, err := c.db.BeginTx(ctx, nil)
	if err == nil {
		// The lock alone does not show a read-only file: only a write does.
		_, err = tx.ExecContext(ctx, "DELETE FROM moving WHERE 0")
		err = errors.Join(err, tx.Rollback())
	}
	return c.dbError("write", err)
}

// record is a row to be written: its body is the JSON of value.
type record struct {
	kind, id, exhibit string
	value             any
}

// change is a set of records with the log entry that tells of it.
type change struct {
	action, exhibit, by string
	details             map[string]any
	records             []record
}

// recordRef is how the log names a record that an entry wrote.
type recordRef struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	SHA256 string `json:"sha256"` // empty: the entry removed it
}

// write stores a change and its log entry in one transaction.
func (c *Case) write(ctx context.Context, ch change) (custody.Entry, error) {
	var e custody.Entry
	err := c.inTx(ctx, func(tx *sql.Tx) (err error) {
		e, err = c.writeIn(ctx, tx, ch)
		return err
	})
	return e, err
}

// inTx runs f under the database's write lock and commits when it succeeds.
func (c *Case) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	if c.opts.ReadOnly {
		return fmt.Errorf("%s: %w", c.dir, ErrReadOnly)
	}
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return c.dbError("write", err)
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return c.dbError("write", tx.Commit())
}

func (c *Case) writeIn(ctx context.Context, tx *sql.Tx, ch change) (custody.Entry, error) {
	last, err := lastEntry(ctx, tx)
	if err != nil {
		return custody.Entry{}, c.dbError("read the log of", err)
	}
	details := map[string]any{}
	for k, v := range ch.details {
		details[k] = v
	}
	refs := []recordRef{}
	for _, r := range ch.records {
		body, err := custody.Canonical(r.value)
		if err != nil {
			return custody.Entry{}, fmt.Errorf("%s %s: %w", r.kind, r.id, err)
		}
		refs = append(refs, recordRef{r.kind, r.id, sha256Hex(body)})
		if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", r.kind, r.id, r.exhibit, last.Seq+1, string(body)); err != nil {
			return custody.Entry{}, c.dbError("write", err)
		}
	}
	if len(refs) > 0 {
		details["records"] = refs
	}
	by := ch.by
	if by == "" {
		by = c.opts.By
	}
	e, err := custody.Next(last, c.opts.now(), by, ch.action, ch.exhibit, details)
	if err != nil {
		return e, err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		e.Seq, e.Time.Format(custody.TimeFormat), e.Who, e.Action, e.Exhibit, string(e.Details), e.Prev, e.Hash)
	return e, c.dbError("write", err)
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func readLog(ctx context.Context, q querier, where ...string) ([]custody.Entry, error) {
	rows, err := q.QueryContext(ctx, "SELECT seq, time, who, action, exhibit, details, prev, hash FROM log "+strings.Join(where, " "))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var log []custody.Entry
	for rows.Next() {
		var e custody.Entry
		var at, details string
		if err := rows.Scan(&e.Seq, &at, &e.Who, &e.Action, &e.Exhibit, &details, &e.Prev, &e.Hash); err != nil {
			return nil, err
		}
		// A time that does not read leaves the zero time, which does not fit the hash.
		if t, err := time.Parse(custody.TimeFormat, at); err == nil && t.Format(custody.TimeFormat) == at {
			e.Time = t
		}
		e.Details = json.RawMessage(details)
		log = append(log, e)
	}
	return log, rows.Err()
}

func lastEntry(ctx context.Context, q querier) (custody.Entry, error) {
	log, err := readLog(ctx, q, "ORDER BY seq DESC LIMIT 1")
	if err != nil || len(log) == 0 {
		return custody.Entry{}, err
	}
	return log[0], nil
}

// load decodes the body of a record into value and reports whether it exists.
func (c *Case) load(ctx context.Context, kind, id string, value any) (bool, error) {
	var body string
	switch err := c.db.QueryRowContext(ctx, "SELECT body FROM records WHERE kind = ? AND id = ?", kind, id).Scan(&body); {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, c.dbError("read", err)
	}
	if err := json.Unmarshal([]byte(body), value); err != nil {
		return true, damaged(fmt.Sprintf("record %s %s: %v", kind, id, err))
	}
	return true, nil
}

// loadAll decodes every record of a kind, in the order in which they were last
// written, records of one log entry by ID.
func loadAll[T any](ctx context.Context, c *Case, kind string) ([]T, error) {
	rows, err := c.db.QueryContext(ctx, "SELECT id, body FROM records WHERE kind = ? ORDER BY seq, id", kind)
	if err != nil {
		return nil, c.dbError("read", err)
	}
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return nil, c.dbError("read", err)
		}
		var v T
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			return nil, damaged(fmt.Sprintf("record %s %s: %v", kind, id, err))
		}
		all = append(all, v)
	}
	return all, c.dbError("read", rows.Err())
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
