package origin

import (
	"context"
	"fmt"
	"math"
	"slices"

	"firescene/recon"
	"firescene/recon/exposure"
	"firescene/recon/handcalc"
	"firescene/recon/locate"
)

// record is one instrument's record with what the hypothesis predicts for it.
type record struct {
	verdict int
	obs     *recon.Observation
	pred    *recon.Exposure
}

// weighRecords compares the records of instruments: the level of each kind once, since
// all of them err together with the heat released, and the pattern of the
// temperatures under the ceiling by recon/locate, whose background is that the fire
// could have burnt anywhere in the room.
func (c *bench) weighRecords() {
	for _, kind := range []recon.ObservationKind{recon.ObsTemperature, recon.ObsFlux} {
		var group []record
		var ys, sds []float64
		for _, r := range c.records {
			if r.obs.Kind != kind {
				continue
			}
			y, sd, ok := c.recordLevel(r)
			if !ok {
				continue
			}
			group, ys, sds = append(group, r), append(ys, y), append(sds, sd)
		}
		if len(group) == 0 {
			continue
		}
		// What is common to all does not average out; half of the variance of fluxes and
		// what gradients add to temperatures does.
		common := exposure.GasLogSD
		if kind == recon.ObsFlux {
			common = exposure.FluxLogSD * math.Sqrt(sharedSurface)
		}
		var m, weights, own float64
		for k := range ys {
			w := 1 / (sds[k] * sds[k])
			m, weights = m+w*ys[k], weights+w
		}
		m /= weights
		if own = 1/weights - common*common/float64(len(ys)); own < 0 {
			own = 0
		}
		sd := math.Sqrt(common*common + own)
		l := floorLog(math.Log(studentDensity(m, sd) / normalDensity(0, backgroundLogSD)))
		c.total += l
		for k, r := range group {
			v := &c.verdicts[r.verdict]
			word := c.answer(r.verdict, math.Abs(ys[k])/math.Hypot(sds[k], replicateLog))
			v.Why = sentence("its largest rise is %.2f times the predicted one, standard uncertainty a factor of %.2f: %s", math.Exp(ys[k]), math.Exp(sds[k]), word)
			if k == 0 {
				v.LogLikelihood = round(l, 3)
				v.Why += sentence(" The level of all %d records of its kind is counted here, once: a factor of %.2f", len(group), math.Exp(m))
			}
		}
	}
	c.weighPattern()
}

// replicateLog is by how much the same fire, set twice, differs at one place.
const replicateLog = 0.063

// gradient is how much of the hot layer's rise a temperature may be off by its place
// alone: two layers stand for what in truth is a slope.
const gradient = 0.25

// recordLevel is the logarithm of the largest rise of a record over that predicted
// within the time that both cover, and its standard deviation.
func (c *bench) recordLevel(r record) (y, sd float64, ok bool) {
	shift := c.h.Ignition.Time.Sub(r.obs.Record.Start).Seconds()
	end := simulatedS(c.r)
	low, high := math.NaN(), math.Inf(-1)
	for i, t := range r.obs.Record.TimeS {
		v := r.obs.Record.Value[i]
		if math.IsNaN(v) {
			continue
		}
		if math.IsNaN(low) || t <= shift {
			low = v
		}
		if at := t - shift; at >= 0 && at <= end {
			high = max(high, v)
		}
	}
	pred, first := math.Inf(-1), math.NaN()
	for i, v := range r.pred.Series {
		if i == 0 {
			first = v
		}
		pred = max(pred, v)
	}
	v := &c.verdicts[r.verdict]
	if !(high-low > 0) || !(pred-first > 0) {
		c.silent(r.verdict, "the record of %s does not rise while the fire is simulated, or no rise is predicted", r.obs.ID)
		return 0, 0, false
	}
	unit := "K"
	if r.obs.Kind == recon.ObsFlux {
		unit = "kW/m²"
	}
	v.Predicted, v.Observed = fmt.Sprintf("%.3g %s", pred-first, unit), fmt.Sprintf("%.3g %s", high-low, unit)
	sd = exposure.FluxLogSD
	if r.obs.Kind == recon.ObsTemperature {
		sd = exposure.GasLogSD
		hottest := 0.0
		for _, other := range c.records {
			if other.obs.Kind == recon.ObsTemperature && len(other.pred.Series) > 0 {
				hottest = max(hottest, slices.Max(other.pred.Series)-other.pred.Series[0])
			}
		}
		sd = math.Hypot(sd, gradient*hottest/(pred-first))
	}
	return math.Log((high - low) / (pred - first)), sd, true
}

// weighPattern asks which places of the room of origin the pattern of temperatures
// speaks for.
func (c *bench) weighPattern() {
	room := findRoom(c.h, c.h.Origin.Room)
	if room == nil {
		return
	}
	m, err := handcalc.MaterialNamed(room.Wall)
	if err != nil {
		m, _ = handcalc.MaterialNamed("gypsum")
	}
	box := locate.Room{WidthM: room.Max[0] - room.Min[0], DepthM: room.Max[1] - room.Min[1], HeightM: room.Max[2] - room.Min[2], Lining: m}
	recs := locate.Records{}
	var which []record
	for _, r := range c.records {
		if r.obs.Kind != recon.ObsTemperature || !inRoom(*r.obs.At, room) {
			continue
		}
		shift := c.h.Ignition.Time.Sub(r.obs.Record.Start).Seconds()
		if len(which) == 0 {
			for _, t := range r.obs.Record.TimeS {
				recs.TimeS = append(recs.TimeS, t-shift)
			}
		} else if len(r.obs.Record.TimeS) != len(recs.TimeS) || math.Abs(r.obs.Record.TimeS[0]-shift-recs.TimeS[0]) > 0.5 {
			continue // another clock or another rate
		}
		th := locate.Thermometer{Name: r.obs.ID, C: r.obs.Record.Value}
		for k := range th.At {
			th.At[k] = min(max((*r.obs.At)[k]-room.Min[k], 0), room.Max[k]-room.Min[k])
		}
		recs.Thermometers = append(recs.Thermometers, th)
		which = append(which, r)
	}
	if len(which) < 3 {
		return
	}
	local := func(x, y float64) [3]float64 {
		size := [3]float64{box.WidthM, box.DepthM, box.HeightM}
		at := [3]float64{x - room.Min[0], y - room.Min[1], c.h.Origin.At[2] - room.Min[2]}
		for k := range at {
			at[k] = min(max(at[k], 0), size[k])
		}
		return at
	}
	here, anywhere := locate.Candidate{Name: "here"}, locate.Candidate{Name: "anywhere"}
	radius := max(c.h.Origin.RadiusM, 0.1)
	for _, d := range [][2]float64{{0, 0}, {1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
		here.Sources = append(here.Sources, locate.Source{At: local(c.h.Origin.At[0]+d[0]*radius, c.h.Origin.At[1]+d[1]*radius), Weight: 1})
	}
	const n = 7
	for i := range n {
		for k := range n {
			anywhere.Sources = append(anywhere.Sources, locate.Source{Weight: 1,
				At: local(room.Min[0]+box.WidthM*(float64(i)+0.5)/n, room.Min[1]+box.DepthM*(float64(k)+0.5)/n)})
		}
	}
	e, err := locate.Locate(context.Background(), box, &recs, []locate.Candidate{here, anywhere})
	if err != nil || e.Undecided != "" {
		return
	}
	l := floorLog(e.LogLike[0] - e.LogLike[1])
	c.total += l
	for _, r := range which {
		if r.obs.ID == e.Used[0] {
			v := &c.verdicts[r.verdict]
			v.LogLikelihood = round(v.LogLikelihood+l, 3)
			v.Why += sentence(" The pattern of the %d thermometers under the ceiling is counted here, once: it is %.2g times as likely as for a fire anywhere in the room", len(e.Used), math.Exp(l))
		}
	}
}

func inRoom(at recon.Vec, r *recon.Room) bool {
	const slack = 0.05
	for k := range at {
		if at[k] < r.Min[k]-slack || at[k] > r.Max[k]+slack {
			return false
		}
	}
	return true
}
