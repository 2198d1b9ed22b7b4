package main

import (
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"

	"firescene/forensics/casefile"
	"firescene/formats/points"
	"firescene/formats/scans"
	"firescene/recon"
	"firescene/recon/register"
)

// placeSaid is what a file says of the place of one of its scans.
type placeSaid int

const (
	placeStored  placeSaid = iota // a pose that moves or turns it, or one beside others that do
	placeSame                     // the pose that changes nothing: its own frame, or one in common
	placeNothing                  // none
)

// placesSaid tells what a file says of the places of its scans. A pose that changes
// nothing says something only beside others; a scan without one stands as it is
// beside others that have some.
func placesSaid(f *scanFile) []placeSaid {
	out, stored, without := make([]placeSaid, len(f.Scans)), false, 0
	for i, s := range f.Scans {
		switch info := s.Info(); {
		case !info.HasPose:
			out[i] = placeNothing
			without++
		case info.WorldFromScan == points.IdentityPose:
			out[i] = placeSame
		default:
			stored = true
		}
	}
	for i := range out {
		if stored && (out[i] == placeSame || without == 1) {
			out[i] = placeStored
		}
	}
	return out
}

// askPlaces decides of which stations the place is asked. A scan of a file of its own
// without a pose has none. Scans with a pose that changes nothing, and scans of one
// file without poses, either share a frame or have each their own. In their own, the
// scanner stood at its origin, which their points show (register.Stood): when that is
// so of two or more, they do not share one. Scans of a file that share a frame without
// a pose are asked for together, as one.
func askPlaces(stations []station, ids map[string]string, poses map[string]casefile.ScanPose, workers int) ([]station, []askedScan, error) {
	said := map[string][]placeSaid{}
	for _, st := range stations {
		if said[st.path] != nil {
			continue
		}
		f, err := openScanFile(st.path, scans.Options{})
		if err != nil {
			return nil, nil, err
		}
		said[st.path] = placesSaid(f)
		f.Close()
	}
	stood, inFile, apart := make([]bool, len(stations)), map[string]int{}, 0
	for i := range stations {
		st := &stations[i]
		s := said[st.path][st.idx]
		if _, given := poses[ids[st.path]]; given || s == placeStored || s == placeNothing && st.of == 1 {
			continue
		}
		if stood[i] = register.Stood(st.scan.XYZ, *st.scan.Viewpoint, workers); stood[i] {
			apart++
			inFile[st.path]++
		}
	}
	var out []station
	var asked []askedScan
	first := map[string]int{} // of the scans of a file that share its frame, in out
	for i := range stations {
		st, id := stations[i], ids[stations[i].path]
		s, a := said[st.path][st.idx], askedScan{key: id}
		pose, given := poses[id]
		switch {
		case given:
			st.givePose(&pose)
		case s == placeStored:
		case s == placeSame:
			if a.missing = stood[i] && apart > 1; a.missing {
				st.scan.Guess = nil
			}
		default:
			a.missing = true
			a.together = st.of > 1 && inFile[st.path] < 2
		}
		if a.together {
			if at, ok := first[st.path]; ok {
				out[at].join(&st)
				continue
			}
			first[st.path] = len(out)
			st.scan.Name, st.scan.Viewpoint = st.path, nil
		} else if st.of > 1 {
			a.key = scanTitle(id, st.idx+1)
		}
		out, asked = append(out, st), append(asked, a)
	}
	return out, asked, nil
}

// givePose takes over the place that was stated of a station.
func (s *station) givePose(p *casefile.ScanPose) {
	switch {
	case len(p.Scans) == 0 && s.of == 1:
		s.scan.Guess = s.guess(p.WorldFromScan)
	case len(p.Scans) == 0 && s.scan.Guess != nil: // after the stored pose
		g := recon.PoseFromMatrix(parts(p.WorldFromScan))
		g.T = r3.Add(g.T, g.Rotate(s.scan.Guess.T))
		g.Q = quat.Mul(g.Q, s.scan.Guess.Q)
		s.scan.Guess = &g
	case len(p.Scans) == 0:
		s.scan.Guess = s.guess(p.WorldFromScan)
	}
	for i := range p.Scans {
		if q := &p.Scans[i]; q.Scan == s.idx+1 && q.Verdict != string(register.Refused) && q.Verdict != string(register.Ambiguous) {
			s.scan.Guess = s.guess(q.WorldFromScan)
		}
	}
}

// join adds the points of another scan of the same frame.
func (s *station) join(o *station) {
	for i, v := range o.scan.XYZ {
		s.scan.XYZ = append(s.scan.XYZ, float32(float64(v)+o.offset[i%3]-s.offset[i%3]))
	}
	if s.scan.Intensity != nil && o.scan.Intensity != nil {
		s.scan.Intensity = append(s.scan.Intensity, o.scan.Intensity...)
	} else {
		s.scan.Intensity = nil
	}
}

// guess takes a place of the file's own coordinates to one of the station's.
func (s *station) guess(m [16]float64) *recon.Pose {
	p := recon.PoseFromMatrix(parts(m))
	p.T = r3.Add(p.T, p.Rotate(r3.Vec{X: s.offset[0], Y: s.offset[1], Z: s.offset[2]}))
	return &p
}

// parts are the rotation and the translation of a 4x4 row-major matrix.
func parts(m [16]float64) ([9]float64, r3.Vec) {
	return [9]float64{m[0], m[1], m[2], m[4], m[5], m[6], m[8], m[9], m[10]}, r3.Vec{X: m[3], Y: m[7], Z: m[11]}
}
