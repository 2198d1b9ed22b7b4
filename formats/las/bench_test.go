package las

import (
	"bytes"
	"io"
	"math"
	"math/rand/v2"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
)

// scanOfRoom returns the points of a scanner in an empty room, column by column,
// with 1 mm of noise, as scanners export them.
func scanOfRoom(columns, rows int) *points.Chunk {
	rng := rand.New(rand.NewPCG(1, 7))
	c := &points.Chunk{}
	size, at := [3]float64{6, 4, 2.5}, [3]float64{2.2, 1.7, 1.5}
	for i := range columns {
		az := 2 * math.Pi * float64(i) / float64(columns)
		for j := range rows {
			el := (-58 + 148*float64(j)/float64(rows)) * math.Pi / 180
			d := [3]float64{math.Cos(el) * math.Cos(az), math.Cos(el) * math.Sin(az), math.Sin(el)}
			t, wall := math.Inf(1), 0
			for k, v := range d {
				far := -at[k]
				if v > 0 {
					far = size[k] - at[k]
				}
				if s := far / v; s > 0 && s < t {
					t, wall = s, k
				}
			}
			t += 0.001 * rng.NormFloat64()
			c.X, c.Y, c.Z = append(c.X, at[0]+t*d[0]), append(c.Y, at[1]+t*d[1]), append(c.Z, at[2]+t*d[2])
			g := 90 + 40*wall + int(10*math.Sin(5*t))
			c.RGB = append(c.RGB, [3]uint8{uint8(g + rng.IntN(5)), uint8(g - 10 + rng.IntN(5)), uint8(g - 20 + rng.IntN(5))})
			c.Intensity = append(c.Intensity, float32(20000/(1+t*t/9)+300*rng.Float64()))
		}
	}
	c.N = len(c.X)
	return c
}

func benchOptions(format int) Options {
	o := Options{Minor: 4, PointFormat: format, Scale: [3]float64{1e-4, 1e-4, 1e-4}, Compress: true}
	if format == 0 {
		o.PointFormat, o.Compress = 3, false
	}
	return o
}

var benchNames = map[int]string{0: "LAS", 3: "LAZ-format3", 7: "LAZ-format7"}

func BenchmarkRead(b *testing.B) {
	c := scanOfRoom(1000, 500)
	for _, format := range []int{0, 3, 7} {
		b.Run(benchNames[format], func(b *testing.B) {
			raw := write(b, benchOptions(format), c, 10000)
			for b.Loop() {
				scans, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
				if err != nil {
					b.Fatal(err)
				}
				var out points.Chunk
				for err == nil {
					err = scans[0].Next(&out)
				}
				if err != io.EOF {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(c.N)/b.Elapsed().Seconds()/1e6, "Mpoints/s")
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	c := scanOfRoom(1000, 500)
	for _, format := range []int{0, 3, 7} {
		b.Run(benchNames[format], func(b *testing.B) {
			for b.Loop() {
				write(b, benchOptions(format), c, 10000)
			}
			b.ReportMetric(float64(b.N)*float64(c.N)/b.Elapsed().Seconds()/1e6, "Mpoints/s")
		})
	}
}
