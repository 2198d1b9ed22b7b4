package origin

import (
	"math"

	"firescene/recon"
	"firescene/recon/fire"
	"firescene/recon/handcalc"
)

// target is the burning thing that explains a place best.
type target struct {
	name              string
	distanceM, sigmaM float64 // horizontal distance and combined standard uncertainty
	fromS             float64 // when it burns, seconds after ignition
	density           float64 // of the place under the hypothesis, 1/m2
}

const originName = "the origin"

// nearest compares a place with the origin and with every item that burns. A
// pattern stands where heat was released, so its density is a mixture over the
// items by the heat each releases; the item of origin is where the origin is. A
// sighting is explained only by items that burn by its time.
func nearest(h *recon.Hypothesis, fuels []recon.Fuel, o *recon.Observation, byTime bool) target {
	best := target{name: originName, sigmaM: math.Hypot(o.RadiusM, h.Origin.RadiusM)}
	best.sigmaM = max(best.sigmaM, 0.05)
	best.distanceM = math.Hypot(o.At[0]-h.Origin.At[0], o.At[1]-h.Origin.At[1])
	end := h.DurationS
	if end == 0 {
		end = 600
	}
	if byTime {
		end = o.Time.Sub(h.Ignition.Time).Seconds() + 2*math.Hypot(o.SigmaS, h.Ignition.UncertaintyS)
	}
	var heat, total float64
	var items []target
	var share []float64
	for i := range fuels {
		f := &fuels[i]
		q := heatReleased(f, end)
		total += q
		d := math.Hypot(f.At[0]-h.Origin.At[0], f.At[1]-h.Origin.At[1])
		if f.IgnitesAtS == 0 && d <= h.Origin.RadiusM+handcalc.Diameter(f.AreaM2)/2 {
			heat += q // burns at the origin itself
			continue
		}
		items = append(items, target{name: f.Name, fromS: f.IgnitesAtS, sigmaM: max(0.05, math.Hypot(o.RadiusM, handcalc.Diameter(f.AreaM2)/2)),
			distanceM: math.Hypot(o.At[0]-f.At[0], o.At[1]-f.At[1])})
		share = append(share, q)
	}
	if total <= 0 || heat == 0 {
		heat, total = heat+1, total+1 // the origin itself always burns
	}
	density := heat / total * best.planar()
	near := best
	for i, it := range items {
		density += share[i] / total * it.planar()
		if share[i]/total >= 0.1 && it.distanceM/it.sigmaM < near.distanceM/near.sigmaM {
			near = it
		}
	}
	near.density = density
	return near
}

// label names an item; the origin needs no name.
func (t target) label() string {
	if t.name == originName {
		return ""
	}
	return t.name + ": "
}

// planar is the density of a two-dimensional normal error at the distance.
func (t target) planar() float64 {
	z := t.distanceM / t.sigmaM
	return math.Exp(-z*z/2) / (2 * math.Pi * t.sigmaM * t.sigmaM)
}

// log is the tempered log-likelihood of the place against the background.
func (t target) log(weak, flashover bool) float64 {
	w := 1.0
	if weak {
		w *= weakWeight
	}
	if flashover {
		w *= weakWeight
	}
	return w * floorLog(math.Log(t.density*backgroundM2))
}

// heatReleased integrates an item's stated heat release up to endS, in kJ.
func heatReleased(f *recon.Fuel, endS float64) float64 {
	const n = 400
	var sum float64
	for i := 0; i < n; i++ {
		sum += fire.HeatRelease(f, endS*(float64(i)+0.5)/n)
	}
	return max(0, sum*endS/n)
}

// layerHeight is the predicted lowest height of the hot layer, corrected by the
// model's bias in depth, with its standard uncertainty and that of the soot line.
func layerHeight(roomM, lowestM, sigmaM float64) (m, sd float64) {
	depth := (roomM - lowestM) / fire.LayerDepthBias
	depth = min(depth, roomM)
	return roomM - depth, math.Hypot(fire.LayerDepthSpread*depth, max(sigmaM, 0.02))
}

// flashover finds when the simulated hot layer of a room reaches 600 C.
func flashover(r *recon.FireResult, room string) (float64, bool) {
	s := r.Find("upper_layer", room)
	if s == nil {
		return 0, false
	}
	for i, v := range s.Value {
		if v >= handcalc.FlashoverLayerC && i < len(r.TimeS) {
			return r.TimeS[i], true
		}
	}
	return 0, false
}

func simulatedS(r *recon.FireResult) float64 {
	if len(r.TimeS) == 0 {
		return 0
	}
	return r.TimeS[len(r.TimeS)-1]
}

func findArrival(r *recon.FireResult, name string) *recon.Arrival {
	for i := range r.Arrivals {
		if r.Arrivals[i].Detector == name {
			return &r.Arrivals[i]
		}
	}
	return nil
}

func findRoom(h *recon.Hypothesis, name string) *recon.Room {
	for i := range h.Rooms {
		if h.Rooms[i].Name == name {
			return &h.Rooms[i]
		}
	}
	return nil
}
