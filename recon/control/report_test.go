package control

import "testing"

// Equations that hardly anything checks, each by itself, are no test even where
// their shares add up to one.
func TestSharesThatCheckNothing(t *testing.T) {
	r := &Report{}
	suspects, certain := r.judge([]equation{{name: "a", v: 0.01, share: 0.006}, {name: "b", v: -0.01, share: 0.006}})
	if suspects != nil || certain {
		t.Errorf("%v, %v: nothing checks these", suspects, certain)
	}
	if r.Chi2Dof < leastShare {
		t.Errorf("%g degrees of freedom: the shares were to add up to more than one needs", r.Chi2Dof)
	}
}
