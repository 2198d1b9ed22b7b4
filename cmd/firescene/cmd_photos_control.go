package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"sync"

	"firescene/formats/strictyaml"
	"firescene/recon/control"
	"firescene/recon/feature"
	"firescene/recon/marker"
	"firescene/recon/sfm"
)

// readControl reads and checks a control file: picks, known distances, given
// coordinates and what is kept for checking.
func readControl(path string) (*control.Input, error) {
	b, err := readStated(path)
	if err != nil {
		return nil, err
	}
	in, err := parseControl(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return in, nil
}

// parseControl reads a control file from YAML. Unknown fields, points without
// picks and numbers without their standard deviation are refused with a
// *formats.FormatError that names the line and what to do.
func parseControl(data []byte) (*control.Input, error) {
	in := new(control.Input)
	f, err := strictyaml.Decode("control", data, in)
	if err != nil {
		return nil, err
	}
	if err := control.Check(in, marker.IsName); err != nil {
		return nil, f.Locate("control", err)
	}
	return in, nil
}

// maxTargetPhotos bounds how many photos are searched at once, each of which takes
// some nine bytes a pixel.
const maxTargetPhotos = 4

// findTargets finds the coded targets of photos: a point for each with its picks,
// in the order of the photos. Photos that can not be decoded are passed over; the
// reconstruction says so.
func findTargets(ctx context.Context, photos []sfm.Photo, workers int, report progressFunc) ([]control.Point, error) {
	found := make([][]marker.Found, len(photos))
	next := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var done int64
	var first error
	for range max(1, min(workers, maxTargetPhotos, len(photos))) {
		wg.Go(func() {
			for i := range next {
				img, err := photos[i].Open()
				if err == nil {
					g, _ := feature.GrayFrom(img, 0, nil)
					found[i], err = marker.Detect(ctx, g)
				}
				mu.Lock()
				if err != nil && ctx.Err() != nil && first == nil {
					first = ctx.Err()
				}
				done++
				report("targets", done, int64(len(photos)))
				mu.Unlock()
			}
		})
	}
	for i := range photos {
		next <- i
	}
	close(next)
	wg.Wait()
	if first != nil {
		return nil, first
	}
	at := map[string]int{}
	var out []control.Point
	for i, all := range found {
		for _, f := range all {
			k, ok := at[f.Name]
			if !ok {
				k = len(out)
				at[f.Name] = k
				out = append(out, control.Point{Name: f.Name})
			}
			out[k].Picks = append(out[k].Picks, control.Pick{Photo: photos[i].Name, X: f.X, Y: f.Y, SigmaPx: f.SigmaPx})
		}
	}
	return out, nil
}

// printControl writes what became of everything that was given, in words.
func printControl(w io.Writer, t texts, r *control.Report) {
	mm := func(m float64) string { return fmt.Sprintf("%.2f", 1000*m) }
	if r.Scaled {
		fmt.Fprintln(w, t.T("control_scale", "Why", r.ScaleWhy, "Percent", fmt.Sprintf("%.3f", 100*r.ScaleRel)))
		if !r.Checked {
			fmt.Fprintln(w, t.T("control_unchecked"))
		}
	} else {
		fmt.Fprintln(w, t.T("control_no_scale", "Why", r.ScaleWhy))
	}
	fmt.Fprintln(w, t.T("control_level", "How", r.LevelHow, "Degrees", fmt.Sprintf("%.2f", r.LevelSigmaDeg)))
	for _, list := range []struct {
		key string
		all []control.DistanceResult
	}{{"control_distance", r.Distances}, {"control_check_distance", r.CheckDists}} {
		for _, d := range list.all {
			name := d.From + " - " + d.To
			if d.Of == control.NotPlaced || d.Of == control.NoScale {
				fmt.Fprintln(w, t.T(list.key+"_unused", "Name", name, "Of", t.T("control_of_"+keyOf(d.Of)), "Why", d.Why))
				continue
			}
			fmt.Fprintln(w, t.T(list.key, "Name", name, "Given", fmt.Sprintf("%.4f", d.Given), "Measured", fmt.Sprintf("%.4f", d.Measured),
				"Diff", fmt.Sprintf("%+.2f", 1000*d.Diff), "Sigma", mm(d.Sigma), "Of", t.T("control_of_"+keyOf(d.Of))))
		}
	}
	for _, p := range r.Points {
		if p.Of == "" || p.Of == control.NotPlaced {
			continue
		}
		key := "control_point"
		if p.Check {
			key = "control_check_point"
		}
		var worst, sigma float64
		for k := range p.Residual {
			if math.Abs(p.Residual[k])*sigma >= worst*p.Sigma[k] && p.Sigma[k] > 0 {
				worst, sigma = math.Abs(p.Residual[k]), p.Sigma[k]
			}
		}
		fmt.Fprintln(w, t.T(key, "Name", p.Name, "Diff", mm(worst), "Sigma", mm(sigma), "Of", t.T("control_of_"+keyOf(p.Of))))
	}
	for _, x := range r.Warnings {
		fmt.Fprintln(w, t.T("photos_warning", "Text", x))
	}
}

// keyOf is the part of a message's key that stands for a verdict.
func keyOf(verdict string) string {
	switch verdict {
	case control.Agrees, control.Doubtful, control.Disagrees:
		return verdict
	case control.NotPlaced:
		return "not_placed"
	case control.NoScale:
		return "no_scale"
	}
	return "not_checked"
}
