package report

import (
	"regexp"
	"unicode"

	"firescene/render/report/page"
)

// programSentence is a sentence that the program's stages write in English, with
// the message that says the same. The pattern's named groups are the message's
// values.
type programSentence struct {
	pattern *regexp.Regexp
	key     string
}

// programSentences are the ones that a report is likely to print. What is not
// among them is quoted as it stands.
var programSentences = []programSentence{
	// failures of inputs
	{regexp.MustCompile(`^(?P<format>\S+): damaged(?: at byte \d+)?: `), "program.damaged"},
	{regexp.MustCompile(`^damaged (?P<format>\S+): `), "program.damaged"},
	{regexp.MustCompile(`^(?P<format>\S+): not supported(?: at byte \d+)?: `), "program.unsupported"},
	{regexp.MustCompile(`^only (?P<n>\d+) features found: `), "program.few_features"},
	{regexp.MustCompile(`^no other photo shows the same place`), "program.no_overlap"},
	{regexp.MustCompile(`^too few of its points are in the model; it overlaps with (?P<photos>.+) \(at most (?P<n>\d+) matches\)`), "program.few_points"},
	{regexp.MustCompile(`^it is (?P<is>\d+x\d+) pixels, its camera was given for (?P<given>\d+x\d+)`), "program.other_size"},
	{regexp.MustCompile(`^nothing in photos alone fixes the metre$`), "program.no_scale"},
	{regexp.MustCompile(`^(?:the )?photos' common upright, assumed`), "program.level_assumed"},
	{regexp.MustCompile(`^floor plane of (?P<n>\d+) points, taken as level to (?P<deg>[\d.]+) degrees`), "program.level_floor"},
	{regexp.MustCompile(`^given coordinates$`), "program.level_given"},
	{regexp.MustCompile(`^level line (?P<points>.+)$`), "program.level_line"},
	{regexp.MustCompile(`^plumb line (?P<points>\S+ to \S+)$`), "program.level_plumb"},
	{regexp.MustCompile(`^the scale rests on one distance, (?P<points>.+): nothing checks it`), "program.one_distance"},
	{regexp.MustCompile(`^nothing given fixes the metre$`), "program.no_metre"},
	{regexp.MustCompile(`^(?P<d>\d+) known distance\(s\) and (?P<p>\d+) point\(s\) with coordinates`), "program.scale_known"},
	{regexp.MustCompile(`^check distance (?P<points>.+) disagrees: (?P<diff>\S+) m where (?P<sigma>\S+) m`), "program.check_off"},
	{regexp.MustCompile(`^what was given does not fit together`), "program.contradiction"},
	{regexp.MustCompile(`^not registered: its place among the other scans`), "program.not_registered"},
	{regexp.MustCompile(`: EXIF not used: `), "program.exif"},
	// what can be done
	{regexp.MustCompile(`^give a whole JPEG or PNG (file|photo)$`), "program.give_whole"},
	{regexp.MustCompile(`^check the path$`), "program.check_path"},
	{regexp.MustCompile(`^its files are looked for by carving$`), "program.carving"},
	{regexp.MustCompile(`^register the scans first`), "program.register"},
	{regexp.MustCompile(`^see firescene logs --help`), "program.logs_help"},
	{regexp.MustCompile(`^the first are listed in the step record$`), "program.in_step"},
	// warnings of the time line
	{regexp.MustCompile(`^(?P<from>.+): (?P<n>\d+) time\(s\) have no year; they were read as (?P<a>\d+) to (?P<b>\d+)`), "program.no_year"},
	{regexp.MustCompile(`^(?P<from>.+): (?P<n>\d+) event\(s\) on a clock that nobody checked`), "program.no_clock"},
	// warnings of the fire engine
	{regexp.MustCompile(`^(?P<r>[\d.]+) m from (?P<fuel>.+) is more than 4 ceiling heights`), "program.far"},
	{regexp.MustCompile(`^(?P<d>[\d.]+) m below the ceiling it is under the ceiling jet`), "program.below_jet"},
	{regexp.MustCompile(`^it releases no heat within the simulated time`), "program.no_heat"},
	{regexp.MustCompile(`^Q\^\(2/5\)/D = (?P<q>[\d.]+) .* at the peak of (?P<kw>\d+) kW is outside 7 to 700`), "program.flame_range"},
	{regexp.MustCompile(`^flames of (?P<l>[\d.]+) m reach the ceiling (?P<h>[\d.]+) m above the base by (?P<s>\d+) s`), "program.flames_ceiling"},
	{regexp.MustCompile(`^it is stated to catch at (?P<s>\d+) s, but the flux there is then (?P<flux>[\d.]+) kW/m2`), "program.no_ignition"},
	{regexp.MustCompile(`^from (?P<s>\d+) s on the fire is limited by air: (?P<burns>\d+) of (?P<wanted>\d+) kW`), "program.air"},
	{regexp.MustCompile(`^flashover at (?P<s>\d+) s: the hot layer reaches (?P<c>\d+) C`), "program.flashover"},
	{regexp.MustCompile(`^no wall material stated; (?P<wall>.+) is supposed$`), "program.wall"},
	{regexp.MustCompile(`^no wall thickness stated; (?P<m>[\d.]+) m is supposed$`), "program.wall_thick"},
	{regexp.MustCompile(`^no prediction: `), "program.no_prediction"},
	{regexp.MustCompile(`^no opening: only leakage of (?P<cm2>\d+) cm2`), "program.leakage"},
	{regexp.MustCompile(`^no opening joins its room (?P<own>.+) with the room of origin (?P<room>.+); it is left out`), "program.left_out"},
	{regexp.MustCompile(`^no burning area stated`), "program.no_area"},
	// engine and models
	{regexp.MustCompile(`^two-layer model of many rooms with hand correlations`), "program.tier"},
	{regexp.MustCompile(`^gas temperature rise in Alpert's ceiling jet .*; bias (?P<bias>[\d.]+), spread (?P<spread>[\d.]+)`), "program.smoke_model"},
	{regexp.MustCompile(`^hot layer of a room without fire, .*; bias (?P<bias>[\d.]+), spread (?P<spread>[\d.]+)`), "program.other_room"},
	{regexp.MustCompile(`^RTI link .*; bias (?P<bias>[\d.]+), spread (?P<spread>[\d.]+)`), "program.heat_model"},
}

// programWords sets a sentence of the program in the report's language, with the
// original in small print after the first time, so that nothing is lost in the
// rendering. A sentence without words of its own is quoted.
func (k *composer) programWords(s string) page.Text {
	if k.t.lang == "en" || !foreign(s) {
		return page.Plain(s)
	}
	for _, p := range programSentences {
		m := p.pattern.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		data := map[string]any{}
		for i, name := range p.pattern.SubexpNames() {
			if name != "" {
				data[name] = m[i]
			}
		}
		if words, err := k.t.fill(p.key, data); err == nil {
			if k.quoted[s] {
				return page.Plain(words)
			}
			k.quoted[s] = true
			return page.Join(page.Plain(words), page.FinePrint(" "+k.t.T("program.original", "text", s), page.Muted))
		}
	}
	return page.FinePrint(k.t.T("program.original", "text", s), page.Muted)
}

// foreign says whether a text holds Latin words and no Chinese character.
func foreign(s string) bool {
	words := false
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			return false
		}
		words = words || r >= 'a' && r <= 'z'
	}
	return words
}
