package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"firescene/forensics"
)

// knownFiles are lists of hashes of known files: those of an operating system,
// say, which tell nothing of a fire, or those that are looked for.
type knownFiles struct {
	lists []knownList
	// digest tells what was read, for the record of a run.
	digest string
}

type knownList struct {
	name   string
	sha256 [][32]byte // sorted
	md5    [][16]byte // sorted
}

// maxHashLine is the longest line that a list may have.
const maxHashLine = 1 << 20

// readKnown reads lists of hashes: plain text with a SHA-256 or MD5 anywhere in
// each line, as sha256sum and md5sum write it, or the NSRL's RDS as comma-separated
// values (NSRLFile.txt, or an export of the newer data base), whose fields are
// quoted. Lines without a hash, such as headings and comments, are passed over; a
// file without any hash is an error.
func readKnown(paths []string) (*knownFiles, error) {
	k := &knownFiles{}
	for _, p := range paths {
		l, err := readKnownList(p)
		if err != nil {
			return nil, err
		}
		k.lists = append(k.lists, l)
		sum, _, err := hashFile(p)
		if err != nil {
			return nil, err
		}
		k.digest += sum + " "
	}
	return k, nil
}

func readKnownList(p string) (knownList, error) {
	l := knownList{name: filepath.Base(p)}
	f, err := os.Open(p)
	if err != nil {
		return l, err
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(make([]byte, 64<<10), maxHashLine)
	for sc.Scan() {
		for word := range bytes.FieldsFuncSeq(sc.Bytes(), func(r rune) bool {
			return r == ' ' || r == '\t' || r == ',' || r == '"' || r == ';' || r == '*' || r == '='
		}) {
			switch len(word) {
			case 64:
				var h [32]byte
				if _, err := hex.Decode(h[:], word); err == nil {
					l.sha256 = append(l.sha256, h)
				}
			case 32:
				var h [16]byte
				if _, err := hex.Decode(h[:], word); err == nil {
					l.md5 = append(l.md5, h)
				}
			}
		}
	}
	if err := sc.Err(); err != nil {
		return l, fmt.Errorf("%s: %w", p, err)
	}
	if len(l.sha256)+len(l.md5) == 0 {
		return l, fmt.Errorf("%s holds no SHA-256 and no MD5; give a list with one hash a line, or the NSRL's RDS as text", p)
	}
	slices.SortFunc(l.sha256, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	slices.SortFunc(l.md5, func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) })
	return l, nil
}

// has returns the name of the first list that an item's hash is in, or "".
func (k *knownFiles) has(it forensics.Item) string {
	if k == nil || it.SizeB == 0 {
		return ""
	}
	sha, ok := sha256Of(it.SHA256)
	if !ok {
		return ""
	}
	var sum5 [16]byte
	_, err := hex.Decode(sum5[:], []byte(it.MD5))
	for _, l := range k.lists {
		if _, in := slices.BinarySearchFunc(l.sha256, sha, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) }); in {
			return l.name
		}
		if _, in := slices.BinarySearchFunc(l.md5, sum5, func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) }); in && err == nil {
			return l.name
		}
	}
	return ""
}
