package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"firescene/forensics"
	"firescene/formats/scans"
	"firescene/recon/register"
)

// registerSummary is what a registration found; transforms.json holds it too.
type registerSummary struct {
	Out        string              `json:"out,omitempty"`
	Scans      []placedScan        `json:"scans"`
	Registered int                 `json:"registered"`
	Ambiguous  int                 `json:"ambiguous"`
	Refused    int                 `json:"refused"`
	Targets    []foundTarget       `json:"targets,omitempty"`
	Level      *levelled           `json:"level,omitempty"`
	Points     int64               `json:"points,omitempty"` // of the joined cloud
	Failed     []forensics.Failure `json:"failed"`

	pairs []register.Pair
	names map[string]string // name of a scan in the result, as it is told
}

// placedScan is one scan with its place.
type placedScan struct {
	File          string            `json:"file"`
	Scan          int               `json:"scan,omitempty"` // number within the file, from 1; only where it holds several
	Name          string            `json:"name,omitempty"`
	WorldFromScan *[4][4]float64    `json:"worldFromScan"` // null: refused
	Verdict       register.Verdict  `json:"verdict"`
	Reason        string            `json:"reason"`
	ReasonKey     string            `json:"reasonKey"`
	ReasonArgs    map[string]string `json:"reasonArgs,omitempty"`
	RMSmm         float64           `json:"rms_mm"`
	SigmaMM       float64           `json:"sigma_mm"`  // standard deviation of its place against the frame
	SigmaDeg      float64           `json:"sigma_deg"` // and of its rotation
	Others        [][4][4]float64   `json:"others,omitempty"`
	Unit          float64           `json:"metresPerUnit,omitempty"` // where --unit was given: worldFromScan takes coordinates in metres
	Note          string            `json:"note,omitempty"`
	note          register.Reason
}

type levelled struct {
	TiltDeg   float64 `json:"tilt_deg"`
	SpreadDeg float64 `json:"spread_deg"`
	Planes    int     `json:"planes"`
	FloorM    float64 `json:"floor_m"`
}

// use takes the result over.
func (s *registerSummary) use(stations []station, r *register.Result) {
	s.pairs, s.names = r.Pairs, map[string]string{}
	english := newTexts("en")
	byName := map[string]*station{}
	for i := range stations {
		byName[stations[i].scan.Name] = &stations[i]
	}
	for _, p := range r.Scans {
		st := byName[p.Name]
		out := placedScan{File: st.path, Name: st.name, Verdict: p.Verdict, ReasonKey: p.Reason.Key, ReasonArgs: p.Reason.Args,
			Reason: reasonText(english, p.Reason), RMSmm: 1000 * p.RMSM, SigmaMM: 1000 * p.SigmaM, SigmaDeg: p.SigmaRad * 180 / math.Pi, note: p.Note}
		if p.Note.Key != "" {
			out.Note = reasonText(english, p.Note)
		}
		if st.of > 1 {
			out.Scan = st.idx + 1
		}
		if st.unit != 1 {
			out.Unit = st.unit
		}
		if p.HasPose {
			m := rowsOf(st.matrix(p.WorldFromScan))
			out.WorldFromScan = &m
		}
		for _, o := range p.Others {
			out.Others = append(out.Others, rowsOf(st.matrix(o)))
		}
		switch p.Verdict {
		case register.Registered:
			s.Registered++
		case register.Ambiguous:
			s.Ambiguous++
		default:
			s.Refused++
		}
		s.Scans = append(s.Scans, out)
	}
	if l := r.Level; l != nil {
		s.Level = &levelled{TiltDeg: l.TiltRad * 180 / math.Pi, SpreadDeg: l.SpreadRad * 180 / math.Pi, Planes: l.Planes, FloorM: l.FloorM}
	}
}

func rowsOf(m [16]float64) (rows [4][4]float64) {
	for i, v := range m {
		rows[i/4][i%4] = v
	}
	return rows
}

// reasonText is a reason in words.
func reasonText(t texts, r register.Reason) string {
	var args []any
	for k, v := range r.Args {
		args = append(args, k, v)
	}
	return t.T("register_why_"+r.Key, args...)
}

func (s registerSummary) failures() []forensics.Failure {
	out := slices.Clone(s.Failed)
	for _, p := range s.Scans {
		if p.Verdict != register.Registered {
			out = append(out, forensics.Failure{Input: p.title(), Reason: string(p.Verdict) + ": " + p.Reason})
		}
	}
	return out
}

func (p *placedScan) title() string {
	if p.Scan > 0 {
		return fmt.Sprintf("%s#%d", p.File, p.Scan)
	}
	return p.File
}

func (s registerSummary) print(w io.Writer, t texts) {
	for _, p := range s.Scans {
		fmt.Fprintln(w, " ", t.T("register_scan", "File", p.title(), "Verdict", t.T("register_"+string(p.Verdict)), "Why", reasonText(t, register.Reason{Key: p.ReasonKey, Args: p.ReasonArgs})))
		if p.WorldFromScan != nil && p.RMSmm > 0 {
			fmt.Fprintln(w, "   ", t.T("register_sure", "RMS", fmt.Sprintf("%.2f", p.RMSmm), "Sigma", fmt.Sprintf("%.2f", p.SigmaMM), "Deg", fmt.Sprintf("%.4f", p.SigmaDeg)))
		}
		if p.Note != "" {
			fmt.Fprintln(w, "   ", reasonText(t, p.note))
		}
	}
	if len(s.Targets) > 0 {
		coarse := 0
		for _, f := range s.Targets {
			if f.Coarse {
				coarse++
			}
		}
		fmt.Fprintln(w, t.T("register_targets", "Count", len(s.Targets), "Coarse", coarse))
	}
	if s.Level != nil {
		fmt.Fprintln(w, t.T("register_level", "Tilt", fmt.Sprintf("%.3f", s.Level.TiltDeg), "Spread", fmt.Sprintf("%.3f", s.Level.SpreadDeg), "Planes", s.Level.Planes))
	}
	fmt.Fprintln(w, t.T("register_total", "Registered", s.Registered, "Ambiguous", s.Ambiguous, "Refused", s.Refused, "Out", s.Out))
}

// write leaves transforms.json, residuals.csv and the joined cloud, in that order.
func (s *registerSummary) write(ctx context.Context, stations []station, opts registerOptions, report progressFunc) ([]forensics.FileHash, error) {
	names := []string{"transforms.json", "residuals.csv"}
	doc := *s
	doc.Out = ""
	if err := writeJSON(filepath.Join(opts.Out, names[0]), doc); err != nil {
		return nil, err
	}
	if err := replaceFile(filepath.Join(opts.Out, names[1]), s.writePairs); err != nil {
		return nil, err
	}
	cloud := filepath.Join(opts.Out, "cloud.ply")
	if err := os.Remove(cloud); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if s.Registered > 0 && !opts.NoCloud {
		if err := s.writeCloud(ctx, cloud, stations, report); err != nil {
			return nil, err
		}
		names = append(names, "cloud.ply")
	}
	var out []forensics.FileHash
	for _, n := range names {
		sum, size, err := hashFile(filepath.Join(opts.Out, n))
		if err != nil {
			return nil, err
		}
		out = append(out, forensics.FileHash{Path: n, SizeB: size, SHA256: sum})
	}
	return out, nil
}

func (s *registerSummary) writePairs(f *os.File) error {
	w := csv.NewWriter(f)
	w.Write([]string{"scan_a", "scan_b", "verdict", "reason", "from", "used", "rms_mm", "overlap_a_pct", "overlap_b_pct", "against_pct",
		"residual_mm", "residual_deg", "sigma_mm", "sigma_deg", "targets", "targets_rms_mm", "targets_off"})
	english := newTexts("en")
	num := func(v float64, digits int) string { return strconv.FormatFloat(v, 'f', digits, 64) }
	for _, p := range s.pairs {
		w.Write([]string{p.A, p.B, string(p.Verdict), reasonText(english, p.Reason), p.From, strconv.FormatBool(p.Used),
			num(1000*p.RMSM, 3), num(100*p.OverlapA, 2), num(100*p.OverlapB, 2), num(100*p.Against, 3),
			num(1000*p.ResidualM, 3), num(p.ResidualRad*180/math.Pi, 5), num(1000*p.SigmaM, 3), num(p.SigmaRad*180/math.Pi, 5),
			strconv.Itoa(p.TargetsUsed), num(1000*p.TargetsRMSM, 3), strconv.Itoa(p.TargetsWrong)})
	}
	w.Flush()
	return w.Error()
}

// writeCloud streams the registered scans into one PLY file.
func (s *registerSummary) writeCloud(ctx context.Context, path string, stations []station, report progressFunc) error {
	place := map[string]*[16]float64{}
	for i, p := range s.Scans {
		if p.Verdict != register.Registered || p.WorldFromScan == nil {
			continue
		}
		var m [16]float64
		for k := range m {
			m[k] = s.Scans[i].WorldFromScan[k/4][k%4]
			if p.Unit != 0 && k%4 < 3 && k < 12 {
				m[k] *= p.Unit
			}
		}
		place[p.title()] = &m
	}
	var files []string
	for _, st := range stations {
		if !slices.Contains(files, st.path) {
			files = append(files, st.path)
		}
	}
	slices.Sort(files)
	list, _, err := survey(ctx, files, scans.Options{}, report)
	if err != nil {
		return err
	}
	several := map[string]int{}
	for _, sv := range list {
		several[sv.path]++
	}
	var use []surveyed
	sum := cloudWriteSummary{Out: path, Form: scans.PLY}
	for _, sv := range list {
		title := sv.path
		if several[sv.path] > 1 {
			title = fmt.Sprintf("%s#%d", sv.path, sv.idx+1)
		}
		m := place[title]
		if m == nil || sv.measure.Read == 0 {
			continue
		}
		sv.info.WorldFromScan, sv.info.HasPose = *m, true
		use = append(use, sv)
	}
	sum.use(use)
	if sum.PointsIn == 0 {
		return nil
	}
	src := &scanSource{ctx: ctx, list: use, report: report, total: sum.PointsIn}
	defer src.Close()
	if err := writePLY(&sum, src); err != nil {
		return err
	}
	s.Points = sum.Points
	return nil
}
