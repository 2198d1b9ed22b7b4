package room

import (
	"context"
	"math"

	"firescene/recon"

	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Station is one set-up of the laser scanner.
type Station struct {
	Name          string
	WorldFromScan recon.Pose
	Columns, Rows int     // directions around and from -58 degrees to the zenith
	NoiseM        float64 // standard deviation of the range
	Seed          uint32
}

// ScanPoints is what a station measured, in its own frame. Directions that met
// nothing within 20 m have no point.
type ScanPoints struct {
	XYZ       [][3]float64
	RGB       [][3]uint8
	Intensity []float32 // 0..1, by reflectance, incidence and range
}

// Stations places three set-ups that together see every wall. Each is turned
// about the vertical at random and levelled to 0.2 degrees, as in practice.
func (l Layout) Stations(columns, rows int, seed int64) []Station {
	var out []Station
	for i, at := range []r3.Vec{{X: 1.25, Y: 1.05, Z: 1.52}, {X: 1.65, Y: l.Size.Y - 0.75, Z: 1.47}, {X: l.Size.X - 1.55, Y: 0.62, Z: 1.55}} {
		j := func(k uint32) float64 { return unit(int32(i), int32(k), uint32(seed)+77) - 0.5 }
		at = r3.Add(at, r3.Vec{X: 0.1 * j(1), Y: 0.1 * j(2), Z: 0.04 * j(3)})
		yaw, tx, ty := 2*math.Pi*j(4), 0.007*j(5), 0.007*j(6)
		q := quat.Mul(quat.Number{Real: math.Cos(yaw / 2), Kmag: math.Sin(yaw / 2)},
			quat.Mul(quat.Number{Real: math.Cos(tx / 2), Imag: math.Sin(tx / 2)}, quat.Number{Real: math.Cos(ty / 2), Jmag: math.Sin(ty / 2)}))
		out = append(out, Station{Name: "S" + string(rune('1'+i)), WorldFromScan: recon.Pose{Q: q, T: at},
			Columns: columns, Rows: rows, NoiseM: 0.0015, Seed: uint32(seed)*131 + uint32(i)})
	}
	return out
}

// Scan measures the scene from a station: one range a direction with normal
// noise along the beam. Colours are of the beam's
// centre, without the shading of the finest relief.
func (s *Scene) Scan(ctx context.Context, st Station, workers int) (ScanPoints, error) {
	columns := make([]ScanPoints, st.Columns)
	err := parallel(ctx, st.Columns, workers, func(i int) {
		az := 2 * math.Pi * float64(i) / float64(st.Columns)
		c := &columns[i]
		guess := int32(-1)
		for j := range st.Rows {
			el := (-58 + 148*(float64(j)+0.5)/float64(st.Rows)) * math.Pi / 180
			dir := r3.Vec{X: math.Cos(el) * math.Cos(az), Y: math.Cos(el) * math.Sin(az), Z: math.Sin(el)}
			d := st.WorldFromScan.Rotate(dir)
			h, yes := s.bvh.first(st.WorldFromScan.T, d, 0.3, 20, guess)
			if !yes {
				continue
			}
			guess = h.tri
			f := s.surfaces[h.surface]
			cos := math.Abs(r3.Dot(d, f.n))
			rng := h.t + st.NoiseM*gauss(int32(i), int32(j), st.Seed)
			at := f.place(h.u, h.v)
			albedo := f.mat(s, at).c
			rho := 0.25*albedo[0] + 0.4*albedo[1] + 0.35*albedo[2]
			power := rho * (0.35 + 0.65*cos) / (1 + (rng/6)*(rng/6))
			noise := 1 + 0.03*gauss(int32(i), int32(j), st.Seed+9)
			light := s.leaving(albedo, at.p, f.n, f.shadeAt(s, h.u, h.v))
			var rgb [3]uint8
			for q := range 3 {
				rgb[q] = uint8(255*tone(light[q]) + 0.5)
			}
			c.XYZ = append(c.XYZ, [3]float64{rng * dir.X, rng * dir.Y, rng * dir.Z})
			c.RGB = append(c.RGB, rgb)
			c.Intensity = append(c.Intensity, float32(clamp01(1.25*math.Sqrt(power)*noise)))
		}
	})
	var out ScanPoints
	for _, c := range columns {
		out.XYZ = append(out.XYZ, c.XYZ...)
		out.RGB = append(out.RGB, c.RGB...)
		out.Intensity = append(out.Intensity, c.Intensity...)
	}
	return out, err
}
