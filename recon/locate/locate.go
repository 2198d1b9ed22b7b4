package locate

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
)

// Candidate is one answer to the question where the fire began: the places that it
// stands for, with their shares.
type Candidate struct {
	Name    string
	Sources []Source
	Prior   float64 // weight among the candidates, in any unit; 0 counts as 1
}

// maxHeights bounds how many heights of the base are told apart.
const maxHeights = 64

func (c *Candidate) check(room Room) error {
	if len(c.Sources) == 0 {
		return fmt.Errorf("candidate %s has no place", c.Name)
	}
	size := [3]float64{room.WidthM, room.DepthM, room.HeightM}
	heights := map[float64]bool{}
	for _, s := range c.Sources {
		for k, v := range s.At {
			if !(v >= 0 && v <= size[k]) {
				return fmt.Errorf("candidate %s: its place %.2f, %.2f, %.2f m lies outside the room", c.Name, s.At[0], s.At[1], s.At[2])
			}
		}
		if !(s.Weight > 0) || math.IsInf(s.Weight, 0) {
			return fmt.Errorf("candidate %s: a place has the weight %g", c.Name, s.Weight)
		}
		heights[s.At[2]] = true
	}
	if len(heights) > maxHeights {
		return fmt.Errorf("candidate %s: %d heights of its base, at most %d", c.Name, len(heights), maxHeights)
	}
	return nil
}

// Estimate is what the records say of the candidates.
type Estimate struct {
	Posterior  []float64 // by candidate, sums to 1
	LogLike    []float64 // natural logarithm of the marginal likelihood, up to a constant
	SourceLog  [][]float64
	Stages     []Stage
	Used       []string // thermometers whose pattern was compared
	Undecided  string   // why the records say nothing, empty when they do
	LeftOut    [][]float64
	LeftOutAre []string // thermometers, as LeftOut: posterior without each of them
}

// Locate weighs candidates by the pattern of temperature rises under the ceiling.
// The heat release rate is unknown: in each stage it is what the mean of the rises
// asks for under each source, within its model error, so that only the pattern
// speaks. The same input gives the same numbers for any number of workers.
func Locate(ctx context.Context, room Room, r *Records, candidates []Candidate) (*Estimate, error) {
	if err := r.Check(room); err != nil {
		return nil, err
	}
	if len(candidates) == 0 {
		return nil, fmt.Errorf("no candidate: give places to compare")
	}
	for _, c := range candidates {
		if err := c.check(room); err != nil {
			return nil, err
		}
	}
	e := &Estimate{Stages: Reduce(room, r)}
	var which []int
	for i, p := range r.Thermometers {
		ok := inJet(room, p.At[2])
		for _, s := range e.Stages {
			ok = ok && s.RiseK[i] > 0
		}
		if ok {
			which = append(which, i)
			e.Used = append(e.Used, p.Name)
		}
	}
	switch {
	case len(e.Stages) == 0:
		e.Undecided = fmt.Sprintf("the hot layer never became %d K warmer", leastRiseK)
	case len(which) < 3:
		e.Undecided = fmt.Sprintf("%d thermometers lie in the jet under the ceiling; a pattern needs 3", len(which))
	}
	if e.Undecided != "" {
		e.flat(candidates)
		return e, nil
	}
	pattern, err := newPattern(room, r, e.Stages, which, candidates)
	if err != nil {
		return nil, err
	}
	type task struct{ c, s int }
	var tasks []task
	e.SourceLog = make([][]float64, len(candidates))
	residuals := make([][][][]float64, len(candidates))
	for c := range candidates {
		e.SourceLog[c] = make([]float64, len(candidates[c].Sources))
		residuals[c] = make([][][]float64, len(candidates[c].Sources))
		for s := range candidates[c].Sources {
			tasks = append(tasks, task{c, s})
		}
	}
	next := make(chan task)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(tasks)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for t := range next {
				residuals[t.c][t.s] = pattern.residuals(candidates[t.c].Sources[t.s])
				e.SourceLog[t.c][t.s] = pattern.log(residuals[t.c][t.s], -1)
			}
		}()
	}
	for _, t := range tasks {
		if ctx.Err() != nil {
			break
		}
		next <- t
	}
	close(next)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.LogLike, e.Posterior = weigh(candidates, e.SourceLog)
	if len(which) > 3 {
		for k, name := range e.Used {
			logs := make([][]float64, len(candidates))
			for c := range candidates {
				logs[c] = make([]float64, len(candidates[c].Sources))
				for s := range logs[c] {
					logs[c][s] = pattern.log(residuals[c][s], k)
				}
			}
			_, post := weigh(candidates, logs)
			e.LeftOut, e.LeftOutAre = append(e.LeftOut, post), append(e.LeftOutAre, name)
		}
	}
	return e, nil
}

// flat leaves the priors as they are.
func (e *Estimate) flat(candidates []Candidate) {
	logs := make([][]float64, len(candidates))
	for c := range candidates {
		logs[c] = make([]float64, len(candidates[c].Sources))
	}
	e.SourceLog = logs
	e.LogLike, e.Posterior = weigh(candidates, logs)
}

// weigh sums over the sources of each candidate and makes shares of the candidates.
func weigh(candidates []Candidate, logs [][]float64) (like, posterior []float64) {
	like = make([]float64, len(candidates))
	posterior = make([]float64, len(candidates))
	top := math.Inf(-1)
	for c := range candidates {
		var weights float64
		for _, s := range candidates[c].Sources {
			weights += s.Weight
		}
		l := math.Inf(-1)
		for s, src := range candidates[c].Sources {
			l = logAdd(l, logs[c][s]+math.Log(src.Weight/weights))
		}
		like[c] = l
		prior := candidates[c].Prior
		if prior == 0 {
			prior = 1
		}
		posterior[c] = l + math.Log(prior)
		top = max(top, posterior[c])
	}
	var sum float64
	for c := range posterior {
		posterior[c] = math.Exp(posterior[c] - top)
		sum += posterior[c]
	}
	for c := range posterior {
		posterior[c] /= sum
	}
	return like, posterior
}

func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}
