// Package experiments holds the zone model against published fire experiments
// laid out as those of NIST: a folder a series, with cfast/*.in and exp/*.csv.
//
// Each comparison is a Point: a measured and a predicted value of the same kind,
// both above zero: temperature rises in K, depths in m, fluxes in kW/m2, changes
// of mole fractions, times in s. Where the published comparison of a series takes
// the peak of a record, the peaks of measurement and model are compared.
//
// Layer heights and temperatures were reduced from thermocouple trees with
// TwoLayer, which the series' own files hold already reduced; where they do not,
// the model's profile is averaged over the heights of the thermocouples.
package experiments

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"math"
	"path"
	"sort"
	"strconv"
	"strings"
	"sync"

	"firescene/formats/cfast"
	"firescene/recon/zone"
	"firescene/recon/zone/cfastcase"
)

// Point is one comparison.
type Point struct {
	Quantity, Test, Where string
	Exp, Model            float64
}

// Failure is a test that could not be compared.
type Failure struct{ Test, Reason string }

// Series are the series in the order in which they are run.
var Series = []string{"Steckler_Compartment", "ATF_Corridors", "NIST_NRC", "NBS_Multi-Room", "LLNL_Enclosure", "Vettori_Flat_Ceiling", "NIST_Smoke_Alarms", "Fleury_Heat_Flux", "McCaffrey_Plume", "Heskestad_Flame_Height"}

// job is one test: its input, and what to compare.
type job struct {
	test, input string
	compare     func(d *data) error
	points      []Point
	err         error
}

// data is what a comparison works on.
type data struct {
	fsys fs.FS
	ctx  context.Context
	job  *job
	c    *cfastcase.Case
	res  *zone.Result
}

// Run compares all tests of a folder whose data is there. The points are in the
// same order for any number of workers. An error means that ctx was cancelled or
// that there is no test.
func Run(ctx context.Context, fsys fs.FS, workers int, done func(n, of int)) ([]Point, []Failure, error) {
	jobs := steckler(fsys)
	for _, f := range []func(fs.FS) []*job{atf, nistNRC, nbs, llnl, vettori, alarms, fleury, hand} {
		jobs = append(jobs, f(fsys)...)
	}
	if len(jobs) == 0 {
		return nil, nil, fmt.Errorf("no test of %s is there: give the folder of the published fire experiments", strings.Join(Series, ", "))
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	next := make(chan *job)
	n := 0
	for range max(1, min(workers, len(jobs))) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range next {
				j.err = j.run(ctx, fsys)
				mu.Lock()
				n++
				done(n, len(jobs))
				mu.Unlock()
			}
		}()
	}
	for _, j := range jobs {
		next <- j
	}
	close(next)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	var points []Point
	var failed []Failure
	for _, j := range jobs {
		points = append(points, j.points...)
		if j.err != nil {
			failed = append(failed, Failure{j.test, j.err.Error()})
		}
	}
	return points, failed, nil
}

func (j *job) run(ctx context.Context, fsys fs.FS) error {
	if j.input == "" { // a hand correlation
		return j.compare(&data{fsys: fsys, ctx: ctx, job: j})
	}
	c, err := loadCase(fsys, j.input)
	if err != nil {
		return err
	}
	return j.compare(&data{fsys: fsys, ctx: ctx, job: j, c: c})
}

func loadCase(fsys fs.FS, name string) (*cfastcase.Case, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	in, err := cfast.Read(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return cfastcase.New(in)
}

// simulate runs the case as it now is.
func (d *data) simulate() error {
	res, err := zone.Run(d.ctx, d.c.Scene)
	d.res = res
	return err
}

// add notes a comparison; values that are not above zero in the measurement say
// nothing of a ratio and are left out.
func (d *data) add(quantity, where string, exp, model float64) {
	if exp > 0 && !math.IsNaN(exp+model) {
		d.job.points = append(d.job.points, Point{quantity, d.job.test, where, exp, model})
	}
}

// table is a CSV of an experiment.
type table struct {
	head []string
	rows [][]float64 // NaN where there is no number
}

// readTable reads a CSV whose names stand in row head and whose numbers begin in
// row first, both from 0.
func readTable(fsys fs.FS, name string, head, first int) (*table, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) <= first {
		return nil, fmt.Errorf("%s has no rows of numbers", name)
	}
	t := &table{}
	for _, h := range rows[head] {
		t.head = append(t.head, strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))
	}
	for _, row := range rows[first:] {
		v := make([]float64, len(t.head))
		for i := range v {
			v[i] = math.NaN()
			if i < len(row) {
				if x, err := strconv.ParseFloat(strings.TrimSpace(row[i]), 64); err == nil && !math.IsInf(x, 0) {
					v[i] = x
				}
			}
		}
		t.rows = append(t.rows, v)
	}
	return t, nil
}

// column is the numbers under a name, in pairs with the first column's.
func (t *table) column(name string) (x, y []float64) {
	for i, h := range t.head {
		if h != name {
			continue
		}
		for _, r := range t.rows {
			if !math.IsNaN(r[i]) && !math.IsNaN(r[0]) {
				x, y = append(x, r[0]), append(y, r[i])
			}
		}
		return x, y
	}
	return nil, nil
}

// top and bottom are the extremes of a record up to a time.
func top(x, y []float64, untilS float64) float64 {
	best := math.Inf(-1)
	for i, v := range y {
		if x[i] <= untilS && v > best {
			best = v
		}
	}
	return best
}

func bottom(x, y []float64, untilS float64) float64 {
	best := math.Inf(1)
	for i, v := range y {
		if x[i] <= untilS && v < best {
			best = v
		}
	}
	return best
}

// TwoLayer reduces a thermocouple tree to two layers: the height of the interface
// and the mean temperature of the upper layer, such that the integrals of T and
// 1/T over the height are kept, with the lowest temperature for the lower layer.
// Heights rise; temperatures are in K.
//
// Source: M. Janssens, H. C. Tran, "Data reduction of room tests for zone model
// validation", J. Fire Sciences 10 (1992) 528.
func TwoLayer(zM, tempK []float64, heightM float64) (interfaceM, upperK float64) {
	n := len(zM)
	if n < 2 {
		return heightM, math.NaN()
	}
	mean := func(f func(t float64) float64) float64 {
		sum := f(tempK[0])*zM[0] + f(tempK[n-1])*(heightM-zM[n-1])
		for i := 1; i < n; i++ {
			sum += (f(tempK[i]) + f(tempK[i-1])) / 2 * (zM[i] - zM[i-1])
		}
		return sum
	}
	low := tempK[0]
	i1 := mean(func(t float64) float64 { return t })
	i2 := mean(func(t float64) float64 { return 1 / t })
	below := i1 + i2*low*low - 2*low*heightM
	if below < 1e-9 {
		return heightM, tempK[n-1]
	}
	z := low * (i1*i2 - heightM*heightM) / below
	z = min(max(z, 0), 0.999*heightM)
	return z, (i1 - z*low) / (heightM - z)
}

// inputs lists the inputs of a series in their order.
func inputs(fsys fs.FS, series string) []string {
	m, err := fs.Glob(fsys, series+"/cfast/*.in")
	if err != nil {
		return nil
	}
	sort.Strings(m)
	return m
}

func nameOf(p string) string { return strings.TrimSuffix(path.Base(p), ".in") }

// last is the end of a record.
func last(v []float64) float64 { return v[len(v)-1] }

// record is a series of the model as a function of time.
func (d *data) at(v []float64, tS float64) float64 {
	t := d.res.TimeS
	i := sort.SearchFloat64s(t, tS)
	switch {
	case i == 0:
		return v[0]
	case i >= len(t):
		return v[len(v)-1]
	}
	w := (tS - t[i-1]) / (t[i] - t[i-1])
	return v[i-1] + w*(v[i]-v[i-1])
}
