package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"time"

	"firescene/forensics"
)

// stepFile is the record that each stage leaves in its output folder.
const stepFile = "step.json"

// writeStep writes dir/step.json by way of a temporary name, so that a stage is
// either recorded whole or not at all.
func writeStep(dir string, s forensics.Step) error {
	s.Program = "firescene " + version
	return writeJSON(filepath.Join(dir, stepFile), s)
}

// writeStepWith is writeStep for a step with very many outputs, which are taken
// from a file of JSON, one after the other.
func writeStepWith(dir string, s forensics.Step, outputs string) error {
	s.Program, s.Outputs = "firescene "+version, []forensics.FileHash{}
	b, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", stepFile, err)
	}
	before, after, found := bytes.Cut(b, []byte(`"outputs": []`))
	if !found {
		return fmt.Errorf("encode %s: it has no outputs", stepFile)
	}
	list, err := os.Open(outputs)
	if err != nil {
		return err
	}
	defer list.Close()
	return writeFileBy(filepath.Join(dir, stepFile), func(w *bufio.Writer) error {
		w.Write(before)
		w.WriteString(`"outputs": [`)
		dec, sep := json.NewDecoder(bufio.NewReaderSize(list, 256<<10)), "\n  "
		for {
			var f forensics.FileHash
			if err := dec.Decode(&f); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return err
			}
			b, err := json.MarshalIndent(f, "  ", " ")
			if err != nil {
				return err
			}
			w.WriteString(sep)
			w.Write(b)
			sep = ",\n  "
		}
		w.WriteString("\n ]")
		w.Write(after)
		return w.WriteByte('\n') // the writer keeps its first error
	})
}

// readStep reads dir/step.json. A missing file gives an error that wraps
// os.ErrNotExist.
func readStep(dir string) (forensics.Step, error) {
	var s forensics.Step
	err := readJSON(filepath.Join(dir, stepFile), &s)
	return s, err
}

// sameWork reports whether a recorded step used the same program, inputs and
// seed and every parameter that want names (the record may hold more, filled in
// by defaults), and whether its outputs below dir are all still there with the
// hashes it recorded: if so the work need not be done again.
func sameWork(old, want forensics.Step, dir string) bool {
	if old.Stage != want.Stage || old.Program != "firescene "+version || old.Seed != want.Seed {
		return false
	}
	for k, v := range want.Params {
		if old.Params[k] != v {
			return false
		}
	}
	if !sameFiles(old.Inputs, want.Inputs) {
		return false
	}
	for _, f := range old.Outputs {
		sum, size, err := hashFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil || sum != f.SHA256 || size != f.SizeB {
			return false
		}
	}
	return true
}

func sameFiles(a, b []forensics.FileHash) bool {
	if len(a) != len(b) {
		return false
	}
	hashes := func(list []forensics.FileHash) []string {
		s := make([]string, len(list))
		for i, f := range list {
			s[i] = f.SHA256
		}
		sort.Strings(s)
		return s
	}
	x, y := hashes(a), hashes(b)
	for i := range x {
		if x[i] != y[i] {
			return false
		}
	}
	return true
}

// hashFile returns the SHA-256 and the size of a file.
func hashFile(path string) (sha256hex string, sizeB int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return "", 0, fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), n, nil
}

// sha256Hex is the SHA-256 of bytes, in hex.
func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// hashTree lists every regular file below dir with its hash, sorted by path,
// leaving out step.json and what skip names (paths relative to dir).
func hashTree(dir string, skip ...string) ([]forensics.FileHash, error) {
	out := []forensics.FileHash{}
	err := eachFile(dir, func(f forensics.FileHash) error {
		out = append(out, f)
		return nil
	}, skip...)
	return out, err
}

// eachFile gives what hashTree lists, one after the other.
func eachFile(dir string, do func(forensics.FileHash) error, skip ...string) error {
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if rel == stepFile {
			return nil
		}
		for _, s := range skip {
			if rel == s {
				return nil
			}
		}
		sum, size, err := hashFile(path)
		if err != nil {
			return err
		}
		return do(forensics.FileHash{Path: rel, SizeB: size, SHA256: sum})
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// writeJSON writes v, indented, by way of a temporary name.
func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	return writeFile(path, append(b, '\n'))
}

// readJSON reads a file that writeJSON wrote.
func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s is damaged: %w", path, err)
	}
	return nil
}

// writeFile makes path hold b, or leaves it as it was: the bytes go to a
// temporary name beside it, are synced, and are renamed into place.
func writeFile(path string, b []byte) error {
	return writeFileBy(path, func(w *bufio.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// writeFileBy is writeFile for what write writes.
func writeFileBy(path string, write func(*bufio.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriter(f)
	if err = write(w); err == nil {
		err = w.Flush()
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// seconds rounds a duration to hundredths, for step records.
func seconds(since time.Time) float64 {
	return float64(time.Since(since).Milliseconds()/10) / 100
}
