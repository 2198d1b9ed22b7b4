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
	"time"

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
	settings, settingsPath := loadSettings()
	if *script != "" { // nothing of a scripted window is remembered, nor taken from before
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
	w, err := ui.Open(o)
	if err != nil {
		return err
	}
	defer w.Close()
	t := &tool{win: w}
	t.desk = ui.NewDesk(w, o.Font, settings, t.hooks(settingsPath))
	if len(o.Font.TTF) == 0 {
		t.desk.Say("no font with Chinese letters was found: install the Debian package fonts-noto-cjk or fonts-lxgw-wenkai")
	}
	if dir := flags.Arg(0); dir != "" {
		t.open(dir)
	}
	player := scriptPlayer{tool: t, steps: steps}
	t.desk.Run(func() bool { return player.step() })
	t.cancel()
	saveSettings(settingsPath, t.desk.Settings())
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
