package casefile

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/emmansun/gmsm/sm3"
)

// Names of copies under way. The process that copies holds a lock on the file,
// so one that can be locked was left by a process that ended.
const (
	tempPrefix = ".adding-"
	tempSuffix = ".part"
)

func isTempName(name string) bool {
	return strings.HasPrefix(name, tempPrefix) && strings.HasSuffix(name, tempSuffix)
}

// digest is what one pass over a file gives.
type digest struct {
	sizeB       int64
	sha256, sm3 string
}

// blockB is the unit of reading: large enough to keep two hashes busy at once.
const blockB = 1 << 20

// pass reads r to its end and gives its hashes; every block is also written to w
// when w is not nil. While one block is hashed and written the next is read.
// tick is told how many bytes came in.
func pass(ctx context.Context, r io.Reader, w io.Writer, withSM3 bool, tick func(n int64)) (digest, error) {
	var d digest
	sinks := []io.Writer{sha256.New()}
	if withSM3 {
		sinks = append(sinks, sm3.New())
	}
	if w != nil {
		sinks = append(sinks, w)
	}
	errs := make([]error, len(sinks))
	var wg sync.WaitGroup
	bufs := [2][]byte{make([]byte, blockB), make([]byte, blockB)}
	for i := 0; ; i++ {
		n, readErr := io.ReadFull(r, bufs[i%2])
		wg.Wait() // for the block before this one
		if err := errors.Join(append(errs, ctx.Err())...); err != nil {
			return d, err
		}
		for k, s := range sinks {
			wg.Add(1)
			go func(block []byte) {
				defer wg.Done()
				_, errs[k] = s.Write(block)
			}(bufs[i%2][:n])
		}
		d.sizeB += int64(n)
		if tick != nil {
			tick(int64(n))
		}
		if readErr != nil {
			wg.Wait()
			if err := errors.Join(errs...); err != nil {
				return d, err
			}
			if readErr != io.EOF && readErr != io.ErrUnexpectedEOF {
				return d, readErr
			}
			break
		}
	}
	sum := func(i int) string { return hex.EncodeToString(sinks[i].(hash.Hash).Sum(nil)) }
	d.sha256 = sum(0)
	if withSM3 {
		d.sm3 = sum(1)
	}
	return d, nil
}

// hashFile hashes a file that must stay as it is while it is read.
func hashFile(ctx context.Context, path string, withSM3 bool, tick func(int64)) (digest, error) {
	return copyTo(ctx, path, nil, withSM3, tick)
}

// copyTo hashes a file, and copies it to w when w is not nil.
func copyTo(ctx context.Context, path string, w io.Writer, withSM3 bool, tick func(int64)) (digest, error) {
	f, err := os.Open(path)
	if err != nil {
		return digest{}, err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return digest{}, err
	}
	d, err := pass(ctx, f, w, withSM3, tick)
	if err != nil {
		return d, err
	}
	after, err := f.Stat()
	if err != nil {
		return d, err
	}
	if after.Size() != d.sizeB || !after.ModTime().Equal(before.ModTime()) {
		return d, fmt.Errorf("%s changed while it was read; stop what writes to it and run the command again", path)
	}
	return d, nil
}

// partial is a copy under way, in a temporary file that this process has locked.
type partial struct {
	f    *os.File
	path string
}

func newPartial(dir string) (*partial, error) {
	for {
		var token [8]byte
		if _, err := rand.Read(token[:]); err != nil {
			return nil, err
		}
		path := filepath.Join(dir, tempPrefix+hex.EncodeToString(token[:])+tempSuffix)
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		// Another process may take the new file for a leftover before it is locked.
		if tryLock(f) {
			mine, err1 := f.Stat()
			there, err2 := os.Stat(path)
			if err1 == nil && err2 == nil && os.SameFile(mine, there) {
				return &partial{f, path}, nil
			}
		}
		f.Close()
	}
}

// drop removes the copy.
func (p *partial) drop() {
	p.f.Close()
	os.Remove(p.path)
}

// fill copies the file at path into p, makes it last, and reads it back.
func (p *partial) fill(ctx context.Context, path string, w io.Writer, tick func(int64)) (digest, error) {
	d, err := copyTo(ctx, path, w, true, tick)
	if err != nil {
		return d, err
	}
	if err := p.f.Sync(); err != nil {
		return d, err
	}
	dropCache(p.f)
	if _, err := p.f.Seek(0, io.SeekStart); err != nil {
		return d, err
	}
	back, err := pass(ctx, p.f, nil, false, tick)
	if err != nil {
		return d, fmt.Errorf("read the copy back: %w", err)
	}
	if back.sha256 != d.sha256 {
		return d, fmt.Errorf("the copy in %s reads back otherwise than it was written; check that disk", filepath.Dir(p.path))
	}
	return d, os.Chmod(p.path, 0o444)
}
