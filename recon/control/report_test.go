package control

import "testing"

// Equations that hardly anything checks, each by itself, are no test even where
// their shares add up to one.
func TestSharesThatCheckNothing(t *testing.T) {
	r := &Report{}
	suspects, certain := r.judge([]equation{{name: "a", v: 0.01, share: 0.006}, {name: "b", v: -0.01, share: 0.006}}, nil)
	if suspects != nil || certain {
		t.Errorf("%v, %v: nothing checks these", suspects, certain)
	}
	if r.Chi2Dof < leastShare {
		t.Errorf("%g degrees of freedom: the shares were to add up to more than one needs", r.Chi2Dof)
	}
}

// Two equations that say nearly the same of what the others leave open: which of them
// is wrong can not be told, and both are named; a third that checks them tells it.
func TestBothSuspectsAreNamed(t *testing.T) {
	shares := [][]float64{{0.5, -0.47, 0.05}, {-0.47, 0.5, 0.05}, {0.05, 0.05, 0.9}}
	judge := func(wrong int, share [][]float64) ([]equation, bool) {
		var all []equation
		for i, name := range []string{"a", "b", "c"} {
			e := equation{name: name, v: share[i][wrong] * 12, share: share[i][i]}
			e.test()
			all = append(all, e)
		}
		return (&Report{}).judge(all, func(i, j int) float64 { return share[i][j] })
	}
	for wrong := range 2 {
		suspects, certain := judge(wrong, shares)
		if certain || len(suspects) != 2 || suspects[0].name+suspects[1].name != []string{"ab", "ba"}[wrong] {
			t.Errorf("%s wrong: %+v, certain %t", []string{"a", "b"}[wrong], suspects, certain)
		}
	}
	if suspects, certain := judge(1, [][]float64{{0.7, -0.3, -0.3}, {-0.3, 0.7, -0.3}, {-0.3, -0.3, 0.7}}); !certain || len(suspects) != 1 || suspects[0].name != "b" {
		t.Errorf("three of a kind: %+v, certain %t", suspects, certain)
	}
}
