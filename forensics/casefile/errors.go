package casefile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"firescene/formats"
)

// FullError says that a disk has no room. Nothing half-written is left.
type FullError struct {
	Doing string // what was being done
	Path  string // file on the full disk
}

func (e *FullError) Error() string {
	return fmt.Sprintf("%s: the disk of %s is full; nothing was stored; free some space, or add large exhibits with --reference, and run the command again", e.Doing, e.Path)
}

// DuplicateError says that content is in the case already.
type DuplicateError struct {
	SourcePath string
	ID         string // exhibit that has the same bytes
	Kind       string
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("%s has the same bytes as exhibit %s (%s)", e.SourcePath, e.ID, e.Kind)
}

// IsFull reports whether an error, of this package or of a file, says that a disk
// has no room.
func IsFull(err error) bool {
	var full *FullError
	return errors.As(err, &full) || isDiskFull(err)
}

func damaged(reason string) error {
	return &formats.FormatError{Format: "case database", Offset: -1, Reason: reason, Next: "keep the folder as it is and work on a copy from before"}
}

// dbError gives the errors of the database words that say what to do.
func (c *Case) dbError(doing string, err error) error {
	if err == nil {
		return nil
	}
	path := filepath.Join(c.dir, databaseName)
	var e *sqlite.Error
	if !errors.As(err, &e) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s case %s: %w", doing, c.dir, err)
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return &FullError{Doing: doing + " case", Path: path}
	case sqlite3.SQLITE_IOERR:
		if e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE { // no room for the index of the write-ahead log
			return &FullError{Doing: doing + " case", Path: path}
		}
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%s case %s: the folder can not be written; copy the case to a disk that can, or only look at it (case show, log, verify): %w", doing, c.dir, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return damaged(err.Error())
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%s case %s: another process has held it for a minute; wait for it to end and run the command again: %w", doing, c.dir, err)
	}
	return fmt.Errorf("%s case %s: %w", doing, c.dir, err)
}

// diskError gives the errors of files words that say what to do.
func diskError(doing, path string, err error) error {
	switch {
	case err == nil:
		return nil
	case isDiskFull(err):
		return &FullError{Doing: doing, Path: path}
	case errors.Is(err, fs.ErrPermission) || isReadOnlyDisk(err):
		return fmt.Errorf("%s: %s can not be written; use a folder and disk that can: %w", doing, path, err)
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %s: %w", doing, path, err)
}
