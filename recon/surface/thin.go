package surface

import (
	"math"
	"slices"
)

// Thin chooses one point for each occupied voxel, that nearest to the mean of its
// points, and returns their numbers in rising order. Points that are not finite are
// left out.
func Thin(xyz []float32, edgeM float64) []int32 {
	type sum struct {
		x, y, z float64
		n       int32
		best    int32
		d2      float64
	}
	at := func(i int) [3]int32 {
		return [3]int32{int32(math.Floor(float64(xyz[i]) / edgeM)), int32(math.Floor(float64(xyz[i+1]) / edgeM)), int32(math.Floor(float64(xyz[i+2]) / edgeM))}
	}
	cells := map[[3]int32]int32{}
	var list []sum
	cellOf := make([]int32, len(xyz)/3)
	for i := 0; i+2 < len(xyz); i += 3 {
		cellOf[i/3] = -1
		if s := xyz[i] + xyz[i+1] + xyz[i+2]; s-s != 0 {
			continue
		}
		key := at(i)
		k, ok := cells[key]
		if !ok {
			k = int32(len(list))
			cells[key] = k
			list = append(list, sum{best: -1})
		}
		s := &list[k]
		s.x, s.y, s.z, s.n = s.x+float64(xyz[i]), s.y+float64(xyz[i+1]), s.z+float64(xyz[i+2]), s.n+1
		cellOf[i/3] = k
	}
	for i, k := range cellOf {
		if k < 0 {
			continue
		}
		s := &list[k]
		n := float64(s.n)
		dx, dy, dz := float64(xyz[3*i])-s.x/n, float64(xyz[3*i+1])-s.y/n, float64(xyz[3*i+2])-s.z/n
		if d2 := dx*dx + dy*dy + dz*dz; s.best < 0 || d2 < s.d2 {
			s.best, s.d2 = int32(i), d2
		}
	}
	out := make([]int32, len(list))
	for k := range list {
		out[k] = list[k].best
	}
	slices.Sort(out)
	return out
}
