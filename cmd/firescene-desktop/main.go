//go:build cgo

// Command firescene-desktop is the workstation: one window with the scene, the
// fire and the evidence on one time line. It reads a case and has the command-line
// tool do the work on it, as a process of its own, so that the window never waits
// and nothing is lost with it.
//
// With --script it does what a file of commands says, for tests and pictures; see
// script.go for the commands.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"firescene/render/gl"
	"firescene/render/ui"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "firescene-desktop:", err)
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

func run(args []string) error {
	began := time.Now()
	flags := flag.NewFlagSet("firescene-desktop", flag.ContinueOnError)
	script := flags.String("script", "", "file of commands to carry out, then the window stays open unless it says quit")
	lang := flags.String("lang", "", "zh or en; else what was chosen last")
	size := flags.String("size", "1280x720", "size of the window in pixels")
	scale := flags.Float64("scale", 0, "size of letters and controls; 0 is what the screen asks for")
	state := flags.String("state", "", "file in which the window keeps what it shows, for the next time (default: with the user's settings; none for a script)")
	renderer := flags.String("renderer", "", "what draws the points: cpu, gl, or auto for gl on a graphics card; else what was chosen last")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: firescene-desktop [flags] [CASE]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	o := ui.WindowOptions{Title: "firescene", Scale: *scale, Began: began}
	if _, err := fmt.Sscanf(*size, "%dx%d", &o.WidthPx, &o.HeightPx); err != nil {
		return fmt.Errorf("--size %s: give WIDTHxHEIGHT", *size)
	}
	settings, settingsPath := loadSettings(*state)
	if *script != "" && *state == "" { // nothing of a scripted window is remembered, nor taken from before
		settings, settingsPath = ui.Settings{}, ""
	}
	if *lang != "" {
		settings.Lang = *lang
	}
	var steps []step
	if *script != "" {
		var err error
		if steps, err = readScript(*script); err != nil {
			return err
		}
	}
	o.Font = findFont()
	if len(o.Font.TTF) == 0 {
		settings.Lang = "en" // the letters of the other one can not be shown
	}
	w, err := ui.Open(o)
	if err != nil {
		if gl.IsMissing(err) && settings.Lang == "zh" {
			err = fmt.Errorf("无法打开窗口：需要桌面环境和 OpenGL 4.1 显卡驱动（Mesa 软件渲染也可，Debian 软件包 libgl1-mesa-dri）；没有桌面时请使用 firescene render 和 firescene report\n%w", err)
		}
		return err
	}
	defer w.Close()
	t := &tool{win: w}
	t.desk = ui.NewDesk(w, o.Font, settings, t.hooks(settingsPath))
	if *renderer != "" {
		if err := t.desk.SetRenderer(*renderer); err != nil {
			return err
		}
	}
	if len(o.Font.TTF) == 0 {
		t.welcome = t.desk.T("no_font")
		t.desk.Say(t.welcome)
	}
	if os.Getenv(afterLoss) != "" {
		t.desk.SayAfterLoss()
	}
	t.begin(flags.Arg(0), settings.Session)
	go t.watch()
	player := scriptPlayer{tool: t, steps: steps}
	t.desk.Run(func() bool { return player.step() })
	kept := t.desk.Ended() // with the work that is stopped now
	t.stop()
	saveSettings(settingsPath, kept)
	if w.Lost() && player.err == nil {
		return startAnew(t.opened, *lang)
	}
	return player.err
}

// findFont is a face with Latin and Chinese letters among the system's.
func findFont() ui.Font {
	type face struct {
		path  string
		index int
	}
	faces := []face{{os.Getenv("FIRESCENE_UI_FONT"), 0}}
	for _, dir := range []string{"/usr/share/fonts", "/usr/local/share/fonts", filepath.Join(os.Getenv("WINDIR"), "Fonts"), "/System/Library/Fonts", "/Library/Fonts"} {
		faces = append(faces, face{dir + "/opentype/noto/NotoSansCJK-Regular.ttc", 2}, face{dir + "/noto-cjk/NotoSansCJK-Regular.ttc", 2},
			face{dir + "/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf", 0}, face{dir + "/lxgw-wenkai/LXGWWenKai-Regular.ttf", 0}, face{dir + "/msyh.ttc", 0}, face{dir + "/PingFang.ttc", 0})
	}
	if os.Getenv("FIRESCENE_UI_FONT") == "none" { // as on a machine without one
		return ui.Font{}
	}
	for _, f := range faces {
		if f.path == "" {
			continue
		}
		if b, err := os.ReadFile(f.path); err == nil {
			return ui.Font{TTF: b, Index: f.index}
		}
	}
	return ui.Font{}
}

// begin opens what was asked for, else what was open last. After a crash that is said;
// a case whose opening ended the program is not opened by itself again.
func (t *tool) begin(path string, last *ui.Session) {
	if abs, err := filepath.Abs(path); path != "" && err == nil {
		path = abs
	}
	if last == nil || last.Case == "" || path != "" && path != last.Case {
		if path != "" {
			t.open(path)
		}
		return
	}
	if path == "" && last.Running && last.Opening {
		t.desk.Say(t.desk.T("after_opening") + last.Case)
		return
	}
	if last.Running {
		t.welcome = t.desk.T("after_crash")
	}
	if last.Job != "" {
		t.welcome = strings.TrimSpace(t.welcome + " " + last.Job + ": " + t.desk.T("job_unfinished"))
	}
	if path == "" {
		if _, err := os.Stat(last.Case); err != nil {
			t.desk.Say(t.desk.T("not_opened") + err.Error())
			return
		}
	}
	t.desk.Resume(*last)
	t.open(last.Case)
}
