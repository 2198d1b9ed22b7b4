package field

import "math"

// recorder takes samples and frames. A sample is the mean over the time since the last
// one, but for what integrates by itself.
type recorder struct {
	e              *engine
	res            *Result
	mean           []float64
	hrr, offered   float64
	time           float64
	nextS, nextFrS float64
}

func (r *recorder) add(dt float64) {
	for i, d := range r.e.devices {
		r.mean[i] += r.e.read(d) * dt
	}
	r.hrr += r.e.released * dt
	r.offered += r.e.offered * dt
	r.time += dt
}

func (r *recorder) due() error {
	e := r.e
	if e.tS >= r.nextS-1e-9 || e.tS >= e.sc.EndS-1e-9 {
		r.sample(e.tS)
	}
	if e.opt.FrameEveryS > 0 && e.tS >= r.nextFrS-1e-9 {
		return r.frame()
	}
	return nil
}

func (r *recorder) sample(tS float64) {
	e, res := r.e, r.res
	res.TimeS = append(res.TimeS, tS)
	per := 0.
	if r.time > 0 {
		per = 1 / r.time
	}
	res.HRRKW = append(res.HRRKW, r.hrr*per/1000)
	res.OfferedKW = append(res.OfferedKW, r.offered*per/1000)
	for i, d := range e.devices {
		v := r.mean[i] * per
		if r.time == 0 {
			v = e.read(d)
		}
		if math.IsNaN(v) {
			v = e.nothing(d.Quantity)
		}
		res.Devices[i].Value = append(res.Devices[i].Value, v)
		r.mean[i] = 0
	}
	r.hrr, r.offered, r.time = 0, 0, 0
	r.nextS = (math.Floor(tS/e.sc.SampleS+1e-6) + 1) * e.sc.SampleS
}

func (r *recorder) frame() error {
	e := r.e
	if e.opt.OnFrame == nil || e.opt.FrameEveryS <= 0 {
		return nil
	}
	r.nextFrS = (math.Floor(e.tS/e.opt.FrameEveryS+1e-6) + 1) * e.opt.FrameEveryS
	g := &e.g
	n := g.Cells()
	f := &Frame{TimeS: e.tS, Cells: g.N, HRRKW: e.released / 1000, Solid: make([]bool, n)}
	for _, s := range []*[]float32{&f.TempK, &f.U, &f.V, &f.W, &f.SootKgM3, &f.HRRPUV, &f.OxygenFraction} {
		*s = make([]float32, n)
	}
	o2, _, _, _ := e.mix.moles(0, 0)
	c := 0
	for k := range g.N[2] {
		for j := range g.N[1] {
			for i := range g.N[0] {
				at := g.At(i, j, k)
				if e.m.Gas[at] == 0 {
					f.Solid[c], f.TempK[c], f.OxygenFraction[c] = true, float32(e.sc.AmbientK), float32(o2)
					c++
					continue
				}
				f.TempK[c] = e.st.T[at]
				f.U[c] = (e.u[0][at] + e.u[0][at-g.Stride[0]]) / 2
				f.V[c] = (e.u[1][at] + e.u[1][at-g.Stride[1]]) / 2
				f.W[c] = (e.u[2][at] + e.u[2][at-g.Stride[2]]) / 2
				f.SootKgM3[c] = float32(e.smoke(at))
				f.HRRPUV[c] = e.hrr[at] / 1000
				v, _, _, _ := e.mix.moles(float64(e.st.Fuel[at]), float64(e.st.Prod[at]))
				f.OxygenFraction[c] = float32(v)
				c++
			}
		}
	}
	for i := range e.faces {
		x := &e.faces[i]
		f.FaceK = append(f.FaceK, float32(x.tempK))
		f.FaceGaugeKWM2 = append(f.FaceGaugeKWM2, float32(x.gaugeW/1000))
		f.FaceExposureMJM2 = append(f.FaceExposureMJM2, float32(x.exposure.GaugeMJM2))
	}
	return e.opt.OnFrame(f)
}
