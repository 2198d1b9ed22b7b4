// Command firescene is the command-line tool for fire investigators: it takes
// the evidence of the burnt place and of seized devices and gives back one
// report in which every sentence leads back to bytes of hashed evidence.
//
// Exit status: 0 done, 1 failed, 2 usage, 3 done but some inputs failed (they
// are listed).
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"firescene/forensics/casefile"

	"github.com/spf13/cobra"
)

// version is written into every step record.
const version = "0.1.0"

const exitStatusHelp = `

EXIT STATUS
  0  done
  1  failed
  2  wrong usage
  3  done, but some inputs failed; they are listed`

// Exit statuses of the contract.
const (
	exitDone       = 0
	exitFailed     = 1
	exitUsage      = 2
	exitSomeFailed = 3
)

// app is what every command shares: where to print, and in what form.
type app struct {
	stdout, stderr io.Writer
	json           bool
	lang           string
	workers        int
	quiet          bool
	failed         bool // set by finish when some inputs failed
}

// usageError marks an error that is the caller's: exit status 2.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// execute runs one command line and returns its exit status.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{stdout: stdout, stderr: stderr}
	root := a.rootCmd()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil && a.failed:
		return exitSomeFailed
	case err == nil:
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "firescene:", err)
		return exitUsage
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(stderr, "firescene:", a.texts().T("stopped"))
		return exitFailed
	default:
		fmt.Fprintln(stderr, "firescene:", err)
		if casefile.IsFull(err) {
			fmt.Fprintln(stderr, a.texts().T("disk_full"))
		}
		return exitFailed
	}
}

func (a *app) rootCmd() *cobra.Command {
	root := &cobra.Command{
		Use:           "firescene",
		Short:         "From the burnt place and the seized devices to one report",
		Long:          "firescene takes scene photos, laser scans and images of seized media and gives\nback one fire investigation report that leads every sentence back to bytes." + exitStatusHelp,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          func(_ *cobra.Command, args []string) error { return unknownCommand(args) },
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.lang != "" && a.lang != "en" && a.lang != "zh" {
				return usageError{fmt.Errorf("--lang %s: give zh or en", a.lang)}
			}
			return nil
		},
	}
	cobra.EnableCommandSorting = false // the order of commands() is that of the work
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	f := root.PersistentFlags()
	f.BoolVar(&a.json, "json", false, "print one summary object on stdout, progress on stderr")
	f.StringVar(&a.lang, "lang", "", "language of output: zh or en (default: from LANG)")
	f.IntVar(&a.workers, "workers", runtime.NumCPU(), "worker goroutines; the result does not depend on it")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "no progress")
	for _, c := range a.commands() {
		root.AddCommand(c)
	}
	usageArgs(root)
	return root
}

// usageArgs makes every command's wrong argument count a usage error.
func usageArgs(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError{err}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		usageArgs(sub)
	}
}

func unknownCommand(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("no command %q; see firescene --help", args[0])
	}
	return nil
}
