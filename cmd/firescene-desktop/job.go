//go:build cgo

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"time"

	"firescene/forensics"
	"firescene/render/ui"
)

// job is the command-line tool at work.
type job struct {
	cmd   *exec.Cmd
	view  ui.Job
	ended chan struct{} // closed when the process has ended
	after func()        // called when it has ended in any way; may be nil
}

// toolPath finds the command-line tool: beside this program, else on PATH.
func toolPath() (string, error) {
	name := "firescene"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), name)
		if _, err := os.Stat(beside); err == nil {
			return beside, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("the program %s was not found: put it beside firescene-desktop or on PATH", name)
	}
	return path, nil
}

func (t *tool) run() {
	if t.inCase() {
		t.start("firescene run", nil, "run", t.dir)
	}
}

// inCase says that a case is open, and tells the user when only a cloud is.
func (t *tool) inCase() bool {
	if t.dir == "" {
		t.desk.Say(t.desk.T("no_case") + " " + t.desk.T("no_case_next"))
		return false
	}
	switch {
	case t.kase.Gone:
		t.desk.Say(t.desk.T("case_gone"))
	case t.kase.ReadOnly:
		t.desk.Say(t.desk.T("case_elsewhere"))
	default:
		return true
	}
	return false
}

func (t *tool) create(dir, name string) {
	t.start("firescene case init", func() { t.open(dir) }, "case", "init", dir, "--title", name, "--lang", t.desk.Settings().Lang)
}

func (t *tool) add(kind forensics.ExhibitKind, paths []string) {
	if !t.inCase() {
		return
	}
	t.start("firescene case add", nil, append([]string{"case", "add", t.dir, string(kind)}, paths...)...)
}

// start runs the command-line tool beside the window and shows its progress. When
// it ends, then is called, or the case is read anew.
func (t *tool) start(title string, then func(), args ...string) {
	if t.job != nil && !t.job.view.Ended {
		return
	}
	path, err := toolPath()
	if err != nil {
		t.desk.Say(t.desk.T("no_tool"))
		return
	}
	j := &job{ended: make(chan struct{}), cmd: exec.Command(path, append(args, "--lang", t.desk.Settings().Lang)...), view: ui.Job{Title: title, Share: -1, Began: time.Now()}}
	out, err1 := j.cmd.StdoutPipe()
	progress, err2 := j.cmd.StderrPipe()
	if err1 == nil && err2 == nil {
		err = j.cmd.Start()
	}
	if err = firstError(err1, err2, err); err != nil {
		t.desk.Say(err.Error())
		return
	}
	t.job = j
	show := func() {
		v := j.view
		v.Messages = append([]string{}, j.view.Messages...)
		t.desk.SetJob(&v)
	}
	show()
	read := make(chan struct{}, 2)
	follow := func(r io.Reader, isProgress bool) {
		in := bufio.NewScanner(r)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			line := in.Text()
			t.win.Post(func() {
				j.take(line, isProgress)
				show()
			})
		}
		_, _ = io.Copy(io.Discard, r)
		read <- struct{}{}
	}
	go follow(out, false)
	go follow(progress, true)
	go func() {
		<-read
		<-read
		err := j.cmd.Wait()
		close(j.ended)
		t.win.Post(func() {
			j.view.Ended, j.view.Failed = true, err != nil && j.cmd.ProcessState.ExitCode() != 3
			show()
			if j.after != nil {
				j.after()
			}
			if then != nil && !j.view.Failed {
				then()
			} else if t.dir != "" {
				t.open(t.dir)
			}
		})
	}()
}

func firstError(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// percent finds the share in a line of progress: "stage: 3/10 (30 %)".
var percent = regexp.MustCompile(`\((\d{1,3}) %\)`)

// maxMessages bounds the lines that are kept of a job.
const maxMessages = 500

func (j *job) take(line string, isProgress bool) {
	if m := percent.FindStringSubmatch(line); isProgress && m != nil {
		n, _ := strconv.Atoi(m[1])
		j.view.Line, j.view.Share = line, float64(n)/100
		return
	}
	if isProgress {
		j.view.Line, j.view.Share = line, -1
	}
	j.view.Messages = append(j.view.Messages, line)
	if n := len(j.view.Messages); n > maxMessages {
		j.view.Messages = j.view.Messages[n-maxMessages:]
	}
}

// stopWait is how long a window that is being closed waits for the work to stop.
const stopWait = 15 * time.Second

// stop ends the work under way and waits until it has, so that it stops where it can go
// on later.
func (t *tool) stop() {
	t.cancel()
	if t.job == nil {
		return
	}
	until := time.After(stopWait)
	for {
		select {
		case <-t.job.ended:
			return
		case <-until:
			_ = t.job.cmd.Process.Kill()
			return
		case <-time.After(20 * time.Millisecond):
			t.win.TakePosts() // its last lines must not wait for a window that is gone
		}
	}
}

// cancel asks the work to stop where it can go on later.
func (t *tool) cancel() {
	if t.job == nil || t.job.view.Ended || t.job.cmd.Process == nil {
		return
	}
	if err := t.job.cmd.Process.Signal(os.Interrupt); err != nil { // Windows has no such signal
		_ = t.job.cmd.Process.Kill()
	}
}
