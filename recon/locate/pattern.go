package locate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Errors of the natural logarithm of a temperature rise in the jet.
const (
	// modelSD is that of the model: the spread of predicted ceiling jet temperatures
	// over the published validations of field models and of Alpert's correlation, 0.11
	// to 0.12: NUREG-1824, supplement 1 (2016); NIST SP 1018-3 (2019).
	modelSD = 0.12
	// replicateSD is by how much replicate fires differ in their layers' temperature.
	replicateSD = 0.031
	// gaugeSD is that of a bare thermocouple of 1 mm near flames and cold walls: L. G.
	// Blevins, W. M. Pitts, Fire Safety Journal 33 (1999) 239.
	gaugeSD = 0.05
	// levelSD is by how much the model may be wrong in the mean of all rises.
	levelSD = 0.12
	// lengthM is the distance over which the model's errors go together: half the
	// height of a room, the size of the eddies that carry them.
	lengthM = 1.2
	// freedom makes the tails heavier than normal: the sizes above are themselves
	// known from few series only.
	freedom = 4.0
)

// pattern compares rises under the ceiling with those of sources.
type pattern struct {
	room   Room
	stages []Stage
	at     [][2]float64
	y      [][]float64 // by stage: logarithms of the rises
	level  []float64   // their means
	all    *metric
	less   []*metric           // with one thermometer left out
	jets   map[float64][]*jets // by height of the base, then by stage
}

func newPattern(room Room, r *Records, stages []Stage, which []int, candidates []Candidate) (*pattern, error) {
	p := &pattern{room: room, stages: stages, jets: map[float64][]*jets{}}
	for _, c := range candidates {
		for _, src := range c.Sources {
			if p.jets[src.At[2]] != nil {
				continue
			}
			for s := range stages {
				p.jets[src.At[2]] = append(p.jets[src.At[2]], newJets(room, &stages[s], src.At[2]))
			}
		}
	}
	for _, i := range which {
		p.at = append(p.at, [2]float64{r.Thermometers[i].At[0], r.Thermometers[i].At[1]})
	}
	for k := range stages {
		y := make([]float64, len(which))
		var sum float64
		for j, i := range which {
			y[j] = math.Log(stages[k].RiseK[i])
			sum += y[j]
		}
		p.y, p.level = append(p.y, y), append(p.level, sum/float64(len(which)))
	}
	var err error
	if p.all, err = newMetric(p.at); err != nil {
		return nil, err
	}
	for k := range p.at {
		rest := append(append([][2]float64(nil), p.at[:k]...), p.at[k+1:]...)
		m, err := newMetric(rest)
		if err != nil {
			return nil, err
		}
		p.less = append(p.less, m)
	}
	return p, nil
}

// levels are the nodes of the integration over the error of the mean rise, in
// standard deviations, with their weights: Gauss and Hermite, five points.
var levels = [5][2]float64{{-2.856970, 0.011257}, {-1.355626, 0.222076}, {0, 0.533333}, {1.355626, 0.222076}, {2.856970, 0.011257}}

// residuals are, for each node of levels, the differences of the logarithms of
// measured and predicted rises, each less its mean, as means over the stages; the
// last entry is the level that no heat release explains.
func (p *pattern) residuals(src Source) [][]float64 {
	dist := make([]float64, len(p.at))
	for i, a := range p.at {
		dist[i] = math.Hypot(a[0]-src.At[0], a[1]-src.At[1])
	}
	out := make([][]float64, len(levels))
	logs, spare := make([]float64, len(p.at)), make([]float64, len(p.at))
	n := float64(len(p.stages))
	for k, node := range levels {
		d := make([]float64, len(p.at)+1)
		for s := range p.stages {
			open := p.jets[src.At[2]][s].fit(dist, p.level[s]+node[0]*levelSD, logs, spare)
			var m float64
			for i := range logs {
				m += (p.y[s][i] - logs[i]) / float64(len(logs))
			}
			for i := range logs {
				d[i] += (p.y[s][i] - logs[i] - m) / n
			}
			d[len(p.at)] += math.Abs(open) / n
		}
		out[k] = d
	}
	return out
}

// log is the logarithm of the likelihood of residuals, without the thermometer left
// out (-1: none).
func (p *pattern) log(residuals [][]float64, leftOut int) float64 {
	total := math.Inf(-1)
	for k, d := range residuals {
		m, v := p.all, d[:len(p.at)]
		if leftOut >= 0 {
			m = p.less[leftOut]
			v = append(append([]float64(nil), v[:leftOut]...), v[leftOut+1:]...)
		}
		open := d[len(p.at)] / levelSD
		l := m.studentLog(v) - open*open/2
		total = logAdd(total, l+math.Log(levels[k][1]))
	}
	return total
}

// metric is the covariance of the errors of a set of thermometers, in which a common
// error of all is left free.
type metric struct {
	inverse *mat.SymDense
	freeN   float64 // how many independent thermometers they are worth
}

func newMetric(at [][2]float64) (*metric, error) {
	n := len(at)
	c := mat.NewSymDense(n, nil)
	const common = 100 // far above all others: the mean says nothing
	var trace, square float64
	for i := range at {
		for j := i; j < n; j++ {
			d2 := (at[i][0]-at[j][0])*(at[i][0]-at[j][0]) + (at[i][1]-at[j][1])*(at[i][1]-at[j][1])
			v := modelSD * modelSD * math.Exp(-d2/(2*lengthM*lengthM))
			if i == j {
				v += replicateSD*replicateSD + gaugeSD*gaugeSD
				trace += v
				square += v * v
			} else {
				square += 2 * v * v
			}
			c.SetSym(i, j, v+common)
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(c) {
		return nil, fmt.Errorf("the errors of %d thermometers can not be told apart: do two stand at one place?", n)
	}
	m := &metric{inverse: mat.NewSymDense(n, nil), freeN: trace * trace / square}
	if err := chol.InverseTo(m.inverse); err != nil {
		return nil, fmt.Errorf("the errors of %d thermometers: %w", n, err)
	}
	return m, nil
}

// studentLog is the logarithm of the density, up to a constant, of Student's t with
// the metric's covariance as its scale. Its dimension is the participation ratio of
// the covariance, so that thermometers that err together do not sharpen it.
func (m *metric) studentLog(d []float64) float64 {
	var q float64
	for i := range d {
		for j := range d {
			q += d[i] * m.inverse.At(i, j) * d[j]
		}
	}
	return -(freedom + m.freeN - 1) / 2 * math.Log1p(q/freedom)
}
