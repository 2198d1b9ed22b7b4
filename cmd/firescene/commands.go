package main

import "github.com/spf13/cobra"

// commands lists what the tool can do, in the order of its help.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.demoCmd(),
		a.caseCmd(),
		a.runCmd(),
		a.reportCmd(),
		a.traceCmd(),
		a.cloudCmd(),
		a.registerCmd(),
		a.mediaCmd(),
		a.logsCmd(),
		a.photosCmd(),
		a.fireCmd(),
		a.renderCmd(),
		a.viewCmd(),
		a.trainingCmd(),
		a.photoSetCmd(),
		a.scanSetCmd(),
		a.caseSetCmd(),
	}
}
