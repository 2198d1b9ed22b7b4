package main

import (
	"fmt"
	"path/filepath"
	"sort"
	"time"

	"firescene/forensics"
)

// record leaves step.json of a stage on joined scans in its folder: the files that
// went in and came out with their hashes, and the parameters.
func (o surveyOptions) record(dir, stage string, use surveyUse, outputs []string, params map[string]string, began time.Time) error {
	step := forensics.Step{Stage: stage, In: len(use.Scans), Out: len(outputs), Failed: use.Failed, Warnings: []string{}, Params: params}
	params["max-points"], params["same-frame"], params["scanner-at-origin"] = fmt.Sprint(o.maxPoints), fmt.Sprint(o.sameFrame), fmt.Sprint(o.scannerAtOrigin)
	inputs := append([]string(nil), o.files...)
	if o.transforms != "" {
		inputs = append(inputs, o.transforms)
	}
	for _, path := range inputs {
		if sum, size, err := hashFile(path); err == nil {
			step.Inputs = append(step.Inputs, forensics.FileHash{Path: filepath.ToSlash(path), SizeB: size, SHA256: sum})
		}
	}
	sort.Slice(step.Inputs, func(i, j int) bool { return step.Inputs[i].Path < step.Inputs[j].Path })
	for _, name := range outputs {
		sum, size, err := hashFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		step.Outputs = append(step.Outputs, forensics.FileHash{Path: name, SizeB: size, SHA256: sum})
	}
	for _, n := range use.Notes {
		step.Warnings = append(step.Warnings, n.text(newTexts("en")))
	}
	step.Seconds = seconds(began)
	return writeStep(dir, step)
}
