package main

import (
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"hash"
	"sync"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/splice"
)

// pass is what is done with every byte of the medium beside the search for files:
// a raw image is hashed, text logs are looked for outside the files that are known,
// and it is noted where pieces of pictures may lie. It keeps its latest states, since the finds of the search come a little
// behind the bytes.
type pass struct {
	mu     sync.Mutex
	hash   hash.Hash // nil when the medium's bytes are not those of the image's files
	logs   carve.LogFinder
	coded  *splice.CodedFinder
	doneB  int64
	skip   []forensics.ByteRun // in order: what the search for logs leaves out
	buf    []byte              // bytes since the last step
	runs   []carve.LogRun      // found and not given out yet
	states []passState
}

type passState struct {
	at    int64
	state string
}

const (
	passStepB  = 1 << 20
	passStates = 256
)

// newPass begins at the place of a state that at gave, or at the beginning.
func newPass(raw bool, skip []forensics.ByteRun, done int64, state string) (*pass, error) {
	p := &pass{doneB: done, skip: skip, coded: splice.NewCodedFinder(blockB, done), buf: make([]byte, 0, passStepB)}
	p.logs.Emit = func(r carve.LogRun) { p.runs = append(p.runs, r) }
	p.logs.Skip(done)
	if !raw {
		return p, nil
	}
	p.hash = sha256.New()
	if done == 0 {
		return p, nil
	}
	b, err := hex.DecodeString(state)
	if err != nil {
		return nil, err
	}
	return p, p.hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(b)
}

// write takes the next bytes. They are worked on in steps that begin at multiples
// of passStepB, so that where a run began makes no difference.
func (p *pass) write(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(b) > 0 {
		n := min(int64(len(b)), passStepB-(p.doneB+int64(len(p.buf)))%passStepB)
		part := b[:n]
		b = b[n:]
		if len(p.buf) > 0 || n < passStepB {
			p.buf = append(p.buf, part...)
			if (p.doneB+int64(len(p.buf)))%passStepB != 0 {
				return
			}
			part = p.buf
		}
		p.step(part)
		p.buf = p.buf[:0]
		p.keep()
	}
}

// step works on bytes from doneB on.
func (p *pass) step(b []byte) {
	if p.hash != nil {
		p.hash.Write(b)
	}
	p.coded.Write(b, p.doneB)
	at, end := p.doneB, p.doneB+int64(len(b))
	for at < end {
		for len(p.skip) > 0 && p.skip[0].OffsetB+p.skip[0].LengthB <= at {
			p.skip = p.skip[1:]
		}
		if len(p.skip) > 0 && p.skip[0].OffsetB <= at {
			at = min(end, p.skip[0].OffsetB+p.skip[0].LengthB)
			p.logs.Skip(at)
			continue
		}
		next := end
		if len(p.skip) > 0 {
			next = min(end, p.skip[0].OffsetB)
		}
		p.logs.Write(b[at-p.doneB : next-p.doneB])
		at = next
	}
	p.doneB = end
}

// keep remembers the state here, if it is one that a run can begin with.
func (p *pass) keep() {
	if !p.logs.Idle() {
		return
	}
	s := passState{at: p.doneB}
	if p.hash != nil {
		b, err := p.hash.(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			return
		}
		s.state = hex.EncodeToString(b)
	}
	if len(p.states) == passStates {
		p.states = append(p.states[:0], p.states[1:]...)
	}
	p.states = append(p.states, s)
}

// before gives the latest state that is kept at or before a place, and the logs
// found before it; ok is false when there is none.
func (p *pass) before(at int64) (s passState, runs []carve.LogRun, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.states) - 1; i >= 0; i-- {
		if s = p.states[i]; s.at <= at {
			k := 0
			for k < len(p.runs) && p.runs[k].OffsetB < s.at {
				k++
			}
			runs = p.runs[:k:k]
			p.runs = p.runs[k:]
			return s, runs, true
		}
	}
	return s, nil, false
}

// atB is the place of the next byte.
func (p *pass) atB() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.doneB + int64(len(p.buf))
}

// finish works on what is left and gives the hash, empty when there is none, and
// the logs that were not given out.
func (p *pass) finish() (sum string, runs []carve.LogRun) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step(p.buf)
	p.buf = p.buf[:0]
	p.logs.Close()
	if p.hash != nil {
		sum = hex.EncodeToString(p.hash.Sum(nil))
	}
	return sum, p.runs
}
