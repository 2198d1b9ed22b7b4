package origin

import "math"

// studentNu is the number of degrees of freedom of the error of a single time:
// heavier tails than the normal, so that one wrong record can not decide alone.
const studentNu = 4

// studentNorm is the density of Student's t with studentNu degrees at 0.
var studentNorm = math.Gamma((studentNu+1)/2.0) / (math.Sqrt(studentNu*math.Pi) * math.Gamma(studentNu/2.0))

// studentDensity is the density at x of a Student t error of scale sd.
func studentDensity(x, sd float64) float64 {
	z := x / sd
	q := 1 + z*z/studentNu
	return studentNorm / sd / (q * q * math.Sqrt(q)) // q^-(nu+1)/2
}

// normalDensity is that of a normal error.
func normalDensity(x, sd float64) float64 {
	z := x / sd
	return math.Exp(-z*z/2) / (sd * math.Sqrt(2*math.Pi))
}

// normalAbove is the probability that a standard normal exceeds z.
func normalAbove(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }

// logSumExp adds numbers given as logarithms.
func logSumExp(v []float64) float64 {
	top := math.Inf(-1)
	for _, x := range v {
		top = max(top, x)
	}
	if math.IsInf(top, -1) {
		return top
	}
	var s float64
	for _, x := range v {
		s += math.Exp(x - top)
	}
	return top + math.Log(s)
}

// floorLog keeps a likelihood from ruling a hypothesis out for ever on one
// observation: every record is wrong once in a million.
func floorLog(l float64) float64 {
	const least = -13.8
	if math.IsNaN(l) {
		return least
	}
	return max(l, least)
}
