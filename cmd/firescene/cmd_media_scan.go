package main

import (
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"fmt"
	"hash"
	"path/filepath"
	"sync"
	"time"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
)

// scannedFind is a find as the journal of the scan keeps it.
type scannedFind struct {
	Type    string            `json:"type"`
	OffsetB int64             `json:"offset"`
	Path    []forensics.Layer `json:"path,omitempty"`
	Aligned bool              `json:"aligned,omitempty"`
	Inside  bool              `json:"inside,omitempty"`
	Host    string            `json:"host,omitempty"`
	Verdict carve.Verdict     `json:"verdict"`
}

// scanLine is a line of the journal: a find, a place that is done with the state
// of the image's hash there, or the place where a run took up the work.
type scanLine struct {
	Find   *scannedFind `json:"find,omitempty"`
	DoneB  int64        `json:"done,omitempty"`
	Hash   string       `json:"hash,omitempty"`
	StartB *int64       `json:"start,omitempty"`
}

// checkpointEvery is how much work a kill may cost at most.
const checkpointEvery = 10 * time.Second

// scan looks for files by their content in one pass over the medium and computes
// the SHA-256 of a raw image from the same bytes; of another image the hash is
// empty. A scan that was cut off goes on from its last checkpoint.
func scan(ctx context.Context, opts mediaOptions, im *media.Image, covered []forensics.ByteRun, dir string, report progressFunc) ([]carve.Find, string, error) {
	types := map[string]*carve.Type{}
	all := carve.Types()
	for i := range all {
		types[all[i].Name] = &all[i]
	}
	var finds []carve.Find
	before := func(at int64) { // drops what a run from there on finds again
		kept := finds[:0]
		for _, f := range finds {
			if f.ImageB() < at {
				kept = append(kept, f)
			}
		}
		finds = kept
	}
	doneB, state := int64(0), ""
	j, err := openJournal(filepath.Join(dir, "scan.journal"), func(l scanLine) bool {
		switch {
		case l.StartB != nil:
			before(*l.StartB)
		case l.Find != nil:
			t := types[l.Find.Type]
			if t == nil {
				return false
			}
			f := l.Find
			finds = append(finds, carve.Find{Type: t, OffsetB: f.OffsetB, Path: f.Path, Aligned: f.Aligned, Inside: f.Inside, Host: f.Host, Verdict: f.Verdict})
		default:
			doneB, state = l.DoneB, l.Hash
		}
		return true
	})
	if err != nil {
		return nil, "", err
	}
	defer j.close()
	h := &steppedHash{hash: sha256.New()}
	if im.Raw() && h.restore(doneB, state) != nil {
		doneB = 0 // the state is of another version of the library
		h = &steppedHash{hash: sha256.New()}
	}
	before(doneB)
	if err := j.add(scanLine{StartB: &doneB}); err != nil {
		return nil, "", err
	}
	co := carve.Options{Types: all, Unaligned: !opts.AlignedOnly, Covered: covered, Workers: opts.Workers, Depth: carve.MaxDepth, StartB: doneB}
	if im.Raw() {
		co.Tee = h.write
	}
	noted := time.Now()
	var failed error
	err = carve.Run(ctx, carve.Source{R: im, SizeB: im.SizeB, NextUnread: im.Unread.Next}, co, func(f carve.Find) error {
		f.Data = nil // it is decoded again when it is written
		finds = append(finds, f)
		return j.add(scanLine{Find: &scannedFind{Type: f.Type.Name, OffsetB: f.OffsetB, Path: f.Path, Aligned: f.Aligned, Inside: f.Inside, Host: f.Host, Verdict: f.Verdict}})
	}, func(done int64) {
		report("carve", done, im.SizeB)
		if failed != nil || time.Since(noted) < checkpointEvery {
			return
		}
		state, ok := "", true
		if im.Raw() {
			state, ok = h.at(done)
		}
		if ok && done < im.SizeB {
			noted = time.Now()
			if failed = j.add(scanLine{DoneB: done, Hash: state}); failed == nil {
				failed = j.flush()
			}
		}
	})
	if err == nil {
		err = failed
	}
	if err != nil || !im.Raw() {
		return finds, "", err
	}
	if h.doneB != im.SizeB {
		return nil, "", fmt.Errorf("%s: %d of %d bytes were hashed", im.Path, h.doneB, im.SizeB)
	}
	return finds, hex.EncodeToString(h.hash.Sum(nil)), nil
}

// steppedHash is a hash that keeps its latest states, since the scan's finds are
// a little behind the bytes that it has read.
type steppedHash struct {
	mu     sync.Mutex
	hash   hash.Hash
	doneB  int64
	states []hashState
}

type hashState struct {
	at    int64
	state []byte
}

const (
	hashStepB  = 1 << 20
	hashStates = 256
)

func (h *steppedHash) write(b []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(b) > 0 {
		n := min(int64(len(b)), hashStepB-h.doneB%hashStepB)
		h.hash.Write(b[:n])
		b = b[n:]
		if h.doneB += n; h.doneB%hashStepB == 0 {
			s, err := h.hash.(encoding.BinaryMarshaler).MarshalBinary()
			if err != nil {
				continue
			}
			if len(h.states) == hashStates {
				h.states = append(h.states[:0], h.states[1:]...)
			}
			h.states = append(h.states, hashState{h.doneB, s})
		}
	}
}

// at returns the state after the first done bytes, if it is kept.
func (h *steppedHash) at(done int64) (string, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.states {
		if s.at == done {
			return hex.EncodeToString(s.state), true
		}
	}
	return "", false
}

func (h *steppedHash) restore(done int64, state string) error {
	if done == 0 {
		return nil
	}
	b, err := hex.DecodeString(state)
	if err != nil {
		return err
	}
	h.doneB = done
	return h.hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(b)
}
