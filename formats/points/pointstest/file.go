// Package pointstest holds what the tests of the cloud codecs share.
package pointstest

import "io"

// File is a file in memory that can be written and sought; B is its content.
type File struct {
	B  []byte
	at int64
}

// Write writes at the file's place, past its end too.
func (m *File) Write(p []byte) (int, error) {
	if need := m.at + int64(len(p)); need > int64(len(m.B)) {
		m.B = append(m.B, make([]byte, need-int64(len(m.B)))...)
	}
	m.at += int64(copy(m.B[m.at:], p))
	return len(p), nil
}

// Seek moves the file's place.
func (m *File) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += m.at
	case io.SeekEnd:
		off += int64(len(m.B))
	}
	m.at = off
	return off, nil
}
