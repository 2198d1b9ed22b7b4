package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"
)

// viewCmd opens the workstation, which is a program of its own so that this one
// builds without cgo.
func (a *app) viewCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "view [CASE]",
		Short: "Open the workstation: scene, fire and evidence in one window",
		Long:  "Opens the workstation, the program firescene-desktop, which lies beside this one or on PATH." + exitStatusHelp,
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			path, err := desktopProgram()
			if err != nil {
				return err
			}
			if a.lang != "" {
				args = append([]string{"--lang", a.lang}, args...)
			}
			desk := exec.CommandContext(c.Context(), path, args...)
			desk.Stdout, desk.Stderr = a.stdout, a.stderr
			if err := desk.Run(); err != nil {
				return fmt.Errorf("the workstation: %w", err)
			}
			return nil
		},
	}
}

// desktopProgram finds the workstation beside this program, else on PATH.
func desktopProgram() (string, error) {
	name := "firescene-desktop"
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
		return "", errors.New("the program firescene-desktop was not found beside firescene or on PATH; build it with: make desktop")
	}
	return path, nil
}
