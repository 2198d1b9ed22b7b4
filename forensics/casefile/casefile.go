// Package casefile keeps a case: a folder that a person can read, with the
// exhibits, the results of every stage and a database of what is known about
// them.
//
//	case.db          SQLite in WAL mode: records and the hash-chained log
//	00-evidence/     copies of the exhibits, read-only
//	10-cloud/  20-hypothesis/  30-render/  40-items/  50-timeline/  60-report/
//
// Everything that the case knows is a record: a kind, an ID and a JSON body. A
// record is only ever written together with a log entry that holds the SHA-256
// of its body, in one transaction; Verify compares the two. So the log says who
// wrote what and when, and the database can not be changed beside it.
//
// Two processes may work on one case: every write takes SQLite's write lock at
// its beginning, and IDs and log numbers are given inside it. A process that is
// killed leaves the last complete state; what it left of a copy is removed, and
// the removal logged, when the case is next opened for writing.
package casefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"firescene/forensics/custody"
)

// The folders of a case, in the order of the work.
const (
	EvidenceDir   = "00-evidence"
	CloudDir      = "10-cloud"
	HypothesisDir = "20-hypothesis"
	RenderDir     = "30-render"
	ItemsDir      = "40-items"
	TimelineDir   = "50-timeline"
	ReportDir     = "60-report"
)

// PathsFile holds the ways that the camera takes in replays of the case. It is no
// evidence and no result: what is drawn along them can be drawn again.
const PathsFile = "camera-paths.json"

// CamerasFile holds the cameras that were placed in the scene; each placing is logged.
const CamerasFile = "cameras.json"

// TrainingFile holds the questions of a copy for training, AnswersFile a trainee's
// answers.
const (
	TrainingFile = "training.json"
	AnswersFile  = "training-answers.json"
)

const databaseName = "case.db"

// StageDirs lists the folders that hold results.
func StageDirs() []string {
	return []string{CloudDir, HypothesisDir, RenderDir, ItemsDir, TimelineDir, ReportDir}
}

// Meta is what the case is about. Title is the fire's name (火灾名称).
type Meta struct {
	Number        string   `json:"number"`
	Title         string   `json:"title"`
	Place         string   `json:"place"`
	FireDate      string   `json:"fireDate"` // as stated, 2026-03-01 or with a time
	Agency        string   `json:"agency"`
	Investigators []string `json:"investigators"`
	Language      string   `json:"language"` // "zh" or "en": of the report
	Zone          string   `json:"zone"`     // of times that people state, as +08:00
	// NorthDeg is the direction of north in scene coordinates, degrees
	// counter-clockwise from +Y seen from above; nil when nobody stated it.
	NorthDeg *float64 `json:"northDeg,omitempty"`
	Program  string   `json:"program"` // that made the case, with its version
}

// Options say how a case is opened.
type Options struct {
	ReadOnly bool
	By       string           // who works on the case; goes into the log
	Now      func() time.Time // for the log; nil means time.Now
}

func (o Options) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

// Case is an open case. It may be used from several goroutines.
type Case struct {
	dir     string
	db      *sql.DB
	opts    Options
	scratch string // folder of a temporary copy of the database, see openReadOnly
	tidyWAL bool   // opened for reading where there was no write-ahead log
}

// ErrReadOnly is returned by every writing method of a case opened for reading.
var ErrReadOnly = errors.New("the case was opened for reading only")

// Init makes a case in dir, which may exist and is created otherwise. It fails
// when dir is a case already.
func Init(ctx context.Context, dir string, meta Meta, opts Options) (*Case, error) {
	opts.ReadOnly = false
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("make the case folder: %s is a file; name a folder that is new or empty", dir)
	}
	for _, d := range append([]string{EvidenceDir}, StageDirs()...) {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o777); err != nil {
			return nil, diskError("make the case folder", dir, err)
		}
	}
	c := &Case{dir: dir, opts: opts}
	if err := c.openDatabase(ctx, true); err != nil {
		return nil, err
	}
	if err := c.create(ctx, meta); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Open opens the case in dir. Opening for writing also clears away what
// interrupted copies left. Opening for reading works in a folder that can not be
// written. A case of a newer version is refused with *formats.UnsupportedError,
// a damaged database with *formats.FormatError.
func Open(ctx context.Context, dir string, opts Options) (*Case, error) {
	if _, err := os.Stat(filepath.Join(dir, databaseName)); err != nil {
		if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
			return nil, fmt.Errorf("%s is not a case: it is a file; name the case's folder", dir)
		}
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s is not a case: it has no %s; make one with: firescene case init %s", dir, databaseName, dir)
		}
		return nil, fmt.Errorf("open case: %w", err)
	}
	c := &Case{dir: dir, opts: opts}
	open := func() error { return c.openDatabase(ctx, false) }
	if opts.ReadOnly {
		open = func() error { return c.openReadOnly(ctx) }
	}
	if err := open(); err != nil {
		return nil, err
	}
	err := c.checkVersion(ctx)
	if err == nil && !opts.ReadOnly {
		err = c.checkWritable(ctx)
	}
	if err == nil && !opts.ReadOnly {
		err = c.clearLeftovers(ctx)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close closes the database. Everything is on disk already.
func (c *Case) Close() error {
	err := c.db.Close()
	if c.tidyWAL {
		c.removeEmptyWAL()
	}
	if c.scratch != "" {
		err = errors.Join(err, os.RemoveAll(c.scratch))
	}
	return err
}

// Dir is the case's folder.
func (c *Case) Dir() string { return c.dir }

// Path returns the path of a file of the case that is named relative to it with
// forward slashes.
func (c *Case) Path(rel string) string { return filepath.Join(c.dir, filepath.FromSlash(rel)) }

// Rel returns a path relative to the case, with forward slashes, and false when
// the path lies outside the case.
func (c *Case) Rel(path string) (string, bool) {
	base, err1 := filepath.Abs(c.dir)
	abs, err2 := filepath.Abs(path)
	if err1 != nil || err2 != nil {
		return "", false
	}
	rel, err := filepath.Rel(base, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

// Meta returns what the case is about.
func (c *Case) Meta(ctx context.Context) (Meta, error) {
	var m Meta
	found, err := c.load(ctx, kindMeta, "case", &m)
	if err == nil && !found {
		err = damaged("the record of the case itself is missing")
	}
	return m, err
}

// Log returns the custody log in the order in which it is stored.
func (c *Case) Log(ctx context.Context) ([]custody.Entry, error) { return readLog(ctx, c.db) }

// Note writes a log entry that goes with no record, for acts such as sealing a
// medium or handing a report over. details may be nil.
func (c *Case) Note(ctx context.Context, action, exhibit string, details map[string]any) (custody.Entry, error) {
	return c.write(ctx, change{action: action, exhibit: exhibit, details: details})
}
