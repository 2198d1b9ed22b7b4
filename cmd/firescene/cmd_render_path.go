package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"firescene/forensics/casefile"
	"firescene/forensics/timeline"
	"firescene/recon"
	"firescene/render/scene"
)

// renderCase is what a case adds to a still or a replay of it.
type renderCase struct {
	fires []caseFire
	seen  []recon.Observation
	zone  *time.Location
	paths []scene.Path
}

// readRenderCase reads what a case holds for drawing; all of it may be missing. Input
// that is no folder is no case and gives nothing.
func readRenderCase(ctx context.Context, dir string) (rc renderCase, err error) {
	rc.zone = time.UTC
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return rc, nil
	}
	if c, err := casefile.Open(ctx, dir, casefile.Options{ReadOnly: true}); err == nil {
		meta, err := c.Meta(ctx)
		if err := errors.Join(err, c.Close()); err != nil {
			return rc, err
		}
		if zone, err := timeline.Zone(meta.Zone); err == nil {
			rc.zone = zone
		}
	}
	var fires caseFires
	var tested testedCase
	for name, into := range map[string]any{simulatedDir: &fires, testedDir: &tested} {
		if err := readJSON(filepath.Join(dir, filepath.FromSlash(name), resultFile), into); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return rc, err
		}
	}
	for _, f := range fires.Hypotheses {
		if f.Hypothesis != nil && f.Result != nil {
			rc.fires = append(rc.fires, f)
		}
	}
	rc.seen = tested.Observations
	rc.paths, err = readPathFile(filepath.Join(dir, casefile.PathsFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return rc, err
}

func readPathFile(file string) ([]scene.Path, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	paths, err := scene.ReadPaths(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return paths, nil
}

// fire is a hypothesis of the case by its ID.
func (rc *renderCase) fire(id string) (caseFire, bool) {
	for _, f := range rc.fires {
		if f.Hypothesis.ID == id {
			return f, true
		}
	}
	return caseFire{}, false
}

// path is the camera path of a name in the case, or the first of a .json file; nil when
// none was asked for.
func (rc *renderCase) path(name string) (*scene.Path, error) {
	if name == "" {
		return nil, nil
	}
	paths := rc.paths
	if strings.HasSuffix(strings.ToLower(name), ".json") {
		var err error
		if paths, err = readPathFile(name); err != nil {
			return nil, err
		}
		if len(paths) > 0 {
			return &paths[0], nil
		}
	}
	p, err := scene.FindPath(paths, name)
	if err != nil {
		return nil, usageError{fmt.Errorf("render: --path %s: %w; paths are made in the workstation", name, err)}
	}
	return &p, nil
}
