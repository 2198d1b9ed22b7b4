package fire

import (
	"fmt"

	"firescene/recon"
)

const maxObservations = 2000

// CheckObservations says whether every observation states what its kind
// measures; the error is the first *Problem.
func CheckObservations(list []recon.Observation) error {
	c := &checker{}
	c.count("$.observations", len(list), maxObservations)
	if len(list) == 0 {
		c.fail("$.observations", "list at least one under observations:", "there is no observation")
	}
	seen := map[string]bool{}
	for i := range list {
		if c.first != nil {
			break
		}
		o, at := &list[i], fmt.Sprintf("$.observations[%d]", i)
		if o.ID == "" || seen[o.ID] {
			c.fail(at+".id", "give each observation an ID of its own", "the ID %q is taken or missing", o.ID)
		}
		seen[o.ID] = true
		c.observation(at, o)
	}
	if c.first != nil {
		return c.first
	}
	return nil
}

func (c *checker) observation(at string, o *recon.Observation) {
	c.number(at+".radius_m", o.RadiusM, 0, 100)
	c.number(at+".height_m", o.HeightM, 0, 100)
	c.number(at+".sigma_m", o.SigmaM, 0, 100)
	c.number(at+".sigma_s", o.SigmaS, 0, 30*86400)
	if o.At != nil {
		c.place(at+".at_m", *o.At)
	}
	c.number(at+".reliability", o.Reliability, 0, 1)
	if o.Event != nil && o.Event.Contains == "" {
		c.fail(at+".event.contains", "state words of the event's message", "it names no event")
	}
	needTime := func() {
		if o.Time.IsZero() && o.Event == nil {
			c.fail(at, "state time, or an event to take it from", "the %s observation %q has no time", o.Kind, o.ID)
		}
	}
	switch o.Kind {
	case recon.ObsArrival, recon.ObsNoArrival:
		needTime()
		if o.Target == "" {
			c.fail(at, "name the detector under target", "%q names no detector", o.ID)
		}
	case recon.ObsPattern:
		c.placed(at, o)
	case recon.ObsSmokeHeight:
		if o.Target == "" {
			c.fail(at, "name the room under target", "%q names no room", o.ID)
		}
		if o.SigmaM == 0 {
			c.fail(at, "state sigma_m, how well the height is known", "%q has no uncertainty", o.ID)
		}
	case recon.ObsSeenAt:
		needTime()
		c.placed(at, o)
	default:
		c.evidence(at, o, needTime)
	}
	c.unused(at, o)
}

func (c *checker) placed(at string, o *recon.Observation) {
	if o.At == nil {
		c.fail(at, "state at_m", "%q names no place", o.ID)
	}
	if o.RadiusM == 0 {
		c.fail(at, "state radius_m, how well the place is known", "%q has no uncertainty of place", o.ID)
	}
}
