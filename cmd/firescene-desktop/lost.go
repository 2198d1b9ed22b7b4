//go:build cgo

package main

import (
	"errors"
	"os"
	"os/exec"
)

// afterLoss is set in the process that takes the place of one that lost its OpenGL
// context.
const afterLoss = "FIRESCENE_AFTER_CONTEXT_LOSS"

// startAnew opens what was open in a window of its own, drawn by software: the graphics
// card was reset and may be again. Work on a case goes on in processes of its own; what the
// window remembers has been saved.
func startAnew(opened, lang string) error {
	if os.Getenv(afterLoss) != "" {
		return errors.New("the OpenGL context was lost again, with software drawing: look for a faulty driver or too little memory; firescene render and firescene report need no window")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{"--renderer", "cpu"}
	if lang != "" {
		args = append(args, "--lang", lang)
	}
	if script := os.Getenv(afterLoss + "_SCRIPT"); script != "" { // for tests
		args = append(args, "--script", script)
	}
	if opened != "" {
		args = append(args, opened)
	}
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), afterLoss+"=1", "LIBGL_ALWAYS_SOFTWARE=1", "__GLX_VENDOR_LIBRARY_NAME=mesa")
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	return c.Start()
}
