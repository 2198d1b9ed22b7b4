package main

import (
	"context"

	"firescene/recon/register"
)

// foundTarget is a target in one scan.
type foundTarget struct {
	File string `json:"file"`
}

// findTargets looks for targets in each scan and matches those of each pair.
func (s *registerSummary) findTargets(ctx context.Context, stations []station, opts registerOptions, report progressFunc) ([]register.Link, error) {
	return nil, ctx.Err()
}
