package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"firescene/forensics/media"
	"firescene/formats/fat/fattest"
)

// brokenCard is a card with deleted pictures in pieces, and with pieces of pictures
// that no directory names.
func brokenCard(t testing.TB) []byte {
	v := fattest.New(32, 9000)
	at := uint32(10)
	pieces := func(b []byte, first int) (list []uint32) {
		n := (len(b) + 511) / 512
		list = append(fattest.Seq(at, first), fattest.Seq(at+uint32(first)+9, n-first)...)
		at += uint32(n) + 20
		return list
	}
	for i, name := range []string{"one.jpg", "two.jpg", "three.jpg", "four.jpg", "five.jpg"} {
		b := mediaPhoto(t, uint64(20+i), 300, 200+20*i)
		v.Put(name, b, pieces(b, 30+i))
		v.Delete(name)
	}
	b := mediaPhoto(t, 30, 300, 200)
	v.Put("cut.jpg", b, pieces(b, 40))
	v.Delete("cut.jpg")
	clear(v.Image[v.Offset(at-20-30):v.Offset(at)])
	for i := range 5 {
		b := mediaPhoto(t, uint64(40+i), 300, 240)
		to := copy(v.Image[v.Offset(at):], b[:4*4096])
		if i < 4 {
			copy(v.Image[v.Offset(at)+to+6*4096:], b[to:])
		}
		at += uint32((len(b)+7*4096)/512) &^ 7
	}
	return v.Image
}

// unitKeys are the keys of the units that a working folder keeps.
func unitKeys(out string) (keys []string) {
	b, _ := os.ReadFile(filepath.Join(out, workDir, unitsFile))
	for _, line := range bytes.SplitAfter(b, []byte("\n")) {
		var l memoLine
		if json.Unmarshal(line, &l) == nil && bytes.HasSuffix(line, []byte("\n")) {
			keys = append(keys, l.Key)
		}
	}
	return keys
}

// A run that is killed again and again in its long searches keeps what each of them
// has found, and ends with the bytes of a run that was left alone.
func TestMediaSearchesSurviveKills(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process that is killed there still holds its files for a while")
	}
	path, whole, out := mediaFile(t, brokenCard(t)), t.TempDir(), t.TempDir()
	var stages []string
	if _, err := runMediaRecover(context.Background(), mediaOptions{Image: path, Out: whole, Workers: 2}, func(stage string, done, total int64) {
		if !slices.Contains(stages, stage) && done > 0 && done < total {
			stages = append(stages, stage)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(stages, "list") || !slices.Contains(stages, "join pieces") {
		t.Errorf("the long stages do not tell how far they are: %q", stages)
	}
	killed, most := 0, 0
	for range 40 {
		cmd := command("media", "recover", path, "-o", out, "--workers", "2", "--quiet")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		goal := most + 3
		var over bool
		var err error
		for !over && len(unitKeys(out)) < goal {
			select {
			case err = <-ended:
				over = true
			case <-time.After(time.Millisecond):
			}
		}
		if !over {
			cmd.Process.Kill()
			<-ended
		} else if err != nil {
			t.Fatal(err)
		}
		keys := unitKeys(out)
		if over || len(keys) == 0 {
			break
		}
		killed++
		if len(keys) < most {
			t.Errorf("kill %d: %d units are kept, there were %d", killed, len(keys), most)
		}
		most = len(keys)
		slices.Sort(keys)
		if n := len(slices.Compact(keys)); n < most {
			t.Errorf("kill %d: %d units were done again", killed, most-n)
		}
	}
	if killed < 4 || most < 20 {
		t.Errorf("%d kills with %d units kept show little", killed, most)
	}
	if _, err := runMediaRecover(context.Background(), mediaOptions{Image: path, Out: out, Workers: 2}, quiet); err != nil {
		t.Fatal(err)
	}
	want, err := hashTree(whole)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := hashTree(out); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("other files after %d kills, %v:\n%+v\nwant\n%+v", killed, err, got, want)
	}
}

// What was kept of another image, or was damaged, is not given back.
func TestMemoOfAnotherImage(t *testing.T) {
	path, dir := filepath.Join(t.TempDir(), "a.img"), t.TempDir()
	if err := os.WriteFile(path, make([]byte, 4096), 0o644); err != nil {
		t.Fatal(err)
	}
	open := func() *unitMemo {
		im, err := media.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer im.Close()
		m, err := openMemo(im, dir, unitsFile)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	put := func() {
		m := open()
		for _, k := range []string{"a", "b", "c"} {
			if err := m.Put(k, []byte(`{"x":1}`)); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.close(); err != nil {
			t.Fatal(err)
		}
	}
	has := func() (out string) {
		m := open()
		defer m.close()
		for _, k := range []string{"a", "b", "c"} {
			if v, ok := m.Get(k); ok && string(v) == `{"x":1}` {
				out += k
			} else if ok {
				t.Errorf("%s is %s", k, v)
			}
		}
		return out
	}
	journal := filepath.Join(dir, unitsFile)
	put()
	if got := has(); got != "abc" {
		t.Errorf("kept %q", got)
	}
	b, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(b), "\n")
	for _, c := range []struct{ what, text, want string }{
		{"another number", strings.Replace(string(b), lines[2], strings.Replace(lines[2], `"x":1`, `"x":2`, 1), 1), "a"},
		{"another key", strings.Replace(string(b), lines[3], strings.Replace(lines[3], `"k":"c"`, `"k":"b"`, 1), 1), "ab"},
		{"half a line", string(b[:len(b)-5]), "ab"},
		{"without its image", strings.Join(lines[1:], ""), ""},
	} {
		if err := os.WriteFile(journal, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := has(); got != c.want {
			t.Errorf("%s: kept %q, want %q", c.what, got, c.want)
		}
	}
	put()
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	if got := has(); got != "" {
		t.Errorf("kept %q of an image that was changed", got)
	}
}

// The passes over a whole image go on where they were cut off.
func TestMediaPassesGoOn(t *testing.T) {
	defer func(d time.Duration) { checkpointEvery = d }(checkpointEvery)
	checkpointEvery = 0
	card := brokenCard(t)
	for name, path := range map[string]string{"raw": mediaFile(t, card), "VHD": vhdFile(t, card)} {
		whole, out := t.TempDir(), t.TempDir()
		if _, err := runMediaRecover(context.Background(), mediaOptions{Image: path, Out: whole, Workers: 2}, quiet); err != nil {
			t.Fatal(err)
		}
		first := map[string]int64{}
		const half = 2 << 20 // of an image of more than 4 MiB
		cuts := []string{"hash", "hash again", ""}
		if name == "raw" {
			cuts = cuts[1:] // its scan hashes it
		}
		for _, cut := range cuts {
			ctx, stop := context.WithCancel(context.Background())
			clear(first)
			_, err := runMediaRecover(ctx, mediaOptions{Image: path, Out: out, Workers: 2}, func(stage string, done, total int64) {
				if _, there := first[stage]; !there {
					first[stage] = done
				}
				if stage == cut && done > total/2 {
					stop()
				}
			})
			stop()
			if at, there := first["hash"]; there && at < half && cut != "hash" {
				t.Errorf("%s: the first hash began anew, at byte %d", name, at)
			}
			if err != nil && (cut == "" || !errors.Is(err, context.Canceled)) {
				t.Fatalf("%s: cut off in %q: %v", name, cut, err)
			}
		}

		if first["hash again"] < half {
			t.Errorf("%s: the last hash began anew, at byte %d", name, first["hash again"])
		}
		want, err := hashTree(whole)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := hashTree(out); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: other files, %v:\n%+v\nwant\n%+v", name, err, got, want)
		}
	}
}

// vhdFile is an image that is not raw: a fixed VHD.
func vhdFile(t testing.TB, medium []byte) string {
	foot := make([]byte, 512)
	copy(foot, "conectix")
	be := binary.BigEndian
	be.PutUint32(foot[8:], 2)
	be.PutUint32(foot[12:], 0x10000)
	be.PutUint64(foot[16:], 1<<64-1)
	be.PutUint64(foot[40:], uint64(len(medium)))
	be.PutUint64(foot[48:], uint64(len(medium)))
	be.PutUint32(foot[60:], 2) // fixed
	sum := uint32(0)
	for _, c := range foot {
		sum += uint32(c)
	}
	be.PutUint32(foot[64:], ^sum)
	path := filepath.Join(t.TempDir(), "a.vhd")
	if err := os.WriteFile(path, append(bytes.Clone(medium), foot...), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
