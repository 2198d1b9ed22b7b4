//go:build cgo

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"time"
)

// hold marks a case as worked on by this window, so that a second one only shows it.
// The mark lies with the user's cached files and ends with the process, however that
// ends; the case's folder is not written to.
type hold struct{ file *os.File }

// takeHold marks a case; nil when another window has.
func takeHold(dir string) *hold {
	base, err := os.UserCacheDir()
	if err != nil {
		return &hold{} // nowhere to tell other windows: work as if there were none
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	sum := sha256.Sum256([]byte(dir))
	at := filepath.Join(base, "firescene", "open")
	if os.MkdirAll(at, 0o777) != nil {
		return &hold{}
	}
	f, taken, err := lockFile(filepath.Join(at, hex.EncodeToString(sum[:8])))
	switch {
	case taken:
		return nil
	case err != nil:
		return &hold{}
	}
	return &hold{f}
}

// free lets go of the case.
func (h *hold) free() {
	if h != nil && h.file != nil {
		h.file.Close()
	}
}

// watchEvery is how often it is looked whether a case is still there and free.
const watchEvery = 2 * time.Second

// watch looks after the open case for as long as the program runs: whether its folder
// is there, and whether the other window that works on it has let go. The window is
// woken only when something changed.
func (t *tool) watch() {
	gone := ""
	for range time.Tick(watchEvery) {
		dir, held := t.watched()
		if dir == "" {
			continue
		}
		_, err := os.Stat(filepath.Join(dir, "case.db"))
		switch missing := os.IsNotExist(err); {
		case missing && gone != dir:
			gone = dir
			t.win.Post(func() { t.setGone(dir, true) })
		case !missing && gone == dir:
			gone = ""
			t.win.Post(func() { t.setGone(dir, false) })
		case !missing && !held:
			if h := takeHold(dir); h != nil {
				t.win.Post(func() { t.setHold(dir, h) })
			}
		}
	}
}

// setGone tells that the folder of the open case went away or came back.
func (t *tool) setGone(dir string, gone bool) {
	if t.dir != dir {
		return
	}
	t.kase.Gone = gone
	if gone {
		t.desk.Say(t.desk.T("case_gone"))
		return
	}
	t.desk.Say(t.desk.T("case_back"))
	t.open(dir)
}

// setHold takes the place of another window that let go of the case.
func (t *tool) setHold(dir string, h *hold) {
	if t.dir != dir || !t.kase.ReadOnly {
		h.free()
		return
	}
	t.keepHold(h)
	t.kase.ReadOnly = false
	t.desk.Say(t.desk.T("case_here"))
}
