// Package experiments holds the field model against published fire experiments: a
// folder with fsri-compartments-2018, steckler_expected.csv and NIST_NRC. The points are those of recon/zone/experiments.
package experiments

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"math"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"firescene/recon/field"
	zones "firescene/recon/zone/experiments"
)

// Options choose what is run.
type Options struct {
	Workers int
	CellM   float64  // 0: that of each series
	Only    []string // tests, or their series, as FSRI or FSRI_Open; none: all
	// WithinS: fires that have not ended by then are left out and listed; 0: no limit.
	WithinS float64
	// Known are points of an earlier run: fires that they hold are not run again.
	Known []zones.Point
	// Done is called after each fire, from one goroutine at a time.
	Done func(n, of int)
}

// Fire is one simulation of a series, with the tests it is compared with.
type Fire struct {
	Name    string
	Scene   *field.Scene
	records string // what the names of its tests begin with, where it is compared with several
	compare func(r *field.Result) ([]zones.Point, error)
}

// known are the points of a fire among those of an earlier run.
func (f *Fire) known(points []zones.Point) (out []zones.Point) {
	for _, p := range points {
		if p.Test == f.Name || f.records != "" && strings.HasPrefix(p.Test, f.records) {
			out = append(out, p)
		}
	}
	return out
}

// work is about how long a fire takes: cells times steps, which are the shorter the
// smaller the cells.
func (f *Fire) work() float64 {
	v, d := 1., math.Inf(1)
	for a, n := range f.Scene.Cells {
		v *= float64(n)
		d = min(d, (f.Scene.Box[2*a+1]-f.Scene.Box[2*a])/float64(n))
	}
	return v * f.Scene.EndS / d
}

// Run simulates all fires of a folder whose data is there, as many side by side as there
// are workers, those that take longest first, and compares. The points are in the same
// order, with the same values, for any number of workers. An error means that ctx was
// cancelled or that there is no test.
func Run(ctx context.Context, fsys fs.FS, o Options) ([]zones.Point, []zones.Failure, error) {
	var fires []Fire
	var failed []zones.Failure
	for _, f := range []func(fs.FS, float64) ([]Fire, error){fsri, steckler, nistNRC} {
		more, err := f(fsys, o.CellM)
		if err != nil {
			failed = append(failed, zones.Failure{Test: "field", Reason: err.Error()})
			continue
		}
		for _, m := range more {
			if wanted(m.Name, o.Only) {
				fires = append(fires, m)
			}
		}
	}
	if len(fires) == 0 {
		return nil, failed, fmt.Errorf("no test of the field model is there: give the folder with fsri-compartments-2018, steckler_expected.csv or NIST_NRC")
	}
	limited := ctx
	if o.WithinS > 0 {
		var stop context.CancelFunc
		limited, stop = context.WithTimeout(ctx, time.Duration(o.WithinS*float64(time.Second)))
		defer stop()
	}
	order := make([]int, len(fires))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return fires[order[a]].work() > fires[order[b]].work() })
	points, reasons := make([][]zones.Point, len(fires)), make([]error, len(fires))
	side := max(1, min(o.Workers, len(fires)))
	next := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	n := 0
	for range side {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				if points[i] = fires[i].known(o.Known); points[i] == nil {
					points[i], reasons[i] = fires[i].points(limited, max(1, o.Workers/side))
				}
				if ctx.Err() == nil && limited.Err() != nil && reasons[i] != nil {
					reasons[i] = fmt.Errorf("left out: the %.0f s given were over", o.WithinS)
				}
				mu.Lock()
				n++
				if o.Done != nil {
					o.Done(n, len(fires))
				}
				mu.Unlock()
			}
		}()
	}
	for _, i := range order {
		next <- i
	}
	close(next)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	var out []zones.Point
	for i := range fires {
		out = append(out, points[i]...)
		if reasons[i] != nil {
			failed = append(failed, zones.Failure{Test: fires[i].Name, Reason: reasons[i].Error()})
		}
	}
	return out, failed, nil
}

// points runs a fire and compares.
func (f *Fire) points(ctx context.Context, workers int) ([]zones.Point, error) {
	r, err := field.Run(ctx, f.Scene, field.Options{Workers: workers})
	if err != nil {
		return nil, err
	}
	return f.compare(r)
}

func wanted(name string, only []string) bool {
	for _, p := range only {
		if name == p || strings.HasPrefix(name, p+"_") {
			return true
		}
	}
	return len(only) == 0
}

// table is a CSV by the names of its columns.
type table struct {
	at   map[string]int
	rows [][]string
}

func readTable(fsys fs.FS, name string) (*table, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(rows) < 2 {
		return nil, fmt.Errorf("%s has no rows", name)
	}
	t := &table{at: map[string]int{}, rows: rows[1:]}
	for i, h := range rows[0] {
		t.at[strings.TrimSpace(h)] = i
	}
	return t, nil
}

func (t *table) text(row int, column string) string {
	i, ok := t.at[column]
	if !ok || i >= len(t.rows[row]) {
		return ""
	}
	return strings.TrimSpace(t.rows[row][i])
}

// number is NaN where there is none.
func (t *table) number(row int, column string) float64 {
	v, err := strconv.ParseFloat(t.text(row, column), 64)
	if err != nil || math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

// last is the mean of a device's values over the last s seconds.
func last(r *field.Result, name string, s float64) float64 {
	for _, d := range r.Devices {
		if d.Name != name {
			continue
		}
		var sum, n float64
		for i := len(r.TimeS) - 1; i >= 0 && r.TimeS[i] > r.TimeS[len(r.TimeS)-1]-s; i-- {
			sum, n = sum+d.Value[i], n+1
		}
		return sum / max(n, 1)
	}
	return math.NaN()
}

// point is a comparison, unless the measurement is not above zero.
func point(out []zones.Point, quantity, test, where string, exp, model float64) []zones.Point {
	if exp > 0 && model > 0 && !math.IsInf(exp+model, 0) {
		out = append(out, zones.Point{Quantity: quantity, Test: test, Where: where, Exp: exp, Model: model})
	}
	return out
}
